//! From the tree of a compose file to its services.

use super::{
    Build, ComposeFile, ComposeService, DependsOn, Extends, Healthcheck, Network, Tagged, Text,
    Volume,
};
use crate::problem::Problem;
use crate::read::tree::{Entry, Tree, Value, duplicate_keys};
use crate::source::SourceId;
use std::collections::BTreeMap;

/// Reads one compose file. A service that is not a mapping is one problem; the others are kept.
pub(crate) fn read(
    source: SourceId,
    path: &str,
    text: &str,
) -> (Option<ComposeFile>, Vec<Problem>) {
    let (tree, problems) = Tree::parse(source, text);
    let Some(root) = tree.root() else {
        return (None, problems);
    };
    let mut reader = Reader {
        problems,
        files: named(root, &["configs", "secrets"], |entry| {
            entry.get_merged("file")
        }),
        contents: named(root, &["configs"], |entry| entry.get_merged("content")),
        // A named volume may stand for a directory (the local driver's `device`).
        devices: named(root, &["volumes"], |entry| {
            entry.get_merged("driver_opts")?.get_merged("device")
        }),
    };
    let project = title(root);
    let mut services = Vec::new();
    // The first version of the format has its services at the top.
    let first_version = root.get_merged("services").is_none() && root.is_map();
    if first_version {
        for entry in root.merged_entries() {
            let is_service = ["image", "build", "extends"]
                .iter()
                .any(|key| entry.value.get_merged(key).is_some());
            if is_service && !entry.name().starts_with("x-") {
                let name = Text {
                    value: entry.name().to_owned(),
                    span: entry.key.span(),
                };
                services.push(reader.service(name, entry.value));
            }
        }
    }
    match root.get_merged("services") {
        Some(map) if map.is_map() => {
            reader.duplicates(map);
            for entry in map.merged_entries() {
                if entry.name().starts_with("x-") {
                    continue;
                }
                if entry.value.is_map() || entry.value.tag().is_some() {
                    let name = Text {
                        value: entry.name().to_owned(),
                        span: entry.key.span(),
                    };
                    services.push(reader.service(name, entry.value));
                } else {
                    let what = format!("the service `{}`", entry.name());
                    reader.expected(entry.value, &what, "a mapping");
                }
            }
        }
        Some(other) if !other.is_null() => reader.expected(other, "`services`", "a mapping"),
        _ => {}
    }
    let is_override = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains(".override."));
    (
        Some(ComposeFile {
            source,
            is_override,
            services,
            includes: includes(root),
            project,
            networks: networks(root),
        }),
        reader.problems,
    )
}

/// What stands behind the names of some sections.
fn named<'t, 's>(
    root: Value<'t, 's>,
    sections: &[&str],
    value: impl Fn(Value<'t, 's>) -> Option<Value<'t, 's>>,
) -> BTreeMap<String, Text> {
    let entries = sections
        .iter()
        .filter_map(|section| root.get_merged(section))
        .flat_map(Value::merged_entries);
    entries
        .filter_map(|entry| Some((entry.name().to_owned(), value(entry.value).and_then(text)?)))
        .collect()
}

/// What the project is called. In the first version of the format that is a service.
fn title(root: Value<'_, '_>) -> Option<Text> {
    root.get_merged("name").and_then(text)
}

/// The networks, those of other projects in the newer form (`external: true`) and the older one
/// (`external: {name: ..}`).
fn networks(root: Value<'_, '_>) -> Vec<Network> {
    let networks = root.get_merged("networks").into_iter();
    let network = |entry: Entry<'_, '_>| {
        let external = entry.value.get_merged("external");
        let older = external.filter(|value| value.is_map());
        let name = entry.value.get_merged("name");
        let name = name.or_else(|| older?.get_merged("name"));
        Network {
            key: entry.name().to_owned(),
            name: name.and_then(text),
            external: older.is_some() || external.and_then(Value::bool) == Some(true),
        }
    };
    networks
        .flat_map(Value::merged_entries)
        .map(network)
        .collect()
}

