//! Requests to services that are audited too: what such a request does is what the operation behind
//! it does.

use crate::model::{EffectKind, Endpoint, GRPC_METHOD, ReferenceVia, System};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// For an effect of the code, the endpoint that answers it, by its index; [`SEVERAL`] where it may be one of several.
pub(super) type Asked = BTreeMap<usize, usize>;

/// The methods of HTTP.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// No endpoint, but several that have a procedure of the name.
pub(super) const SEVERAL: usize = usize::MAX;

/// Finds the endpoint behind every request whose method and path only one service answers, or the
/// one that its host names.
pub(super) fn asked(system: &System) -> Asked {
    let mut asked = Asked::new();
    let served: Vec<Served<'_>> = system.endpoints.iter().map(Served::of).collect();
    let procedures = procedures(system);
    let programs = system.executables.iter().map(|one| one.package.as_str());
    let programs: BTreeSet<&str> = programs.collect();
    let behind = behind_addresses(system);
    for (function, trace) in system.traces.iter().enumerate() {
        let own = trace.effects.iter().flatten();
        let said = own.clone().flat_map(|effect| {
            let texts = system.said.range((*effect, 0)..(*effect + 1, 0));
            texts.flat_map(|(_, told)| told)
        });
        for effect in own.chain(said) {
            let known = &system.effects[*effect];
            // By its method a PUT may be repeated, and a procedure by its name; what answers may do otherwise.
            // Of a request whose address is not known, the method stands there alone.
            let procedure =
                !known.target.contains(' ') && !METHODS.contains(&known.target.as_str());
            let changes = || {
                let mut methods = ["PATCH ", "PUT ", "DELETE "].iter();
                procedure || methods.any(|one| known.target.starts_with(one))
            };
            let asks = known.kind == EffectKind::Request
                || known.kind == EffectKind::RepeatableRequest && changes();
            if !asks {
                continue;
            }
            let package = &system.call_graph.functions[function].package;
            let answering = match procedure {
                false => {
                    let behind = behind.get(&known.span).copied();
                    answering(&served, package, &known.target, behind)
                }
                // What a library has of a procedure, client and server, is for programs that ask each other.
                true => {
                    let caller = Some(package.as_str()).filter(|one| programs.contains(one));
                    called(&procedures, caller, &known.target)
                }
            };
            if let Some(endpoint) = answering {
                asked.insert(*effect, endpoint);
            }
        }
    }
    asked
}

/// For each call in code whose address is that of a program of the system, by its name, the package of that program.
fn behind_addresses(system: &System) -> BTreeMap<Span, &str> {
    let mut packages: BTreeMap<Span, &str> = BTreeMap::new();
    for reference in &system.references {
        let target = system.component(&reference.to);
        let package = target.and_then(|target| target.package.as_deref());
        if let (ReferenceVia::Code, Some(package)) = (&reference.via, package) {
            packages.insert(reference.span, package);
        }
    }
    let calls = system.calls.iter();
    calls
        .filter_map(|call| Some((call.name_span, *packages.get(&call.span)?)))
        .collect()
}

/// The gRPC endpoints by the names of their procedures in code, without what tells words apart.
fn procedures(system: &System) -> BTreeMap<String, Vec<(usize, &Endpoint)>> {
    let mut named: BTreeMap<String, Vec<(usize, &Endpoint)>> = BTreeMap::new();
    for (index, endpoint) in system.endpoints.iter().enumerate() {
        if endpoint.method == GRPC_METHOD {
            let name = endpoint.path.rsplit('/').next().unwrap_or_default();
            let known = named.entry(name.to_ascii_lowercase()).or_default();
            known.push((index, endpoint));
        }
    }
    named
}

/// The one endpoint of another service than the caller that a call of a generated client is answered by, by the procedure's name, and that
/// of its service where it is known: `Orders/create_order`.
fn called(
    procedures: &BTreeMap<String, Vec<(usize, &Endpoint)>>,
    caller: Option<&str>,
    target: &str,
) -> Option<usize> {
    let (service, name) = procedure(target);
    let known = procedures.get(&name.replace('_', "").to_ascii_lowercase())?;
    let mut others = known.iter().filter(|(_, endpoint)| {
        caller.is_none_or(|caller| endpoint.service != caller)
            && service.is_none_or(|service| is_of_service(&endpoint.path, service))
    });
    match (others.next(), others.next()) {
        (Some((index, _)), None) => Some(*index),
        (first, _) => first.map(|_| SEVERAL),
    }
}

/// The service, where it is known, and the name of a procedure in code: `Orders/create_order`.
pub(in crate::judge) fn procedure(target: &str) -> (Option<&str>, &str) {
    match target.rsplit_once('/') {
        Some((service, name)) => (Some(service), name),
        None => (None, target),
    }
}

