//! `rules/catalog/environment.yaml`: what a reference in a variable, command or URL means.

use crate::model::{Component, ComponentKind, RelationKind};
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
    /// Technologies of databases that run in the process that uses them.
    pub embedded: Vec<String>,
    /// Kinds that keep state: a client that starts before they are ready fails.
    pub stateful: Vec<ComponentKind>,
    /// What of the texts of Rust code reads variables of the environment that it does not name.
    pub reads_environment: Vec<String>,
    /// How variables begin that libraries read by themselves.
    pub library_variables: Vec<String>,
    /// Technologies that ask others for their metrics.
    pub scrapers: Vec<String>,
    /// The keys under which they are told whom to ask; the sign of a list stands for one further above.
    pub scrape_keys: Vec<String>,
    /// Technologies that stand under such a key to be told of alerts.
    pub alarmed: Vec<String>,
    /// Hosts that are no component: the machine itself, placeholders.
    pub local_hosts: Vec<String>,
    /// Hosts by which a container reaches the machine that it runs on.
    pub machine_hosts: Vec<String>,
    /// Words of a program's name by which it brings a store into shape and ends.
    pub migration_words: Vec<String>,
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
    /// What the remark at the head of a compose file says that is there for development, in small letters.
    pub development_remarks: Vec<String>,
    /// Words of the paths of files that say how the system runs where it is used.
    pub production_words: Vec<String>,
    /// Words of profiles by which a person starts a service that then ends.
    pub manual_profiles: Vec<String>,
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
    /// What stands in a program, in small letters, whose parts tell each other of topics.
    pub in_process_buses: Vec<String>,
    /// How the first label of a host ends that is called after what it is for (`team-api`).
    pub host_endings: Vec<String>,
    /// Words before such an ending that do not say what it is for (`sandbox-api`).
    pub plain_host_words: Vec<String>,
    /// Keys of a configuration under which stands where data comes from, and where it goes.
    pub input_sections: Vec<String>,
    /// See [`Self::input_sections`].
    pub output_sections: Vec<String>,
    /// Calls in programs of other languages whose first argument is the topic that they send to.
    pub publishing_calls: Vec<String>,
    /// The same, for topics that they take from.
    pub consuming_calls: Vec<String>,
    /// Directories of what is made of a build context before its image is built.
    pub build_output_directories: Vec<String>,
    /// Endings of such files.
    pub build_output_endings: Vec<String>,
    /// Calls, in small letters, whose URL is asked when the program runs.
    pub fetching_calls: Vec<String>,
    /// Tools of the command line that ask the URL which follows them.
    pub fetching_tools: Vec<String>,
    /// Tools in the image of a store or broker that ask another one and end.
    pub client_programs: Vec<String>,
    /// Commands of a container that waits to be used by people.
    pub idle_commands: Vec<String>,
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
    /// Technologies of the component it names; none for any.
    #[serde(default)]
    pub technologies: Vec<String>,
    /// The relation.
    pub relation: RelationKind,
}

impl EnvironmentRules {
    /// What a reference means by the kinds at its ends.
    #[must_use]
    pub fn relation(&self, from: ComponentKind, to: &Component) -> RelationKind {
        let technology = |known: &[String]| {
            let own = to.technology.as_ref();
            known.is_empty() || own.is_some_and(|own| known.contains(own))
        };
        let fits = |kinds: &[ComponentKind], kind| kinds.is_empty() || kinds.contains(&kind);
        self.relations
            .iter()
            .find(|rule| {
                fits(&rule.from, from) && fits(&rule.to, to.kind) && technology(&rule.technologies)
            })
            .map_or(RelationKind::Depends, |rule| rule.relation)
    }

    /// Whether a component is a gateway to databases: what is behind it is read and written.
    #[must_use]
    pub fn leads_to_database(&self, component: &Component) -> bool {
        component.kind == ComponentKind::Gateway
            && self.relation(ComponentKind::Service, component) == RelationKind::ReadsWrites
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

    /// Which way data flows below these keys of a configuration (`output.kafka`); the outermost that
    /// says it counts.
    #[must_use]
    pub fn flow_of_section(&self, section: &str) -> Option<RelationKind> {
        let mut keys = section.split('.').map(str::to_ascii_lowercase);
        keys.find_map(|key| match &key {
            key if self.output_sections.contains(key) => Some(RelationKind::Publishes),
            key if self.input_sections.contains(key) => Some(RelationKind::Consumes),
            _ => None,
        })
    }

    /// Which way messages flow in a call of a program (`producer.send`).
    #[must_use]
    pub fn flow_of_call(&self, call: &str) -> Option<RelationKind> {
        let call = call.to_ascii_lowercase();
        let is = |known: &String| {
            let rest = call.strip_suffix(known.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(['.', '_']))
        };
        if self.publishing_calls.iter().any(is) {
            return Some(RelationKind::Publishes);
        }
        let takes = self.consuming_calls.iter().any(is);
        takes.then_some(RelationKind::Consumes)
    }

    /// The entry of a URL scheme (`postgresql+asyncpg` is read as `postgresql`, and what is before
    /// a known one is a program's own: `hummock+minio`).
    #[must_use]
    pub fn scheme(&self, scheme: &str) -> Option<&SchemeEntry> {
        let scheme = scheme.to_ascii_lowercase();
        let find = |name: &str| {
            let has = |entry: &&SchemeEntry| entry.schemes.iter().any(|known| known == name);
            self.schemes.iter().find(has)
        };
        find(&scheme).or_else(|| scheme.split('+').find_map(find))
    }
}
