//! Guards outside of the code: what a proxy or mesh promises for requests to a host, by its resources,
//! by labels, or by the user's word.

use super::topology::addresses;
use crate::catalog::{Catalog, LabelEntry, PolicyEntry, PolicyGuard};
use crate::model::{Answer, Attempts, Evidence, GuardLayer, GuardSettings, OutboundCall};
use crate::read::FileFacts;
use crate::read::compose::Text;
use crate::read::resource::{Field, Resource};
use std::collections::{BTreeMap, BTreeSet};

/// What is promised for requests to some hosts.
struct Policy {
    hosts: Vec<String>,
    guards: Vec<GuardLayer>,
    /// The user says so, and no file of the system.
    by_user: bool,
}

/// Adds the guards of proxies and meshes to the calls of the hosts that they stand before.
pub(super) fn guard(facts: &[FileFacts], catalog: &Catalog, calls: &mut [OutboundCall]) {
    let promised = catalog.gateways.iter();
    let promised = promised.filter(|gateway| !gateway.layers.is_empty());
    let mut policies: Vec<Policy> = promised
        .map(|gateway| Policy {
            hosts: gateway.hosts.clone(),
            guards: gateway.layers.clone(),
            by_user: true,
        })
        .collect();
    for file in facts {
        match file {
            FileFacts::Resources(resources) => {
                for resource in resources {
                    policies.extend(of_resource(catalog, resource));
                }
            }
            FileFacts::Compose(file) => {
                for service in &file.services {
                    for entry in &catalog.mesh.labels {
                        policies.extend(of_labels(entry, &service.labels));
                    }
                }
            }
            _ => {}
        }
    }
    if policies.is_empty() {
        return;
    }
    let variables = variables(facts);
    for call in calls {
        let target = call.target.as_deref().unwrap_or("");
        let hosts = hosts(target, &variables);
        let is_request = call.kind.is_request();
        let fitting = policies.iter().filter(|policy| {
            let named = |host: &String| policy.hosts.iter().any(|known| is_host(known, host));
            let everywhere = policy.by_user && policy.hosts.iter().any(|host| host == "*");
            let variable =
                policy.by_user && policy.hosts.iter().any(|host| is_variable(host, target));
            let all = !hosts.is_empty() && hosts.iter().all(named);
            (all || everywhere || variable) && (is_request || !policy.by_user)
        });
        for policy in fitting {
            // A proxy stands between the code and the other side: inside of all that code does.
            for layer in policy.guards.iter().rev() {
                let guard = call.guards.get_mut(layer.kind);
                if guard.answer != Answer::Yes {
                    guard.evidence.clear();
                }
                guard.answer = Answer::Yes;
                guard.evidence.push(layer.evidence.clone());
                call.layers.insert(0, layer.clone());
            }
        }
    }
}

/// Whether a target begins with the variable that the user names: `$STOCK_URL`.
fn is_variable(host: &str, target: &str) -> bool {
    let rest = host
        .strip_prefix('$')
        .and_then(|_| target.strip_prefix(host));
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// The hosts of a target, variables replaced by what compose files set them to.
fn hosts(target: &str, variables: &BTreeMap<&str, BTreeSet<String>>) -> Vec<String> {
    if let Some(rest) = target.strip_prefix('$') {
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let known = variables.get(&rest[..end]);
        return known.into_iter().flatten().cloned().collect();
    }
    let found = addresses(target).into_iter();
    found
        .filter(|address| address.scheme.is_some())
        .map(|address| address.host)
        .collect()
}

/// For each variable of a compose file, the hosts it is set to.
fn variables(facts: &[FileFacts]) -> BTreeMap<&str, BTreeSet<String>> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in facts {
        let FileFacts::Compose(file) = file else {
            continue;
        };
        for (name, value) in file
            .services
            .iter()
            .flat_map(|service| &service.environment)
        {
            let hosts = addresses(&value.value).into_iter();
            let hosts = hosts.filter(|address| address.scheme.is_some());
            let known = found.entry(&name.value).or_default();
            known.extend(hosts.map(|address| address.host));
        }
    }
    found
}

