//! What the code does to stores, brokers and other services: statements read, tables known, every
//! function's steps in order.

use super::Functions;
use super::infer::{
    Column, FoundEffect, FoundRecord, FoundTrace, Inferred, Lineage, Query, QueryVerb,
};
use super::program::FunctionId;
use crate::catalog::{CallRules, Catalog, EffectRules, listed, split_words};
use crate::model::{
    CallKind, CodeEffect, ColumnValue, EffectKind, NextRows, OnConflict, Origin, Record, Said,
    Site, System, Trace,
};
use crate::problem::Problem;
use crate::read::FileFacts;
use crate::read::sql::{Routine, SqlValue, Statement, Verb, shown_table, with_names};
use crate::source::Sources;
use foldhash::HashMap;
use rayon::prelude::*;
use smol_str::SmolStr;

/// Adds every effect, and for each function of the call graph what it does in order. Gives what of
/// the SQL in the code could not be read.
pub(super) fn effects(
    sources: &Sources,
    facts: &[FileFacts],
    functions: &Functions,
    inferred: &Inferred,
    catalog: &Catalog,
    system: &mut System,
) -> Vec<Problem> {
    let reader = Reader {
        catalog,
        keeps_sessions: inferred.keeps_sessions,
        routines: routines(sources, facts),
    };
    let first_of = |same: &Vec<FunctionId>| &inferred.traces[same[0].0];
    let read: Vec<Vec<(Vec<CodeEffect>, Option<Problem>)>> = functions
        .same
        .par_iter()
        .with_max_len(16)
        .map(|same| {
            let found = &first_of(same).effects;
            found.iter().map(|effect| reader.read(effect)).collect()
        })
        .collect();
    let mut problems = Vec::new();
    for (same, read) in functions.same.iter().zip(read) {
        let found = first_of(same);
        let mut effects = Vec::new();
        for (read, problem) in read {
            let start = system.effects.len();
            system.effects.extend(read);
            effects.push((start..system.effects.len()).collect());
            problems.extend(problem);
        }
        system.traces.push(trace(functions, found, effects));
    }
    problems.extend(super::said::said(functions, inferred, &reader, system));
    for (handler, extractors) in &inferred.extractors {
        let index = |id: &FunctionId| functions.index[id.0];
        let made = extractors.iter();
        let extractors = made.map(|(id, optional)| (index(id), *optional)).collect();
        system.extractors.insert(index(handler), extractors);
    }
    for (handler, keys) in &inferred.given_keys {
        let index = functions.index[handler.0];
        system.given_keys.insert(index, keys.clone());
    }
    problems
}

/// The functions of databases that migrations make; of several of a name, the one of the last file.
fn routines<'f>(sources: &Sources, facts: &'f [FileFacts]) -> HashMap<&'f str, &'f Routine> {
    let mut files: Vec<(&str, &[Routine])> = Vec::new();
    for (id, source) in sources.iter() {
        if let FileFacts::Sql(file) = &facts[id.0 as usize]
            && !file.routines.is_empty()
        {
            files.push((&source.path, &file.routines));
        }
    }
    files.sort_by_key(|(path, _)| *path);
    let all = files.into_iter().flat_map(|(_, routines)| routines);
    all.map(|routine| (routine.name.as_str(), routine))
        .collect()
}

