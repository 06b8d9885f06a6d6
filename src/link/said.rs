//! Functions that are told what to do: a statement, an HTTP method or a collection that is a parameter
//! (`execute(sql, params)`) is looked up at each call that says it.

use super::Functions;
use super::effects::Reader;
use super::infer::{FoundEffect, FoundText, FoundTrace, Inferred, Lineage, Query, QueryVerb};
use crate::model::{CodeEffect, PassedText, System};
use crate::problem::Problem;
use crate::source::Span;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many effects a parameter says something of, through all functions that hand it on.
const MAX_REACHED: usize = 64;

/// How many effects are looked up with a text each.
const MAX_SAYINGS: usize = 100_000;

/// A parameter of a function, both by their numbers.
type Place = (usize, usize);

/// An effect that is open, and a text that says what it is.
struct Saying<'f> {
    effect: usize,
    found: &'f FoundEffect,
    /// The number of the text, and the text.
    text: usize,
    said: &'f Arc<str>,
    /// Of a statement, where its parameters come from.
    parameters: &'f [Lineage],
    span: Span,
}

/// Says of each open effect what it is for each text that reaches it, and keeps these texts in the traces. Gives what of
/// the statements could not be read.
pub(super) fn said(
    functions: &Functions,
    inferred: &Inferred,
    reader: &Reader<'_>,
    system: &mut System,
) -> Vec<Problem> {
    let trace = |function: usize| &inferred.traces[functions.same[function][0].0];
    let open = Open::of(system, trace);
    if open.reached.is_empty() {
        return Vec::new();
    }
    let mut sayings: Vec<Saying<'_>> = Vec::new();
    for function in 0..system.traces.len() {
        for (number, site) in trace(function).sites.iter().enumerate() {
            for (parameter, text) in &site.texts {
                let called = system.traces[function].sites[number].functions.iter();
                let reached = called.filter_map(|called| open.reached.get(&(*called, *parameter)));
                let reached: BTreeSet<usize> = reached.flatten().copied().collect();
                if reached.is_empty() {
                    continue;
                }
                let passed = match text {
                    FoundText::Parameter(from) => PassedText::Parameter(*from),
                    FoundText::Text(said, parameters) => {
                        let text = system.texts.len();
                        system.texts.push(said.to_string());
                        let open = reached.iter().map(|effect| {
                            let (function, number) = open.places[effect];
                            Saying {
                                effect: *effect,
                                found: &trace(function).effects[number],
                                text,
                                said,
                                parameters,
                                span: site.span,
                            }
                        });
                        let room = MAX_SAYINGS.saturating_sub(sayings.len());
                        sayings.extend(open.take(room));
                        PassedText::Text(text)
                    }
                };
                let texts = &mut system.traces[function].sites[number].texts;
                texts.push((*parameter, passed));
            }
        }
    }
    let read: Vec<_> = sayings
        .par_iter()
        .filter_map(|saying| Some((saying, saying.read(reader)?)))
        .collect();
    let mut problems = Vec::new();
    for (saying, (effects, problem)) in read {
        let start = system.effects.len();
        system.effects.extend(effects);
        let numbers = (start..system.effects.len()).collect();
        system.said.insert((saying.effect, saying.text), numbers);
        problems.extend(problem);
    }
    problems
}

/// The effects that are open.
#[derive(Default)]
struct Open {
    /// By what says something of them.
    reached: BTreeMap<Place, BTreeSet<usize>>,
    /// Of each, its function and its number there.
    places: BTreeMap<usize, Place>,
}

impl Open {
    fn of<'f>(system: &System, trace: impl Fn(usize) -> &'f FoundTrace) -> Self {
        let mut open = Self::default();
        for (function, known) in system.traces.iter().enumerate() {
            for (number, effects) in known.effects.iter().enumerate() {
                for effect in effects {
                    let said = system.effects[*effect].said;
                    let open_parts = said.by().into_iter().chain(said.target);
                    for parameter in open_parts.chain(said.address) {
                        let known = open.reached.entry((function, parameter));
                        known.or_default().insert(*effect);
                        open.places.insert(*effect, (function, number));
                    }
                }
            }
        }
        // Who hands on what it is told.
        let mut from: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
        for (function, known) in system.traces.iter().enumerate() {
            for (site, found) in known.sites.iter().zip(&trace(function).sites) {
                for (index, text) in &found.texts {
                    if let FoundText::Parameter(parameter) = text {
                        for called in &site.functions {
                            let told = from.entry((*called, *index)).or_default();
                            told.push((function, *parameter));
                        }
                    }
                }
            }
        }
        let mut pending: Vec<Place> = open.reached.keys().copied().collect();
        while let Some(place) = pending.pop() {
            let effects = open.reached[&place].clone();
            for before in from.get(&place).into_iter().flatten() {
                let known = open.reached.entry(*before).or_default();
                let count = known.len();
                let room = MAX_REACHED.saturating_sub(count);
                let new: Vec<usize> = effects.difference(known).copied().take(room).collect();
                known.extend(new);
                if known.len() > count {
                    pending.push(*before);
                }
            }
        }
        open
    }
}

impl Saying<'_> {
    /// What the effect is; none where the text says nothing of that.
    fn read(&self, reader: &Reader<'_>) -> Option<(Vec<CodeEffect>, Option<Problem>)> {
        let mut found = self.found.clone();
        if found.said.statement.is_some() {
            if !super::infer::looks_like_sql(self.said) {
                return None;
            }
            let query = Query::clone(found.query.as_deref()?);
            found.query = Some(Arc::new(Query {
                verb: QueryVerb::Sql(Arc::clone(self.said), self.parameters.to_vec()),
                ..query
            }));
            found.span = self.span;
        } else {
            found.said.method?;
            found.method = Some(self.said.to_ascii_uppercase());
        }
        found.said = Default::default();
        Some(reader.read(&found))
    }
}
