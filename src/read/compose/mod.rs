//! Compose files: services with their images, gates, environment and commands, short and long
//! forms alike, merge keys applied. Values are kept with their `${..}`: what fills them stands in
//! other files.

mod interpolate;
mod merge;
mod reader;

use crate::source::{SourceId, Span};
pub(crate) use interpolate::interpolate;
pub(crate) use reader::read;

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
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
    /// What the project is called, where the file says it.
    pub project: Option<Text>,
    /// Its networks, in order.
    pub networks: Vec<Network>,
}

/// A network of a compose file.
#[derive(Clone, Debug)]
pub struct Network {
    /// What services call it.
    pub key: String,
    /// What it is called on the machine, where the file says it.
    pub name: Option<Text>,
    /// Another project makes it: names in it are not known from this file alone.
    pub external: bool,
}

/// A service.
#[derive(Clone, Debug)]
pub struct ComposeService {
    /// Its name.
    pub name: Text,
    /// Where files that are laid over this one name it again.
    pub laid_over: Vec<Span>,
    /// `container_name`, `hostname` and network aliases: other names it answers to.
    pub aliases: Vec<Text>,
    /// The image.
    pub image: Option<Text>,
    /// The build context, relative to the file.
    pub build: Option<Build>,
    /// `entrypoint`, each argument.
    pub entrypoint: Vec<Text>,
    /// `command`, each argument.
    pub command: Vec<Text>,
    /// Name and value of each variable.
    pub environment: Vec<(Text, Text)>,
    /// Published ports, as written.
    pub ports: Vec<Text>,
    /// What it waits for.
    pub depends_on: Vec<DependsOn>,
    /// `links`: services it names without waiting for them to be ready.
    pub links: Vec<Text>,
    /// `external_links` and `extra_hosts`: names that mean something outside of the files.
    pub outside: Vec<Text>,
    /// Its networks, by their names in the file.
    pub networks: Vec<Text>,
    /// The healthcheck: present, switched off, or not there.
    pub healthcheck: Healthcheck,
    /// `restart` or `deploy.restart_policy.condition`.
    pub restart: Option<Text>,
    /// `deploy.replicas` or `scale`: how many of it run.
    pub replicas: Option<Text>,
    /// Labels, name and value.
    pub labels: Vec<(Text, Text)>,
    /// What is mounted.
    pub volumes: Vec<Volume>,
    /// Files of configs and secrets, relative to the file.
    pub files: Vec<Text>,
    /// Configs whose content stands in the compose file.
    pub contents: Vec<Text>,
    /// Files of variables.
    pub env_files: Vec<Text>,
    /// What it goes on from: a service, and the file where that stands elsewhere.
    pub extends: Option<Extends>,
    /// The profiles under which it runs; none where it always does.
    pub profiles: Vec<Text>,
    /// What a file says with `!reset` and `!override` of the files before it.
    pub tagged: Vec<Tagged>,
}

/// A mount of a directory, file or volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// A path of the machine relative to the file, or a volume's name.
    pub source: Text,
    /// Where it is seen inside.
    pub target: String,
    /// The source is a path.
    pub of_machine: bool,
}

impl Volume {
    /// Whether what is written there stays: a file of settings, or a directory of scripts that fill a new database, holds
    /// nothing.
    #[must_use]
    pub fn holds_data(&self) -> bool {
        const ENDINGS: [&str; 15] = [
            "cfg",
            "cnf",
            "conf",
            "crt",
            "env",
            "ini",
            "json",
            "pem",
            "properties",
            "sh",
            "sql",
            "toml",
            "xml",
            "yaml",
            "yml",
        ];
        let ending = self.target.rsplit('.').next().unwrap_or("");
        let settings = ENDINGS.contains(&ending) || self.target.starts_with("/docker-entrypoint");
        !(self.target.is_empty() || self.of_machine && settings)
    }
}

/// An attribute that carries `!reset` or `!override` (compose specification, "merge").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The attribute; empty for the whole service.
    pub attribute: String,
    /// The member of the attribute, where the tag stands at one.
    pub member: Option<String>,
    /// `!reset`: nothing is left of it, also not what stands behind the tag.
    pub reset: bool,
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
    /// The stage that is built, where it is not the last.
    pub target: Option<Text>,
    /// The Dockerfile itself, where it stands in the compose file.
    pub inline: Option<Text>,
    /// Name and value of each variable of the build.
    pub args: Vec<(Text, Text)>,
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
    /// `required: false`: it starts without it too.
    pub required: bool,
}

impl ComposeService {
    /// The words that start it: `entrypoint`, then `command`.
    pub(crate) fn words(&self) -> impl Iterator<Item = &Text> {
        self.entrypoint.iter().chain(&self.command)
    }

    /// The paths of the machine that it sees: mounts, configs and secrets.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Text> {
        let mounted = self.volumes.iter().filter(|volume| volume.of_machine);
        mounted.map(|volume| &volume.source).chain(&self.files)
    }

    /// The service with every value changed.
    #[must_use]
    pub(crate) fn with_texts(mut self, change: &dyn Fn(&mut Text)) -> Self {
        let Self {
            // Names are no values, and the tags name names.
            name: _,
            laid_over: _,
            tagged: _,
            healthcheck: _,
            aliases,
            image,
            build,
            entrypoint,
            command,
            environment,
            ports,
            depends_on,
            links,
            outside,
            networks,
            restart,
            replicas,
            labels,
            volumes,
            files,
            contents,
            env_files,
            extends,
            profiles,
        } = &mut self;
        let lists = [
            aliases, entrypoint, command, ports, links, outside, networks, files, contents,
            env_files, profiles,
        ];
        lists.into_iter().flatten().for_each(change);
        [image, restart, replicas]
            .into_iter()
            .flatten()
            .for_each(change);
        if let Some(build) = build {
            change(&mut build.context);
            build.dockerfile.iter_mut().for_each(change);
            build.target.iter_mut().for_each(change);
            build.args.iter_mut().for_each(|(_, value)| change(value));
        }
        for (_, value) in environment.iter_mut().chain(labels) {
            change(value);
        }
        for dependency in depends_on {
            change(&mut dependency.target);
        }
        for volume in volumes {
            change(&mut volume.source);
        }
        if let Some(extends) = extends {
            change(&mut extends.service);
            extends.file.iter_mut().for_each(change);
        }
        self
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

    #[test]
    fn settings_and_scripts_hold_no_data() {
        let volume = |target: &str, of_machine: bool| Volume {
            source: Text {
                value: "./x".to_owned(),
                span: Span::new(SourceId(0), 0, 0),
            },
            target: target.to_owned(),
            of_machine,
        };
        assert!(volume("/var/lib/postgresql/data", false).holds_data());
        assert!(volume("/home/node/.n8n", true).holds_data());
        assert!(volume("/etc/letsencrypt", true).holds_data());
        assert!(!volume("/etc/redis/redis.conf", true).holds_data());
        assert!(!volume("/docker-entrypoint-initdb.d", true).holds_data());
        assert!(!volume("", true).holds_data());
    }
}
