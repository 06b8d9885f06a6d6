//! A look at the tokens before they are parsed: the parser recurses, and so does what takes its tree
//! apart; the lexer does not.

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};

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

/// Why these tokens nest too deeply to be parsed, if they do, and where.
pub(super) fn too_deep(tokens: &TokenStream) -> Option<(&'static str, Span)> {
    // The stack holds what is left of each open group.
    let mut open = vec![(tokens.clone().into_iter(), Run::default(), Run::default())];
    while let Some((level, run, outside)) = open.last_mut() {
        let Some(token) = level.next() else {
            open.pop();
            continue;
        };
        let span = token.span();
        run.take(&token);
        if run.opened() + outside.opened() > MAX_OPEN {
            return Some((run.reason(), span));
        }
        if run.tokens + outside.tokens > MAX_RUN {
            return Some(("an expression of more than 100000 tokens", span));
        }
        if let TokenTree::Group(group) = token {
            let around = outside.with(run);
            if open.len() >= MAX_GROUP_DEPTH {
                return Some(("brackets nest more than 500 deep", span));
            }
            open.push((group.stream().into_iter(), Run::default(), around));
        }
    }
    None
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

    fn take(&mut self, token: &TokenTree) {
        let begins = match token {
            TokenTree::Ident(word) => word != "else" && word != "as",
            TokenTree::Literal(_) => true,
            TokenTree::Punct(punct) => punct.as_char() == '#',
            TokenTree::Group(_) => false,
        };
        if self.previous == Previous::Block && begins {
            *self = Self::default();
        }
        self.tokens += 1;
        let before = self.previous;
        self.previous = match token {
            TokenTree::Punct(punct) => {
                let c = self.punct(punct.as_char(), before);
                match (punct.spacing(), c) {
                    (Spacing::Joint, c) => Previous::Joint(c),
                    (Spacing::Alone, '?') => Previous::Operand,
                    (Spacing::Alone, '>') if before != Previous::Joint('-') => Previous::Operand,
                    _ => Previous::Start,
                }
            }
            // A lifetime or label: `&'a mut`, `'a: loop`.
            TokenTree::Ident(_) if before == Previous::Joint('\'') => Previous::Start,
            TokenTree::Ident(word) => self.word(&word.to_string()),
            TokenTree::Literal(_) => self.operand(Previous::Value),
            TokenTree::Group(group) => match group.delimiter() {
                Delimiter::Brace => self.operand(Previous::Block),
                _ => self.operand(Previous::Value),
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
    use super::too_deep;

    fn reason(text: &str) -> Option<&'static str> {
        let tokens = text.parse().unwrap_or_else(|_| panic!("{text:.40}"));
        let found = too_deep(&tokens).map(|(reason, _)| reason);
        proc_macro2::extra::invalidate_current_thread_spans();
        found
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
