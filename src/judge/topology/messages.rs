//! Whether messages arrive, and where they go when they cannot be worked.

use crate::catalog::{Catalog, ProducerRules};
use crate::model::{
    Aside, CallKind, DeliveryFault, DeliveryFaultKind, Origin, OutboundCall, System,
};
use crate::source::{SourceKind, Sources, Span};
use memchr::memmem;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Producers that may lose or double messages, and queues without a dead-letter target.
pub(super) fn faults(system: &System, sources: &Sources, catalog: &Catalog) -> Vec<DeliveryFault> {
    let texts = Texts::new(system, sources, catalog);
    let mut found = Vec::new();
    let packages: BTreeSet<&str> = system
        .calls
        .iter()
        .map(|call| call.service.as_str())
        .collect();
    for package in packages {
        for rules in &catalog.operations.producers {
            let sends = |call: &&OutboundCall| {
                call.service == package
                    && call.krate == rules.krate
                    && call.kind == CallKind::BrokerPublish
                    && call.reached
                    && !matches!(call.aside, Some(Aside::Example | Aside::Unused))
            };
            let sends: Vec<&OutboundCall> = system.calls.iter().filter(sends).collect();
            if let Some(first) = sends.first() {
                producer(system, rules, package, first, &texts, &mut found);
                dropped(system, package, &sends, &mut found);
            }
        }
        dead_letters(system, sources, catalog, package, &texts, &mut found);
    }
    found
}

/// The texts in which settings are looked for, in small letters; only where somebody asks.
struct Texts(Vec<String>);

impl Texts {
    fn new(system: &System, sources: &Sources, catalog: &Catalog) -> Self {
        let rules = &catalog.operations;
        let asked = system.calls.iter().any(|call| {
            rules.producer(&call.krate).is_some()
                || rules
                    .dead_letters
                    .iter()
                    .any(|rule| rule.crates.contains(&call.krate))
        });
        let kinds = [SourceKind::Rust, SourceKind::Beside, SourceKind::Compose];
        let read = sources
            .iter()
            .filter(|(_, source)| asked && kinds.contains(&source.kind));
        let read: Vec<&str> = read.map(|(_, source)| source.text.as_str()).collect();
        let small_letters = read.into_par_iter().map(str::to_ascii_lowercase);
        Self(small_letters.collect())
    }

    fn hold(&self, words: &[String]) -> bool {
        let words: Vec<_> = words.iter().map(memmem::Finder::new).collect();
        let holds = |text: &String| {
            words
                .iter()
                .any(|word| word.find(text.as_bytes()).is_some())
        };
        self.0.par_iter().any(holds)
    }
}

fn producer(
    system: &System,
    rules: &ProducerRules,
    package: &str,
    first: &OutboundCall,
    texts: &Texts,
    found: &mut Vec<DeliveryFault>,
) {
    let mut fault = |span, reason: String, help: String, certain| {
        found.push(DeliveryFault {
            kind: DeliveryFaultKind::WeakDelivery,
            service: package.to_owned(),
            span,
            reason,
            help,
            certain,
        });
    };
    let set = system
        .producer_settings
        .iter()
        .filter(|set| set.service == package);
    for setting in set {
        let weak = rules
            .weak
            .iter()
            .find(|weak| weak.keys.contains(&setting.key) && weak.values.contains(&setting.value));
        if let Some(weak) = weak {
            let reason = format!("`{}` is `{}`: {}", setting.key, setting.value, weak.reason);
            let help = format!("set `{}` to `{}`", setting.key, weak.instead);
            fault(setting.span, reason, help, true);
        }
    }
    for needed in &rules.needs {
        if !texts.hold(&needed.texts) {
            let help = format!("set `{}` to `{}`", needed.key, needed.value);
            fault(first.name_span, needed.reason.clone(), help, false);
        }
    }
    if let Some(switch) = &rules.confirms {
        let confirmed = system.confirmations.iter().any(|(home, _)| home == package);
        if !confirmed && !texts.hold(std::slice::from_ref(switch)) {
            let reason =
                "the broker confirms nothing: a message that it does not get is lost unseen";
            let help = format!("call `{switch}` on the channel, and await what `publish` gives");
            fault(first.name_span, reason.to_owned(), help, false);
        }
    }
}

/// Results of sending that nobody looks at.
fn dropped(
    system: &System,
    package: &str,
    sends: &[&OutboundCall],
    found: &mut Vec<DeliveryFault>,
) {
    for call in sends
        .iter()
        .filter(|call| system.dropped.contains(&call.name_span))
    {
        found.push(DeliveryFault {
            kind: DeliveryFaultKind::WeakDelivery,
            service: package.to_owned(),
            span: call.name_span,
            reason: "nobody looks at whether the message arrived".to_owned(),
            help: "handle the error: try again, or fail the work that the message is part of"
                .to_owned(),
            certain: true,
        });
    }
}

/// Queues that a package makes and takes from, and that have nowhere to put what cannot be worked.
fn dead_letters(
    system: &System,
    sources: &Sources,
    catalog: &Catalog,
    package: &str,
    texts: &Texts,
    found: &mut Vec<DeliveryFault>,
) {
    for rules in &catalog.operations.dead_letters {
        let takes = system.calls.iter().find(|call| {
            let queue = call.target.as_deref().unwrap_or("");
            call.service == package
                && call.kind == CallKind::BrokerConsume
                && !matches!(call.aside, Some(Aside::Example | Aside::Unused))
                && rules.crates.contains(&call.krate)
                && call.reached
                && !catalog.operations.is_dead_letter(queue)
                && !taken_for_good(system, call)
                && !is_passing(system, sources, call, &rules.passing)
        });
        let Some(takes) = takes else { continue };
        // What is made elsewhere may have been given one there.
        if !texts.hold(&rules.makes) || texts.hold(&rules.gives) {
            continue;
        }
        let queue = takes
            .target
            .as_ref()
            .map_or_else(String::new, |queue| format!(" `{queue}`"));
        found.push(DeliveryFault {
            kind: DeliveryFaultKind::NoDeadLetter,
            service: package.to_owned(),
            span: takes.name_span,
            reason: format!("takes from the queue{queue}, which has no dead-letter target and no limit of deliveries"),
            help: format!("give it {}", rules.target),
            certain: true,
        });
    }
}

/// Whether what is taken counts as worked on once it is sent: it never comes again, and nothing is set aside.
fn taken_for_good(system: &System, takes: &OutboundCall) -> bool {
    let mut effects = system.effects.iter();
    effects.any(|effect| effect.span == takes.name_span && effect.origin.is(Origin::UNACKNOWLEDGED))
}

/// Whether the function that takes from a queue has made it before for itself alone: for the answer to what it has sent.
fn is_passing(system: &System, sources: &Sources, call: &OutboundCall, passing: &[String]) -> bool {
    let function = system.call_graph.functions[call.function].span;
    let before = Span::new(function.source, function.start, call.span.start);
    function.source == call.span.source
        && function.start < call.span.start
        && passing
            .iter()
            .any(|words| sources.slice(before).contains(words.as_str()))
}
