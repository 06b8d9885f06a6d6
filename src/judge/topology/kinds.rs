//! What each component is there for.

use crate::catalog::{Catalog, ImageMatch, split_words};
use crate::model::{
    Answer, CallKind, Component, ComponentKind, Endpoint, Evidence, Gate, Lasts, ReferenceVia,
    System,
};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Products first, by their images; then programs of one's own, by what they run and by the
/// products that they address.
pub(super) fn classify(system: &mut System, catalog: &Catalog) {
    let run_once: BTreeSet<String> = system
        .start_orders
        .iter()
        .filter(|order| order.gate == Gate::Completed)
        .map(|order| order.target.clone())
        .collect();
    let mut own = Vec::new();
    for (index, component) in system.components.iter_mut().enumerate() {
        if component.named {
            continue;
        }
        // What the workspace makes is known better than by its image.
        let own_code = component.built || component.package.is_some();
        let image = component.image.clone().filter(|_| !own_code);
        let product = image.and_then(|(image, span)| Some((catalog.images.find(&image)?, span)));
        match product {
            Some((known, span)) => of_product(component, known, span),
            None => {
                own_program(component, catalog);
                own.push(index);
            }
        }
    }
    clients(system, catalog);
    parts_of_one(system, catalog);
    queues_by_use(system, catalog);
    let consuming: Vec<usize> = system
        .calls
        .iter()
        .filter(|call| call.kind == CallKind::BrokerConsume)
        .map(|call| call.function)
        .collect();
    let brokers: BTreeSet<&String> = system
        .components
        .iter()
        .filter(|component| component.kind == ComponentKind::Queue)
        .map(|component| &component.id)
        .collect();
    let workers: Vec<usize> = own
        .into_iter()
        .filter(|index| {
            let component = &system.components[*index];
            let takes = consuming
                .iter()
                .any(|function| system.runs(component, *function));
            let asked = system
                .references
                .iter()
                .any(|reference| reference.to == component.id);
            let addresses_broker = system.references.iter().any(|reference| {
                reference.from == component.id
                    && reference.via != ReferenceVia::Order
                    && brokers.contains(&reference.to)
            });
            let open = component.kind == ComponentKind::Service
                && !component.published
                && !asked
                && !serves(system, component, catalog);
            // Beside the way in which a program serves, the others work.
            open && (takes || addresses_broker || component.role.is_some())
        })
        .collect();
    for index in workers {
        system.components[index].kind = ComponentKind::Worker;
    }
    let migrates = |component: &Component| {
        let words = &catalog.environment.migration_words;
        let mut named = split_words(&component.name).into_iter();
        component.kind == ComponentKind::Service
            && component.package.is_some()
            && !component.in_compose
            && named.any(|word| words.contains(&word))
            && !serves(system, component, catalog)
    };
    let migrations: Vec<usize> = (0..system.components.len())
        .filter(|index| migrates(&system.components[*index]))
        .collect();
    for index in migrations {
        system.components[index].kind = ComponentKind::InitJob;
    }
    by_how_long_they_run(system, catalog);
    for component in &mut system.components {
        if run_once.contains(&component.id) {
            component.kind = ComponentKind::InitJob;
        }
    }
}

/// Programs that nobody asks anything: those that go on work, and those that end are run for what they do.
fn by_how_long_they_run(system: &mut System, catalog: &Catalog) {
    let asked: BTreeSet<&String> = system.references.iter().map(|one| &one.to).collect();
    let found = system.components.iter().map(|component| {
        let open = component.kind == ComponentKind::Service
            && component.package.is_some()
            && !component.named
            && !component.published
            && !asked.contains(&component.id)
            && !serves(system, component, catalog);
        match system.executable(component).filter(|_| open)?.lasts {
            Lasts::Serves => None,
            Lasts::Repeats => Some(ComponentKind::Worker),
            Lasts::Ends => {
                // What developers have at hand in a compose file is run by hand as well.
                let by_hand = component.development && component.restarts == Answer::No;
                (!component.in_compose || by_hand).then_some(ComponentKind::Batch)
            }
        }
    });
    let found: Vec<Option<ComponentKind>> = found.collect();
    for (component, kind) in system.components.iter_mut().zip(found) {
        component.kind = kind.unwrap_or(component.kind);
    }
}

