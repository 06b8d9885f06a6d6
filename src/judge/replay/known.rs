//! What is asked of the system again and again while handlers are replayed, looked up once.

use super::unfold::Occurrence;
use crate::catalog::{Catalog, EffectRules, is_word, spells, split_words, words_of};
use crate::model::{CodeEffect, ComponentKind, HandlerCode, Record, Step, System, Table};
use crate::source::Sources;
use fixedbitset::FixedBitSet;
use foldhash::HashMap;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is done to a table that has no name.
const NAMELESS: &str = "a table";

/// The system, and what its names mean.
pub(super) struct Known<'s> {
    pub(super) system: &'s System,
    pub(super) rules: &'s EffectRules,
    sources: &'s Sources,
    /// Which functions lead to an effect.
    pub(super) relevant: Vec<bool>,
    /// Which of them keep a log: `log_event` and `audit_change`; not `log_in`.
    pub(super) keeps_log: Vec<bool>,
    effects: Vec<Named<'s>>,
    /// What the words of targets and tables say.
    names: HashMap<&'s str, Words>,
    /// The tables of a name, with the directories of their migrations.
    tables: HashMap<&'s str, Vec<(&'s str, &'s Table)>>,
    /// The packages of the functions.
    pub(super) packages: Packages,
    /// The functions that each program runs.
    run: Vec<Arc<FixedBitSet>>,
    /// The functions that read a key.
    pub(super) reading_keys: Vec<usize>,
    /// What is written to a store is published by another component.
    pub(super) captured: bool,
    /// The columns whose names speak of idempotency; none where nobody reads a key.
    pub(super) key_columns: BTreeSet<&'s str>,
}

/// Which programs run something, by their numbers among the executables of the system.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Programs {
    run: Vec<usize>,
    /// The package that it stands in, by its number.
    package: Option<usize>,
}

/// The packages of the functions of a system, by number.
pub(super) struct Packages {
    /// The package of each function.
    pub(super) of: Vec<usize>,
    /// For each package, those that stand in one program with it; none where no program holds it.
    linked: Vec<Option<FixedBitSet>>,
}

impl Packages {
    fn new<'s>(system: &'s System) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::default();
        let mut number = |name: &'s str| {
            let next = numbers.len();
            *numbers.entry(name).or_insert(next)
        };
        let functions = system.call_graph.functions.iter();
        let of = functions
            .map(|function| number(&function.package))
            .collect();
        let mut programs: Vec<FixedBitSet> = Vec::new();
        for packages in &system.linked {
            programs.push(packages.iter().map(|package| number(package)).collect());
        }
        let mut linked: Vec<Option<FixedBitSet>> = vec![None; numbers.len()];
        for program in &programs {
            for package in program.ones() {
                let known = linked[package].get_or_insert_with(FixedBitSet::new);
                known.union_with(program);
            }
        }
        Self { of, linked }
    }

    /// The packages that stand in one program with a package.
    pub(super) fn linked(&self, package: usize) -> Option<&FixedBitSet> {
        self.linked[package].as_ref()
    }
}

/// The names of an effect.
struct Named<'s> {
    /// The tables that it reads or writes, where they are named.
    tables: Vec<&'s str>,
    /// To what it is done, where that has a name, and what its words say.
    target: Option<(&'s str, Words)>,
    /// What one of the names says.
    bookkeeping: bool,
}

/// What the words of a name say.
#[derive(Clone, Copy, Default)]
pub(super) struct Words {
    /// It only counts.
    pub(super) bookkeeping: bool,
    /// A safe method may write it.
    pub(super) visits: bool,
    /// It holds a log, where a function that keeps one writes it.
    pub(super) log: bool,
    /// It holds what is to be sent.
    pub(super) outbox: bool,
    /// A cache takes a key only once.
    pub(super) once: bool,
}

impl Words {
    fn of(name: &str, rules: &EffectRules) -> Self {
        let words = split_words(name);
        let listed = |list: &[String]| words.iter().any(|word| list.contains(word));
        let spoken = format!(" {} ", words.join(" "));
        let mut counting = rules.bookkeeping_tables.iter();
        Self {
            bookkeeping: counting.any(|known| spoken.contains(&format!(" {known} "))),
            visits: listed(&rules.visit_tables),
            log: listed(&rules.log_tables),
            outbox: listed(&rules.outboxes),
            once: words
                .iter()
                .any(|word| matches!(word.as_str(), "nx" | "setnx" | "hsetnx")),
        }
    }
}

