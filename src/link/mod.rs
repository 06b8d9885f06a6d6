//! All facts into one system: names, types, calls, routes and hosts resolved. Nothing is judged.

mod endpoints;
mod infer;
mod program;
mod resolve;
mod topology;
mod types;

use crate::catalog::Catalog;
use crate::model::{CallEdge, CallGraph, FunctionNode, OutboundCall, System};
use crate::read::FileFacts;
use crate::source::Sources;
use infer::Inferred;
use program::{FunctionId, Program};
use std::collections::BTreeMap;

/// Joins what every file says.
#[must_use]
pub fn link(sources: &Sources, facts: &[FileFacts], catalog: &Catalog) -> System {
    let program = Program::build(sources, facts);
    let inferred = infer::infer(&program, catalog);
    let mut system = System {
        calls: calls(&program, &inferred),
        ..System::default()
    };
    system.call_graph = call_graph(&program, &inferred);
    system.endpoints = endpoints::endpoints(sources, facts, catalog);
    topology::components(sources, facts, catalog, &program, &mut system);
    system
}

/// A call that is found through two crates that share a module counts once.
fn calls(program: &Program<'_>, inferred: &Inferred) -> Vec<OutboundCall> {
    let mut found = BTreeMap::new();
    for call in &inferred.calls {
        let function = &program.functions[call.function.0];
        let service = program.crate_of(function.module).package.to_string();
        found
            .entry((call.span, call.name_span))
            .or_insert_with(|| OutboundCall {
                service,
                span: call.span,
                name_span: call.name_span,
                function: call.function.0,
                kind: call.kind,
                krate: call.krate.clone(),
                method: call.method.clone(),
                target: call.target.clone(),
                guards: call.guards.clone(),
                evidence: call.evidence.clone(),
                entry_points: Vec::new(),
            });
    }
    found.into_values().collect()
}

fn call_graph(program: &Program<'_>, inferred: &Inferred) -> CallGraph {
    let functions = (0..program.functions.len()).map(|index| FunctionNode {
        name: program.function_name(FunctionId(index)),
        span: program.functions[index].span,
        passed_on: inferred.passed_on.contains(&FunctionId(index)),
    });
    let edges = inferred.edges.iter().map(|edge| CallEdge {
        from: edge.from.0,
        to: edge.to.0,
        span: edge.span,
        guards: edge.guards.clone(),
    });
    CallGraph {
        functions: functions.collect(),
        edges: edges.collect(),
    }
}
