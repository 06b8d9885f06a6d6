//! What the files beside a compose file name, and the topics and buckets that variables name.

use super::Builder;
use super::address::Address;
use super::files::OwnFile;
use crate::model::{Component, ComponentKind, Evidence, Reference, ReferenceVia, RelationKind};
use crate::read::FileFacts;
use crate::read::beside::{self, Mention, Mentioned};
use crate::read::compose::Text;
use crate::source::{SourceId, Span, offset};
use memchr::memmem;
use std::collections::BTreeSet;

/// Whether the words of a key say what somebody is called: `service_name`, `OTEL_SERVICE_NAME`.
pub(super) fn is_own_name(words: &[&str]) -> bool {
    matches!(words, ["SERVICE", "NAME"] | ["OTEL", "SERVICE", "NAME"])
}

impl Builder<'_> {
    /// Which way messages flow through the variables that hold the names of topics.
    fn flows_of_variables(&self, files: &[OwnFile]) -> Vec<(String, RelationKind)> {
        let mentions = files
            .iter()
            .flat_map(|file| match &self.facts[file.source.0 as usize] {
                FileFacts::Beside(file) => file.mentions.as_slice(),
                _ => &[],
            });
        let flows = mentions.filter_map(|mention| match &mention.what {
            Mentioned::Variable(name) => {
                let flow = self.catalog.environment.flow_of_call(&mention.key)?;
                Some((letters(name), flow))
            }
            _ => None,
        });
        flows.collect()
    }

    /// What the files of a service name.
    pub(super) fn beside(&mut self, id: &str, project: usize, files: &[OwnFile]) {
        let variables = self.flows_of_variables(files);
        for own in files {
            let FileFacts::Beside(file) = &self.facts[own.source.0 as usize] else {
                continue;
            };
            let source = self.sources.get(own.source);
            let small_letters = source.text.to_ascii_lowercase();
            let flow = self.flow_of(&small_letters);
            // What is fetched while an image is built says nothing of the system.
            let name = source.path.rsplit('/').next().unwrap_or(&source.path);
            let built = name.contains("Dockerfile");
            // What the parts of one program tell each other is on no broker.
            let buses = &self.catalog.environment.in_process_buses;
            let within = buses.iter().any(|bus| small_letters.contains(bus.as_str()));
            for mention in file.mentions.iter().filter(|one| own.has(one.span)) {
                if within && matches!(mention.what, Mentioned::Topic(_)) {
                    continue;
                }
                // `orders.topic` is the setting behind `ordersTopic`.
                let key = letters(&mention.key);
                let mut known = variables.iter();
                let through = known.find(|(name, _)| key.ends_with(name.as_str()));
                let flow = through.map(|(_, flow)| *flow).or(flow);
                if !self.mention(id, project, mention, flow) && !built {
                    self.fetched(id, project, mention);
                }
            }
            self.products(id, project, own.source, &small_letters);
        }
    }

    /// What a file names whose content stands in the compose file.
    pub(super) fn content(&mut self, id: &str, project: usize, content: &Text) {
        let flow = self.flow_of(&content.value.to_ascii_lowercase());
        for mut mention in beside::read(content.span.source, "", &content.value).mentions {
            mention.span = content.span;
            self.mention(id, project, &mention, flow);
        }
    }

    /// Which way the words of a file say that messages flow; its text in small letters.
    fn flow_of(&self, text: &str) -> Option<RelationKind> {
        let rules = &self.catalog.environment;
        let holds = |words: &String| memmem::find(text.as_bytes(), words.as_bytes()).is_some();
        let says = |list: &[String]| list.iter().any(holds);
        match (says(&rules.publishing_texts), says(&rules.consuming_texts)) {
            (true, false) => Some(RelationKind::Publishes),
            (false, true) => Some(RelationKind::Consumes),
            _ => None,
        }
    }

    /// Something outside that a program or script asks: `wget https://data.example.com/day.csv`.
    fn fetched(&mut self, id: &str, project: usize, mention: &Mention) {
        let Mentioned::Host {
            scheme: Some(scheme),
            host,
            port,
            ..
        } = &mention.what
        else {
            return;
        };
        // The call that the URL is an argument of, or a tool before it on its line.
        let rules = &self.catalog.environment;
        let source = self.sources.get(mention.span.source);
        let before = source.text.get(..mention.span.start as usize).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or(before);
        let key = mention.key.to_ascii_lowercase();
        let mut tools = line.split(|c: char| !c.is_ascii_alphanumeric());
        let asks = |word: &str| rules.fetching_calls.iter().any(|known| known == word);
        if !asks(&key) && !tools.any(|word| rules.fetching_tools.iter().any(|tool| tool == word)) {
            return;
        }
        let address = Address {
            scheme: Some(scheme.clone()),
            host: host.clone(),
            port: *port,
        };
        let via = ReferenceVia::File {
            key: mention.key.clone(),
            flow: None,
        };
        let group = self.projects.group(project).to_owned();
        self.outside(id, &group, &address, via, mention.span);
    }

    /// Products outside that a program uses through a library of theirs; its text in small letters.
    fn products(&mut self, id: &str, project: usize, source_id: SourceId, text: &str) {
        for known in &self.catalog.outside.products {
            let found = known.texts.iter().find_map(|words| {
                let at = memmem::find(text.as_bytes(), words.as_bytes())?;
                Some((at, at + words.len()))
            });
            let Some((start, end)) = found else { continue };
            let span = Span::new(source_id, offset(start), offset(end));
            let group = self.projects.group(project).to_owned();
            // A stand-in for it in the project is what is used then.
            let technology = Some(&known.name);
            let mut components = self.system.components.iter();
            let own = components.find(|one| {
                one.technology.as_ref() == technology && !one.named && one.group == group
            });
            if own.is_some() {
                continue;
            }
            let reason = format!("the code uses a library of {}", known.name);
            let evidence = Evidence::seen(span, reason);
            let technology = Some(known.name.clone());
            self.add_outside(&known.name, known.kind, technology, &group, evidence);
            let key = "code".to_owned();
            self.refer(
                id,
                &known.name,
                ReferenceVia::File { key, flow: None },
                span,
            );
        }
    }

    /// Takes in what a line names; whether it is of this system.
    fn mention(
        &mut self,
        id: &str,
        project: usize,
        mention: &Mention,
        flow: Option<RelationKind>,
    ) -> bool {
        let rules = &self.catalog.environment;
        // What stands closer says more: the call, the section, then the whole file.
        let called = rules.flow_of_call(&mention.key);
        let flow = called
            .or_else(|| rules.flow_of_section(&mention.section))
            .or(flow);
        let via = ReferenceVia::File {
            key: mention.key.clone(),
            flow,
        };
        match &mention.what {
            // `producer.send("orders")`
            Mentioned::Host {
                scheme: None,
                host,
                port: None,
                ..
            } if called.is_some() => self.topic(id, project, host, via, mention.span),
            Mentioned::Host {
                scheme,
                host,
                port,
                path,
            } => {
                let scheme = scheme.as_deref();
                let known = scheme.and_then(|scheme| self.catalog.environment.scheme(scheme));
                match known.map(|known| (known.kind, known.names_topic)) {
                    Some((ComponentKind::ObjectStore, _)) if port.is_none() => {
                        self.bucket(id, project, host, via, mention.span);
                        return true;
                    }
                    Some((_, true)) => {
                        let topic = path.as_deref().unwrap_or_default();
                        self.topic(id, project, topic, via.clone(), mention.span);
                    }
                    _ => {}
                }
                let sure = scheme.is_some() || port.is_some() || self.speaks_of_host(&mention.key);
                let target = self.target(project, host, *port).filter(|_| sure);
                let Some(target) = target else { return false };
                self.speaks_to(&target, scheme);
                self.refer(id, &target, via, mention.span);
            }
            Mentioned::Topic(_)
                if Self::speaks(&mention.key, &self.catalog.environment.topic_setting_words) => {}
            Mentioned::Bucket(_)
                if Self::speaks(&mention.key, &self.catalog.environment.bucket_setting_words) => {}
            Mentioned::Variable(_) => {}
            Mentioned::Topic(name) => self.topic(id, project, name, via, mention.span),
            Mentioned::Bucket(name) => self.bucket(id, project, name, via, mention.span),
        }
        true
    }

    /// Whether a key has one of these words.
    fn speaks(key: &str, words: &[String]) -> bool {
        let key = key.to_ascii_uppercase();
        let mut parts = key.split(|c: char| !c.is_ascii_alphanumeric());
        parts.any(|part| words.iter().any(|word| word == part))
    }

    fn speaks_of_host(&self, key: &str) -> bool {
        let key = key.to_ascii_uppercase();
        let words: Vec<&str> = key.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let rules = &self.catalog.environment;
        // `service_name` is what somebody is called, and not where it is.
        if is_own_name(&words) {
            return false;
        }
        let has = |list: &[String]| list.iter().any(|word| words.contains(&word.as_str()));
        // `hostname` and `bootstrapServers` are one word.
        let ends = |list: &[String]| {
            let last = words.last().copied().unwrap_or("");
            list.iter()
                .any(|word| word.len() > 3 && last.ends_with(word.as_str()))
        };
        (has(&rules.address_words) || ends(&rules.address_words)) && !has(&rules.own_address_words)
    }

    /// The component that a host means: a service, or through the machine's own port the service
    /// that is published there.
    pub(super) fn target(&self, project: usize, host: &str, port: Option<u16>) -> Option<String> {
        if let Some(found) = self.projects.find(project, host) {
            return Some(found.clone());
        }
        let through_machine = self
            .catalog
            .environment
            .machine_hosts
            .iter()
            .any(|known| known == host);
        if through_machine {
            return self.published_at(Some(project), port?);
        }
        // `db.default.svc` and `db.network` are the service with its network behind.
        let (first, _) = host.split_once('.')?;
        let outside = host.rsplit('.').next().is_some_and(|last| {
            last.len() >= 2 && !matches!(last, "local" | "internal" | "svc" | "default")
        });
        (!outside).then(|| self.projects.find(project, first).cloned())?
    }

    /// The service behind a port of the machine: one of the project, or the only one of the others
    /// that is published there.
    pub(super) fn published_at(&self, project: Option<usize>, port: u16) -> Option<String> {
        let own = project.and_then(|project| self.published.get(&(project, port)));
        let all = self
            .published
            .iter()
            .filter(|((_, known), _)| *known == port);
        let ids: BTreeSet<&String> = all.map(|(_, id)| id).collect();
        let only = ids.first().copied().filter(|_| ids.len() == 1);
        own.or(only).cloned()
    }

    /// The names that a command gives after a flag (`--topic orders`), in a setting
    /// (`--set store.bucket=lake`) or to a program that makes a bucket (`mb store/lake`).
    pub(super) fn names_in_command(&mut self, id: &str, project: usize, command: &[Text]) {
        let split: Vec<Text> = command
            .iter()
            .flat_map(|word| {
                let parts = word.value.split_whitespace();
                parts.map(|part| Text {
                    value: part
                        .trim_matches(['"', '\'', ';', ',', '(', ')'])
                        .to_owned(),
                    span: word.span,
                })
            })
            .collect();
        for (at, word) in split.iter().enumerate() {
            let next = split.get(at + 1);
            if let Some((key, value)) = word.value.split_once('=') {
                let text = |value: &str| Text {
                    value: value.to_owned(),
                    span: word.span,
                };
                let key = key.trim_start_matches('-').replace(['.', '-'], "_");
                self.names_in(id, project, &text(&key), &text(value));
            } else if let (Some(flag), Some(next)) = (word.value.strip_prefix("--"), next) {
                let key = Text {
                    value: flag.replace(['.', '-'], "_"),
                    span: word.span,
                };
                if !next.value.starts_with('-') {
                    self.names_in(id, project, &key, next);
                }
            } else if let (true, Some(next)) = (word.value == "mb", next)
                && let Some((_, bucket)) = next.value.split_once('/')
                && !bucket.contains('/')
            {
                let key = word.value.clone();
                let via = ReferenceVia::Name { key, flow: None };
                self.bucket(id, project, bucket, via, next.span);
            }
        }
    }

    /// The names in a variable that speaks of topics or buckets.
    pub(super) fn names_in(&mut self, id: &str, project: usize, name: &Text, value: &Text) {
        let upper = name.value.to_ascii_uppercase();
        let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let rules = &self.catalog.environment;
        let has = |list: &[String]| list.iter().any(|word| words.contains(&word.as_str()));
        let (topics, buckets) = (
            has(&rules.topic_words) && !has(&rules.topic_setting_words),
            has(&rules.bucket_words) && !has(&rules.bucket_setting_words),
        );
        let via = ReferenceVia::Name {
            key: name.value.clone(),
            flow: None,
        };
        // What is a URL is read as one below.
        if (topics || buckets) && !value.value.contains("://") {
            for part in value.value.split([',', ' ', ';']) {
                let part = part.split(':').next().unwrap_or(part);
                if !is_topic(part) {
                    continue;
                }
                match topics {
                    true => self.topic(id, project, part, via.clone(), value.span),
                    false => self.bucket(id, project, part, via.clone(), value.span),
                }
            }
        }
        self.names_in_text(id, project, &value.value, &via, value.span);
    }

    /// `kafka://broker:9092/orders` and `s3://lake/tables`.
    pub(super) fn names_in_text(
        &mut self,
        id: &str,
        project: usize,
        text: &str,
        via: &ReferenceVia,
        span: Span,
    ) {
        for token in text.split([',', ' ', '"', '\'', ';', '=']) {
            let Some((before, rest)) = token.split_once("://") else {
                continue;
            };
            let scheme = before.rsplit(':').next().unwrap_or(before);
            let Some(known) = self.catalog.environment.scheme(scheme) else {
                continue;
            };
            let kind = known.kind;
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let first = path.split(['/', '?']).next().unwrap_or(path);
            match kind {
                // With a port or a password, a store answers there, and the bucket is behind it.
                ComponentKind::ObjectStore if authority.contains([':', '@']) => {
                    self.bucket(id, project, first, via.clone(), span);
                }
                ComponentKind::ObjectStore if is_topic(authority) => {
                    self.bucket(id, project, authority, via.clone(), span);
                }
                ComponentKind::Queue if known.names_topic && is_topic(first) => {
                    self.topic(id, project, first, via.clone(), span);
                }
                _ => {}
            }
        }
    }

    /// A topic that a component names.
    fn topic(&mut self, id: &str, project: usize, name: &str, via: ReferenceVia, span: Span) {
        if is_topic(name) {
            self.named(id, project, name, ComponentKind::Topic, via, span);
        }
    }

    /// A bucket that a component names.
    fn bucket(&mut self, id: &str, project: usize, name: &str, via: ReferenceVia, span: Span) {
        if is_topic(name) {
            self.named(id, project, name, ComponentKind::ObjectStore, via, span);
        }
    }

    fn named(
        &mut self,
        id: &str,
        project: usize,
        name: &str,
        kind: ComponentKind,
        via: ReferenceVia,
        span: Span,
    ) {
        // A service or program of that name is something else.
        let mut programs = self.system.executables.iter();
        let taken = self.projects.find(project, name).is_some()
            || self.projects.is_id(name)
            || programs.any(|one| one.package == name || one.name == name);
        let key = match (taken, kind) {
            (false, _) => name.to_owned(),
            (true, ComponentKind::Topic) => format!("topic:{name}"),
            (true, _) => format!("bucket:{name}"),
        };
        if self
            .system
            .component(&key)
            .is_some_and(|known| known.kind != kind)
        {
            return;
        }
        if self.system.component(&key).is_none() {
            let what = match kind {
                ComponentKind::Topic => "topic",
                _ => "bucket",
            };
            let group = self.projects.group(project).to_owned();
            let evidence = Evidence::seen(span, format!("the {what} `{name}` is named here"));
            self.system.components.push(Component {
                name: name.to_owned(),
                lies_on: Some(match kind {
                    ComponentKind::Topic => ComponentKind::Queue,
                    kind => kind,
                }),
                ..Component::new(&key, kind, &group, vec![evidence])
            });
        }
        self.system.references.push(Reference {
            from: id.to_owned(),
            to: key,
            via,
            span,
        });
    }
}

/// The letters and digits of a name, small.
fn letters(name: &str) -> String {
    let plain = name.chars().filter(char::is_ascii_alphanumeric);
    plain.map(|c| c.to_ascii_lowercase()).collect()
}

/// What a topic or bucket may be called: a name, and no setting.
fn is_topic(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (2..=100).contains(&name.len())
        && name.chars().all(plain)
        && name.chars().any(|c| c.is_ascii_alphabetic())
        && name.chars().any(|c| c.is_ascii_lowercase())
        && !matches!(
            name.to_ascii_lowercase().as_str(),
            "true" | "false" | "none" | "null" | "yes" | "no"
        )
}