/// `include`: paths, or mappings with a `path` or several.
fn includes(root: Value<'_, '_>) -> Vec<Text> {
    let listed = root
        .get_merged("include")
        .into_iter()
        .flat_map(Value::items);
    listed
        .flat_map(|item| match item.get_merged("path") {
            Some(path) if path.is_seq() => path.items().filter_map(text).collect(),
            Some(path) => text(path).into_iter().collect(),
            None => text(item).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

struct Reader {
    problems: Vec<Problem>,
    /// The files behind the names of configs and secrets.
    files: BTreeMap<String, Text>,
    /// The contents behind the names of configs.
    contents: BTreeMap<String, Text>,
    /// The directories behind the names of volumes.
    devices: BTreeMap<String, Text>,
}

impl Reader {
    fn service(&mut self, name: Text, service: Value<'_, '_>) -> ComposeService {
        self.duplicates(service);
        let mut aliases: Vec<Text> = ["container_name", "hostname"]
            .iter()
            .filter_map(|key| service.get_merged(key).and_then(text))
            .collect();
        let networks = service.get_merged("networks");
        for network in networks.into_iter().flat_map(Value::merged_entries) {
            let listed = network.value.get_merged("aliases").into_iter();
            aliases.extend(listed.flat_map(Value::items).filter_map(text));
        }
        let deploy = service.get_merged("deploy");
        let policy = deploy.and_then(|deploy| deploy.get_merged("restart_policy"));
        let restart = service
            .get_merged("restart")
            .or_else(|| policy?.get_merged("condition"));
        let replicas = deploy.and_then(|deploy| deploy.get_merged("replicas"));
        let replicas = replicas.or_else(|| service.get_merged("scale"));
        let mut outside = self.keys(service.get_merged("external_links"), "external_links");
        outside.extend(self.keys(service.get_merged("extra_hosts"), "extra_hosts"));
        ComposeService {
            tagged: tagged(service),
            laid_over: Vec::new(),
            name,
            aliases,
            image: service.get_merged("image").and_then(text),
            build: service
                .get_merged("build")
                .and_then(|value| self.build(value)),
            entrypoint: self.words(service.get_merged("entrypoint"), "entrypoint"),
            command: self.words(service.get_merged("command"), "command"),
            environment: self.pairs(service.get_merged("environment"), "environment"),
            ports: self.ports(service.get_merged("ports")),
            depends_on: self.depends_on(service.get_merged("depends_on")),
            links: self.words(service.get_merged("links"), "links"),
            outside,
            networks: self.keys(networks, "networks"),
            healthcheck: healthcheck(service.get_merged("healthcheck")),
            restart: restart.and_then(text),
            replicas: replicas.and_then(text),
            labels: self.pairs(service.get_merged("labels"), "labels"),
            volumes: self.volumes(service.get_merged("volumes")),
            files: self.behind(service, &self.files),
            contents: self.behind(service, &self.contents),
            env_files: env_files(service.get_merged("env_file")),
            extends: service.get_merged("extends").and_then(extends),
            profiles: {
                let profiles = service.get_merged("profiles").into_iter();
                profiles.flat_map(Value::items).filter_map(text).collect()
            },
        }
    }

    /// What is mounted, in short and long form.
    fn volumes(&self, volumes: Option<Value<'_, '_>>) -> Vec<Volume> {
        let volumes = volumes.into_iter().flat_map(Value::items);
        let read = volumes.filter_map(|volume| {
            let (source, target, bind) = match volume.is_map() {
                true => {
                    let of = |key| volume.get_merged(key).and_then(text);
                    let target = of("target").map_or_else(String::new, |target| target.value);
                    let kind = volume.get_merged("type").and_then(Value::text);
                    (of("source")?, target, kind == Some("bind"))
                }
                false => {
                    let whole = text(volume)?;
                    let mut parts = split_outside_braces(&whole.value);
                    let source = parts.next()?.to_owned();
                    let target = parts.next().unwrap_or(&source).to_owned();
                    // A name without a dot or slash in front is a volume.
                    let path = source.starts_with(['.', '/', '~', '$']) || source.contains('/');
                    let span = whole.span;
                    let source = Text {
                        value: source,
                        span,
                    };
                    (source, target, path)
                }
            };
            let device = self.devices.get(&source.value).filter(|_| !bind);
            let (source, of_machine) = match device {
                Some(device) => (device.clone(), true),
                None => (source, bind),
            };
            Some(Volume {
                source,
                target,
                of_machine,
            })
        });
        read.collect()
    }

    /// What stands behind the names of the configs and secrets that a service uses.
    fn behind(&self, service: Value<'_, '_>, known: &BTreeMap<String, Text>) -> Vec<Text> {
        let used = ["configs", "secrets"]
            .iter()
            .filter_map(|section| service.get_merged(section))
            .flat_map(Value::items);
        let names = used.filter_map(|item| text(item.get_merged("source").unwrap_or(item)));
        names
            .filter_map(|name| known.get(&name.value).cloned())
            .collect()
    }

    /// The keys of a mapping, or the part before `:` or `=` of a list's items.
    fn keys(&mut self, value: Option<Value<'_, '_>>, what: &str) -> Vec<Text> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        if value.is_map() {
            let key = |entry: Entry<'_, '_>| Text {
                value: entry.name().to_owned(),
                span: entry.key.span(),
            };
            return value.merged_entries().into_iter().map(key).collect();
        }
        let first = |item: &Text| item.value.split([':', '=']).next().map(str::to_owned);
        self.words(Some(value), what)
            .into_iter()
            .filter_map(|item| {
                Some(Text {
                    value: first(&item)?,
                    span: item.span,
                })
            })
            .collect()
    }

    fn depends_on(&mut self, value: Option<Value<'_, '_>>) -> Vec<DependsOn> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        let started = "service_started";
        if value.is_seq() {
            let target = |target| DependsOn {
                target,
                condition: started.to_owned(),
                required: true,
            };
            return value.items().filter_map(text).map(target).collect();
        }
        if !value.is_map() {
            self.expected(value, "`depends_on`", "a list or a mapping");
            return Vec::new();
        }
        let mut found = Vec::new();
        for entry in value.merged_entries() {
            let condition = entry
                .value
                .get_merged("condition")
                .and_then(text)
                .map(|condition| condition.value);
            let target = Text {
                value: entry.name().to_owned(),
                span: entry.key.span(),
            };
            found.push(DependsOn {
                target,
                condition: condition.unwrap_or_else(|| started.to_owned()),
                required: entry.value.get_merged("required").and_then(Value::bool) != Some(false),
            });
        }
        found
    }

    /// A list of words, or one string that a shell would split.
    fn words(&mut self, value: Option<Value<'_, '_>>, what: &str) -> Vec<Text> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        if value.is_seq() {
            return value.items().filter_map(text).collect();
        }
        match text(value) {
            Some(whole) => {
                let span = whole.span;
                let word = |word: &str| Text {
                    value: word.trim_matches(['"', '\'']).to_owned(),
                    span,
                };
                whole.value.split_whitespace().map(word).collect()
            }
            None => {
                self.expected(value, &format!("`{what}`"), "a list or a string");
                Vec::new()
            }
        }
    }

    fn build(&mut self, value: Value<'_, '_>) -> Option<Build> {
        if let Some(context) = text(value) {
            return Some(Build {
                context,
                dockerfile: None,
                target: None,
                inline: None,
                args: Vec::new(),
            });
        }
        if !value.is_map() {
            return None;
        }
        let here = Text {
            value: ".".to_owned(),
            span: value.span(),
        };
        Some(Build {
            context: value.get_merged("context").and_then(text).unwrap_or(here),
            dockerfile: value.get_merged("dockerfile").and_then(text),
            target: value.get_merged("target").and_then(text),
            inline: value.get_merged("dockerfile_inline").and_then(text),
            args: self.pairs(value.get_merged("args"), "build.args"),
        })
    }

    /// A mapping, or a list of `name=value`.
    fn pairs(&mut self, value: Option<Value<'_, '_>>, what: &str) -> Vec<(Text, Text)> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        // A variable without a value has that of the environment that compose runs in.
        let unsaid = |name: &str| match what {
            "labels" => String::new(),
            _ => format!("${{{name}}}"),
        };
        if value.is_map() {
            let pair = |entry: Entry<'_, '_>| {
                let name = Text {
                    value: entry.name().to_owned(),
                    span: entry.key.span(),
                };
                let value = text(entry.value).unwrap_or(Text {
                    value: unsaid(entry.name()),
                    span: entry.value.span(),
                });
                (name, value)
            };
            return value.merged_entries().into_iter().map(pair).collect();
        }
        if !value.is_seq() {
            self.expected(value, &format!("`{what}`"), "a list or a mapping");
        }
        let pair = |item: Text| {
            let unsaid = unsaid(&item.value);
            let (name, value) = item.value.split_once('=').unwrap_or((&item.value, &unsaid));
            let part = |value: &str| Text {
                value: value.to_owned(),
                span: item.span,
            };
            (part(name), part(value))
        };
        value.items().filter_map(text).map(pair).collect()
    }

    fn ports(&mut self, value: Option<Value<'_, '_>>) -> Vec<Text> {
        let port = |item: Value<'_, '_>| {
            text(item).or_else(|| item.get_merged("published").and_then(text))
        };
        value
            .into_iter()
            .flat_map(Value::items)
            .filter_map(port)
            .collect()
    }

    fn duplicates(&mut self, map: Value<'_, '_>) {
        for (name, span) in duplicate_keys(map) {
            self.problems.push(Problem::new(
                span,
                format!("the key `{name}` stands twice; the first one counts"),
                "merge the two or remove one",
            ));
        }
    }

    fn expected(&mut self, value: Value<'_, '_>, what: &str, rule: &str) {
        self.problems.push(Problem::new(
            value.span(),
            format!("{what} must be {rule}, and this is {}", value.kind_name()),
            "correct it by the compose specification",
        ));
    }
}

