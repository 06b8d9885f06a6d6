//! What functions tell others to use: a topic or an address that is a parameter of whoever sends
//! (`publish(client, ORDERS, &order)`).

use super::{OutboundCall, PassedText, System};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A parameter of a function, both by their numbers.
type Place = (usize, usize);

/// A text that a function tells another, to which an outbound call goes.
pub struct ToldTarget<'s> {
    /// The function that says it, by its index in the call graph.
    pub function: usize,
    /// The text.
    pub text: &'s str,
    /// The outbound call, by its number.
    pub call: usize,
    /// Where it is said.
    pub span: Span,
}

impl System {
    /// The targets of these outbound calls, as far as they are parameters, by the texts that reach them through any number
    /// of functions.
    pub fn told_targets(&self, of: impl Fn(&OutboundCall) -> bool) -> Vec<ToldTarget<'_>> {
        let mut by_place: BTreeMap<(usize, Span), usize> = BTreeMap::new();
        for (number, call) in self.calls.iter().enumerate().filter(|(_, call)| of(call)) {
            by_place.insert((call.function, call.name_span), number);
        }
        let mut pending: Vec<(Place, usize)> = Vec::new();
        let mut callers: BTreeMap<Place, Vec<(usize, PassedText, Span)>> = BTreeMap::new();
        for (function, trace) in self.traces.iter().enumerate() {
            for effect in trace.effects.iter().flatten() {
                let effect = &self.effects[*effect];
                let call = by_place.get(&(function, effect.span));
                let parameter = effect.said.target.or(effect.said.address);
                if let (Some(parameter), Some(call)) = (parameter, call) {
                    pending.push(((function, parameter), *call));
                }
            }
            for site in &trace.sites {
                for called in &site.functions {
                    for (parameter, text) in &site.texts {
                        let known = callers.entry((*called, *parameter)).or_default();
                        known.push((function, *text, site.span));
                    }
                }
            }
        }
        let mut seen: BTreeSet<(Place, usize)> = pending.iter().copied().collect();
        let mut told = Vec::new();
        while let Some((place, call)) = pending.pop() {
            for (function, text, span) in callers.get(&place).into_iter().flatten() {
                match text {
                    PassedText::Text(text) => told.push(ToldTarget {
                        function: *function,
                        text: &self.texts[*text],
                        call,
                        span: *span,
                    }),
                    PassedText::Parameter(parameter) => {
                        let above = ((*function, *parameter), call);
                        if seen.insert(above) {
                            pending.push(above);
                        }
                    }
                }
            }
        }
        told
    }
}
