//! Migrations: the tables they make, and what must be unique in them.

use super::routine::{Routine, routine};
use super::{plain, table_name, tolerant, words};
use crate::model::KeyScope;
use crate::problem::Problem;
use crate::source::{SourceId, Span, offset};
use serde::Serialize;
use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, BinaryOperator, ColumnDef, ColumnOption,
    CreateIndex, CreateTable, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, IndexColumn, NullsDistinctOption, ObjectType, RenameTableNameKind,
    Statement as Parsed, TableConstraint, UnaryOperator,
};

/// How deep a condition is read.
const MAX_CONDITION: usize = 16;

/// What a file of SQL says of tables.
#[derive(Clone, Debug, Default)]
pub struct SqlFile {
    /// The changes, in order.
    pub changes: Vec<SchemaChange>,
    /// The functions and procedures, in order.
    pub routines: Vec<Routine>,
}

/// What must be unique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UniqueKey {
    /// The columns; a column within an expression counts.
    pub columns: Vec<String>,
    /// Which rows count.
    pub scope: KeyScope,
    /// Two rows without a value in one of its columns hurt it too: `NULLS NOT DISTINCT`.
    pub nulls_alike: bool,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// One change of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum SchemaChange {
    /// A table with the columns that are filled by themselves.
    CreateTable {
        /// Its name.
        table: String,
        /// The columns that have a default, a sequence or are generated.
        defaulted: Vec<String>,
        /// What must be unique, the primary key first.
        keys: Vec<UniqueKey>,
    },
    /// A key is added.
    AddKey {
        /// The table.
        table: String,
        /// The key.
        key: UniqueKey,
    },
    /// A column is filled by itself.
    AddDefault {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A column holds a JSON object, or a map: as far as its default shows, no list.
    AddDocument {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A key is taken away, by its name.
    DropKey {
        /// The name.
        name: String,
    },
    /// A column is taken away, and the keys that it is part of.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table is taken away.
    DropTable {
        /// Its name.
        table: String,
    },
    /// A table gets another name.
    RenameTable {
        /// The name before.
        from: String,
        /// The name since.
        to: String,
    },
    /// A column gets another name.
    RenameColumn {
        /// The table.
        table: String,
        /// The name before.
        from: String,
        /// The name since.
        to: String,
    },
}

/// How much of a statement is pointed at, in bytes.
const SHOWN: usize = 60;

/// Reads a file of SQL. Statements that cannot change which rows are unique are not parsed, and
/// one that cannot be parsed costs that one.
#[must_use]
pub fn read(source: SourceId, text: &str) -> (SqlFile, Vec<Problem>) {
    let (mut file, mut problems) = (SqlFile::default(), Vec::new());
    for (start, statement) in statements(text) {
        file.routines.extend(routine(statement));
        if !matters(statement) {
            continue;
        }
        let at = offset(start);
        let shown = statement.floor_char_boundary(SHOWN);
        let span = Span::new(source, at, at + offset(shown));
        let without = statement.replacen("CONCURRENTLY", "", 1);
        match tolerant(&without.replacen("concurrently", "", 1)) {
            Ok(parsed) => {
                for parsed in parsed {
                    change(&parsed, span, &mut file.changes);
                }
            }
            Err(reason) => problems.push(Problem::new(
                span,
                format!("SQL that cannot be read: {reason}"),
                "what this statement says of tables is not known; list the file in .ignore if it is not SQL of this system",
            )),
        }
    }
    (file, problems)
}

/// Whether a statement may change which columns are unique, or filled by themselves.
fn matters(statement: &str) -> bool {
    let words = words(statement);
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    match word(0) {
        "create" => match word(1) {
            "table" | "unique" => true,
            "unlogged" => word(2) == "table",
            _ => false,
        },
        "alter" => {
            let of_storage = [
                "owner", "attach", "detach", "replica", "cluster", "security",
            ];
            word(1) == "table" && has(&["add", "drop", "rename", "generated"]) && !has(&of_storage)
        }
        "drop" => matches!(word(1), "table" | "index"),
        _ => false,
    }
}

/// The statements of a text with the byte each starts at: split at semicolons outside of strings,
/// comments and dollar quotes.
pub(super) fn statements(text: &str) -> Vec<(usize, &str)> {
    let bytes = text.as_bytes();
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b';' => {
                found.extend(piece(text, start, at));
                start = at + 1;
                at += 1;
            }
            quote @ (b'\'' | b'"' | b'`') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += 1;
                }
                at += 1;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                while at < bytes.len() && bytes[at] != b'\n' {
                    at += 1;
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text
                    .get(at + 2..)
                    .and_then(|rest| rest.find("*/"))
                    .map_or(bytes.len(), |end| at + 4 + end);
            }
            b'$' => {
                let tag = text.get(at + 1..).and_then(|rest| rest.find('$'));
                let tag = tag.and_then(|end| text.get(at..=at + 1 + end));
                let is_tag = |tag: &&str| {
                    tag[1..tag.len() - 1]
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '_')
                };
                match tag.filter(is_tag) {
                    Some(tag) => {
                        let rest = text.get(at + tag.len()..).unwrap_or("");
                        at = rest
                            .find(tag)
                            .map_or(bytes.len(), |end| at + 2 * tag.len() + end);
                    }
                    None => at += 1,
                }
            }
            _ => at += 1,
        }
    }
    found.extend(piece(text, start, text.len()));
    found
}