fn text(value: Value<'_, '_>) -> Option<Text> {
    let raw = value.text().filter(|_| !value.is_null())?;
    Some(Text {
        value: raw.to_owned(),
        span: value.span(),
    })
}

/// The parts of a short form between its colons; a colon within `${..}` is none.
fn split_outside_braces(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ':' && depth == 0
    })
}

/// Where `!reset` and `!override` stand: at the service, at its attributes, or at their members.
fn tagged(service: Value<'_, '_>) -> Vec<Tagged> {
    let of = |value: Value<'_, '_>, attribute: &str, member: Option<&str>| {
        let reset = match value.tag()? {
            "reset" => true,
            "override" => false,
            _ => return None,
        };
        Some(Tagged {
            attribute: attribute.to_owned(),
            member: member.map(str::to_owned),
            reset,
        })
    };
    let mut found: Vec<Tagged> = of(service, "", None).into_iter().collect();
    for entry in service.merged_entries() {
        found.extend(of(entry.value, entry.name(), None));
        for member in entry.value.merged_entries() {
            found.extend(of(member.value, entry.name(), Some(member.name())));
        }
    }
    found
}

/// A path, several, or mappings with a `path`.
fn env_files(value: Option<Value<'_, '_>>) -> Vec<Text> {
    let Some(value) = value else {
        return Vec::new();
    };
    match value.is_seq() {
        true => value
            .items()
            .filter_map(|item| text(item.get_merged("path").unwrap_or(item)))
            .collect(),
        false => text(value).into_iter().collect(),
    }
}

fn extends(value: Value<'_, '_>) -> Option<Extends> {
    if let Some(service) = text(value) {
        return Some(Extends {
            service,
            file: None,
        });
    }
    Some(Extends {
        service: value.get_merged("service").and_then(text)?,
        file: value.get_merged("file").and_then(text),
    })
}

fn healthcheck(value: Option<Value<'_, '_>>) -> Healthcheck {
    let Some(value) = value.filter(|value| value.is_map()) else {
        return Healthcheck::Absent;
    };
    if value.get_merged("disable").and_then(Value::bool) == Some(true) {
        return Healthcheck::Disabled;
    }
    let test = value.get_merged("test");
    let first = test.and_then(|test| {
        test.text()
            .or_else(|| test.items().next().and_then(Value::text))
    });
    match first {
        Some("NONE") => Healthcheck::Disabled,
        Some(_) => Healthcheck::Present,
        // Intervals alone adjust the image's own check.
        None => Healthcheck::Absent,
    }
}