fn trace(functions: &Functions, found: &FoundTrace, effects: Vec<Vec<usize>>) -> Trace {
    let sites = found.sites.iter().map(|site| {
        let mut called: Vec<usize> = site
            .functions
            .iter()
            .map(|id| functions.index[id.0])
            .collect();
        called.sort_unstable();
        called.dedup();
        Site {
            functions: called,
            span: site.span,
            required: site.required,
            ignored: site.ignored,
            origins: site.origins.iter().map(|origin| origin.settled()).collect(),
            table: site.table.as_ref().map(ToString::to_string),
            records: site
                .records
                .iter()
                .map(|(index, record)| {
                    let record = match record {
                        FoundRecord::Columns(columns, loaded, of) => Record::Columns {
                            of: *of,
                            columns: column_values(columns),
                            loaded: *loaded,
                        },
                        FoundRecord::Parameter(parameter) => Record::Parameter(*parameter),
                    };
                    (*index, record)
                })
                .collect(),
            chosen: site.chosen.iter().map(|id| functions.index[id.0]).collect(),
            later: site.later.map(|item| item.0),
            announced: site.announced,
            texts: Vec::new(),
            variants: site.variants.clone(),
            asked: site.asked,
            types: site.types.clone(),
        }
    });
    Trace {
        steps: found.steps.clone(),
        effects,
        sites: sites.collect(),
        tells: found.tells,
        keys: found.keys.clone(),
        key_fields: found.key_fields.clone(),
        extends_request: found.extends_request,
        of_trait: found.of_trait,
        owner: found.owner.map(|owner| owner.0),
        answers_conflicts: false,
        unseen: found.unseen.clone(),
    }
}

/// How many parameters of a function of a database are told apart.
const MAX_GIVEN: usize = 64;

/// Reads what was found.
pub(super) struct Reader<'c> {
    catalog: &'c Catalog,
    keeps_sessions: bool,
    /// The functions of databases that migrations make, by their names.
    routines: HashMap<&'c str, &'c Routine>,
}

