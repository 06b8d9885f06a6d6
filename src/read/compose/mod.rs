//! Compose files: services with their images, gates, environment and commands, short and long
//! forms alike, merge keys and defaults applied.

mod interpolate;

use super::tree::{Tree, Value, duplicate_keys};
use crate::problem::Problem;
use crate::source::{SourceId, Span};
use interpolate::interpolate;
pub(crate) use interpolate::with_variables;
use std::collections::BTreeMap;

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text, defaults filled in.
    pub value: String,
    /// Where it stands.
    pub span: Span,
}

/// What a compose file says.
#[derive(Clone, Debug)]
pub struct ComposeFile {
    /// The file.
    pub source: SourceId,
    /// Named as one that compose lays over the file beside it (`compose.override.yaml`).
    pub is_override: bool,
    /// Its services, in order.
    pub services: Vec<ComposeService>,
    /// Other compose files that it takes in, relative to it.
    pub includes: Vec<Text>,
}

/// A service.
#[derive(Clone, Debug)]
pub struct ComposeService {
    /// Its name.
    pub name: Text,
    /// `container_name` and network aliases: other names it answers to.
    pub aliases: Vec<String>,
    /// The image.
    pub image: Option<Text>,
    /// The build context, relative to the file.
    pub build: Option<Build>,
    /// `command` and `entrypoint`, each argument.
    pub command: Vec<Text>,
    /// Name and value of each variable.
    pub environment: Vec<(Text, Text)>,
    /// Published ports, as written.
    pub ports: Vec<Text>,
    /// What it waits for.
    pub depends_on: Vec<DependsOn>,
    /// `links`: services it names without waiting for them to be ready.
    pub links: Vec<Text>,
    /// The healthcheck: present, switched off, or not there.
    pub healthcheck: Healthcheck,
    /// `restart` or `deploy.restart_policy.condition`.
    pub restart: Option<Text>,
    /// Labels, name and value.
    pub labels: Vec<(Text, Text)>,
    /// Files and directories of the machine that are mounted: volumes, configs and secrets,
    /// relative to the file.
    pub mounts: Vec<Text>,
    /// Files of variables.
    pub env_files: Vec<Text>,
    /// What it goes on from: a service, and the file where that stands elsewhere.
    pub extends: Option<Extends>,
    /// The profiles under which it runs; none where it always does.
    pub profiles: Vec<String>,
}

/// `extends`.
#[derive(Clone, Debug)]
pub struct Extends {
    /// The service.
    pub service: Text,
    /// Its file, relative to this one.
    pub file: Option<Text>,
}

/// Where a service is built from.
#[derive(Clone, Debug)]
pub struct Build {
    /// The context directory.
    pub context: Text,
    /// The Dockerfile, relative to the context.
    pub dockerfile: Option<Text>,
}

/// A service's own healthcheck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// Given.
    Present,
    /// `disable: true` or `test: NONE`.
    Disabled,
    /// Not mentioned; the image may have one.
    Absent,
}

/// An entry of `depends_on`.
#[derive(Clone, Debug)]
pub struct DependsOn {
    /// The service that is waited for.
    pub target: Text,
    /// The condition; `service_started` for the short form.
    pub condition: String,
}

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
        files: named_files(root),
    };
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
                if entry.value.is_map() {
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
        }),
        reader.problems,
    )
}

/// The files behind the names of `configs` and `secrets`.
fn named_files(root: Value<'_, '_>) -> BTreeMap<String, Text> {
    let sections = ["configs", "secrets"].into_iter();
    let entries = sections
        .filter_map(|section| root.get_merged(section))
        .flat_map(Value::merged_entries);
    entries
        .filter_map(|entry| {
            let file = entry.value.get_merged("file").and_then(text)?;
            Some((entry.name().to_owned(), file))
        })
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
}

impl Reader {
    fn service(&mut self, name: Text, service: Value<'_, '_>) -> ComposeService {
        self.duplicates(service);
        let mut command = self.words(service.get_merged("entrypoint"), "entrypoint");
        command.extend(self.words(service.get_merged("command"), "command"));
        let mut aliases: Vec<String> = service
            .get_merged("container_name")
            .and_then(text)
            .into_iter()
            .map(|t| t.value)
            .collect();
        aliases.extend(
            service
                .get_merged("hostname")
                .and_then(text)
                .map(|t| t.value),
        );
        for network in service
            .get_merged("networks")
            .into_iter()
            .flat_map(Value::merged_entries)
        {
            let listed = network
                .value
                .get_merged("aliases")
                .into_iter()
                .flat_map(Value::items);
            aliases.extend(listed.filter_map(text).map(|alias| alias.value));
        }
        let deploy = service
            .get_merged("deploy")
            .and_then(|deploy| deploy.get_merged("restart_policy"));
        let restart = service
            .get_merged("restart")
            .or_else(|| deploy?.get_merged("condition"));
        ComposeService {
            name,
            aliases,
            image: service.get_merged("image").and_then(text),
            build: service.get_merged("build").and_then(build),
            command,
            environment: self.pairs(service.get_merged("environment"), "environment"),
            ports: self.ports(service.get_merged("ports")),
            depends_on: self.depends_on(service.get_merged("depends_on")),
            links: self.words(service.get_merged("links"), "links"),
            healthcheck: healthcheck(service.get_merged("healthcheck")),
            restart: restart.and_then(text),
            labels: self.pairs(service.get_merged("labels"), "labels"),
            mounts: self.mounts(service),
            env_files: env_files(service.get_merged("env_file")),
            extends: service.get_merged("extends").and_then(extends),
            profiles: service
                .get_merged("profiles")
                .into_iter()
                .flat_map(Value::items)
                .filter_map(text)
                .map(|profile| profile.value)
                .collect(),
        }
    }

