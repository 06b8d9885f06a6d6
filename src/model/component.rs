//! Components, relations between them, and the order they start in.

use super::{Answer, Evidence};
use crate::source::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a component is there for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// Answers requests.
    Service,
    /// Works in the background: consumes, polls, runs jobs.
    Worker,
    /// A broker, or a point-to-point queue on it.
    Queue,
    /// A topic, subject or exchange on a broker.
    Topic,
    /// Reads streams and writes streams or stores.
    StreamProcessor,
    /// Runs over a bounded set of data and ends.
    Batch,
    /// Starts other work by time or dependency.
    Scheduler,
    /// Keeps the system's records.
    Database,
    /// Keeps copies that may be lost.
    Cache,
    /// Keeps data for analysis.
    Warehouse,
    /// Keeps files.
    ObjectStore,
    /// Keeps an index for search.
    Search,
    /// Passes requests on.
    Gateway,
    /// Belongs to somebody else.
    External,
    /// Watches the others.
    Observability,
    /// Keeps membership and configuration.
    Coordination,
    /// Runs once at start.
    InitJob,
    /// A console for people.
    Ui,
}

impl ComponentKind {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Worker => "worker",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::StreamProcessor => "stream-processor",
            Self::Batch => "batch",
            Self::Scheduler => "scheduler",
            Self::Database => "database",
            Self::Cache => "cache",
            Self::Warehouse => "warehouse",
            Self::ObjectStore => "object-store",
            Self::Search => "search",
            Self::Gateway => "gateway",
            Self::External => "external",
            Self::Observability => "observability",
            Self::Coordination => "coordination",
            Self::InitJob => "init-job",
            Self::Ui => "ui",
        }
    }
}

/// A part of the system.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Component {
    /// Unique and stable: the service's name, with its directory where two share one.
    pub id: String,
    /// The name to show.
    pub name: String,
    /// What it is there for.
    pub kind: ComponentKind,
    /// The product or language, where known.
    pub technology: Option<String>,
    /// What it is drawn with: the compose project's directory.
    pub group: String,
    /// Its networks, by their names in the compose file.
    pub networks: Vec<String>,
    /// Where it is built from: its build context or its cargo package, below the root.
    pub directory: Option<String>,
    /// Why all this is said.
    pub evidence: Vec<Evidence>,
    /// The image it runs, as written.
    pub image: Option<(String, Span)>,
    /// What others take it for that address it, by the schemes of their URLs: its kind and technology.
    pub spoken_to: BTreeSet<(ComponentKind, Option<String>)>,
    /// What it does to the stores and collectors that it addresses, where its product says so.
    pub acts: Option<RelationKind>,
    /// The image that its Dockerfile goes on from, where it is built here.
    pub base_image: Option<(String, Span)>,
    /// A compose file defines it.
    pub in_compose: bool,
    /// It is there for development or tests: by its file, or by its profiles.
    pub development: bool,
    /// It is known by its name alone: a topic, a bucket, something outside.
    pub named: bool,
    /// The kind of broker or store that it lies on, for a topic or a bucket.
    pub lies_on: Option<ComponentKind>,
    /// The cargo package it is built from.
    pub package: Option<String>,
    /// Which of the package's programs it runs, where the package has several.
    pub program: Option<String>,
    /// In which way it runs that program, where it runs in several: the sub-command.
    pub role: Option<String>,
    /// It is a container in which people develop: it waits to be used.
    pub stands_by: bool,
    /// Built from a directory of the system.
    pub built: bool,
    /// Offers a port outside.
    pub published: bool,
    /// The words of its command.
    pub command: Vec<String>,
    /// Name, value and place of each variable that it is given.
    pub settings: Vec<(String, String, Span)>,
    /// How many of it run, where that is said, and where.
    pub replicas: Option<(u32, Span)>,
    /// A volume or a directory of the machine is mounted: what it writes there outlives it.
    pub keeps_data: bool,
    /// The names of its labels.
    pub labels: Vec<(String, Span)>,
    /// Whether it says when it is ready: a healthcheck in compose or in the image.
    pub healthcheck: Answer,
    /// Whether something starts it again after it fails.
    pub restarts: Answer,
}

