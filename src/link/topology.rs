//! Services of compose files and programs of the workspace as components, and the places where
//! one names another. What they are is for `judge` to say.

mod address;
mod beside;
mod code;
mod copies;
mod dockerfile;
mod extend;
mod files;
mod names;
mod project;
mod read_by;
mod roles;
mod stages;
mod variables;

use crate::catalog::{Catalog, EnvironmentRules};
use crate::model::{
    Answer, Component, ComponentKind, Evidence, Gate, Lasts, Reference, ReferenceVia, StartOrder,
    System, Undeclared,
};
use crate::problem::Problem;
use crate::read::FileFacts;
use crate::read::compose::{ComposeFile, ComposeService, Healthcheck, Text, Volume, interpolate};
use crate::source::{Sources, Span, join_inside};
use address::Address;
pub(super) use address::addresses;
pub(crate) use address::host_of;
use extend::Found;
use project::Projects;
use read_by::ReadBy;
use std::collections::{BTreeMap, BTreeSet};
use variables::Variables;

/// Fills in components, references and start orders.
pub(super) fn components(
    sources: &Sources,
    facts: &[FileFacts],
    catalog: &Catalog,
    built_from: &BTreeMap<String, BTreeSet<String>>,
    system: &mut System,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let variables = Variables { sources, facts };
    let files: Vec<ComposeFile> = facts
        .iter()
        .filter_map(|facts| match facts {
            FileFacts::Compose(file) => Some(filled(sources, &variables, file)),
            _ => None,
        })
        .collect();
    missing_parts(sources, &files, &mut problems);
    let mut sets = catalog.compose_files.clone();
    sets.extend(variables.compose_files(&sets));
    let projects = Projects::new(sources, &files, &sets, catalog);
    let services = extend::services(sources, &projects, &mut problems);
    let mut builder = Builder {
        sources,
        facts,
        catalog,
        projects: &projects,
        variables: &variables,
        contexts: files::contexts(&services),
        dockerfiles: files::dockerfiles(&services),
        published: published(&projects, &services),
        shared_files: shared_files(&services),
        spoken_to: BTreeMap::new(),
        outside_names: BTreeSet::new(),
        read_by: ReadBy::new(sources, built_from, catalog),
        system,
    };
    for found in &services {
        builder.service(found);
    }
    let rehearsals = projects.rehearsals().iter();
    let mut rehearsals: Vec<String> = rehearsals
        .map(|file| sources.get(file.source).path.clone())
        .collect();
    rehearsals.sort();
    builder.system.rehearsals = rehearsals;
    builder.take_up_schemes();
    builder.beside_programs();
    builder.programs();
    builder.roles();
    builder.code_references();
    builder.system.components.sort_by(|a, b| a.id.cmp(&b.id));
    // A chain that goes round is met once for each of its services.
    problems.dedup_by(|a, b| a.span == b.span);
    problems
}

/// A compose file with its variables filled in and its paths relative to the root.
fn filled(sources: &Sources, variables: &Variables<'_>, file: &ComposeFile) -> ComposeFile {
    let directory = sources.get(file.source).directory();
    let known = variables.of_directory(directory);
    let value = |name: &str| known.get(name).cloned();
    let text = |text: &mut Text| text.value = interpolate(&text.value, &value);
    let path = |text: &mut Text| {
        // What is a URL, or out of the root, stays as it is.
        if !text.value.contains("://")
            && let Some(inside) = join_inside(directory, &text.value)
        {
            text.value = inside;
        }
    };
    let service = |service: &ComposeService| {
        let mut service = service.clone().with_texts(&text);
        service
            .build
            .iter_mut()
            .for_each(|build| path(&mut build.context));
        let mounted = service
            .volumes
            .iter_mut()
            .filter(|volume| volume.of_machine);
        mounted.for_each(|volume| path(&mut volume.source));
        service.files.iter_mut().for_each(path);
        service.env_files.iter_mut().for_each(path);
        let base = service.extends.iter_mut();
        base.flat_map(|base| &mut base.file).for_each(path);
        service
    };
    let mut project = file.project.clone();
    project.iter_mut().for_each(text);
    let given = known.get("COMPOSE_PROJECT_NAME");
    if let (None, Some(name)) = (&project, given) {
        let span = Span::new(file.source, 0, 0);
        let value = name.clone();
        project = Some(Text { value, span });
    }
    let mut networks = file.networks.clone();
    let names = networks.iter_mut().filter_map(|one| one.name.as_mut());
    names.for_each(text);
    let mut includes = file.includes.clone();
    for include in &mut includes {
        text(include);
        path(include);
    }
    ComposeFile {
        services: file.services.iter().map(service).collect(),
        includes,
        project,
        networks,
        ..file.clone()
    }
}

