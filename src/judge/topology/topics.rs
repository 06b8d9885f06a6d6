//! The topics that code names where it sends and takes messages, or tells others to.

use crate::model::{
    CallKind, Component, ComponentKind, Evidence, Reference, ReferenceVia, RelationKind, System,
};
use crate::read::beside::is_name;
use crate::source::Span;

/// The topics that the code of components names where it sends and takes messages.
pub(super) fn of_code(system: &mut System) {
    let told = system.told_targets(|call| flow(call.kind).is_some());
    let told: Vec<(usize, String, RelationKind, Span)> = told
        .into_iter()
        .filter(|told| is_name(told.text))
        .filter_map(|told| {
            let flow = flow(system.calls[told.call].kind)?;
            Some((told.function, told.text.to_owned(), flow, told.span))
        })
        .collect();
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

/// Which way messages go by a call of a broker.
fn flow(call: CallKind) -> Option<RelationKind> {
    match call {
        CallKind::BrokerPublish => Some(RelationKind::Publishes),
        CallKind::BrokerConsume => Some(RelationKind::Consumes),
        _ => None,
    }
}
