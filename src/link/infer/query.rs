//! Statements on their way to a database: as SQL, or as a library builds them.

use super::effect::{FoundRecord, Given, Receiver};
use super::learnt::Asked;
use super::lineage::Lineage;
use super::value::Value;
use super::{BodyReader, named};
use crate::catalog::{ModelStart, StatementRules, WordList, listed, split_words};
use crate::link::program::{FunctionId, ModuleId, TypeId, TypeShape};
use crate::link::types::Type;
use crate::model::{CallKind, Origin};
use crate::read::rust::ir::{AttributeValue, ExprId, ExprKind, Pat, Path, TypeRef};
use crate::read::rust::snake_case;
use crate::source::join_inside;
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

/// What a statement does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum QueryVerb {
    /// As its text says; the origins of its parameters, in order.
    Sql(Arc<str>, Vec<Lineage>),
    Select,
    Insert,
    Update,
    Delete,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    /// The crate that builds it.
    pub(crate) krate: String,
    pub(crate) verb: QueryVerb,
    pub(crate) tables: Vec<SmolStr>,
    pub(crate) written: Vec<Column>,
    /// Something is written whose columns are not seen.
    pub(crate) writes_unseen: bool,
    /// The parameter that is the record which is written.
    pub(crate) record: Option<usize>,
    pub(crate) filter: Vec<Column>,
    /// The type of its rows, where a derive has made both.
    pub(crate) row: Option<TypeId>,
    /// It gives how many rows there are.
    pub(crate) counts: bool,
    /// The columns of a conflict, and whether it updates.
    pub(crate) conflict: Option<(Vec<SmolStr>, bool)>,
    /// It is none to a database: what it is done to, the process keeps.
    pub(crate) in_memory: bool,
    /// It takes the next row there is.
    pub(crate) takes_next: bool,
    /// It is put together piece by piece, and not all of it may be seen.
    pub(crate) in_pieces: bool,
}

/// A column, with the value that it gets or is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: SmolStr,
    pub(crate) origin: Lineage,
    pub(crate) relative: bool,
    pub(crate) differs: bool,
}

/// What stands at the end of a statement of which more is to follow.
const MORE: &str = " {}";

/// A statement with a piece more.
fn and_more(text: &str, more: &str) -> Arc<str> {
    let seen = text.strip_suffix(MORE).unwrap_or(text);
    format!("{seen} {more}").into()
}

impl Column {
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: SmolStr::new(snake_case(name)),
            origin: Origin::STORED.into(),
            relative: false,
            differs: false,
        }
    }
}

impl Query {
    /// Whether it adds a row, and leaves none that was there.
    pub(super) fn inserts_anew(&self) -> bool {
        match &self.verb {
            QueryVerb::Insert => self.conflict.is_none(),
            QueryVerb::Sql(text, _) => {
                let text = text.to_ascii_lowercase();
                text.contains("insert into") && !text.contains("on conflict")
            }
            _ => false,
        }
    }

    /// Whether it changes rows that are there.
    pub(super) fn changes(&self) -> bool {
        match &self.verb {
            QueryVerb::Update | QueryVerb::Delete => true,
            QueryVerb::Sql(text, _) => {
                let first = text.split_whitespace().next().unwrap_or("");
                !["select", "with"].contains(&first.to_ascii_lowercase().as_str())
            }
            QueryVerb::Select | QueryVerb::Insert => false,
        }
    }

    /// Whether it gives one row whatever there is: a count, a sum, whether something exists.
    pub(super) fn aggregates(&self) -> bool {
        const AGGREGATES: [&str; 6] = ["avg", "count", "exists", "max", "min", "sum"];
        if self.counts {
            return true;
        }
        let QueryVerb::Sql(text, _) = &self.verb else {
            return false;
        };
        let text = text.to_ascii_lowercase();
        let Some(first) = text.trim_start().strip_prefix("select") else {
            return false;
        };
        let name = first.trim_start().split(|c: char| !c.is_ascii_alphabetic());
        let name = name.into_iter().next().unwrap_or_default();
        AGGREGATES.contains(&name) && !text.contains("group by")
    }

    /// A statement as text, without parameters.
    /// Whether it is a statement that changes something.
    pub(super) fn writes(&self) -> bool {
        let tables = !self.tables.is_empty();
        matches!(
            self.verb,
            QueryVerb::Insert | QueryVerb::Update | QueryVerb::Delete
        ) && tables
    }

    pub(super) fn of_text(text: Arc<str>) -> Self {
        Self::new("", QueryVerb::Sql(text, Vec::new()), None)
    }

    /// What is done to something that the process keeps.
    pub(super) fn in_memory(verb: QueryVerb, place: SmolStr) -> Self {
        Self {
            in_memory: true,
            ..Self::new("", verb, Some(place))
        }
    }

