//! What happens when a handler runs, in order: the steps of its functions, one within the other,
//! as a list of effects, each with the conditions under which it happens.

use crate::catalog::split_words;
use crate::model::{
    By, ColumnValue, EffectKind, HandlerCode, Knows, Origin, Record, Step, System, Told, When,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How many effects of one handler are looked at.
const MAX_OCCURRENCES: usize = 600;

/// How many calls are followed for one handler.
const MAX_CALLS: usize = 4_000;

/// An effect that happens when a handler runs.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    /// The effect, by its number in the system.
    pub(super) effect: usize,
    /// What must hold for it to happen.
    pub(super) path: Vec<Rc<Condition>>,
    /// The transaction that it is part of.
    pub(super) transaction: Option<u32>,
    /// Where the parameters of its function come from.
    pub(super) parameters: Rc<[Origin]>,
    /// The table of the type that its function is called on.
    pub(super) table: Option<Rc<str>>,
    /// The columns that it writes, with where the values come from in this run.
    pub(super) written: Vec<ColumnValue>,
    /// The row that it writes was read before: it is there.
    pub(super) loaded: bool,
    /// The branches on the way to it, each with the ways that lead there, ordered.
    pub(super) branches: Vec<(u32, u64)>,
    /// It is part of the middleware around the handler, or of what makes its parameters.
    pub(super) around: bool,
    /// Where the message was said to be worked on before.
    pub(super) acknowledged: Option<Span>,
    /// It is done later, by whoever takes it from a channel.
    pub(super) later: bool,
    /// It keeps a log of what is done.
    pub(super) logs: bool,
}

impl Occurrence {
    /// Where a value of the effect comes from, with what its function was given.
    pub(super) fn origin(&self, written: Origin) -> Origin {
        written.with(|index| self.parameters.get(index).copied().unwrap_or_default())
    }
}

/// What must hold for an effect to happen.
#[derive(Debug)]
pub(super) enum Condition {
    /// One of these ways of a branch is taken.
    Arm {
        /// The branch.
        branch: u32,
        /// The ways, as bits.
        arms: u64,
        /// These occurrences did or found something, or nothing.
        told: Option<(Vec<usize>, bool)>,
        /// Fields of stored records that the branch looks at.
        fields: Vec<String>,
    },
    /// An occurrence did not fail, or found something.
    Needs(usize),
}

/// What a handler does.
#[derive(Debug, Default)]
pub(super) struct Unfolded {
    pub(super) occurrences: Vec<Occurrence>,
    /// The functions that it runs.
    pub(super) functions: Vec<usize>,
    /// Those of them that are not of the middleware around it.
    pub(super) own: BTreeSet<usize>,
    /// There was more than is looked at.
    pub(super) cut: bool,
}

