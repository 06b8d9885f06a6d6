//! Rules of the user's own, as they are written.

use super::file::OneOrMany;
use super::kinds::by_kind;
use super::spanned::Spanned;
use crate::finding::Severity;
use crate::model::{ComponentKind, RelationKind};
use schemars::JsonSchema;
use serde::Deserialize;

/// A rule of your own. Exactly one of `forbid` and `require` is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyEntry {
    /// The rule's name, in small letters with `-`: `ledger-has-one-writer`.
    pub id: Spanned<String>,
    /// How bad it is; `error` by default.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Why the rule is there.
    pub reason: String,
    /// Relations that must not be.
    #[serde(default)]
    pub forbid: Option<RelationPattern>,
    /// What must be.
    #[serde(default)]
    pub require: Option<Requirement>,
}

/// Relations by their ends and kind. Whatever is given must fit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RelationPattern {
    /// Who acts.
    pub from: Option<ComponentPattern>,
    /// On whom.
    pub to: Option<ComponentPattern>,
    /// The kinds of the relation; any by default. `reads-writes` counts as `reads` and as `writes`.
    pub relation: Option<Kinds<RelationKind>>,
    /// Count ways over several relations too: what calls something that calls it.
    pub transitive: bool,
}

/// One kind, or several.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Kinds<K> {
    /// One.
    One(K),
    /// Any of these.
    Many(Vec<K>),
}

impl<K> Kinds<K> {
    /// The kinds.
    pub fn list(&self) -> &[K] {
        match self {
            Self::One(kind) => std::slice::from_ref(kind),
            Self::Many(kinds) => kinds,
        }
    }
}

/// Components: a glob of their name, several globs, or more than that.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum ComponentPattern {
    /// Its name or id fits this glob.
    Named(String),
    /// Its name or id fits one of these globs.
    AnyOf(Vec<String>),
    /// All that is given fits.
    Fields(Box<ComponentFields>),
}

/// What a component must be like.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ComponentFields {
    /// Globs of its name or id.
    #[serde(default)]
    pub name: Option<OneOrMany>,
    /// What it is there for.
    #[serde(default)]
    pub kind: Option<Kinds<ComponentKind>>,
    /// Globs of its group: the directory of its compose project.
    #[serde(default)]
    pub group: Option<OneOrMany>,
    /// Globs of one of its networks.
    #[serde(default)]
    pub network: Option<OneOrMany>,
    /// Globs of its technology.
    #[serde(default)]
    pub technology: Option<OneOrMany>,
    /// It fits none of this.
    #[serde(default)]
    pub not: Option<ComponentPattern>,
}

/// What must be. Either `every` (relations or components) `has` something, or every `component` has
/// such a relation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Requirement {
    /// The relations that must have it.
    #[serde(default)]
    pub every: Option<RelationPattern>,
    /// The components that must have it.
    #[serde(default)]
    pub component: Option<ComponentPattern>,
    /// What they must have.
    #[serde(default)]
    pub has: Vec<Quality>,
    /// A relation that every such component must have: to what, of which kind.
    #[serde(default)]
    pub relation: Option<RequiredRelation>,
}

/// A relation that a component must have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequiredRelation {
    /// On whom it must act.
    pub to: ComponentPattern,
    /// How; any way by default.
    #[serde(default)]
    pub kind: Option<Kinds<RelationKind>>,
}

/// What a relation or a component can be required to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Calls between the two have a timeout.
    Timeout,
    /// Calls between the two are retried.
    Retry,
    /// Calls between the two have a circuit breaker.
    Breaker,
    /// What is consumed has a place for messages that cannot be worked.
    DeadLetter,
    /// The component says when it is ready.
    Healthcheck,
    /// Something starts the component again after it fails.
    RestartPolicy,
    /// More than one of the component runs.
    Replicas,
    /// The component's data is on a volume.
    Volume,
}

by_kind!(ComponentPattern {
    text: String => Self::Value::Named,
    list: Vec<String> => Self::Value::AnyOf,
    map: ComponentFields => |fields| Self::Value::Fields(Box::new(fields)),
});
by_kind!(Kinds<K> {
    text: K => Self::Value::One,
    list: Vec<K> => Self::Value::Many,
});

impl PolicyEntry {
    /// Every glob that it speaks of components by.
    #[must_use]
    pub fn globs(&self) -> Vec<String> {
        let patterns = self.patterns().into_iter();
        patterns.flat_map(ComponentPattern::globs).collect()
    }

    /// The names in it that are no globs.
    #[must_use]
    pub fn plain_names(&self) -> Vec<String> {
        self.patterns()
            .into_iter()
            .flat_map(ComponentPattern::names)
            .filter(|name| !name.contains(['*', '?', '[', '{', '\\']))
            .collect()
    }

    /// All patterns of components in it.
    fn patterns(&self) -> Vec<&ComponentPattern> {
        let forbidden = self.forbid.iter();
        let required = self.require.iter();
        let every = required.clone().filter_map(|one| one.every.as_ref());
        let of_relations = forbidden
            .chain(every)
            .flat_map(|pattern| [pattern.from.as_ref(), pattern.to.as_ref()]);
        let of_components = required.flat_map(|one| {
            let relation = one.relation.as_ref().map(|relation| &relation.to);
            [one.component.as_ref(), relation]
        });
        of_relations.chain(of_components).flatten().collect()
    }
}

impl ComponentPattern {
    fn globs(&self) -> Vec<String> {
        let Self::Fields(fields) = self else {
            return self.names();
        };
        let lists = [
            &fields.name,
            &fields.group,
            &fields.network,
            &fields.technology,
        ];
        let own = lists.into_iter().flatten().flat_map(OneOrMany::list);
        let own = own.cloned();
        own.chain(fields.not.iter().flat_map(Self::globs)).collect()
    }

    /// The names and globs of names.
    fn names(&self) -> Vec<String> {
        match self {
            Self::Named(name) => vec![name.clone()],
            Self::AnyOf(names) => names.clone(),
            Self::Fields(fields) => {
                let own = fields.name.iter().flat_map(OneOrMany::list).cloned();
                own.chain(fields.not.iter().flat_map(Self::names)).collect()
            }
        }
    }
}
