//! One service laid over another of its name (compose specification, "merge"), which is also what
//! `extends` does: mappings are merged by their keys, lists are joined, and what can be there once
//! is taken from the later one.

use super::{ComposeService, Healthcheck, Tagged, Text};

impl ComposeService {
    /// This service over `base`: what both say as the specification merges it.
    #[must_use]
    pub(crate) fn over(self, base: &Self) -> Self {
        let mut base = base.clone();
        for tag in &self.tagged {
            base.forget(tag);
        }
        let mut later = self;
        for tag in later.tagged.clone() {
            if tag.reset {
                later.forget(&tag);
            }
        }
        base.laid_over.push(later.name.span);
        let pick = |later: Vec<Text>, base: Vec<Text>| if later.is_empty() { base } else { later };
        // Another entrypoint takes the image's and the base's command away.
        let command = match later.entrypoint.is_empty() {
            true => pick(later.command, base.command),
            false => later.command,
        };
        Self {
            name: base.name,
            laid_over: base.laid_over,
            aliases: joined(base.aliases, later.aliases),
            image: later.image.or(base.image),
            build: match (later.build, base.build) {
                (Some(mut later), Some(base)) => {
                    later.dockerfile = later.dockerfile.or(base.dockerfile);
                    later.target = later.target.or(base.target);
                    later.inline = later.inline.or(base.inline);
                    later.args = by_name(base.args, later.args);
                    Some(later)
                }
                (later, base) => later.or(base),
            },
            entrypoint: pick(later.entrypoint, base.entrypoint),
            command,
            environment: by_name(base.environment, later.environment),
            ports: joined(base.ports, later.ports),
            depends_on: {
                let mut all = base.depends_on;
                for dependency in later.depends_on {
                    let mut known = all.iter_mut();
                    let same = known.find(|known| known.target.value == dependency.target.value);
                    match same {
                        Some(known) => *known = dependency,
                        None => all.push(dependency),
                    }
                }
                all
            },
            links: joined(base.links, later.links),
            outside: joined(base.outside, later.outside),
            networks: joined(base.networks, later.networks),
            healthcheck: match later.healthcheck {
                Healthcheck::Absent => base.healthcheck,
                said => said,
            },
            restart: later.restart.or(base.restart),
            replicas: later.replicas.or(base.replicas),
            labels: by_name(base.labels, later.labels),
            volumes: {
                // One thing can be seen at a place.
                let seen = |target: &str| later.volumes.iter().any(|later| later.target == target);
                let mut all = base.volumes;
                all.retain(|volume| !seen(&volume.target));
                all.extend(later.volumes.iter().cloned());
                all
            },
            files: joined(base.files, later.files),
            contents: joined(base.contents, later.contents),
            env_files: joined(base.env_files, later.env_files),
            extends: later.extends.or(base.extends),
            profiles: joined(base.profiles, later.profiles),
            tagged: base.tagged,
        }
    }

    /// Takes away what a tag names.
    fn forget(&mut self, tag: &Tagged) {
        if let Some(member) = &tag.member {
            match tag.attribute.as_str() {
                "environment" => self.environment.retain(|(name, _)| name.value != *member),
                "labels" => self.labels.retain(|(name, _)| name.value != *member),
                "depends_on" => self.depends_on.retain(|one| one.target.value != *member),
                "networks" => self.networks.retain(|name| name.value != *member),
                _ => {}
            }
            return;
        }
        match tag.attribute.as_str() {
            // The whole service: only its name is left.
            "" => {
                let (name, laid_over) = (self.name.clone(), std::mem::take(&mut self.laid_over));
                *self = Self::named(name);
                self.laid_over = laid_over;
            }
            "image" => self.image = None,
            "build" => self.build = None,
            "entrypoint" => self.entrypoint.clear(),
            "command" => self.command.clear(),
            "environment" => self.environment.clear(),
            "ports" => self.ports.clear(),
            "depends_on" => self.depends_on.clear(),
            "links" => self.links.clear(),
            "external_links" | "extra_hosts" => self.outside.clear(),
            "networks" => self.networks.clear(),
            "healthcheck" => self.healthcheck = Healthcheck::Absent,
            "restart" => self.restart = None,
            "deploy" => {
                self.restart = None;
                self.replicas = None;
            }
            "labels" => self.labels.clear(),
            "volumes" => self.volumes.clear(),
            "configs" | "secrets" => {
                self.files.clear();
                self.contents.clear();
            }
            "env_file" => self.env_files.clear(),
            "profiles" => self.profiles.clear(),
            _ => {}
        }
    }

