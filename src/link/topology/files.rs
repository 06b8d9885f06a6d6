//! Which files are a service's own: those that it mounts, and those that its image is built from.

use super::Builder;
use super::dockerfile::dockerfile_path;
use super::extend::Found;
use crate::read::compose::ComposeService;
use crate::source::{SourceId, SourceKind, Span, join_inside};
use std::collections::BTreeSet;
use std::ops::Range;

/// A file of a service.
pub(super) struct OwnFile {
    pub(super) source: SourceId,
    /// The parts of it that count, where not all of it does: the stages that are built.
    parts: Option<Vec<Range<usize>>>,
}

impl OwnFile {
    /// Whether a place in it counts.
    pub(super) fn has(&self, span: Span) -> bool {
        let at = span.start as usize;
        let parts = self.parts.as_ref();
        parts.is_none_or(|parts| parts.iter().any(|part| part.contains(&at)))
    }
}

impl Builder<'_> {
    /// The files that a service mounts or is built from.
    pub(super) fn files_of(&self, service: &ComposeService) -> Vec<OwnFile> {
        // The code of a package is known better than by its lines, and what is mounted with it is of everybody.
        let read = self.program_of(service);
        let around = |root: &str| {
            let rest = read.and_then(|program| program.directory.strip_prefix(root));
            rest.is_some_and(|rest| root.is_empty() || rest.is_empty() || rest.starts_with('/'))
        };
        let built = self.built_from(service).filter(|_| read.is_none());
        let dockerfile = built.as_ref().and_then(|one| one.dockerfile.as_deref());
        let mounted: BTreeSet<String> = service
            .paths()
            .filter_map(|text| join_inside("", &text.value))
            .filter(|root| !around(root))
            .collect();
        let is_own = |path: &str| {
            if self.dockerfiles.contains(path) {
                return dockerfile == Some(path);
            }
            let own = longest(&mounted, path).max(built.as_ref().and_then(|one| one.depth(path)));
            // What is built or mounted by a service whose directory is deeper is that one's.
            own.is_some() && own >= longest(&self.contexts, path)
        };
        let files = self.sources.iter();
        files
            .filter(|(_, source)| source.kind == SourceKind::Beside && is_own(&source.path))
            .map(|(id, source)| OwnFile {
                source: id,
                parts: built
                    .as_ref()
                    .filter(|_| dockerfile == Some(&source.path))
                    .map(|built| built.stages.clone()),
            })
            .collect()
    }
}

/// Every directory and file that some service mounts or is built from.
pub(super) fn contexts(services: &[Found]) -> BTreeSet<String> {
    let named = services.iter().flat_map(|found| {
        let context = found.service.build.as_ref().map(|build| &build.context);
        found.service.paths().chain(context)
    });
    named
        .filter_map(|text| join_inside("", &text.value))
        .collect()
}

/// Every Dockerfile that some service is built with.
pub(super) fn dockerfiles(services: &[Found]) -> BTreeSet<String> {
    let builds = services
        .iter()
        .filter_map(|found| found.service.build.as_ref());
    let files = builds.filter(|build| build.inline.is_none());
    files.filter_map(dockerfile_path).collect()
}

/// The length of the longest of these paths that is the file or holds it, one more for its end.
fn longest(roots: &BTreeSet<String>, path: &str) -> Option<usize> {
    let around = roots.iter().filter(|root| {
        let rest = path.strip_prefix(root.as_str());
        root.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    around.map(|root| root.len() + 1).max()
}
