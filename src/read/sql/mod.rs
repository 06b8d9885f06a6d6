//! SQL: statements in code, and the tables that migrations make. The grammar is `sqlparser`'s.

mod columns;
mod migration;
mod routine;
mod spelling;
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

/// The words of a text, in lower case and without comments.
fn words(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or(""));
    let words = lines.flat_map(str::split_whitespace);
    words.map(str::to_ascii_lowercase).collect()
}

/// Parses with the first dialect that understands the text.
fn tolerant(text: &str) -> Result<Vec<sqlparser::ast::Statement>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("longer than {} KiB", MAX_BYTES / 1024));
    }
    by_dialects(text).or_else(|reason| {
        let each = migration::statements(text);
        let read = each.iter().map(|(_, statement)| reworded(statement));
        read.collect::<Option<Vec<_>>>()
            .map(|read| read.into_iter().flatten().collect())
            .ok_or(reason)
    })
}

/// Parses a statement that may be one of those that the parser does not know.
fn reworded(text: &str) -> Option<Vec<sqlparser::ast::Statement>> {
    if let Ok(read) = by_dialects(text) {
        return Some(read);
    }
    let known = spelling::respelled(text);
    let read = known.as_ref().and_then(|known| by_dialects(known).ok());
    if read.is_none() && spelling::is_setting(text) {
        return Some(Vec::new());
    }
    // SQLite takes every quote there is, and mixes them with what other dialects have.
    let quoted = || {
        let text = known.as_deref().unwrap_or(text);
        let quoted = text.contains('`').then(|| text.replace('`', "\""));
        quoted.and_then(|text| by_dialects(&text).ok())
    };
    read.or_else(quoted)
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
