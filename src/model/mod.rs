//! The architecture: plain data with spans and evidence inside. No stage after `judge` adds a fact.

mod call;
mod call_graph;
mod component;
mod effect;
mod endpoint;
mod fault;
mod guard;
mod method;
mod operations;
mod plan;
mod told;

pub(crate) use call::before_path;
pub use call::{Aside, CallKind, EntryPoint, OutboundCall, UnboundedBuffer, UnknownCall};
pub use call_graph::{CallEdge, CallGraph, Executable, FunctionNode, Lasts, ProgramRole};
pub use component::{
    Component, ComponentKind, Gate, Reference, ReferenceVia, Relation, RelationKind,
    SettingAddress, StartOrder, Store,
};
pub use effect::{
    By, ByVariant, CodeEffect, ColumnValue, EffectKind, KeyRead, KeyScope, Knows, NextRows,
    OnConflict, Origin, PassedText, PassedType, PassedVariant, Record, Said, Site, Step, Table,
    TableKey, Told, Trace, When,
};
pub use endpoint::{
    Basis, ContractInfo, Effect, Endpoint, Handler, HandlerCode, Key, KeyRequirement, Label,
    Operation, OutgoingRequest, Prefix, Via, unnamed_path,
};
pub use fault::{CodeFault, CodeFaultKind};
pub use guard::{
    Attempts, Guard, GuardDemands, GuardFault, GuardFaultKind, GuardKind, GuardLayer,
    GuardSettings, Guards, duration_in_words,
};
pub use method::{GRPC_METHOD, is_idempotent, is_safe};
pub use operations::{
    Cluster, DeliveryFault, DeliveryFaultKind, ProducerSetting, Replication, ReplicationFault,
    Setting, SinglePoint, Undeclared,
};
pub use plan::{Compensation, Plan, Remedy, quoted};
pub use told::ToldTarget;

use crate::source::Span;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::take;
use std::sync::{Mutex, PoisonError};

