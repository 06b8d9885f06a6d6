//! Base paths: `servers` of OpenAPI 3, `basePath` of Swagger 2.0.

use crate::read::tree::Value;
use std::collections::BTreeSet;

/// How many servers of a list are looked at.
const MAX_SERVERS: usize = 64;

/// The path of the document's servers, without a final slash; empty where there is none.
pub(super) fn base_path(document: Value<'_, '_>) -> String {
    match document.get("basePath").and_then(Value::string) {
        Some(path) => normal(&path),
        None => server_path(document).unwrap_or_default(),
    }
}

/// The path of an object's `servers`; none where it has none of its own. Of the first, unless
/// there are several: `/mainnet`, `/testnet`.
pub(super) fn server_path(object: Value<'_, '_>) -> Option<String> {
    let servers = object.get("servers")?.items();
    let paths: Vec<String> = servers.take(MAX_SERVERS).map_while(path_of).collect();
    let different: BTreeSet<&String> = paths.iter().filter(|path| !path.is_empty()).collect();
    match different.len() > 2 {
        true => Some(String::new()),
        false => paths.into_iter().next(),
    }
}

fn path_of(server: Value<'_, '_>) -> Option<String> {
    let mut url = server.get("url").and_then(Value::string)?;
    for variable in server.get("variables").into_iter().flat_map(Value::entries) {
        if let Some(default) = variable.value.get("default").and_then(Value::text) {
            url = url.replace(&format!("{{{}}}", variable.name()), default);
        }
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        // `//host/path` has a host, `/path` and `path` have none.
        None => match url.strip_prefix("//") {
            Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
            None if url.starts_with('{') => url.find('/').map_or("", |at| &url[at..]),
            None => url.as_str(),
        },
    };
    Some(normal(path))
}

fn normal(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or("");
    let path = path.trim().trim_end_matches('/');
    if path.is_empty() || path == "." {
        String::new()
    } else if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{}", path.trim_start_matches("./"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tree::Tree;
    use crate::source::SourceId;

    fn path(text: &str) -> String {
        let (tree, _) = Tree::parse(SourceId(0), text);
        base_path(tree.root().expect("a document"))
    }

    #[test]
    fn paths_of_servers() {
        for (text, expected) in [
            ("servers: [{url: 'https://a.example/v1/'}]", "/v1"),
            ("servers: [{url: 'https://a.example'}]", ""),
            ("servers: [{url: /api}]", "/api"),
            ("servers: [{url: //a.example/v2}]", "/v2"),
            ("servers: [{url: '{scheme}://a.example/v3'}]", "/v3"),
            (
                "servers: [{url: 'https://a.example/{base}', variables: {base: {default: v4}}}]",
                "/v4",
            ),
            ("servers: [{url: '{root}/v5'}]", "/v5"),
            ("basePath: /v6/", "/v6"),
            ("basePath: /", ""),
            ("servers: []", ""),
            (
                "servers: [{url: 'https://a.example/x'}, {url: 'https://a.example/y'}, {url: 'https://a.example/z'}]",
                "",
            ),
            (
                "servers: [{url: 'https://a.example/v1'}, {url: 'https://b.example/v1'}, {url: 'https://c.example/v1'}]",
                "/v1",
            ),
        ] {
            assert_eq!(path(text), expected, "{text}");
        }
    }
}
