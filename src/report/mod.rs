//! Findings and verdicts as text: one file a format. Nothing is decided here.

pub mod audit_csv;
pub mod audit_html;
pub mod audit_json;
pub mod audit_markdown;
pub mod audit_table;
pub mod changes;
pub mod check_checkstyle;
pub mod check_github;
pub mod check_gitlab;
pub mod check_human;
pub mod check_json;
pub mod check_junit;
pub mod check_markdown;
mod check_region;
pub mod check_sarif;
mod check_sarif_log;
mod check_sarif_rules;
mod check_xml;
mod checklist;
mod merge;
mod operations;
mod place;
pub mod starter;

pub use merge::{is_checklist, merge as merge_checklists};

pub use place::{EvidenceJson, ProblemJson, evidence, location, problems};

/// `1 file`, `2 files`.
fn plural(count: usize, name: &str) -> String {
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}