impl Reader<'_> {
    /// What one place in the code does: several things where a statement has several parts.
    pub(super) fn read(&self, found: &FoundEffect) -> (Vec<CodeEffect>, Option<Problem>) {
        let (mut effects, problem) = match &found.query {
            Some(query) => self.statement(found, query),
            None => (vec![self.call(found)], None),
        };
        let many = listed(&self.catalog.effects.many, &found.called);
        effects.iter_mut().for_each(|effect| effect.many = many);
        (effects, problem)
    }

    fn statement(&self, found: &FoundEffect, query: &Query) -> (Vec<CodeEffect>, Option<Problem>) {
        let QueryVerb::Sql(text, parameters) = &query.verb else {
            return (vec![built(found, query)], None);
        };
        let lower = text.to_ascii_lowercase();
        let locks = ["for update", "advisory", "serializable"]
            .iter()
            .any(|words| lower.contains(words));
        match crate::read::sql::parse(&with_names(text)) {
            Ok(statements) if !statements.is_empty() => {
                let effects = statements.iter().flat_map(|statement| {
                    let mut effect = written(found, statement, parameters);
                    let mut does = self.does(found, statement, parameters);
                    if let Some((kind, function)) = self.called(statement) {
                        effect.kind = kind;
                        if effect.target.is_empty() {
                            effect.target.push_str(function);
                        }
                    }
                    does.push(effect);
                    for effect in &mut does {
                        effect.locks = locks;
                        effect.krate.clone_from(&query.krate);
                    }
                    does
                });
                (effects.collect(), None)
            }
            Ok(_) => {
                let mut effect = blank(found, EffectKind::Read);
                effect.locks = locks;
                (vec![effect], None)
            }
            Err(reason) => {
                // A text that is put together while the program runs is known in part only.
                let whole = !text.contains('{') && !query.in_pieces;
                let problem = whole.then(|| {
                    Problem::new(
                        found.span,
                        format!("SQL that cannot be read: {reason}"),
                        "what it changes is not known, and the endpoints that run it are labelled without it",
                    )
                });
                let (mut kind, table) = by_first_words(text);
                let unseen = text.starts_with('{') && found.said.statement.is_none();
                if unseen
                    && found.by_reader
                    && listed(&self.catalog.effects.reading_runs, &found.called)
                {
                    kind = EffectKind::Read;
                }
                let mut effect = blank(found, kind);
                effect.writes_unseen = true;
                if kind == EffectKind::Insert {
                    effect.conflict = conflict_in(&lower);
                    if effect
                        .conflict
                        .as_ref()
                        .is_some_and(|conflict| conflict.updates)
                    {
                        effect.kind = EffectKind::Upsert;
                    }
                }
                if let Some(table) = table {
                    effect.target.clone_from(&table);
                    effect.tables.push(table);
                }
                (vec![effect], problem)
            }
        }
    }

    /// What those functions write that a SELECT is there for and migrations make.
    fn does(
        &self,
        found: &FoundEffect,
        statement: &Statement,
        parameters: &[Lineage],
    ) -> Vec<CodeEffect> {
        let mut does = Vec::new();
        for called in &statement.functions {
            let name = called.name.rsplit('.').next().unwrap_or(&called.name);
            let Some(routine) = self.routines.get(name) else {
                continue;
            };
            let given = called.arguments.iter().map(|value| match value {
                SqlValue::Parameter(index) => parameters.get(*index).copied().unwrap_or_default(),
                SqlValue::Random => Origin::RANDOM.into(),
                SqlValue::Time => Origin::TIME.into(),
                SqlValue::Constant => Lineage::default(),
                _ => Origin::UNSEEN.into(),
            });
            // What is not given, a default fills in.
            let given = given.chain(std::iter::repeat_n(Origin::UNSEEN.into(), MAX_GIVEN));
            let given: Vec<Lineage> = given.take(MAX_GIVEN).collect();
            let writes = routine.writes.iter();
            does.extend(writes.map(|write| written(found, write, &given)));
            if routine.unseen || routine.calls.iter().any(|name| self.changes(name)) {
                let mut unseen = blank(found, EffectKind::Unknown);
                unseen.target.clone_from(&called.name);
                does.push(unseen);
            }
        }
        does
    }

    /// Whether what the body of a function calls changes something: one that migrations make, or one that says so by its name.
    fn changes(&self, name: &str) -> bool {
        let rules = &self.catalog.effects;
        let known = &rules.sql_functions;
        if let Some(inner) = self.routines.get(name) {
            return inner.unseen || !inner.writes.is_empty();
        }
        let words = split_words(name);
        let first = words.first().filter(|_| words.len() > 1);
        let lists = [&rules.acting_words, &known.writing_words];
        listed(&known.changing, name)
            || first.is_some_and(|first| lists.iter().any(|list| listed(list, first)))
    }

    /// What the functions do that a SELECT is there for; none where there are none that may do something.
    fn called<'t>(&self, statement: &'t Statement) -> Option<(EffectKind, &'t str)> {
        let rules = &self.catalog.effects;
        let known = &rules.sql_functions;
        statement.functions.iter().find_map(|function| {
            let function = &function.name;
            let kinds = [
                (&known.publish, Some(EffectKind::Publish)),
                (&known.delete, Some(EffectKind::Delete)),
                (&known.read, None),
            ];
            if let Some((_, kind)) = kinds.iter().find(|(names, _)| listed(names, function)) {
                return kind.map(|kind| (kind, function.as_str()));
            }
            let (schema, name) = function.rsplit_once('.').unwrap_or(("", function));
            if self.routines.contains_key(name) {
                return None;
            }
            let words = split_words(name);
            let first = words.first()?;
            let own = !schema.is_empty() && !listed(&known.schemas, schema);
            let unknown = match own {
                true => !listed(&rules.read_words, first),
                false => listed(&rules.acting_words, first) || listed(&known.writing_words, first),
            };
            unknown.then_some((EffectKind::Unknown, function.as_str()))
        })
    }

    /// A call without a statement: by its kind, its method and its name.
    fn call(&self, found: &FoundEffect) -> CodeEffect {
        let rules = &self.catalog.effects;
        let kind = match found.kind {
            _ if found.session && self.keeps_sessions => EffectKind::Session,
            _ if found.session => EffectKind::Read,
            Some(CallKind::Http) => self.request(found),
            Some(CallKind::Grpc) => match by_words(rules, &found.called, EffectKind::Request) {
                EffectKind::Read => EffectKind::RepeatableRequest,
                EffectKind::Set | EffectKind::Remove => EffectKind::RepeatableRequest,
                other => other,
            },
            Some(CallKind::Smtp) => EffectKind::Mail,
            Some(CallKind::BrokerPublish) => EffectKind::Publish,
            Some(CallKind::BrokerConsume) => EffectKind::Read,
            Some(CallKind::CloudSdk) => {
                let operation = match found.called.as_str() {
                    // A builder is sent: what it asks for is what it was made for.
                    "send" => found.target.as_deref().unwrap_or("send"),
                    other => other,
                };
                let known = rules.calls_of(&found.krate);
                match known.and_then(|known| by_rules(known, operation)) {
                    Some(kind) => kind,
                    // What a library of AWS does is called as the operation of the service is.
                    None if known.is_none() || found.krate.starts_with("aws_sdk_") => {
                        by_words(rules, operation, EffectKind::Request)
                    }
                    None => EffectKind::Unknown,
                }
            }
            Some(CallKind::Cache) => {
                let known = rules.calls_of(&found.krate);
                let commands = found.text.as_deref().unwrap_or("").to_ascii_lowercase();
                let kind = known.and_then(|known| {
                    by_rules(known, &found.called).or_else(|| by_commands(known, &commands))
                });
                kind.unwrap_or(EffectKind::Unknown)
            }
            Some(CallKind::Db) => {
                let known = rules.calls_of(&found.krate);
                let kind = known.and_then(|known| by_rules(known, &found.called));
                // What is removed from a table is not found there any more.
                let kind = kind.map(|kind| match kind {
                    EffectKind::Remove => EffectKind::Delete,
                    kind => kind,
                });
                // A statement that is a text may do anything, whatever it gives.
                let mut libraries = rules.statements.iter();
                let texts = libraries
                    .any(|library| library.krate == found.krate && !library.text_types.is_empty())
                    || listed(&rules.text_crates, &found.krate);
                kind.unwrap_or(match listed(&rules.reading_runs, &found.called) {
                    true if !texts || found.by_reader => EffectKind::Read,
                    _ => EffectKind::Unknown,
                })
            }
            None => EffectKind::Unknown,
        };
        let adds = |operator: &SmolStr| listed(&rules.adding_operators, operator);
        let kind = match kind {
            EffectKind::Update if found.operators.iter().any(adds) => EffectKind::Append,
            kind => kind,
        };
        let by_key = kind == EffectKind::Request && found.keyed;
        let kind = match by_key {
            true => EffectKind::RepeatableRequest,
            false => kind,
        };
        let mut effect = blank(found, kind);
        if kind == EffectKind::RepeatableRequest && !by_key {
            effect.key = Origin::REPEATABLE;
        }
        effect.writes_unseen = kind == EffectKind::Insert;
        effect.may_write |= self.runs_script(found);
        let commands = found.text.as_deref().unwrap_or("").to_ascii_lowercase();
        let mut called = commands.split_whitespace().chain([found.called.as_str()]);
        let pops = rules.calls_of(&found.krate).is_some_and(|known| {
            kind == EffectKind::Delete && called.any(|name| listed(&known.pop, name))
        });
        effect.next = pops.then(NextRows::default);
        // A collection is named where its handle is made.
        let named = found.target.as_ref().filter(|name| is_name(name));
        let named = named.filter(|_| found.kind == Some(CallKind::Db));
        effect.tables.extend(named.cloned());
        effect
    }

    /// Whether a command runs a program in the store.
    fn runs_script(&self, found: &FoundEffect) -> bool {
        let rules = self.catalog.effects.calls_of(&found.krate);
        let command = found.text.as_deref().unwrap_or("");
        let command = command.split_whitespace().next().unwrap_or("");
        rules.is_some_and(|rules| listed(&rules.scripts, &command.to_ascii_lowercase()))
    }

    fn request(&self, found: &FoundEffect) -> EffectKind {
        let rules = &self.catalog.effects;
        let target = found.target.as_deref().unwrap_or("");
        let words = split_words(target);
        if words.iter().any(|word| listed(&rules.invalidations, word)) || found.asks {
            return EffectKind::RepeatableRequest;
        }
        let path = target.split(['?', '#']).next().unwrap_or(target);
        let last = split_words(
            path.trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or(path),
        );
        let token = path.trim_end_matches('/').to_ascii_lowercase();
        let token = rules
            .token_paths
            .iter()
            .any(|end| token.ends_with(end.as_str()));
        // `is_allowed(..)`, `search(..)`: what a function asks by its name, it asks for.
        let by_name = found.by_reader && found.asks_by_name;
        let asks = token
            || by_name
            || last.iter().any(|word| listed(&rules.asking_words, word))
            || self.catalog.words.asks_alone(&last);
        let named = path
            .rsplit('/')
            .find(|part| !part.is_empty() && !part.starts_with('{'));
        let mut named = named.into_iter().flat_map(split_words);
        let ends = named.any(|word| listed(&rules.ending_words, &word));
        match found.method.as_deref() {
            Some("POST") if ends => EffectKind::RepeatableRequest,
            Some("POST") if asks => EffectKind::RepeatableRequest,
            Some("POST") => EffectKind::Request,
            Some("GET" | "HEAD" | "OPTIONS") => EffectKind::Read,
            Some(_) => EffectKind::RepeatableRequest,
            None => {
                let known = rules.calls_of(&found.krate);
                let kind = known.and_then(|known| by_rules(known, &found.called));
                kind.unwrap_or_else(|| match listed(&rules.plain_sends, &found.called) {
                    true => EffectKind::Unknown,
                    // A client whose methods say what they ask for.
                    false => by_words(rules, &found.called, EffectKind::Request),
                })
            }
        }
    }
}

