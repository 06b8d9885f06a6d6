//! Programs that run in several ways, one process each: `shop serve` beside `shop work`.

use super::Builder;
use crate::model::{Component, ComponentKind};
use std::collections::BTreeMap;

impl Builder<'_> {
    /// Says of each component in which way it runs its program, where its command names one. What runs in all of them as
    /// far as anybody sees (a program that no compose file runs, a container in which people develop) is one component
    /// for each.
    pub(super) fn roles(&mut self) {
        let mut divided: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let components = std::mem::take(&mut self.system.components);
        let mut all: Vec<Component> = Vec::with_capacity(components.len());
        for mut component in components {
            let names = self.names_of_roles(&component);
            let words = component.command.iter();
            let words: Vec<String> = words
                .flat_map(|word| word.split_whitespace())
                .map(|word| word.replace('_', "-"))
                .collect();
            // What stands behind it are its arguments.
            let mut named = words.iter();
            if let Some(role) = named.find(|word| names.iter().any(|(name, _)| name == *word)) {
                component.role = Some(role.clone());
                all.push(component);
                continue;
            }
            let names: Vec<String> = names
                .into_iter()
                .filter_map(|(name, stands_alone)| stands_alone.then_some(name))
                .collect();
            if names.is_empty() || component.in_compose && !component.stands_by {
                all.push(component);
            } else {
                let parts = names.iter().map(|name| Component {
                    id: format!("{}.{name}", component.id),
                    name: format!("{} {name}", component.name),
                    role: Some(name.clone()),
                    in_compose: false,
                    kind: match self.ends(&component, name) {
                        true => ComponentKind::Batch,
                        false => component.kind,
                    },
                    ..component.clone()
                });
                let before = all.len();
                all.extend(parts);
                let ids = all[before..].iter().map(|part| part.id.clone());
                divided.insert(component.id, ids.collect());
            }
        }
        self.system.components = all;
        if !divided.is_empty() {
            self.take_over(&divided);
        }
    }

    /// Whether the program of a component ends that runs in this way.
    fn ends(&self, component: &Component, role: &str) -> bool {
        let program = self.system.executable(component);
        let mut roles = self.system.roles.iter();
        roles.any(|one| {
            let same = program.is_some_and(|program| {
                one.program.name == program.name && one.program.package == program.package
            });
            same && one.name == role && one.ends
        })
    }

    /// The ways in which the program of a component runs, and whether they are processes where no command names them.
    fn names_of_roles(&self, component: &Component) -> Vec<(String, bool)> {
        let Some(program) = self.system.executable(component) else {
            return Vec::new();
        };
        let roles = self.system.roles.iter();
        let own = roles.filter(|role| {
            role.program.name == program.name && role.program.package == program.package
        });
        own.map(|role| (role.name.clone(), role.stands_alone))
            .collect()
    }

    /// What was said of a component that is several now is said of each, and who addresses it means the one that answers
    /// requests.
    fn take_over(&mut self, divided: &BTreeMap<String, Vec<String>>) {
        let answering: BTreeMap<&String, &String> = divided
            .iter()
            .filter_map(|(whole, parts)| {
                let answers = |part: &&String| {
                    let mut all = self.system.components.iter();
                    let component = all.find(|one| one.id == **part);
                    component.is_some_and(|component| self.answers(component))
                };
                Some((whole, parts.iter().find(answers).or(parts.first())?))
            })
            .collect();
        // The ports are those of the way that answers.
        let behind: Vec<&String> = divided
            .values()
            .flatten()
            .filter(|part| !answering.values().any(|one| one == part))
            .collect();
        let parts = self.system.components.iter_mut();
        for part in parts.filter(|part| behind.contains(&&part.id)) {
            part.published = false;
        }
        let target = |id: &String| answering.get(id).map_or(id, |part| part).clone();
        let mut references = Vec::new();
        for reference in &self.system.references {
            let from = divided.get(&reference.from);
            let from = from.map_or(std::slice::from_ref(&reference.from), Vec::as_slice);
            references.extend(from.iter().map(|from| {
                let mut reference = reference.clone();
                reference.from.clone_from(from);
                reference.to = target(&reference.to);
                reference
            }));
        }
        self.system.references = references;
        let mut orders = Vec::new();
        for order in &self.system.start_orders {
            // Who waits in a container in which people develop is no part of the system.
            if !divided.contains_key(&order.client) {
                let mut order = order.clone();
                order.target = target(&order.target);
                orders.push(order);
            }
        }
        self.system.start_orders = orders;
    }

    /// Whether a component answers requests.
    fn answers(&self, component: &Component) -> bool {
        let mut endpoints = self.system.endpoints.iter();
        endpoints.any(|endpoint| {
            let handler = endpoint.handler.as_ref();
            handler.is_some_and(|handler| {
                let mut functions = handler.code.functions().iter();
                functions.any(|at| self.system.runs(component, *at))
            })
        })
    }
}