impl<'s> Known<'s> {
    pub(super) fn new(system: &'s System, sources: &'s Sources, catalog: &'s Catalog) -> Self {
        let rules = &catalog.effects;
        let relevant = relevant(system);
        let mut names: HashMap<&str, Words> = HashMap::default();
        names.insert(NAMELESS, Words::of(NAMELESS, rules));
        let sites = system.traces.iter().flat_map(|trace| &trace.sites);
        let tables = sites.filter_map(|site| site.table.as_deref());
        let named = |effect: &'s CodeEffect| {
            let tables = effect.tables.iter().chain([&effect.target]);
            tables.map(String::as_str).filter(|name| !name.is_empty())
        };
        let texts = system.texts.iter().map(String::as_str);
        let tables = tables.chain(texts);
        for name in tables.chain(system.effects.iter().flat_map(named)) {
            names.entry(name).or_insert_with(|| Words::of(name, rules));
        }
        let effects = system.effects.iter().map(|effect| Named {
            tables: effect
                .tables
                .iter()
                .map(String::as_str)
                .filter(|name| !name.is_empty())
                .collect(),
            target: names
                .get_key_value(effect.target.as_str())
                .map(|(name, words)| (*name, *words)),
            bookkeeping: named(effect).any(|name| names[name].bookkeeping),
        });
        let effects = effects.collect();
        let mut tables: HashMap<&str, Vec<(&str, &Table)>> = HashMap::default();
        for (directory, known) in &system.schemas {
            for (name, table) in known {
                tables.entry(name).or_default().push((directory, table));
            }
        }
        let functions = system.call_graph.functions.iter();
        let keeps_log = functions
            .zip(&relevant)
            .map(|(function, relevant)| *relevant && keeps_log(&function.name, &rules.log_words));
        let keeps_log = keeps_log.collect();
        let traces = system.traces.iter().enumerate();
        let reading_keys = traces.filter(|(_, trace)| !trace.keys.is_empty());
        let reading_keys: Vec<usize> = reading_keys.map(|(function, _)| function).collect();
        let key_columns = match reading_keys.is_empty() && system.given_keys.is_empty() {
            true => BTreeSet::new(),
            false => key_columns(system),
        };
        Self {
            system,
            rules,
            sources,
            relevant,
            keeps_log,
            effects,
            names,
            tables,
            packages: Packages::new(system),
            run: system
                .executables
                .par_iter()
                .map(|program| Arc::new(program.functions.iter().copied().collect()))
                .collect(),
            reading_keys,
            captured: captured(system, rules),
            key_columns,
        }
    }

    /// The programs that run a handler: those of its service, where that is a package with programs of its own.
    pub(super) fn programs_of(&self, service: &str, code: &HandlerCode) -> Programs {
        let function = match code {
            HandlerCode::Functions(functions) => functions.first(),
            HandlerCode::Closure(function, _) => Some(function),
        };
        let Some(function) = function else {
            return Programs::default();
        };
        let executables = &self.system.executables;
        let run = self.run.iter().enumerate();
        let run = run.filter(|(_, run)| run.contains(*function));
        let run: Vec<usize> = run.map(|(at, _)| at).collect();
        let own = |at: &usize| executables[*at].package == service;
        let of_service: Vec<usize> = run.iter().copied().filter(own).collect();
        Programs {
            run: if of_service.is_empty() {
                run
            } else {
                of_service
            },
            package: Some(self.packages.of[*function]),
        }
    }

    /// The functions that one of some programs runs; where none is known, those of the packages that stand in one
    /// with the handler's.
    pub(super) fn run_by(&self, programs: &Programs) -> Option<Arc<FixedBitSet>> {
        if let [only] = programs.run.as_slice() {
            return Some(Arc::clone(&self.run[*only]));
        }
        let mut all = FixedBitSet::with_capacity(self.packages.of.len());
        for at in &programs.run {
            all.union_with(&self.run[*at]);
        }
        if programs.run.is_empty() {
            let linked = self.packages.linked(programs.package?)?;
            let of = self.packages.of.iter().enumerate();
            let held = of.filter(|(_, package)| linked.contains(**package));
            all.extend(held.map(|(at, _)| at));
        }
        Some(Arc::new(all))
    }

    pub(super) fn effect(&self, occurrence: &Occurrence<'_>) -> &'s CodeEffect {
        &self.system.effects[occurrence.effect]
    }

    /// The tables that an effect reads or writes.
    pub(super) fn tables<'o>(&'o self, occurrence: &'o Occurrence<'s>) -> &'o [&'s str] {
        match self.effects[occurrence.effect].tables.as_slice() {
            [] => occurrence.table.as_slice(),
            named => named,
        }
    }

    /// To what it is done, in words.
    pub(super) fn target(&self, occurrence: &Occurrence<'s>) -> &'s str {
        match (occurrence.named, self.effects[occurrence.effect].target) {
            (Some(named), _) => named,
            (None, Some((target, _))) => target,
            (None, None) => occurrence.table.unwrap_or(NAMELESS),
        }
    }

    /// What the words of that say.
    pub(super) fn words(&self, occurrence: &Occurrence<'s>) -> Words {
        match self.effects[occurrence.effect].target {
            Some((_, words)) if occurrence.named.is_none() => words,
            _ => self.words_of(self.target(occurrence)),
        }
    }

    fn words_of(&self, name: &str) -> Words {
        self.names.get(name).copied().unwrap_or_default()
    }

    pub(super) fn bookkeeping(&self, occurrence: &Occurrence<'s>) -> bool {
        let named = &self.effects[occurrence.effect];
        let whole = !named.tables.is_empty() && named.target.is_some();
        if named.bookkeeping || whole && occurrence.named.is_none() {
            return named.bookkeeping;
        }
        let tables = self.tables(occurrence).iter().copied();
        let mut names = tables.chain([self.target(occurrence)]);
        names.any(|name| self.words_of(name).bookkeeping)
    }

    pub(super) fn share_table(&self, one: &Occurrence<'s>, other: &Occurrence<'s>) -> bool {
        let others = self.tables(other);
        self.tables(one).iter().any(|table| others.contains(table))
    }

    /// The table of a name, of the database whose migrations stand nearest to the code.
    pub(super) fn table(&self, occurrence: &Occurrence<'s>) -> Option<&'s Table> {
        let name = self.tables(occurrence).first()?;
        let file = &self.sources.get(self.effect(occurrence).span.source).path;
        let near = |directory: &str| {
            let a = directory.split('/');
            a.zip(file.split('/')).take_while(|(a, b)| a == b).count()
        };
        let known = self.tables.get(name)?.iter();
        known
            .max_by_key(|(directory, _)| near(directory))
            .map(|(_, table)| *table)
    }
}

/// Which functions lead to an effect.
fn relevant(system: &System) -> Vec<bool> {
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); system.traces.len()];
    let mut pending = Vec::new();
    let mut found = vec![false; system.traces.len()];
    for (function, trace) in system.traces.iter().enumerate() {
        for called in trace.sites.iter().flat_map(|site| &site.functions) {
            callers[*called].push(function);
        }
        let does = trace.effects.iter().any(|effects| !effects.is_empty());
        let hands_over = trace.sites.iter().any(|site| site.later.is_some());
        let says = !trace.keys.is_empty() || !trace.unseen.is_empty();
        if does || hands_over || says || refuses_state(&trace.steps) {
            found[function] = true;
            pending.push(function);
        }
    }
    while let Some(function) = pending.pop() {
        for caller in &callers[function] {
            if !std::mem::replace(&mut found[*caller], true) {
                pending.push(*caller);
            }
        }
    }
    found
}