/// Whether a target is the name of a table or collection.
fn is_name(target: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !target.is_empty() && target.chars().all(plain)
}

/// What a method of a client does, by the words of its name.
fn by_words(rules: &EffectRules, name: &str, otherwise: EffectKind) -> EffectKind {
    let words = split_words(name);
    let Some(first) = words.first() else {
        return otherwise;
    };
    if words.iter().any(|word| listed(&rules.invalidations, word)) {
        EffectKind::Set
    } else if listed(&rules.read_words, first) {
        EffectKind::Read
    } else if listed(&rules.set_words, first) {
        EffectKind::Set
    } else if listed(&rules.remove_words, first) {
        EffectKind::Remove
    } else {
        otherwise
    }
}

fn by_rules(rules: &CallRules, name: &str) -> Option<EffectKind> {
    let kinds = [
        (&rules.asks, EffectKind::RepeatableRequest),
        (&rules.read, EffectKind::Read),
        (&rules.set, EffectKind::Set),
        (&rules.remove, EffectKind::Remove),
        (&rules.take, EffectKind::Delete),
        (&rules.pop, EffectKind::Delete),
        (&rules.insert, EffectKind::Insert),
        (&rules.update, EffectKind::Update),
        (&rules.count, EffectKind::Count),
        (&rules.append, EffectKind::Append),
    ];
    let found = kinds.iter().find(|(names, _)| listed(names, name));
    found.map(|(_, kind)| *kind)
}

