//! What the functions and procedures do that migrations make (`CREATE FUNCTION`): the statements in their bodies that write.

use super::MAX_BYTES;
use super::migration::statements;
use super::statement::{Statement, Verb, parse};
use std::collections::BTreeSet;

/// A function or procedure of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routine {
    /// Its name without a schema, in small letters.
    pub name: String,
    /// What in its body writes; parameters are numbered as in its head.
    pub writes: Vec<Statement>,
    /// What its body calls, in small letters and without schemas: other routines, and functions of the database.
    pub calls: BTreeSet<String>,
    /// It runs something that is not seen here: another routine, a text, another language, or what could not be parsed.
    pub unseen: bool,
}

/// The words with which a statement begins that writes.
const BEGINNINGS: [&str; 3] = ["insert into ", "delete from ", "update "];

/// Words by which something is changed or run that is not read here: other routines, texts, and what stands where it is not
/// looked for.
const DOING: [&str; 9] = [
    "call", "copy", "delete", "execute", "insert", "merge", "perform", "truncate", "update",
];

/// Words of which a statement that writes is what comes after them.
const BEFORE: [&str; 9] = [
    "as", "begin", "do", "else", "in", "loop", "query", "then", "",
];

/// How many parameters are told apart.
const MAX_PARAMETERS: usize = 64;

/// How many statements and calls of one body are kept; of one with more, not all is seen.
const MAX_WRITES: usize = 64;

/// Reads `CREATE FUNCTION` or `CREATE PROCEDURE` with a body between dollar signs; none where it is something else, or has no
/// such body. Under which conditions a statement is run is not kept.
pub(super) fn routine(statement: &str) -> Option<Routine> {
    // Most statements are none: what stands before the first word is looked at alone.
    let mut lines = statement.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("--"))?;
    let create = first.get(.."create".len())?;
    if !create.eq_ignore_ascii_case("create") {
        return None;
    }
    let lines = statement.lines();
    let lines = lines.map(|line| line.split("--").next().unwrap_or(""));
    let statement = &lines.collect::<Vec<_>>().join(" ");
    let lower = statement.to_ascii_lowercase();
    let mut words = lower.split_whitespace();
    if words.next()? != "create" {
        return None;
    }
    let kind = words.find(|word| !matches!(*word, "or" | "replace"))?;
    if !matches!(kind, "function" | "procedure") {
        return None;
    }
    let head = lower.find(kind)? + kind.len();
    let open = head + lower.get(head..)?.find('(')?;
    let name = lower.get(head..open)?.trim();
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    let parameters = parameters(statement.get(open + 1..)?);
    let body = body(statement)?;
    let mut words = lower.split_whitespace();
    let language = words.by_ref().find(|word| *word == "language");
    let language = language.and_then(|_| words.next()).unwrap_or("plpgsql");
    let mut found = Routine {
        name: name.to_owned(),
        writes: Vec::new(),
        calls: BTreeSet::new(),
        // What another language does is not read.
        unseen: !["plpgsql", "sql"].contains(&language.trim_matches(['\'', ';'])),
    };
    // What is as long as no statement may be is not looked through.
    if body.len() > MAX_BYTES {
        found.unseen = true;
        return Some(found);
    }
    for (_, piece) in statements(body) {
        if found.writes.len() >= MAX_WRITES || found.calls.len() >= MAX_WRITES {
            found.unseen = true;
            break;
        }
        found.add(&numbered(piece, &parameters));
    }
    Some(found)
}

impl Routine {
    /// Adds what a statement of the body writes.
    fn add(&mut self, piece: &str) {
        let plain = piece.to_ascii_lowercase().replace(['\n', '\t', '\r'], " ");
        self.calls.extend(called(&plain).map(str::to_owned));
        let Some(at) = beginning(&plain) else {
            self.unseen |= does_something(&plain);
            return;
        };
        // A table expression before it belongs to it.
        let with = begins(&plain, "with ").filter(|with| *with < at);
        let from = with.unwrap_or(at);
        // `RETURNING id INTO made` is no SQL; one in brackets is of a table expression.
        let end = plain.rfind(" returning ").filter(|returning| {
            let behind = &plain[*returning..];
            let outside = behind.matches(')').count() <= behind.matches('(').count();
            *returning > at && outside
        });
        let end = end.unwrap_or(piece.len());
        match parse(&piece[from..end]) {
            Ok(parsed) => {
                let writes = parsed.into_iter().filter(|one| one.verb != Verb::Select);
                self.writes.extend(writes);
            }
            Err(_) => self.unseen = true,
        }
    }
}

