//! A run of a handler in thought: function by function, step by step.

use super::known::{Known, Programs};
use super::path::{Condition, Part, Path};
use super::unfold::{Occurrence, Unfolded, Written};
use crate::model::{
    By, EffectKind, Origin, PassedText, PassedType, PassedVariant, Record, Site, Step, Told,
};
use crate::source::Span;
use fixedbitset::FixedBitSet;
use std::sync::Arc;

/// How many effects of one handler are looked at.
const MAX_OCCURRENCES: usize = 600;

/// How many calls are followed for one handler.
const MAX_CALLS: usize = 4_000;

/// How many parameters of a handler are filled by the client.
const CLIENT_PARAMETERS: usize = 16;

/// What a function is given.
#[derive(Clone, Default)]
pub(super) struct Given<'s> {
    /// Where its parameters come from.
    parameters: Part,
    /// The table of the type that it is called on.
    table: Option<&'s str>,
    /// The records among its parameters.
    records: Vec<(usize, Written<'s>)>,
    /// The texts among its parameters that say what is done.
    texts: Vec<(usize, Text)>,
    /// What `Self` means, where a trait gives the function to the type it is called on.
    chosen: &'s [usize],
    /// The variants of enums among its parameters.
    variants: Vec<(usize, &'s str)>,
    /// The types of those of its parameters that may be of any type, by their number.
    types: Vec<(usize, usize)>,
    /// The type, by its number, of the item that it takes from a channel: what it does before that is not done again.
    taken: Option<usize>,
}

/// A text that says what is done.
#[derive(Clone, Copy)]
struct Text {
    /// Its number.
    number: usize,
    /// Where the parameters come from that the values of a statement are made of.
    parameters: Part,
}

impl<'s> Given<'s> {
    fn record(&self, parameter: usize) -> Option<Written<'s>> {
        let mut records = self.records.iter().rev();
        let (_, record) = records.find(|(index, _)| *index == parameter)?;
        Some(*record)
    }

    fn variant(&self, parameter: usize) -> Option<&'s str> {
        let mut variants = self.variants.iter();
        let (_, name) = variants.find(|(index, _)| *index == parameter)?;
        Some(name)
    }

    fn ty(&self, parameter: usize) -> Option<usize> {
        let mut types = self.types.iter();
        let (_, ty) = types.find(|(index, _)| *index == parameter)?;
        Some(*ty)
    }

    fn text(&self, parameter: usize) -> Option<Text> {
        let mut texts = self.texts.iter();
        let (_, text) = texts.find(|(index, _)| *index == parameter)?;
        Some(*text)
    }
}

/// One run of a function. What it has done so far stands at the end of the unfolder's lists.
pub(super) struct Frame<'g, 's> {
    function: usize,
    given: &'g Given<'s>,
    /// Where its own part of what its effects did begins.
    done: usize,
    /// Where its own part of what its calls told begins.
    answers: usize,
}

/// Whether these occurrences did or found something tells of a value; or whether they did not.
#[derive(Clone, Copy)]
pub(super) struct Tells {
    pub(super) occurrences: Part,
    pub(super) positive: bool,
}

/// How a list of steps ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With what comes after it.
    Open,
    /// The function ends.
    Exit { fails: bool },
    /// The turn of the loop ends.
    Leave,
}

/// What is done with an item of a type, by its number, that is taken from a channel: each time the steps behind that.
fn with_taken<'s>(steps: &'s [Step], item: usize, found: &mut Vec<&'s [Step]>) {
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Take(taken) if *taken == item => {
                let behind = &steps[at + 1..];
                let ends = behind
                    .iter()
                    .position(|step| matches!(step, Step::TakeEnds));
                found.push(&behind[..ends.unwrap_or(behind.len())]);
            }
            Step::Branch { arms, .. } => {
                for (_, steps) in arms {
                    with_taken(steps, item, found);
                }
            }
            Step::Loop { steps, .. } | Step::Scope { steps, .. } => with_taken(steps, item, found),
            _ => {}
        }
    }
}

