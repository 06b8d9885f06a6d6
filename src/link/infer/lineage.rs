//! Where values come from, over all bodies.
//!
//! A body says it once, in terms of what it cannot know: what a function gives for these arguments, what a field holds.
//! These unknowns are then solved for all bodies together, as the least solution: every step only adds kinds of origin, so
//! that the order makes no difference. A body is read anew only where it decided something by an origin that has turned
//! out to be another one.

use super::query::{Column, Query, QueryVerb};
use super::{BodyReader, Found, FoundRecord, FoundText};
use crate::link::program::{FunctionId, Program, TypeId};
use crate::model::Origin;
use crate::read::rust::ir::{ExprId, ExprKind};
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;

/// Where a value comes from, as far as its body says: an origin, and unknowns of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lineage {
    known: Origin,
    /// One bit for each unknown, by its number in the body.
    open: u64,
}

/// How many unknowns of a body are told apart. What a body with more asks for is decided on when it is read.
const MAX_UNKNOWNS: usize = u64::BITS as usize;

impl From<Origin> for Lineage {
    fn from(known: Origin) -> Self {
        Self { known, open: 0 }
    }
}

impl Lineage {
    /// The same for the same request, as far as known.
    pub(super) const REPEATABLE: Self = Self {
        known: Origin::REPEATABLE,
        open: 0,
    };

    fn unknown(number: usize) -> Self {
        Self {
            known: Origin::REPEATABLE,
            open: 1 << number,
        }
    }

    /// Of both.
    pub(super) fn and(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        Self {
            known: self.known.and(other.known),
            open: self.open | other.open,
        }
    }

    /// The same without that it may be absent. An unknown never is: see [`Unknown`].
    pub(super) fn present(self) -> Self {
        Self {
            known: self.known.present(),
            ..self
        }
    }

    /// What is known of these kinds, whatever is still open.
    pub(super) fn known(self, kinds: Origin) -> Origin {
        self.known.only(kinds)
    }

    /// With what the parameters are in the place of the parameters.
    pub(super) fn given(self, given: impl Fn(usize) -> Self) -> Self {
        let own = self.known.parameters();
        let kinds = Self {
            known: self.known.kinds(),
            ..self
        };
        own.fold(kinds, |all, index| all.and(given(index)))
    }

    /// The origin, once all bodies are read and nothing is open any more.
    pub(crate) fn settled(self) -> Origin {
        debug_assert_eq!(self.open, 0, "an unknown was left");
        self.known
    }

    /// With what the unknowns have turned out to be.
    fn solved(self, values: &[Origin]) -> Origin {
        let (mut origin, mut open) = (self.known, self.open);
        while open != 0 {
            origin = origin.and(values[open.trailing_zeros() as usize]);
            // Takes the lowest bit away.
            open &= open - 1;
        }
        origin
    }

    fn settle(&mut self, values: &[Origin]) {
        *self = self.solved(values).into();
    }
}

/// What a body cannot know of an origin. That a value may be absent is said where it is passed on, so that none of these
/// says it.
#[derive(Clone, Debug, PartialEq)]
enum Unknown {
    /// What a function gives for these arguments, called on this.
    Result(FunctionId, Box<[Lineage]>, Lineage),
    /// What a field holds, by its number; `true` where only what is stored counts of it.
    Field(usize, bool),
    /// What is kept of these kinds.
    Only(Origin, Lineage),
}

/// What one body says of origins.
#[derive(Debug, Default)]
pub(super) struct Lineages {
    unknowns: Vec<Unknown>,
    /// What they are by what is known so far.
    values: Vec<Origin>,
    /// Where what the function gives comes from.
    result: Lineage,
    /// Where what is given to parameters comes from.
    parameters: Vec<(FunctionId, usize, Lineage)>,
    /// Where what is put into fields comes from.
    fields: Vec<(usize, Lineage)>,
    /// What was decided on by these kinds of an origin, and what was known of them.
    decided: Vec<(Lineage, Origin, Origin)>,
    /// The fields of which it was asked whether any value is new, and the answer.
    new_fields: Vec<(usize, bool)>,
    /// What was decided on beyond the unknowns that are told apart.
    beyond: Vec<(Unknown, Origin)>,
}

impl Lineages {
    /// The function gives a value of this origin.
    pub(super) fn gives(&mut self, origin: Lineage) {
        self.result = self.result.and(origin);
    }

    /// A parameter is given a value of this origin.
    pub(super) fn parameter(&mut self, function: FunctionId, index: usize, origin: Lineage) {
        let given = (function, index, origin);
        if origin != Lineage::REPEATABLE && self.parameters.last() != Some(&given) {
            self.parameters.push(given);
        }
    }

