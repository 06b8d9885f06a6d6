//! All facts into one system: names, types, calls, routes and hosts resolved. Nothing is judged.

mod commands;
mod conflicts;
mod effects;
mod endpoints;
mod executables;
mod handles;
mod infer;
mod lasting;
mod made;
mod mesh;
mod owners;
mod program;
mod resolve;
mod routes;
mod said;
mod schema;
mod settings;
mod subcommands;
mod topology;
mod types;
mod unused;

pub(crate) use topology::host_of;

use crate::catalog::Catalog;
use crate::model::{
    CallEdge, CallGraph, Evidence, FunctionNode, GuardLayer, OutboundCall, ProducerSetting, System,
    UnboundedBuffer, UnknownCall,
};
use crate::problem::Problem;
use crate::read::FileFacts;
use crate::source::{Sources, Span};
use globset::GlobSet;
use infer::Inferred;
use program::{FunctionId, Program};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Joins what every file says. What of it could not be read is said too: SQL in code is known only
/// when the code is.
#[must_use]
pub fn link(sources: &Sources, facts: &[FileFacts], catalog: &Catalog) -> (System, Vec<Problem>) {
    let program = Program::build(sources, facts, catalog);
    let inferred = infer::infer(&program, catalog);
    let functions = Functions::new(&program);
    let mut system = System {
        calls: calls(&program, &functions, &inferred, catalog),
        unknown_calls: unknown_calls(&program, &functions, &inferred),
        around_handlers: around_handlers(&program, &inferred),
        unbounded_buffers: unbounded_buffers(&program, &functions, &inferred),
        subscriptions: named_places(&functions, &inferred.subscriptions),
        used_outside: named_places(&functions, &inferred.used_outside),
        producer_settings: producer_settings(&program, &inferred),
        confirmations: confirmations(&program, &inferred),
        dropped: inferred
            .dropped
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        call_graph: functions.call_graph(&program, &inferred, catalog),
        ..System::default()
    };
    let (executables, unmade) =
        executables::executables(&program, &functions, &inferred, &system.call_graph);
    system.executables = executables;
    system.linked = executables::linked(&program);
    let unset = [program.unset.as_slice(), &inferred.unset].concat();
    system.setting_addresses = settings::addresses_of(facts, &unset, catalog);
    mesh::guard(facts, catalog, &mut system.calls);
    system.handles = handles::handles(&program, catalog, &inferred.names);
    system.by_feature = program.by_feature.iter().cloned().collect();
    endpoints::endpoints(sources, facts, catalog, &mut system);
    routes::routes(
        sources,
        catalog,
        &program,
        &functions,
        &inferred,
        &mut system,
    );
    commands::asides(
        sources,
        &program,
        &functions,
        &inferred,
        catalog,
        &unmade,
        &mut system,
    );
    owners::owners(sources, facts, &mut system);
    let mut problems =
        effects::effects(sources, facts, &functions, &inferred, catalog, &mut system);
    conflicts::conflicts(&program, &functions, catalog, &mut system);
    let built_from = executables::built_from(&program);
    problems.extend(topology::components(
        sources,
        facts,
        catalog,
        &built_from,
        &mut system,
    ));
    problems.extend(read_late(facts));
    problems.extend(unknown_entry_points(sources, catalog, &system.call_graph));
    schema::schema(sources, facts, &mut system);
    (system, problems)
}

/// What could not be read of the files that only a module has asked for.
fn read_late(facts: &[FileFacts]) -> impl Iterator<Item = Problem> {
    let code = facts.iter().filter_map(|facts| match facts {
        FileFacts::Rust(facts) => Some(facts.late_problems()),
        _ => None,
    });
    code.flatten().cloned()
}

/// Functions by where they stand: a file that is a module of a library and of a program beside it
/// has each of its functions once.
struct Functions {
    /// For each function of the program, its index in the call graph.
    index: Vec<usize>,
    /// For each index, the functions that are one.
    same: Vec<Vec<FunctionId>>,
}