/// Files that are included and that are not there.
fn missing_parts(sources: &Sources, files: &[ComposeFile], problems: &mut Vec<Problem>) {
    for include in files.iter().flat_map(|file| &file.includes) {
        let remote = include.value.contains("://") || include.value.starts_with(['/', '~']);
        let known = sources.find(&include.value).is_some();
        if !known && !remote && !include.value.contains(['$', ':']) {
            problems.push(Problem::new(
                include.span,
                format!("includes `{}`, which is not there", include.value),
                "correct the path, or add the file",
            ));
        }
    }
}

/// The variables of a service, and the settings among the words of its command: `--set a.b=3`.
fn settings(service: &ComposeService, variables: &[(Text, Text)]) -> Vec<(String, String, Span)> {
    let given = variables.iter();
    let mut found: Vec<(String, String, Span)> = given
        .map(|(name, value)| (name.value.clone(), value.value.clone(), value.span))
        .collect();
    for word in service.words() {
        for part in word.value.split_whitespace() {
            if let Some((key, value)) = part.trim_start_matches('-').split_once('=') {
                found.push((key.to_owned(), value.to_owned(), word.span));
            }
        }
    }
    found
}

/// The files of variables that several services are given.
fn shared_files(services: &[Found]) -> BTreeSet<(usize, String)> {
    const MANY: usize = 3;
    let mut users: BTreeMap<(usize, String), usize> = BTreeMap::new();
    for found in services {
        let files: BTreeSet<&String> = found
            .service
            .env_files
            .iter()
            .map(|file| &file.value)
            .collect();
        for file in files {
            *users.entry((found.project, file.clone())).or_default() += 1;
        }
    }
    let shared = users.into_iter().filter(|(_, users)| *users >= MANY);
    shared.map(|(file, _)| file).collect()
}

/// What a host says of itself that is called after what it is for: `team-api` of `team-api.infra.example.org`.
fn called_by_itself<'h>(host: &'h str, rules: &EnvironmentRules) -> Option<&'h str> {
    let (first, rest) = host.split_once('.')?;
    let (words, last) = first.rsplit_once('-')?;
    let any = &rules.plain_host_words;
    let own = !words
        .split('-')
        .any(|word| any.iter().any(|one| one == word));
    let ends = &rules.host_endings;
    (own && rest.contains('.') && ends.iter().any(|one| one == last)).then_some(first)
}

/// The services behind the ports that are published on the machine.
fn published(projects: &Projects<'_>, services: &[Found]) -> BTreeMap<(usize, u16), String> {
    let mut known = BTreeMap::new();
    for found in services {
        let Some(id) = projects.find(found.project, &found.service.name.value) else {
            continue;
        };
        for port in &found.service.ports {
            let plain = port.value.split('/').next().unwrap_or(&port.value);
            let mut parts = plain.rsplit(':');
            let inside = parts.next();
            if let Some(port) = parts.next().or(inside).and_then(|port| port.parse().ok()) {
                known
                    .entry((found.project, port))
                    .or_insert_with(|| id.clone());
            }
        }
    }
    known
}