#[derive(Clone)]
pub(super) struct Unfolder<'s> {
    pub(super) known: &'s Known<'s>,
    /// The functions that the programs of the handler run, where these are known.
    run: Option<Arc<FixedBitSet>>,
    pub(super) out: Unfolded<'s>,
    /// The functions that are running.
    running: FixedBitSet,
    /// Of implementations that hand on to others of their trait, those that have run.
    handed_on: FixedBitSet,
    /// Of each running function, the occurrences of its effects, by their number in its trace.
    done: Vec<Option<Part>>,
    /// Of each running function, what its calls told, by their number in its trace.
    answers: Vec<Option<Tells>>,
    /// What holds where the running functions do not fail.
    pub(super) holds: Vec<Condition<'s>>,
    pub(super) branches: u32,
    transactions: u32,
    calls: usize,
    /// The handler itself has not begun.
    pub(super) around: bool,
    pub(super) acknowledged: Option<Span>,
    later: bool,
    /// How many functions that keep a log are running.
    logs: usize,
}

impl<'s> Unfolder<'s> {
    pub(super) fn new(known: &'s Known<'s>, programs: &Programs) -> Self {
        let functions = FixedBitSet::with_capacity(known.system.traces.len());
        Self {
            known,
            run: known.run_by(programs),
            out: Unfolded {
                functions: functions.clone(),
                own: functions.clone(),
                origins: vec![Origin::CLIENT; CLIENT_PARAMETERS],
                ..Unfolded::default()
            },
            handed_on: functions.clone(),
            running: functions,
            done: Vec::new(),
            answers: Vec::new(),
            holds: Vec::new(),
            branches: 0,
            transactions: 0,
            calls: 0,
            around: true,
            acknowledged: None,
            later: false,
            logs: 0,
        }
    }