impl Functions {
    fn new(program: &Program<'_>) -> Self {
        let mut places = BTreeMap::new();
        let (mut index, mut same) = (Vec::new(), Vec::<Vec<FunctionId>>::new());
        for (id, def) in program.functions.iter().enumerate() {
            let place = *places.entry((def.span, def.part)).or_insert(same.len());
            if place == same.len() {
                same.push(Vec::new());
            }
            same[place].push(FunctionId(id));
            index.push(place);
        }
        Self { index, same }
    }

    fn call_graph(
        &self,
        program: &Program<'_>,
        inferred: &Inferred,
        catalog: &Catalog,
    ) -> CallGraph {
        let node = |same: &Vec<FunctionId>| FunctionNode {
            name: program.function_name(same[0]),
            package: program
                .crate_of(program.functions[same[0].0].module)
                .package
                .to_string(),
            span: program.functions[same[0].0].span,
            called_unseen: same
                .iter()
                .any(|id| inferred.passed_on.contains(id) || inferred.demanded.contains(id)),
            is_async: program.functions[same[0].0].function.is_async,
            dispatched: same.iter().any(|id| inferred.dispatched.contains_key(id)),
            in_program: same
                .iter()
                .any(|id| program.crate_of(program.functions[id.0].module).binary),
        };
        let edges = inferred.edges.iter().map(|edge| CallEdge {
            from: self.index[edge.from.0],
            to: self.index[edge.to.0],
            span: edge.span,
            guards: edge.guards.clone(),
            fan_out: edge.fan_out.clone(),
            detached: edge.detached,
        });
        let mut functions: Vec<FunctionNode> = self.same.iter().map(node).collect();
        for function in &mut functions {
            let mut listed = catalog.entry_points.iter();
            let listed = listed.any(|(names, _)| is_named(names, function));
            function.called_unseen |= listed;
        }
        CallGraph {
            functions,
            edges: edges.collect(),
        }
    }
}

/// Whether a function is one that the user lists, with or without its package.
fn is_named(names: &GlobSet, function: &FunctionNode) -> bool {
    let name = &function.name;
    names.is_match(name) || names.is_match(format!("{}::{name}", function.package))
}

/// Entries of `entry-points` that no function fits.
fn unknown_entry_points(sources: &Sources, catalog: &Catalog, graph: &CallGraph) -> Vec<Problem> {
    let name = catalog.configuration.as_deref().unwrap_or_default();
    let Some(source) = sources.find(name) else {
        return Vec::new();
    };
    let unknown = catalog.entry_points.iter().filter(|(names, _)| {
        let mut functions = graph.functions.iter();
        !functions.any(|function| is_named(names, function))
    });
    unknown
        .map(|(_, written)| {
            let span = Span::new(source, written.start, written.end);
            Problem::new(
                span,
                format!("no function is called `{}`", written.value),
                "name it as `Type::name`, `name` or `package::name`, or remove the entry",
            )
        })
        .collect()
}

fn calls(
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
    catalog: &Catalog,
) -> Vec<OutboundCall> {
    let mut found = BTreeMap::new();
    for call in &inferred.calls {
        let function = &program.functions[call.function.0];
        let service = program.crate_of(function.module).package.to_string();
        let hosts = topology::addresses(call.target.as_deref().unwrap_or(""));
        found
            .entry((call.span, call.name_span))
            .or_insert_with(|| OutboundCall {
                service,
                span: call.span,
                name_span: call.name_span,
                function: functions.index[call.function.0],
                kind: call.kind,
                krate: call.krate.clone(),
                // What is not known is no method.
                method: call.method.clone().filter(|method| !method.contains('{')),
                target: call.target.clone(),
                guards: call.guards.clone(),
                layers: call.layers.clone(),
                key: call.key.clone(),
                asks: call.asks,
                fan_out: call.fan_out.clone(),
                detached: call.detached,
                of_data: call.of_data,
                evidence: call.evidence.clone(),
                entry_points: Vec::new(),
                local: hosts.iter().any(|address| {
                    address.scheme.is_some()
                        && catalog.environment.local_hosts.contains(&address.host)
                }),
                socket: false,
                reached: false,
                waited: false,
                aside: None,
                owners: Vec::new(),
            });
    }
    found.into_values().collect()
}