    pub(super) fn new(krate: &str, verb: QueryVerb, table: Option<SmolStr>) -> Self {
        Self {
            krate: krate.to_owned(),
            verb,
            tables: table.into_iter().collect(),
            written: Vec::new(),
            writes_unseen: false,
            record: None,
            filter: Vec::new(),
            row: None,
            counts: false,
            conflict: None,
            in_memory: false,
            takes_next: false,
            in_pieces: false,
        }
    }
}

/// The statement that is given, or one of which nothing is known.
fn statement_given(rules: &StatementRules, given: &Given) -> Arc<Query> {
    let unknown = || {
        let verb = QueryVerb::Sql("{statement}".into(), Vec::new());
        Arc::new(Query::new(&rules.krate, verb, None))
    };
    given.query.clone().unwrap_or_else(unknown)
}

/// Whether one of the words of a name is in a list.
fn has_word(name: &str, list: &WordList) -> bool {
    let holds = |word: &String| {
        let mut places = name.as_bytes().windows(word.len().max(1));
        places.any(|place| place.eq_ignore_ascii_case(word.as_bytes()))
    };
    // Hardly any name has one, and to split each takes time. What is not ASCII is split at once.
    (!name.is_ascii() || list.iter().any(holds))
        && split_words(name).iter().any(|word| listed(list, word))
}

/// The columns of several values.
pub(super) fn columns_of(values: &[Value]) -> Option<Rc<[Column]>> {
    let mut known = values.iter().filter_map(|value| value.columns.as_ref());
    match (known.next(), known.next()) {
        (None, _) => None,
        (Some(only), None) => Some(Rc::clone(only)),
        _ => {
            let all = values.iter().filter_map(|value| value.columns.as_deref());
            Some(all.flatten().cloned().collect())
        }
    }
}

/// Whether a text begins like a statement.
pub(crate) fn looks_like_sql(text: &str) -> bool {
    let mut words = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or(""))
        .flat_map(str::split_whitespace)
        .map(|word| word.trim_start_matches('('));
    let first = words.next().unwrap_or("");
    let verbs = [
        "select", "insert", "update", "delete", "with", "merge", "replace", "truncate", "upsert",
    ];
    let second = words.next();
    // Who makes what is there already makes nothing.
    let makes =
        first.eq_ignore_ascii_case("create") && text.to_ascii_lowercase().contains("if not exists");
    verbs.iter().any(|verb| first.eq_ignore_ascii_case(verb)) && second.is_some()
        || makes
        || first.eq_ignore_ascii_case("set") && second.is_some_and(is_session_setting)
}

/// What `SET` sets for a session or transaction alone (PostgreSQL, "SET"; MySQL, "SET Syntax").
fn is_session_setting(word: &str) -> bool {
    let settings = [
        "application_name",
        "constraints",
        "foreign_key_checks",
        "local",
        "lock_timeout",
        "names",
        "role",
        "search_path",
        "session",
        "statement_timeout",
        "time",
        "timezone",
        "transaction",
    ];
    settings
        .iter()
        .any(|setting| word.eq_ignore_ascii_case(setting))
}

