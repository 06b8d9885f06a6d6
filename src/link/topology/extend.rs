//! Services with what they go on from: `extends`, in the same file or another (compose
//! specification, "extends").

use super::project::Projects;
use crate::problem::Problem;
use crate::read::compose::{ComposeFile, ComposeService, Healthcheck, Text};
use crate::source::{Sources, join_inside};

/// How many services may go on from each other: a cycle would never end.
const MAX_CHAIN: usize = 16;

/// A service as it stands after `extends`.
pub(super) struct Found<'a> {
    pub(super) project: usize,
    pub(super) file: &'a ComposeFile,
    pub(super) service: ComposeService,
}

/// Every service of every project, bases before overlays.
pub(super) fn services<'a>(
    sources: &Sources,
    projects: &Projects<'a>,
    problems: &mut Vec<Problem>,
) -> Vec<Found<'a>> {
    let files: Vec<(usize, &ComposeFile)> = projects.files().collect();
    let all: Vec<&ComposeFile> = files.iter().map(|(_, file)| *file).collect();
    let mut found = Vec::new();
    for (project, file) in &files {
        for service in &file.services {
            found.push(Found {
                project: *project,
                file,
                service: extended(sources, &all, file, service, 0, problems),
            });
        }
    }
    found
}

fn extended(
    sources: &Sources,
    files: &[&ComposeFile],
    file: &ComposeFile,
    service: &ComposeService,
    depth: usize,
    problems: &mut Vec<Problem>,
) -> ComposeService {
    let mut own = service.clone();
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
    let directory = sources.get(file.source).directory();
    let home = match &extends.file {
        None => Some(file),
        Some(named) => {
            let path = join_inside(directory, &named.value);
            let mut files = files.iter().copied();
            files.find(|file| Some(&sources.get(file.source).path) == path.as_ref())
        }
    };
    let base = home.and_then(|home| {
        let mut services = home.services.iter();
        let base = services.find(|base| base.name.value == extends.service.value)?;
        let whole = extended(sources, files, home, base, depth + 1, problems);
        Some((whole, sources.get(home.source).directory()))
    });
    let Some((base, from)) = base else {
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
    // Paths of the base are relative to its own file.
    let moved = |text: &Text| Text {
        value: match text.value.starts_with('/') || from == directory {
            true => text.value.clone(),
            false => format!("{}{}/{}", up(directory), from, text.value),
        },
        span: text.span,
    };
    own.image = own.image.or(base.image);
    own.build = own.build.or_else(|| {
        base.build.map(|mut build| {
            build.context = moved(&build.context);
            build
        })
    });
    if own.command.is_empty() {
        own.command = base.command;
    }
    let inherited = base
        .environment
        .into_iter()
        .filter(|(name, _)| {
            let mut known = service.environment.iter();
            !known.any(|(known, _)| known.value == name.value)
        })
        .collect::<Vec<_>>();
    own.environment.extend(inherited);
    own.ports.extend(base.ports);
    own.labels.extend(base.labels);
    own.mounts.extend(base.mounts.iter().map(moved));
    own.env_files.extend(base.env_files.iter().map(moved));
    if own.healthcheck == Healthcheck::Absent {
        own.healthcheck = base.healthcheck;
    }
    own.restart = own.restart.or(base.restart);
    own
}

/// From a directory up to the root.
fn up(directory: &str) -> String {
    directory
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|_| "../")
        .collect()
}