/// Whether a statement that does not begin by writing says that something is done all the same.
fn does_something(text: &str) -> bool {
    let parts = |c: char| !is_part(c);
    let mut before = "";
    text.split(parts)
        .filter(|word| !word.is_empty())
        .any(|word| {
            // `SELECT .. FOR UPDATE` locks, and `FOR NO KEY UPDATE` too.
            let locks = word == "update" && ["for", "key"].contains(&before);
            before = word;
            DOING.contains(&word) && !locks
        })
}

/// The names that stand before a bracket: what is called, keywords among it, and no table that is inserted into.
fn called(text: &str) -> impl Iterator<Item = &str> {
    text.split('(').filter_map(|head| {
        let head = head.trim_end();
        let name = head.rsplit(|c| !is_part(c)).next()?;
        let before = head.strip_suffix(name)?.trim_end();
        (!name.is_empty() && !before.ends_with("into")).then_some(name)
    })
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Where a statement begins that writes, after what the language of the body has before it.
fn beginning(text: &str) -> Option<usize> {
    let found = BEGINNINGS.iter().filter_map(|word| begins(text, word));
    found.min()
}

/// Where a word begins a statement: at the start, or after a word that nothing else can stand behind.
fn begins(text: &str, word: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find(word).map(|at| from + at) {
        let before = text[..at].trim_end();
        let last = before.rsplit([' ', ')', '(']).next().unwrap_or("");
        let apart = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        if apart && (BEFORE.contains(&last) || before.ends_with([')', '('])) {
            return Some(at);
        }
        from = at + word.len();
    }
    None
}

/// What stands between dollar signs.
fn body(statement: &str) -> Option<&str> {
    let start = statement.find('$')?;
    let tag_end = start + 1 + statement.get(start + 1..)?.find('$')?;
    let tag = statement.get(start..=tag_end)?;
    let rest = statement.get(tag_end + 1..)?;
    Some(&rest[..rest.find(tag)?])
}

/// The names of the parameters, in order; `text` begins behind the bracket. One without a name has none.
fn parameters(text: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, sign) in text.char_indices() {
        let ends = match sign {
            '(' => {
                depth += 1;
                false
            }
            ')' if depth == 0 => true,
            ')' => {
                depth -= 1;
                false
            }
            ',' => depth == 0,
            _ => false,
        };
        if ends {
            found.push(parameter(&text[start..at]));
            start = at + 1;
            if sign == ')' || found.len() == MAX_PARAMETERS {
                break;
            }
        }
    }
    found
}

/// The name of a parameter: `IN p_id uuid`. A type alone is none.
fn parameter(text: &str) -> String {
    let modes = ["in", "inout", "out", "variadic"];
    let words = text.split_whitespace();
    let mut words =
        words.skip_while(|word| modes.iter().any(|mode| word.eq_ignore_ascii_case(mode)));
    match (words.next(), words.next()) {
        (Some(name), Some(_)) => name.trim_matches('"').to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// The text with the numbers of the parameters for their names. The columns of an insert are no parameters, whatever they are
/// called.
fn numbered(piece: &str, parameters: &[String]) -> String {
    let lower = piece.to_ascii_lowercase();
    let columns = lower.find("insert into").and_then(|insert| {
        let behind = ["values", "select"].iter();
        let behind = behind.filter_map(|word| lower[insert..].find(word));
        behind.min().map(|at| insert + at)
    });
    let (columns, text) = piece.split_at(columns.unwrap_or(0));
    columns.to_owned() + &in_numbers(text, parameters)
}

fn in_numbers(text: &str, parameters: &[String]) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut found, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find(word) {
        found.push_str(&rest[..start]);
        let end = rest[start..].find(|c| !word(c));
        let end = end.map_or(rest.len(), |end| start + end);
        let name = &rest[start..end];
        let number = parameters
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name));
        match number {
            Some(number) => found.push_str(&format!("${}", number + 1)),
            None => found.push_str(name),
        }
        rest = &rest[end..];
    }
    found.push_str(rest);
    found
}

