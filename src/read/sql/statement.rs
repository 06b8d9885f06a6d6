//! What a statement reads and writes.

use super::{plain, table_name, tolerant};
use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, ConflictTarget, Expr, FromTable, Function,
    FunctionArg, FunctionArgExpr, FunctionArguments, Insert, LimitClause, NonBlock, ObjectName,
    OnConflictAction, OnInsert, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr,
    SqliteOnConflict, Statement as Parsed, TableFactor, TableObject, TableWithJoins, UnaryOperator,
    Value, Visit, Visitor, visit_expressions, visit_relations,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Reads.
    Select,
    /// Adds rows.
    Insert,
    /// Changes rows.
    Update,
    /// Removes rows.
    Delete,
}

/// What happens where a row is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The columns of the conflict, where they are named.
    pub columns: Vec<String>,
    /// The row is changed; otherwise it stays as it is.
    pub updates: bool,
    /// The columns that get what was to be inserted: `SET token = excluded.token`.
    pub replaced: Vec<String>,
}

/// Where a value of a statement comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlValue {
    /// The parameter of this number, from 0.
    Parameter(usize),
    /// The same every time.
    Constant,
    /// Another value every time: a random one.
    Random,
    /// The time.
    Time,
    /// The column's default.
    Default,
    /// The value that was there counts: `n + 1`.
    Relative,
    /// What was there is put together with more, `tags || $1`: a text or a list grows by it, a JSON object is the same the
    /// second time.
    Merged,
    /// Something else.
    Other,
}

/// A statement, or a part of one that reads or writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub verb: Verb,
    /// The tables: the one that is written, or all that are read, those that are joined last.
    pub tables: Vec<String>,
    /// The columns that are written.
    pub values: Vec<(String, SqlValue)>,
    /// The columns that say which rows.
    pub filter: Vec<(String, SqlValue)>,
    /// What an insert does where the row is there already.
    pub conflict: Option<Conflict>,
    /// It writes nothing where that is done already: `NOT EXISTS`, `IS DISTINCT FROM`.
    pub only_once: bool,
    /// The functions that a SELECT is there for.
    pub functions: Vec<Called>,
    /// It takes the first rows there are, and what it writes takes them out of those: the next ones, each time.
    pub next: Option<Next>,
}

/// How many functions of one SELECT are looked at.
const MAX_CALLED: usize = 16;

/// A function that a SELECT is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Its name, with its schema, in small letters.
    pub name: String,
    /// What it is given, in order.
    pub arguments: Vec<SqlValue>,
}

/// What is said of rows of which the first ones are taken: `WHERE .. LIMIT 1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The columns that say which rows.
    pub filter: Vec<(String, SqlValue)>,
    /// Those that somebody else is at work on are passed over: `SKIP LOCKED`.
    pub skips_locked: bool,
}

impl Statement {
    fn new(verb: Verb, tables: Vec<String>) -> Self {
        Self {
            verb,
            tables,
            values: Vec::new(),
            filter: Vec::new(),
            conflict: None,
            only_once: false,
            functions: Vec::new(),
            next: None,
        }
    }
}

/// The reads and writes of a text, those of common table expressions included.
///
/// # Errors
/// What the parser says of a text that it does not understand.
pub fn parse(text: &str) -> Result<Vec<Statement>, String> {
    let parsed = tolerant(text)?;
    let mut reader = Reader::default();
    for statement in &parsed {
        reader.statement(statement);
    }
    Ok(reader.found)
}

#[derive(Default)]
struct Reader<'q> {
    found: Vec<Statement>,
    /// How many `?` there were.
    placeholders: usize,
    /// The common table expressions, by their names.
    common: Vec<(String, &'q Query)>,
}