/// What several commands do that are run together: the one that may least be repeated counts.
fn by_commands(rules: &CallRules, commands: &str) -> Option<EffectKind> {
    let kinds = commands
        .split_whitespace()
        .filter_map(|command| by_rules(rules, command));
    kinds.max_by_key(|kind| match kind {
        EffectKind::Append | EffectKind::Insert => 3,
        EffectKind::Read => 0,
        EffectKind::Count => 1,
        _ => 2,
    })
}

/// Whether a statement that begins with what it reads may write in one of its parts.
fn writes_within(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    words.any(|word| {
        let verbs = ["delete", "insert", "merge", "update"];
        verbs.iter().any(|verb| word.eq_ignore_ascii_case(verb))
    })
}

/// What a text does that cannot be parsed, and to which table, by its first words.
fn by_first_words(text: &str) -> (EffectKind, Option<String>) {
    let mut words = text.split_whitespace().map(str::to_ascii_lowercase);
    let kind = match words.next().as_deref() {
        Some("insert") => EffectKind::Insert,
        Some("update") => EffectKind::Update,
        Some("delete") => EffectKind::Delete,
        // `SET search_path TO ..` is of the session alone, and what begins or ends a transaction of nobody else.
        Some(
            "select" | "set" | "begin" | "start" | "commit" | "end" | "rollback" | "savepoint"
            | "release" | "pragma" | "explain",
        ) => EffectKind::Read,
        Some("with") if !writes_within(text) => EffectKind::Read,
        _ => EffectKind::Unknown,
    };
    let table = match kind {
        EffectKind::Insert => words.skip_while(|word| word != "into").nth(1),
        EffectKind::Update => words.next(),
        EffectKind::Delete | EffectKind::Read => words.skip_while(|word| word != "from").nth(1),
        _ => None,
    };
    let plain = |name: String| {
        let name = name.split('(').next().unwrap_or(&name).to_owned();
        let name = name.trim_matches(['"', '`', ';', ',']).to_owned();
        let known = name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '{' | '}'));
        (known && !name.is_empty()).then_some(name)
    };
    (kind, table.and_then(plain))
}