struct Builder<'a> {
    sources: &'a Sources,
    facts: &'a [FileFacts],
    catalog: &'a Catalog,
    projects: &'a Projects<'a>,
    /// Variables that files give.
    variables: &'a Variables<'a>,
    /// What services mount or are built from.
    contexts: BTreeSet<String>,
    /// The Dockerfiles that services are built with.
    dockerfiles: BTreeSet<String>,
    /// The files of variables that more services are given than tell what each of them does.
    shared_files: BTreeSet<(usize, String)>,
    /// The services behind the machine's ports, by project.
    published: BTreeMap<(usize, u16), String>,
    /// What services are taken for by the schemes of the URLs with which others address them.
    spoken_to: BTreeMap<String, BTreeSet<(ComponentKind, Option<String>)>>,
    /// Names that a service is told the addresses of.
    outside_names: BTreeSet<(String, String)>,
    /// What the code of each package may read of the environment.
    read_by: ReadBy<'a>,
    system: &'a mut System,
}

impl Builder<'_> {
    fn service(&mut self, found: &Found) {
        let (project, service) = (found.project, &found.service);
        let Some(id) = self.projects.find(project, &service.name.value).cloned() else {
            return;
        };
        let mut variables = service.environment.clone();
        // What a store is given with everything else, it does not ask for.
        let product = service.image.as_ref().filter(|_| service.build.is_none());
        let product = product.and_then(|image| self.catalog.images.find(&image.value));
        let stateful = &self.catalog.environment.stateful;
        let is_store = product.is_some_and(|known| stateful.contains(&known.entry.kind));
        let mut given_to_many: BTreeSet<String> = BTreeSet::new();
        for file in service.env_files.iter().filter(|_| !is_store) {
            let given = self.variables.of_file(&file.value).into_iter();
            // What the service says itself counts before the file.
            let known: BTreeSet<String> = variables
                .iter()
                .map(|(known, _)| known.value.clone())
                .collect();
            let more: Vec<_> = given
                .filter(|(name, _)| !known.contains(&name.value))
                .collect();
            if self.shared_files.contains(&(project, file.value.clone())) {
                given_to_many.extend(more.iter().map(|(name, _)| name.value.clone()));
            }
            variables.extend(more);
        }
        let rehearsed = self.rehearsed(project, service, &variables);
        variables.extend(rehearsed);
        let component = self.component(&id, project, service, &variables);
        self.system.components.push(component);
        self.orders(&id, project, service);
        let outside = service.outside.iter();
        self.outside_names
            .extend(outside.map(|name| (id.clone(), name.value.clone())));
        for (name, value) in &variables {
            self.variable(&id, project, name, value);
            // Which of the topics that all are told of it is for, nobody says.
            if !given_to_many.contains(&name.value) {
                self.names_in(&id, project, name, value);
            }
        }
        let command: Vec<Text> = service.words().cloned().collect();
        self.command(&id, project, &command);
        self.names_in_command(&id, project, &command);
        let files = self.files_of(service);
        self.beside(&id, project, &files);
        for content in &service.contents {
            self.content(&id, project, content);
        }
    }

    /// The addresses of services of the project that developers or tests give a service in variables which it is otherwise
    /// given where nobody sees it.
    fn rehearsed(
        &self,
        project: usize,
        service: &ComposeService,
        variables: &[(Text, Text)],
    ) -> Vec<(Text, Text)> {
        let services = self.projects.rehearsals().iter();
        let services = services.flat_map(|file| &file.services);
        let same = services.filter(|other| other.name.value == service.name.value);
        let given = same.flat_map(|other| &other.environment);
        let open = |name: &Text| {
            let mut known = variables.iter();
            !known.any(|(own, value)| own.value == name.value && !value.value.is_empty())
        };
        let inside = |value: &Text| {
            let mut addresses = addresses(&value.value).into_iter();
            addresses.any(|address| self.projects.find(project, &address.host).is_some())
        };
        let given = given.filter(|(name, value)| open(name) && inside(value));
        given.cloned().collect()
    }

    fn component(
        &self,
        id: &str,
        project: usize,
        service: &ComposeService,
        variables: &[(Text, Text)],
    ) -> Component {
        let restarts = match service
            .restart
            .as_ref()
            .map(|restart| restart.value.as_str())
        {
            None => Answer::No,
            // It says that it stays down: somebody has decided so.
            Some("no" | "none" | "false") => Answer::Unknown,
            Some(_) => Answer::Yes,
        };
        let dockerfile = self.dockerfile(service);
        let built_with = dockerfile.as_ref().is_some_and(|file| file.healthcheck);
        let healthcheck = match service.healthcheck {
            Healthcheck::Present => Answer::Yes,
            Healthcheck::Disabled => Answer::No,
            Healthcheck::Absent if built_with => Answer::Yes,
            Healthcheck::Absent => Answer::Unknown,
        };
        let mut evidence = vec![Evidence::seen(
            service.name.span,
            format!("`{}` is defined here", service.name.value),
        )];
        let again = service.laid_over.iter();
        evidence.extend(again.map(|span| Evidence::seen(*span, "a later file says more of it")));
        Component {
            id: id.to_owned(),
            name: service.name.value.clone(),
            kind: ComponentKind::Service,
            technology: None,
            group: self.projects.group(project).to_owned(),
            networks: service
                .networks
                .iter()
                .map(|one| one.value.clone())
                .collect(),
            directory: service
                .build
                .as_ref()
                .map(|build| build.context.value.clone()),
            evidence,
            image: service
                .image
                .as_ref()
                .map(|image| (image.value.clone(), image.span)),
            spoken_to: BTreeSet::new(),
            acts: None,
            base_image: dockerfile.and_then(|file| file.base_image),
            in_compose: true,
            development: self.is_development(service.name.span, service),
            named: false,
            lies_on: None,
            program: self
                .program_of(service)
                .and_then(|one| self.named_program(one)),
            package: self.package_of(service),
            role: None,
            stands_by: self.developed_in(service).is_some(),
            built: service.build.is_some(),
            published: !service.ports.is_empty(),
            labels: service
                .labels
                .iter()
                .map(|(name, _)| (name.value.clone(), name.span))
                .collect(),
            command: service.words().map(|word| word.value.clone()).collect(),
            settings: settings(service, variables),
            replicas: service
                .replicas
                .as_ref()
                .and_then(|replicas| Some((replicas.value.parse().ok()?, replicas.span))),
            keeps_data: service.volumes.iter().any(Volume::holds_data),
            healthcheck,
            restarts,
        }
    }

    /// Whether the file's path or the service's profiles speak of development, or the profiles of a person who starts it.
    fn is_development(&self, span: Span, service: &ComposeService) -> bool {
        let rules = &self.catalog.environment;
        let path = &self.sources.get(span.source).path;
        let speaks = |text: &str, words: &[String]| {
            let mut spoken = text.split(|c: char| !c.is_ascii_alphanumeric());
            spoken.any(|word| words.iter().any(|known| known.eq_ignore_ascii_case(word)))
        };
        // What the file says of itself before it says anything else.
        let text = self.sources.get(span.source).text.lines();
        let head = text.take_while(|line| line.trim().is_empty() || line.starts_with('#'));
        let head: Vec<String> = head.map(str::to_ascii_lowercase).collect();
        let serious = head
            .iter()
            .any(|line| speaks(line, &rules.production_words));
        let remarks = |line: &String| {
            let mut remarks = rules.development_remarks.iter();
            // What speaks of another file says nothing of this one.
            remarks.any(|remark| line.contains(remark.as_str())) && !line.contains(".y")
        };
        let mut profiles = service.profiles.iter();
        speaks(path, &rules.development_words)
            || !serious && head.iter().any(remarks)
            || profiles.any(|profile| {
                speaks(&profile.value, &rules.development_words)
                    || speaks(&profile.value, &rules.manual_profiles)
            })
    }

    /// Where the tree has programs that last and no compose file runs any, they say what developers need beside them.
    fn beside_programs(&mut self) {
        let mut components = self.system.components.iter();
        let runs_own = components.any(|one| one.built || one.package.is_some());
        let mut programs = self.system.executables.iter();
        let lasting = programs.any(|program| program.lasts != Lasts::Ends);
        if !lasting || runs_own {
            return;
        }
        for component in &mut self.system.components {
            component.development |= component.in_compose;
        }
    }

    fn orders(&mut self, id: &str, project: usize, service: &ComposeService) {
        for dependency in &service.depends_on {
            let Some(target) = self
                .projects
                .find(project, &dependency.target.value)
                .cloned()
            else {
                continue;
            };
            let span = dependency.target.span;
            self.refer(id, &target, ReferenceVia::Order, span);
            self.system.start_orders.push(StartOrder {
                client: id.to_owned(),
                target,
                gate: match dependency.condition.as_str() {
                    "service_healthy" => Gate::Healthy,
                    "service_completed_successfully" => Gate::Completed,
                    _ => Gate::Started,
                },
                span,
                stateful_target: false,
                client_restarts: Answer::Unknown,
                client_connects: false,
                target_healthcheck: Answer::Unknown,
            });
        }
        for link in &service.links {
            let name = link.value.split(':').next().unwrap_or(&link.value);
            if let Some(target) = self.projects.find(project, name).cloned() {
                self.refer(id, &target, ReferenceVia::Order, link.span);
            }
        }
    }

    fn variable(&mut self, id: &str, project: usize, name: &Text, value: &Text) {
        let upper = name.value.to_ascii_uppercase();
        let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let rules = &self.catalog.environment;
        let speaks = |list: &[String]| list.iter().any(|word| words.contains(&word.as_str()));
        if speaks(&rules.own_address_words) || beside::is_own_name(&words) {
            return;
        }
        let named = speaks(&rules.address_words);
        let found = addresses(&value.value);
        let component = self.system.component(id);
        let package = component.and_then(|one| one.package.as_deref());
        // What a program is given and does not name is there for others that are given the same.
        if !found.is_empty()
            && package.is_some_and(|one| self.read_by.is_for_others(one, &name.value))
        {
            return;
        }
        for address in found {
            let via = ReferenceVia::Variable(name.value.clone());
            match self.target(project, &address.host, address.port) {
                Some(target) if named || address.scheme.is_some() || address.port.is_some() => {
                    self.speaks_to(&target, address.scheme.as_deref());
                    self.refer(id, &target, via, value.span);
                }
                Some(_) => {}
                None => {
                    let key = Some(name.value.clone());
                    self.undeclared(id, project, &address, named, key, value.span);
                    if named {
                        let group = self.projects.group(project).to_owned();
                        self.outside(id, &group, &address, via, value.span);
                    }
                }
            }
        }
    }

    /// A host that stands for a service of the same network, and that nothing here is called.
    fn undeclared(
        &mut self,
        id: &str,
        project: usize,
        address: &Address,
        named: bool,
        key: Option<String>,
        span: Span,
    ) {
        let rules = &self.catalog.environment;
        let scheme = address.scheme.as_deref().and_then(|one| rules.scheme(one));
        // The authority of such a URL is a bucket.
        let store = scheme.is_some_and(|scheme| scheme.kind == ComponentKind::ObjectStore);
        let sure =
            scheme.is_some() || (named && address.scheme.is_none() && address.port.is_some());
        let host = &address.host;
        let is_word = host.chars().any(|c| c.is_ascii_alphabetic()) && !host.contains('.');
        let machine = rules.local_hosts.contains(host) || rules.machine_hosts.contains(host);
        let elsewhere = self.projects.reaches_others(project) || self.projects.anywhere(host);
        let of_service = self.outside_names.contains(&(id.to_owned(), host.clone()));
        if sure && !store && is_word && !machine && !elsewhere && !of_service {
            self.system.undeclared.push(Undeclared {
                from: id.to_owned(),
                host: host.clone(),
                key,
                span,
            });
        }
    }

    /// Words of a command: URLs and `host:port`, and bare names after a flag that takes an address.
    fn command(&mut self, id: &str, project: usize, command: &[Text]) {
        let mut after_flag = false;
        for word in command {
            let flag = word.value.starts_with('-').then(|| {
                word.value
                    .split('=')
                    .next()
                    .unwrap_or("")
                    .to_ascii_uppercase()
            });
            let takes_address = flag.as_ref().is_some_and(|flag| {
                let words: Vec<&str> = flag.split(|c: char| !c.is_ascii_alphanumeric()).collect();
                self.catalog
                    .environment
                    .address_words
                    .iter()
                    .any(|known| words.contains(&known.as_str()))
            });
            let value = if flag.is_some() {
                word.value.split_once('=').map_or("", |(_, value)| value)
            } else {
                &word.value
            };
            for address in addresses(value) {
                let sure = address.scheme.is_some()
                    || address.port.is_some()
                    || after_flag
                    || takes_address;
                let found = self.target(project, &address.host, address.port);
                if let Some(target) = found.filter(|_| sure) {
                    self.speaks_to(&target, address.scheme.as_deref());
                    self.refer(id, &target, ReferenceVia::Command, word.span);
                }
            }
            after_flag = takes_address && !word.value.contains('=');
            let key = flag.unwrap_or_else(|| "command".to_owned());
            let via = ReferenceVia::Name { key, flow: None };
            self.names_in_text(id, project, &word.value, &via, word.span);
        }
    }

    /// An address that no service of the file has.
    fn outside(&mut self, id: &str, group: &str, address: &Address, via: ReferenceVia, span: Span) {
        let rules = &self.catalog.environment;
        let Some(scheme) = address
            .scheme
            .as_deref()
            .and_then(|scheme| rules.scheme(scheme))
        else {
            return;
        };
        // A host without a dot is a name in a network that these files do not show.
        if !address.host.contains('.') || rules.local_hosts.contains(&address.host) {
            return;
        }
        let reason = format!(
            "`{}` is addressed and is no service of this system",
            address.host
        );
        let product = self.catalog.outside.of_host(&address.host);
        let product = product.filter(|_| scheme.kind == ComponentKind::External);
        // A service of that name is something else.
        let free = |name: &str| {
            let known = self.system.component(name);
            known.is_none_or(|known| known.named) && !self.projects.is_id(name)
        };
        let product = product.filter(|product| free(&product.name));
        let (outside, kind) = match product {
            Some(product) => (product.name.clone(), product.kind),
            None => {
                let name = called_by_itself(&address.host, rules).filter(|name| free(name));
                (name.unwrap_or(&address.host).to_owned(), scheme.kind)
            }
        };
        let technology = scheme.technology.clone();
        self.add_outside(
            &outside,
            kind,
            technology,
            group,
            Evidence::seen(span, reason),
        );
        self.refer(id, &outside, via, span);
    }

    fn add_outside(
        &mut self,
        id: &str,
        kind: ComponentKind,
        technology: Option<String>,
        group: &str,
        evidence: Evidence,
    ) {
        if self.system.component(id).is_none() {
            self.system.components.push(Component {
                technology,
                ..Component::new(id, kind, group, vec![evidence])
            });
        }
    }

    /// Notes what a component is addressed as.
    fn speaks_to(&mut self, target: &str, scheme: Option<&str>) {
        let entry = scheme.and_then(|scheme| self.catalog.environment.scheme(scheme));
        if let Some(entry) = entry {
            let known = self.spoken_to.entry(target.to_owned()).or_default();
            known.insert((entry.kind, entry.technology.clone()));
        }
    }

    fn take_up_schemes(&mut self) {
        for component in &mut self.system.components {
            component.spoken_to = self.spoken_to.remove(&component.id).unwrap_or_default();
        }
    }

    fn refer(&mut self, from: &str, to: &str, via: ReferenceVia, span: Span) {
        if from != to {
            self.system.references.push(Reference {
                from: from.to_owned(),
                to: to.to_owned(),
                via,
                span,
            });
        }
    }
}