impl<'q> Reader<'q> {
    fn statement(&mut self, parsed: &'q Parsed) {
        match parsed {
            Parsed::Query(query) => self.query(query),
            Parsed::Insert(insert) => self.insert(insert),
            Parsed::Update(update) => {
                let table = joined_name(&update.table);
                let mut found = Statement::new(Verb::Update, vec![table]);
                self.assignments(&update.assignments, &mut found);
                if let Some(filter) = &update.selection {
                    self.filter(filter, &mut found);
                }
                found.next = match &update.limit {
                    Some(_) => {
                        Some(of_own(&found)).filter(|next| is_left(&found, next, &update.order_by))
                    }
                    None => self.next_in(update, &found),
                };
                self.found.push(found);
            }
            Parsed::Delete(delete) => {
                let tables = match &delete.from {
                    FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables) => {
                        tables
                    }
                };
                let tables = tables.iter().map(joined_name).collect();
                let mut found = Statement::new(Verb::Delete, tables);
                if let Some(filter) = &delete.selection {
                    self.filter(filter, &mut found);
                }
                found.next = match &delete.limit {
                    Some(_) => Some(of_own(&found)),
                    None => self.next_in(delete, &found),
                };
                self.found.push(found);
            }
            Parsed::Merge(merge) => {
                let mut found = Statement::new(Verb::Insert, vec![factor_name(&merge.table)]);
                found.conflict = Some(Conflict {
                    columns: Vec::new(),
                    updates: true,
                    replaced: Vec::new(),
                });
                self.found.push(found);
            }
            Parsed::Truncate(truncate) => {
                let tables = truncate.table_names.iter();
                let tables = tables.map(|table| table_name(&table.name)).collect();
                self.found.push(Statement::new(Verb::Delete, tables));
            }
            _ => {}
        }
    }

    fn query(&mut self, query: &'q Query) {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.query(&table.query);
            self.common.push((plain(&table.alias.name), &table.query));
        }
        self.set_expr(&query.body, query);
    }

    fn set_expr(&mut self, body: &'q SetExpr, query: &'q Query) {
        match body {
            SetExpr::Select(select) => {
                // `SELECT EXISTS (SELECT ..)` finds what the inner one finds.
                if let (true, [only]) = (select.from.is_empty(), select.projection.as_slice())
                    && let Some(inner) = asked_for(only)
                {
                    return self.query(inner);
                }
                let mut tables = BTreeSet::new();
                let _ = visit_relations(select.as_ref(), |name| {
                    tables.insert(table_name(name));
                    ControlFlow::<()>::Continue(())
                });
                for table in query.with.iter().flat_map(|with| &with.cte_tables) {
                    tables.remove(&plain(&table.alias.name));
                }
                // The first that is named is what the rows are of; the others are joined to it.
                let first = select.from.first().map(joined_name);
                let first = first.filter(|name| tables.remove(name));
                let tables = first.into_iter().chain(tables).collect();
                let mut found = Statement::new(Verb::Select, tables);
                if let Some(filter) = &select.selection {
                    self.filter(filter, &mut found);
                }
                found.functions = self.functions_of(select);
                found.next = is_limited(query).then(|| Next {
                    skips_locked: skips_locked(query),
                    ..of_own(&found)
                });
                if !found.tables.is_empty() || !found.functions.is_empty() {
                    self.found.push(found);
                }
            }
            SetExpr::Query(inner) => self.query(inner),
            SetExpr::SetOperation { left, right, .. } => {
                self.set_expr(left, query);
                self.set_expr(right, query);
            }
            SetExpr::Insert(inner)
            | SetExpr::Update(inner)
            | SetExpr::Delete(inner)
            | SetExpr::Merge(inner) => self.statement(inner),
            SetExpr::Values(_) | SetExpr::Table(_) => {}
        }
    }

    /// What is said of the rows that a change takes the next ones of: by a query within it, or by a common table
    /// expression that it names.
    fn next_in(&mut self, change: &impl Visit, found: &Statement) -> Option<Next> {
        let mut queries = Queries::default();
        let _ = change.visit(&mut queries);
        let common = self.common.iter();
        let named = common.filter(|(name, _)| queries.relations.contains(name));
        queries
            .limited
            .extend(named.map(|(_, query)| (*query).clone()).filter(is_limited));
        let numbered = self.placeholders;
        let mut next = queries.limited.iter().filter_map(|query| {
            let SetExpr::Select(select) = query.body.as_ref() else {
                return None;
            };
            let of = |table: &TableWithJoins| found.tables.contains(&joined_name(table));
            if !select.from.iter().any(of) {
                return None;
            }
            let mut inner = Statement::new(Verb::Select, Vec::new());
            if let Some(filter) = &select.selection {
                self.filter(filter, &mut inner);
            }
            let next = Next {
                filter: inner.filter,
                skips_locked: skips_locked(query),
            };
            let order = match query.order_by.as_ref().map(|order| &order.kind) {
                Some(OrderByKind::Expressions(order)) => order.as_slice(),
                _ => &[],
            };
            is_left(found, &next, order).then_some(next)
        });
        let next = next.next();
        self.placeholders = numbered;
        next
    }

    fn insert(&mut self, insert: &'q Insert) {
        let table = match &insert.table {
            TableObject::TableName(name) => table_name(name),
            _ => String::new(),
        };
        let mut found = Statement::new(Verb::Insert, vec![table]);
        let columns: Vec<String> = insert.columns.iter().map(table_name).collect();
        let mut values: Vec<SqlValue> = Vec::new();
        if let Some(query) = &insert.source {
            for table in query.with.iter().flat_map(|with| &with.cte_tables) {
                self.query(&table.query);
            }
            match without_brackets(&query.body) {
                SetExpr::Values(rows) => {
                    let row = rows.rows.first();
                    let row = row.into_iter().flat_map(|row| row.content.iter());
                    values = row.map(|value| self.value(value)).collect();
                }
                SetExpr::Select(select) => {
                    let unnested = unnested(select);
                    for item in &select.projection {
                        values.push(match item {
                            SelectItem::UnnamedExpr(value)
                            | SelectItem::ExprWithAlias { expr: value, .. } => {
                                let named = column(value);
                                let mut arrays = unnested.iter();
                                let array = arrays.find(|(name, _)| Some(name) == named.as_ref());
                                self.value(array.map_or(value, |(_, array)| array))
                            }
                            _ => SqlValue::Other,
                        });
                    }
                    if let [SelectItem::Wildcard(_)] = select.projection.as_slice() {
                        let arrays = unnested.iter();
                        values = arrays.map(|(_, array)| self.value(array)).collect();
                    }
                    if let Some(filter) = &select.selection {
                        let mut inner = Statement::new(Verb::Select, Vec::new());
                        self.filter(filter, &mut inner);
                        found.only_once = inner.only_once;
                    }
                }
                _ => {}
            }
        }
        let rest = std::iter::repeat(SqlValue::Other);
        found.values = columns
            .into_iter()
            .zip(values.into_iter().chain(rest))
            .collect();
        self.assignments(&insert.assignments, &mut found);
        found.conflict = match &insert.on {
            Some(OnInsert::OnConflict(on)) => Some(Conflict {
                columns: match &on.conflict_target {
                    Some(ConflictTarget::Columns(columns)) => columns.iter().map(plain).collect(),
                    _ => Vec::new(),
                },
                updates: matches!(on.action, OnConflictAction::DoUpdate(_)),
                replaced: match &on.action {
                    OnConflictAction::DoUpdate(update) => {
                        self.replaced(&update.assignments, &found)
                    }
                    OnConflictAction::DoNothing => Vec::new(),
                },
            }),
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => Some(Conflict {
                columns: Vec::new(),
                updates: true,
                replaced: self.replaced(assignments, &found),
            }),
            Some(_) => Some(Conflict {
                columns: Vec::new(),
                updates: true,
                replaced: Vec::new(),
            }),
            None if insert.replace_into || insert.ignore || insert.or.is_some() => {
                // `INSERT OR REPLACE` is SQLite's way to write `REPLACE INTO`.
                let replaces = insert.replace_into || insert.or == Some(SqliteOnConflict::Replace);
                let all = found.values.iter().map(|(column, _)| column.clone());
                Some(Conflict {
                    columns: Vec::new(),
                    updates: replaces,
                    replaced: all.filter(|_| insert.replace_into).collect(),
                })
            }
            None => None,
        };
        if let Some(OnInsert::OnConflict(on)) = &insert.on
            && let OnConflictAction::DoUpdate(update) = &on.action
        {
            // A counter in the update: `DO UPDATE SET n = t.n + 1`.
            let mut changed = Statement::new(Verb::Update, found.tables.clone());
            self.assignments(&update.assignments, &mut changed);
            let relative = |(_, value): &&(String, SqlValue)| {
                matches!(value, SqlValue::Relative | SqlValue::Merged)
            };
            if changed.values.iter().any(|value| relative(&value)) {
                changed.values.retain(|value| relative(&value));
                self.found.push(changed);
            }
        }
        self.found.push(found);
    }

    /// The columns that a conflict gives what was to be inserted: `excluded.token`, `VALUES(token)`, the same parameter.
    fn replaced(&mut self, assignments: &[Assignment], insert: &Statement) -> Vec<String> {
        let mut replaced = Vec::new();
        for assignment in assignments {
            let AssignmentTarget::ColumnName(name) = &assignment.target else {
                continue;
            };
            let name = table_name(name);
            let of_insert = match &assignment.value {
                Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                    [table, own] => {
                        plain(table).eq_ignore_ascii_case("excluded") && plain(own) == name
                    }
                    _ => false,
                },
                Expr::Function(function) => {
                    table_name(&function.name).eq_ignore_ascii_case("values")
                }
                Expr::Value(_) => {
                    let value = self.value(&assignment.value);
                    let given = insert.values.iter().find(|(column, _)| *column == name);
                    matches!(value, SqlValue::Parameter(_))
                        && given.is_some_and(|(_, given)| *given == value)
                }
                _ => false,
            };
            if of_insert {
                replaced.push(name);
            }
        }
        replaced
    }

    fn assignments(&mut self, assignments: &[Assignment], found: &mut Statement) {
        for assignment in assignments {
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => {
                    let column = table_name(name);
                    let mut value = self.value(&assignment.value);
                    if accumulates(&column, &assignment.value) {
                        value = match is_merged(&assignment.value) {
                            true => SqlValue::Merged,
                            false => SqlValue::Relative,
                        };
                    }
                    found.values.push((column, value));
                }
                AssignmentTarget::Tuple(names) => {
                    let names = names.iter().map(table_name);
                    found
                        .values
                        .extend(names.map(|name| (name, SqlValue::Other)));
                }
            }
        }
    }

    fn value(&mut self, value: &Expr) -> SqlValue {
        match value {
            Expr::Value(value) => match &value.value {
                Value::Placeholder(name) => SqlValue::Parameter(self.parameter(name)),
                _ => SqlValue::Constant,
            },
            Expr::Cast { expr, .. }
            | Expr::Nested(expr)
            | Expr::AtTimeZone {
                timestamp: expr, ..
            } => self.value(expr),
            Expr::Identifier(name) if name.value.eq_ignore_ascii_case("default") => {
                SqlValue::Default
            }
            Expr::Function(function) => self.function(function),
            _ => {
                let mut inside = SqlValue::Other;
                let _ = visit_expressions(value, |inner| {
                    match inner {
                        Expr::Value(value) => {
                            if let Value::Placeholder(name) = &value.value {
                                let number = self.parameter(name);
                                if inside == SqlValue::Other {
                                    inside = SqlValue::Parameter(number);
                                }
                            }
                        }
                        Expr::Function(function) if function_kind(function) == SqlValue::Random => {
                            inside = SqlValue::Random;
                        }
                        _ => {}
                    }
                    ControlFlow::<()>::Continue(())
                });
                inside
            }
        }
    }

    /// The functions that rows are made of, and those whose results alone are selected.
    fn functions_of(&mut self, select: &Select) -> Vec<Called> {
        let rows = select.from.iter().filter_map(|from| match &from.relation {
            TableFactor::Table {
                name,
                args: Some(given),
                ..
            } => Some((name, given.args.as_slice())),
            TableFactor::Function { name, args, .. } => Some((name, args.as_slice())),
            _ => None,
        });
        let results = select.projection.iter().filter_map(|item| match item {
            SelectItem::UnnamedExpr(Expr::Function(function))
            | SelectItem::ExprWithAlias {
                expr: Expr::Function(function),
                ..
            } => match &function.args {
                FunctionArguments::List(list) => Some((&function.name, list.args.as_slice())),
                _ => Some((&function.name, [].as_slice())),
            },
            _ => None,
        });
        let results = results.filter(|_| select.from.is_empty());
        let called: Vec<(&ObjectName, &[FunctionArg])> = rows.chain(results).collect();
        let called = called.into_iter().take(MAX_CALLED).map(|(name, given)| {
            let parts = name.0.iter().map(|part| part.to_string());
            let plain = parts.map(|part| part.trim_matches(['"', '`']).to_lowercase());
            let arguments = given.iter().map(|given| match given {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => self.value(value),
                _ => SqlValue::Other,
            });
            Called {
                name: plain.collect::<Vec<_>>().join("."),
                arguments: arguments.collect(),
            }
        });
        called.collect()
    }

    fn function(&mut self, function: &Function) -> SqlValue {
        let kind = function_kind(function);
        if kind != SqlValue::Other {
            return kind;
        }
        let FunctionArguments::List(list) = &function.args else {
            return SqlValue::Other;
        };
        let mut first = SqlValue::Other;
        for arg in &list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = arg {
                let value = self.value(value);
                if first == SqlValue::Other || value == SqlValue::Random {
                    first = value;
                }
            }
        }
        first
    }

    /// `$1` is the parameter 0; each `?` is the next one.
    fn parameter(&mut self, name: &str) -> usize {
        if let Ok(number) = name
            .trim_start_matches(['$', '?', ':', '@'])
            .parse::<usize>()
        {
            return number.saturating_sub(1);
        }
        self.placeholders += 1;
        self.placeholders - 1
    }

    /// The columns that say which rows.
    fn filter(&mut self, filter: &Expr, found: &mut Statement) {
        match filter {
            Expr::BinaryOp { left, op, right } => match (op, column(left), column(right)) {
                (BinaryOperator::And | BinaryOperator::Or, ..) => {
                    self.filter(left, found);
                    self.filter(right, found);
                }
                (_, Some(name), _) => {
                    let value = self.value(right);
                    found.only_once |= *op == BinaryOperator::NotEq;
                    found.filter.push((name, value));
                }
                (_, None, Some(name)) => {
                    let value = self.value(left);
                    found.filter.push((name, value));
                }
                _ => {}
            },
            Expr::IsDistinctFrom(left, right) => {
                if let Some(name) = column(left).or_else(|| column(right)) {
                    found.filter.push((name, SqlValue::Other));
                }
                found.only_once = true;
            }
            Expr::Exists { negated, .. } => found.only_once |= *negated,
            Expr::UnaryOp { expr, .. } | Expr::Nested(expr) => {
                if matches!(expr.as_ref(), Expr::Exists { .. }) {
                    found.only_once = true;
                }
                self.filter(expr, found);
            }
            Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNotFalse(inner)
            | Expr::InList { expr: inner, .. }
            | Expr::InSubquery { expr: inner, .. }
            | Expr::Between { expr: inner, .. } => {
                let value = match filter {
                    Expr::InList { list, .. } => list
                        .first()
                        .map_or(SqlValue::Other, |first| self.value(first)),
                    Expr::IsNull(_) | Expr::IsNotNull(_) => SqlValue::Constant,
                    _ => SqlValue::Other,
                };
                found.filter.extend(column(inner).map(|name| (name, value)));
            }
            Expr::AnyOp { left, right, .. } => {
                let value = self.value(right);
                found.filter.extend(column(left).map(|name| (name, value)));
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                found
                    .filter
                    .extend(column(filter).map(|name| (name, SqlValue::Constant)));
            }
            _ => {}
        }
    }
}

