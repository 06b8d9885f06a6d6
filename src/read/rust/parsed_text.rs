//! What of a file is parsed. What documents it would be attributes, and nothing asks for them; what is
//! compiled for tests only is, in many files, half of the text.

use super::tokens::{Token, Tokens};
use ra_ap_rustc_lexer::TokenKind;
use std::borrow::Cow;
use std::ops::Range;

/// The text with blanks for what stands between the braces of modules, functions and implementations
/// that are compiled for tests only, and with plain comments for documentation; every other byte stays
/// where it is.
pub(super) fn to_parse<'t>(text: Cow<'t, str>, tokens: &Tokens) -> Cow<'t, str> {
    let bodies = match text.contains("test") || text.contains("bench") {
        true => test_bodies(&text, &tokens.all),
        false => Vec::new(),
    };
    let docs = tokens.docs.iter().map(|at| *at..at + 1);
    let mut blanks: Vec<Range<usize>> = bodies.into_iter().chain(docs).collect();
    if blanks.is_empty() {
        return text;
    }
    blanks.sort_unstable_by_key(|blank| blank.start);
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for blank in blanks {
        // Documentation within test code is blank already.
        if blank.start < at {
            continue;
        }
        kept.push_str(text.get(at..blank.start).unwrap_or_default());
        let inside = text.get(blank.clone()).unwrap_or_default();
        kept.extend(inside.bytes().map(|byte| match byte {
            b'\n' => '\n',
            _ => ' ',
        }));
        at = blank.end;
    }
    kept.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(kept)
}

/// What stands between the braces of test code, in order.
fn test_bodies(text: &str, tokens: &[Token]) -> Vec<Range<usize>> {
    let mut bodies = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some(after) = attribute_end(tokens, at) else {
            at += 1;
            continue;
        };
        let body = match is_test_only(text, &tokens[at + 2..after - 1]) {
            true => braces_after(text, tokens, after),
            false => None,
        };
        at = after;
        if let Some((open, close)) = body {
            let inside = tokens[open].range.end as usize..tokens[close].range.start as usize;
            bodies.push(inside);
            at = close + 1;
        }
    }
    bodies
}

/// The token after the attribute that begins here.
fn attribute_end(tokens: &[Token], at: usize) -> Option<usize> {
    let begins = tokens.get(at)?.kind == TokenKind::Pound
        && tokens.get(at + 1)?.kind == TokenKind::OpenBracket;
    match begins {
        true => Some(closing(tokens, at + 1)? + 1),
        false => None,
    }
}

/// The bracket that closes the one that opens here.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// Whether an attribute of this name makes a function a test.
pub(super) fn marks_a_test(name: &str) -> bool {
    name == "bench" || name.ends_with("test")
}

/// `test`, `tokio::test(..)`, `bench`, `cfg(test)`, `cfg(all(test, ..))`: what is certain without
/// reading the predicate. Whatever else is for tests only is seen in the syntax.
fn is_test_only(text: &str, inside: &[Token]) -> bool {
    use TokenKind::{CloseParen, Colon, Comma, Ident, OpenParen};
    let path = inside
        .iter()
        .take_while(|token| matches!(token.kind, Ident | Colon))
        .count();
    let (path, arguments) = inside.split_at(path);
    let Some(name) = path.last().map(|token| token.text(text)) else {
        return false;
    };
    let is_call = |token: &Token| token.kind == OpenParen;
    if name != "cfg" {
        let alone = arguments.first().is_none_or(is_call);
        return alone && marks_a_test(name);
    }
    let is = |at: usize, kind: TokenKind, word: &str| {
        let token = arguments.get(at);
        token.is_some_and(|token| {
            token.kind == kind && (word.is_empty() || token.text(text) == word)
        })
    };
    let plain = is(0, OpenParen, "") && is(1, Ident, "test") && is(2, CloseParen, "");
    let all = is(0, OpenParen, "")
        && is(1, Ident, "all")
        && is(2, OpenParen, "")
        && is(3, Ident, "test")
        && (is(4, Comma, "") || is(4, CloseParen, ""));
    plain || all
}

