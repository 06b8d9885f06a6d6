//! The topics that code names where it sends and takes messages, or tells others to.

use crate::model::{
    CallKind, CodeEffect, Component, ComponentKind, Evidence, PassedText, Reference, ReferenceVia,
    RelationKind, System,
};
use crate::read::beside::is_name;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The topics that the code of components names where it sends and takes messages.
pub(super) fn of_code(system: &mut System) {
    let told = told(system);
    for client in system.components.clone() {
        if client.package.is_none() {
            continue;
        }
        let mut named: Vec<(String, RelationKind, Span)> = system
            .calls
            .iter()
            .filter(|call| system.runs(&client, call.function))
            .filter_map(|call| {
                let flow = flow(call.kind)?;
                let topic = call.target.as_deref().filter(|target| is_name(target))?;
                Some((topic.to_owned(), flow, call.name_span))
            })
            .collect();
        let taken = system.subscriptions.iter();
        named.extend(
            taken
                .filter(|(function, topic, _)| system.runs(&client, *function) && is_name(topic))
                .map(|(_, topic, span)| (topic.clone(), RelationKind::Consumes, *span)),
        );
        let told = told.iter();
        named.extend(
            told.filter(|(function, ..)| system.runs(&client, *function))
                .map(|(_, topic, flow, span)| (topic.clone(), *flow, *span)),
        );
        named.dedup();
        for (topic, flow, span) in named {
            let taken = system
                .component(&topic)
                .is_some_and(|known| known.kind != ComponentKind::Topic);
            let id = match taken {
                true => format!("topic:{topic}"),
                false => topic.clone(),
            };
            if system.component(&id).is_none() {
                let evidence = Evidence::seen(span, format!("the code names the topic `{topic}`"));
                system.components.push(Component {
                    name: topic,
                    lies_on: Some(ComponentKind::Queue),
                    ..Component::new(&id, ComponentKind::Topic, &client.group, vec![evidence])
                });
            }
            let key = String::new();
            system.references.push(Reference {
                from: client.id.clone(),
                to: id,
                via: ReferenceVia::Name {
                    key,
                    flow: Some(flow),
                },
                span,
            });
        }
    }
    system.components.sort_by(|a, b| a.id.cmp(&b.id));
}

/// A parameter of a function, both by their numbers.
type Place = (usize, usize);

/// The topics that functions tell others to send to or to take from (`publish(client, ORDERS, &order)`): who says it, the
/// topic, which way, and where it is said.
fn told(system: &System) -> Vec<(usize, String, RelationKind, Span)> {
    let flow = |function: usize, effect: &CodeEffect| {
        let mut calls = system.calls.iter();
        let call = calls.find(|call| call.function == function && call.name_span == effect.span)?;
        flow(call.kind)
    };
    let mut pending: Vec<(Place, RelationKind)> = Vec::new();
    let mut callers: BTreeMap<Place, Vec<(usize, PassedText, Span)>> = BTreeMap::new();
    for (function, trace) in system.traces.iter().enumerate() {
        for effect in trace.effects.iter().flatten() {
            let effect = &system.effects[*effect];
            if let (Some(parameter), Some(flow)) = (effect.said.target, flow(function, effect)) {
                pending.push(((function, parameter), flow));
            }
        }
        for site in &trace.sites {
            for (called, (parameter, text)) in site.functions.iter().flat_map(|called| {
                let texts = site.texts.iter();
                texts.map(move |text| (*called, *text))
            }) {
                let known = callers.entry((called, parameter)).or_default();
                known.push((function, text, site.span));
            }
        }
    }
    let mut seen: BTreeSet<(Place, RelationKind)> = pending.iter().copied().collect();
    let mut told = Vec::new();
    while let Some((place, flow)) = pending.pop() {
        for (function, text, span) in callers.get(&place).into_iter().flatten() {
            match text {
                PassedText::Text(text) => {
                    let topic = &system.texts[*text];
                    if is_name(topic) {
                        told.push((*function, topic.clone(), flow, *span));
                    }
                }
                PassedText::Parameter(parameter) => {
                    let above = ((*function, *parameter), flow);
                    if seen.insert(above) {
                        pending.push(above);
                    }
                }
            }
        }
    }
    told
}

/// Which way messages go by a call of a broker.
fn flow(call: CallKind) -> Option<RelationKind> {
    match call {
        CallKind::BrokerPublish => Some(RelationKind::Publishes),
        CallKind::BrokerConsume => Some(RelationKind::Consumes),
        _ => None,
    }
}
