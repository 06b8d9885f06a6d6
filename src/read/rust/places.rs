//! From spans to bytes. The library counts characters, and finds the byte of one in a tree that grows with
//! each that was asked for; lines of ASCII need no more than an addition.

use super::ir::TextRange;
use crate::source::offset;
use proc_macro2::{LineColumn, Span};
use std::cell::{Cell, RefCell};

/// A line of the file that is read.
struct Line {
    /// Its first byte.
    start: u32,
    /// Whether each character is a byte.
    is_ascii: bool,
}

thread_local! {
    /// The lines of the file that this thread reads: spans belong to a thread too.
    static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };

    /// Where everything stands that is lowered, whatever its spans say.
    static PLACE: Cell<Option<TextRange>> = const { Cell::new(None) };
}

/// From here on everything stands at one place, or where its spans say.
pub(super) fn stand_at(place: Option<TextRange>) {
    PLACE.set(place);
}

/// Notes the lines of the file that is read from here on, in place of those of the last one.
pub(super) fn note_lines(text: &str) {
    LINES.with_borrow_mut(|lines| {
        lines.clear();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            lines.push(Line {
                start: offset(start),
                is_ascii: line.is_ascii(),
            });
            start += line.len();
        }
        // What ends with a line break ends in a line without characters.
        lines.push(Line {
            start: offset(start),
            is_ascii: true,
        });
    });
}

/// The bytes of a span in the file that is read.
pub(super) fn range_of(span: Span) -> TextRange {
    if let Some(place) = PLACE.get() {
        return place;
    }
    match (byte_at(span.start()), byte_at(span.end())) {
        (Some(start), Some(end)) => TextRange { start, end },
        _ => {
            let range = span.byte_range();
            TextRange {
                start: offset(range.start),
                end: offset(range.end),
            }
        }
    }
}

/// The byte of a place in a line of ASCII.
fn byte_at(place: LineColumn) -> Option<u32> {
    LINES.with_borrow(|lines| {
        let line = lines.get(place.line.checked_sub(1)?)?;
        line.is_ascii.then(|| line.start + offset(place.column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::{TokenStream, TokenTree};

    #[test]
    fn every_token_has_the_bytes_that_the_library_gives() {
        let text = "fn a() {}\n// \u{e9}\n\nlet \u{e9} = \"\u{1f980}\" ; b\r\nlet c = { d ( \"x\n\u{e9}\n\" ) } ;\n\tz";
        note_lines(text);
        let tokens: TokenStream = text.parse().expect("tokens");
        let mut pending: Vec<TokenTree> = tokens.into_iter().collect();
        let mut seen = 0;
        while let Some(token) = pending.pop() {
            let range = token.span().byte_range();
            let found = range_of(token.span());
            assert_eq!(found.start as usize..found.end as usize, range);
            seen += 1;
            if let TokenTree::Group(group) = token {
                pending.extend(group.stream());
            }
        }
        assert_eq!(seen, 19);
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}
