//! A look at the tokens before they are parsed: the parser recurses, and so does what takes its tree
//! apart.

use super::tokens::Token;
use ra_ap_rustc_lexer::TokenKind;

/// Brackets within brackets.
const MAX_GROUP_DEPTH: usize = 500;
/// What nests without brackets (`<` within `<`, prefix operators, closures, assignments, `else`), in
/// all brackets that are open.
const MAX_OPEN: usize = 1_000;
/// Tokens of one expression or list of no parts, in all brackets that are open: a chain of methods
/// or operators is a tree as deep as it is long.
const MAX_RUN: usize = 100_000;

/// What the first sign of `1 << 2` is known as.
const SHIFT: char = '\u{ab}';

/// Words after which an expression, pattern or type goes on within the one that they begin.
const OPENING_WORDS: [&str; 10] = [
    "return", "break", "yield", "become", "if", "while", "match", "let", "box", "in",
];
/// Words that no expression, pattern or type ends with.
const OTHER_WORDS: [&str; 16] = [
    "mut", "const", "raw", "ref", "dyn", "impl", "move", "async", "static", "unsafe", "as", "fn",
    "for", "else", "where", "extern",
];

/// Why these tokens of a file nest too deeply to be parsed, if they do, and the byte where.
pub(super) fn too_deep(text: &str, tokens: &[Token]) -> Option<(&'static str, u32)> {
    // What is left of each open bracket: what was seen in it, and what is open around it.
    let mut open = vec![(Run::default(), Run::default())];
    for (index, token) in tokens.iter().enumerate() {
        if token.closes() {
            if open.len() > 1 {
                open.pop();
            }
            continue;
        }
        let at = token.range.start;
        let next = tokens.get(index + 1);
        let joint =
            next.is_some_and(|next| next.range.start == token.range.end && is_sign(next.kind));
        let depth = open.len();
        let (run, outside) = open.last_mut()?;
        run.take(*token, text, joint);
        if run.opened() + outside.opened() > MAX_OPEN {
            return Some((run.reason(), at));
        }
        if run.tokens + outside.tokens > MAX_RUN {
            return Some(("an expression of more than 100000 tokens", at));
        }
        if token.opens() {
            if depth >= MAX_GROUP_DEPTH {
                return Some(("brackets nest more than 500 deep", at));
            }
            let around = outside.with(run);
            open.push((Run::default(), around));
        }
    }
    None
}

/// Whether a token is a sign of punctuation.
fn is_sign(kind: TokenKind) -> bool {
    sign(kind).is_some() || matches!(kind, TokenKind::Lifetime { .. })
}

/// The sign that a token is.
fn sign(kind: TokenKind) -> Option<char> {
    Some(match kind {
        TokenKind::Semi => ';',
        TokenKind::Comma => ',',
        TokenKind::Dot => '.',
        TokenKind::At => '@',
        TokenKind::Pound => '#',
        TokenKind::Tilde => '~',
        TokenKind::Question => '?',
        TokenKind::Colon => ':',
        TokenKind::Dollar => '$',
        TokenKind::Eq => '=',
        TokenKind::Bang => '!',
        TokenKind::Lt => '<',
        TokenKind::Gt => '>',
        TokenKind::Minus => '-',
        TokenKind::And => '&',
        TokenKind::Or => '|',
        TokenKind::Plus => '+',
        TokenKind::Star => '*',
        TokenKind::Slash => '/',
        TokenKind::Caret => '^',
        TokenKind::Percent => '%',
        _ => return None,
    })
}

/// What was seen since the last token that ends whatever is open: a semicolon, a comma, the arrow of
/// a match arm, a block with something new after it.
#[derive(Clone, Default)]
struct Run {
    previous: Previous,
    tokens: usize,
    angles: usize,
    /// Operators in front of an operand that is still to come.
    prefixes: usize,
    /// What holds all that follows: closures, assignments, `return`, `if`, arrows, ranges.
    opened: usize,
    /// Names joined by `::`.
    path: usize,
    bars: usize,
    elses: usize,
    /// Between the bars of a closure's parameters, where a comma ends nothing.
    parameters: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Previous {
    /// Nothing, or what an operand follows.
    #[default]
    Start,
    /// A punctuation that is joined with the next one.
    Joint(char),
    /// What cannot have type arguments: a `<` after it compares or shifts.
    Value,
    Operand,
    Block,
}

impl Run {
    fn opened(&self) -> usize {
        self.angles + self.prefixes + self.opened + self.path + self.bars / 2 + self.elses
    }

    fn reason(&self) -> &'static str {
        match self.elses > MAX_OPEN / 2 {
            true => "more than 1000 chained `else`",
            false => "more than 1000 nested operators or generic arguments",
        }
    }

    /// Both together: what is open around a group.
    fn with(&self, other: &Self) -> Self {
        Self {
            tokens: self.tokens + other.tokens,
            opened: self.opened() + other.opened(),
            ..Self::default()
        }
    }

    /// One more token; whether a sign follows it at once.
    fn take(&mut self, token: Token, text: &str, joint: bool) {
        let word = match token.kind {
            TokenKind::Ident => token.text(text),
            _ => "",
        };
        let begins = match token.kind {
            TokenKind::Ident => word != "else" && word != "as",
            TokenKind::Pound => true,
            kind => !token.opens() && sign(kind).is_none(),
        };
        if self.previous == Previous::Block && begins {
            *self = Self::default();
        }
        self.tokens += 1;
        let before = self.previous;
        self.previous = match token.kind {
            // A label: `'a: loop`, `&'a mut`.
            TokenKind::Lifetime { .. } | TokenKind::RawLifetime => Previous::Start,
            TokenKind::Ident => self.word(word),
            TokenKind::OpenBrace => self.operand(Previous::Block),
            TokenKind::OpenParen | TokenKind::OpenBracket => self.operand(Previous::Value),
            TokenKind::Literal { .. } => self.operand(Previous::Value),
            kind => match sign(kind) {
                Some(c) => {
                    let c = self.punct(c, before);
                    match (joint, c) {
                        (true, c) => Previous::Joint(c),
                        (false, '?') => Previous::Operand,
                        (false, '>') if before != Previous::Joint('-') => Previous::Operand,
                        _ => Previous::Start,
                    }
                }
                None => self.operand(Previous::Operand),
            },
        };
    }