    /// A field is given a value of this origin.
    fn field(&mut self, field: usize, origin: Lineage) {
        let given = (field, origin);
        if origin != Lineage::REPEATABLE && self.fields.last() != Some(&given) {
            self.fields.push(given);
        }
    }

    fn says_nothing(&self) -> bool {
        self.result == Lineage::REPEATABLE && self.parameters.is_empty() && self.fields.is_empty()
    }

    /// What the unknowns are by a solution.
    fn values(&self, solution: &Origins) -> Vec<Origin> {
        let mut values = Vec::with_capacity(self.unknowns.len());
        self.evaluate(solution, &mut values);
        values
    }

    fn evaluate(&self, solution: &Origins, values: &mut Vec<Origin>) {
        values.clear();
        for unknown in &self.unknowns {
            let value = solution.value(unknown, values);
            values.push(value);
        }
    }

    /// Whether something was decided on that a solution answers in another way.
    pub(super) fn is_stale(&self, solution: &Origins) -> bool {
        let new = |(field, answer): &(usize, bool)| solution.is_new(*field) != *answer;
        if self.new_fields.iter().any(new) {
            return true;
        }
        if self.decided.is_empty() && self.beyond.is_empty() {
            return false;
        }
        let values = self.values(solution);
        let other = |(origin, kinds, answer): &(Lineage, Origin, Origin)| {
            origin.solved(&values).only(*kinds) != *answer
        };
        let beyond =
            |(unknown, answer): &(Unknown, Origin)| solution.value(unknown, &values) != *answer;
        self.decided.iter().any(other) || self.beyond.iter().any(beyond)
    }

    /// Gives back what was set aside for more.
    pub(super) fn shrink(&mut self) {
        self.unknowns.shrink_to_fit();
        self.values = Vec::new();
        self.parameters.shrink_to_fit();
        self.fields.shrink_to_fit();
        self.decided.shrink_to_fit();
        self.new_fields.sort_unstable();
        self.new_fields.dedup();
        self.new_fields.shrink_to_fit();
    }
}

/// Where values come from, as far as all bodies say.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// By function: what it gives, in terms of its parameters.
    results: Vec<Origin>,
    /// By function: what its parameters are given, where the first of them stands.
    parameters: Vec<Origin>,
    first_parameters: Vec<usize>,
    /// By function: what it is called on.
    owners: Vec<Origin>,
    /// By field: what it holds.
    fields: Vec<Origin>,
}

impl Origins {
    /// The least solution of what all bodies say.
    pub(super) fn solve(program: &Program<'_>, found: &[Found]) -> Self {
        let mut solution = Self {
            results: vec![Origin::REPEATABLE; found.len()],
            owners: vec![Origin::REPEATABLE; found.len()],
            fields: vec![Origin::REPEATABLE; program.fields],
            ..Self::default()
        };
        let mut count = 0;
        for def in &program.functions {
            solution.first_parameters.push(count);
            count += def.function.parameters.len();
        }
        solution.first_parameters.push(count);
        solution.parameters = vec![Origin::REPEATABLE; count];

        // The bodies that a function's result, and a field, is an unknown of.
        let mut of_result: Vec<Vec<u32>> = vec![Vec::new(); found.len()];
        let mut of_field: Vec<Vec<u32>> = vec![Vec::new(); program.fields];
        let mut waiting = VecDeque::new();
        let mut waits = vec![false; found.len()];
        for (index, one) in found.iter().enumerate() {
            if one.lineages.says_nothing() {
                continue;
            }
            let body = crate::source::offset(index);
            for unknown in &one.lineages.unknowns {
                match unknown {
                    Unknown::Result(id, ..) => of_result[id.0].push(body),
                    Unknown::Field(field, _) => of_field[*field].push(body),
                    Unknown::Only(..) => {}
                }
            }
            waiting.push_back(index);
            waits[index] = true;
        }
        let (mut again, mut values) = (Vec::new(), Vec::new());
        while let Some(index) = waiting.pop_front() {
            waits[index] = false;
            let lineages = &found[index].lineages;
            lineages.evaluate(&solution, &mut values);
            if add(
                &mut solution.results[index],
                lineages.result.solved(&values),
            ) {
                again.extend(of_result[index].iter().map(|body| *body as usize));
            }
            for (function, number, origin) in &lineages.parameters {
                let origin = solution.grounded(index, origin.solved(&values));
                if *number == Origin::SELF {
                    if add(&mut solution.owners[function.0], origin) {
                        again.push(function.0);
                    }
                    continue;
                }
                let place = solution.first_parameters[function.0] + number;
                if place < solution.first_parameters[function.0 + 1]
                    && add(&mut solution.parameters[place], origin)
                {
                    again.push(function.0);
                }
            }
            for (field, origin) in &lineages.fields {
                let origin = solution.grounded(index, origin.solved(&values));
                if add(&mut solution.fields[*field], origin) {
                    again.extend(of_field[*field].iter().map(|body| *body as usize));
                }
            }
            for body in again.drain(..) {
                if !std::mem::replace(&mut waits[body], true) {
                    waiting.push_back(body);
                }
            }
        }
        solution
    }