/// What an insert does on a conflict that stands in a text which is known in part only, in small letters.
fn conflict_in(text: &str) -> Option<OnConflict> {
    if text.contains("on duplicate key update") {
        return Some(OnConflict {
            columns: Vec::new(),
            updates: true,
            any_key: true,
            replaced: Vec::new(),
        });
    }
    let (_, after) = text.split_once("on conflict")?;
    let listed = after.trim_start().strip_prefix('(');
    let listed = listed.and_then(|rest| rest.split_once(')'));
    let columns = listed.map_or("", |(columns, _)| columns).split(',');
    let columns = columns.map(|column| column.trim().trim_matches(['"', '`']).to_owned());
    let columns: Vec<String> = columns.filter(|column| !column.is_empty()).collect();
    Some(OnConflict {
        any_key: columns.is_empty(),
        updates: !after.contains("do nothing"),
        columns,
        replaced: Vec::new(),
    })
}

fn blank(found: &FoundEffect, kind: EffectKind) -> CodeEffect {
    CodeEffect {
        kind,
        target: target(found),
        span: found.span,
        krate: found.krate.clone(),
        transactional: !found.session && found.kind.is_none_or(|kind| kind == CallKind::Db),
        in_memory: false,
        tables: Vec::new(),
        written: Vec::new(),
        writes_unseen: false,
        record: None,
        filter: Vec::new(),
        conflict: None,
        only_once: false,
        next: None,
        required: found.required,
        origin: found.origin.settled(),
        key: found.key.settled(),
        consumes: found.kind == Some(CallKind::BrokerConsume),
        may_write: matches!(found.kind, None | Some(CallKind::Db | CallKind::Http)),
        locks: false,
        many: false,
        // To whom a request goes is shown with its method.
        said: match found.kind {
            Some(CallKind::Http) => Said {
                target: None,
                address: found.said.target,
                ..found.said
            },
            _ => found.said,
        },
    }
}

fn target(found: &FoundEffect) -> String {
    let target = found.target.as_deref().filter(|target| !target.is_empty());
    match (target, &found.method) {
        (Some(target), Some(method)) => format!("{method} {target}"),
        (Some(target), None) => target.to_owned(),
        (None, Some(method)) => method.clone(),
        (None, None) => found.called.to_string(),
    }
}

fn column_values(columns: &[Column]) -> Vec<ColumnValue> {
    let values = columns.iter().map(|column| ColumnValue {
        column: column.name.to_string(),
        origin: column.origin.settled(),
        relative: column.relative,
        merged: false,
        differs: column.differs,
        constant: false,
    });
    values.collect()
}

