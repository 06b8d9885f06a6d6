//! `rules/catalog/environment.yaml`: what a reference in a variable, command or URL means.

use crate::model::{ComponentKind, RelationKind};
use serde::Deserialize;

/// How references are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentRules {
    /// Words (between `_` of a variable's name) that say the value is an address.
    pub address_words: Vec<String>,
    /// Words that say what is done at the address, whatever stands there.
    pub direction_words: Vec<DirectionWords>,
    /// Words of variables that hold the component's own address.
    pub own_address_words: Vec<String>,
    /// URL schemes.
    pub schemes: Vec<SchemeEntry>,
    /// What a reference means by the kinds at its ends; the first that fits counts.
    pub relations: Vec<RelationRule>,
    /// Kinds that keep state: a client that starts before they are ready fails.
    pub stateful: Vec<ComponentKind>,
    /// Hosts that are no component: the machine itself, placeholders.
    pub local_hosts: Vec<String>,
    /// Hosts by which a container reaches the machine that it runs on.
    pub machine_hosts: Vec<String>,
    /// Labels by which a gateway finds the services behind it.
    pub gateway_labels: Vec<GatewayLabel>,
    /// Words of a service's name or command by which an own program starts others by time.
    pub scheduler_words: Vec<String>,
    /// Words of variables and keys by which a cache is used as a queue.
    pub queue_use_words: Vec<String>,
    /// Words of variables and keys by which it is used as a cache.
    pub cache_use_words: Vec<String>,
    /// Words of paths and profiles that are there for development and tests.
    pub development_words: Vec<String>,
    /// Words of the name of a service that is built from a web server and passes requests on.
    pub gateway_words: Vec<String>,
    /// Words of a service's name by which it sends messages, and by which it takes them.
    pub publisher_words: Vec<String>,
    /// See [`Self::publisher_words`].
    pub consumer_words: Vec<String>,
    /// What stands in a program or configuration that sends messages, in small letters.
    pub publishing_texts: Vec<String>,
    /// What stands in a program or configuration that takes messages, in small letters.
    pub consuming_texts: Vec<String>,
    /// Words of a variable that holds the name of a topic.
    pub topic_words: Vec<String>,
    /// Words of variables that speak of topics and hold no name of one.
    pub topic_setting_words: Vec<String>,
    /// Words of a variable that holds the name of a bucket.
    pub bucket_words: Vec<String>,
    /// Words of variables that speak of buckets and hold no name of one.
    pub bucket_setting_words: Vec<String>,
    /// Words of a service's name or command by which an own program is a worker.
    pub worker_words: Vec<String>,
}

/// Labels that a gateway reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayLabel {
    /// How their names start.
    pub prefix: String,
    /// The gateway's technology, as the images have it.
    pub technology: String,
}

/// Words in a variable's name and the relation they speak of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectionWords {
    /// The words.
    pub words: Vec<String>,
    /// Only for targets of these kinds.
    pub to: Vec<ComponentKind>,
    /// The relation.
    pub relation: RelationKind,
}

/// A URL scheme and what is behind it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemeEntry {
    /// The schemes.
    pub schemes: Vec<String>,
    /// What answers there.
    pub kind: ComponentKind,
    /// Its technology, where the scheme says it.
    #[serde(default)]
    pub technology: Option<String>,
    /// The first segment of the path is a topic.
    #[serde(default)]
    pub names_topic: bool,
}

/// What a reference from one kind of component to another means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelationRule {
    /// Kinds of the component that holds the reference; none for any.
    #[serde(default)]
    pub from: Vec<ComponentKind>,
    /// Kinds of the component it names; none for any.
    #[serde(default)]
    pub to: Vec<ComponentKind>,
    /// The relation.
    pub relation: RelationKind,
}

impl EnvironmentRules {
    /// What a reference means by the kinds at its ends.
    #[must_use]
    pub fn relation(&self, from: ComponentKind, to: ComponentKind) -> RelationKind {
        let fits = |kinds: &[ComponentKind], kind| kinds.is_empty() || kinds.contains(&kind);
        self.relations
            .iter()
            .find(|rule| fits(&rule.from, from) && fits(&rule.to, to))
            .map_or(RelationKind::Depends, |rule| rule.relation)
    }

    /// The relation that the words of a variable's name speak of.
    #[must_use]
    pub fn direction(&self, words: &[&str], to: ComponentKind) -> Option<RelationKind> {
        self.direction_words
            .iter()
            .find(|entry| {
                entry.to.contains(&to)
                    && entry
                        .words
                        .iter()
                        .any(|word| words.contains(&word.as_str()))
            })
            .map(|entry| entry.relation)
    }

    /// The entry of a URL scheme (`postgresql+asyncpg` is read as `postgresql`).
    #[must_use]
    pub fn scheme(&self, scheme: &str) -> Option<&SchemeEntry> {
        let scheme = scheme.to_ascii_lowercase();
        let base = scheme.split('+').next().unwrap_or(&scheme);
        self.schemes.iter().find(|entry| {
            entry
                .schemes
                .iter()
                .any(|known| *known == scheme || known == base)
        })
    }
}
