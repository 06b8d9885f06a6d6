//! What a comment stands for: on a line of its own the element that follows, behind something its own
//! line.

use super::comments::Found;
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};
use std::ops::Range;

/// A token of Rust with its place.
struct Token {
    kind: TokenKind,
    start: usize,
    end: usize,
}

/// The comments of Rust code. The element that follows is an item, a statement, a field, an arm: all
/// from its first token to the `;`, the `,` or the block that ends it.
pub(super) fn in_rust(text: &str) -> Vec<Found> {
    let mut at = 0;
    let tokens: Vec<Token> = tokenize(text, FrontmatterAllowed::No)
        .map(|token| {
            let start = at;
            at += token.len as usize;
            Token {
                kind: token.kind,
                start,
                end: at,
            }
        })
        .collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        // What documents an item is text for its readers.
        let inside = match token.kind {
            TokenKind::LineComment { doc_style: None } => token.start + 2..token.end,
            TokenKind::BlockComment {
                doc_style: None,
                terminated: true,
            } => token.start + 2..token.end - 2,
            _ => continue,
        };
        let covers = match is_alone(text, token.start) {
            true => element(text, &tokens[index + 1..]),
            false => line_of(text, token.start),
        };
        found.push(Found {
            text: inside,
            covers,
        });
    }
    found
}

/// The bytes of the element that begins with the first of these tokens.
fn element(text: &str, tokens: &[Token]) -> Range<usize> {
    let mut tokens = tokens
        .iter()
        .filter(|token| !is_blank(token.kind))
        .peekable();
    let Some(first) = tokens.peek() else {
        return 0..0;
    };
    let start = first.start;
    let mut end = start;
    let mut depth = 0_usize;
    // Type arguments hold commas too. Only `<` behind a name begins some: `a < b` has blanks around.
    let mut angles = 0_usize;
    let mut before: Option<&Token> = None;
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            // The end of what holds the element.
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace
                if depth == 0 =>
            {
                return start..end;
            }
            TokenKind::CloseParen | TokenKind::CloseBracket => depth -= 1,
            TokenKind::CloseBrace => {
                depth -= 1;
                let next = tokens
                    .peek()
                    .map(|next| (next.kind, &text[next.start..next.end]));
                if depth == 0 && !goes_on(next) {
                    return start..token.end;
                }
            }
            TokenKind::Lt if follows(before, token, &[TokenKind::Ident, TokenKind::Colon]) => {
                angles += 1;
            }
            TokenKind::Gt if !follows(before, token, &[TokenKind::Minus, TokenKind::Eq]) => {
                angles = angles.saturating_sub(1);
            }
            TokenKind::Semi if depth == 0 => return start..token.end,
            TokenKind::Comma if depth == 0 && angles == 0 => return start..token.end,
            _ => {}
        }
        end = token.end;
        before = Some(token);
    }
    start..end
}

/// Whether a token stands right behind one of these kinds.
fn follows(before: Option<&Token>, token: &Token, kinds: &[TokenKind]) -> bool {
    before.is_some_and(|before| before.end == token.start && kinds.contains(&before.kind))
}

/// Whether an element goes on behind a block: `{..}.await`, `{..} else`, `{..};`, `{..}, ..`.
fn goes_on(next: Option<(TokenKind, &str)>) -> bool {
    let Some((kind, text)) = next else {
        return false;
    };
    matches!(
        kind,
        TokenKind::Semi | TokenKind::Comma | TokenKind::Dot | TokenKind::Question
    ) || text == "else"
        || text == "as"
}

fn is_blank(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }
    )
}

/// The comments of files whose comments go from a mark to the end of the line. The element that
/// follows is its first line and all that are further in.
pub(super) fn in_lines(text: &str, mark: &str) -> Vec<Found> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        lines.push(at..at + line.trim_end_matches(['\n', '\r']).len());
        at += line.len();
    }
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let content = &text[line.clone()];
        let Some(start) = comment_start(content, mark) else {
            continue;
        };
        let alone = content[..start].trim().is_empty();
        found.push(Found {
            text: line.start + start + mark.len()..line.end,
            covers: match alone {
                true => indented_element(text, &lines[index + 1..], mark),
                false => line.clone(),
            },
        });
    }
    found
}