/// The queries within a statement that give their first rows only, and the names of tables in it.
#[derive(Default)]
struct Queries {
    limited: Vec<Query>,
    relations: BTreeSet<String>,
}

impl Visitor for Queries {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if is_limited(query) {
            self.limited.push(query.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        self.relations.insert(table_name(name));
        ControlFlow::Continue(())
    }
}

/// Whether a query gives its first rows only.
fn is_limited(query: &Query) -> bool {
    let limit = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => limit.is_some(),
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        None => false,
    };
    limit || query.fetch.is_some()
}

fn skips_locked(query: &Query) -> bool {
    let mut locks = query.locks.iter();
    locks.any(|lock| matches!(lock.nonblock, Some(NonBlock::SkipLocked)))
}

/// What a statement says itself of the rows that it takes the first ones of.
fn of_own(found: &Statement) -> Next {
    Next {
        filter: found.filter.clone(),
        skips_locked: false,
    }
}

/// Whether a change leaves the rows out that it has changed: they are gone, or it sets what says which rows, or in which
/// order.
fn is_left(change: &Statement, next: &Next, order: &[OrderByExpr]) -> bool {
    change.verb == Verb::Delete
        || change.values.iter().any(|(written, _)| {
            let mut filter = next.filter.iter();
            filter.any(|(column, _)| column == written)
                || order.iter().any(|by| mentions(written, &by.expr))
        })
}

