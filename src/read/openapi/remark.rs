//! What descriptions say of idempotency.

use super::Remark;
use crate::read::tree::Value;

/// The longest sentence that is kept, in characters.
const MAX_REMARK: usize = 240;

/// Whether the description of a parameter or schema speaks of idempotency.
pub(super) fn speaks_of_idempotency(object: Value<'_, '_>) -> bool {
    object
        .get("description")
        .and_then(Value::text)
        .is_some_and(|text| find_idempotency(text).is_some())
}

/// The sentence of a description that speaks of idempotency.
pub(super) fn remark(description: Value<'_, '_>) -> Option<Remark> {
    let text = description.text()?;
    let at = find_idempotency(text)?;
    // A sentence ends at a mark before white space, at an empty line, and at a list item.
    let ends = |at: usize| {
        let rest = &text[at..];
        let mark = rest.starts_with(['.', '!', '?']);
        let item = rest.starts_with("\n\n") || rest.starts_with("\n*") || rest.starts_with("\n-");
        item || (mark && rest[1..].chars().next().is_none_or(char::is_whitespace))
    };
    let places = || text.char_indices().map(|(at, _)| at);
    let start = places()
        .take_while(|place| *place < at)
        .filter(|at| ends(*at))
        .last();
    let start = start.map_or(0, |end| end + 1);
    let end = places()
        .skip_while(|place| *place < at)
        .find(|at| ends(*at));
    let end = end.unwrap_or(text.len());
    let sentence: Vec<&str> = text[start..end].split_whitespace().collect();
    Some(Remark {
        text: sentence.join(" ").chars().take(MAX_REMARK).collect(),
        span: description.span(),
    })
}

/// Where `idempotent`, `idempotency` or a word of the same stem stands.
fn find_idempotency(text: &str) -> Option<usize> {
    const STEM: &[u8] = b"idempoten";
    text.as_bytes()
        .windows(STEM.len())
        .position(|window| window.eq_ignore_ascii_case(STEM))
}
