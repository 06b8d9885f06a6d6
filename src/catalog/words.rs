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
    /// First words of functions of Rust code that wait for a while.
    pub pauses: Vec<String>,
    /// Words in the names of functions of Rust code that read a variable of the environment.
    pub environment: Vec<String>,
    /// Functions of Rust code that begin a task which goes on by itself.
    pub detaches: Vec<String>,
    /// Methods that wait, of something whose name has one of [`Words::pauses`].
    pub waits: Vec<String>,
    /// Words in the names of errors by which something refuses what it was asked for.
    pub refusals: Vec<String>,
    /// First words of functions of Rust code that go on until somebody stops them.
    pub serves: Vec<String>,
    /// Attributes of functions that say nothing of who runs them.
    pub plain_attributes: Vec<String>,
    /// Traits by which a parameter is bound that a text is made of.
    pub text_bounds: Vec<String>,
    /// Words in the names of traits by which a parameter is bound that leads to a database or service.
    pub connection_bounds: Vec<String>,
    /// Functions that open a stream of events without an end.
    pub streams: Vec<String>,
    /// Those of them that wait for others who ask.
    pub listens: Vec<String>,
    /// Derives by which an enum of Rust code tells the sub-commands of a command line apart.
    pub subcommands: Vec<String>,
    /// Words in the names of types and functions of Rust code that work while nobody waits.
    pub background: Vec<String>,
    /// Last words of paths to which a protocol sends browsers back with a GET.
    pub landings: Vec<String>,
    /// Words that are critical where others of [`Words::pays`] stand in paths of the system.
    pub sold: Vec<String>,
    /// Words of paths that speak of paying.
    pub pays: Vec<String>,
    /// Words in sub-commands by which a program runs as one of the processes of a system.
    pub roles: Vec<String>,
    /// Words in the names of programs that do one thing and end.
    pub commands: Vec<String>,
    /// Ends of the names of programs that tell others what to do: `etcdctl`.
    pub consoles: Vec<String>,
    /// Types among the parameters of a handler, and functions that it calls, that answer the handshake of a WebSocket.
    pub handshakes: Vec<String>,
    /// Words in the names of packages that are there to test others.
    pub tests: Vec<String>,
    /// Words that follow one of [`Words::tests`] in the name of a package that is there to test others.
    pub test_helpers: Vec<String>,
    /// Words in the names of programs, and in paths of compose files, that try the system out.
    pub trials: Vec<String>,
    /// Words in the names of programs that help to build the system.
    pub builders: Vec<String>,
    /// Words in the names of functions that only ask whether somebody is there.
    pub probes: Vec<String>,
    /// Words in the paths under which a program tells how it is doing.
    pub own_figures: Vec<String>,
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

impl Words {
    /// Whether the last segment of a path is a question and nothing else, or begins with one: `/quote`, `/get-quote`, and not
    /// `/mailing-list`.
    #[must_use]
    pub fn asks_alone(&self, segment: &[String]) -> bool {
        let begins = segment
            .first()
            .is_some_and(|first| self.read_prefixes.contains(first));
        (begins || segment.len() == 1) && self.asks(segment)
    }

    /// Whether the words of the last segment of a path ask a question: `cost-estimate`, `get-quote`, `getquote`.
    #[must_use]
    pub fn asks(&self, segment: &[String]) -> bool {
        let reads = |word: &str| self.reads.iter().any(|known| known == word);
        let ends = segment.last().is_some_and(|last| {
            let mut prefixes = self.read_prefixes.iter();
            reads(last)
                || prefixes.any(|prefix| last.strip_prefix(prefix.as_str()).is_some_and(reads))
        });
        let begins = segment
            .first()
            .is_some_and(|first| self.read_prefixes.contains(first));
        ends || begins
    }
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
    words_of(name)
        .map(|word| small_letters(word).collect())
        .collect()
}

/// The words of a name as they are written there.
pub(crate) fn words_of(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let mut was_small = false;
        let ends = |c: char| {
            let ends = !c.is_alphanumeric() || (c.is_uppercase() && was_small);
            was_small = c.is_lowercase();
            ends
        };
        let (word, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Whether a word of a name is, in small letters, this one.
pub(crate) fn is_word(word: &str, known: &str) -> bool {
    small_letters(word).eq(known.chars())
}

/// Whether the words of a name, written as one in small letters, have this in them.
pub(crate) fn spells(name: &str, part: &str) -> bool {
    let begins = |rest: &str| {
        let letters = rest.chars().filter(|c| c.is_alphanumeric());
        let mut letters = letters.flat_map(char::to_lowercase);
        part.chars().all(|c| letters.next() == Some(c))
    };
    name.char_indices().any(|(at, _)| begins(&name[at..]))
}

/// Letter by letter: what a letter becomes does not depend on where it stands.
fn small_letters(word: &str) -> impl Iterator<Item = char> {
    word.chars().flat_map(char::to_lowercase)
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
        assert_eq!(split_words("ÄrgerΣ_ΑΣ"), ["ärger", "σ", "ασ"]);
    }

    #[test]
    fn words_are_compared_in_small_letters() {
        let words: Vec<&str> = words_of("audit_LogΣ").collect();
        assert_eq!(words, ["audit", "Log", "Σ"]);
        assert!(is_word(words[1], "log") && is_word(words[2], "σ"));
        assert!(!is_word(words[1], "logs") && !is_word(words[1], "lo"));
        assert!(spells("X-Idem_Potency", "idempoten") && !spells("idem", "idempoten"));
    }
}