/// The braces of the module, function or implementation that an attribute stands in front of.
fn braces_after(text: &str, tokens: &[Token], mut at: usize) -> Option<(usize, usize)> {
    while let Some(after) = attribute_end(tokens, at) {
        at = after;
    }
    let mut item = false;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            TokenKind::OpenBrace if item => {
                // `fn f<const N: usize = { 1 }>()` has braces of its own.
                let before = tokens[at - 1].kind;
                let own = matches!(before, TokenKind::Lt | TokenKind::Comma | TokenKind::Eq);
                return (!own).then(|| Some((at, closing(tokens, at)?)))?;
            }
            TokenKind::OpenParen | TokenKind::OpenBracket => at = closing(tokens, at)?,
            TokenKind::Ident if !item => match token.text(text) {
                "mod" | "fn" | "impl" => item = true,
                "pub" | "crate" | "async" | "const" | "unsafe" | "extern" => {}
                _ => return None,
            },
            // The name of an ABI.
            TokenKind::Literal { .. } if !item => {}
            TokenKind::Semi | TokenKind::CloseBrace => return None,
            _ if !item => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::to_parse;
    use std::borrow::Cow;

    fn left(text: &str) -> String {
        to_parse(Cow::Borrowed(text), &tokens(text)).into_owned()
    }

    #[test]
    fn what_is_for_tests_is_blank_and_nothing_moves() {
        for (text, expected) in [
            (
                "#[cfg(test)]\nmod tests { fn a() {} }\nfn b() {}",
                "#[cfg(test)]\nmod tests {           }\nfn b() {}",
            ),
            (
                "#[tokio::test(flavor = \"x\")]\n#[should_panic]\npub(crate) async fn a() -> [u8; 2] { {é} }",
                "#[tokio::test(flavor = \"x\")]\n#[should_panic]\npub(crate) async fn a() -> [u8; 2] {      }",
            ),
            (
                "#[cfg(all(test, unix))] impl A { fn f() {\n} } fn c() {}",
                "#[cfg(all(test, unix))] impl A {         \n  } fn c() {}",
            ),
            (
                "impl A { #[test] fn f() { 1 } fn g() { 2 } }",
                "impl A { #[test] fn f() {   } fn g() { 2 } }",
            ),
        ] {
            assert_eq!(left(text), expected);
        }
    }

    #[test]
    fn what_documents_is_a_comment() {
        for (text, expected) in [
            (
                "//! a\n/// #[cfg(test)]\nmod a { fn b() {} }",
                "//  a\n//  #[cfg(test)]\nmod a { fn b() {} }",
            ),
            (
                "/** é */ fn a() {}\n/*! b */",
                "/*  é */ fn a() {}\n/*  b */",
            ),
            (
                "/// t\n#[test] fn f() { /// x\n }\n/// u\nfn g() {}",
                "//  t\n#[test] fn f() {      \n }\n//  u\nfn g() {}",
            ),
        ] {
            assert_eq!(left(text), expected);
        }
        for text in ["//// a", "/***/ // b", "const A: &str = \"/// a\";"] {
            assert_eq!(left(text), text);
        }
    }

    #[test]
    fn what_ships_stays() {
        for text in [
            "#[cfg(not(test))] mod a { fn b() {} }",
            "#[cfg(any(test, feature = \"x\"))] mod a { fn b() {} }",
            "#[cfg(test)] use a::{b, c}; mod d { fn e() {} }",
            "#[cfg(test)] mod tests; mod d { fn e() {} }",
            "#[cfg(test)] const A: [u8; 1] = [1]; mod d { fn e() {} }",
            "#[cfg(test)] struct A { b: u8 } mod d { fn e() {} }",
            "#[cfg_attr(test, derive(Debug))] mod d { fn e() {} }",
            "#[test = \"x\"] fn f() { a() }",
            "#[latest_only] fn f() { a() }",
            "const A: &str = \"#[cfg(test)] mod a { b }\";",
            "// #[test]\nfn a() { b() }",
            "#[test] fn f() { a(",
            "#[test",
            "#[test] fn f<const N: usize>() where [u8; { N }]:, A<{ N }>: B { a() }",
        ] {
            assert_eq!(left(text), text);
        }
    }
}