/// Where the comment of a line begins: at its start, or behind a blank.
fn comment_start(line: &str, mark: &str) -> Option<usize> {
    line.match_indices(mark).map(|(at, _)| at).find(|at| {
        let before = &line[..*at];
        before.is_empty() || before.ends_with([' ', '\t'])
    })
}

fn indented_element(text: &str, lines: &[Range<usize>], mark: &str) -> Range<usize> {
    let is_content = |line: &&Range<usize>| {
        let line = text[(*line).clone()].trim_start();
        !line.is_empty() && !line.starts_with(mark)
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut content = lines.iter().filter(is_content);
    let Some(first) = content.next() else {
        return 0..0;
    };
    let head = &text[first.clone()];
    let own = indent(head);
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let mut end = first.end;
    for line in content {
        let one = &text[line.clone()];
        // The items of a list may stand as far out as its key.
        let inside = indent(one) > own || (indent(one) == own && is_item(one) && !is_item(head));
        if !inside {
            break;
        }
        end = line.end;
    }
    first.start..end
}

/// Whether nothing stands before this on its line.
fn is_alone(text: &str, at: usize) -> bool {
    text[line_of(text, at).start..at].trim().is_empty()
}

fn line_of(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = text[at..].find('\n').map_or(text.len(), |rest| at + rest);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(text: &str) -> Vec<&str> {
        let found = in_rust(text).into_iter();
        found.map(|found| &text[found.covers]).collect()
    }

    #[test]
    fn a_comment_covers_the_element_that_follows() {
        for (text, element) in [
            (
                "fn f() {\n  // x\n  a.b()\n    .c(|y| { z; w })\n    .await?;\n  d();\n}",
                "a.b()\n    .c(|y| { z; w })\n    .await?;",
            ),
            (
                "// x\n#[get(\"/;\")]\npub async fn f() -> R { a; b }\nfn g() {}",
                "#[get(\"/;\")]\npub async fn f() -> R { a; b }",
            ),
            (
                "fn f() {\n // x\n let a = match b { C => d, _ => e }; g()\n}",
                "let a = match b { C => d, _ => e };",
            ),
            (
                "fn f() {\n // x\n if a { b } else { c }\n d }",
                "if a { b } else { c }",
            ),
            ("fn f() {\n // x\n a.await\n}", "a.await"),
            (
                "match a {\n // x\n B => c(d, e),\n F => g }",
                "B => c(d, e),",
            ),
            ("struct S {\n // x\n a: Vec<B>,\n c: D }", "a: Vec<B>,"),
            (
                "// x\nfn f() -> R<(), E> { a < b, c }",
                "fn f() -> R<(), E> { a < b, c }",
            ),
            ("S {\n // x\n a: b < c,\n d: e }", "a: b < c,"),
            ("fn f() { a(); // x\n b() }", "fn f() { a(); // x"),
            ("// x", ""),
        ] {
            assert_eq!(covered(text), [element], "{text}");
        }
    }

    #[test]
    fn strings_and_documentation_hold_no_comments() {
        assert!(in_rust("let a = \"// seaworthy: b\"; /// seaworthy: c\n").is_empty());
    }

    #[test]
    fn an_element_of_yaml_is_what_is_further_in() {
        let text =
            "services:\n  # x\n  db:\n    image: a\n\n    # y\n    ports:\n    - 1\n  web: b # z\n";
        let covers: Vec<&str> = in_lines(text, "#")
            .into_iter()
            .map(|found| &text[found.covers])
            .collect();
        assert_eq!(
            covers,
            [
                "  db:\n    image: a\n\n    # y\n    ports:\n    - 1",
                "    ports:\n    - 1",
                "  web: b # z"
            ]
        );
    }
}
