//! What `seaworthy.yaml` may say. The JSON schema, the reference of `seaworthy config --reference`
//! and the check for unknown keys are all made of these types.

use super::kinds::by_kind;
use super::policy::PolicyEntry;
use super::spanned::Spanned;
use crate::catalog::{CrateEntry, ImageEntry, KeyEntry};
use crate::finding::Severity;
use crate::model::{CallKind, GuardKind};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Settings of seaworthy for one system. Every path and glob is relative to the directory of this file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[schemars(title = "seaworthy.yaml")]
pub struct ConfigFile {
    /// Globs of the files that are read; everything where there is none.
    pub include: Vec<Spanned<String>>,
    /// Globs of files that are not read, beside what ignore files name.
    pub exclude: Vec<Spanned<String>>,
    /// The least severity that gives exit status 1 (`--fail-on`); `warning` by default.
    pub fail_on: Option<FailOn>,
    /// The file with the findings that are known already (`--baseline`).
    pub baseline: Option<Spanned<String>>,
    /// For each rule, how bad its findings are: everywhere, or by path.
    pub rules: BTreeMap<String, Spanned<RuleSetting>>,
    /// Findings that are to be left out, each with the reason.
    pub suppress: Vec<Spanned<SuppressEntry>>,
    /// Which paths are critical: where a second execution costs somebody money or goods.
    pub critical: CriticalFile,
    /// Which kinds of calls must have which guard.
    pub guards: GuardsFile,
    /// What gateways, proxies and meshes do that no file in the repository shows.
    pub gateways: Vec<Spanned<GatewayEntry>>,
    /// Functions that something outside of the code calls, as `Type::name`, `name` or
    /// `package::Type::name`; `*` stands for any part of a name.
    pub entry_points: Vec<Spanned<String>>,
    /// From which number on something is reported.
    pub thresholds: Thresholds,
    /// The compose files of one system in the order of `docker compose -f`; or a list of such lists.
    pub compose: Vec<Spanned<OneOrMany>>,
    /// Rules of your own: what must not be, and what must be, in the architecture.
    pub policies: Vec<Spanned<PolicyEntry>>,
    /// Crates, images and idempotency keys of your own; they count before those that are shipped.
    pub catalog: CatalogFile,
}

/// The least severity that gives exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Every finding fails the build.
    Note,
    /// Warnings and errors do.
    Warning,
    /// Errors do.
    Error,
    /// Findings never fail the build.
    Never,
}

impl FailOn {
    /// The name used in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Never => "never",
        }
    }

    /// Whether a finding of this severity fails the build.
    #[must_use]
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::Note => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::Never => false,
        }
    }
}

/// How bad the findings of a rule are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It is not asked.
    Off,
    /// Worth knowing.
    Note,
    /// Worth mending.
    Warning,
    /// Wrong.
    Error,
}

impl Level {
    /// The severity; nothing where the rule is off.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }

    /// The name used in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.severity().map_or("off", Severity::name)
    }
}

/// What is set for a rule.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum RuleSetting {
    /// One level everywhere.
    Everywhere(Level),
    /// A level by path.
    ByPath(RuleByPath),
}

/// A rule's level by path.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleByPath {
    /// The level where no path below fits; the rule's own by default.
    #[serde(default)]
    pub level: Option<Level>,
    /// Globs of files with the level there; the last one that fits counts.
    #[serde(default)]
    pub paths: Vec<PathLevel>,
}

/// A level for some files.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathLevel {
    /// The glob.
    pub path: Spanned<String>,
    /// The level.
    pub level: Level,
}

/// Findings that are to be left out. Whatever is given must fit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SuppressEntry {
    /// The rule.
    pub rule: Spanned<String>,
    /// A glob of files.
    #[serde(default)]
    pub path: Option<Spanned<String>>,
    /// A glob of the name of what is found: a service, an endpoint (`POST /orders`), a function, as the
    /// finding names it.
    #[serde(default)]
    pub name: Option<Spanned<String>>,
    /// Why it is right to leave it out.
    #[serde(default)]
    pub reason: Option<String>,
    /// The last day on which it holds, as `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<Spanned<String>>,
}

/// Which paths are critical.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CriticalFile {
    /// Words beside those of the catalogue.
    pub words: Vec<String>,
    /// Globs of URL paths that are critical, whatever they are called.
    pub paths: Vec<Spanned<String>>,
    /// Globs of URL paths that are not critical, whatever they are called.
    pub never: Vec<Spanned<String>>,
}

/// Which kinds of calls must have which guard.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GuardsFile {
    /// Those that must have a circuit breaker.
    pub breaker: Option<Vec<CallKind>>,
    /// Those that must have a timeout.
    pub timeout: Option<Vec<CallKind>>,
}

/// What a gateway, proxy or mesh does for the requests to some hosts, or before some services.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GatewayEntry {
    /// Hosts, as the code or its variables name them, or a variable (`$STOCK_URL`); `*.internal` stands
    /// for all below, `*` for every request.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The guards that requests to these hosts have.
    #[serde(default)]
    pub guards: Vec<GuardKind>,
    /// How long its timeout is, in milliseconds.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
    /// How often its retry sends a request at most, the first time included.
    #[serde(default)]
    pub attempts: Option<u32>,
    /// Services (globs) before which it answers a repeated idempotency key by itself.
    #[serde(default)]
    pub idempotency_keys_for: Vec<Spanned<String>>,
}

/// From which number on something is reported.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Thresholds {
    /// `retry-amplification`: more attempts than this come of one request; 9 by default.
    pub retry_attempts: Option<u32>,
    /// `single-point-of-failure`: so many components use what runs once; 2 by default.
    pub single_point_dependents: Option<usize>,
}

/// A text, or a list of texts.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The texts.
    #[must_use]
    pub fn list(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// Entries of your own for the catalogue. CONTRIBUTING.md explains their fields.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CatalogFile {
    /// Container images, as in `rules/catalog/images.yaml`.
    pub images: Vec<Spanned<ImageEntry>>,
    /// Rust crates, as in `rules/catalog/rust/*.yaml`. A type that is listed takes the place of the
    /// shipped one.
    pub crates: Vec<Spanned<CrateEntry>>,
    /// Names that carry an idempotency key, as in `rules/catalog/idempotency.yaml`.
    pub idempotency_keys: Vec<Spanned<KeyEntry>>,
}

by_kind!(RuleSetting {
    text: Level => Self::Value::Everywhere,
    map: RuleByPath => Self::Value::ByPath,
});
by_kind!(OneOrMany {
    text: String => Self::Value::One,
    list: Vec<String> => Self::Value::Many,
});