/// Whether a host is the one that a policy names: `orders` stands for
/// `orders.shop.svc.cluster.local` and the other way round, `*.example.com` for all below.
fn is_host(policy: &str, host: &str) -> bool {
    if let Some(domain) = policy.strip_prefix('*') {
        return domain.is_empty() || host.ends_with(domain);
    }
    let (short, long) = if policy.len() < host.len() {
        (policy, host)
    } else {
        (host, policy)
    };
    let in_cluster = |rest: &str| {
        let labels: Vec<&str> = rest.split('.').collect();
        match labels.as_slice() {
            // Below the short name stand a namespace, `svc` and the domain of the cluster.
            ["", _] => true,
            ["", _, "svc", ..] => true,
            ["", "svc", ..] => true,
            _ => false,
        }
    };
    let public = short.contains('.') && !long.contains(".svc");
    short == long || (!public && long.strip_prefix(short).is_some_and(in_cluster))
}

fn of_resource(catalog: &Catalog, resource: &Resource) -> Vec<Policy> {
    let entries = catalog.mesh.policies.iter();
    let entries = entries.filter(|entry| entry.api == resource.api && entry.kind == resource.kind);
    entries
        .flat_map(|entry| match &entry.each {
            None => vec![policy(
                entry,
                resource.fields.iter().map(|f| (f.path.as_str(), f)),
            )],
            Some(list) => items(&resource.fields, list)
                .into_iter()
                .map(|index| {
                    let prefix = format!("{list}[{index}].");
                    let own = resource.fields.iter();
                    policy(
                        entry,
                        own.filter_map(move |field| {
                            Some((field.path.strip_prefix(&prefix)?, field))
                        })
                        .collect::<Vec<_>>()
                        .into_iter(),
                    )
                })
                .collect(),
        })
        .flatten()
        .collect()
}

fn policy<'f>(
    entry: &PolicyEntry,
    fields: impl Iterator<Item = (&'f str, &'f Field)>,
) -> Option<Policy> {
    let fields: Vec<(&str, &Field)> = fields.collect();
    let hosts = entry.hosts.iter().flat_map(|path| {
        let fitting = fields
            .iter()
            .filter(|(known, _)| without_indexes(known) == *path);
        fitting.map(|(_, field)| field.text.clone())
    });
    let hosts: Vec<String> = hosts.filter(|host| !host.is_empty()).collect();
    let guards = entry.guards.iter().filter_map(|guard| {
        let field = guard_field(&fields, &guard.path)?;
        let what = format!("{} of the {} for this host", guard.guard.name(), entry.kind);
        Some(layer(guard, Evidence::seen(field.span, what), &field.text))
    });
    let guards: Vec<GuardLayer> = guards.collect();
    (!hosts.is_empty() && !guards.is_empty()).then_some(Policy {
        hosts,
        guards,
        by_user: false,
    })
}

/// The field of a guard: at the path or below it, and in every item of a list.
fn guard_field<'f>(fields: &[(&str, &'f Field)], path: &str) -> Option<&'f Field> {
    let at = |path: &str| {
        fields.iter().find(|(known, field)| {
            let below = known
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with(['.', '[']));
            below || (*known == path && !field.text.is_empty())
        })
    };
    let Some((list, rest)) = path.split_once("[*]") else {
        return at(path).map(|(_, field)| *field);
    };
    let own: Vec<Field> = fields
        .iter()
        .map(|(path, field)| Field {
            path: (*path).to_owned(),
            ..(*field).clone()
        })
        .collect();
    let found: Option<Vec<&Field>> = items(&own, list)
        .into_iter()
        .map(|index| at(&format!("{list}[{index}]{rest}")).map(|(_, field)| *field))
        .collect();
    found?.first().copied()
}

/// The numbers of the items of a list.
fn items(fields: &[Field], list: &str) -> BTreeSet<usize> {
    let index = |field: &Field| {
        let rest = field.path.strip_prefix(list)?.strip_prefix('[')?;
        rest.split_once(']')?.0.parse().ok()
    };
    fields.iter().filter_map(index).collect()
}

fn without_indexes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        out.push_str("[*]");
        rest = after.split_once(']').map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// The guards that the labels of a service put before it, for the hosts of its routers.