/// The guards around handlers, each with the package that puts it there.
fn around_handlers(program: &Program<'_>, inferred: &Inferred) -> Vec<(String, GuardLayer)> {
    let package = |id: &FunctionId| {
        let function = &program.functions[id.0];
        program.crate_of(function.module).package.to_string()
    };
    let found = inferred.around_handlers.iter();
    found
        .map(|(id, layer)| (id.as_ref().map(package).unwrap_or_default(), layer.clone()))
        .collect()
}

fn unknown_calls(
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
) -> Vec<UnknownCall> {
    let mut found = BTreeMap::new();
    for call in &inferred.unknown {
        let function = &program.functions[call.function.0];
        found.entry(call.name_span).or_insert_with(|| UnknownCall {
            service: program.crate_of(function.module).package.to_string(),
            name_span: call.name_span,
            method: call.name.to_string(),
            function: functions.index[call.function.0],
            crates: call.crates.clone(),
        });
    }
    found.into_values().collect()
}

/// What functions name, and where, by their index in the call graph.
fn named_places(
    functions: &Functions,
    named: &[(FunctionId, SmolStr, Span)],
) -> Vec<(usize, String, Span)> {
    let found: BTreeSet<(usize, String, Span)> = named
        .iter()
        .map(|(id, name, span)| (functions.index[id.0], name.to_string(), *span))
        .collect();
    found.into_iter().collect()
}

fn producer_settings(program: &Program<'_>, inferred: &Inferred) -> Vec<ProducerSetting> {
    let package = |id: &FunctionId| &program.crate_of(program.functions[id.0].module).package;
    let set = inferred.settings.iter();
    let found: BTreeSet<ProducerSetting> = set
        .map(|(id, key, value, span)| ProducerSetting {
            service: package(id).to_string(),
            key: key.to_string(),
            value: value.to_string(),
            span: *span,
        })
        .collect();
    found.into_iter().collect()
}

fn confirmations(program: &Program<'_>, inferred: &Inferred) -> Vec<(String, Span)> {
    let package = |id: &FunctionId| &program.crate_of(program.functions[id.0].module).package;
    let made = inferred.confirmations.iter();
    let found: BTreeSet<(String, Span)> = made
        .map(|(id, span)| (package(id).to_string(), *span))
        .collect();
    found.into_iter().collect()
}

fn unbounded_buffers(
    program: &Program<'_>,
    functions: &Functions,
    inferred: &Inferred,
) -> Vec<UnboundedBuffer> {
    let package = |id: FunctionId| &program.crate_of(program.functions[id.0].module).package;
    let mut found = BTreeMap::new();
    // Whoever sends something to be answered waits for the answer.
    let fills = inferred.fills.iter();
    for fill in fills.filter(|fill| !program.holds(fill.item, "oneshot")) {
        let service = package(fill.function);
        let made = inferred
            .unbounded
            .iter()
            .filter(|(id, _)| package(*id) == service);
        let mut made: Vec<Evidence> = made
            .map(|(_, span)| Evidence::seen(*span, "a queue without a bound is made"))
            .collect();
        made.sort();
        made.dedup();
        found.entry(fill.span).or_insert_with(|| UnboundedBuffer {
            service: service.to_string(),
            function: functions.index[fill.function.0],
            span: fill.span,
            item: program.types[fill.item.0].name.to_string(),
            made,
            fed_from_outside: false,
        });
    }
    found.into_values().collect()
}