    /// Whether a file takes the whole service away (`!reset` in front of it).
    pub(crate) fn is_removed(&self) -> bool {
        let mut tags = self.tagged.iter();
        tags.any(|tag| tag.reset && tag.attribute.is_empty())
    }

    /// A service of which only the name is known.
    fn named(name: Text) -> Self {
        Self {
            name,
            laid_over: Vec::new(),
            aliases: Vec::new(),
            image: None,
            build: None,
            entrypoint: Vec::new(),
            command: Vec::new(),
            environment: Vec::new(),
            ports: Vec::new(),
            depends_on: Vec::new(),
            links: Vec::new(),
            outside: Vec::new(),
            networks: Vec::new(),
            healthcheck: Healthcheck::Absent,
            restart: None,
            replicas: None,
            labels: Vec::new(),
            volumes: Vec::new(),
            files: Vec::new(),
            contents: Vec::new(),
            env_files: Vec::new(),
            extends: None,
            profiles: Vec::new(),
            tagged: Vec::new(),
        }
    }
}

/// Both lists, what is written twice once.
fn joined(mut base: Vec<Text>, later: Vec<Text>) -> Vec<Text> {
    for text in later {
        if !base.iter().any(|known| known.value == text.value) {
            base.push(text);
        }
    }
    base
}

/// Both lists; of one name the later counts.
fn by_name(mut base: Vec<(Text, Text)>, later: Vec<(Text, Text)>) -> Vec<(Text, Text)> {
    for (name, value) in later {
        match base.iter_mut().find(|(known, _)| known.value == name.value) {
            Some(known) => *known = (name, value),
            None => base.push((name, value)),
        }
    }
    base
}

#[cfg(test)]
mod tests {
    use crate::read::compose::{ComposeService, read};
    use crate::source::SourceId;

    fn merged(base: &str, later: &str) -> ComposeService {
        let service = |text: &str| {
            let text = format!("services:\n  a:\n{text}");
            let (file, problems) = read(SourceId(0), "compose.yaml", &text);
            assert!(problems.is_empty(), "{problems:?}");
            file.unwrap().services.remove(0)
        };
        service(later).over(&service(base))
    }

    fn values<'a>(texts: impl IntoIterator<Item = &'a super::Text>) -> Vec<&'a str> {
        texts.into_iter().map(|text| text.value.as_str()).collect()
    }

    #[test]
    fn lists_join_mappings_merge_and_commands_replace() {
        let service = merged(
            "    image: x:1\n    command: [run, base]\n    ports: ['80:80']\n    environment: {A: '1', B: '2'}\n    volumes: ['./a:/data', 'cache:/cache']\n",
            "    image: x:2\n    command: [run]\n    ports: ['80:80', '443:443']\n    environment: [B=3, C=4]\n    volumes: ['./b:/data']\n",
        );
        assert_eq!(service.image.as_ref().unwrap().value, "x:2");
        assert_eq!(values(&service.command), ["run"]);
        assert_eq!(values(&service.ports), ["80:80", "443:443"]);
        let environment: Vec<(&str, &str)> = service
            .environment
            .iter()
            .map(|(name, value)| (name.value.as_str(), value.value.as_str()))
            .collect();
        assert_eq!(environment, [("A", "1"), ("B", "3"), ("C", "4")]);
        let sources: Vec<&str> = values(service.volumes.iter().map(|volume| &volume.source));
        assert_eq!(sources, ["cache", "./b"]);
    }

    #[test]
    fn reset_takes_away_and_override_replaces() {
        let base = "    image: x\n    ports: ['80:80']\n    environment: {A: '1', B: '2'}\n    depends_on: [b, c]\n";
        let service = merged(
            base,
            "    ports: !override ['81:81']\n    environment:\n      A: !reset null\n    depends_on: !reset []\n",
        );
        assert_eq!(values(&service.ports), ["81:81"]);
        let names = values(service.environment.iter().map(|(name, _)| name));
        assert_eq!(names, ["B"]);
        assert!(service.depends_on.is_empty());
        assert_eq!(service.laid_over.len(), 1);
    }

    #[test]
    fn another_entrypoint_takes_the_command_away() {
        let service = merged(
            "    image: x\n    command: [serve]\n",
            "    entrypoint: [sh]\n",
        );
        assert_eq!(values(service.words()), ["sh"]);
    }
}
