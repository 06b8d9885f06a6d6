//! Findings and verdicts as text: one file a format. Nothing is decided here.

pub mod audit_json;
pub mod audit_markdown;
pub mod audit_table;
pub mod check_human;
pub mod check_json;
mod checklist;
mod place;

pub use place::{EvidenceJson, ProblemJson, evidence, location, problems};