/// A statement that a library built.
fn built(found: &FoundEffect, query: &Query) -> CodeEffect {
    let kind = match query.verb {
        QueryVerb::Select | QueryVerb::Sql(..) => EffectKind::Read,
        QueryVerb::Insert => match &query.conflict {
            Some((_, true)) => EffectKind::Upsert,
            _ => EffectKind::Insert,
        },
        QueryVerb::Update => EffectKind::Update,
        QueryVerb::Delete => EffectKind::Delete,
    };
    let tables: Vec<String> = query.tables.iter().map(ToString::to_string).collect();
    CodeEffect {
        target: tables.first().cloned().unwrap_or_default(),
        krate: query.krate.clone(),
        transactional: !query.in_memory,
        in_memory: query.in_memory,
        next: query.takes_next.then(NextRows::default),
        tables,
        written: column_values(&query.written),
        writes_unseen: query.writes_unseen,
        record: query.record,
        filter: column_values(&query.filter),
        conflict: query
            .conflict
            .as_ref()
            .map(|(columns, updates)| OnConflict {
                columns: columns.iter().map(ToString::to_string).collect(),
                updates: *updates,
                any_key: false,
                replaced: Vec::new(),
            }),
        only_once: query.filter.iter().any(|column| column.differs),
        ..blank(found, kind)
    }
}

/// A part of a statement as SQL.
fn written(found: &FoundEffect, statement: &Statement, parameters: &[Lineage]) -> CodeEffect {
    let kind = match (statement.verb, &statement.conflict) {
        (Verb::Select, _) => EffectKind::Read,
        (Verb::Insert, Some(conflict)) if conflict.updates => EffectKind::Upsert,
        (Verb::Insert, _) => EffectKind::Insert,
        (Verb::Update, _) => EffectKind::Update,
        (Verb::Delete, _) => EffectKind::Delete,
    };
    let columns = |values: &[(String, SqlValue)]| -> Vec<ColumnValue> {
        let values = values.iter().map(|(column, value)| ColumnValue {
            column: column.clone(),
            origin: match value {
                SqlValue::Parameter(index) => parameters
                    .get(*index)
                    .copied()
                    .unwrap_or_default()
                    .settled(),
                SqlValue::Random => Origin::RANDOM,
                SqlValue::Time => Origin::TIME,
                SqlValue::Other => Origin::UNSEEN,
                _ => Origin::REPEATABLE,
            },
            relative: matches!(value, SqlValue::Relative | SqlValue::Merged),
            merged: *value == SqlValue::Merged,
            differs: false,
            constant: !matches!(value, SqlValue::Parameter(_)),
        });
        values.collect()
    };
    // What a default fills in, nobody gives.
    let given: Vec<(String, SqlValue)> = statement
        .values
        .iter()
        .filter(|(_, value)| *value != SqlValue::Default || statement.verb != Verb::Insert)
        .cloned()
        .collect();
    let reset = statement
        .values
        .iter()
        .any(|(_, value)| *value == SqlValue::Default);
    let tables: Vec<String> = (statement.tables.iter())
        .map(|table| shown_table(table))
        .collect();
    let mut effect = CodeEffect {
        target: tables.first().cloned().unwrap_or_default(),
        transactional: true,
        tables,
        written: columns(&given),
        writes_unseen: statement.verb == Verb::Insert && statement.values.is_empty(),
        filter: columns(&statement.filter),
        conflict: statement.conflict.as_ref().map(|conflict| OnConflict {
            columns: conflict.columns.clone(),
            updates: conflict.updates,
            any_key: conflict.columns.is_empty(),
            replaced: conflict.replaced.clone(),
        }),
        only_once: statement.only_once,
        next: statement.next.as_ref().map(|next| NextRows {
            filter: columns(&next.filter),
            skips_locked: next.skips_locked,
        }),
        ..blank(found, kind)
    };
    if reset && statement.verb == Verb::Update {
        for (column, value) in &statement.values {
            if *value == SqlValue::Default {
                let known = effect
                    .written
                    .iter_mut()
                    .find(|known| known.column == *column);
                if let Some(known) = known {
                    known.origin = known.origin.and(Origin::RANDOM);
                }
            }
        }
    }
    effect
}