    /// What of the machine is seen inside: bind mounts, configs, secrets.
    fn mounts(&self, service: Value<'_, '_>) -> Vec<Text> {
        let volumes = service.get_merged("volumes");
        let volumes = volumes.into_iter().flat_map(Value::items);
        let mut found: Vec<Text> = volumes
            .filter_map(|volume| match volume.get_merged("source") {
                Some(source) => {
                    let kind = volume.get_merged("type").and_then(Value::text);
                    text(source).filter(|_| kind == Some("bind"))
                }
                None => {
                    let whole = text(volume)?;
                    let source = whole.value.split(':').next()?.to_owned();
                    // A name without a dot or slash in front is a volume.
                    let of_machine = source.starts_with(['.', '/', '~']) || source.contains('/');
                    of_machine.then_some(Text {
                        value: source,
                        span: whole.span,
                    })
                }
            })
            .collect();
        for section in ["configs", "secrets"] {
            let used = service.get_merged(section);
            let used = used.into_iter().flat_map(Value::items);
            let names = used.filter_map(|item| text(item.get_merged("source").unwrap_or(item)));
            found.extend(names.filter_map(|name| self.files.get(&name.value).cloned()));
        }
        found
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

    /// A mapping, or a list of `name=value`.
    fn pairs(&mut self, value: Option<Value<'_, '_>>, what: &str) -> Vec<(Text, Text)> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        if value.is_map() {
            let pair = |entry: super::tree::Entry<'_, '_>| {
                let name = Text {
                    value: entry.name().to_owned(),
                    span: entry.key.span(),
                };
                let value = text(entry.value).unwrap_or(Text {
                    value: String::new(),
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
            let (name, value) = item.value.split_once('=').unwrap_or((&item.value, ""));
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
        value: interpolate(raw),
        span: value.span(),
    })
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

fn build(value: Value<'_, '_>) -> Option<Build> {
    if let Some(context) = text(value) {
        return Some(Build {
            context,
            dockerfile: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ComposeFile {
        let (file, problems) = read(SourceId(0), "compose.yaml", text);
        assert!(problems.is_empty(), "{problems:?}");
        file.unwrap()
    }

    #[test]
    fn short_and_long_forms_read_alike() {
        let short = file(
            "services:\n  a:\n    image: x\n    depends_on: [b]\n    environment: [K=v]\n    command: run --now\n",
        );
        let long = file(
            "services:\n  a:\n    image: x\n    depends_on: {b: {condition: service_started}}\n    environment: {K: v}\n    command: [run, --now]\n",
        );
        let seen = |file: &ComposeFile| {
            let a = &file.services[0];
            (
                a.depends_on
                    .iter()
                    .map(|d| (d.target.value.clone(), d.condition.clone()))
                    .collect::<Vec<_>>(),
                a.environment
                    .iter()
                    .map(|(k, v)| (k.value.clone(), v.value.clone()))
                    .collect::<Vec<_>>(),
                a.command
                    .iter()
                    .map(|w| w.value.clone())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(seen(&short), seen(&long));
    }

    #[test]
    fn fragments_merge_and_healthchecks_differ() {
        let file = file(
            "x-base: &base\n  restart: always\n  healthcheck: {test: [NONE]}\nservices:\n  a:\n    <<: *base\n    image: x\n  b:\n    image: y\n    healthcheck: {interval: 5s}\n  c: {image: z, healthcheck: {test: curl -f localhost}}\n",
        );
        let checks: Vec<_> = file.services.iter().map(|s| s.healthcheck).collect();
        assert_eq!(
            checks,
            [
                Healthcheck::Disabled,
                Healthcheck::Absent,
                Healthcheck::Present
            ]
        );
        assert_eq!(file.services[0].restart.as_ref().unwrap().value, "always");
    }

    #[test]
    fn a_faulty_service_costs_itself() {
        let (file, problems) = read(
            SourceId(0),
            "compose.yaml",
            "services:\n  a: 7\n  b: {image: x}\n",
        );
        assert_eq!(file.unwrap().services.len(), 1);
        assert_eq!(problems.len(), 1);
    }
}