/// Which functions lead to an effect.
pub(super) fn relevant(system: &System) -> Vec<bool> {
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); system.traces.len()];
    let mut pending = Vec::new();
    let mut found = vec![false; system.traces.len()];
    for (function, trace) in system.traces.iter().enumerate() {
        for called in trace.sites.iter().flat_map(|site| &site.functions) {
            callers[*called].push(function);
        }
        let does = trace.effects.iter().any(|effects| !effects.is_empty());
        if does || !trace.keys.is_empty() || !trace.unseen.is_empty() {
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

/// Runs middleware, then what makes the parameters, then the handler.
pub(super) fn unfold(
    system: &System,
    relevant: &[bool],
    log_words: &[String],
    code: &HandlerCode,
    layers: &[usize],
) -> Unfolded {
    let mut unfolder = Unfolder {
        system,
        relevant,
        out: Unfolded::default(),
        stack: Vec::new(),
        branches: 0,
        transactions: 0,
        calls: 0,
        around: true,
        acknowledged: None,
        later: false,
        logs: 0,
        log_words,
    };
    let (mut path, mut transaction) = (Vec::new(), None);
    for layer in layers {
        unfolder.call(*layer, client(), &mut path, &mut transaction);
    }
    match code {
        HandlerCode::Functions(functions) => {
            for function in functions {
                for extractor in system.extractors.get(function).into_iter().flatten() {
                    unfolder.call(*extractor, client(), &mut path, &mut transaction);
                }
            }
            unfolder.around = false;
            for function in functions {
                let mut path = path.clone();
                unfolder.call(*function, client(), &mut path, &mut transaction);
            }
        }
        HandlerCode::Closure(function, span) => {
            unfolder.around = false;
            if let Some(steps) = scope_at(&system.traces[*function].steps, *span) {
                let mut frame = Frame::new(system, *function, client());
                unfolder.steps(steps, &mut frame, &mut path, &mut transaction);
            }
        }
    }
    unfolder.out.functions.sort_unstable();
    unfolder.out.functions.dedup();
    unfolder.out
}

/// What a handler is given comes from the client.
fn client() -> Given {
    Given {
        parameters: Rc::from([Origin::CLIENT; 16]),
        ..Given::default()
    }
}

/// The steps of the closure at a place.
fn scope_at(steps: &[Step], wanted: Span) -> Option<&[Step]> {
    let inside = |span: &Span| {
        span.source == wanted.source && span.start >= wanted.start && span.end <= wanted.end
    };
    steps.iter().find_map(|step| match step {
        Step::Scope { span, steps, .. } if inside(span) => Some(steps.as_slice()),
        Step::Scope { steps, .. } | Step::Loop { steps, .. } => scope_at(steps, wanted),
        Step::Branch { arms, .. } => arms.iter().find_map(|(_, steps)| scope_at(steps, wanted)),
        _ => None,
    })
}

/// What a call of a function leaves behind.
#[derive(Default)]
struct Outcome {
    /// What its result tells of.
    tells: Option<(Vec<usize>, bool)>,
    /// What holds where it did not fail.
    holds: Vec<Rc<Condition>>,
}

/// One run of a function.
struct Frame {
    function: usize,
    /// For each effect of the function, its occurrences.
    effects: Vec<Vec<usize>>,
    /// For each call, what its result tells of.
    sites: Vec<Option<(Vec<usize>, bool)>>,
    /// What holds where the function did not fail.
    holds: Vec<Rc<Condition>>,
    /// Where its parameters come from.
    parameters: Rc<[Origin]>,
    /// The table of the type that it is called on.
    table: Option<Rc<str>>,
    /// The records among its parameters.
    records: BTreeMap<usize, Written>,
}

/// What is set of a record.
#[derive(Clone, Default)]
struct Written {
    columns: Vec<ColumnValue>,
    /// It was read from its table.
    loaded: bool,
}

/// What a function is given.
#[derive(Clone, Default)]
struct Given {
    parameters: Rc<[Origin]>,
    table: Option<Rc<str>>,
    records: BTreeMap<usize, Written>,
}

impl Frame {
    fn new(system: &System, function: usize, given: Given) -> Self {
        let trace = &system.traces[function];
        Self {
            function,
            effects: vec![Vec::new(); trace.effects.len()],
            sites: vec![None; trace.sites.len()],
            holds: Vec::new(),
            parameters: given.parameters,
            table: given.table,
            records: given.records,
        }
    }

    /// Columns with what the parameters of this run are.
    fn resolved(&self, columns: &[ColumnValue]) -> Vec<ColumnValue> {
        let given = |index: usize| self.parameters.get(index).copied().unwrap_or_default();
        let resolved = columns.iter().map(|column| ColumnValue {
            origin: column.origin.with(given),
            ..column.clone()
        });
        resolved.collect()
    }

    fn told(&self, told: Option<Told>) -> Option<(Vec<usize>, bool)> {
        let told = told?;
        let (found, positive) = match told.by {
            By::Effect(index) => (self.effects[index].clone(), true),
            By::Site(index) => self.sites[index].clone()?,
            By::Key(_) => return None,
        };
        (!found.is_empty()).then_some((found, positive ^ told.negated))
    }
}

/// How a list of steps ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With what comes after it.
    Open,
    /// The function ends.
    Exit { fails: bool },
    /// The turn of the loop ends.
    Leave,
}

struct Unfolder<'s> {
    system: &'s System,
    relevant: &'s [bool],
    out: Unfolded,
    stack: Vec<usize>,
    branches: u32,
    transactions: u32,
    calls: usize,
    /// The handler itself has not begun.
    around: bool,
    acknowledged: Option<Span>,
    later: bool,
    /// How many functions that keep a log are running.
    logs: usize,
    /// The first words of their names.
    log_words: &'s [String],
}

/// The branches of a path, ordered, with the ways that all of it allows.
fn branches_of(path: &Path) -> Vec<(u32, u64)> {
    let mut branches: Vec<(u32, u64)> = Vec::new();
    for condition in path {
        if let Condition::Arm { branch, arms, .. } = condition.as_ref() {
            match branches.iter_mut().find(|(known, _)| known == branch) {
                Some((_, known)) => *known &= arms,
                None => branches.push((*branch, *arms)),
            }
        }
    }
    branches.sort_unstable();
    branches
}

type Path = Vec<Rc<Condition>>;

