//! Guards that do not do what they are there for: the rules on retries, budgets and breakers
//! share it.

use super::Page;
use crate::finding::{Finding, Severity};
use crate::model::{Confidence, GuardFault, OutboundCall, System};

/// What a rule says of a fault.
pub(super) struct Saying {
    /// What is wrong.
    pub(super) message: String,
    /// Why this place.
    pub(super) label: &'static str,
    /// What to do.
    pub(super) help: &'static str,
}

/// One finding for each fault that the rule has something to say of.
pub(super) fn check(
    system: &System,
    page: &Page,
    say: impl Fn(&GuardFault, &Subject<'_>) -> Option<Saying>,
) -> Vec<Finding> {
    let found = system.guard_faults.iter().filter_map(|fault| {
        let subject = Subject {
            call: &system.calls[fault.call],
            function: system.call_graph.name(system.calls[fault.call].function),
        };
        let saying = say(fault, &subject)?;
        // What rests on a name alone is never an error.
        let severity = match fault.confidence {
            Confidence::Low => Severity::Note,
            Confidence::Medium | Confidence::High => page.severity,
        };
        let severity = if subject.call.reached {
            severity
        } else {
            Severity::Note
        };
        let target = subject.call.target.as_deref().unwrap_or_default();
        Some(Finding {
            rule: page.id.clone(),
            severity,
            confidence: fault.confidence,
            span: fault.span,
            label: saying.label.to_owned(),
            message: saying.message,
            help: saying.help.to_owned(),
            evidence: fault.evidence.clone(),
            others: Vec::new(),
            subject: format!("{} {} {target}", subject.function, subject.call.krate),
        })
    });
    found.collect()
}

/// The call that a fault is about.
pub(super) struct Subject<'s> {
    pub(super) call: &'s OutboundCall,
    pub(super) function: &'s str,
}

impl Subject<'_> {
    /// `the POST of `Orders::place` to https://a.example/orders`.
    pub(super) fn name(&self) -> String {
        let method = self.call.method.as_deref().unwrap_or("request");
        let target = self
            .call
            .target
            .as_deref()
            .map(|target| format!(" to {target}"))
            .unwrap_or_default();
        format!("the {method} of `{}`{target}", self.function)
    }
}