/// The whole system.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct System {
    /// Services, stores, brokers and what else there is, ordered by id.
    pub components: Vec<Component>,
    /// Who acts on whom, ordered.
    pub relations: Vec<Relation>,
    /// Addresses and names by which components refer to each other; relations are read from them.
    #[serde(skip)]
    pub references: Vec<Reference>,
    /// For each program of the workspace, the cargo packages of the workspace that it is built from.
    #[serde(skip)]
    pub linked: BTreeSet<BTreeSet<String>>,
    /// Handles of stores and brokers in the code of each cargo package.
    #[serde(skip)]
    pub handles: Vec<(String, Store)>,
    /// The stores that packages use by the features of what they depend on.
    #[serde(skip)]
    pub by_feature: Vec<(String, Store)>,
    /// The programs of the workspace.
    pub executables: Vec<Executable>,
    /// Those of them that run in several ways, as they run in each: `shop serve` and `shop work`.
    pub roles: Vec<ProgramRole>,
    /// The paths of compose files that are no part of the system, ordered: those of tests, and those in which developers
    /// run again what another file runs.
    pub rehearsals: Vec<String>,
    /// Who waits for whom at start.
    pub start_orders: Vec<StartOrder>,
    /// The API descriptions, in the order of their files.
    pub contracts: Vec<ContractInfo>,
    /// Operations that services offer.
    pub endpoints: Vec<Endpoint>,
    /// Requests that services send and others answer: webhooks and callbacks.
    pub outgoing: Vec<OutgoingRequest>,
    /// I/O that leaves a process.
    pub calls: Vec<OutboundCall>,
    /// What may be such I/O, on something whose type could not be found; ordered by place.
    pub unknown_calls: Vec<UnknownCall>,
    /// The topics that functions, by their index in the call graph, take messages from, and where
    /// that is said.
    #[serde(skip)]
    pub subscriptions: Vec<(usize, String, crate::source::Span)>,
    /// The products outside that functions, by their index in the call graph, begin to use, and where: a library that
    /// reports errors.
    #[serde(skip)]
    pub used_outside: Vec<(usize, String, crate::source::Span)>,
    /// The addresses that files of settings give, in the order of the files.
    #[serde(skip)]
    pub setting_addresses: Vec<SettingAddress>,
    /// Settings of producers in code.
    #[serde(skip)]
    pub producer_settings: Vec<ProducerSetting>,
    /// Where packages switch a broker's confirmations on.
    #[serde(skip)]
    pub confirmations: Vec<(String, crate::source::Span)>,
    /// The names of the calls whose result nobody looks at.
    #[serde(skip)]
    pub dropped: Vec<crate::source::Span>,
    /// Hosts that nothing here is called.
    pub undeclared: Vec<Undeclared>,
    /// Stores, brokers and registries as they are run; ordered by their first member.
    pub clusters: Vec<Cluster>,
    /// What runs once and whose loss several feel, the most used first.
    pub single_points: Vec<SinglePoint>,
    /// Configurations of copies that do not fit the members.
    pub replication_faults: Vec<ReplicationFault>,
    /// Producers and consumers whose messages are not safe.
    pub delivery_faults: Vec<DeliveryFault>,
    /// Which kinds of calls must have which guard.
    pub guard_demands: GuardDemands,
    /// Guards that some router has around its handlers, each with the package that puts it there, where that is known. Which
    /// handlers are its own is not known.
    #[serde(skip)]
    pub around_handlers: Vec<(String, GuardLayer)>,
    /// Guards that do not do what they are there for.
    pub guard_faults: Vec<GuardFault>,
    /// Work in queues without a bound.
    pub unbounded_buffers: Vec<UnboundedBuffer>,
    /// Which function calls which.
    pub call_graph: CallGraph,
    /// What the code does to stores, brokers and other services.
    #[serde(skip)]
    pub effects: Vec<CodeEffect>,
    /// The texts that are passed to functions and say what these do.
    #[serde(skip)]
    pub texts: Vec<String>,
    /// What an effect is, by its number, where its function is passed a text, by its number.
    #[serde(skip)]
    pub said: BTreeMap<(usize, usize), Vec<usize>>,
    /// What is wrong with the order in which the code does things; ordered.
    pub code_faults: Vec<CodeFault>,
    /// What each function of the call graph does, in order.
    #[serde(skip)]
    pub traces: Vec<Trace>,
    /// For each handler, the functions by which its parameters are made from a request, and whether it runs without what
    /// they make.
    #[serde(skip)]
    pub extractors: BTreeMap<usize, Vec<(usize, bool)>>,
    /// For each handler, the idempotency keys among the members of what it is given.
    #[serde(skip)]
    pub given_keys: BTreeMap<usize, Vec<KeyRead>>,
    /// The tables of each directory of migrations.
    #[serde(skip)]
    pub schemas: BTreeMap<String, BTreeMap<String, Table>>,
}

impl System {
    /// Takes out what has led to the verdicts and is no part of them. To give it back takes a while;
    /// the caller chooses when.
    #[must_use]
    pub fn forget_the_way(&mut self) -> Self {
        Self {
            references: take(&mut self.references),
            handles: take(&mut self.handles),
            by_feature: take(&mut self.by_feature),
            linked: take(&mut self.linked),
            subscriptions: take(&mut self.subscriptions),
            used_outside: take(&mut self.used_outside),
            setting_addresses: take(&mut self.setting_addresses),
            producer_settings: take(&mut self.producer_settings),
            confirmations: take(&mut self.confirmations),
            dropped: take(&mut self.dropped),
            around_handlers: take(&mut self.around_handlers),
            call_graph: CallGraph {
                functions: Vec::new(),
                edges: take(&mut self.call_graph.edges),
            },
            effects: take(&mut self.effects),
            texts: take(&mut self.texts),
            said: take(&mut self.said),
            traces: take(&mut self.traces),
            extractors: take(&mut self.extractors),
            given_keys: take(&mut self.given_keys),
            schemas: take(&mut self.schemas),
            ..Self::default()
        }
    }