/// The arrays of an `unnest` in a `from`, each with the name of its column.
fn unnested(select: &Select) -> Vec<(String, &Expr)> {
    let mut found = Vec::new();
    for table in &select.from {
        if let TableFactor::UNNEST {
            alias, array_exprs, ..
        } = &table.relation
        {
            let names = alias.iter().flat_map(|alias| &alias.columns);
            let names = names.map(|column| plain(&column.name));
            let names = names.chain(std::iter::repeat(String::new()));
            found.extend(names.zip(array_exprs));
        }
    }
    found
}

/// Whether the value that was there counts: `n = n + 1`, `list = array_append(list, x)`.
fn accumulates(target: &str, value: &Expr) -> bool {
    match value {
        Expr::BinaryOp { left, op, right } => {
            let operator = matches!(
                op,
                BinaryOperator::Plus
                    | BinaryOperator::Minus
                    | BinaryOperator::Multiply
                    | BinaryOperator::StringConcat
            );
            let names = |side: &Expr| mentions(target, side);
            let object =
                *op == BinaryOperator::StringConcat && (is_object(left) || is_object(right));
            operator && !object && (names(left) || names(right))
        }
        Expr::Function(function) => {
            let name = table_name(&function.name).to_lowercase();
            let appends = ["append", "prepend", "concat", "array_cat", "list_add"];
            // `greatest(n, x)`, `coalesce(n, x)`, `array_remove(list, x)` settle.
            appends.iter().any(|word| name.contains(word)) && mentions(target, value)
        }
        // `NOT done`: turned each time.
        Expr::UnaryOp {
            op: UnaryOperator::Not | UnaryOperator::Minus,
            expr,
        } => column(expr).is_some_and(|column| column == target),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => accumulates(target, inner),
        _ => false,
    }
}

