//! What lies outside of the system and that no address names: the service of a cloud or the mail relay that a library is
//! for, the product that a client is called after. What takes its place in a compose file (an object store for the
//! cloud's, a catcher of mail for the relay) is what is meant where there is only one.

use crate::catalog::{Catalog, OutsideRules, Product, split_words};
use crate::link::host_of;
use crate::model::{
    Aside, CallKind, Component, ComponentKind, Evidence, OutboundCall, Reference, ReferenceVia,
    RelationKind, SettingAddress, System,
};
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What the code of one component does to one party.
struct Use {
    product: Product,
    /// The crate by which it is used, where that tells it.
    krate: Option<String>,
    /// What is done to it, as far as known, and where.
    places: Vec<(Option<RelationKind>, Span)>,
}

/// Adds a reference from each component to each party outside that its code uses, where no address names one; what programs
/// of the system have answered goes nowhere else.
pub(super) fn parties(
    system: &mut System,
    answered: &BTreeSet<Span>,
    sources: &Sources,
    catalog: &Catalog,
) {
    let rules = &catalog.outside;
    for client in system.components.clone() {
        // One run of a program that also serves does a part of what its code can.
        if client.package.is_none() || client.kind == ComponentKind::InitJob && client.in_compose {
            continue;
        }
        for used in uses(system, answered, sources, catalog, &client).into_values() {
            let fits = |component: &Component| {
                let krate = used.krate.as_deref().unwrap_or_default();
                let technology = component.technology.as_deref();
                if component.id == used.product.name && component.named {
                    return Some(0);
                }
                rules.takes_the_place(&used.product, krate, component.kind, technology)
            };
            let mut known = system.references.iter();
            let addressed = known.any(|reference| {
                reference.from == client.id
                    && reference.via != ReferenceVia::Order
                    && system.component(&reference.to).and_then(fits).is_some()
            });
            if addressed {
                continue;
            }
            let all = system.components.iter();
            let all = all.filter(|target| target.in_compose);
            let all: Vec<(usize, &Component)> = all
                .filter_map(|target| Some((fits(target)?, target)))
                .collect();
            let best = all.iter().map(|(rank, _)| *rank).min();
            let all = all.into_iter().filter(|(rank, _)| Some(*rank) == best);
            let all: Vec<&Component> = all.map(|(_, target)| target).collect();
            let near = all.iter().filter(|target| target.group == client.group);
            let near: Vec<&&Component> = near.collect();
            let to = match (near.as_slice(), all.as_slice()) {
                // What a project has not by itself is the only one there is.
                ([only], _) => Some(only.id.clone()),
                ([], [only]) if super::stores::shares(system, &client, only) => {
                    Some(only.id.clone())
                }
                ([], _) => Some(outside(system, &client, &used)),
                _ => None,
            };
            let Some(to) = to else { continue };
            let kinds: BTreeSet<_> = used.places.iter().map(|(does, _)| *does).collect();
            let mixed = kinds.len() > 1 && !does_messages(&kinds);
            let references = used.places.iter().map(|(does, span)| Reference {
                from: client.id.clone(),
                to: to.clone(),
                via: match does {
                    Some(kind) if !mixed => ReferenceVia::Does(*kind),
                    // Of what is read here and written there, both is done.
                    _ => ReferenceVia::Code,
                },
                span: *span,
            });
            let references: Vec<Reference> = references.collect();
            system.references.extend(references);
        }
    }
    system.components.sort_by(|a, b| a.id.cmp(&b.id));
}

/// Whether messages are sent and taken: two relations, and not one.
fn does_messages(kinds: &BTreeSet<Option<RelationKind>>) -> bool {
    let is_message = |kind: &Option<RelationKind>| {
        matches!(kind, Some(RelationKind::Publishes | RelationKind::Consumes))
    };
    kinds.iter().all(is_message)
}

/// The parties that the code of a component uses, by name.
fn uses(
    system: &System,
    answered: &BTreeSet<Span>,
    sources: &Sources,
    catalog: &Catalog,
    client: &Component,
) -> BTreeMap<String, Use> {
    let rules = &catalog.outside;
    let mut found: BTreeMap<String, Use> = BTreeMap::new();
    let Some(program) = system.executable(client) else {
        return found;
    };
    let runs = &program.functions;
    let mut add = |product: Product, krate: Option<&str>, does: Option<RelationKind>, span| {
        let known = found.entry(product.name.clone()).or_insert_with(|| Use {
            product,
            krate: krate.map(str::to_owned),
            places: Vec::new(),
        });
        known.places.push((does, span));
    };
    for call in system
        .calls
        .iter()
        .filter(|call| runs.contains(&call.function))
    {
        if !call.kind.is_request()
            || matches!(call.aside, Some(Aside::Example | Aside::Unused))
            || has_host(call)
            || answered.contains(&call.span)
        {
            continue;
        }
        if let Some(product) = rules.of_crate(&call.krate) {
            let does = does(rules, sources, call, product.kind);
            add(product, Some(&call.krate), does, call.span);
        } else if let Some(product) = by_settings(system, sources, catalog, client, call)
            .or_else(|| named(system, sources, catalog, client, call))
        {
            add(product, None, None, call.span);
        }
    }
    for (function, name, span) in &system.used_outside {
        let mut products = rules.products.iter();
        let product = products.find(|product| product.name == *name);
        if let Some(product) = product.filter(|_| runs.contains(function)) {
            add(product.clone(), None, None, *span);
        }
    }
    found
}