    /// Whether a field is given a new value anywhere.
    fn is_new(&self, field: usize) -> bool {
        let new = Origin::RANDOM.and(Origin::INSERTED);
        self.fields.get(field).is_some_and(|known| known.is(new))
    }

    /// An origin without parameters: with what any caller gives for them.
    fn grounded(&self, function: usize, origin: Origin) -> Origin {
        let own = self.first_parameters[function]..self.first_parameters[function + 1];
        let given = &self.parameters[own];
        let grounded = origin.with(|index| match index {
            Origin::SELF => self.owners[function],
            _ => given.get(index).copied().unwrap_or_default(),
        });
        grounded.in_field()
    }

    fn value(&self, unknown: &Unknown, values: &[Origin]) -> Origin {
        match unknown {
            Unknown::Result(id, args, own) => {
                let known = self.results.get(id.0).copied().unwrap_or_default();
                let given = |index: usize| match index {
                    Origin::SELF => own.solved(values),
                    _ => args
                        .get(index)
                        .map(|given| given.solved(values))
                        .unwrap_or_default(),
                };
                known.with(given).present()
            }
            Unknown::Field(field, only_stored) => {
                let known = self.fields.get(*field).copied().unwrap_or_default();
                match only_stored {
                    true => known.only(Origin::STORED),
                    false => known,
                }
            }
            Unknown::Only(kinds, origin) => origin.solved(values).only(*kinds),
        }
    }

    /// A statement as others see it that its function is handed to.
    pub(super) fn settled_query(&self, query: &Arc<Query>, of: &Found) -> Arc<Query> {
        let mut query = Arc::clone(query);
        settle_query(&mut query, &of.lineages.values(self));
        query
    }

    /// Columns as others see them that are set by a method.
    pub(super) fn settled_columns(&self, columns: &[Column], of: &Found) -> Vec<Column> {
        let mut columns = columns.to_vec();
        settle_columns(&mut columns, &of.lineages.values(self));
        columns
    }

    /// Puts what it is in the place of every unknown.
    pub(super) fn settle(&self, found: &mut [Found]) {
        found.par_iter_mut().for_each(|one| {
            let values = one.lineages.values(self);
            for effect in &mut one.effects {
                effect.origin.settle(&values);
                effect.key.settle(&values);
                if let Some(query) = &mut effect.query {
                    settle_query(query, &values);
                }
            }
            for site in &mut one.sites {
                site.origins
                    .iter_mut()
                    .for_each(|origin| origin.settle(&values));
                for (_, text) in &mut site.texts {
                    if let FoundText::Text(_, parameters) = text {
                        parameters
                            .iter_mut()
                            .for_each(|origin| origin.settle(&values));
                    }
                }
                for (_, record) in &mut site.records {
                    if let FoundRecord::Columns(columns, ..) = record {
                        settle_columns(columns, &values);
                    }
                }
            }
        });
    }
}

/// Whether there is more now.
fn add(known: &mut Origin, origin: Origin) -> bool {
    let before = std::mem::replace(known, known.and(origin));
    *known != before
}

fn settle_columns(columns: &mut [Column], values: &[Origin]) {
    for column in columns {
        column.origin.settle(values);
    }
}

/// A statement may be shared: it is copied only where it has an unknown.
fn settle_query(query: &mut Arc<Query>, values: &[Origin]) {
    let columns = query.written.iter().chain(&query.filter);
    let mut open = columns
        .map(|column| column.origin)
        .any(|origin| origin.open != 0);
    if let QueryVerb::Sql(_, parameters) = &query.verb {
        open |= parameters.iter().any(|origin| origin.open != 0);
    }
    if !open {
        return;
    }
    let query = Arc::make_mut(query);
    settle_columns(&mut query.written, values);
    settle_columns(&mut query.filter, values);
    if let QueryVerb::Sql(_, parameters) = &mut query.verb {
        parameters
            .iter_mut()
            .for_each(|origin| origin.settle(values));
    }
}

impl BodyReader<'_, '_> {
    fn lineage_of(&mut self, unknown: Unknown) -> Lineage {
        let lineages = &mut self.out.lineages;
        let known = lineages.unknowns.iter().position(|known| *known == unknown);
        if let Some(number) = known {
            return Lineage::unknown(number);
        }
        let value = self.before.origins.value(&unknown, &lineages.values);
        let number = lineages.unknowns.len();
        if number == MAX_UNKNOWNS {
            lineages.beyond.push((unknown, value));
            return value.into();
        }
        lineages.unknowns.push(unknown);
        lineages.values.push(value);
        Lineage::unknown(number)
    }

