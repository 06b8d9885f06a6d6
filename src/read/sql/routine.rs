//! What the functions and procedures do that migrations make (`CREATE FUNCTION`): the statements in their bodies that write.

use super::migration::statements;
use super::statement::{Statement, Verb, parse};

/// A function or procedure of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routine {
    /// Its name without a schema, in small letters.
    pub name: String,
    /// What in its body writes; parameters are numbered as in its head.
    pub writes: Vec<Statement>,
    /// It runs something that is not seen here: another routine, or a text.
    pub unseen: bool,
}

/// The words with which a statement begins that writes.
const BEGINNINGS: [&str; 3] = ["insert into ", "delete from ", "update "];

/// The words with which something is run that stands elsewhere.
const RUNNING: [&str; 3] = ["call ", "execute ", "perform "];

/// How many parameters are told apart.
const MAX_PARAMETERS: usize = 64;

/// Reads `CREATE FUNCTION` or `CREATE PROCEDURE` with a body between dollar signs; none where it is something else, or has no
/// such body.
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
    let statement = &lines.collect::<Vec<_>>().join("\n");
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
    let mut found = Routine {
        name: name.to_owned(),
        writes: Vec::new(),
        unseen: false,
    };
    for (_, piece) in statements(body) {
        // The columns of an insert are no parameters, whatever they are called.
        let lower = piece.to_ascii_lowercase();
        let columns = match lower.contains("insert into") {
            true => ["values", "select"]
                .iter()
                .filter_map(|word| lower.find(word))
                .min(),
            false => None,
        };
        let (columns, rest) = piece.split_at(columns.unwrap_or(0));
        let piece = columns.to_owned() + &numbered(rest, &parameters);
        let lower = piece.to_ascii_lowercase();
        let plain = lower.replace(['\n', '\t', '\r'], " ");
        match beginning(&plain) {
            Some(at) => {
                // `RETURNING id INTO made` is no SQL.
                let end = plain[at..].find(" returning ");
                let end = end.map_or(piece.len(), |end| at + end);
                // A table expression before it belongs to it.
                let from = match plain.trim_start().starts_with("with ") {
                    true => 0,
                    false => at,
                };
                match parse(&piece[from..end]) {
                    Ok(parsed) => {
                        let writes = parsed.into_iter().filter(|one| one.verb != Verb::Select);
                        found.writes.extend(writes);
                    }
                    Err(_) => found.unseen = true,
                }
            }
            None => found.unseen |= RUNNING.iter().any(|word| begins(&plain, word).is_some()),
        }
    }
    Some(found)
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
        let opens = ["", "as", "begin", "else", "loop", "then"].contains(&last);
        let apart = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        if apart && (opens || before.ends_with([')', '('])) {
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

/// The names of the parameters, in order; `text` begins behind the bracket.
fn parameters(text: &str) -> Vec<String> {
    let (mut depth, mut end) = (0_u32, text.len());
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' if depth == 0 => {
                end = at;
                break;
            }
            ')' => depth -= 1,
            _ => {}
        }
    }
    let name = |parameter: &str| {
        let mut words = parameter.split_whitespace();
        let first = words.next().unwrap_or("");
        let mode = ["in", "inout", "out", "variadic"]
            .iter()
            .any(|mode| first.eq_ignore_ascii_case(mode));
        let name = if mode {
            words.next().unwrap_or("")
        } else {
            first
        };
        name.trim_matches('"').to_ascii_lowercase()
    };
    text[..end]
        .split(',')
        .take(MAX_PARAMETERS)
        .map(name)
        .collect()
}

/// The text with the numbers of the parameters for their names.
fn numbered(text: &str, parameters: &[String]) -> String {
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
        assert_eq!(routine("create table t (id int)"), None);
        assert_eq!(routine("create function f() returns int as 'lib.so'"), None);
    }
}