/// Whether somebody asks a component for more than whether it is there.
fn serves(system: &System, component: &Component, catalog: &Catalog) -> bool {
    let Some(package) = &component.package else {
        return false;
    };
    let asked = |endpoint: &&Endpoint| !tells_of_itself(system, endpoint, catalog);
    system.endpoints.iter().filter(asked).any(|endpoint| {
        let code = endpoint.handler.as_ref().map(|handler| &handler.code);
        match code {
            Some(code) if component.program.is_some() || component.role.is_some() => {
                let mut functions = code.functions().iter();
                functions.any(|function| system.runs(component, *function))
            }
            _ => endpoint.service == *package,
        }
    })
}

/// Whether an endpoint only tells whether its program is well, and how it is doing; `/` and a fallback do beside one that does so.
fn tells_of_itself(system: &System, endpoint: &Endpoint, catalog: &Catalog) -> bool {
    let words = &catalog.words;
    let asks = |word: &String| words.probes.contains(word) || words.own_figures.contains(word);
    let tells = |endpoint: &Endpoint| {
        let last = endpoint.path.trim_end_matches('/').rsplit('/').next();
        let said = split_words(last.unwrap_or_default());
        endpoint.method == "GET" && !said.is_empty() && said.iter().all(asks)
    };
    // A fallback says that there is nothing else.
    let root =
        endpoint.method == "GET" && endpoint.path == "/" || endpoint.path.ends_with("/{fallback}");
    let beside = |other: &Endpoint| other.service == endpoint.service && tells(other);
    tells(endpoint) || root && system.endpoints.iter().any(beside)
}

/// What starts a shell in the image of a store or broker, and that nobody addresses, is a client of
/// it: one that waits to be used, or one that ends.
fn clients(system: &mut System, catalog: &Catalog) {
    let rules = &catalog.environment;
    let addressed: BTreeSet<&String> = system.references.iter().map(|one| &one.to).collect();
    for component in &mut system.components {
        let first = component.command.first().map(String::as_str).unwrap_or("");
        let first = first.split_whitespace().next().unwrap_or("");
        let first = first.rsplit('/').next().unwrap_or(first);
        let shell = ["sh", "bash"].contains(&first);
        let shell = shell || rules.client_programs.iter().any(|tool| tool == first);
        let store = rules.stateful.contains(&component.kind) && !component.named;
        let used = component.published || addressed.contains(&component.id);
        if !shell || !store || used {
            continue;
        }
        let words = component.command.join(" ");
        let idle = rules
            .idle_commands
            .iter()
            .any(|idle| words.contains(idle.as_str()));
        component.kind = match idle {
            true => ComponentKind::Service,
            false => ComponentKind::InitJob,
        };
    }
}

/// Services that run one image with different commands are the parts of one system: those that are
/// called workers or schedulers are, and the others answer.
fn parts_of_one(system: &mut System, catalog: &Catalog) {
    let mut parts: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (index, component) in system.components.iter().enumerate() {
        let open = matches!(
            component.kind,
            ComponentKind::Service | ComponentKind::Observability | ComponentKind::Ui
        );
        if let (true, Some((image, _))) = (open, &component.image) {
            let key = (component.group.clone(), image.clone());
            parts.entry(key).or_default().push(index);
        }
    }
    let rules = &catalog.environment;
    for indexes in parts.into_values().filter(|indexes| indexes.len() > 1) {
        for index in indexes {
            let component = &mut system.components[index];
            let words = split_words(&component.name);
            let commanded = component.command.iter().flat_map(|word| split_words(word));
            let words: Vec<String> = words.into_iter().chain(commanded).collect();
            let speaks = |list: &[String]| words.iter().any(|word| list.contains(word));
            if speaks(&rules.worker_words) || speaks(&rules.consumer_words) {
                component.kind = ComponentKind::Worker;
            } else if speaks(&rules.scheduler_words) {
                component.kind = ComponentKind::Scheduler;
            } else if component.kind == ComponentKind::Observability {
                component.kind = ComponentKind::Service;
            }
        }
    }
}

