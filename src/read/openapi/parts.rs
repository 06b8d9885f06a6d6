//! The files that descriptions refer to. A description spread over files is one document: this is
//! the one place where reading a file looks at another.

use crate::problem::Problem;
use crate::read::tree::Tree;
use crate::source::{SourceId, SourceKind, Sources};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The trees of all files that may be referred to, each parsed when first asked for.
pub(crate) struct Parts<'s> {
    sources: &'s Sources,
    trees: BTreeMap<SourceId, OnceLock<(Tree<'s>, Vec<Problem>)>>,
}

impl<'s> Parts<'s> {
    /// Every description and every part of one; nothing is parsed yet.
    pub(crate) fn new(sources: &'s Sources) -> Self {
        let trees = sources
            .iter()
            .filter(|(_, source)| {
                matches!(source.kind, SourceKind::OpenApi | SourceKind::OpenApiPart)
            })
            .map(|(id, _)| (id, OnceLock::new()))
            .collect();
        Self { sources, trees }
    }

    pub(super) fn sources(&self) -> &'s Sources {
        self.sources
    }

    /// The tree of a file; none for a file that is no part of a description.
    pub(super) fn tree(&self, id: SourceId) -> Option<&Tree<'s>> {
        let cell = self.trees.get(&id)?;
        let (tree, _) = cell.get_or_init(|| Tree::parse(id, &self.sources.get(id).text));
        Some(tree)
    }

    /// What was wrong with the files that were asked for.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.trees
            .into_values()
            .filter_map(OnceLock::into_inner)
            .flat_map(|(_, problems)| problems)
            .collect()
    }
}