/// Whether the path of a gRPC endpoint is one of a service, in whatever package that stands: `/shop.Orders/Create`.
pub(in crate::judge) fn is_of_service(path: &str, service: &str) -> bool {
    let own = path.trim_start_matches('/').split('/').next();
    own.and_then(|own| own.rsplit('.').next()) == Some(service)
}

/// An endpoint with the segments of its path.
pub(in crate::judge) struct Served<'s> {
    pub(in crate::judge) endpoint: &'s Endpoint,
    segments: Vec<&'s str>,
}

impl<'s> Served<'s> {
    pub(in crate::judge) fn of(endpoint: &'s Endpoint) -> Self {
        Self {
            endpoint,
            segments: segments(&endpoint.path),
        }
    }
}

/// The endpoint of another service that a request is answered by: `POST http://stock:80/reserve`,
/// `POST {stock_url}/reserve`.
pub(in crate::judge) fn answering(
    served: &[Served<'_>],
    package: &str,
    target: &str,
    behind: Option<&str>,
) -> Option<usize> {
    let (method, url) = target.split_once(' ')?;
    let (host, path) = split(url)?;
    let wanted: Vec<&str> = segments(path);
    // A path without a word of its own says nothing.
    if !wanted.iter().any(|segment| !is_variable(segment)) {
        return None;
    }
    let fits = |(_, served): &(usize, &Served<'_>)| {
        let endpoint = served.endpoint;
        endpoint.method == method
            && endpoint.service != package
            && same_path(&wanted, &served.segments)
            && match behind {
                Some(behind) => endpoint.service == behind,
                None => host.is_none_or(|host| same_name(host, &endpoint.service)),
            }
    };
    let mut found = served.iter().enumerate().filter(fits);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Some(index),
        _ => None,
    }
}

/// The host, where it is written, and the path of a URL.
fn split(url: &str) -> Option<(Option<&str>, &str)> {
    if let Some((_, rest)) = url.split_once("://") {
        let (authority, path) = rest.split_once('/')?;
        let host = authority.split(':').next().unwrap_or(authority);
        let known = !host.is_empty() && !host.contains('{');
        return Some((known.then_some(host), path));
    }
    if let Some(rest) = url.strip_prefix('$') {
        return rest.split_once('/').map(|(_, path)| (None, path));
    }
    // A base that is set elsewhere.
    let (_, rest) = url.strip_prefix('{')?.split_once('}')?;
    Some((None, rest))
}

fn segments(path: &str) -> Vec<&str> {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    path.split('/').filter(|part| !part.is_empty()).collect()
}

fn is_variable(segment: &str) -> bool {
    segment.contains('{')
}

fn same_path(wanted: &[&str], served: &[&str]) -> bool {
    let pairs = wanted.iter().zip(served);
    wanted.len() == served.len()
        && pairs
            .into_iter()
            .all(|(wanted, served)| is_variable(served) || is_variable(wanted) || wanted == served)
}

/// `stock-service` and `stock`: a host is often the shorter name of a service.
fn same_name(host: &str, service: &str) -> bool {
    let plain = |name: &str| name.replace('_', "-").to_ascii_lowercase();
    let (host, service) = (plain(host), plain(service));
    let first = host.split('.').next().unwrap_or(&host);
    first == service
        || service.split('-').next() == Some(first)
        || first.split('-').next() == Some(service.as_str())
}

#[cfg(test)]
mod tests {
    use super::{same_name, same_path, segments, split};

    #[test]
    fn urls_are_split_where_the_path_begins() {
        assert_eq!(split("http://stock:80/a/b"), Some((Some("stock"), "a/b")));
        assert_eq!(split("https://{host}/a"), Some((None, "a")));
        assert_eq!(split("{stock_url}/a/{}"), Some((None, "/a/{}")));
        assert_eq!(split("$STOCK_URL/a/{}"), Some((None, "a/{}")));
        assert_eq!(split("somewhere"), None);
    }

    #[test]
    fn variables_fit_any_segment() {
        let same = |a, b| same_path(&segments(a), &segments(b));
        assert!(same("/orders/{}", "/orders/{id}/"));
        assert!(same("/orders/7?x=1", "/orders/{id}"));
        assert!(!same("/orders/{}", "/orders/{id}/pay"));
        assert!(!same("/orders/a", "/order/a"));
    }

    #[test]
    fn hosts_are_short_names_of_services() {
        assert!(same_name("stock", "stock-service"));
        assert!(same_name("stock.internal", "stock"));
        assert!(same_name("stock_api", "stock-api"));
        assert!(!same_name("api", "stock"));
    }
}