/// A cache that is a broker for those that use it is a queue.
fn queues_by_use(system: &mut System, catalog: &Catalog) {
    let rules = &catalog.environment;
    for component in &mut system.components {
        if component.kind != ComponentKind::Cache {
            continue;
        }
        let keys = system
            .references
            .iter()
            .filter(|reference| reference.to == component.id)
            .filter_map(|reference| match &reference.via {
                ReferenceVia::Variable(key) | ReferenceVia::File { key, .. } => Some(key),
                _ => None,
            });
        let words: Vec<String> = keys
            .flat_map(|key| {
                let upper = key.to_ascii_uppercase();
                let words = upper.split(|c: char| !c.is_ascii_alphanumeric());
                words.map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        let speaks = |list: &[String]| words.iter().any(|word| list.contains(word));
        if speaks(&rules.queue_use_words) && !speaks(&rules.cache_use_words) {
            component.kind = ComponentKind::Queue;
            component.evidence.extend(
                component
                    .image
                    .as_ref()
                    .map(|(_, span)| Evidence::seen(*span, "used as a broker".to_owned())),
            );
        }
    }
}

/// A component that runs an image of a known product.
fn of_product(component: &mut Component, known: ImageMatch<'_>, span: Span) {
    let technology = &known.entry.technology;
    let kind = role(component, known).unwrap_or(known.entry.kind);
    component.kind = kind;
    component.acts = known.entry.acts;
    component.technology = Some(technology.clone());
    component.evidence.push(Evidence::seen(
        span,
        format!("runs an image of {technology}"),
    ));
    component.evidence.push(Evidence::known(
        known.line,
        format!("{technology} is a {}", kind.name()),
    ));
    // An image of the same name elsewhere may have been given a healthcheck.
    if component.healthcheck == Answer::Unknown && known.exact {
        component.healthcheck = match known.entry.ships_healthcheck {
            Some(true) => Answer::Yes,
            Some(false) => Answer::No,
            None => Answer::Unknown,
        };
    }
}

/// What a product is there for that is started with a command: `airflow worker`. The command says
/// it, and where it does not, the service's name.
fn role(component: &Component, known: ImageMatch<'_>) -> Option<ComponentKind> {
    let by = |words: &[String]| {
        let mut roles = known.entry.roles.iter();
        roles.find(|(_, named)| named.iter().any(|word| words.contains(word)))
    };
    let commanded: Vec<String> = component
        .command
        .iter()
        .map(|word| word.to_ascii_lowercase())
        .collect();
    let named: Vec<String> = split_words(&component.name);
    by(&commanded).or_else(|| by(&named)).map(|(kind, _)| *kind)
}

/// A component that is built here, or runs an image that is no known product.
fn own_program(component: &mut Component, catalog: &Catalog) {
    if component.package.is_some() {
        component.technology = Some("rust".to_owned());
    } else if let Some(known) = catalog
        .images
        .find(&component.name)
        .or_else(|| started(component, catalog))
        .or_else(|| base_image(component, catalog))
    {
        // A product that is built here, or comes from a registry of one's own, carries its name or
        // is started like it.
        component.kind = role(component, known).unwrap_or(known.entry.kind);
        component.acts = known.entry.acts;
        component.technology = Some(known.entry.technology.clone());
        component.evidence.push(Evidence::known(
            known.line,
            "called, built or started like this product",
        ));
        return;
    }
    // `postgres://db`: what runs an image of one's own is what all others take it for.
    if component.package.is_none()
        && let [(kind, technology)] = component.spoken_to.iter().collect::<Vec<_>>()[..]
        && catalog.environment.stateful.contains(kind)
    {
        component.kind = *kind;
        component.technology.clone_from(technology);
        return;
    }
    let rules = &catalog.environment;
    let words: Vec<String> = component
        .name
        .split(['-', '_', '.'])
        .chain(component.command.iter().map(String::as_str))
        .map(str::to_ascii_lowercase)
        .collect();
    let speaks = |list: &[String]| words.iter().any(|word| list.contains(word));
    let pages = component
        .base_image
        .as_ref()
        .and_then(|(image, _)| catalog.images.find(image))
        .is_some_and(|known| known.entry.kind == ComponentKind::Gateway);
    if pages {
        component.kind = ComponentKind::Ui;
    }
    if component.published {
        return;
    }
    if speaks(&rules.scheduler_words) {
        component.kind = ComponentKind::Scheduler;
    } else if speaks(&rules.worker_words) {
        component.kind = ComponentKind::Worker;
    }
}

/// The product that a command starts.
fn started<'c>(component: &Component, catalog: &'c Catalog) -> Option<ImageMatch<'c>> {
    let first = component.command.first()?.to_ascii_lowercase();
    let first = first.rsplit('/').next().unwrap_or(&first).to_owned();
    catalog.images.started_by(&first)
}

/// The product that an image built here goes on from. What goes on from a web server is a gateway
/// where it is called like one: most of them carry pages.
fn base_image<'c>(component: &Component, catalog: &'c Catalog) -> Option<ImageMatch<'c>> {
    let (image, _) = component.base_image.as_ref()?;
    let known = catalog.images.find(image)?;
    let gateway = known.entry.kind == ComponentKind::Gateway;
    let words = split_words(&component.name);
    let called = words
        .iter()
        .any(|word| catalog.environment.gateway_words.contains(word));
    (!gateway || called).then_some(known)
}
