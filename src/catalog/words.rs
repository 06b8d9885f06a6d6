//! `rules/catalog/words.yaml`: words by which a contract shows what an operation does.

use crate::model::GuardKind;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Lists of words in small letters; an entry of two words is matched by two words in a row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// A POST whose path ends in one only reads.
    pub reads: Vec<String>,
    /// What a POST whose path ends in one makes is gone with the answer.
    pub ephemeral: Vec<String>,
    /// A POST whose last path segment begins with one only reads.
    pub read_prefixes: Vec<String>,
    /// With these the operation id or summary of a question begins.
    pub read_verbs: Vec<String>,
    /// With these the operation id or summary of a change begins.
    pub write_verbs: Vec<String>,
    /// With these the operation id or summary of an assignment begins.
    pub set_verbs: Vec<String>,
    /// Log-ins and tokens.
    pub sessions: Vec<String>,
    /// One endpoint for everything.
    pub mixed: Vec<String>,
    /// Parts of an answer's description.
    pub conflict_phrases: Vec<String>,
    /// A second execution costs somebody money, goods or a booking.
    pub critical: Vec<String>,
    /// Two words that hold a critical one and are not critical.
    pub harmless: Vec<String>,
    /// Segments of paths that belong into no contract.
    pub unlisted: Vec<String>,
    /// Paths on which nothing is real.
    pub rehearsals: Vec<String>,
    /// Something leaves the system.
    pub sends: Vec<String>,
    /// A change of state.
    pub transitions: Vec<String>,
    /// Members of a body that name a thing among its kind, the best first.
    pub natural_members: Vec<String>,
    /// Members of a body that change a value by an amount.
    pub counters: Vec<String>,
    /// Headers and members that tell one delivery of a webhook from another.
    pub delivery_ids: Vec<String>,
    /// What undoes what.
    pub compensations: Vec<CompensationEntry>,
    /// Functions of Rust code that wait for a while.
    pub pauses: Vec<String>,
    /// Methods of Rust code that ask whether a call went well.
    pub success_tests: Vec<String>,
    /// Attributes of Rust functions that guard what is in them.
    pub decorators: BTreeMap<GuardKind, Vec<String>>,
    /// Words in the names of Rust types that are signals between tasks, and no work.
    pub signals: Vec<String>,
    /// Last words of the names of circuit breakers in Rust code.
    pub breakers: Vec<String>,
    /// First words of methods that ask a breaker.
    pub breaker_gates: Vec<String>,
    /// Words of methods that tell a breaker how a call ended.
    pub breaker_reports: Vec<String>,
}

/// What undoes what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompensationEntry {
    /// Critical words.
    pub of: Vec<String>,
    /// Words of an operation that undoes it; none where nothing does.
    pub undo: Vec<String>,
    /// What to do, as it stands behind a comma; without a final full stop.
    pub what: String,
}

/// The words of a name, in small letters: split at everything that is no letter or digit, and
/// where a capital follows a small letter.
#[must_use]
pub fn split_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_small) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        was_small = c.is_lowercase();
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(split_words("getCostEstimate"), ["get", "cost", "estimate"]);
        assert_eq!(
            split_words("/v1/order-items_x"),
            ["v1", "order", "items", "x"]
        );
        assert_eq!(split_words("URLs"), ["urls"]);
        assert!(split_words("{}").is_empty());
    }
}
