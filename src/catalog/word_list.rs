//! Lists of names that every call is held against.

use serde::Deserialize;
use std::ops::Deref;

/// A list of names. Nearly every name that is asked for is in none, and most lists have no name of its
/// length.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<String>")]
pub struct WordList {
    words: Vec<String>,
    /// A bit for each length that a name has; the last one for all that are longer.
    lengths: u64,
}

impl From<Vec<String>> for WordList {
    fn from(words: Vec<String>) -> Self {
        let lengths = words.iter().fold(0, |all, word| all | bit(word));
        Self { words, lengths }
    }
}

impl Deref for WordList {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.words
    }
}

fn bit(word: &str) -> u64 {
    1 << word.len().min(63)
}

/// Whether a name is in a list.
#[must_use]
pub fn listed(list: &WordList, name: &str) -> bool {
    list.lengths & bit(name) != 0 && list.iter().any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_any_length_is_found() {
        let long = "x".repeat(80);
        let list = WordList::from(vec!["a".to_owned(), "abc".to_owned(), long.clone()]);
        for name in ["a", "abc", &long] {
            assert!(listed(&list, name), "{name}");
        }
        for name in ["", "b", "ab", "abd", &"x".repeat(79), &"y".repeat(80)] {
            assert!(!listed(&list, name), "{name}");
        }
        assert!(!listed(&WordList::default(), ""));
    }
}
