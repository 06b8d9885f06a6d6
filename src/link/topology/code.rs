//! The programs of the workspace among the components: which service runs which, those that no
//! compose file runs, and what the code of each addresses.

use super::address::addresses;
use super::{Builder, dockerfile};
use crate::catalog::{image_repository, split_words};
use crate::link::commands::{EXAMPLES, holds_examples};
use crate::model::{
    CallKind, Component, ComponentKind, Endpoint, Evidence, Executable, OutboundCall, ReferenceVia,
    before_path,
};
use crate::read::compose::ComposeService;
use crate::source::{Span, join_inside, join_path};

impl Builder<'_> {
    /// The program of the workspace that a service runs: the one that its Dockerfile builds or
    /// copies (`--bin`, `--package`), the one in its context or beside its Dockerfile, or the one
    /// with the service's name or the name of its image below the context. Of several programs of a
    /// package, the one that the command, the Dockerfile or the service's name says.
    pub(super) fn program_of(&self, service: &ComposeService) -> Option<&'_ Executable> {
        if let Some(developed) = self.developed_in(service) {
            return Some(developed);
        }
        let Some(build) = &service.build else {
            // Developers build what is only fetched where it runs in earnest.
            let rehearsed = || {
                let files = self.projects.rehearsals().iter();
                let mut services = files.flat_map(|file| &file.services);
                let same = |other: &&ComposeService| {
                    other.build.is_some() && other.name.value == service.name.value
                };
                self.program_of(services.find(same)?)
            };
            let foreign = service
                .image
                .as_ref()
                .is_some_and(|image| self.catalog.images.find(&image.value).is_some());
            return self
                .published_as(service)
                .or_else(|| rehearsed().filter(|_| !foreign));
        };
        let context = join_path("", &build.context.value);
        let dockerfile = build.dockerfile.as_ref();
        let beside = dockerfile.map(|file| join_path(&context, &file.value));
        let beside = beside
            .as_deref()
            .and_then(|file| file.rsplit_once('/'))
            .map(|(directory, _)| directory);
        let below = |path: &str| {
            context.is_empty() || path == context || path.starts_with(&format!("{context}/"))
        };
        let all: Vec<&Executable> = self
            .system
            .executables
            .iter()
            .filter(|one| below(&one.directory) || Some(one.directory.as_str()) == beside)
            .collect();
        if all.is_empty() {
            // The source is fetched while the image is built: the name of the image tells the program.
            return self.published_as(service);
        }
        let text = self.dockerfile_text(service).unwrap_or_default();
        let image = service
            .image
            .as_ref()
            .map(|image| image_repository(&image.value));
        let image = image.and_then(|image| image.rsplit('/').next());
        let name = service.name.value.as_str();
        let same = |a: &str, b: &str| a.replace('_', "-") == b.replace('_', "-");
        // By the words of its command and of its Dockerfile, then by its own names.
        let command: Vec<&str> = service
            .words()
            .flat_map(|word| word.value.split_whitespace())
            .map(|word| word.rsplit('/').next().unwrap_or(word))
            .collect();
        let commanded = |one: &&&Executable| command.iter().any(|word| same(word, &one.name));
        let target = build.target.as_ref().map(|target| target.value.as_str());
        let mut named: Vec<(dockerfile::Names, &Executable)> = all
            .iter()
            .filter_map(|one| Some((dockerfile::names(text, target, one)?, *one)))
            .collect();
        named.sort_by_key(|(how, _)| *how);
        // What names several in one way says nothing of which one runs.
        let built = match named.as_slice() {
            [(_, one)] => Some(one),
            [(first, one), (second, _), ..] if first < second => Some(one),
            _ => None,
        };
        let called = |one: &&&Executable| {
            same(&one.name, name)
                || same(&one.package, name)
                || image.is_some_and(|image| same(&one.name, image) || same(&one.package, image))
        };
        let near =
            |one: &&&Executable| Some(one.directory.as_str()) == beside || one.directory == context;
        let found = all
            .iter()
            .find(commanded)
            .or(built)
            .or_else(|| {
                all.iter()
                    .find(|one| Some(one.directory.as_str()) == beside)
            })
            .or_else(|| all.iter().find(called))
            .or_else(|| all.iter().find(near));
        // A Dockerfile that only says how is for the one program that serves.
        let serving = || only(all.iter().copied().filter(|one| self.serves(one)));
        let rust = || {
            self.dockerfile_text(service)
                .is_some_and(|text| text.contains("cargo"))
        };
        found.copied().or_else(|| serving().filter(|_| rust()))
    }

    /// The program of the workspace that an image is called after: `registry.example/shop/orders`.
    fn published_as(&self, service: &ComposeService) -> Option<&'_ Executable> {
        let repository = image_repository(&service.image.as_ref()?.value);
        let owned = repository.rsplit_once('/');
        let name = owned.map_or(repository, |(_, name)| name);
        let same = |other: &str| other.replace('_', "-") == name.replace('_', "-");
        let all = self.system.executables.iter();
        let called = only(all.clone().filter(|one| same(&one.name)));
        let packed = || only(all.clone().filter(|one| same(&one.package)));
        // The service may be called as the program is, and its image more shortly.
        let foreign = self
            .catalog
            .images
            .find(&service.image.as_ref()?.value)
            .is_some();
        let own = service.name.value.replace('_', "-");
        // `team/shop-api` is built from `shop-api-axum`.
        let longer = |one: &&Executable| {
            let own = one.name.replace('_', "-");
            let rest = own.strip_prefix(&name.replace('_', "-"));
            name.len() > 3 && rest.is_some_and(|rest| rest.starts_with('-')) && self.serves(one)
        };
        let longer = || only(all.clone().filter(longer)).filter(|_| !foreign);
        let served = || only(all.clone().filter(|one| one.name.replace('_', "-") == own));
        if owned.is_none() {
            // An image without an owner is a product's, which has a short name, or made here.
            let compound = name.contains(['-', '_']);
            return called.or_else(packed).filter(|_| compound && !foreign);
        }
        called
            .or_else(packed)
            .or_else(|| served().filter(|_| !foreign))
            .or_else(longer)
    }

    /// Whether a program answers requests.
    fn serves(&self, program: &Executable) -> bool {
        let mut endpoints = self.system.endpoints.iter();
        endpoints.any(|endpoint| endpoint.service == program.package)
    }

    /// The only program that serves below what a container mounts in which people develop: it waits to be used.
    pub(super) fn developed_in(&self, service: &ComposeService) -> Option<&'_ Executable> {
        let command: Vec<&str> = service.words().map(|word| word.value.as_str()).collect();
        let command = command.join(" ");
        let mut idle = self.catalog.environment.idle_commands.iter();
        if !idle.any(|idle| command.contains(idle.as_str())) {
            return None;
        }
        let mounted: Vec<String> = service
            .paths()
            .filter_map(|text| join_inside("", &text.value))
            .collect();
        let below = |path: &str| {
            mounted.iter().any(|root| {
                let rest = path.strip_prefix(root.as_str());
                root.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let all = self.system.executables.iter();
        let serving = all.filter(|one| below(&one.directory) && self.serves(one));
        only(serving)
    }

    pub(super) fn package_of(&self, service: &ComposeService) -> Option<String> {
        self.program_of(service).map(|one| one.package.clone())
    }

    /// The name of a program, where its package has several.
    pub(super) fn named_program(&self, program: &Executable) -> Option<String> {
        let all = self.system.executables.iter();
        let of_package = all.filter(|one| one.package == program.package);
        (of_package.count() > 1).then(|| program.name.clone())
    }

    /// Whether a program only tries the others out, shows how they are used, or helps to build them.
    fn rehearses(&self, program: &Executable) -> bool {
        let words = &self.catalog.words;
        let mut parts = program.directory.split('/');
        if parts.any(|part| EXAMPLES.contains(&part)) || holds_examples(&program.package) {
            return true;
        }
        let mut named = [&program.name, &program.package]
            .into_iter()
            .flat_map(|name| split_words(name));
        let lists = [&words.tests, &words.trials, &words.builders];
        named.any(|word| lists.iter().any(|list| list.contains(&word)))
    }

    /// Programs that talk to the outside or answer requests, and that no compose file runs.
    pub(super) fn programs(&mut self) {
        let mut new = Vec::new();
        let mut all = self.system.executables.iter();
        let only_rehearsals = all.all(|program| self.rehearses(program));
        for program in &self.system.executables {
            if !only_rehearsals && self.rehearses(program) {
                continue;
            }
            let mut calls = self.system.calls.iter();
            let call = calls.find(|call| program.functions.contains(&call.function));
            let mut endpoints = self.system.endpoints.iter();
            // Most loose files are programs that do neither.
            if call.is_none() && !endpoints.any(|endpoint| endpoint.service == program.package) {
                continue;
            }
            let named = self.named_program(program);
            let id = named.as_ref().unwrap_or(&program.package);
            let known = self.system.components.iter().any(|component| {
                let same = component.package.as_ref() == Some(&program.package)
                    && (component.program == named || component.program.is_none());
                same || component.id == *id
            });
            let endpoints = self.system.endpoints.iter();
            // Of several programs of a package, those serve that run a handler.
            let runs = |endpoint: &&Endpoint| {
                let handler = endpoint.handler.as_ref();
                handler.is_some_and(|handler| {
                    let mut functions = handler.code.functions().iter();
                    functions.any(|at| program.functions.contains(at))
                })
            };
            let served = endpoints
                .filter(|one| one.service == program.package && (named.is_none() || runs(one)))
                .find_map(|endpoint| {
                    let handler = endpoint.handler.as_ref().map(|handler| handler.span);
                    handler.or(endpoint.route)
                });
            let evidence = match (call, served) {
                (Some(call), _) => {
                    Evidence::seen(call.span, "a program of the workspace makes this call")
                }
                (None, Some(span)) => {
                    Evidence::seen(span, "a program of the workspace answers requests here")
                }
                (None, None) => continue,
            };
            if known {
                continue;
            }
            new.push(Component {
                package: Some(program.package.clone()),
                program: named.clone(),
                directory: Some(program.directory.clone()),
                named: false,
                built: true,
                ..Component::new(
                    id,
                    ComponentKind::Service,
                    &program.directory,
                    vec![evidence],
                )
            });
        }
        self.system.components.extend(new);
    }

    /// Literal hosts in the calls of a component's code.
    pub(super) fn code_references(&mut self) {
        let calls = self.system.calls.iter();
        // `OrderService/create` is a procedure, and no address.
        let asks = |call: &OutboundCall| match call.kind {
            CallKind::Http => true,
            CallKind::Grpc => call
                .target
                .as_ref()
                .is_none_or(|target| target.contains("://")),
            _ => false,
        };
        let mut requests: Vec<(usize, String, Span)> = calls
            .filter(|call| asks(call))
            .filter_map(|call| Some((call.function, call.target.clone()?, call.span)))
            .collect();
        let told = self.system.told_targets(asks).into_iter();
        requests.extend(told.map(|told| (told.function, told.text.to_owned(), told.span)));
        let clients = self.system.components.iter();
        let clients: Vec<Component> = clients
            .filter(|one| one.package.is_some())
            .cloned()
            .collect();
        for client in clients {
            let (id, group) = (client.id.clone(), client.group.clone());
            for (function, target, span) in &requests {
                if !self.system.runs(&client, *function) {
                    continue;
                }
                self.request(&id, &group, target, *span);
            }
        }
    }

    /// The host of a URL in code, or the service that the variable in it speaks of.
    fn request(&mut self, id: &str, group: &str, target: &str, span: Span) {
        let spoken_of = self.spoken_of(target, group);
        if let Some(service) = spoken_of.filter(|service| service != id) {
            self.refer(id, &service, ReferenceVia::Code, span);
            return;
        }
        // What a comma separates in a URL's query is no second host.
        let Some(address) = addresses(before_path(target)).into_iter().next() else {
            return;
        };
        if address.scheme.is_none() || address.host.contains(['{', '$']) {
            return;
        }
        // Run by hand, all of them are behind ports of the machine.
        let local = self.catalog.environment.local_hosts.contains(&address.host);
        let behind = address.port.filter(|_| local);
        let behind = behind.and_then(|port| self.published_at(self.projects.of_group(group), port));
        if let Some(target) = behind {
            self.refer(id, &target, ReferenceVia::Code, span);
            return;
        }
        let own = self.projects.find_in_group(group, &address.host);
        // What no compose file runs means the service that all of them call so.
        let only = || {
            let by_compose = self.projects.of_group(group).is_some();
            self.projects.only(&address.host).filter(|_| !by_compose)
        };
        match own.or_else(only).cloned() {
            Some(target) => self.refer(id, &target, ReferenceVia::Code, span),
            None => {
                if let Some(project) = self.projects.of_group(group) {
                    self.undeclared(id, project, &address, true, None, span);
                }
                self.outside(id, group, &address, ReferenceVia::Code, span);
            }
        }
    }

    /// The program of the workspace, or the service of the project, that a variable or a constant in front of a URL is
    /// named after: `$INVENTORY_URL/items` is `inventory`, `inventory-service` or `inventory-api`.
    fn spoken_of(&self, target: &str, group: &str) -> Option<String> {
        let constant = || target.strip_prefix('{').filter(|rest| is_constant(rest));
        let variable = target.strip_prefix('$').or_else(constant)?;
        let end = variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let rules = &self.catalog.environment;
        let words = variable[..end.unwrap_or(variable.len())].split('_');
        let words: Vec<String> = words
            .filter(|word| !rules.address_words.iter().any(|known| known == word))
            .map(str::to_ascii_lowercase)
            .collect();
        let name = words.join("-");
        if name.is_empty() {
            return None;
        }
        let endings = ["", "-service", "-api", "-server"];
        let called = |component: &&Component| {
            let own = component.name.replace('_', "-");
            let same = endings
                .iter()
                .any(|ending| own == format!("{name}{ending}"));
            let of_project = component.in_compose && component.group == group;
            same && (of_project || component.package.is_some() && !component.in_compose)
        };
        let found = self.system.components.iter().find(called)?;
        Some(found.id.clone())
    }
}

/// Whether a part of a text that is not known is called like a constant: `{STOCK_URL}/items`.
fn is_constant(rest: &str) -> bool {
    let name = rest.split('}').next().unwrap_or(rest);
    name.contains('_') && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// The item of something that has one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
