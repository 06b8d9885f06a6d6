//! Which settings are in force, and where each comes from.

use super::{Config, FailOn};
use crate::model::CallKind;
use crate::read::tree::{Tree, Value};
use crate::rules::{Page, PageError, RULES};
use crate::source::{SourceId, SourceKind, Sources, Span};

/// A setting in force.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its key, as `critical.words` or `rules.missing-healthcheck`.
    pub key: String,
    /// Its value, as it would be written.
    pub value: String,
    /// `file:line`, or `default`.
    pub from: String,
}

/// How much of a value is shown.
const MAX_VALUE: usize = 200;

/// Every setting that the file makes, and the defaults of those it leaves alone.
///
/// # Errors
/// When the page of a rule is faulty; a test reads them all.
pub fn shown(config: &Config) -> Result<Vec<Setting>, PageError> {
    let mut settings = written(config);
    let mut default = |key: &str, value: String| {
        let below = format!("{key}.");
        let known = |setting: &Setting| setting.key == key || setting.key.starts_with(&below);
        if !settings.iter().any(known) {
            settings.push(Setting {
                key: key.to_owned(),
                value,
                from: "default".to_owned(),
            });
        }
    };
    let kinds = |kinds: &[CallKind]| {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        format!("[{}]", names.join(", "))
    };
    let demands = crate::model::GuardDemands::default();
    let limits = crate::catalog::Limits::default();
    default("fail-on", FailOn::Warning.name().to_owned());
    default("guards.breaker", kinds(&demands.breaker));
    default("guards.timeout", kinds(&demands.timeout));
    default(
        "thresholds.retry-attempts",
        limits.retry_attempts.to_string(),
    );
    default(
        "thresholds.single-point-dependents",
        limits.single_point_dependents.to_string(),
    );
    for rule in &RULES {
        let page = Page::parse(rule.page_text)?;
        default(
            &format!("rules.{}", page.id),
            page.severity.name().to_owned(),
        );
    }
    settings.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(settings)
}

/// The settings of the file: each member of the top level, and of the mappings right below it.
fn written(config: &Config) -> Vec<Setting> {
    let Some(location) = &config.location else {
        return Vec::new();
    };
    let name = location.path.display().to_string();
    let sources = Sources::new(vec![(name, SourceKind::Configuration, config.text.clone())]);
    let (tree, _) = Tree::parse(SourceId(0), &config.text);
    let mut settings = Vec::new();
    for entry in tree.root().into_iter().flat_map(Value::entries) {
        let key = entry.name().to_owned();
        if entry.value.is_map() {
            for inner in entry.value.entries() {
                let key = format!("{key}.{}", inner.name());
                settings.push(setting(&sources, key, inner.key.span(), inner.value));
            }
        } else {
            settings.push(setting(&sources, key, entry.key.span(), entry.value));
        }
    }
    settings
}

fn setting(sources: &Sources, key: String, at: Span, value: Value<'_, '_>) -> Setting {
    let text = sources.slice(value.span());
    let words: Vec<&str> = text.split_whitespace().collect();
    let value: String = words.join(" ").chars().take(MAX_VALUE).collect();
    Setting {
        key,
        value,
        from: sources.place(at),
    }
}