    /// What a handler is given comes from the client.
    pub(super) fn client(&self) -> Given<'s> {
        Given {
            parameters: Part::since(&self.out.origins[..CLIENT_PARAMETERS], 0),
            ..Given::default()
        }
    }

    /// A function begins to run.
    pub(super) fn frame<'g>(&mut self, function: usize, given: &'g Given<'s>) -> Frame<'g, 's> {
        let (done, answers) = (self.done.len(), self.answers.len());
        let trace = &self.known.system.traces[function];
        self.done.resize(done + trace.effects.len(), None);
        self.answers.resize(answers + trace.sites.len(), None);
        Frame {
            function,
            given,
            done,
            answers,
        }
    }

    /// What a value of a running function tells of.
    pub(super) fn told(&self, frame: &Frame<'_, 's>, told: Option<Told>) -> Option<Tells> {
        let told = told?;
        let tells = match told.by {
            By::Effect(wanted) => Tells {
                occurrences: self.done[frame.done + wanted]?,
                positive: true,
            },
            By::Site(wanted) => self.answers[frame.answers + wanted]?,
            By::Key(_) => return None,
        };
        Some(Tells {
            positive: tells.positive ^ told.negated,
            ..tells
        })
    }

    /// Runs a function, and gives what its result tells of. What holds where it did not fail stays
    /// behind at the end of the list.
    pub(super) fn call(
        &mut self,
        function: usize,
        given: &Given<'s>,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> Option<Tells> {
        self.reach(function);
        if !self.known.relevant[function] || self.running.contains(function) {
            return None;
        }
        if self.calls >= MAX_CALLS || self.out.occurrences.len() >= MAX_OCCURRENCES {
            self.out.cut = true;
            return None;
        }
        self.calls += 1;
        self.running.insert(function);
        let logs = usize::from(self.known.keeps_log[function]);
        self.logs += logs;
        let trace = &self.known.system.traces[function];
        let (frame, holds) = (self.frame(function, given), self.holds.len());
        let mut parts = Vec::new();
        if let Some(item) = given.taken {
            with_taken(&trace.steps, item, &mut parts);
        }
        if parts.is_empty() {
            parts.push(&trace.steps);
        }
        let first = self.out.occurrences.len();
        for steps in parts {
            self.within(*path, &[], steps, &frame, transaction);
        }
        if trace.answers_conflicts {
            self.answer_conflict(first);
        }
        self.logs -= logs;
        self.running.set(function, false);
        let tells = self.told(&frame, trace.tells);
        self.done.truncate(frame.done);
        self.answers.truncate(frame.answers);
        self.hold(holds, path);
        tells
    }

    /// The only row that a function inserts is the one of which it asks whether it was there.
    fn answer_conflict(&mut self, first: usize) {
        let known = self.known;
        let inserts = self.out.occurrences[first..].iter_mut();
        let mut inserts = inserts.filter(|occurrence| {
            let effect = &known.system.effects[occurrence.effect];
            effect.kind == EffectKind::Insert && effect.transactional && effect.conflict.is_none()
        });
        if let (Some(only), None) = (inserts.next(), inserts.next()) {
            only.answered = true;
        }
    }

    /// The function is run, if there is anything in it to run.
    fn reach(&mut self, function: usize) {
        self.out.functions.insert(function);
        if !self.around {
            self.out.own.insert(function);
        }
    }

    /// What has come to hold goes on to hold.
    fn hold(&mut self, since: usize, path: &mut Path) {
        for condition in &self.holds[since..] {
            self.out.paths.push(path, *condition);
        }
    }

    /// Runs steps under further conditions; what comes after them is not under these.
    pub(super) fn within(
        &mut self,
        mut path: Path,
        conditions: &[Condition<'s>],
        steps: &'s [Step],
        frame: &Frame<'_, 's>,
        transaction: &mut Option<u32>,
    ) -> End {
        let (occurrences, length) = (self.out.occurrences.len(), self.out.paths.length());
        for condition in conditions {
            self.out.paths.push(&mut path, *condition);
        }
        let end = self.steps(steps, frame, &mut path, transaction);
        if self.out.occurrences.len() == occurrences {
            self.out.paths.shorten(length);
        }
        end
    }

    pub(super) fn steps(
        &mut self,
        steps: &'s [Step],
        frame: &Frame<'_, 's>,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> End {
        for step in steps {
            match step {
                Step::Effect(index) => self.effect(*index, frame, path, *transaction),
                Step::Call(index) => self.site(*index, frame, path, transaction),
                Step::Branch {
                    knows,
                    arms,
                    by_variant,
                } => {
                    // Which way a variant takes is known where it was made.
                    let asked = by_variant.as_ref();
                    let way = asked.and_then(|by| by.way(frame.given.variant(by.parameter)?));
                    let end = match way.and_then(|way| arms.get(way)) {
                        Some((_, steps)) => self.steps(steps, frame, path, transaction),
                        None => self.branch(knows, arms, frame, path, transaction),
                    };
                    if end != End::Open {
                        return end;
                    }
                }
                Step::Loop { knows, steps } => {
                    let mut turns = vec![self.turns(frame, knows.told, &knows.fields)];
                    for told in &knows.also {
                        turns.push(self.turns(frame, Some(*told), &[]));
                    }
                    let holds = self.holds.len();
                    let before = self.acknowledged.take();
                    self.within(*path, &turns, steps, frame, transaction);
                    self.acknowledged = before;
                    self.holds.truncate(holds);
                }
                Step::Scope {
                    transaction: begins,
                    steps,
                    ..
                } => {
                    let outside = *transaction;
                    if *begins {
                        *transaction = Some(self.new_transaction());
                    }
                    let holds = self.holds.len();
                    self.within(*path, &[], steps, frame, transaction);
                    self.hold(holds, path);
                    if *begins {
                        *transaction = outside;
                    }
                }
                Step::Begin => *transaction = Some(self.new_transaction()),
                Step::Commit => *transaction = None,
                Step::Acknowledge(span) => self.acknowledged = Some(*span),
                Step::Take(_) | Step::TakeEnds => {}
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
        frame: &Frame<'_, 's>,
        path: &mut Path,
        transaction: Option<u32>,
    ) {
        let system = self.known.system;
        let first = self.out.occurrences.len();
        for effect in &system.traces[frame.function].effects[index] {
            let said = system.effects[*effect].said;
            let text = said.by().and_then(|parameter| frame.given.text(parameter));
            let told = text.and_then(|text| system.said.get(&(*effect, text.number)));
            match (told, text) {
                (Some(told), Some(text)) => {
                    let of_statement = said.statement.is_some();
                    let parameters = of_statement.then_some(text.parameters);
                    for effect in told {
                        self.occur(*effect, parameters, frame, path, transaction);
                    }
                }
                _ => self.occur(*effect, None, frame, path, transaction),
            }
        }
        let done = &mut self.done[frame.done + index];
        let before = done.map_or_else(Vec::new, |done| self.out.paths.occurrences(done).to_vec());
        let now = first..self.out.occurrences.len();
        *done = self.out.paths.keep(before.into_iter().chain(now));
    }

    /// One thing is done, with values that are made of these parameters where they are not the function's own.
    fn occur(
        &mut self,
        effect: usize,
        parameters: Option<Part>,
        frame: &Frame<'_, 's>,
        path: &mut Path,
        transaction: Option<u32>,
    ) {
        let at = self.out.occurrences.len();
        if at >= MAX_OCCURRENCES {
            self.out.cut = true;
            return;
        }
        let system = self.known.system;
        let known = &system.effects[effect];
        let parameters = parameters.unwrap_or(frame.given.parameters);
        let record = known.record.and_then(|index| frame.given.record(index));
        let written = record.unwrap_or(Written {
            columns: &known.written,
            parameters,
            loaded: false,
            of_type: known.record.is_some(),
        });
        let target = known.said.target;
        let named = target.and_then(|parameter| frame.given.text(parameter));
        let named = named.map(|text| system.texts[text.number].as_str());
        self.out.occurrences.push(Occurrence {
            written,
            loaded: written.loaded,
            around: self.around,
            acknowledged: self.acknowledged,
            later: self.later,
            logs: self.logs > 0,
            answered: false,
            effect,
            path: *path,
            transaction,
            parameters,
            table: named.or(frame.given.table),
            named,
        });
        let fails = known.kind == EffectKind::Insert && known.conflict.is_none();
        if fails || known.required {
            self.need(at, path);
        }
    }

    /// What follows happens only where an occurrence did not fail, or found something.
    fn need(&mut self, occurrence: usize, path: &mut Path) {
        let needs = Condition::Needs(occurrence);
        self.out.needed.grow_and_insert(occurrence);
        self.out.paths.push(path, needs);
        self.holds.push(needs);
    }

    fn site(
        &mut self,
        index: usize,
        frame: &Frame<'_, 's>,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) {
        let site = &self.known.system.traces[frame.function].sites[index];
        let meant = self.meant(site, frame);
        let leads = |function: &usize| self.known.relevant[*function];
        if !meant.iter().any(leads) {
            for function in &meant {
                self.reach(*function);
            }
            self.hand_over(site, self.out.occurrences.len());
            return;
        }
        let (occurrences, origins) = (self.out.occurrences.len(), self.out.origins.len());
        let given = self.given(site, frame.given);
        let before = self.later;
        self.later |= site.later.is_some();
        // An implementation that does nothing to a store, a broker or another service stands in for one that does.
        let mut relevant = meant.iter().copied().filter(leads);
        let tells = match (relevant.next(), relevant.next()) {
            (Some(only), None) => self.one(site, only, &given, path, transaction),
            _ => self.several(site, &meant, &given, path, transaction),
        };
        self.later = before;
        self.answers[frame.answers + index] = tells;
        self.hand_over(site, occurrences);
        if self.out.occurrences.len() == occurrences {
            self.out.origins.truncate(origins);
        }
    }

    /// Keeps where something was handed over of which nothing is seen that is done with it.
    fn hand_over(&mut self, site: &Site, occurrences: usize) {
        let mut done = self.out.occurrences[occurrences..].iter();
        let does = done.any(|occurrence| self.known.effect(occurrence).kind.writes());
        if site.later.is_some() && !site.announced && !does && !self.around {
            self.out.handed.push(site.span);
        }
    }

    /// The functions that a call means: of several that implement a trait, those of the type that a function which
    /// the trait gives is running for.
    fn meant(&self, site: &'s Site, frame: &Frame<'_, 's>) -> Vec<usize> {
        let mut meant = self.meant_by_type(site, frame);
        if let (Some(run), true) = (&self.run, meant.len() > 1) {
            // What no program of the handler runs is not run there.
            let runs = |function: &usize| run.contains(*function);
            if meant.iter().any(runs) {
                meant.retain(runs);
            }
        }
        meant
    }

    fn meant_by_type(&self, site: &'s Site, frame: &Frame<'_, 's>) -> Vec<usize> {
        let traces = &self.known.system.traces;
        let chosen = frame.given.chosen;
        if let Some(ty) = site.asked.and_then(|parameter| frame.given.ty(parameter)) {
            let all = site.functions.iter().copied();
            let own: Vec<usize> = all.filter(|one| traces[*one].owner == Some(ty)).collect();
            if !own.is_empty() {
                return own;
            }
        }
        if site.functions.len() > 1 && !chosen.is_empty() && traces[frame.function].of_trait {
            let all = site.functions.iter().copied();
            let own: Vec<usize> = all.clone().filter(|one| chosen.contains(one)).collect();
            if !own.is_empty() {
                return own;
            }
            let given: Vec<usize> = all.filter(|one| traces[*one].of_trait).collect();
            if !given.is_empty() {
                return given;
            }
        }
        site.functions.clone()
    }

    /// Calls the one function that is meant.
    fn one(
        &mut self,
        site: &Site,
        function: usize,
        given: &Given<'s>,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> Option<Tells> {
        let (mut after, holds) = (*path, self.holds.len());
        let tells = self.call(function, given, &mut after, transaction);
        match site.ignored {
            true => self.holds.truncate(holds),
            false => *path = after,
        }
        for occurrence in self.required(site, tells) {
            self.need(occurrence, path);
        }
        tells
    }

    /// What must have been found for what follows a call.
    fn required(&self, site: &Site, tells: Option<Tells>) -> Vec<usize> {
        match tells {
            Some(tells) if site.required && tells.positive => {
                self.out.paths.occurrences(tells.occurrences).to_vec()
            }
            _ => Vec::new(),
        }
    }

    /// Calls one of several implementations. They are taken to do the same, each in its own way.
    fn several(
        &mut self,
        site: &Site,
        functions: &[usize],
        given: &Given<'s>,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> Option<Tells> {
        let (mut told, mut positive): (Vec<usize>, Option<bool>) = (Vec::new(), None);
        let mut implementations = Vec::new();
        // One that hands on to the others of its trait hands on to each of them once: in all orders there would be no end.
        let hands_on = functions.iter().any(|one| self.running.contains(*one));
        let before = match hands_on {
            true => None,
            false => Some(std::mem::take(&mut self.handed_on)),
        };
        for function in functions {
            if !self.known.relevant[*function] || hands_on && self.handed_on.contains(*function) {
                self.reach(*function);
                continue;
            }
            self.handed_on.grow_and_insert(*function);
            let (mut inner, holds) = (*path, self.holds.len());
            let tells = self.call(*function, given, &mut inner, transaction);
            let mut conditions = self.holds.split_off(holds);
            let required = self.required(site, tells).into_iter();
            conditions.extend(required.map(Condition::Needs));
            implementations.push(conditions);
            if let Some(tells) = tells
                && *positive.get_or_insert(tells.positive) == tells.positive
            {
                told.extend(self.out.paths.occurrences(tells.occurrences));
            }
        }
        if let Some(before) = before {
            self.handed_on = before;
        }
        if !site.ignored
            && let Some(condition) = self.out.paths.one_of(implementations)
        {
            self.out.paths.push(path, condition);
            self.holds.push(condition);
        }
        let occurrences = self.out.paths.keep(told)?;
        let positive = positive?;
        Some(Tells {
            occurrences,
            positive,
        })
    }

    /// What a function is given where it is called.
    fn given(&mut self, site: &'s Site, around: &Given<'s>) -> Given<'s> {
        let start = self.out.origins.len();
        for origin in &site.origins {
            let known = self.out.resolved(*origin, around.parameters);
            // An argument is absent where its own type says so.
            let absent = origin.only(Origin::OPTIONAL);
            self.out.origins.push(known.present().and(absent));
        }
        let records = site.records.iter().filter_map(|(index, record)| {
            let written = match record {
                Record::Columns {
                    columns,
                    loaded,
                    of,
                } => {
                    let given = of.and_then(|parameter| around.record(parameter));
                    Written {
                        columns,
                        parameters: around.parameters,
                        loaded: *loaded || given.is_some_and(|record| record.loaded),
                        of_type: false,
                    }
                }
                Record::Parameter(from) => around.record(*from)?,
            };
            Some((*index, written))
        });
        let texts = site.texts.iter().filter_map(|(index, text)| {
            let text = match text {
                PassedText::Text(number) => Text {
                    number: *number,
                    parameters: around.parameters,
                },
                PassedText::Parameter(from) => around.text(*from)?,
            };
            Some((*index, text))
        });
        let variants = site.variants.iter().filter_map(|(index, variant)| {
            let name = match variant {
                PassedVariant::Named(name) => name.as_str(),
                PassedVariant::Parameter(from) => around.variant(*from)?,
            };
            Some((*index, name))
        });
        let types = site.types.iter().filter_map(|(index, ty)| {
            let ty = match ty {
                PassedType::Named(ty) => *ty,
                PassedType::Parameter(from) => around.ty(*from)?,
            };
            Some((*index, ty))
        });
        Given {
            types: types.collect(),
            parameters: Part::since(&self.out.origins, start),
            taken: site.later,
            records: records.collect(),
            variants: variants.collect(),
            texts: texts.collect(),
            table: site.table.as_deref().or(around.table),
            chosen: match site.chosen.as_slice() {
                [] => around.chosen,
                chosen => chosen,
            },
        }
    }
}

/// The bit of a way; beyond the last one all are one.
pub(super) fn bit(way: usize) -> u64 {
    1 << way.min(63)
}
