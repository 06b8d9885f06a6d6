//! `rules/catalog/mesh.yaml`: what proxies and meshes promise for requests to a host.

use crate::model::GuardKind;
use serde::Deserialize;

/// Everything known of proxies and meshes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeshRules {
    /// Resources of a cluster.
    pub policies: Vec<PolicyEntry>,
    /// Labels of compose services.
    pub labels: Vec<LabelEntry>,
}

/// A kind of resource that guards requests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyEntry {
    /// Its API group.
    pub api: String,
    /// Its kind.
    pub kind: String,
    /// Where it is documented.
    pub docs: String,
    /// A list whose items are policies of their own; the paths below begin there.
    #[serde(default)]
    pub each: Option<String>,
    /// Where the hosts stand.
    pub hosts: Vec<String>,
    /// Where the guards stand.
    pub guards: Vec<PolicyGuard>,
    /// A resource that guards a host.
    pub hit: String,
    /// A resource that looks alike and guards nothing.
    pub miss: String,
}

/// A guard in a resource or label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyGuard {
    /// Where it stands.
    pub path: String,
    /// What it is.
    pub guard: GuardKind,
    /// The value is the length of a timeout.
    #[serde(default)]
    pub limit: bool,
    /// The value is the number of attempts.
    #[serde(default)]
    pub attempts: bool,
    /// The value is the number of repetitions: of attempts there is one more.
    #[serde(default)]
    pub retries: bool,
}

/// Labels by which a gateway is told what to put in front of a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelEntry {
    /// Where it is documented.
    pub docs: String,
    /// How the labels of a middleware begin; `*` is its name.
    pub middleware: String,
    /// The label that lists the middlewares of a router.
    pub router_middlewares: String,
    /// The label with the rule of a router.
    pub router_rule: String,
    /// The guards, by the rest of a middleware's label.
    pub guards: Vec<PolicyGuard>,
}
