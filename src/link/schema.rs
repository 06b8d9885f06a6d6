//! The tables that the migrations of the tree leave behind.

use crate::model::{System, Table, TableKey};
use crate::read::FileFacts;
use crate::read::sql::SchemaChange;
use crate::source::Sources;
use std::collections::{BTreeMap, BTreeSet};

/// Adds the tables of every directory of migrations: those of one directory, and of the
/// directories in it, are one database.
pub(super) fn schema(sources: &Sources, facts: &[FileFacts], system: &mut System) {
    let mut files: Vec<(&str, &[SchemaChange])> = Vec::new();
    let mut entities = Vec::new();
    for (id, source) in sources.iter() {
        match &facts[id.0 as usize] {
            FileFacts::Sql(file) => files.push((&source.path, &file.changes)),
            FileFacts::Rust(facts) => {
                let Some(file) = facts.known() else { continue };
                files.push((&source.path, &file.migrations));
                entities.push((&source.path, &file.entities));
            }
            _ => {}
        }
    }
    files.retain(|(_, changes)| !changes.is_empty());
    files.sort_by_key(|(path, _)| *path);
    for (path, changes) in files {
        let tables = system.schemas.entry(home(path)).or_default();
        for change in changes {
            apply(change, tables);
        }
    }
    // What an entity or a statement in code says of a table counts where no migration is seen.
    let mut of_code = BTreeSet::new();
    for (path, changes) in entities {
        for change in changes {
            let (SchemaChange::CreateTable { table, .. } | SchemaChange::AddKey { table, .. }) =
                change
            else {
                continue;
            };
            let mut made = system.schemas.values();
            let made = made.any(|tables| tables.contains_key(table));
            let here = (home(path), table);
            let counts = match change {
                SchemaChange::AddKey { .. } => of_code.contains(&here),
                _ => !made,
            };
            if counts {
                apply(change, system.schemas.entry(here.0.clone()).or_default());
                of_code.insert(here);
            }
        }
    }
    system.schemas.retain(|_, tables| !tables.is_empty());
    settle_documents(system);
}

/// What is merged into a document is there the second time.
fn settle_documents(system: &mut System) {
    let schemas = &system.schemas;
    for effect in &mut system.effects {
        let tables = &effect.tables;
        for written in effect.written.iter_mut().filter(|written| written.merged) {
            let mut known = tables.iter().flat_map(|name| {
                let schemas = schemas.values();
                schemas.filter_map(|tables| tables.get(name))
            });
            let document = known.any(|table| table.documents.contains(&written.column));
            written.relative &= !document;
        }
    }
}

/// The directory whose files belong together: the one around a directory for each migration.
fn home(path: &str) -> String {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let (outer, last) = directory.rsplit_once('/').unwrap_or(("", directory));
    // `migrations/2024-01-02-add_users/up.sql`, `migrations/V1__init/up.sql`.
    let of_one = last.starts_with(|c: char| c.is_ascii_digit())
        || path.ends_with("/up.sql")
        || path.ends_with("/migration.sql");
    match of_one {
        true => outer.to_owned(),
        false => directory.to_owned(),
    }
}

fn apply(change: &SchemaChange, tables: &mut BTreeMap<String, Table>) {
    let plain = |key: &crate::read::sql::UniqueKey| {
        (
            key.name.clone(),
            TableKey {
                columns: key.columns.clone(),
                scope: key.scope.clone(),
                nulls_alike: key.nulls_alike,
                span: key.span,
            },
        )
    };
    match change {
        SchemaChange::CreateTable {
            table,
            defaulted,
            keys,
        } => {
            let known = tables.entry(table.clone()).or_default();
            known.defaulted.clone_from(defaulted);
            (known.key_names, known.keys) = keys.iter().map(plain).unzip();
        }
        SchemaChange::AddKey { table, key } => {
            let known = tables.entry(table.clone()).or_default();
            let (name, key) = plain(key);
            known.key_names.push(name);
            known.keys.push(key);
        }
        SchemaChange::AddDefault { table, column } => {
            let known = tables.entry(table.clone()).or_default();
            known.defaulted.push(column.clone());
        }
        SchemaChange::AddDocument { table, column } => {
            let known = tables.entry(table.clone()).or_default();
            known.documents.push(column.clone());
        }
        SchemaChange::DropKey { name } => {
            for table in tables.values_mut() {
                table.drop_keys(|known, _| known == Some(name.as_str()));
            }
        }
        SchemaChange::DropColumn { table, column } => {
            if let Some(table) = tables.get_mut(table) {
                table.drop_keys(|_, key| key.columns.contains(column));
            }
        }
        SchemaChange::DropTable { table } => {
            tables.remove(table);
        }
        SchemaChange::RenameTable { from, to } => {
            if let Some(table) = tables.remove(from) {
                tables.insert(to.clone(), table);
            }
        }
        SchemaChange::RenameColumn { table, from, to } => {
            let known = tables.get_mut(table);
            let columns = known.into_iter().flat_map(|table| {
                let keys = table.keys.iter_mut().flat_map(|key| &mut key.columns);
                keys.chain(&mut table.defaulted)
            });
            for column in columns.filter(|column| *column == from) {
                column.clone_from(to);
            }
        }
    }
}