    /// The program that a component runs.
    #[must_use]
    pub fn executable(&self, component: &Component) -> Option<&Executable> {
        let package = component.package.as_ref()?;
        let fits = |one: &&Executable| {
            let program = component.program.as_ref();
            one.package == *package && program.is_none_or(|program| one.name == *program)
        };
        match &component.role {
            Some(role) => {
                let of_role = self.roles.iter().filter(|one| one.name == *role);
                of_role.map(|one| &one.program).find(fits)
            }
            None => self.executables.iter().find(fits),
        }
    }

    /// Whether the program of a component runs a function.
    #[must_use]
    pub fn runs(&self, component: &Component, function: usize) -> bool {
        let executable = self.executable(component);
        executable.is_some_and(|executable| executable.functions.contains(&function))
    }

    /// The requests in the code that a `calls` relation stands for: those that are its evidence, and
    /// those to the variable that is.
    pub fn calls_behind<'s>(
        &'s self,
        relation: &'s Relation,
    ) -> impl Iterator<Item = &'s OutboundCall> {
        let client = self
            .component(&relation.from)
            .filter(|_| relation.kind == RelationKind::Calls);
        let shown = |call: &OutboundCall| {
            relation.evidence.iter().any(|evidence| {
                let variable = call.target.as_deref().and_then(|target| {
                    let name = target.strip_prefix('$')?;
                    name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                        .next()
                });
                let named =
                    variable.is_some_and(|name| evidence.reason.contains(&format!("`{name}`")));
                evidence.span() == Some(call.span) || named
            })
        };
        self.calls.iter().filter(move |call| {
            call.kind.is_request()
                && shown(call)
                && client.is_some_and(|client| self.runs(client, call.function))
        })
    }

    /// The component with an id.
    #[must_use]
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.id == id)
    }
}

/// Sixteen hexadecimal digits made of names (FNV-1a, 64 bits): the same in every run.
#[must_use]
pub fn stable_id(parts: &[&str]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        // A byte between the parts that no part holds.
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// Why something is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// Where.
    pub place: Place,
    /// What is seen there.
    pub reason: String,
}

impl Evidence {
    /// Where in the audited system it is, if it is there.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self.place {
            Place::Source(span) => Some(span),
            Place::Catalog(_) => None,
        }
    }

    /// Something seen in a file of the audited system.
    pub fn seen(span: Span, reason: impl Into<String>) -> Self {
        Self {
            place: Place::Source(span),
            reason: reason.into(),
        }
    }

    /// Something known from the catalogue.
    pub fn known(line: CatalogLine, reason: impl Into<String>) -> Self {
        Self {
            place: Place::Catalog(line),
            reason: reason.into(),
        }
    }
}

/// Where a piece of evidence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// In the audited system.
    Source(Span),
    /// In the catalogue.
    Catalog(CatalogLine),
}

/// A line of a catalogue file: what a verdict cites when the catalogue decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogLine {
    /// The file, as it stands in the repository of this tool.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
}

/// A name that stays as long as the program runs; each is kept once.
#[must_use]
pub(crate) fn name_for_life(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    match names.get(name) {
        Some(known) => known,
        None => {
            let kept: &'static str = Box::leak(name.into());
            names.insert(kept);
            kept
        }
    }
}

impl Serialize for CatalogLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.file, self.line).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CatalogLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (file, line) = <(&str, usize)>::deserialize(deserializer)?;
        let file = name_for_life(file);
        Ok(Self { file, line })
    }
}

/// An answer that may be missing. Unknown is not no.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Answer {
    /// Seen to be so.
    Yes,
    /// Seen not to be so.
    No,
    /// Could not be seen.
    #[default]
    Unknown,
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Rests on a name or on the contract alone.
    Low,
    /// Rests on a part of the facts.
    Medium,
    /// The facts were all seen.
    High,
}