    /// Where what a function gives for these arguments comes from, called on this.
    pub(super) fn result_lineage(
        &mut self,
        id: FunctionId,
        args: &[Lineage],
        own: Lineage,
    ) -> Lineage {
        if self.resolver.program.functions[id.0]
            .function
            .body
            .is_none()
        {
            return own;
        }
        self.lineage_of(Unknown::Result(id, args.into(), own))
    }

    /// Where the value of a field comes from.
    pub(super) fn field_lineage(&mut self, id: TypeId, name: &str) -> Lineage {
        // What a client sends may be made here for another request.
        let sent = self.derives(id, &self.catalog().effects.request_derives);
        let read = self.derives(id, &self.catalog().effects.record_derives);
        let only_stored = sent && !(read && self.is_record(id));
        match self.resolver.program.field(id, name) {
            Some(field) => self.lineage_of(Unknown::Field(field, only_stored)),
            None => Lineage::REPEATABLE,
        }
    }

    /// Where the value of a field comes from, of a value that was made here.
    pub(super) fn whole_field(&mut self, id: TypeId, name: &str) -> Lineage {
        match self.resolver.program.field(id, name) {
            Some(field) => self.lineage_of(Unknown::Field(field, false)),
            None => Lineage::REPEATABLE,
        }
    }

    /// Whether a field is given a new value anywhere: a random one, or an id that an insert has given back.
    pub(super) fn may_be_new(&mut self, id: TypeId, name: &str) -> bool {
        let Some(field) = self.resolver.program.field(id, name) else {
            return false;
        };
        let answer = self.before.origins.is_new(field);
        let asked = &mut self.out.lineages.new_fields;
        if asked.last() != Some(&(field, answer)) {
            asked.push((field, answer));
        }
        answer
    }

    /// A field is given a value of this origin. What is not declared, nobody reads.
    pub(super) fn give_field(&mut self, id: TypeId, name: &str, origin: Lineage) {
        if let Some(field) = self.resolver.program.field(id, name) {
            self.out.lineages.field(field, origin);
        }
    }

    /// What of an origin is of these kinds.
    pub(super) fn lineage_only(&mut self, origin: Lineage, kinds: Origin) -> Lineage {
        match origin.open {
            0 => origin.known.only(kinds).into(),
            _ => self.lineage_of(Unknown::Only(kinds, origin)),
        }
    }

    /// Whether a record was read from its table, and not made here.
    pub(super) fn is_loaded(&mut self, origin: Lineage) -> bool {
        let made = Origin::RANDOM.and(Origin::INSERTED);
        self.decide_by(origin, made.and(Origin::STORED)) == Origin::STORED
    }

    /// Where a sum or difference comes from. Of a value that was read and one that was not, it is the next value; of two
    /// that were read, or of a time, it is computed anew.
    pub(super) fn sum(&mut self, one: Lineage, other: Lineage) -> Lineage {
        let kinds = Origin::STORED.and(Origin::TIME).and(Origin::RANDOM);
        let (of_one, of_other) = (self.decide_by(one, kinds), self.decide_by(other, kinds));
        let both = one.and(other);
        let read = of_one.is(Origin::STORED) != of_other.is(Origin::STORED);
        match read && of_one.and(of_other) == Origin::STORED {
            true => both.and(Origin::COUNTED),
            false => both,
        }
    }

    /// Whether an expression is a field of something.
    pub(super) fn is_field(&self, id: ExprId) -> bool {
        matches!(self.body.get(id).kind, ExprKind::Field { .. })
    }

    /// Where the opposite of a field comes from: of one that was read, it is another one each time.
    pub(super) fn turned(&mut self, origin: Lineage) -> Lineage {
        self.sum(origin, Lineage::REPEATABLE)
    }

    /// Where a variable comes from that something was added to. What was read is added up anew if it was not.
    pub(super) fn grown(&mut self, variable: Lineage, by: Lineage) -> Lineage {
        match self.decide_by(variable, Origin::STORED) == Origin::STORED {
            true => self.sum(variable, by),
            false => variable.and(by),
        }
    }

    /// The parameter that it is, where it is one and nothing else.
    pub(super) fn as_parameter(&mut self, origin: Lineage) -> Option<usize> {
        self.decide_by(origin, Origin::ANY_PARAMETER).as_parameter()
    }

    /// The kinds of an origin, as far as known: something is decided on by them.
    pub(super) fn decide_by(&mut self, origin: Lineage, kinds: Origin) -> Origin {
        let lineages = &mut self.out.lineages;
        let answer = origin.solved(&lineages.values).only(kinds);
        let decision = (origin, kinds, answer);
        if origin.open != 0 && lineages.decided.last() != Some(&decision) {
            lineages.decided.push(decision);
        }
        answer
    }
}
