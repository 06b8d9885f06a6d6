//! SQL: statements in code, and the tables that migrations make. The grammar is `sqlparser`'s.

mod columns;
mod migration;
mod routine;
mod statement;
mod template;

pub use columns::{count_selected, selected};
pub use migration::{SchemaChange, SqlFile, UniqueKey, read};
pub use routine::Routine;
pub use statement::{Called, Conflict, SqlValue, Statement, Verb, parse};
pub use template::{shown_table, with_names};

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};

/// The parser's own bound on nesting.
const MAX_DEPTH: usize = 100;

/// The longest text that is parsed, in bytes: a chain of operators is a tree as deep as it is long.
const MAX_BYTES: usize = 256 * 1024;

/// The last part of a name, as the database sees it.
fn table_name(name: &ObjectName) -> String {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(ident)) => plain(ident),
        _ => String::new(),
    }
}

fn plain(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}

/// Parses with the first dialect that understands the text.
fn tolerant(text: &str) -> Result<Vec<sqlparser::ast::Statement>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("longer than {} KiB", MAX_BYTES / 1024));
    }
    // Locks of rows that the parser does not know lock as well as those that it does.
    let known;
    let text = match text.to_ascii_uppercase().contains(" KEY UPDATE")
        || text.to_ascii_uppercase().contains("FOR KEY SHARE")
    {
        true => {
            known = text
                .replace("FOR NO KEY UPDATE", "FOR UPDATE")
                .replace("FOR KEY SHARE", "FOR SHARE")
                .replace("for no key update", "for update")
                .replace("for key share", "for share");
            known.as_str()
        }
        false => text,
    };
    // The parser knows no condition behind the columns of a conflict.
    let whole;
    let text = match without_conflict_condition(text) {
        Some(rest) => {
            whole = rest;
            whole.as_str()
        }
        None => text,
    };
    // SQLite takes every quote there is, and mixes them with what other dialects have.
    by_dialects(text).or_else(|reason| match text.contains('`') {
        true => by_dialects(&text.replace('`', "\"")),
        false => Err(reason),
    })
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

fn by_dialects(text: &str) -> Result<Vec<sqlparser::ast::Statement>, String> {
    let dialects: [&dyn Dialect; 4] = [
        &PostgreSqlDialect {},
        &GenericDialect {},
        &MySqlDialect {},
        &SQLiteDialect {},
    ];
    let mut reason = String::new();
    for dialect in dialects {
        let parsed = sqlparser::parser::Parser::new(dialect)
            .with_recursion_limit(MAX_DEPTH)
            .try_with_sql(text)
            .and_then(|mut parser| parser.parse_statements());
        match parsed {
            Ok(statements) => return Ok(statements),
            Err(error) if reason.is_empty() => reason = error.to_string(),
            Err(_) => {}
        }
    }
    Err(reason)
}