/// Whether something is put together with `||` alone.
fn is_merged(value: &Expr) -> bool {
    match value {
        Expr::BinaryOp { op, .. } => matches!(op, BinaryOperator::StringConcat),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_merged(inner),
        _ => false,
    }
}

/// Whether a value is a JSON object: `'{"a": 1}'`, `jsonb_build_object(..)`.
fn is_object(value: &Expr) -> bool {
    match value {
        Expr::Value(value) => {
            let text = value.value.clone().into_string().unwrap_or_default();
            text.trim_start().starts_with('{')
        }
        Expr::Function(function) => {
            let name = table_name(&function.name).to_lowercase();
            matches!(name.as_str(), "json_build_object" | "jsonb_build_object")
        }
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_object(inner),
        _ => false,
    }
}

fn mentions(name: &str, value: &Expr) -> bool {
    let mut found = false;
    let _ = visit_expressions(value, |inner| {
        found |= column(inner).is_some_and(|column| column == name);
        ControlFlow::<()>::Continue(())
    });
    found
}

/// A column by its name.
fn column(value: &Expr) -> Option<String> {
    match value {
        Expr::Identifier(name) => Some(plain(name)),
        Expr::CompoundIdentifier(parts) => parts.last().map(plain),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => column(inner),
        // `lower(email)`, `canon(name)`: the column in another form.
        Expr::Function(Function {
            args: FunctionArguments::List(list),
            ..
        }) => list.args.iter().find_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)) => column(inner),
            _ => None,
        }),
        _ => None,
    }
}