impl<'a> BodyReader<'a, '_> {
    fn rules_of(&self, krate: &str) -> Option<&'a StatementRules> {
        self.catalog().effects.statements_of(krate)
    }

    /// A path that nothing of the system answers to may be a column, or a table.
    pub(super) fn column_or_table(&self, path: &Path, value: &mut Value) {
        let mut names = path.segments.iter().rev().map(|segment| &segment.name);
        let Some(last) = names.next() else { return };
        let imported = || match path.segments.as_slice() {
            [only] => self.resolver.imported_from(self.context.module, &only.name),
            _ => None,
        };
        let before = names.next().cloned().or_else(imported);
        let before = before.as_ref();
        let starts_small = last.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        let of_model = before.is_some_and(|before| before == "Column");
        if !starts_small && !of_model {
            return;
        }
        let rules = self.catalog().effects.statements.iter();
        for rules in rules {
            let table = match before {
                Some(before) if rules.table_segment.as_deref() == Some(last) => Some(before),
                Some(before) if listed(&rules.table_modules, before) => Some(last),
                _ => None,
            };
            if let Some(table) = table {
                let table = self.table_imported(rules, self.context.module, table);
                let query = Query::new(&rules.krate, QueryVerb::Select, Some(table.clone()));
                value.query = Some(Arc::new(query));
            }
        }
        value.columns = Some(Rc::from([Column::named(last)]));
    }

    /// What a function of another crate gives that is another value every time.
    pub(super) fn fresh(&self, path: &str) -> Origin {
        let rules = &self.catalog().effects;
        if named_in(&rules.random, path) {
            Origin::RANDOM
        } else if named_in(&rules.time, path) {
            Origin::TIME
        } else {
            Origin::REPEATABLE
        }
    }

    /// The statement that a function is given which a trait of a library gives to types: `Row::find_by_statement(statement)`.
    pub(super) fn handed_statement(&self, name: &str, values: &[Value]) -> Option<Arc<Query>> {
        let mut rules = self.catalog().effects.statements.iter();
        let rules = rules.find(|rules| listed(&rules.given, name))?;
        Some(statement_given(rules, &Given::of(values)))
    }

    /// A function or macro of another crate that starts a statement, or gives a fresh value.
    pub(super) fn started(&mut self, path: &str, given: &Given, value: &mut Value) {
        let rules = &self.catalog().effects;
        value.origin = value.origin.and(given.origin);
        let name = path.rsplit("::").next().unwrap_or(path);
        value.origin = value.origin.and(match has_word(name, &rules.random_words) {
            true => Origin::RANDOM,
            false => self.fresh(path),
        });
        let mut owner = path.rsplit("::").skip(1);
        if owner
            .next()
            .is_some_and(|owner| listed(&rules.session_stores, owner))
        {
            self.out.keeps_sessions = true;
        }
        for rules in &rules.statements {
            let krate = rules.krate.as_str();
            if !path.starts_with(krate.split('_').next().unwrap_or(krate)) {
                continue;
            }
            let partial = listed(&rules.partial_texts, path);
            let verb = if listed(&rules.files, path) {
                // The path is relative to the manifest of the package.
                let package = self.package_directory();
                let file = given.file.as_deref();
                let Some(text) = file.and_then(|file| self.sql_file(package, file)) else {
                    continue;
                };
                QueryVerb::Sql(text, given.parameters.clone())
            } else if partial || listed(&rules.texts, path) {
                let Some(mut text) = given.text.clone() else {
                    continue;
                };
                if partial {
                    // More of it follows: what is not seen stands in braces.
                    text = format!("{text}{MORE}").into();
                }
                QueryVerb::Sql(text, given.parameters.clone())
            } else if listed(&rules.inserts, path)
                || listed(&rules.inserts_or_ignores, path)
                || listed(&rules.replaces, path)
            {
                QueryVerb::Insert
            } else if listed(&rules.updates, path) {
                QueryVerb::Update
            } else if listed(&rules.deletes, path) {
                QueryVerb::Delete
            } else {
                continue;
            };
            let mut query = Query::new(krate, verb, None);
            query.in_pieces = partial;
            if let Some(known) = &given.query {
                query.tables.clone_from(&known.tables);
                query.filter.clone_from(&known.filter);
            } else if !matches!(query.verb, QueryVerb::Sql(..)) {
                query.tables.extend(self.table_of(rules, given));
                if let Type::Local(..) = given.ty {
                    // A record is changed or removed by its primary key.
                    query.filter.push(Column::named("id"));
                }
            }
            if listed(&rules.inserts_or_ignores, path) || listed(&rules.replaces, path) {
                query.conflict = Some((Vec::new(), listed(&rules.replaces, path)));
            }
            value.query = Some(Arc::new(query));
            value.columns = None;
        }
    }

    /// `include_str!` of SQL: its path is relative to the file that names it.
    pub(super) fn included(&self, values: &[Value]) -> Option<Value> {
        let file = values.first()?.text.as_deref()?;
        let source = self.resolver.program.paths[self.source.0 as usize];
        let directory = source.rsplit_once('/').map_or("", |(before, _)| before);
        let text = self.sql_file(directory, file)?;
        Some(Value::text(text.to_string()))
    }

    fn package_directory(&self) -> &'a str {
        let program = self.resolver.program;
        let krate = program.modules[self.context.module.0].krate;
        &program.crates[krate.0].directory
    }

    fn sql_file(&self, directory: &str, path: &str) -> Option<Arc<str>> {
        let path = join_inside(directory, path)?;
        let text = self.resolver.program.sql.get(path.as_str())?;
        Some(Arc::from(*text))
    }

    /// The table that a name stands for: it may have been imported under that name (`use schema::project::dsl as projects`).
    fn table_imported<'n>(
        &'n self,
        rules: &StatementRules,
        module: ModuleId,
        name: &'n SmolStr,
    ) -> &'n SmolStr {
        let part = |segment: &&SmolStr| {
            rules.table_segment.as_deref() != Some(segment.as_str())
                && !listed(&rules.table_modules, segment)
        };
        let imported = self.resolver.import_of(module, name);
        imported
            .and_then(|path| path.iter().rev().find(part))
            .unwrap_or(name)
    }

    /// The table of an argument: a name, or the one that a struct belongs to.
    fn table_of(&self, rules: &StatementRules, given: &Given) -> Option<SmolStr> {
        if let Some(columns) = &given.columns {
            return columns.first().map(|column| column.name.clone());
        }
        let id = local(&given.ty)?;
        let def = &self.resolver.program.types[id.0];
        let (attribute, argument) = rules.table_attribute.as_ref()?;
        let mut attributes = def.attributes.iter();
        let named = attributes.find_map(|found| {
            let arg = (found.path.last() == attribute).then(|| found.arg(argument))??;
            match arg {
                AttributeValue::Path(path) => {
                    let last = &path.segments.last()?.name;
                    Some(self.table_imported(rules, def.module, last).clone())
                }
                AttributeValue::Flag => None,
                other => other.as_text().map(SmolStr::new),
            }
        });
        named.or_else(|| Some(SmolStr::new(format!("{}s", snake_case(&def.name)))))
    }

    /// The table that a type of the system is a row of.
    pub(super) fn own_table(&self, ty: &Type) -> Option<SmolStr> {
        let Type::Local(id, _) = ty else { return None };
        let query = self.table_query(*id, "")?;
        query.tables.first().cloned()
    }

    /// The statement that a function or method of a model starts.
    fn model_query(&self, ty: &Type, name: &str) -> Option<Query> {
        let Type::Local(id, _) = ty else { return None };
        let mut rules = self.catalog().effects.statements.iter();
        rules.find_map(|rules| {
            let start = rules.model_starts.get(name)?;
            let (attribute, argument) = rules.models.as_ref()?;
            let mut attributes = self.resolver.program.types[id.0].attributes.iter();
            let table = attributes.find_map(|found| {
                let named = (found.path.last() == attribute).then(|| found.arg(argument))??;
                named.as_text()
            })?;
            let verb = match start {
                ModelStart::Select => QueryVerb::Select,
                ModelStart::Insert | ModelStart::Upsert => QueryVerb::Insert,
                ModelStart::Update => QueryVerb::Update,
                ModelStart::Delete => QueryVerb::Delete,
            };
            let mut query = Query::new(&rules.krate, verb, Some(SmolStr::new(table)));
            query.row = self.resolver.program.rows.get(id).copied();
            if *start == ModelStart::Upsert {
                query.conflict = Some((Vec::new(), true));
            }
            Some(query)
        })
    }

    /// Whether a type says which table it is a row of.
    pub(super) fn is_record(&self, id: TypeId) -> bool {
        let attributes = self.resolver.program.types[id.0].attributes;
        let rules = self.catalog().effects.statements.iter();
        let mut tables = rules.flat_map(|rules| rules.table_attribute.iter().chain(&rules.models));
        tables.any(|(attribute, argument)| {
            let mut named = attributes.iter();
            named.any(|found| found.path.last() == attribute && found.arg(argument).is_some())
        })
    }

    /// The records among the arguments of a call: with their columns, or as this function was
    /// given them.
    pub(super) fn records(
        &mut self,
        receiver: Option<&Value>,
        args: &[Value],
    ) -> Vec<(usize, FoundRecord)> {
        let all = args.iter().enumerate();
        let all = all.chain(receiver.map(|value| (Origin::SELF, value)));
        let records = all.filter_map(|(index, value)| {
            let id = local(&value.ty)?;
            let of_table = self.is_record(id);
            let read = self.derives(id, &self.catalog().effects.record_derives);
            let loaded = of_table && read && self.is_loaded(value.origin);
            let made = value.parts.as_ref().filter(|(of, _)| of_table && *of == id);
            let columns = value.columns.as_ref().or(made.map(|(_, parts)| parts));
            if columns.is_some() || loaded {
                let columns = columns.map(|columns| columns.as_ref()).unwrap_or_default();
                let of = self.as_parameter(value.origin).filter(|_| of_table);
                let columns = FoundRecord::Columns(columns.to_vec(), loaded, of);
                return Some((index, columns));
            }
            let parameter = self.as_parameter(value.origin)?;
            of_table.then_some((index, FoundRecord::Parameter(parameter)))
        });
        records.collect()
    }

    /// The fields of the struct that a function makes and gives, where each of the values that it gives tells its own.
    pub(super) fn parts_made(&self, returns: &TypeRef, given: &[&Value]) -> Option<Vec<Column>> {
        given.iter().find(|value| value.parts.is_some())?;
        let made = local(&self.type_of(returns))?;
        let mut all: Vec<Column> = Vec::new();
        for value in given {
            match value.parts.as_ref().filter(|(id, _)| *id == made) {
                Some((_, parts)) => parts
                    .iter()
                    .for_each(|part| add_column(&mut all, part.clone())),
                // `Err(..)`, `None`.
                None if value.leaves || value.is_none => {}
                None => return None,
            }
        }
        (!all.is_empty()).then_some(all)
    }

    /// What the struct is made of that one of these functions makes for these arguments, called on a value of this origin.
    pub(super) fn parts_given(
        &self,
        functions: &[FunctionId],
        given: &[Lineage],
        own: Lineage,
        result: &mut Value,
    ) {
        let Some(id) = local(&result.ty) else { return };
        let given = |index: usize| match index {
            Origin::SELF => own,
            _ => given.get(index).copied().unwrap_or_default(),
        };
        let mut all: Vec<Column> = Vec::new();
        for function in functions {
            let Some(parts) = self.before.made_parts.get(function) else {
                return;
            };
            for part in parts {
                let origin = part.origin.given(given);
                add_column(
                    &mut all,
                    Column {
                        origin,
                        ..part.clone()
                    },
                );
            }
        }
        result.parts = Some((id, all.into()));
    }

    /// A method that sets fields of the record that it is called on.
    pub(super) fn set_by_method(&mut self, function: FunctionId, call: ExprId, given: &[Lineage]) {
        let ExprKind::Method { receiver, .. } = self.body.get(call).kind else {
            return;
        };
        self.ask(Asked::Result(function));
        let Some(columns) = self.before.own_columns.get(&function) else {
            return;
        };
        let given = |index: usize| given.get(index).copied().unwrap_or_default();
        let columns: Vec<Column> = columns
            .iter()
            .map(|column| Column {
                origin: column.origin.given(given),
                ..column.clone()
            })
            .collect();
        self.set_columns_of(receiver, columns);
    }

    /// Fields of a record are set: of a variable, or of the one that the function is called on.
    pub(super) fn set_columns_of(&mut self, base: ExprId, columns: Vec<Column>) {
        let ExprKind::Path(path) = &self.body.get(base).kind else {
            return;
        };
        let Some(variable) = path.as_name() else {
            return;
        };
        let is_record = |ty: &Type| matches!(ty, Type::Local(id, _) if self.is_record(*id));
        if variable == "self" {
            let own = self.context.self_type.as_ref().is_some_and(is_record);
            if let (true, Some(id)) = (own, self.context.id) {
                let known = self.out.learnt().own_columns.entry(id).or_default();
                for column in columns {
                    if !known.iter().any(|known| known.name == column.name) {
                        known.push(column);
                    }
                }
            }
            return;
        }
        let mut variables = self.variables.iter().enumerate().rev();
        let found = variables.find(|(_, (known, _))| known == variable);
        let Some((index, _)) = found.filter(|(_, (_, known))| is_record(&known.ty)) else {
            return;
        };
        let perhaps = self.branches.last().is_some_and(|mark| index < *mark);
        let known = &mut self.variables[index].1;
        let mut all = known.columns.as_deref().unwrap_or_default().to_vec();
        for column in columns {
            if !perhaps && !column.relative {
                all.retain(|known| known.name != column.name);
            }
            add_column(&mut all, column);
        }
        known.columns = Some(all.into());
    }

    /// What a model's own method runs: the row that it is.
    fn model_run(&mut self, name: &str, receiver: &Receiver) -> Option<Arc<Query>> {
        let mut query = self.model_query(&receiver.ty, name)?;
        query.writes_unseen = query.verb == QueryVerb::Insert && receiver.columns.is_none();
        let columns = receiver.columns.iter().flat_map(|columns| columns.iter());
        query.written.extend(columns.cloned());
        query.filter.push(Column::named("id"));
        // What was read and is saved is there.
        let upserts = query.verb == QueryVerb::Insert && query.conflict.is_some();
        if upserts && self.is_loaded(receiver.origin) {
            query.verb = QueryVerb::Update;
            query.conflict = None;
            query.writes_unseen = false;
        } else if upserts {
            // Whether what the function was given was read, its callers say.
            query.record = self.as_parameter(receiver.origin);
        }
        Some(Arc::new(query))
    }

    /// Whether a method gives the model that it is called on in another form, to be saved.
    pub(super) fn is_model_again(&self, ty: &Type, name: &str) -> bool {
        let mut rules = self.catalog().effects.statements.iter();
        rules.any(|rules| {
            let models = rules
                .models
                .as_ref()
                .filter(|_| listed(&rules.as_model, name));
            let (Some((attribute, _)), Type::Local(id, _)) = (models, ty) else {
                return false;
            };
            let attributes = self.resolver.program.types[id.0].attributes;
            let mut attributes = attributes.iter();
            attributes.any(|found| found.path.last() == attribute)
        })
    }

    /// A look for the rows that belong to the one that a method is called on: `user.find_related(Order)`.
    fn related(&self, name: &str, receiver: &Receiver, given: &Given) -> Option<Arc<Query>> {
        let mut rules = self.catalog().effects.statements.iter();
        let mut query = rules.find_map(|rules| {
            let by = listed(&rules.related, name).then_some(rules.all_rows.as_deref()?)?;
            self.model_query(&given.ty, by)
        })?;
        query.filter.push(Column {
            origin: receiver.origin,
            ..Column::named("related_id")
        });
        Some(Arc::new(query))
    }

    /// The statement that a derive gives to a type: all rows of its table.
    pub(super) fn table_query(&self, id: TypeId, name: &str) -> Option<Arc<Query>> {
        let ty = Type::Local(id, Vec::new());
        if let Some(mut query) = self.model_query(&ty, name) {
            if name.ends_with("_by_id") {
                query.filter.push(Column::named("id"));
            }
            query.writes_unseen = query.verb == QueryVerb::Insert;
            return Some(Arc::new(query));
        }
        let mut rules = self.catalog().effects.statements.iter();
        rules.find_map(|rules| {
            let (attribute, argument) = rules.table_attribute.as_ref()?;
            let attributes = self.resolver.program.types[id.0].attributes;
            let mut named = attributes
                .iter()
                .filter(|found| found.path.last() == attribute);
            named.find(|found| found.arg(argument).is_some())?;
            let given = Given {
                ty: Type::Local(id, Vec::new()),
                ..Given::default()
            };
            let table = self.table_of(rules, &given);
            Some(Arc::new(Query::new(&rules.krate, QueryVerb::Select, table)))
        })
    }

    /// A method that a derive writes sets a field, and gives the builder again.
    pub(super) fn set_by_builder(
        &mut self,
        receiver: &Value,
        name: &SmolStr,
        values: &[Value],
        result: &mut Value,
    ) {
        let Type::Local(id, _) = &receiver.ty else {
            return;
        };
        if !self.derives(*id, &self.catalog().effects.builder_derives) {
            return;
        }
        result.ty = receiver.ty.clone();
        if let Some(value) = values.first() {
            let field = name.strip_prefix("maybe_").unwrap_or(name);
            self.give_field(*id, field, value.origin);
        }
    }

    /// What a method makes of a statement, of a column, or of a model.
    pub(super) fn build(
        &mut self,
        name: &str,
        receiver: &Receiver,
        given: &Given,
        result: &mut Value,
    ) {
        let rules = &self.catalog().effects;
        if let Some(query) = self.related(name, receiver, given) {
            result.query = Some(query);
            return;
        }
        if let Some(known) = &receiver.query {
            let krate = known.krate.clone();
            let query = match self.rules_of(&krate) {
                Some(rules) => self.step(rules, name, known, given),
                None => Arc::clone(known),
            };
            result.query = Some(query);
            return;
        }
        if let Some(columns) = &receiver.columns {
            let mut statements = rules.statements.iter();
            let differs = statements.clone().any(|rules| listed(&rules.differs, name));
            if differs || statements.any(|rules| listed(&rules.compares, name)) {
                let origin = given.first;
                let compared = columns.iter().map(|column| Column {
                    origin,
                    relative: given
                        .columns
                        .iter()
                        .flat_map(|columns| columns.iter())
                        .any(|given| given.name == column.name),
                    differs,
                    ..column.clone()
                });
                result.columns = Some(compared.collect());
                return;
            }
            let all = columns
                .iter()
                .chain(given.columns.iter().flat_map(|all| all.iter()));
            result.columns = Some(all.cloned().collect());
        } else if result.columns.is_none() {
            result.columns.clone_from(&given.columns);
        }
    }

    /// A statement that is put together piece by piece holds what was pushed: `builder.push(" ON CONFLICT ..")`.
    pub(super) fn keep_statement(&mut self, name: &str, receiver: ExprId, result: &Value) {
        let Some(query) = &result.query else { return };
        let rules = self.rules_of(&query.krate);
        let pushes = |rules: &StatementRules| {
            let all = [&rules.pushes, &rules.pushes_bound, &rules.pushes_unseen];
            all.into_iter().any(|methods| listed(methods, name))
        };
        if !rules.is_some_and(pushes) {
            return;
        }
        let mut at = receiver;
        while let ExprKind::Method { receiver, .. } = self.body.get(at).kind {
            at = receiver;
        }
        if let Some(index) = self.variable_at(at) {
            self.variables[index].1.query = Some(Arc::clone(query));
        }
    }

    fn step(
        &mut self,
        rules: &StatementRules,
        name: &str,
        known: &Arc<Query>,
        given: &Given,
    ) -> Arc<Query> {
        if listed(&rules.given, name) {
            return statement_given(rules, given);
        }
        let mut query = Query::clone(known);
        if listed(&rules.reshapes, name) {
            query.row = None;
        }
        query.counts |= listed(&rules.counts, name);
        if listed(&rules.binds, name) {
            if let QueryVerb::Sql(text, parameters) = &mut query.verb {
                parameters.push(given.origin);
                if listed(&rules.pushes_bound, name) {
                    *text = and_more(text, "?");
                }
            }
        } else if listed(&rules.pushes_unseen, name) {
            if let QueryVerb::Sql(text, _) = &mut query.verb {
                *text = and_more(text, "{}");
            }
        } else if listed(&rules.pushes, name) {
            if let (QueryVerb::Sql(text, _), Some(more)) = (&mut query.verb, &given.name) {
                *text = and_more(text, more);
            }
        } else if listed(&rules.sets, name) {
            // `replace_into(..)` says what a conflict does before it says what it inserts.
            let says = query.record.is_some() || query.writes_unseen || !query.written.is_empty();
            let conflicts = query.conflict.is_some() && says;
            let inserts = query.verb == QueryVerb::Insert;
            let (columns, unseen) = self.set_columns(given, inserts);
            let columns = named_again(columns);
            // What an insert sets where there is a conflict is not what it inserts.
            if !conflicts {
                let first = given.first;
                if given.columns.is_none() {
                    query.record = self.as_parameter(first);
                }
                query.writes_unseen |= unseen;
                query.written.extend(columns);
            } else if columns.iter().any(|column| column.relative) {
                query
                    .written
                    .extend(columns.into_iter().filter(|column| column.relative));
            }
        } else if listed(&rules.filters, name) {
            let columns = given
                .columns
                .iter()
                .flat_map(|columns| columns.iter().cloned());
            let before = query.filter.len();
            query.filter.extend(columns);
            if query.filter.len() == before {
                query.filter.push(Column {
                    origin: given.first,
                    ..Column::named("id")
                });
            }
        } else if listed(&rules.conflicts, name) {
            let columns = given.columns.iter().flat_map(|columns| columns.iter());
            let columns = columns.map(|column| column.name.clone()).collect();
            query.conflict = Some((columns, true));
        } else if listed(&rules.conflict_nothing, name) {
            let columns = query.conflict.take().map(|(columns, _)| columns);
            query.conflict = Some((columns.unwrap_or_default(), false));
        } else if listed(&rules.conflict_updates, name) {
            let columns = query.conflict.take().map(|(columns, _)| columns);
            query.conflict = Some((columns.unwrap_or_default(), true));
        } else if listed(&rules.joins, name)
            && let Some(other) = &given.query
        {
            query.tables.extend(other.tables.iter().cloned());
        }
        Arc::new(query)
    }

    /// The columns that a value sets: `(a.eq(x), b.eq(y))`, or the fields of a record. Whether
    /// there are more.
    fn set_columns(&mut self, given: &Given, inserts: bool) -> (Vec<Column>, bool) {
        let record = local(&given.ty).filter(|id| self.is_record(*id));
        let made = given.parts.as_ref().filter(|(id, _)| Some(*id) == record);
        let known = given.columns.as_ref().or(made.map(|(_, parts)| parts));
        let mut set = known.map(|known| known.to_vec()).unwrap_or_default();
        let whole = inserts && record.is_some();
        if known.is_some() && !whole {
            return (set, false);
        }
        let Some(id) = local(&given.ty) else {
            return (Vec::new(), true);
        };
        let TypeShape::Struct(fields) = self.resolver.program.types[id.0].shape else {
            return (Vec::new(), true);
        };
        let columns = fields.iter().map(|(name, ty)| Column {
            name: name.clone(),
            origin: match is_optional(ty) {
                true => self.field_lineage(id, name).and(Origin::OPTIONAL),
                false => self.field_lineage(id, name),
            },
            relative: false,
            differs: false,
        });
        let unset: Vec<Column> = columns
            .filter(|column| set.iter().all(|known| known.name != column.name))
            .collect();
        set.extend(unset);
        (set, false)
    }

    /// The statement that a database is asked to run and that whoever calls the function says.
    pub(super) fn open_statement(&self, recorded: bool, given: &Given) -> Option<Arc<Query>> {
        let asked = self.out.calls.last().filter(|_| recorded)?;
        let text = given.open.clone()?;
        let commands = self.catalog().effects.calls_of(&asked.krate);
        let said = asked.kind == CallKind::Db && self.said_by(&text).is_some();
        let said = said && commands.is_none();
        said.then(|| {
            let verb = QueryVerb::Sql(text, given.parameters.clone());
            Arc::new(Query::new("", verb, None))
        })
    }

    /// The type of what a statement of a model gives that is run by this method.
    pub(super) fn given_row(&self, query: &Query, method: &str) -> Option<Type> {
        let row = Type::Local(query.row?, Vec::new());
        let written = self.rules_of(&query.krate)?.gives.get(method)?;
        Some(self.catalog_type(&written.0, &Type::Unknown, &Type::Unknown, &row))
    }

    /// Whether a method runs the statement that it is called on, whatever it is given.
    pub(super) fn runs(&self, name: &str, receiver: &Receiver) -> bool {
        let Some(query) = &receiver.query else {
            return false;
        };
        let rules = self.rules_of(&query.krate);
        rules.is_some_and(|rules| listed(&rules.runs, name)) && !self.unnamed(query)
    }

    /// A bare table of which nothing is asked is no statement.
    fn unnamed(&self, query: &Query) -> bool {
        query.tables.is_empty() && !matches!(query.verb, QueryVerb::Sql(..))
    }

    /// The statement that a parameter of this type is, whose text is known to who passes it: `query: Query<'_, Postgres, ..>`.
    pub(super) fn statement_given(&self, ty: &Type, pat: &Pat) -> Option<Arc<Query>> {
        let Type::External(path, _) = ty else {
            return None;
        };
        let mut libraries = self.catalog().effects.statements.iter();
        let library = libraries.find(|rules| listed(&rules.text_types, path))?;
        let text = Arc::from(format!("{{{}}}", named(pat)?));
        let verb = QueryVerb::Sql(text, Vec::new());
        Some(Arc::new(Query::new(&library.krate, verb, None)))
    }

    /// The statement that a run runs: of the receiver, of an argument, or the text it is given.
    pub(super) fn statement_run(
        &mut self,
        method: Option<(&str, &Receiver)>,
        given: &Given,
    ) -> Option<Arc<Query>> {
        let of_receiver = method.and_then(|(_, receiver)| receiver.query.as_ref());
        let of_receiver = of_receiver.map(|query| with_parameters(query, given));
        let of_model = |reader: &mut Self| {
            let (name, receiver) = method?;
            reader.model_run(name, receiver)
        };
        let known = of_receiver.or_else(|| of_model(self)).or_else(|| {
            given
                .query
                .as_ref()
                .map(|query| with_parameters(query, given))
        });
        known.or_else(|| {
            let text = given.text.clone()?;
            let verb = QueryVerb::Sql(text, given.parameters.clone());
            Some(Arc::new(Query::new("", verb, None)))
        })
    }
}