/// Whether the address of a call is seen.
fn has_host(call: &OutboundCall) -> bool {
    call.kind == CallKind::Http && call.target.as_deref().and_then(host_of).is_some()
}

/// What a call does to a product of a kind: its operation is what it asks of a cloud, or its method.
fn does(
    rules: &OutsideRules,
    sources: &Sources,
    call: &OutboundCall,
    kind: ComponentKind,
) -> Option<RelationKind> {
    let method = sources.slice(call.name_span);
    let method = method.rsplit("::").next().unwrap_or(method);
    let operation = call.target.as_deref().filter(|_| method == "send");
    rules.does(operation.unwrap_or(method), kind)
}

/// The party whose address a file of settings gives: for the variable that the address begins with, or for the field of
/// the client (`email_client.base_url` for `EmailClient { base_url, .. }`). Of several, what is used in production counts.
fn by_settings(
    system: &System,
    sources: &Sources,
    catalog: &Catalog,
    client: &Component,
    call: &OutboundCall,
) -> Option<Product> {
    let rules = &catalog.outside;
    let target = call
        .target
        .as_deref()
        .filter(|_| call.kind == CallKind::Http)?;
    let end = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let function = system.call_graph.functions.get(call.function)?;
    let owner = function.name.rsplit_once("::").map(|(owner, _)| owner);
    let plain = |name: &str| rules.named(split_words(name)).map(|(name, _)| name);
    let fits = |address: &&SettingAddress| {
        if let Some(rest) = target.strip_prefix('$') {
            let variable = &rest[..end(rest).unwrap_or(rest.len())];
            return address.key == variable
                && !client.settings.iter().any(|(name, _, _)| name == variable);
        }
        let Some(rest) = target.strip_prefix('{') else {
            return false;
        };
        let field = &rest[..end(rest).unwrap_or(rest.len())];
        let words = split_words(field);
        let mut words = words.iter().map(|word| word.to_ascii_uppercase());
        let generic =
            |word: String| catalog.environment.address_words.contains(&word) || word == "BASE";
        let named = !words.all(generic);
        let of_owner = || {
            owner
                .and_then(plain)
                .is_some_and(|own| plain(&address.section) == Some(own))
        };
        address.key == field && (named || of_owner())
    };
    let found: Vec<&SettingAddress> = system.setting_addresses.iter().filter(fits).collect();
    let used = |address: &&&SettingAddress| {
        let words = split_words(&sources.get(address.span.source).path);
        let mut words = words.iter();
        words.any(|word| catalog.environment.production_words.contains(word))
    };
    let first = found.iter().find(used).or(found.first())?;
    let product = rules.of_host(&first.host).cloned();
    Some(product.unwrap_or_else(|| Product::unknown(first.host.clone())))
}

/// The party that a request goes to whose address is not seen: by the variable that holds the address, or by the name of
/// the client that makes it.
fn named(
    system: &System,
    sources: &Sources,
    catalog: &Catalog,
    client: &Component,
    call: &OutboundCall,
) -> Option<Product> {
    if call.kind != CallKind::Http {
        return None;
    }
    let rules = &catalog.outside;
    let variable = call.target.as_deref().and_then(|one| one.strip_prefix('$'));
    let (name, product) = match variable {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let variable = &rest[..end.unwrap_or(rest.len())];
            // What a compose file gives the variable has been read.
            if client.settings.iter().any(|(name, _, _)| name == variable) {
                return None;
            }
            let address = &catalog.environment.address_words;
            let words = variable.split('_').filter(|word| {
                let upper = word.to_ascii_uppercase();
                !address.contains(&upper)
            });
            rules.named(words.map(str::to_ascii_lowercase).collect())?
        }
        None => {
            let function = system.call_graph.functions.get(call.function)?;
            let ty = function.name.rsplit_once("::")?.0;
            let path = &sources.get(call.span.source).path;
            rules.of_type(ty).or_else(|| rules.of_place(ty, path))?
        }
    };
    // A client of what it is itself part of.
    let letters = |text: &str| text.replace(['-', '_', ' '], "").to_ascii_lowercase();
    let own = [Some(client.id.as_str()), client.package.as_deref()];
    let own = own.into_iter().flatten().map(letters);
    if own.into_iter().any(|own| own.starts_with(&letters(&name))) {
        return None;
    }
    Some(product.cloned().unwrap_or_else(|| Product::unknown(name)))
}

/// The component for a party, made where there is none yet; its id.
fn outside(system: &mut System, client: &Component, used: &Use) -> String {
    let name = &used.product.name;
    let endings = ["", "service", "api", "server"];
    let called = |component: &&Component| {
        let own = split_words(&component.name).concat();
        let plain = split_words(name).concat();
        let near = component.group == client.group || !component.in_compose || !client.in_compose;
        let one_of_ours = component.package.is_some() && component.id != client.id && near;
        one_of_ours
            && used.krate.is_none()
            && endings.iter().any(|end| own == format!("{plain}{end}"))
    };
    if let Some(known) = system.components.iter().find(called) {
        return known.id.clone();
    }
    let id = match system.component(name) {
        // A service of that name is something else.
        Some(known) if !known.named => format!("external:{name}"),
        _ => name.clone(),
    };
    if system.component(&id).is_none() {
        let reason = format!("the code of {} uses it", client.name);
        let first = used.places.first().map(|(_, span)| *span);
        let evidence = first.map(|span| Evidence::seen(span, reason));
        let evidence = evidence.into_iter().collect();
        system.components.push(Component {
            name: name.clone(),
            ..Component::new(&id, used.product.kind, &client.group, evidence)
        });
    }
    id
}
