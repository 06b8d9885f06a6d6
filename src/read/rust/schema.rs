//! Tables that Rust code makes: migrations written with a query builder, entities whose
//! attributes say what their table is, and statements that a program runs when it starts.

use super::{range_of, snake_case};
use crate::model::KeyScope;
use crate::read::sql::{SchemaChange, UniqueKey};
use crate::source::{SourceId, Span};
use proc_macro2::TokenTree;
use std::collections::{HashMap, HashSet};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The trait of a migration; a file that does not name it makes no table.
const MIGRATION: &str = "MigrationTrait";

/// What a file says of tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// What its migrations change, in order.
    pub(super) changes: Vec<SchemaChange>,
    /// The tables of its entities, and those that its statements make.
    pub(super) entities: Vec<SchemaChange>,
}

/// Reads the migrations and entities of a file.
pub(super) fn tables(source: SourceId, text: &str, file: &syn::File) -> Tables {
    let mut tables = Tables::default();
    if text.contains(MIGRATION) {
        let mut names = Names::default();
        names.visit_file(file);
        let mut reader = Migrations {
            source,
            names: names.given,
            lists: names.lists,
            items: Vec::new(),
            changes: Vec::new(),
        };
        reader.visit_file(file);
        tables.changes = reader.changes;
    }
    if text.contains("table_name") {
        let mut entities = Entities {
            source,
            found: Vec::new(),
        };
        entities.visit_file(file);
        tables.entities = entities.found;
    }
    if says_tables(text) {
        let mut statements = Statements {
            source,
            found: Vec::new(),
        };
        statements.visit_file(file);
        tables.entities.extend(statements.with_keys());
    }
    tables
}

/// Whether a text may hold a statement that makes a table or a unique index.
fn says_tables(text: &str) -> bool {
    [
        "CREATE TABLE",
        "create table",
        "CREATE UNIQUE",
        "create unique",
    ]
    .iter()
    .any(|words| text.contains(words))
}

/// The tables that a program makes when it starts: `execute("CREATE TABLE IF NOT EXISTS users (..)")`.
struct Statements {
    source: SourceId,
    found: Vec<SchemaChange>,
}

impl Statements {
    /// The tables that have a key of values which somebody gives. The others may have theirs from elsewhere in the code.
    fn with_keys(self) -> impl Iterator<Item = SchemaChange> {
        let given = |key: &UniqueKey, defaulted: &[String]| {
            let mut columns = key.columns.iter();
            columns.any(|column| column != "id" && !defaulted.contains(column))
        };
        let keyed = self.found.iter().filter_map(|change| match change {
            SchemaChange::CreateTable {
                table,
                defaulted,
                keys,
            } => (keys.iter())
                .any(|key| given(key, defaulted))
                .then(|| table.clone()),
            SchemaChange::AddKey { table, key } => given(key, &[]).then(|| table.clone()),
            _ => None,
        });
        let keyed: HashSet<String> = keyed.collect();
        self.found.into_iter().filter(move |change| match change {
            SchemaChange::CreateTable { table, .. } | SchemaChange::AddKey { table, .. } => {
                keyed.contains(table)
            }
            _ => false,
        })
    }

    fn add(&mut self, literal: &syn::LitStr) {
        let text = literal.value();
        if !says_tables(&text) {
            return;
        }
        let range = range_of(literal.span());
        let span = Span::new(self.source, range.start, range.end);
        // What cannot be read here is put together while the program runs, or is no statement.
        let (file, _) = crate::read::sql::read(self.source, &text);
        for mut change in file.changes {
            match &mut change {
                SchemaChange::CreateTable { keys, .. } => {
                    keys.iter_mut().for_each(|key| key.span = span);
                }
                SchemaChange::AddKey { key, .. } => key.span = span,
                _ => continue,
            }
            self.found.push(change);
        }
    }
}

impl<'s> Visit<'s> for Statements {
    fn visit_lit_str(&mut self, literal: &'s syn::LitStr) {
        self.add(literal);
    }

