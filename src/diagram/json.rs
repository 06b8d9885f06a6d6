//! `diagram --format json`: version 1 of the format that other tools read (README, "JSON"). Its
//! edges go from who acts to whom it acts on, whatever way a picture draws them.

use crate::analysis::Analysis;
use crate::model::{ComponentKind, RelationKind};
use crate::report::{EvidenceJson, evidence};
use serde::Serialize;

#[derive(Serialize)]
struct Report<'m> {
    version: u32,
    nodes: Vec<NodeJson<'m>>,
    edges: Vec<EdgeJson<'m>>,
}

#[derive(Serialize)]
struct NodeJson<'m> {
    id: &'m str,
    kind: ComponentKind,
    technology: Option<&'m str>,
    label: &'m str,
    group: &'m str,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct EdgeJson<'m> {
    from: &'m str,
    to: &'m str,
    kind: RelationKind,
    label: &'static str,
    certain: bool,
    evidence: Vec<EvidenceJson>,
}

/// The whole graph, ending in a line break.
///
/// # Errors
/// When a value cannot be written as JSON.
pub fn render(analysis: &Analysis) -> serde_json::Result<String> {
    let sources = &analysis.sources;
    let nodes = analysis.system.components.iter().map(|component| NodeJson {
        id: &component.id,
        kind: component.kind,
        technology: component.technology.as_deref(),
        label: &component.name,
        group: &component.group,
        evidence: evidence(sources, &component.evidence),
    });
    let edges = analysis.system.relations.iter().map(|relation| EdgeJson {
        from: &relation.from,
        to: &relation.to,
        kind: relation.kind,
        label: relation.kind.name(),
        certain: relation.certain,
        evidence: evidence(sources, &relation.evidence),
    });
    let report = Report {
        version: 1,
        nodes: nodes.collect(),
        edges: edges.collect(),
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}