fn of_labels(entry: &LabelEntry, labels: &[(Text, Text)]) -> Vec<Policy> {
    let (before, _) = entry
        .middleware
        .split_once('*')
        .unwrap_or((&entry.middleware, ""));
    let mut guards: BTreeMap<String, Vec<GuardLayer>> = BTreeMap::new();
    for (name, value) in labels {
        let lower = name.value.to_ascii_lowercase();
        let Some((middleware, path)) = lower
            .strip_prefix(before)
            .and_then(|rest| rest.split_once('.'))
        else {
            continue;
        };
        for guard in entry.guards.iter().filter(|guard| guard.path == path) {
            let what = format!("the gateway's {} for this host", guard.guard.name());
            let found = layer(guard, Evidence::seen(name.span, what), &value.value);
            guards.entry(middleware.to_owned()).or_default().push(found);
        }
    }
    let mut policies = Vec::new();
    for (name, value) in labels {
        let Some(router) = between(&entry.router_middlewares, &name.value) else {
            continue;
        };
        let rule = labels
            .iter()
            .find(|(name, _)| between(&entry.router_rule, &name.value) == Some(router));
        let hosts = rule
            .map(|(_, rule)| hosts_of_rule(&rule.value))
            .unwrap_or_default();
        let named = value.value.split(',').map(|name| {
            let name = name.trim().to_ascii_lowercase();
            name.split('@').next().unwrap_or_default().to_owned()
        });
        let guards: Vec<GuardLayer> = named
            .filter_map(|name| guards.get(&name))
            .flatten()
            .cloned()
            .collect();
        if !hosts.is_empty() && !guards.is_empty() {
            policies.push(Policy {
                hosts,
                guards,
                by_user: false,
            });
        }
    }
    policies
}

/// What stands for the `*` of a pattern.
fn between<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let (before, after) = pattern.split_once('*')?;
    text.strip_prefix(before)?.strip_suffix(after)
}

/// The hosts in ``Host(`a`) || Host(`b`)``.
pub(super) fn hosts_of_rule(rule: &str) -> Vec<String> {
    let mut hosts = Vec::new();
    for part in rule.split("Host(").skip(1) {
        let inside = part.split(')').next().unwrap_or_default();
        let names = inside
            .split(',')
            .map(|name| name.trim().trim_matches(['`', '"', '\'']));
        hosts.extend(names.map(str::to_owned));
    }
    hosts
}

fn layer(guard: &PolicyGuard, evidence: Evidence, value: &str) -> GuardLayer {
    let number = || value.parse::<u32>().ok();
    let attempts = if guard.attempts {
        number()
    } else if guard.retries {
        number().map(|number| number.saturating_add(1))
    } else {
        None
    };
    GuardLayer {
        settings: GuardSettings {
            limit_ms: guard.limit.then(|| milliseconds(value)).flatten(),
            attempts: attempts.map(Attempts::AtMost),
            ..GuardSettings::default()
        },
        ..GuardLayer::new(guard.guard, evidence)
    }
}

/// `1.5s`, `500ms`, `2m`.
fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    match number.split_once('.') {
        None => number.parse::<u64>().ok()?.checked_mul(factor),
        Some((whole, fraction)) => {
            let digits = u32::try_from(fraction.len())
                .ok()
                .filter(|digits| *digits < 4)?;
            let part = fraction.parse::<u64>().ok()? * factor / 10_u64.pow(digits);
            whole
                .parse::<u64>()
                .ok()?
                .checked_mul(factor)?
                .checked_add(part)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_a_cluster_have_short_names() {
        assert!(is_host("orders", "orders"));
        assert!(is_host("orders.shop.svc.cluster.local", "orders"));
        assert!(is_host("orders", "orders.shop"));
        assert!(is_host("*.partner.example", "api.partner.example"));
        assert!(!is_host("orders", "orders-archive"));
        assert!(!is_host("orders", "orders.partner.example.com"));
        assert!(!is_host("partner.example", "partner.example.com"));
    }

    #[test]
    fn durations_are_read() {
        assert_eq!(milliseconds("1.5s"), Some(1_500));
        assert_eq!(milliseconds("250ms"), Some(250));
        assert_eq!(milliseconds("2m"), Some(120_000));
        assert_eq!(milliseconds("soon"), None);
    }
}