#[cfg(test)]
mod tests {
    use super::super::SqlValue;
    use super::*;

    #[test]
    fn what_a_body_writes_is_found() {
        let text =
            "CREATE OR REPLACE FUNCTION app.create_job(stream uuid, kind text) RETURNS uuid AS $$
            DECLARE made uuid;
            BEGIN
              INSERT INTO jobs (stream, state) VALUES (stream, 'new') RETURNING id INTO made;
              IF kind = 'x' THEN
                UPDATE streams SET busy = true WHERE id = stream;
              END IF;
              SELECT 1 FROM jobs FOR UPDATE;
              RETURN made;
            END; $$ LANGUAGE plpgsql";
        let found = routine(text).expect("a function");
        assert_eq!((found.name.as_str(), found.unseen), ("create_job", false));
        let writes: Vec<_> = found
            .writes
            .iter()
            .map(|one| (one.verb, one.tables[0].as_str()))
            .collect();
        assert_eq!(writes, [(Verb::Insert, "jobs"), (Verb::Update, "streams")]);
        assert_eq!(found.writes[0].values[1].1, SqlValue::Constant);
        assert_eq!(found.writes[1].filter[0].1, SqlValue::Parameter(0));
    }

    #[test]
    fn what_is_given_back_is_written_as_well() {
        let text = "create function take(amount numeric(10, 2), uuid, p_id uuid) returns setof jobs as $$ begin
            return query update jobs set taken = amount where id = p_id returning *;
            with moved as (delete from jobs where id = p_id returning *) insert into archive select * from moved;
        end $$ language plpgsql";
        let found = routine(text).expect("a function");
        assert!(!found.unseen);
        let writes = found
            .writes
            .iter()
            .map(|one| (one.verb, one.tables[0].as_str()));
        let mut writes: Vec<_> = writes
            .map(|(verb, table)| format!("{verb:?} {table}"))
            .collect();
        writes.sort();
        assert_eq!(writes, ["Delete jobs", "Insert archive", "Update jobs"]);
        let update = found
            .writes
            .iter()
            .find(|one| one.verb == Verb::Update)
            .expect("an update");
        assert_eq!(update.filter[0].1, SqlValue::Parameter(2));
    }

    #[test]
    fn what_runs_something_else_is_not_seen() {
        let body = |body: &str| {
            routine(&format!(
                "create function f(n int) returns void as $x$ begin {body} end $x$ language plpgsql"
            ))
        };
        assert!(body("perform g(n);").is_some_and(|one| one.unseen));
        assert!(
            body("execute 'drop table t';").is_some_and(|one| one.unseen && one.writes.is_empty())
        );
        assert!(body("return n + 1;").is_some_and(|one| !one.unseen && one.writes.is_empty()));
        assert!(
            body("made := app.create_other(n);")
                .is_some_and(|one| !one.unseen && one.calls.contains("create_other"))
        );
        assert!(body("select 1 from t for update;").is_some_and(|one| !one.unseen));
        assert!(
            body("merge into t using s on true when matched then delete;")
                .is_some_and(|one| one.unseen)
        );
        let python = "create function f() returns void as $$ plpy.log(1) $$ language plpython3u";
        assert!(routine(python).is_some_and(|one| one.unseen));
        let long = "return 1; ".repeat(MAX_BYTES / 8);
        assert!(body(&long).is_some_and(|one| one.unseen));
        let many = "update t set a = 1; ".repeat(MAX_WRITES + 1);
        assert!(body(&many).is_some_and(|one| one.unseen && one.writes.len() == MAX_WRITES));
        assert_eq!(routine("create table t (id int)"), None);
        assert_eq!(routine("create function f() returns int as 'lib.so'"), None);
    }
}
