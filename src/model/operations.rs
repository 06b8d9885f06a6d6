//! How the system is run: what there is once, what is replicated, and where messages may be lost.

use super::{ComponentKind, Evidence};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// How a store keeps copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replication {
    /// A write counts when more than half of the members have it (Raft, ZAB, Paxos).
    Majority,
    /// A write counts when all copies that keep up have it, and at least so many do.
    InSyncReplicas,
    /// One member takes the writes, the others follow.
    Primary,
    /// Every member takes writes; each request says how many must answer.
    Leaderless,
}

impl Replication {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::InSyncReplicas => "in-sync-replicas",
            Self::Primary => "primary",
            Self::Leaderless => "leaderless",
        }
    }
}

/// A number that a setting gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The setting's name.
    pub name: String,
    /// The number.
    pub value: u32,
    /// Where it stands.
    pub span: Span,
}

/// A store, broker or registry as it is run: one component, or several that are members of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cluster {
    /// The components' ids, ordered.
    pub members: Vec<String>,
    /// What they are there for.
    pub kind: ComponentKind,
    /// Their product.
    pub technology: String,
    /// How many run: members, or the replicas that the deployment asks for.
    pub instances: u32,
    /// How it keeps copies; nothing where the catalogue does not say.
    pub protocol: Option<Replication>,
    /// How many copies it keeps, where a setting says so.
    pub factor: Option<Setting>,
    /// How many copies it keeps where nothing says so.
    pub default_factor: Option<u32>,
    /// How many copies of its own data it keeps.
    pub internal_factors: Vec<Setting>,
    /// How many copies must be there to write.
    pub min_insync: Option<Setting>,
    /// A setting by which copies confirm a write before it counts.
    pub synchronous: Option<Span>,
    /// How many of its members are lost before it takes no more writes; nothing where the
    /// configuration does not say.
    pub writes_survive: Option<u32>,
    /// A volume keeps what it holds.
    pub keeps_data: bool,
    /// A setting that bounds what waits in it, with its place.
    pub bound: Option<(String, Span)>,
    /// The components that use it, ordered; members and what only looks on left out.
    pub used_by: Vec<String>,
    /// Those that send messages to it, and those that take them.
    pub flow: (Vec<String>, Vec<String>),
    /// There for development or tests.
    pub development: bool,
    /// Where the members are defined, and what joins them.
    pub evidence: Vec<Evidence>,
}

impl Cluster {
    /// How many copies there are of what it holds.
    #[must_use]
    pub fn copies(&self) -> Option<u32> {
        let said = self.factor.as_ref().map(|factor| factor.value);
        said.or(self.default_factor)
    }

    /// More than half of its members.
    #[must_use]
    pub fn quorum(&self) -> u32 {
        self.instances / 2 + 1
    }
}

/// What runs once, and whose loss others feel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SinglePoint {
    /// The component.
    pub id: String,
    /// The components that use it, ordered.
    pub dependents: Vec<String>,
    /// The components that are reached through it alone, ordered.
    pub only_way_to: Vec<String>,
}

/// A configuration of copies that does not fit the members.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplicationFault {
    /// The component that is configured.
    pub id: String,
    /// Where.
    pub span: Span,
    /// What does not fit, and what follows.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The members.
    pub evidence: Vec<Evidence>,
}

/// What may happen to messages on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeliveryFaultKind {
    /// They may be lost or doubled when they are sent.
    WeakDelivery,
    /// One that cannot be worked comes again forever, or is lost.
    NoDeadLetter,
}

/// A producer or consumer whose messages are not safe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeliveryFault {
    /// What may happen.
    pub kind: DeliveryFaultKind,
    /// The package or service.
    pub service: String,
    /// Where.
    pub span: Span,
    /// What follows.
    pub reason: String,
    /// What to do.
    pub help: String,
    /// Whether it is set so, or only left so.
    pub certain: bool,
}

/// A setting of a producer in code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProducerSetting {
    /// The package.
    pub service: String,
    /// The setting.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Where it is set.
    pub span: Span,
}

/// A host that is addressed and that nothing here is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Undeclared {
    /// The component that addresses it.
    pub from: String,
    /// The host.
    pub host: String,
    /// What names it: a variable, or nothing for code.
    pub key: Option<String>,
    /// Where.
    pub span: Span,
}