impl Unfolder<'_> {
    fn call(
        &mut self,
        function: usize,
        given: Given,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> Outcome {
        self.out.functions.push(function);
        if !self.around {
            self.out.own.insert(function);
        }
        if !self.relevant[function] || self.stack.contains(&function) {
            return Outcome::default();
        }
        if self.calls >= MAX_CALLS || self.out.occurrences.len() >= MAX_OCCURRENCES {
            self.out.cut = true;
            return Outcome::default();
        }
        self.calls += 1;
        self.stack.push(function);
        let system = self.system;
        let trace = &system.traces[function];
        let mut frame = Frame::new(system, function, given);
        let mut inner = path.clone();
        let logs = self.keeps_log(function);
        self.logs += usize::from(logs);
        self.steps(&trace.steps, &mut frame, &mut inner, transaction);
        self.logs -= usize::from(logs);
        self.stack.pop();
        let tells = frame.told(trace.tells);
        path.extend(frame.holds.iter().cloned());
        Outcome {
            tells,
            holds: frame.holds,
        }
    }

    /// `log_event` and `audit_change`; not `log_in`.
    fn keeps_log(&self, function: usize) -> bool {
        let name = &self.system.call_graph.functions[function].name;
        let words = split_words(name.rsplit("::").next().unwrap_or(name));
        match words.as_slice() {
            [first, second, ..] => {
                self.log_words.contains(first) && !matches!(second.as_str(), "in" | "off" | "out")
            }
            _ => false,
        }
    }

    fn steps(
        &mut self,
        steps: &[Step],
        frame: &mut Frame,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> End {
        for step in steps {
            match step {
                Step::Effect(index) => self.effect(*index, frame, path, *transaction),
                Step::Call(index) => self.site(*index, frame, path, transaction),
                Step::Branch { knows, arms } => {
                    let end = self.branch(knows, arms, frame, path, transaction);
                    if end != End::Open {
                        return end;
                    }
                }
                Step::Loop { knows, steps } => {
                    let mut inner = path.clone();
                    inner.push(self.condition(frame, knows, 1, Some(true)));
                    for told in &knows.also {
                        let one = Knows {
                            told: Some(*told),
                            ..Knows::default()
                        };
                        inner.push(self.condition(frame, &one, 1, Some(true)));
                    }
                    let holds = frame.holds.len();
                    let before = self.acknowledged.take();
                    self.steps(steps, frame, &mut inner, transaction);
                    self.acknowledged = before;
                    frame.holds.truncate(holds);
                }
                Step::Scope {
                    transaction: begins,
                    steps,
                    ..
                } => {
                    let mut inner = path.clone();
                    let outside = *transaction;
                    if *begins {
                        *transaction = Some(self.new_transaction());
                    }
                    let holds = frame.holds.len();
                    self.steps(steps, frame, &mut inner, transaction);
                    path.extend(frame.holds[holds..].iter().cloned());
                    if *begins {
                        *transaction = outside;
                    }
                }
                Step::Begin => *transaction = Some(self.new_transaction()),
                Step::Commit => *transaction = None,
                Step::Acknowledge(span) => self.acknowledged = Some(*span),
                Step::Exit { fails } => return End::Exit { fails: *fails },
                Step::Leave => return End::Leave,
            }
        }
        End::Open
    }

    fn new_transaction(&mut self) -> u32 {
        self.transactions += 1;
        self.transactions
    }

    fn effect(
        &mut self,
        index: usize,
        frame: &mut Frame,
        path: &mut Path,
        transaction: Option<u32>,
    ) {
        for effect in &self.system.traces[frame.function].effects[index] {
            if self.out.occurrences.len() >= MAX_OCCURRENCES {
                self.out.cut = true;
                return;
            }
            let at = self.out.occurrences.len();
            let known = &self.system.effects[*effect];
            let record = known.record.and_then(|index| frame.records.get(&index));
            let (written, loaded) = match record {
                Some(record) => (record.columns.clone(), record.loaded),
                None => (frame.resolved(&known.written), false),
            };
            self.out.occurrences.push(Occurrence {
                written,
                loaded,
                branches: branches_of(path),
                around: self.around,
                acknowledged: self.acknowledged,
                later: self.later,
                logs: self.logs > 0,
                effect: *effect,
                path: path.clone(),
                transaction,
                parameters: Rc::clone(&frame.parameters),
                table: frame.table.clone(),
            });
            frame.effects[index].push(at);
            let fails = known.kind == EffectKind::Insert && known.conflict.is_none();
            if fails || known.required {
                let needs = Rc::new(Condition::Needs(at));
                path.push(Rc::clone(&needs));
                frame.holds.push(needs);
            }
        }
    }

    fn site(
        &mut self,
        index: usize,
        frame: &mut Frame,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) {
        let site = &self.system.traces[frame.function].sites[index];
        let known = |index: usize| frame.parameters.get(index).copied().unwrap_or_default();
        let origins = site.origins.iter().map(|origin| {
            let known = origin.with(known);
            // An argument is absent where its own type says so.
            let absent = origin.only(Origin::OPTIONAL);
            known.present().and(absent)
        });
        let parameters: Rc<[Origin]> = origins.collect();
        let own = site.table.as_deref().map(Rc::from);
        let records = site.records.iter().filter_map(|(index, record)| {
            let written = match record {
                Record::Columns { columns, loaded } => Written {
                    columns: frame.resolved(columns),
                    loaded: *loaded,
                },
                Record::Parameter(from) => frame.records.get(from)?.clone(),
            };
            Some((*index, written))
        });
        let given = Given {
            parameters,
            records: records.collect(),
            table: own.or_else(|| frame.table.clone()),
        };
        if let [only] = site.functions.as_slice() {
            let mut after = path.clone();
            let before = self.later;
            self.later |= site.later;
            let outcome = self.call(*only, given, &mut after, transaction);
            self.later = before;
            if !site.ignored {
                *path = after;
                frame.holds.extend(outcome.holds.iter().cloned());
            }
            if site.required
                && let Some((found, true)) = &outcome.tells
            {
                for at in found {
                    let needs = Rc::new(Condition::Needs(*at));
                    path.push(Rc::clone(&needs));
                    frame.holds.push(needs);
                }
            }
            frame.sites[index] = outcome.tells;
            return;
        }
        // One of several implementations.
        self.branches += 1;
        let branch = self.branches;
        let mut told: Vec<usize> = Vec::new();
        for (way, function) in site.functions.iter().enumerate() {
            let mut inner = path.clone();
            inner.push(Rc::new(Condition::Arm {
                branch,
                arms: bit(way),
                told: None,
                fields: Vec::new(),
            }));
            let outcome = self.call(*function, given.clone(), &mut inner, transaction);
            told.extend(outcome.tells.into_iter().flat_map(|(found, _)| found));
        }
        frame.sites[index] = (!told.is_empty()).then_some((told, true));
    }

    fn branch(
        &mut self,
        knows: &Knows,
        arms: &[(When, Vec<Step>)],
        frame: &mut Frame,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> End {
        self.branches += 1;
        let branch = self.branches;
        let (mut open, mut failing, mut ends) = (0_u64, true, Vec::new());
        let (before, mut after) = (self.acknowledged, None);
        for (way, (when, steps)) in arms.iter().enumerate() {
            let mut inner = path.clone();
            // Of an answer of several kinds, each way may be the one for something new.
            let plain = arms.iter().any(|(when, _)| *when == When::Something);
            let when = match when {
                When::Otherwise if !plain => When::Something,
                when => *when,
            };
            inner.push(self.arm(frame, knows, branch, bit(way), &[when]));
            let holds = frame.holds.len();
            let mut within = *transaction;
            self.acknowledged = before;
            let end = self.steps(steps, frame, &mut inner, &mut within);
            frame.holds.truncate(holds);
            ends.push(end);
            match end {
                End::Open => {
                    open |= bit(way);
                    after = after.or(self.acknowledged);
                    *transaction = within;
                }
                End::Exit { fails } => failing &= fails,
                End::Leave => {}
            }
        }
        self.acknowledged = after;
        if open == 0 {
            // An `if` without `else` has a way that does nothing.
            return ends.first().copied().unwrap_or(End::Open);
        }
        if ends.iter().any(|end| *end != End::Open) {
            let left: Vec<When> = arms
                .iter()
                .enumerate()
                .filter(|(way, _)| open & bit(*way) != 0)
                .map(|(_, (when, _))| *when)
                .collect();
            let condition = self.arm(frame, knows, branch, open, &left);
            path.push(Rc::clone(&condition));
            let leaves = ends.contains(&End::Leave);
            if failing && !leaves {
                frame.holds.push(condition);
            }
        }
        End::Open
    }

    fn arm(
        &self,
        frame: &Frame,
        knows: &Knows,
        branch: u32,
        arms: u64,
        whens: &[When],
    ) -> Rc<Condition> {
        let found = match whens {
            [first, rest @ ..] if rest.iter().all(|when| when == first) => match first {
                When::Something => Some(true),
                When::Nothing => Some(false),
                When::Otherwise => None,
            },
            _ => None,
        };
        let told = frame.told(knows.told).zip(found);
        Rc::new(Condition::Arm {
            branch,
            arms,
            told: told.map(|((found, positive), wanted)| (found, positive == wanted)),
            fields: knows.fields.clone(),
        })
    }

    fn condition(
        &mut self,
        frame: &Frame,
        knows: &Knows,
        arms: u64,
        found: Option<bool>,
    ) -> Rc<Condition> {
        self.branches += 1;
        let told = frame.told(knows.told).zip(found);
        Rc::new(Condition::Arm {
            branch: self.branches,
            arms,
            told: told.map(|((found, positive), wanted)| (found, positive == wanted)),
            fields: knows.fields.clone(),
        })
    }
}

/// The bit of a way; beyond the last one all are one.
fn bit(way: usize) -> u64 {
    1 << way.min(63)
}