impl Component {
    /// A component of which nothing more is known than where it was met.
    #[must_use]
    pub fn new(id: &str, kind: ComponentKind, group: &str, evidence: Vec<Evidence>) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            kind,
            technology: None,
            group: group.to_owned(),
            networks: Vec::new(),
            directory: None,
            evidence,
            image: None,
            spoken_to: BTreeSet::new(),
            acts: None,
            base_image: None,
            in_compose: false,
            development: false,
            named: true,
            lies_on: None,
            package: None,
            program: None,
            role: None,
            stands_by: false,
            built: false,
            published: false,
            command: Vec::new(),
            settings: Vec::new(),
            replicas: None,
            keeps_data: false,
            labels: Vec::new(),
            healthcheck: Answer::Unknown,
            restarts: Answer::Unknown,
        }
    }
}

/// What is behind a handle in code (`PgPool`, a producer): the store or broker that the code uses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// What it is there for.
    pub kind: ComponentKind,
    /// Its technology, as the images have it.
    pub technology: String,
    /// What it is called where nothing else names it.
    pub name: String,
}

/// What one component does with another.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// Sends requests.
    Calls,
    /// Sends messages.
    Publishes,
    /// Takes messages.
    Consumes,
    /// Reads data.
    Reads,
    /// Writes data.
    Writes,
    /// Reads and writes data, or one of them where the input does not say which.
    ReadsWrites,
    /// Loads in bulk.
    Loads,
    /// Registers, elects, locks.
    Coordinates,
    /// Pulls metrics.
    Scrapes,
    /// Starts after it, and nothing more is known.
    Depends,
}

impl RelationKind {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Publishes => "publishes",
            Self::Consumes => "consumes",
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::ReadsWrites => "reads-writes",
            Self::Loads => "loads",
            Self::Coordinates => "coordinates",
            Self::Scrapes => "scrapes",
            Self::Depends => "depends",
        }
    }
}

/// A directed relation: who acts, on whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Relation {
    /// The component that acts.
    pub from: String,
    /// The component it acts on.
    pub to: String,
    /// What it does.
    pub kind: RelationKind,
    /// Whether the input says so, or it is a reader's conclusion.
    pub certain: bool,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// How a component names another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceVia {
    /// An environment variable of this name.
    Variable(String),
    /// A word of the command.
    Command,
    /// `depends_on` or `links`: an order of start, and nothing more.
    Order,
    /// A call in its code.
    Code,
    /// Calls in its code that do this.
    Does(RelationKind),
    /// A file beside the compose file that it mounts or is built from.
    File {
        /// The key or word that the name belongs to.
        key: String,
        /// Which way the file's words say that messages flow.
        flow: Option<RelationKind>,
    },
    /// The name of a topic or bucket in a variable or command.
    Name {
        /// The variable, or the flag.
        key: String,
        /// Which way its words say that messages flow.
        flow: Option<RelationKind>,
    },
}

impl ReferenceVia {
    /// Which way messages flow, where more than the name says it.
    #[must_use]
    pub fn flow(&self) -> Option<RelationKind> {
        match self {
            Self::File { flow, .. } | Self::Name { flow, .. } => *flow,
            _ => None,
        }
    }
}

/// An address that a file of settings gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingAddress {
    /// The last of the keys around it: `email_client`; empty for none, and for a variable.
    pub section: String,
    /// The key, or the variable.
    pub key: String,
    /// The host, below a domain.
    pub host: String,
    /// Where it stands.
    pub span: Span,
}

/// A place where a component names another.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The component that names.
    pub from: String,
    /// The component that is named.
    pub to: String,
    /// How.
    pub via: ReferenceVia,
    /// Where.
    pub span: Span,
}

/// What a component waits for before it starts after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Gate {
    /// `service_started`: the process exists.
    Started,
    /// `service_healthy`: the healthcheck passes.
    Healthy,
    /// `service_completed_successfully`: it ran and ended well.
    Completed,
}

/// An order of start between two components.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartOrder {
    /// The component that waits.
    pub client: String,
    /// The component it waits for.
    pub target: String,
    /// What it waits for.
    pub gate: Gate,
    /// Where this is written.
    pub span: Span,
    /// Whether the target keeps state that the client needs from its first second.
    pub stateful_target: bool,
    /// Whether something repeats the client's start when it fails: its restart policy.
    pub client_restarts: Answer,
    /// Whether the client is a program of this system that does its own connecting, and no console,
    /// probe or proxy known to reconnect.
    pub client_connects: bool,
    /// Whether the target says when it is ready.
    pub target_healthcheck: Answer,
}
