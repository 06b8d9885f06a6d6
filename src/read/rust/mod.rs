//! Rust source code: parsed with `syn`, lowered to the owned tree of [`ir`], and dropped.

mod attributes;
mod facts;
pub mod ir;
mod item_macros;
mod lower_expr;
mod lower_item;
mod lower_type;
mod macro_rules;
mod macros;
mod nesting;
mod parsed_text;
mod places;
mod schema;
mod tokens;

pub(crate) use facts::NOT_SHIPPED;
pub use facts::RustFacts;
pub(crate) use item_macros::expand;

use crate::problem::Problem;
use crate::source::{SourceId, Span, offset};
use ir::{RustFile, TextRange};
use places::range_of;
use std::borrow::Cow;

/// How deep one expression may nest before the rest of it is not looked into.
const MAX_EXPR_DEPTH: usize = 1_000;

/// The most tokens of one file: a tree takes a few hundred bytes for each.
const MAX_TOKENS: usize = 2_000_000;

/// Reads one Rust file. A file that does not parse gives no facts and one problem.
pub(crate) fn read(source: SourceId, text: &str) -> (RustFile, Vec<Problem>) {
    let mut lowering = Lowering {
        source,
        problems: Vec::new(),
        within_macros: 0,
        spare: Vec::new(),
    };
    places::note_lines(text);
    let file = match parse(blank_front_matter(text)) {
        Ok(file) => {
            let items = lowering.items(&file.items);
            let tables = schema::tables(source, text, &file);
            drop(file);
            RustFile {
                items,
                migrations: tables.changes,
                entities: tables.entities,
            }
        }
        Err(error) => {
            let at = error.at;
            lowering.problems.push(Problem::new(
                Span::new(source, at, at),
                format!("not valid Rust: {}", error.message),
                "correct the syntax; this file was not read",
            ));
            RustFile::default()
        }
    };
    proc_macro2::extra::invalidate_current_thread_spans();
    (file, lowering.problems)
}

/// `EmailAddress` as `email_address`: what a table or column is called after a type or variant.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (index, c) in name.char_indices() {
        if c.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A type as the catalogue writes it.
pub(crate) fn parse_type(text: &str) -> Option<ir::TypeRef> {
    let parsed = syn::parse_str::<syn::Type>(text)
        .ok()
        .map(|ty| lower_type::type_ref(&ty));
    proc_macro2::extra::invalidate_current_thread_spans();
    parsed
}

struct ParseError {
    message: String,
    at: u32,
}

/// The syntax of a file, as far as it matters.
fn parse(text: Cow<'_, str>) -> Result<syn::File, ParseError> {
    let tokens = tokens::tokens(&text);
    if let Some(token) = tokens.all.get(MAX_TOKENS) {
        return Err(ParseError {
            message: format!("a file of more than {MAX_TOKENS} tokens"),
            at: token.range.start,
        });
    }
    if let Some((reason, at)) = nesting::too_deep(&text, &tokens.all) {
        let message = reason.to_owned();
        return Err(ParseError { message, at });
    }
    let text = parsed_text::to_parse(text, &tokens);
    drop(tokens);
    match parse_once(&text) {
        // syn 3 refuses `pub impl`, which macro crates give a meaning to.
        Err(error) => match without_impl_visibility(&text) {
            Some(text) => parse_once(&text),
            None => Err(error),
        },
        result => result,
    }
}

/// The text with blanks for the visibility in front of every `impl`; none where there is none.
fn without_impl_visibility(text: &str) -> Option<String> {
    let mut blanked = text.to_owned();
    for visibility in ["pub", "pub(crate)", "pub(super)"] {
        for follow in [" ", "<"] {
            let written = format!("{visibility} impl{follow}");
            blanked = blanked.replace(
                &written,
                &format!("{:1$} impl{follow}", "", visibility.len()),
            );
        }
    }
    (blanked != text).then_some(blanked)
}

/// Parses a text that does not nest too deeply for it.
fn parse_once(text: &str) -> Result<syn::File, ParseError> {
    let tokens: proc_macro2::TokenStream =
        text.parse()
            .map_err(|error: proc_macro2::LexError| ParseError {
                message: error.to_string(),
                at: offset(error.span().byte_range().start),
            })?;
    syn::parse2(tokens).map_err(|error| ParseError {
        message: error.to_string(),
        at: offset(error.span().byte_range().start),
    })
}

/// Overwrites a `#!` line and a cargo-script front matter with blanks: positions stay.
fn blank_front_matter(text: &str) -> Cow<'_, str> {
    let mut end = 0;
    if text.starts_with("#!") && !text[2..].trim_start().starts_with('[') {
        end = text.find('\n').unwrap_or(text.len());
    }
    let rest = text[end..].trim_start();
    if rest.starts_with("---") {
        let start = text.len() - rest.len();
        if let Some(close) = text[start + 3..].find("\n---") {
            end = start + 3 + close + 4;
        }
    }
    if end == 0 {
        return Cow::Borrowed(text);
    }
    let blank = |c: char| {
        if c == '\n' {
            "\n".to_owned()
        } else {
            " ".repeat(c.len_utf8())
        }
    };
    Cow::Owned(text[..end].chars().map(blank).collect::<String>() + &text[end..])
}

/// Turns syntax into [`ir`], collecting what had to be left out.
struct Lowering {
    source: SourceId,
    problems: Vec<Problem>,
    /// How many calls of macros the items that are read stand in.
    within_macros: usize,
    /// Empty, with the room of bodies that were read before.
    spare: Vec<Vec<ir::Expr>>,
}

fn range_of_node(node: &impl syn::spanned::Spanned) -> TextRange {
    range_of(node.span())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_is_one_problem_with_its_place() {
        let (file, problems) = read(SourceId(0), "fn a() {}\nfn b( {}\n");
        assert!(file.items.is_empty());
        assert_eq!(problems.len(), 1);
        assert!(problems[0].span.start >= 10, "{problems:?}");
    }

    #[test]
    fn shebang_front_matter_and_pub_impl_keep_positions() {
        let (file, problems) = read(
            SourceId(0),
            "#!/usr/bin/env cargo\n---\nx = 1\n---\npub impl A { fn f() {} }\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(file.items[0].range.start, 46);
    }

    #[test]
    fn an_impl_with_a_visibility_is_read_where_it_stands() {
        let text =
            "fn a() {}\npub(crate) impl<T> T { fn g() {} }\npub impl<T: X> U<T> { fn h() {} }\n";
        let (file, problems) = read(SourceId(0), text);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(file.items.len(), 3);
        let brace = text.find("{ fn g").unwrap();
        assert_eq!(file.items[1].range.start as usize, brace);
    }

    #[test]
    fn hostile_nesting_is_a_problem() {
        for text in [
            format!("fn a() {{ {}1{} }}", "(".repeat(60_000), ")".repeat(60_000)),
            format!(
                "type A = {}u8{};",
                "Vec<".repeat(50_000),
                ">".repeat(50_000)
            ),
            format!("const A: bool = {}true;", "!".repeat(50_000)),
        ] {
            let (_, problems) = read(SourceId(0), &text);
            assert_eq!(problems.len(), 1);
        }
    }
}
