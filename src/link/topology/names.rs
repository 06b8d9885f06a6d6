//! What names mean to the services of a project: services of their own, and those of other projects
//! that share a network with them (compose specification, "networks", `external`).

use super::project::{Project, Projects};
use crate::link::mesh::hosts_of_rule;
use crate::read::compose::{ComposeService, Network};
use std::collections::{BTreeMap, BTreeSet};

impl Projects<'_> {
    /// The service's name is its id where no other project has one of that name.
    pub(super) fn name_components(&mut self) {
        let mut homes: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (index, project) in self.projects.iter().enumerate() {
            for service in project.files.iter().flat_map(|file| &file.services) {
                homes.entry(&service.name.value).or_default().insert(index);
            }
        }
        let shared: BTreeSet<String> = homes
            .iter()
            .filter(|(_, homes)| homes.len() > 1)
            .map(|(name, _)| (*name).to_owned())
            .collect();
        for project in &mut self.projects {
            for service in project.files.iter().flat_map(|file| &file.services) {
                let name = &service.name.value;
                let qualified = shared.contains(name) && !project.group.is_empty();
                let id = if qualified {
                    format!("{}/{name}", project.group)
                } else {
                    name.clone()
                };
                self.ids.insert(id.clone());
                project.ids.insert(name.clone(), id);
            }
            for service in project.files.iter().flat_map(|file| &file.services) {
                let id = project.ids[&service.name.value].clone();
                for alias in &service.aliases {
                    project
                        .ids
                        .entry(alias.value.clone())
                        .or_insert_with(|| id.clone());
                }
            }
            // A host that a gateway leads to a service is that service, for whoever asks it there.
            let mut hosts: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
            for service in project.files.iter().flat_map(|file| &file.services) {
                let rules = service.labels.iter();
                for host in rules.flat_map(|(_, rule)| hosts_of_rule(&rule.value)) {
                    hosts.entry(host).or_default().insert(&service.name.value);
                }
            }
            // What several share by their paths is none of them.
            let hosts: Vec<(String, String)> = hosts
                .into_iter()
                .filter(|(_, services)| services.len() == 1)
                .filter_map(|(host, services)| Some((host, (*services.first()?).clone())))
                .collect();
            for (host, service) in hosts {
                let id = project.ids[&service].clone();
                project.ids.entry(host).or_insert(id);
            }
            // `links: ["db:database"]`: another name for a service.
            for link in project
                .files
                .iter()
                .flat_map(|file| &file.services)
                .flat_map(|service| &service.links)
            {
                if let Some((name, alias)) = link.value.split_once(':')
                    && let Some(id) = project.ids.get(name).cloned()
                {
                    project.ids.entry(alias.to_owned()).or_insert(id);
                }
            }
        }
        self.share_included();
    }

    /// What a project includes that another one has included before is the same component.
    fn share_included(&mut self) {
        let mut found: Vec<(usize, String, String)> = Vec::new();
        for (index, project) in self.projects.iter().enumerate() {
            for file in &project.shared {
                let has =
                    |one: &&Project<'_>| one.files.iter().any(|own| own.source == file.source);
                let Some(owner) = self.projects.iter().find(has) else {
                    continue;
                };
                for service in &file.services {
                    let names = service.aliases.iter().chain([&service.name]);
                    found.extend(names.filter_map(|name| {
                        let id = owner.ids.get(&name.value)?;
                        Some((index, name.value.clone(), id.clone()))
                    }));
                }
            }
        }
        for (project, name, id) in found {
            self.projects[project].ids.entry(name).or_insert(id);
        }
    }

    /// Names of other projects' services in networks that are the same, as far as a project does not
    /// use them itself. One of the two must say that it makes none of its own; files of one directory
    /// are alternatives. What several projects call so says nothing of which is meant.
    pub(super) fn share_networks(&mut self) {
        let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for (index, project) in self.projects.iter().enumerate() {
            for (name, key, external) in project.on_machine() {
                let member = Member {
                    project: index,
                    external,
                    services: project.reachable(&key),
                };
                members.entry(name).or_default().push(member);
            }
        }
        let mut found: Vec<(usize, String, String)> = Vec::new();
        let shared = |members: &&Vec<Member>| members.iter().any(|one| one.external);
        for members in members.values().filter(shared) {
            for member in members {
                let directory = self.projects[member.project].directory;
                let others = members.iter().filter(|other| {
                    let apart = self.projects[other.project].directory != directory;
                    apart && (other.external || member.external)
                });
                let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
                for (name, id) in others.flat_map(|other| &other.services) {
                    names.entry(name).or_default().insert(id);
                }
                let only = names.into_iter().filter(|(_, ids)| ids.len() == 1);
                found.extend(only.flat_map(|(name, ids)| {
                    let of = |id: &str| (member.project, name.to_owned(), id.to_owned());
                    ids.into_iter().map(of).collect::<Vec<_>>()
                }));
            }
        }
        for (project, name, id) in found {
            self.projects[project].ids.entry(name).or_insert(id);
        }
    }

    /// The component that a name means to the services of a project.
    pub(super) fn find(&self, project: usize, name: &str) -> Option<&String> {
        self.projects[project].ids.get(name)
    }

    /// The project of a group.
    pub(super) fn of_group(&self, group: &str) -> Option<usize> {
        let mut projects = self.projects.iter();
        projects.position(|project| project.group == group)
    }

    /// Whether any project has a service of that name.
    pub(super) fn anywhere(&self, name: &str) -> bool {
        let mut projects = self.projects.iter();
        projects.any(|project| project.ids.contains_key(name))
    }

    /// Whether a project's services are in networks that other projects make: names may mean
    /// something there.
    pub(super) fn reaches_others(&self, project: usize) -> bool {
        let project = &self.projects[project];
        let mut external = project.networks().filter(|one| one.external);
        external.any(|network| network.key == "default" || project.uses(&network.key))
    }

    /// The one component that a name means in all projects that know it.
    pub(super) fn only(&self, name: &str) -> Option<&String> {
        let ids = self
            .projects
            .iter()
            .filter_map(|project| project.ids.get(name));
        let ids: BTreeSet<&String> = ids.collect();
        ids.first().copied().filter(|_| ids.len() == 1)
    }

    /// Whether a service has this id.
    pub(super) fn is_id(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// The component that a name means to those of a group.
    pub(super) fn find_in_group(&self, group: &str, name: &str) -> Option<&String> {
        self.projects
            .iter()
            .find(|project| project.group == group)?
            .ids
            .get(name)
    }
}