/// Functions of databases that give something else every time.
fn function_kind(function: &Function) -> SqlValue {
    let name = table_name(&function.name).to_lowercase();
    match name.as_str() {
        "now"
        | "current_timestamp"
        | "clock_timestamp"
        | "statement_timestamp"
        | "datetime"
        | "current_date"
        | "unixepoch"
        | "utc_timestamp"
        | "strftime"
        | "date" => SqlValue::Time,
        "gen_random_uuid" | "uuid_generate_v4" | "uuid" | "random" | "gen_random_bytes"
        | "nextval" | "uuid_generate_v1" | "uuidv7" | "uuidv4" | "rand" | "randomblob"
        | "generate_ulid" => SqlValue::Random,
        _ => SqlValue::Other,
    }
}

fn joined_name(table: &TableWithJoins) -> String {
    factor_name(&table.relation)
}

fn factor_name(factor: &TableFactor) -> String {
    match factor {
        TableFactor::Table { name, .. } => table_name(name),
        _ => String::new(),
    }
}

/// The query behind `EXISTS (..)`, in parentheses or under a name.
fn asked_for(item: &SelectItem) -> Option<&Query> {
    let (SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }) = item
    else {
        return None;
    };
    let mut value = value;
    while let Expr::Nested(inner) = value {
        value = inner;
    }
    match value {
        Expr::Exists {
            subquery,
            negated: false,
        } => Some(subquery),
        _ => None,
    }
}

