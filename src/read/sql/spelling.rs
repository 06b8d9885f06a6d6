//! Statements that the parser does not know, in words that it does: only where it has failed.

use super::words;

/// The words that begin a statement which changes no row and no table: what it sets holds for a transaction, a session or a
/// connection (PostgreSQL, "SET CONSTRAINTS" and "SET TRANSACTION"; SQLite, "PRAGMA").
const SETTINGS: [&[&str]; 4] = [
    &["set", "constraints"],
    &["set", "transaction"],
    &["set", "session", "characteristics"],
    &["pragma"],
];

/// The engines of ClickHouse besides those of the `MergeTree` family. Its tables have no unique keys ("Primary keys and
/// indexes in queries"): what they are made of says nothing here.
const ENGINES: [&str; 6] = [
    "buffer",
    "dictionary",
    "distributed",
    "null",
    "stripelog",
    "tinylog",
];

/// Words in one place of other words with the same meaning.
const WORDS: [(&str, &str); 11] = [
    // The locks of rows lock as well as those that are known.
    ("for no key update", "for update"),
    ("for key share", "for share"),
    // SQLite, "SQL Language Expressions".
    (" isnull", " is null"),
    (" notnull", " is not null"),
    (" is not ?", " <> ?"),
    (" is ?", " = ?"),
    (" is not '", " <> '"),
    (" is '", " = '"),
    // CockroachDB, "ADD CONSTRAINT" and "CREATE INDEX".
    ("add constraint if not exists", "add constraint"),
    ("storing (", "include ("),
    // MySQL, "ALTER TABLE Statement".
    ("drop key ", "drop index "),
];

/// Whether a statement says nothing of rows and of what is unique among them.
pub(super) fn is_setting(text: &str) -> bool {
    let words = words(text);
    let has = |word: &str| words.iter().any(|known| known == word);
    let starts = |start: &[&str]| {
        words
            .iter()
            .map(String::as_str)
            .take(start.len())
            .eq(start.iter().copied())
    };
    let changes = ["add", "drop", "rename"].into_iter().any(has);
    let pairs = || words.iter().zip(words.iter().skip(1));
    let defers = pairs().any(|pair| pair == (&"alter".to_owned(), &"constraint".to_owned()));
    SETTINGS.iter().any(|start| starts(start))
        || starts(&["alter", "table"]) && defers && !changes
        || is_made_by_engine(&words)
}

/// Whether a table is one of ClickHouse, or a change of one on its cluster.
fn is_made_by_engine(words: &[String]) -> bool {
    let first = words.first().map_or("", String::as_str);
    let table = words.iter().take(4).any(|word| word == "table");
    let text = words.join(" ");
    let made = |at: usize| {
        let rest = text[at + "engine".len()..].trim_start().strip_prefix('=')?;
        let rest = rest.trim_start();
        rest.split(|c: char| !c.is_ascii_alphanumeric()).next()
    };
    let mut engines = text.match_indices("engine").filter_map(|(at, _)| made(at));
    let known = engines.any(|name| name.ends_with("mergetree") || ENGINES.contains(&name));
    table
        && (first == "create" && known
            || ["alter", "drop"].contains(&first) && text.contains(" on cluster "))
}

/// The statement in other words; none where none of them has a better one.
pub(super) fn respelled(text: &str) -> Option<String> {
    let mut known = text.to_owned();
    for (from, to) in WORDS {
        known = replaced(&known, from, to);
    }
    if let Some(rest) = without_conflict_condition(&known) {
        known = rest;
    }
    known = without_deferring(known);
    known = without_sequence(known);
    (known != text).then_some(known)
}

