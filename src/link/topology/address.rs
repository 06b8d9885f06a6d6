//! Hosts in the values of variables, in commands and in URLs.

use crate::model::before_path;

/// A host that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::link) struct Address {
    /// The URL's scheme, `jdbc:` and the like left out.
    pub(in crate::link) scheme: Option<String>,
    /// The host, without port.
    pub(in crate::link) host: String,
    /// The port.
    pub(in crate::link) port: Option<u16>,
}

/// Every host in a text: URLs (also several hosts in one), `host:port`, bare names; separated by
/// commas, semicolons or blanks.
pub(in crate::link) fn addresses(text: &str) -> Vec<Address> {
    let mut found = Vec::new();
    let mut scheme: Option<String> = None;
    for token in text.split([',', ';', ' ', '\n', '\t', '|']) {
        let token = token.trim_matches(['"', '\'', '[', ']', '(', ')']);
        // `postgres://a:1,b:2/db`: the hosts after a comma share the scheme.
        let (rest, url) = match token.split_once("://") {
            Some((before, rest)) => {
                scheme = Some(
                    before
                        .rsplit([':', '=', '@'])
                        .next()
                        .unwrap_or(before)
                        .to_ascii_lowercase(),
                );
                (rest, true)
            }
            None => (token, false),
        };
        if !url && token.contains('=') {
            // `key=value` within a connection string.
            let value = token.split_once('=').map_or("", |(_, value)| value);
            found.extend(host(value, None));
            continue;
        }
        let shared = scheme
            .clone()
            .filter(|_| url || text.split("://").count() == 2);
        let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        found.extend(host(rest, shared));
    }
    found
}

/// The host of a URL in code, where its text is all known.
pub(crate) fn host_of(target: &str) -> Option<String> {
    // What a comma separates in a URL's query is no second host.
    let address = addresses(before_path(target)).into_iter().next()?;
    address.scheme.is_some().then_some(address.host)
}

fn host(text: &str, scheme: Option<String>) -> Option<Address> {
    let text = text.rsplit('@').next().unwrap_or(text);
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            // `host:port:slot` and `${PORT}` after the colon.
            Err(_) => (text.split(':').next().unwrap_or(text), None),
        },
        None => (text, None),
    };
    let valid = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    valid.then(|| Address {
        scheme,
        host: host.to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let shown = |a: Address| {
            let port = a.port.map(|port| format!(":{port}")).unwrap_or_default();
            format!(
                "{}{}{port}",
                a.scheme.map(|s| format!("{s}://")).unwrap_or_default(),
                a.host
            )
        };
        addresses(text).into_iter().map(shown).collect()
    }

    #[test]
    fn a_path_that_is_not_known_ends_the_host() {
        for (url, expected) in [
            ("https://api.example.com{path}", Some("api.example.com")),
            ("https://api.example.com{path}?x=1", Some("api.example.com")),
            ("https://api.example.{domain}", None),
            ("https://api.example{suffix}.com", None),
            ("http://orders{path}", None),
            ("https://api.example.com/{path}", Some("api.example.com")),
        ] {
            assert_eq!(host_of(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn hosts_of_every_form() {
        for (text, expected) in [
            ("postgres://u:p@db:5432/x", vec!["postgres://db:5432"]),
            (
                "kafka-1:9092,kafka-2:9092",
                vec!["kafka-1:9092", "kafka-2:9092"],
            ),
            ("jdbc:postgresql://db/x?a=b", vec!["postgresql://db"]),
            (
                "mongodb://a:1,b:2/x",
                vec!["mongodb://a:1", "mongodb://b:2"],
            ),
            ("redis", vec!["redis"]),
            ("host=db port=5432", vec!["db", "5432"]),
            ("http://web:${PORT}/x", vec!["http://web"]),
            ("${URL}", vec![]),
        ] {
            assert_eq!(seen(text), expected, "{text}");
        }
    }
}