/// `INSERT INTO a (..) (SELECT ..)` is what it is without the brackets.
fn without_brackets(mut body: &SetExpr) -> &SetExpr {
    while let SetExpr::Query(inner) = body {
        body = inner.body.as_ref();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbs(text: &str) -> Vec<(Verb, String)> {
        let statements = parse(text).expect("SQL");
        let named = statements.iter();
        named
            .map(|statement| (statement.verb, statement.tables.join(",")))
            .collect()
    }

    #[test]
    fn the_verb_of_a_common_table_expression_counts() {
        let text = r#"with inserted as (insert into comment (article_id, body) values ($1, $2) returning *)
            select inserted.body, "user".name from inserted inner join "user" using (user_id)"#;
        assert_eq!(
            verbs(text),
            [
                (Verb::Insert, "comment".to_owned()),
                (Verb::Select, "user".to_owned())
            ]
        );
    }

    #[test]
    fn values_say_where_they_come_from() {
        let text = "update t set a = $2, n = n + 1, at = now(), secret = gen_random_uuid(), b = coalesce($3, b), \
                    off = (not off), on_ = not off where id = $1 and not done";
        let statements = parse(text).expect("SQL");
        let value = |name: &str, value| (name.to_owned(), value);
        assert_eq!(
            statements[0].values,
            [
                value("a", SqlValue::Parameter(1)),
                value("n", SqlValue::Relative),
                value("at", SqlValue::Time),
                value("secret", SqlValue::Random),
                value("b", SqlValue::Parameter(2)),
                value("off", SqlValue::Relative),
                value("on_", SqlValue::Other),
            ]
        );
        assert_eq!(
            statements[0].filter,
            [
                value("id", SqlValue::Parameter(0)),
                value("done", SqlValue::Constant)
            ]
        );
    }

    #[test]
    fn what_takes_the_next_rows_is_told_from_what_takes_those_that_are_named() {
        let next = |text: &str| {
            let mut statements = parse(text).expect("SQL").into_iter();
            let change = statements.find(|one| one.verb != Verb::Select);
            change.expect("a change").next
        };
        let claimed = next(
            "update jobs set state = 'running' where id = (select id from jobs where state = 'queued' and kind = $1 \
             order by id limit 1 for update skip locked) returning *",
        );
        assert_eq!(
            claimed,
            Some(Next {
                filter: vec![
                    ("state".to_owned(), SqlValue::Constant),
                    ("kind".to_owned(), SqlValue::Parameter(0))
                ],
                skips_locked: true,
            })
        );
        let common = "with due as (select id from jobs where state = $1 limit 1) \
                      update jobs set state = $2 from due where jobs.id = due.id";
        assert!(next(common).is_some());
        assert!(
            next("delete from jobs where id in (select id from jobs order by id limit 5)")
                .is_some()
        );
        assert!(next("delete from jobs where state = 'done' limit 5").is_some());
        // The same row each time: nothing of it is set that says which row it is.
        assert!(
            next("update jobs set note = $1 where id = (select max(id) from jobs limit 1)")
                .is_none()
        );
        assert!(next("update jobs set owner = (select id from users where name = $1 limit 1) where id = $2").is_none());
        assert!(next("delete from jobs where id = $1").is_none());
    }

    #[test]
    fn conflicts_and_conditions_are_seen() {
        let one = |text: &str| parse(text).expect("SQL").pop().expect("a statement");
        let or =
            |what: &str| one(&format!("insert or {what} into f (a, b) values (?, ?)")).conflict;
        let replaced = or("replace").expect("a conflict");
        assert!(replaced.updates);
        assert!(!or("ignore").expect("a conflict").updates);
        let conflict =
            one("insert into f (a, b) values (?, ?) on conflict (a, b) do nothing").conflict;
        let conflict = conflict.expect("a conflict");
        assert_eq!((conflict.columns.len(), conflict.updates), (2, false));
        let rows = one("insert into f (a, b) select * from unnest($1::bigint[], $2::text[])");
        assert_eq!(rows.values[1].1, SqlValue::Parameter(1));
        assert!(
            one("insert into f (a) select ? where not exists (select 1 from f where a = ?)")
                .only_once
        );
        assert!(
            one("update v set yanked = $1 where id = $2 and yanked is distinct from $1").only_once
        );
        assert!(!one("update v set yanked = $1 where id = $2").only_once);
    }
}