/// The byte at which words begin, whatever their case.
fn find(text: &str, words: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(words)
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if !lower.contains(from) {
        return text.to_owned();
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let quoted = quoted(text);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(from) {
        let end = at + from.len();
        // `isnullable` and `restoring` are other words, and what is quoted is no word at all.
        let goes_on =
            from.ends_with(is_word) && lower[end..].starts_with(|c: char| is_word(c) || c == '(');
        let began = from.starts_with(is_word) && lower[..at].ends_with(is_word);
        let within = quoted.iter().any(|(open, close)| *open < at && at < *close);
        if !goes_on && !began && !within {
            out.push_str(&text[done..at]);
            out.push_str(to);
            done = end;
        }
    }
    out.push_str(&text[done..]);
    out
}

/// Where quotes open and close.
fn quoted(text: &str) -> Vec<(usize, usize)> {
    let (mut found, mut open) = (Vec::new(), None);
    for (at, byte) in text.bytes().enumerate() {
        match (open, byte) {
            (None, b'\'' | b'"' | b'`') => open = Some((at, byte)),
            (Some((start, quote)), byte) if quote == byte => {
                found.push((start, at));
                open = None;
            }
            _ => {}
        }
    }
    found.extend(open.map(|(start, _)| (start, text.len())));
    found
}

/// `ON CONFLICT (a) WHERE b DO ..` without its condition, which is that of a partial index.
fn without_conflict_condition(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let conflict = lower.find("on conflict")?;
    let columns = conflict + lower[conflict..].find(')')? + 1;
    let rest = &lower[columns..];
    let condition = rest
        .trim_start()
        .starts_with("where")
        .then(|| rest.find("where"))??;
    let action = [" do nothing", " do update", "\ndo nothing", "\ndo update"];
    let action = action.iter().filter_map(|action| rest.find(action)).min()?;
    (condition < action).then(|| format!("{} {}", &text[..columns], &text[columns + action..]))
}

/// `ALTER TABLE a .., ALTER CONSTRAINT b NOT DEFERRABLE` without when a constraint is looked at: it holds all the same.
fn without_deferring(mut text: String) -> String {
    while let Some(start) = find(&text, "alter constraint") {
        let end = text[start..]
            .find(',')
            .map_or(text.len(), |comma| start + comma);
        let before = text[..start].trim_end();
        match (before.strip_suffix(','), end < text.len()) {
            // It stands between others, or behind them.
            (Some(before), _) => text = format!("{before}{}", &text[end..]),
            (None, true) => text = format!("{before} {}", &text[end + 1..]),
            // It is all that is changed.
            (None, false) => return text,
        }
    }
    text
}

/// `GENERATED .. AS IDENTITY (SEQUENCE NAME ..)` without what its sequence is like, as `pg_dump` writes it.
fn without_sequence(text: String) -> String {
    let without = || {
        let options = find(&text, "as identity")? + "as identity".len();
        let open = options + text[options..].find(|c: char| !c.is_whitespace())?;
        let close = open + text[open..].find(')')?;
        let whole = text[open..].starts_with('(');
        whole.then(|| format!("{}{}", &text[..options], &text[close + 1..]))
    };
    without().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::read::sql::tolerant;

    #[test]
    fn what_the_parser_does_not_know_is_read_in_other_words() {
        for text in [
            "SELECT id FROM a WHERE id = $1 FOR NO KEY UPDATE",
            "DELETE FROM a WHERE b ISNULL AND c NOTNULL",
            "SELECT a FROM t WHERE b IS NOT '' AND c IS ?",
            "ALTER TABLE `nodes` DROP KEY `service`",
            "ALTER TABLE a DROP CONSTRAINT b, ALTER CONSTRAINT c NOT DEFERRABLE",
            "ALTER TABLE a ALTER CONSTRAINT c DEFERRABLE INITIALLY DEFERRED, ADD CONSTRAINT d UNIQUE (e)",
            "ALTER TABLE a ALTER CONSTRAINT c NOT DEFERRABLE",
            "ALTER TABLE a ALTER COLUMN b ADD GENERATED BY DEFAULT AS IDENTITY (\n SEQUENCE NAME a_b_seq START WITH 1 NO MINVALUE)",
            "ALTER TABLE a ADD CONSTRAINT IF NOT EXISTS b CHECK (c > 0)",
            "CREATE UNIQUE INDEX IF NOT EXISTS a ON b (c)\nSTORING (d) WHERE e IS NULL",
            "ALTER TABLE a ON CLUSTER b ADD COLUMN c LowCardinality(String)",
            "INSERT INTO a (b) VALUES (1) ON CONFLICT (b) WHERE c DO NOTHING",
            "SET CONSTRAINTS a_b_uniq DEFERRED",
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
            "CREATE TABLE a (b LowCardinality(String)) ENGINE = ReplacingMergeTree(c) PARTITION BY toYYYYMM(d) ORDER BY (b)",
        ] {
            assert!(tolerant(text).is_ok(), "{text}: {:?}", tolerant(text).err());
        }
        let both = tolerant("SET CONSTRAINTS a DEFERRED; UPDATE b SET c = ' IS ?' WHERE d IS ?");
        let both = both.unwrap();
        let [update] = both.as_slice() else {
            panic!("{both:?}");
        };
        assert_eq!(update.to_string(), "UPDATE b SET c = ' IS ?' WHERE d = ?");
        for text in [
            "CREATE TABLE a (b INT,,) ENGINE = InnoDB",
            "SELECT isnullable(a) FRM b",
        ] {
            assert!(tolerant(text).is_err(), "{text}");
        }
    }
}