    fn operand(&mut self, kind: Previous) -> Previous {
        self.prefixes = 0;
        kind
    }

    fn word(&mut self, word: &str) -> Previous {
        if word == "else" {
            self.elses += 1;
            Previous::Start
        } else if OPENING_WORDS.contains(&word) {
            self.opened += 1;
            Previous::Start
        } else if OTHER_WORDS.contains(&word) {
            Previous::Start
        } else {
            self.operand(Previous::Operand)
        }
    }

    /// Gives the punctuation, or what it is known as to the next one.
    fn punct(&mut self, c: char, before: Previous) -> char {
        let joined = |with: char| before == Previous::Joint(with);
        let in_front = matches!(before, Previous::Start | Previous::Joint(_));
        if c != ':' && c != '\'' {
            self.path = 0;
        }
        match c {
            '<' if before == Previous::Value || joined(SHIFT) => return SHIFT,
            ':' if joined(':') => self.path += 1,
            ':' => {}
            '<' => self.angles += 1,
            '>' if joined('-') => self.opened += 1,
            '>' if joined('=') => *self = Self::default(),
            '>' => self.angles = self.angles.saturating_sub(1),
            '=' if joined('<') => self.angles = self.angles.saturating_sub(1),
            '=' if joined('=') || joined('!') || joined('>') || joined(SHIFT) => {}
            '=' | '@' => self.opened += 1,
            '.' if joined('.') => self.opened += 1,
            '|' if joined('|') => self.parameters = false,
            '|' => self.bar(in_front),
            '!' | '&' | '*' | '-' if in_front => self.prefixes += 1,
            ';' => *self = Self::default(),
            ',' if !self.parameters && self.angles == 0 => *self = Self::default(),
            _ => {}
        }
        c
    }

    fn bar(&mut self, in_front: bool) {
        self.bars += 1;
        if self.parameters {
            self.parameters = false;
        } else if in_front {
            self.parameters = true;
            self.opened += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::too_deep;

    fn reason(text: &str) -> Option<&'static str> {
        too_deep(text, &tokens(text).all).map(|(reason, _)| reason)
    }

    #[test]
    fn what_nests_without_brackets_is_seen() {
        for (before, again, after) in [
            ("fn f() { a", " = a", "; }"),
            ("fn f() { a", " += {}", "; }"),
            ("fn f() { ", "return ", "1; }"),
            ("fn f() { ", "break ", "1; }"),
            ("fn f() { ", "if ", "a {} }"),
            ("fn f() { if ", "let x = ", "a {} }"),
            ("fn f() { ", "&mut ", "a; }"),
            ("fn f() { ", ".. ", "a; }"),
            ("fn f() { ", "|a, b| ", "a; }"),
            ("fn f() { ", "move || ", "a; }"),
            ("fn f() { a", " = |a, b| a + {}", "; }"),
            ("fn f() { let ", "x @ ", "y = 1; }"),
            ("fn f() { let ", "box ", "y = 1; }"),
            ("type A = ", "&'a mut ", "u8;"),
            ("type A = ", "*const ", "u8;"),
            ("type A = ", "fn() -> ", "u8;"),
            ("type A = ", "impl Fn(A, B) -> ", "u8;"),
            ("use ", "a::", "b;"),
            ("fn f() { if a {} ", "else if a {} ", "}"),
            ("fn f() { f(", "|a| -(-", "1"),
        ] {
            let text = |times: usize| match before.ends_with('(') {
                true => format!("{before}{}1{}); }}", again.repeat(times), ")".repeat(times)),
                false => format!("{before}{}{after}", again.repeat(times)),
            };
            assert_ne!(reason(&text(1_200)), None, "{again}");
            assert_eq!(reason(&text(200)), None, "{again}");
        }
        assert_ne!(
            reason(&format!("fn f() {{ a{}; }}", ".m()".repeat(40_000))),
            None
        );
    }

    #[test]
    fn what_is_long_and_flat_passes() {
        for (before, again, after) in [
            (
                "const A: [u64; 1] = [",
                "1 << 3, a | b, -1, &x, |a| a, ",
                "];",
            ),
            ("enum A { ", "B = 1 << 3, ", "}"),
            ("fn f(x: u8) { match x { ", "1 | 2 => {} ", "} }"),
            (
                "fn f(x: u8) { match x { ",
                "&1 | &2 if a || b => return, ",
                "} }",
            ),
            (
                "fn f() { ",
                "if a < b && c || d { return 1 } else { 2 } ",
                "}",
            ),
            (
                "fn f() { ",
                "let a: &mut Vec<u8> = &mut b::c::d(-1, |x, y| x || y); ",
                "}",
            ),
            (
                "",
                "impl<T: Fn() -> u8> A<T> for &'a mut B { fn f(&self) -> u8 { 1 } } ",
                "",
            ),
            ("fn f(s: &str) { ", "while let Some(x) = a { x = 1; } ", "}"),
            ("m! { ", "a = -1, b = %c, ", "}"),
        ] {
            let text = format!("{before}{}{after}", again.repeat(5_000));
            assert_eq!(reason(&text), None, "{again}");
        }
    }
}
