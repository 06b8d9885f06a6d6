//! `rules/catalog/operations.yaml`: how stores keep copies, and what makes messages safe.

use crate::model::Replication;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is known of how systems are run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationRules {
    /// Stores, brokers and registries that can run as several.
    pub stores: Vec<StoreRules>,
    /// Libraries that send messages.
    pub producers: Vec<ProducerRules>,
    /// Libraries that take messages from queues with a dead-letter target.
    pub dead_letters: Vec<DeadLetterRules>,
    /// Parts of the name of a queue that is itself a dead-letter target.
    pub dead_letter_names: Vec<String>,
}

/// A store that can run as several.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreRules {
    /// Its technology, as the images have it.
    pub technology: String,
    /// Where its documentation is.
    pub docs: String,
    /// How it keeps copies.
    pub protocol: Replication,
    /// How many copies it keeps where nothing says so.
    #[serde(default)]
    pub default_factor: Option<u32>,
    /// Ends of the settings that say how many copies it keeps.
    #[serde(default)]
    pub factor: Vec<String>,
    /// The same, for what it keeps for itself.
    #[serde(default)]
    pub internal_factors: Vec<String>,
    /// Ends of the settings that say how many copies must be there to write.
    #[serde(default)]
    pub min_insync: Vec<String>,
    /// Settings that end like those and are about something else.
    #[serde(default)]
    pub min_insync_of_another: Vec<String>,
    /// Ends of the settings that list who votes.
    #[serde(default)]
    pub voters: Vec<String>,
    /// Ends of the settings by which copies confirm a write before it counts.
    #[serde(default)]
    pub synchronous: Vec<String>,
    /// Ends of the settings that bound what waits in it.
    #[serde(default)]
    pub bounds: Vec<String>,
    /// The major version, by repository, from which on it needs no registry.
    #[serde(default)]
    pub alone_since: BTreeMap<String, u32>,
    /// The registry that it needed before.
    #[serde(default)]
    pub registry: Option<String>,
}

/// A library that sends messages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProducerRules {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Where this is documented.
    pub docs: String,
    /// The method that switches the broker's confirmations on.
    #[serde(default)]
    pub confirms: Option<String>,
    /// Values of settings with which messages may be lost or doubled.
    #[serde(default)]
    pub weak: Vec<WeakSetting>,
    /// Settings without which they may.
    #[serde(default)]
    pub needs: Vec<NeededSetting>,
}

/// A value with which messages may be lost or doubled.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeakSetting {
    /// The setting's names.
    pub keys: Vec<String>,
    /// The values.
    pub values: Vec<String>,
    /// The value with which they are not.
    pub instead: String,
    /// What happens.
    pub reason: String,
}

/// A setting without which messages may be lost or doubled.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeededSetting {
    /// Its name.
    pub key: String,
    /// The value that it needs.
    pub value: String,
    /// What stands in a program or configuration that sets it, in small letters.
    pub texts: Vec<String>,
    /// What happens without.
    pub reason: String,
}

/// Where messages go that cannot be worked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterRules {
    /// The crates that take messages from such queues.
    pub crates: Vec<String>,
    /// Where this is documented.
    pub docs: String,
    /// Functions that make a queue.
    pub makes: Vec<String>,
    /// What gives it a target or a limit, in small letters.
    pub gives: Vec<String>,
    /// What says, where it is made, that it ends with who made it.
    #[serde(default)]
    pub passing: Vec<String>,
    /// What to give it, in words.
    pub target: String,
}

impl OperationRules {
    /// What is known of a technology.
    #[must_use]
    pub fn store(&self, technology: &str) -> Option<&StoreRules> {
        let mut stores = self.stores.iter();
        stores.find(|store| store.technology == technology)
    }

    /// What is known of a crate that sends messages.
    #[must_use]
    pub fn producer(&self, krate: &str) -> Option<&ProducerRules> {
        let mut producers = self.producers.iter();
        producers.find(|producer| producer.krate == krate)
    }

    /// Whether a queue is called like one for messages that could not be worked.
    #[must_use]
    pub fn is_dead_letter(&self, queue: &str) -> bool {
        let queue = queue.to_ascii_lowercase();
        let mut names = self.dead_letter_names.iter();
        names.any(|name| queue.contains(name.as_str()))
    }
}