/// What stands between two bytes, with the byte it starts at.
fn piece(text: &str, from: usize, to: usize) -> Option<(usize, &str)> {
    let piece = text.get(from..to)?;
    let trimmed = piece.trim_start();
    let start = from + piece.len() - trimmed.len();
    let trimmed = trimmed.trim_end();
    (!trimmed.is_empty()).then_some((start, trimmed))
}

fn change(parsed: &Parsed, span: Span, out: &mut Vec<SchemaChange>) {
    match parsed {
        Parsed::CreateTable(create) => {
            out.push(create_table(create, span));
            let table = table_name(&create.name);
            out.extend(
                create
                    .columns
                    .iter()
                    .filter_map(|one| document(&table, one)),
            );
        }
        Parsed::CreateIndex(index) => out.extend(create_index(index, span)),
        Parsed::AlterTable(alter) => alter_table(alter, span, out),
        Parsed::Drop {
            object_type, names, ..
        } => {
            for name in names {
                match object_type {
                    ObjectType::Table => out.push(SchemaChange::DropTable {
                        table: table_name(name),
                    }),
                    ObjectType::Index => out.push(SchemaChange::DropKey {
                        name: table_name(name),
                    }),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn create_table(create: &CreateTable, span: Span) -> SchemaChange {
    let table = table_name(&create.name);
    let (mut primary, mut keys, mut defaulted) = (Vec::new(), Vec::new(), Vec::new());
    for column in &create.columns {
        column_keys(
            &table,
            column,
            span,
            &mut primary,
            &mut keys,
            &mut defaulted,
        );
    }
    for constraint in &create.constraints {
        match key_of(&table, constraint, span) {
            Some((true, key)) => primary.push(key),
            Some((false, key)) => keys.push(key),
            None => {}
        }
    }
    primary.append(&mut keys);
    SchemaChange::CreateTable {
        table,
        defaulted,
        keys: primary,
    }
}

/// That a column holds a document, where it does.
fn document(table: &str, column: &ColumnDef) -> Option<SchemaChange> {
    let of_type = column.data_type.to_string().to_lowercase();
    let is_list = |option: &ColumnOption| match option {
        ColumnOption::Default(value) => value.to_string().contains('['),
        _ => false,
    };
    let mut options = column.options.iter();
    let holds = matches!(of_type.as_str(), "json" | "jsonb" | "hstore")
        && !options.any(|option| is_list(&option.option));
    holds.then(|| SchemaChange::AddDocument {
        table: table.to_owned(),
        column: plain(&column.name),
    })
}

fn column_keys(
    table: &str,
    column: &ColumnDef,
    span: Span,
    primary: &mut Vec<UniqueKey>,
    keys: &mut Vec<UniqueKey>,
    defaulted: &mut Vec<String>,
) {
    let name = plain(&column.name);
    let of_type = column.data_type.to_string().to_lowercase();
    let mut fills_itself = of_type.contains("serial");
    for option in &column.options {
        let named = |given: Option<String>, suffix: &str| UniqueKey {
            columns: vec![name.clone()],
            scope: KeyScope::All,
            nulls_alike: false,
            name: Some(given.unwrap_or_else(|| format!("{table}_{suffix}"))),
            span,
        };
        let given = option.name.as_ref().map(plain);
        match &option.option {
            ColumnOption::PrimaryKey(_) => {
                // SQLite's own row number.
                fills_itself |= matches!(column.data_type, DataType::Integer(_));
                primary.push(named(given, "pkey"));
            }
            ColumnOption::Unique(_) => keys.push(named(given, &format!("{name}_key"))),
            ColumnOption::Default(value) => fills_itself |= !is_constant(value),
            ColumnOption::Generated { .. } | ColumnOption::Identity(_) => fills_itself = true,
            ColumnOption::DialectSpecific(tokens) => {
                let text: String = tokens.iter().map(ToString::to_string).collect();
                fills_itself |= text.to_lowercase().contains("auto");
            }
            _ => {}
        }
    }
    if fills_itself {
        defaulted.push(name);
    }
}

fn is_constant(value: &Expr) -> bool {
    match value {
        Expr::Value(_) => true,
        Expr::Cast { expr, .. } | Expr::Nested(expr) | Expr::UnaryOp { expr, .. } => {
            is_constant(expr)
        }
        _ => false,
    }
}

/// A key, and whether it is the primary one.
fn key_of(table: &str, constraint: &TableConstraint, span: Span) -> Option<(bool, UniqueKey)> {
    let (is_primary, given, written) = match constraint {
        TableConstraint::Unique(unique) => (false, &unique.name, &unique.columns),
        TableConstraint::PrimaryKey(primary) => (true, &primary.name, &primary.columns),
        _ => return None,
    };
    let columns = index_columns(written);
    // What the database calls it where nobody does.
    let derived = match is_primary {
        true => format!("{table}_pkey"),
        false => format!("{table}_{}_key", columns.join("_")),
    };
    let key = UniqueKey {
        nulls_alike: matches!(
            constraint,
            TableConstraint::Unique(unique) if unique.nulls_distinct == NullsDistinctOption::NotDistinct
        ),
        name: Some(given.as_ref().map_or(derived, plain)),
        columns,
        scope: KeyScope::All,
        span,
    };
    Some((is_primary, key))
}

fn index_columns(columns: &[IndexColumn]) -> Vec<String> {
    columns
        .iter()
        .flat_map(|column| columns_in(&column.column.expr))
        .collect()
}

/// The columns in an expression.
fn columns_in(value: &Expr) -> Vec<String> {
    match value {
        Expr::Identifier(name) => vec![plain(name)],
        Expr::CompoundIdentifier(parts) => parts.last().map(plain).into_iter().collect(),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => columns_in(inner),
        Expr::Function(Function {
            args: FunctionArguments::List(list),
            ..
        }) => list
            .args
            .iter()
            .flat_map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => columns_in(inner),
                _ => Vec::new(),
            })
            .collect(),
        Expr::BinaryOp { left, right, .. } => {
            let mut columns = columns_in(left);
            columns.extend(columns_in(right));
            columns
        }
        _ => Vec::new(),
    }
}

fn create_index(index: &CreateIndex, span: Span) -> Option<SchemaChange> {
    if !index.unique {
        return None;
    }
    Some(SchemaChange::AddKey {
        table: table_name(&index.table_name),
        key: UniqueKey {
            columns: index_columns(&index.columns),
            scope: scope(index.predicate.as_ref()),
            nulls_alike: index.nulls_distinct == Some(false),
            name: index.name.as_ref().map(table_name),
            span,
        },
    })
}

/// The rows for which a condition holds.
fn scope(condition: Option<&Expr>) -> KeyScope {
    let mut unset = Vec::new();
    match condition {
        None => KeyScope::All,
        Some(condition) if asks_for_unset(condition, &mut unset, MAX_CONDITION) => {
            KeyScope::Unset(unset)
        }
        Some(_) => KeyScope::Some,
    }
}

/// Whether a condition only asks that columns are not set (`a IS NULL`, `NOT b`, `c = FALSE`); which.
fn asks_for_unset(condition: &Expr, unset: &mut Vec<String>, depth: usize) -> bool {
    let mut column = |expression: &Expr| {
        let name = column_name(expression);
        unset.extend(name.clone());
        name.is_some()
    };
    match condition {
        _ if depth == 0 => false,
        Expr::Nested(inner) => asks_for_unset(inner, unset, depth - 1),
        Expr::IsNull(inner) | Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => column(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => column(expr),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => asks_for_unset(left, unset, depth - 1) && asks_for_unset(right, unset, depth - 1),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => {
            matches!(
                right.to_string().to_ascii_lowercase().as_str(),
                "false" | "0"
            ) && column(left)
        }
        _ => false,
    }
}

/// The column that an expression is.
fn column_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(name) => Some(plain(name)),
        Expr::CompoundIdentifier(names) => names.last().map(plain),
        Expr::Nested(inner) => column_name(inner),
        _ => None,
    }
}

fn alter_table(alter: &AlterTable, span: Span, out: &mut Vec<SchemaChange>) {
    let table = table_name(&alter.name);
    for operation in &alter.operations {
        match operation {
            AlterTableOperation::AddConstraint { constraint, .. } => {
                out.extend(
                    key_of(&table, constraint, span).map(|(_, key)| SchemaChange::AddKey {
                        table: table.clone(),
                        key,
                    }),
                );
            }
            AlterTableOperation::AddColumn { column_def, .. } => {
                out.extend(document(&table, column_def));
                let (mut keys, mut more, mut defaulted) = (Vec::new(), Vec::new(), Vec::new());
                column_keys(
                    &table,
                    column_def,
                    span,
                    &mut keys,
                    &mut more,
                    &mut defaulted,
                );
                out.extend(
                    keys.into_iter()
                        .chain(more)
                        .map(|key| SchemaChange::AddKey {
                            table: table.clone(),
                            key,
                        }),
                );
                out.extend(
                    defaulted
                        .into_iter()
                        .map(|column| SchemaChange::AddDefault {
                            table: table.clone(),
                            column,
                        }),
                );
            }
            AlterTableOperation::DropConstraint { name, .. } => {
                out.push(SchemaChange::DropKey { name: plain(name) })
            }
            AlterTableOperation::DropColumn { column_names, .. } => {
                out.extend(column_names.iter().map(|column| SchemaChange::DropColumn {
                    table: table.clone(),
                    column: plain(column),
                }));
            }
            AlterTableOperation::RenameTable { table_name: name } => {
                let to = match name {
                    RenameTableNameKind::As(name) | RenameTableNameKind::To(name) => name,
                };
                out.push(SchemaChange::RenameTable {
                    from: table.clone(),
                    to: table_name(to),
                });
            }
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => out.push(SchemaChange::RenameColumn {
                table: table.clone(),
                from: plain(old_column_name),
                to: plain(new_column_name),
            }),
            AlterTableOperation::AlterColumn { column_name, op } if fills_itself(op) => {
                out.push(SchemaChange::AddDefault {
                    table: table.clone(),
                    column: plain(column_name),
                });
            }
            _ => {}
        }
    }
}

/// Whether a column is filled by itself from here on.
fn fills_itself(change: &AlterColumnOperation) -> bool {
    let text = change.to_string().to_lowercase();
    text.contains("default nextval") || text.contains("generated")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<(String, Vec<String>, KeyScope)> {
        let (file, problems) = read(SourceId(0), text);
        assert_eq!(problems, []);
        let mut found = Vec::new();
        for change in file.changes {
            match change {
                SchemaChange::CreateTable { table, keys, .. } => found.extend(
                    keys.into_iter()
                        .map(|key| (table.clone(), key.columns, key.scope)),
                ),
                SchemaChange::AddKey { table, key } => {
                    found.push((table, key.columns, key.scope));
                }
                _ => {}
            }
        }
        found
    }

    #[test]
    fn keys_stand_in_columns_constraints_and_indices() {
        let text = "-- a comment; with a semicolon
            CREATE TABLE users (id bigserial primary key, email text UNIQUE, org int, name text, unique (org, name));
            CREATE FUNCTION f() RETURNS trigger AS $body$ BEGIN x := ';'; END; $body$ LANGUAGE plpgsql;
            CREATE UNIQUE INDEX CONCURRENTLY i ON users (lower(name)) WHERE deleted_at IS NULL AND (NOT archived);
            CREATE UNIQUE INDEX ON users (name) WHERE is_primary;
            ALTER TABLE users ADD CONSTRAINT c UNIQUE (org);";
        let key = |columns: &[&str], scope: KeyScope| {
            let columns = columns.iter().map(|column| (*column).to_owned()).collect();
            ("users".to_owned(), columns, scope)
        };
        assert_eq!(
            keys(text),
            [
                key(&["id"], KeyScope::All),
                key(&["email"], KeyScope::All),
                key(&["org", "name"], KeyScope::All),
                key(
                    &["name"],
                    KeyScope::Unset(vec!["deleted_at".to_owned(), "archived".to_owned()])
                ),
                key(&["name"], KeyScope::Some),
                key(&["org"], KeyScope::All)
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_of_its_own() {
        let (file, problems) = read(
            SourceId(0),
            "CREATE TABLE a (id int primary key); CREATE TABLE b ((;",
        );
        assert_eq!(file.changes.len(), 1);
        assert_eq!(problems.len(), 1);
    }
}