/// A statement that was prepared with the parameters that it is run with.
fn with_parameters(query: &Arc<Query>, given: &Given) -> Arc<Query> {
    match &query.verb {
        QueryVerb::Sql(text, known) if known.is_empty() && !given.parameters.is_empty() => {
            let verb = QueryVerb::Sql(Arc::clone(text), given.parameters.clone());
            Arc::new(Query {
                verb,
                ..Query::clone(query)
            })
        }
        _ => Arc::clone(query),
    }
}

/// A column that is named once more where it is set counts in what it is set to: `(Total, Expr::col(Total).add(1))`.
fn named_again(columns: Vec<Column>) -> Vec<Column> {
    let mut once: Vec<Column> = Vec::with_capacity(columns.len());
    for column in columns {
        match once.iter_mut().find(|known| known.name == column.name) {
            Some(known) => known.relative = true,
            None => once.push(column),
        }
    }
    once
}

/// A column that is set, perhaps once more.
fn add_column(columns: &mut Vec<Column>, column: Column) {
    match columns.iter_mut().find(|known| known.name == column.name) {
        Some(known) => {
            known.origin = known.origin.and(column.origin);
            known.relative |= column.relative;
            known.differs |= column.differs;
        }
        None => columns.push(column),
    }
}

/// `Option<..>`, as it is written.
fn is_optional(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::Path(path) if path.last() == "Option")
}

/// The type of the system that a value or its items are of.
fn local(ty: &Type) -> Option<TypeId> {
    match ty {
        Type::Local(id, _) => Some(*id),
        Type::List(item) => local(item),
        Type::External(_, arguments) => arguments.first().and_then(local),
        _ => None,
    }
}

/// Whether a path is in a list: by itself, or by its type and name (`Uuid::new_v4` of whatever
/// crate hands it on).
pub(super) fn named_in(list: &WordList, path: &str) -> bool {
    if listed(list, path) {
        return true;
    }
    let Some(wanted) = type_and_name(path) else {
        return false;
    };
    let mut named = list.iter().filter(|known| known.ends_with(wanted.1));
    named.any(|known| type_and_name(known) == Some(wanted))
}

/// The type and the name that a path of an associated function ends with.
fn type_and_name(path: &str) -> Option<(&str, &str)> {
    let mut parts = path.rsplit("::");
    let (name, owner) = (parts.next()?, parts.next()?);
    let is_type = owner.starts_with(|c: char| c.is_ascii_uppercase());
    is_type.then_some((owner, name))
}
