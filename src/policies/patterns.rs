//! Which components and relations a pattern means.

use crate::config::{ComponentFields, ComponentPattern, Kinds, OneOrMany};
use crate::model::{Component, Relation, RelationKind};
use globset::{Glob, GlobSet, GlobSetBuilder};

/// The components that a pattern means, ready to be asked.
pub(super) enum Components {
    /// Every one.
    All,
    /// Those whose name or id fits.
    Named(GlobSet),
    /// Those that all this fits.
    Fields(Box<Fields>),
}

/// What is asked of a component.
pub(super) struct Fields {
    written: ComponentFields,
    name: Option<GlobSet>,
    group: Option<GlobSet>,
    network: Option<GlobSet>,
    technology: Option<GlobSet>,
    not: Option<Components>,
}

impl Components {
    pub(super) fn new(pattern: Option<&ComponentPattern>) -> Self {
        match pattern {
            None => Self::All,
            Some(ComponentPattern::Named(name)) => Self::Named(globs(std::slice::from_ref(name))),
            Some(ComponentPattern::AnyOf(names)) => Self::Named(globs(names)),
            Some(ComponentPattern::Fields(fields)) => {
                let set = |patterns: &Option<OneOrMany>| {
                    patterns.as_ref().map(|patterns| globs(patterns.list()))
                };
                Self::Fields(Box::new(Fields {
                    name: set(&fields.name),
                    group: set(&fields.group),
                    network: set(&fields.network),
                    technology: set(&fields.technology),
                    not: fields.not.as_ref().map(|not| Self::new(Some(not))),
                    written: (**fields).clone(),
                }))
            }
        }
    }

    pub(super) fn fit(&self, component: &Component) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => is_named(names, component),
            Self::Fields(fields) => fields.fit(component),
        }
    }
}

impl Fields {
    fn fit(&self, component: &Component) -> bool {
        let named = |names: &GlobSet| is_named(names, component);
        let kinds = self.written.kind.as_ref();
        let technology = component.technology.as_deref().unwrap_or("");
        self.name.as_ref().is_none_or(named)
            && kinds.is_none_or(|kinds| kinds.list().contains(&component.kind))
            && self
                .group
                .as_ref()
                .is_none_or(|groups| groups.is_match(&component.group))
            && self.network.as_ref().is_none_or(|networks| {
                component
                    .networks
                    .iter()
                    .any(|name| networks.is_match(name))
            })
            && self
                .technology
                .as_ref()
                .is_none_or(|known| known.is_match(technology))
            && self.not.as_ref().is_none_or(|not| !not.fit(component))
    }
}

fn is_named(names: &GlobSet, component: &Component) -> bool {
    names.is_match(&component.name) || names.is_match(&component.id)
}

/// The configuration has looked at every glob; one that is none fits nothing.
fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in patterns
        .iter()
        .filter_map(|pattern| Glob::new(pattern).ok())
    {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

/// Whether a relation is of one of these kinds. Where none is given, an order of start and the
/// collecting of metrics do not count.
pub(super) fn is_of_kind(relation: &Relation, kinds: Option<&Kinds<RelationKind>>) -> bool {
    let Some(kinds) = kinds else {
        return !matches!(relation.kind, RelationKind::Depends | RelationKind::Scrapes);
    };
    kinds.list().iter().any(|kind| match kind {
        RelationKind::Reads | RelationKind::Writes => {
            relation.kind == *kind || relation.kind == RelationKind::ReadsWrites
        }
        kind => relation.kind == *kind,
    })
}