/// A project in a network of the machine.
struct Member {
    project: usize,
    /// It says that another makes the network.
    external: bool,
    /// Names in the network, with the ids behind them.
    services: Vec<(String, String)>,
}

impl<'a> Project<'a> {
    fn services(&self) -> impl Iterator<Item = &'a ComposeService> {
        self.files.iter().flat_map(|file| &file.services)
    }

    /// The networks of its files; what a later file says of one counts.
    fn networks(&self) -> impl Iterator<Item = &'a Network> {
        let mut known: BTreeMap<&str, &Network> = BTreeMap::new();
        for network in self.files.iter().flat_map(|file| &file.networks) {
            known.insert(&network.key, network);
        }
        known.into_values()
    }

    /// The networks that its services are in: what they are called on the machine, their keys, and
    /// whether another project makes them.
    fn on_machine(&self) -> Vec<(String, String, bool)> {
        let declared = self.networks().filter(|one| self.uses(&one.key));
        let named =
            declared.filter_map(|one| Some((self.name_of(one)?, one.key.clone(), one.external)));
        let mut found: Vec<(String, String, bool)> = named.collect();
        // The network that compose makes for those that name none.
        let default = "default";
        if let Some(title) = self.title()
            && !self.networks().any(|one| one.key == default)
        {
            found.push((format!("{title}_{default}"), default.to_owned(), false));
        }
        found
    }

    /// Whether a service of it is in a network.
    fn uses(&self, key: &str) -> bool {
        self.services().any(|service| is_in(service, key))
    }

    /// What it is called on the machine: its own name, or that of its directory.
    fn title(&self) -> Option<String> {
        let said = self
            .files
            .iter()
            .rev()
            .find_map(|file| file.project.as_ref());
        let directory = self
            .directory
            .rsplit('/')
            .next()
            .filter(|name| !name.is_empty());
        let name = said.map_or(directory, |said| Some(said.value.as_str()))?;
        let plain = name.to_lowercase();
        let plain = plain
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        Some(plain.collect())
    }

    /// What a network of it is called on the machine.
    fn name_of(&self, network: &Network) -> Option<String> {
        match &network.name {
            Some(name) => Some(name.value.clone()),
            None if network.external => Some(network.key.clone()),
            None => Some(format!("{}_{}", self.title()?, network.key)),
        }
    }

    /// The names that its services answer to in a network, with their ids.
    fn reachable(&self, key: &str) -> Vec<(String, String)> {
        let services = self.services().filter(|service| is_in(service, key));
        let named = services.flat_map(|service| {
            let id = self.ids.get(&service.name.value);
            let aliases = service.aliases.iter().map(|alias| &alias.value);
            let names = aliases.chain([&service.name.value]);
            names.filter_map(move |name| Some((name.clone(), id?.clone())))
        });
        named.collect()
    }
}

/// Whether a service is in a network. One that names none is in the project's own.
fn is_in(service: &ComposeService, key: &str) -> bool {
    let mut networks = service.networks.iter();
    networks.any(|known| known.value == key) || (service.networks.is_empty() && key == "default")
}
