//! The services of a project as compose sees them: each with what it goes on from (`extends`), and
//! with what later files lay over it (compose specification, "extends" and "merge").

use super::project::Projects;
use crate::problem::Problem;
use crate::read::compose::{ComposeFile, ComposeService};
use crate::source::Sources;
use std::collections::BTreeSet;

/// How many services may go on from each other: a cycle would never end.
const MAX_CHAIN: usize = 16;

/// A service as it stands when everything is merged.
pub(super) struct Found {
    pub(super) project: usize,
    pub(super) service: ComposeService,
}

/// Every service of every project, in the order in which they are first named.
pub(super) fn services(
    sources: &Sources,
    projects: &Projects<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Found> {
    let files: Vec<(usize, &ComposeFile)> = projects.files().collect();
    let all = projects.all_files();
    let defined: BTreeSet<&str> = all
        .iter()
        .flat_map(|file| &file.services)
        .map(|service| service.name.value.as_str())
        .collect();
    for file in projects.rehearsals() {
        for service in &file.services {
            missing(file, service, &defined, problems);
        }
    }
    let mut found: Vec<Found> = Vec::new();
    // What a later file takes away as a whole.
    let mut removed: BTreeSet<(usize, &String)> = BTreeSet::new();
    for (project, file) in &files {
        for service in &file.services {
            missing(file, service, &defined, problems);
            let whole = extended(sources, &all, file, service, 0, problems);
            let mut known = found.iter_mut().filter(|known| known.project == *project);
            let earlier = known.find(|known| known.service.name.value == service.name.value);
            if service.is_removed() {
                removed.insert((*project, &service.name.value));
            }
            match earlier {
                Some(known) => known.service = whole.over(&known.service),
                None => found.push(Found {
                    project: *project,
                    service: whole,
                }),
            }
        }
    }
    found.retain(|found| !removed.contains(&(found.project, &found.service.name.value)));
    found
}

/// Services that are waited for and that no file defines. A part of a system, whose other files
/// are elsewhere, is only found among the files that are laid over others.
fn missing(
    file: &ComposeFile,
    service: &ComposeService,
    defined: &BTreeSet<&str>,
    problems: &mut Vec<Problem>,
) {
    if file.is_override || (service.image.is_none() && service.build.is_none()) {
        return;
    }
    let waited = service.depends_on.iter().filter(|one| one.required);
    let links = service.links.iter();
    let named = waited
        .map(|one| (&one.target, "depends on"))
        .chain(links.map(|link| (link, "links to")));
    for (target, how) in named {
        let name = target.value.split(':').next().unwrap_or(&target.value);
        if !defined.contains(name) && !name.contains('$') {
            problems.push(Problem::new(
                target.span,
                format!(
                    "`{}` {how} `{name}`, which no compose file here defines",
                    service.name.value
                ),
                "correct the name, or define the service",
            ));
        }
    }
}

fn extended(
    sources: &Sources,
    files: &[&ComposeFile],
    file: &ComposeFile,
    service: &ComposeService,
    depth: usize,
    problems: &mut Vec<Problem>,
) -> ComposeService {
    let own = service.clone();
    let Some(extends) = &service.extends else {
        return own;
    };
    if depth >= MAX_CHAIN {
        problems.push(Problem::new(
            extends.service.span,
            format!("`{}` goes on from itself", service.name.value),
            "end the chain of `extends` in a service without one",
        ));
        return own;
    }
    let home = match &extends.file {
        None => Some(file),
        Some(named) => {
            let mut files = files.iter().copied();
            files.find(|file| sources.get(file.source).path == named.value)
        }
    };
    let base = home.and_then(|home| {
        let mut services = home.services.iter();
        let base = services.find(|base| base.name.value == extends.service.value)?;
        Some(extended(sources, files, home, base, depth + 1, problems))
    });
    let Some(base) = base else {
        let of_file = extends.file.as_ref();
        let of_file = of_file.map_or_else(String::new, |file| format!(" of {}", file.value));
        problems.push(Problem::new(
            extends.service.span,
            format!(
                "`{}` goes on from `{}`{of_file}, which is not there",
                service.name.value, extends.service.value
            ),
            "correct the service's name, or the file of `extends`",
        ));
        return own;
    };
    let mut whole = own.over(&base);
    // The base is another service: it gives all but its names.
    whole.name = service.name.clone();
    whole.laid_over = Vec::new();
    whole.tagged = service.tagged.clone();
    whole
}
