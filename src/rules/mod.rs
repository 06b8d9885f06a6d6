//! The rules. A rule is a page (`rules/<group>/<id>.md`), a file here, and a row below. It turns
//! verdicts into findings and detects nothing anew.

mod ack_before_work;
mod breaker_misconfigured;
mod broker_replication_mismatch;
mod causes;
mod check_then_insert_race;
mod code_faults;
mod consumer_without_dedupe;
mod delivery;
mod dependency_not_health_gated;
mod dual_write_without_outbox;
mod guard_faults;
mod health_gate_without_healthcheck;
mod idempotency_contract_incomplete;
mod idempotency_key_ignored;
mod idempotency_key_optional;
mod idempotency_key_stored_apart;
mod missing_healthcheck;
mod missing_restart_policy;
mod operation_without_route;
mod orphan_topic;
mod outbound_call_without_breaker;
mod outbound_call_without_timeout;
mod page;
mod patch_not_repeatable;
mod producer_weak_delivery;
mod put_or_delete_not_idempotent;
mod queue_without_dead_letter;
mod retry_amplification;
mod retry_of_non_idempotent_call;
mod route_without_operation;
mod safe_method_with_write;
mod services;
mod shared_keys;
mod single_point_of_failure;
mod timeout_budget_inverted;
mod unbounded_buffer;
mod unbounded_fan_out;
mod unbounded_retry;
mod undeclared_dependency;
mod unguarded;
mod write_endpoint_not_idempotent;

pub use page::{Page, PageError};

use crate::finding::Finding;
use crate::model::System;
use std::collections::BTreeMap;

/// The rule on suppressions: its findings come of the others'.
pub const UNUSED_SUPPRESSION: &str = "unused-suppression";

/// A rule: its page and its check.
#[derive(Debug)]
pub struct Rule {
    /// The page, as it stands in the repository.
    pub page_text: &'static str,
    /// Turns verdicts into findings, with the page's id and at most its severity. Nothing for a rule
    /// that is not about the system: about suppressions, or about a picture.
    pub check: Option<fn(&System, &Page) -> Vec<Finding>>,
}

/// Every rule, in the order of groups and names.
pub const RULES: [Rule; 35] = [
    Rule {
        page_text: include_str!("../../rules/contract/operation-without-route.md"),
        check: Some(operation_without_route::check),
    },
    Rule {
        page_text: include_str!("../../rules/contract/route-without-operation.md"),
        check: Some(route_without_operation::check),
    },
    Rule {
        page_text: include_str!("../../rules/contract/stale-diagram.md"),
        check: None,
    },
    Rule {
        page_text: include_str!("../../rules/contract/unused-suppression.md"),
        check: None,
    },
    Rule {
        page_text: include_str!("../../rules/events/ack-before-work.md"),
        check: Some(ack_before_work::check),
    },
    Rule {
        page_text: include_str!("../../rules/events/consumer-without-dedupe.md"),
        check: Some(consumer_without_dedupe::check),
    },
    Rule {
        page_text: include_str!("../../rules/events/dual-write-without-outbox.md"),
        check: Some(dual_write_without_outbox::check),
    },
    Rule {
        page_text: include_str!("../../rules/events/orphan-topic.md"),
        check: Some(orphan_topic::check),
    },
    Rule {
        page_text: include_str!("../../rules/events/producer-weak-delivery.md"),
        check: Some(producer_weak_delivery::check),
    },
    Rule {
        page_text: include_str!("../../rules/events/queue-without-dead-letter.md"),
        check: Some(queue_without_dead_letter::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/check-then-insert-race.md"),
        check: Some(check_then_insert_race::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/idempotency-contract-incomplete.md"),
        check: Some(idempotency_contract_incomplete::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/idempotency-key-ignored.md"),
        check: Some(idempotency_key_ignored::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/idempotency-key-optional.md"),
        check: Some(idempotency_key_optional::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/idempotency-key-stored-apart.md"),
        check: Some(idempotency_key_stored_apart::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/patch-not-repeatable.md"),
        check: Some(patch_not_repeatable::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/put-or-delete-not-idempotent.md"),
        check: Some(put_or_delete_not_idempotent::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/retry-of-non-idempotent-call.md"),
        check: Some(retry_of_non_idempotent_call::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/safe-method-with-write.md"),
        check: Some(safe_method_with_write::check),
    },
    Rule {
        page_text: include_str!("../../rules/idempotency/write-endpoint-not-idempotent.md"),
        check: Some(write_endpoint_not_idempotent::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/breaker-misconfigured.md"),
        check: Some(breaker_misconfigured::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/outbound-call-without-breaker.md"),
        check: Some(outbound_call_without_breaker::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/outbound-call-without-timeout.md"),
        check: Some(outbound_call_without_timeout::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/retry-amplification.md"),
        check: Some(retry_amplification::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/timeout-budget-inverted.md"),
        check: Some(timeout_budget_inverted::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/unbounded-buffer.md"),
        check: Some(unbounded_buffer::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/unbounded-fan-out.md"),
        check: Some(unbounded_fan_out::check),
    },
    Rule {
        page_text: include_str!("../../rules/resilience/unbounded-retry.md"),
        check: Some(unbounded_retry::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/broker-replication-mismatch.md"),
        check: Some(broker_replication_mismatch::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/dependency-not-health-gated.md"),
        check: Some(dependency_not_health_gated::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/health-gate-without-healthcheck.md"),
        check: Some(health_gate_without_healthcheck::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/missing-healthcheck.md"),
        check: Some(missing_healthcheck::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/missing-restart-policy.md"),
        check: Some(missing_restart_policy::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/single-point-of-failure.md"),
        check: Some(single_point_of_failure::check),
    },
    Rule {
        page_text: include_str!("../../rules/topology/undeclared-dependency.md"),
        check: Some(undeclared_dependency::check),
    },
];

/// The pages of all rules, by their ids.
///
/// # Errors
/// When a page is faulty; a test reads them all.
pub fn pages() -> Result<BTreeMap<String, Page>, PageError> {
    let pages = RULES.iter().map(|rule| Page::parse(rule.page_text));
    pages
        .map(|page| page.map(|page| (page.id.clone(), page)))
        .collect()
}

/// Runs every rule. Findings are ordered by place, then by rule.
///
/// # Errors
/// When a page is faulty; a test reads them all.
pub fn run(system: &System) -> Result<Vec<Finding>, PageError> {
    let mut findings = Vec::new();
    for rule in &RULES {
        if let Some(check) = rule.check {
            findings.extend(check(system, &Page::parse(rule.page_text)?));
        }
    }
    sort(&mut findings);
    Ok(findings)
}

/// Orders findings by place, then by rule.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (a.span, &a.rule, &a.subject).cmp(&(b.span, &b.rule, &b.subject)));
}
