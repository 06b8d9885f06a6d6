//! Resources of a cluster (`apiVersion`, `kind`), flattened: each scalar with the path to it.

use super::tree::{Tree, Value};
use crate::problem::Problem;
use crate::source::{SourceId, Span};

/// How many scalars of one resource are kept; a policy has a few dozen.
const MAX_FIELDS: usize = 4_000;

/// How deep a resource is followed.
const MAX_DEPTH: usize = 40;

/// One resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// `apiVersion` without the version: `networking.istio.io`, `v1` for the core.
    pub api: String,
    /// `kind`.
    pub kind: String,
    /// Its scalars and empty values, in order.
    pub fields: Vec<Field>,
}

/// A scalar of a resource.
#[derive(Clone, Debug)]
pub struct Field {
    /// The path: `spec.http[0].timeout`.
    pub path: String,
    /// The text; empty for an empty mapping or list.
    pub text: String,
    /// The value.
    pub span: Span,
}

/// Reads every resource of a file; other documents in it are passed over.
pub(crate) fn read(source: SourceId, text: &str) -> (Vec<Resource>, Vec<Problem>) {
    let (tree, problems) = Tree::parse(source, text);
    let resources = tree.documents().filter_map(|document| {
        let api = document.get("apiVersion")?.string()?;
        let kind = document.get("kind")?.string()?;
        let mut fields = Vec::new();
        flatten(document, String::new(), 0, &mut fields);
        Some(Resource {
            api: api
                .rsplit_once('/')
                .map_or(api.clone(), |(group, _)| group.to_owned()),
            kind,
            fields,
        })
    });
    (resources.collect(), problems)
}

fn flatten(value: Value<'_, '_>, path: String, depth: usize, out: &mut Vec<Field>) {
    if depth > MAX_DEPTH || out.len() >= MAX_FIELDS {
        return;
    }
    let before = out.len();
    if value.is_map() {
        for entry in value.merged_entries() {
            let name = entry.name();
            let path = match path.as_str() {
                "" => name.to_owned(),
                _ => format!("{path}.{name}"),
            };
            flatten(entry.value, path, depth + 1, out);
        }
    } else if value.is_seq() {
        for (index, item) in value.items().enumerate() {
            flatten(item, format!("{path}[{index}]"), depth + 1, out);
        }
    }
    if out.len() == before {
        out.push(Field {
            path,
            text: value.string().unwrap_or_default(),
            span: value.span(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_stand_with_their_paths() {
        let text = "apiVersion: a.io/v1\nkind: A\nspec:\n  b: [{c: 1}, {d: {}}]\n---\nother: 1\n";
        let (resources, problems) = read(SourceId(0), text);
        assert!(problems.is_empty(), "{problems:?}");
        let [resource] = resources.as_slice() else {
            panic!("{resources:?}");
        };
        assert_eq!(
            (resource.api.as_str(), resource.kind.as_str()),
            ("a.io", "A")
        );
        let paths: Vec<_> = resource.fields.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["apiVersion", "kind", "spec.b[0].c", "spec.b[1].d"]);
    }
}