/// Whether a function ends with a failure by what the fields of a record are: `ensure_open(&order)?`.
fn refuses_state(steps: &[Step]) -> bool {
    steps.iter().any(|step| match step {
        Step::Branch { knows, arms, .. } => arms.iter().any(|(_, steps)| {
            let fails = |step: &Step| matches!(step, Step::Exit { fails: true });
            !knows.fields.is_empty() && steps.iter().any(fails) || refuses_state(steps)
        }),
        _ => false,
    })
}

/// Whether a function says by its name that it keeps a log: `log_change`, `record_audit_entry`; not `log_in`.
fn keeps_log(function: &str, log_words: &[String]) -> bool {
    let mut words = words_of(function.rsplit("::").next().unwrap_or(function)).peekable();
    let writes = [
        "add", "append", "insert", "record", "save", "store", "write",
    ];
    let written = words.next_if(|first| writes.iter().any(|known| is_word(first, known)));
    let (Some(first), second) = (words.next(), words.next()) else {
        return false;
    };
    let enters = |word: &str| {
        ["in", "off", "out"]
            .iter()
            .any(|known| is_word(word, known))
    };
    log_words.iter().any(|known| is_word(first, known))
        && second.map_or(written.is_some(), |word| !enters(word))
}

/// The columns that are written and whose names speak of idempotency.
fn key_columns(system: &System) -> BTreeSet<&str> {
    let sites = system.traces.iter().flat_map(|trace| &trace.sites);
    let records = sites.flat_map(|site| &site.records);
    let passed_on = records.filter_map(|(_, record)| match record {
        Record::Columns { columns, .. } => Some(columns),
        Record::Parameter(_) => None,
    });
    let written = system.effects.iter().map(|effect| &effect.written);
    let columns = written.chain(passed_on).flatten();
    let columns = columns.map(|value| value.column.as_str());
    columns
        .filter(|column| spells(column, "idempoten"))
        .collect()
}

/// Whether a component publishes what is written to a store.
fn captured(system: &System, rules: &EffectRules) -> bool {
    system.components.iter().any(|component| {
        component.kind == ComponentKind::StreamProcessor
            && component.technology.as_deref().is_some_and(|technology| {
                let mut known = rules.change_capture.iter();
                known.any(|known| technology.contains(known.as_str()))
            })
    })
}