    fn visit_macro(&mut self, called: &'s syn::Macro) {
        let mut open = vec![called.tokens.clone()];
        while let Some(tokens) = open.pop() {
            for token in tokens {
                match token {
                    TokenTree::Group(group) => open.push(group.stream()),
                    TokenTree::Literal(literal) => {
                        if let Ok(syn::Lit::Str(text)) = syn::parse_str(&literal.to_string()) {
                            let mut text: syn::LitStr = text;
                            text.set_span(literal.span());
                            self.add(&text);
                        }
                    }
                    TokenTree::Ident(_) | TokenTree::Punct(_) => {}
                }
            }
        }
    }
}

/// What a file calls things by.
#[derive(Default)]
struct Names {
    /// The names that attributes give to variants: by enum and variant; to the enum by an empty one. The table of the
    /// entity of a module stands under the module.
    given: HashMap<(String, String), String>,
    /// The texts in constants that are lists of them: of each item, its parts.
    lists: HashMap<String, Vec<Vec<String>>>,
}

impl<'s> Visit<'s> for Names {
    fn visit_item_mod(&mut self, item: &'s syn::ItemMod) {
        let items = item.content.iter().flat_map(|(_, items)| items);
        for inner in items {
            if let syn::Item::Struct(inner) = inner
                && let Some((_, table)) = inner.attrs.iter().find_map(table_name)
            {
                let owner = (item.ident.to_string(), String::new());
                self.given.insert(owner, table);
            }
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_const(&mut self, item: &'s syn::ItemConst) {
        if let Some(list) = list_of(&item.expr) {
            self.lists.insert(item.ident.to_string(), list);
        }
    }

    fn visit_item_enum(&mut self, item: &'s syn::ItemEnum) {
        let owner = item.ident.to_string();
        if let Some(name) = given_name(&item.attrs) {
            self.given.insert((owner.clone(), String::new()), name);
        }
        for variant in &item.variants {
            if let Some(name) = given_name(&variant.attrs) {
                self.given
                    .insert((owner.clone(), variant.ident.to_string()), name);
            }
        }
    }
}

/// `#[iden = "user"]`, `#[iden(rename = "user")]`, `#[orm(iden = "user")]`.
fn given_name(attributes: &[syn::Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("iden") => text_of(&pair.value),
            syn::Meta::List(list) => {
                let own = list.path.is_ident("iden");
                let mut name = None;
                // Arguments of another shape say nothing of names.
                let _ = list.parse_nested_meta(|inner| {
                    let wanted =
                        inner.path.is_ident("iden") || own && inner.path.is_ident("rename");
                    if let Ok(value) = inner.value() {
                        let value: syn::Expr = value.parse()?;
                        if wanted {
                            name = text_of(&value);
                        }
                    }
                    Ok(())
                });
                name
            }
            _ => None,
        })
}

fn text_of(value: &syn::Expr) -> Option<String> {
    match value {
        syn::Expr::Lit(literal) => match &literal.lit {
            syn::Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The texts of a list that is written out: of each item, its parts.
fn list_of(written: &syn::Expr) -> Option<Vec<Vec<String>>> {
    let items = match written {
        syn::Expr::Reference(inner) => return list_of(&inner.expr),
        syn::Expr::Array(array) => &array.elems,
        _ => return None,
    };
    let of_item = |item: &syn::Expr| match item {
        syn::Expr::Tuple(parts) => parts.elems.iter().map(text_of).collect(),
        one => text_of(one).map(|text| vec![text]),
    };
    items.iter().map(of_item).collect()
}

struct Migrations {
    source: SourceId,
    names: HashMap<(String, String), String>,
    lists: HashMap<String, Vec<Vec<String>>>,
    /// What the variables of the loops around are just now.
    items: Vec<(String, String)>,
    changes: Vec<SchemaChange>,
}

/// One call of a chain: its name, and its arguments.
type Link<'s> = (String, Vec<&'s syn::Expr>);

/// A chain of methods from its start: what is called first, and each method with its arguments.
fn chain<'s>(end: &'s syn::Expr) -> Option<(String, Vec<&'s syn::Expr>, Vec<Link<'s>>)> {
    let (mut at, mut links) = (end, Vec::new());
    loop {
        match at {
            syn::Expr::MethodCall(call) => {
                links.push((call.method.to_string(), call.args.iter().collect()));
                at = &call.receiver;
            }
            syn::Expr::Reference(inner) => at = &inner.expr,
            syn::Expr::Paren(inner) => at = &inner.expr,
            syn::Expr::Call(call) => {
                let syn::Expr::Path(path) = call.func.as_ref() else {
                    return None;
                };
                links.reverse();
                let mut last = path.path.segments.iter().rev();
                let name = last.next()?.ident.to_string();
                let full = match last.next() {
                    Some(owner) => format!("{}::{name}", owner.ident),
                    None => name,
                };
                return Some((full, call.args.iter().collect(), links));
            }
            _ => return None,
        }
    }
}

/// The names that a pattern binds, in order; an empty one for what it passes over.
fn variables_of(pat: &syn::Pat, found: &mut Vec<String>) {
    match pat {
        syn::Pat::Ident(one) => found.push(one.ident.to_string()),
        syn::Pat::Tuple(parts) => parts
            .elems
            .iter()
            .for_each(|part| variables_of(part, found)),
        syn::Pat::Reference(inner) => variables_of(&inner.pat, found),
        syn::Pat::Paren(inner) => variables_of(&inner.pat, found),
        _ => found.push(String::new()),
    }
}

/// What references, `*` and methods without arguments (`iter()`, `to_string()`) are around.
fn without_wrapping(written: &syn::Expr) -> &syn::Expr {
    match written {
        syn::Expr::Reference(inner) => without_wrapping(&inner.expr),
        syn::Expr::Unary(inner) if matches!(inner.op, syn::UnOp::Deref(_)) => {
            without_wrapping(&inner.expr)
        }
        syn::Expr::Paren(inner) => without_wrapping(&inner.expr),
        syn::Expr::MethodCall(call) if call.args.is_empty() => without_wrapping(&call.receiver),
        other => other,
    }
}

impl<'s> Visit<'s> for Migrations {
    fn visit_impl_item_fn(&mut self, item: &'s syn::ImplItemFn) {
        // What takes a migration back is no part of the schema.
        if item.sig.ident != "down" {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// A loop over a list that is written out is run for each of its items.
    fn visit_expr_for_loop(&mut self, loops: &'s syn::ExprForLoop) {
        let written = list_of(&loops.expr);
        let named = || match without_wrapping(&loops.expr) {
            syn::Expr::Path(path) => {
                let name = path.path.segments.last()?.ident.to_string();
                self.lists.get(&name).cloned()
            }
            _ => None,
        };
        let Some(list) = written.or_else(named) else {
            visit::visit_expr_for_loop(self, loops);
            return;
        };
        let mut variables = Vec::new();
        variables_of(&loops.pat, &mut variables);
        let before = self.items.len();
        for item in list {
            self.items.extend(variables.iter().cloned().zip(item));
            self.visit_block(&loops.body);
            self.items.truncate(before);
        }
    }

    fn visit_expr(&mut self, expr: &'s syn::Expr) {
        if let (syn::Expr::MethodCall(_), Some((start, _, links))) = (expr, chain(expr))
            && self.statement(&start, &links, expr.span())
        {
            return;
        }
        // A chain is walked once, however long it is.
        let mut at = expr;
        while let syn::Expr::MethodCall(call) = at {
            for argument in &call.args {
                self.visit_expr(argument);
            }
            at = &call.receiver;
        }
        visit::visit_expr(self, at);
    }
}

impl Migrations {
    /// A whole statement; whether it is one.
    fn statement(&mut self, start: &str, links: &[Link<'_>], span: proc_macro2::Span) -> bool {
        let argument = |wanted: &str| {
            let mut named = links.iter().filter(|(name, _)| name == wanted);
            named.find_map(|(_, args)| args.first().copied())
        };
        match start {
            "Table::create" => {
                let Some(table) = argument("table").and_then(|table| self.name(table)) else {
                    return true;
                };
                let (mut keys, mut defaulted) = (Vec::new(), Vec::new());
                for (name, args) in links {
                    let Some(first) = args.first() else { continue };
                    match name.as_str() {
                        "col" => self.column(first, &mut keys, &mut defaulted),
                        "primary_key" | "index" => {
                            let unique = name == "primary_key";
                            keys.extend(self.index(first, unique).map(|(_, key)| key));
                        }
                        _ => {}
                    }
                }
                self.changes.push(SchemaChange::CreateTable {
                    table,
                    defaulted,
                    keys,
                });
                true
            }
            "Table::alter" => {
                let Some(table) = argument("table").and_then(|table| self.name(table)) else {
                    return true;
                };
                self.alter(&table, links);
                true
            }
            "Table::drop" => {
                let table = argument("table").and_then(|table| self.name(table));
                self.changes
                    .extend(table.map(|table| SchemaChange::DropTable { table }));
                true
            }
            "Table::rename" => {
                let args = links.iter().find(|(name, _)| name == "table");
                let names = args.map(|(_, args)| {
                    args.iter()
                        .filter_map(|arg| self.name(arg))
                        .collect::<Vec<_>>()
                });
                if let Some([from, to]) = names.as_deref() {
                    self.changes.push(SchemaChange::RenameTable {
                        from: from.clone(),
                        to: to.clone(),
                    });
                }
                true
            }
            "Index::create" => {
                if let Some((Some(table), key)) = self.index_of(links, false, span) {
                    self.changes.push(SchemaChange::AddKey { table, key });
                }
                true
            }
            "Index::drop" => {
                let name = argument("name").and_then(|name| self.text(name));
                self.changes
                    .extend(name.map(|name| SchemaChange::DropKey { name }));
                true
            }
            _ => false,
        }
    }

    /// What a change of a table adds, takes away and renames.
    fn alter(&mut self, table: &str, links: &[Link<'_>]) {
        for (name, args) in links {
            let Some(first) = args.first() else { continue };
            match name.as_str() {
                "add_column" | "add_column_if_not_exists" | "modify_column" => {
                    let (mut keys, mut defaulted) = (Vec::new(), Vec::new());
                    self.column(first, &mut keys, &mut defaulted);
                    let keys = keys.into_iter().map(|key| SchemaChange::AddKey {
                        table: table.to_owned(),
                        key,
                    });
                    self.changes.extend(keys);
                    let filled = defaulted.into_iter();
                    self.changes
                        .extend(filled.map(|column| SchemaChange::AddDefault {
                            table: table.to_owned(),
                            column,
                        }));
                }
                "drop_column" => {
                    let column = self.name(first);
                    self.changes
                        .extend(column.map(|column| SchemaChange::DropColumn {
                            table: table.to_owned(),
                            column,
                        }));
                }
                "rename_column" => {
                    let to = args.get(1).and_then(|to| self.name(to));
                    if let (Some(from), Some(to)) = (self.name(first), to) {
                        self.changes.push(SchemaChange::RenameColumn {
                            table: table.to_owned(),
                            from,
                            to,
                        });
                    }
                }
                _ => {}
            }
        }
    }

    /// `ColumnDef::new(User::Name).text().unique_key()`, `string_uniq(User::Name)`.
    fn column(&self, written: &syn::Expr, keys: &mut Vec<UniqueKey>, defaulted: &mut Vec<String>) {
        let Some((start, args, links)) = chain(written) else {
            return;
        };
        let Some(column) = args.first().and_then(|name| self.name(name)) else {
            return;
        };
        let has = |wanted: &str| links.iter().any(|(name, _)| name == wanted);
        let primary = start.starts_with("pk_") || has("primary_key");
        if primary || has("unique_key") || start.ends_with("_uniq") {
            let key = UniqueKey {
                nulls_alike: false,
                columns: vec![column.clone()],
                scope: KeyScope::All,
                name: None,
                span: self.span(written.span()),
            };
            match primary {
                true => keys.insert(0, key),
                false => keys.push(key),
            }
        }
        if start == "pk_auto" || has("auto_increment") || has("default") {
            defaulted.push(column);
        }
    }

    /// An index that is part of another statement.
    fn index(&self, written: &syn::Expr, unique: bool) -> Option<(Option<String>, UniqueKey)> {
        let (start, _, links) = chain(written)?;
        match start.as_str() {
            "Index::create" => self.index_of(&links, unique, written.span()),
            _ => None,
        }
    }

    /// The table and the columns of a unique index.
    fn index_of(
        &self,
        links: &[Link<'_>],
        unique: bool,
        span: proc_macro2::Span,
    ) -> Option<(Option<String>, UniqueKey)> {
        let mut named = links.iter();
        let says = |wanted: &str| links.iter().any(|(name, _)| name == wanted);
        if !(unique || says("unique") || says("primary")) {
            return None;
        }
        let table = named.find(|(name, _)| name == "table");
        let table = table.and_then(|(_, args)| self.name(args.first()?));
        let columns = links.iter().filter(|(name, _)| name == "col");
        let columns = columns.filter_map(|(_, args)| self.name(args.first()?));
        let name = links.iter().find(|(name, _)| name == "name");
        let key = UniqueKey {
            nulls_alike: false,
            columns: columns.collect(),
            scope: match says("and_where") || says("cond_where") {
                true => KeyScope::Some,
                false => KeyScope::All,
            },
            name: name.and_then(|(_, args)| self.text(args.first()?)),
            span: self.span(span),
        };
        Some((table, key))
    }

    /// What a table or column is called: `User::Table`, `Alias::new("user")`, `"user"`.
    fn name(&self, written: &syn::Expr) -> Option<String> {
        match written {
            syn::Expr::Path(_) | syn::Expr::Unary(_) if let Some(item) = self.item(written) => {
                Some(item)
            }
            syn::Expr::Path(path) => {
                let mut segments = path.path.segments.iter().rev();
                let last = segments.next()?.ident.to_string();
                let Some(owner) = segments.next().map(|owner| owner.ident.to_string()) else {
                    return Some(snake_case(&last));
                };
                let given = self.names.get(&(owner.clone(), last.clone()));
                if let Some(given) = given {
                    return Some(given.clone());
                }
                if last != "Table" && last != "Entity" {
                    return Some(snake_case(&last));
                }
                let of_enum = self.names.get(&(owner.clone(), String::new()));
                let plain = || snake_case(owner.strip_suffix("Iden").unwrap_or(&owner));
                Some(of_enum.cloned().unwrap_or_else(plain))
            }
            // A table within its schema.
            syn::Expr::Tuple(parts) => self.name(parts.elems.last()?),
            syn::Expr::MethodCall(call) => self.name(&call.receiver),
            syn::Expr::Call(call) => self.text(call.args.first()?),
            other => text_of(other),
        }
    }

    /// A text, written out or in the variable of a loop.
    fn text(&self, written: &syn::Expr) -> Option<String> {
        text_of(written).or_else(|| self.item(written))
    }

    /// What a variable of a loop around is just now.
    fn item(&self, written: &syn::Expr) -> Option<String> {
        let syn::Expr::Path(path) = without_wrapping(written) else {
            return None;
        };
        let name = path.path.get_ident()?;
        let mut known = self.items.iter().rev();
        let (_, item) = known.find(|(known, _)| name == known)?;
        Some(item.clone())
    }

    fn span(&self, span: proc_macro2::Span) -> Span {
        let range = range_of(span);
        Span::new(self.source, range.start, range.end)
    }
}

struct Entities {
    source: SourceId,
    found: Vec<SchemaChange>,
}

impl<'s> Visit<'s> for Entities {
    /// `#[orm(table_name = "users")] struct Model { #[orm(unique)] email: String }`.
    fn visit_item_struct(&mut self, item: &'s syn::ItemStruct) {
        let Some((library, table)) = item.attrs.iter().find_map(table_name) else {
            return;
        };
        let (mut primary, mut keys) = (Vec::new(), Vec::new());
        let (mut together, mut defaulted) = (Vec::<(String, Vec<String>)>::new(), Vec::new());
        for field in &item.fields {
            let Some(mut column) = field.ident.as_ref().map(ToString::to_string) else {
                continue;
            };
            let said = said_of_field(&library, field);
            if let Some(name) = said.column {
                column = name;
            }
            if said.unique {
                keys.push(vec![column.clone()]);
            }
            if let Some(group) = said.unique_with {
                match together.iter_mut().find(|(known, _)| *known == group) {
                    Some((_, columns)) => columns.push(column.clone()),
                    None => together.push((group, vec![column.clone()])),
                }
            }
            if said.primary {
                // The database counts up, unless it is told not to.
                if said.counts {
                    defaulted.push(column.clone());
                }
                primary.push(column);
            }
        }
        let range = range_of(item.ident.span());
        let span = Span::new(self.source, range.start, range.end);
        let all = std::iter::once(primary).chain(keys);
        let all = all.chain(together.into_iter().map(|(_, columns)| columns));
        let keys = all
            .filter(|columns| !columns.is_empty())
            .map(|columns| UniqueKey {
                nulls_alike: false,
                columns,
                scope: KeyScope::All,
                name: None,
                span,
            });
        self.found.push(SchemaChange::CreateTable {
            table,
            defaulted,
            keys: keys.collect(),
        });
    }
}

/// The attribute that names a table as a text, and the table.
fn table_name(attribute: &syn::Attribute) -> Option<(String, String)> {
    let syn::Meta::List(list) = &attribute.meta else {
        return None;
    };
    let mut table = None;
    // Arguments of another shape name no table.
    let _ = list.parse_nested_meta(|inner| {
        if let Ok(value) = inner.value() {
            let value: syn::Expr = value.parse()?;
            if inner.path.is_ident("table_name") {
                table = text_of(&value);
            }
        }
        Ok(())
    });
    Some((list.path.segments.last()?.ident.to_string(), table?))
}

/// What the attributes of a field say of its column.
#[derive(Default)]
struct Said {
    primary: bool,
    counts: bool,
    unique: bool,
    unique_with: Option<String>,
    column: Option<String>,
}

fn said_of_field(library: &str, field: &syn::Field) -> Said {
    let mut said = Said {
        counts: true,
        ..Said::default()
    };
    for attribute in field
        .attrs
        .iter()
        .filter(|one| one.path().is_ident(library))
    {
        let syn::Meta::List(list) = &attribute.meta else {
            continue;
        };
        // Arguments of another shape say nothing of keys.
        let _ = list.parse_nested_meta(|inner| {
            if inner.path.is_ident("primary_key") {
                said.primary = true;
            }
            let value = match inner.value() {
                Ok(value) => Some(value.parse::<syn::Expr>()?),
                Err(_) => None,
            };
            if inner.path.is_ident("unique") {
                said.unique = true;
            } else if inner.path.is_ident("auto_increment") {
                said.counts = !matches!(&value, Some(syn::Expr::Lit(literal)) if matches!(&literal.lit, syn::Lit::Bool(no) if !no.value));
            } else if inner.path.is_ident("unique_key") {
                said.unique_with = value.as_ref().and_then(text_of);
            } else if inner.path.is_ident("column_name") {
                said.column = value.as_ref().and_then(text_of);
            }
            Ok(())
        });
    }
    said
}

#[cfg(test)]
mod tests {
    use super::tables;
    use crate::read::sql::SchemaChange;
    use crate::source::SourceId;

    fn read(text: &str) -> Vec<String> {
        let file = syn::parse_file(text).unwrap();
        let found = tables(SourceId(0), text, &file);
        let all = found.changes.iter().chain(&found.entities);
        all.map(|change| match change {
            SchemaChange::CreateTable {
                table,
                defaulted,
                keys,
            } => {
                let keys: Vec<String> = keys.iter().map(|key| key.columns.join("+")).collect();
                format!("{table} [{}] ({})", keys.join(" "), defaulted.join(" "))
            }
            SchemaChange::AddKey { table, key } => {
                format!("{table} + {}", key.columns.join("+"))
            }
            other => format!("{other:?}"),
        })
        .collect()
    }

    #[test]
    fn keys_are_made_in_loops_and_of_entities_of_the_migration() {
        let found = read(
            r#"
            mod recording {
                #[derive(DeriveEntityModel)]
                #[sea_orm(table_name = "recordings")]
                pub struct Model { #[sea_orm(primary_key)] pub id: Uuid }
            }
            const TABLES: &[(&str, &str)] = &[("targets", "targets_name"), ("groups", "groups_name")];
            impl MigrationTrait for Migration {
                async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                    manager.create_index(Index::create().table(recording::Entity).unique()
                        .col(recording::Column::SessionId).col(recording::Column::Name).to_owned()).await?;
                    for (table, index) in TABLES {
                        manager.create_index(Index::create().name(*index).table(Alias::new(*table))
                            .col(Alias::new("name")).unique().to_owned()).await?;
                    }
                    for column in ["email", "login"] {
                        manager.create_index(Index::create().table(User::Table).col(Alias::new(column)).unique().to_owned()).await?;
                    }
                    for table in unknown() {
                        manager.create_index(Index::create().table(Alias::new(table)).col(Alias::new("name")).unique().to_owned()).await?;
                    }
                }
            }
            "#,
        );
        assert_eq!(
            found,
            [
                "recordings + session_id+name",
                "targets + name",
                "groups + name",
                "user + email",
                "user + login",
                "recordings [id] (id)",
            ]
        );
    }

    #[test]
    fn migrations_make_tables_and_keys() {
        let found = read(
            r#"
            #[derive(Iden)]
            enum UserIden { #[iden = "user"] Table, Id, LoginName, Email }
            #[derive(DeriveIden)]
            enum OrderLine { Table, OrderId, Line }
            impl MigrationTrait for Migration {
                async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                    manager.create_table(
                        Table::create().table(UserIden::Table).if_not_exists()
                            .col(ColumnDef::new(UserIden::Id).big_integer().auto_increment().primary_key())
                            .col(ColumnDef::new(UserIden::LoginName).text().unique_key().not_null())
                            .col(string_uniq(UserIden::Email))
                            .to_owned()).await?;
                    manager.create_table(
                        Table::create().table(OrderLine::Table)
                            .col(integer(OrderLine::OrderId)).col(integer(OrderLine::Line))
                            .primary_key(Index::create().col(OrderLine::OrderId).col(OrderLine::Line))
                            .to_owned()).await?;
                    manager.create_index(Index::create().name("a").table(Alias::new("tag")).col(Alias::new("name")).unique().to_owned()).await?;
                    manager.create_index(Index::create().name("b").table(UserIden::Table).col(UserIden::Email).to_owned()).await
                }
                async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                    manager.drop_table(Table::drop().table(UserIden::Table).to_owned()).await
                }
            }
            "#,
        );
        assert_eq!(
            found,
            [
                "user [id login_name email] (id)",
                "order_line [order_id+line] ()",
                "tag + name"
            ]
        );
    }

    #[test]
    fn entities_say_what_is_unique() {
        let found = read(
            r#"
            #[derive(DeriveEntityModel)]
            #[sea_orm(table_name = "users")]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: Uuid,
                #[sea_orm(unique)]
                pub email: String,
                #[sea_orm(unique_key = "slot")]
                pub room: i32,
                #[sea_orm(unique_key = "slot")]
                pub hour: i32,
                pub name: String,
            }
            #[diesel(table_name = users)]
            struct Row { id: i32 }
            "#,
        );
        assert_eq!(found, ["users [id email room+hour] ()"]);
    }
}
