//! Which compose files belong together. Files of one directory are one project as long as none of
//! them defines a service that another defines too: those are alternatives (`dev`, `prod`, one for
//! each database), and each is a project of its own. A project of tests, and one in which developers
//! run what another project runs too, is no part of the architecture: it would be drawn twice.

use crate::catalog::{Catalog, split_words};
use crate::read::compose::{ComposeFile, ComposeService};
use crate::source::{Source, SourceId, SourceKind, Sources, join_path};
use std::collections::{BTreeMap, BTreeSet};

/// Files that compose reads without being told, in its order; an overlay comes after its base.
const DEFAULT_NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

pub(super) struct Project<'a> {
    pub(super) directory: &'a str,
    /// What its components are grouped under: the directory, with the file where that says more.
    pub(super) group: String,
    pub(super) files: Vec<&'a ComposeFile>,
    /// Files that it includes and that another project has included before: what they define is the same.
    pub(super) shared: Vec<&'a ComposeFile>,
    /// Names and aliases to component ids.
    pub(super) ids: BTreeMap<String, String>,
}

impl<'a> Project<'a> {
    /// The names of its services.
    fn names(&self) -> BTreeSet<&'a str> {
        let services = self.files.iter().flat_map(|file| &file.services);
        services.map(|one| one.name.value.as_str()).collect()
    }
}

/// The projects of a system.
pub(super) struct Projects<'a> {
    pub(super) projects: Vec<Project<'a>>,
    /// The ids of all services.
    pub(super) ids: BTreeSet<String>,
    /// Files that only hold what others go on from.
    templates: Vec<&'a ComposeFile>,
    /// Files of tests, and those in which developers run what another project runs too.
    rehearsals: Vec<&'a ComposeFile>,
}

impl<'a> Projects<'a> {
    /// The projects of these files. Each of `sets` holds the paths of files that are one project, in
    /// the order in which compose is given them: these are never left out.
    pub(super) fn new(
        sources: &'a Sources,
        files: &'a [ComposeFile],
        sets: &[Vec<String>],
        catalog: &Catalog,
    ) -> Self {
        let mut ordered: Vec<(&str, (bool, usize), &str, &ComposeFile)> = files
            .iter()
            .map(|file| {
                let source = sources.get(file.source);
                let name = source.path.rsplit('/').next().unwrap_or(&source.path);
                // What cannot stand alone comes after what it is laid over.
                let rank = (incomplete(file).next().is_some(), rank(name));
                (source.directory(), rank, name, file)
            })
            .collect();
        ordered.sort_by_key(|(directory, rank, name, _)| (*directory, *rank, *name));
        let mut projects: Vec<Project<'a>> = Vec::new();
        let of_path = |path: &String| {
            let mut files = files.iter();
            files.find(|file| sources.get(file.source).path == *path)
        };
        for set in sets {
            let files: Vec<&ComposeFile> = set.iter().filter_map(of_path).collect();
            let Some(first) = files.first() else { continue };
            projects.push(Project {
                directory: sources.get(first.source).directory(),
                group: String::new(),
                files,
                shared: Vec::new(),
                ids: BTreeMap::new(),
            });
        }
        let given = projects.len();
        let in_sets: BTreeSet<SourceId> = projects
            .iter()
            .flat_map(|project| &project.files)
            .map(|file| file.source)
            .collect();
        let mut included = included(sources, files);
        let all_included = included.clone();
        let mut templates = templates(sources, files);
        templates.retain(|file| !in_sets.contains(&file.source));
        for (directory, _, _, file) in ordered {
            let of = |other: &&ComposeFile| other.source == file.source;
            let elsewhere = included.iter().any(|(_, part)| of(part));
            if elsewhere || in_sets.contains(&file.source) || templates.iter().any(of) {
                continue;
            }
            // Nothing is added to files that somebody has put together.
            let home = projects.iter_mut().skip(given).find(|project| {
                let fits = || {
                    let mut parts = included.iter().filter(|(whole, _)| of(whole));
                    is_over(project, file)
                        || is_serious(sources, file, catalog) && is_variant(project, file)
                        || !conflicts(project, file)
                            && parts.all(|(_, part)| !conflicts(project, part))
                };
                project.directory == directory && fits()
            });
            match home {
                Some(project) => project.files.push(file),
                None => projects.push(Project {
                    directory,
                    group: String::new(),
                    files: vec![file],
                    shared: Vec::new(),
                    ids: BTreeMap::new(),
                }),
            }
        }
        // What a file includes is part of its project, and so is what that includes.
        while let Some((at, home)) = included.iter().enumerate().find_map(|(at, (whole, _))| {
            let holds = |project: &Project<'_>| {
                project.files.iter().any(|file| file.source == whole.source)
            };
            Some((at, projects.iter().position(holds)?))
        }) {
            let (_, part) = included.swap_remove(at);
            let same = |file: &&ComposeFile| file.source == part.source;
            let owner = projects.iter().position(|one| one.files.iter().any(same));
            match owner {
                Some(owner) if owner == home => {}
                Some(owner)
                    if !varies(sources, part)
                        && ![owner, home].iter().any(|at| changes(&projects[*at], part)) =>
                {
                    share(&mut projects[home].shared, part, &all_included);
                }
                _ => projects[home].files.push(part),
            }
        }
        let rehearsals = rehearsals(sources, &mut projects, given, catalog);
        take_over(&mut projects);
        for at in 0..projects.len() {
            if let Some(first) = projects[at].files.first() {
                projects[at].group = group(&projects[..at], sources.get(first.source));
            }
        }
        let mut all = Self {
            projects,
            ids: BTreeSet::new(),
            templates,
            rehearsals,
        };
        all.name_components();
        all.share_networks();
        all
    }

    /// Every file with the index of its project, bases before overlays.
    pub(super) fn files(&self) -> impl Iterator<Item = (usize, &'a ComposeFile)> {
        self.projects
            .iter()
            .enumerate()
            .flat_map(|(index, project)| project.files.iter().map(move |file| (index, *file)))
    }

    /// Every file, also those that only hold what others go on from.
    pub(super) fn all_files(&self) -> Vec<&'a ComposeFile> {
        let files = self.files().map(|(_, file)| file);
        let beside = self.templates.iter().chain(&self.rehearsals);
        files.chain(beside.copied()).collect()
    }

    /// The files that try out or repeat what others run.
    pub(super) fn rehearsals(&self) -> &[&'a ComposeFile] {
        &self.rehearsals
    }

    /// What the components of a project are grouped under.
    pub(super) fn group(&self, project: usize) -> &str {
        &self.projects[project].group
    }
}

/// Takes away the projects that only try out or repeat what others run, and gives their files. The
/// first `given` were put together by somebody, and stay.
fn rehearsals<'a>(
    sources: &Sources,
    projects: &mut Vec<Project<'a>>,
    given: usize,
    catalog: &Catalog,
) -> Vec<&'a ComposeFile> {
    let words = &catalog.words;
    let speaks = |project: &Project<'_>, known: &dyn Fn(&String) -> bool| {
        let mut files = project.files.iter();
        files.all(|file| {
            let words = split_words(&sources.get(file.source).path);
            words.iter().any(known)
        })
    };
    let of_tests = |word: &String| words.tests.contains(word) || words.trials.contains(word);
    let of_development = |word: &String| catalog.environment.development_words.contains(word);
    let code = sources.count(SourceKind::Rust) > 0;
    let serious: Vec<BTreeSet<&str>> = projects
        .iter()
        .enumerate()
        .filter(|(at, project)| {
            let rehearses = || speaks(project, &of_tests) || speaks(project, &of_development);
            *at < given || !rehearses()
        })
        .map(|(_, project)| project.names())
        .collect();
    let tests = projects.iter().filter(|one| speaks(one, &of_tests)).count();
    let others = code || tests < projects.len();
    let mut at = 0;
    let taken = projects.extract_if(.., |project| {
        at += 1;
        let names = project.names();
        let repeats = |serious: &BTreeSet<&str>| {
            !names.is_empty() && names.intersection(serious).count() * 2 >= names.len()
        };
        at > given
            && (others && speaks(project, &of_tests)
                || speaks(project, &of_development) && serious.iter().any(repeats))
    });
    taken.flat_map(|project| project.files).collect()
}

/// What the components of a project are grouped under that begins with this file: its directory, and
/// the file too where another project of the directory was first.
fn group(projects: &[Project<'_>], first: &Source) -> String {
    let directory = first.directory();
    if !projects
        .iter()
        .any(|project| project.directory == directory)
    {
        return directory.to_owned();
    }
    let path = &first.path;
    let name = path
        .rsplit_once('/')
        .map_or(path.as_str(), |(_, name)| name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    join_path(directory, stem)
}

/// Each file that another includes, behind that other (compose specification, "include"). Of files
/// that include each other, the first in order is the whole.
fn included<'a>(
    sources: &Sources,
    files: &'a [ComposeFile],
) -> Vec<(&'a ComposeFile, &'a ComposeFile)> {
    let mut found: Vec<(&ComposeFile, &ComposeFile)> = Vec::new();
    for whole in files {
        for include in &whole.includes {
            let part = files
                .iter()
                .find(|file| sources.get(file.source).path == include.value);
            let circle = |part: &ComposeFile| {
                let (mut pending, mut seen) = (vec![part.source], Vec::new());
                while let Some(at) = pending.pop() {
                    if seen.contains(&at) {
                        continue;
                    }
                    seen.push(at);
                    let below = found.iter().filter(|(other, _)| other.source == at);
                    pending.extend(below.map(|(_, known)| known.source));
                }
                seen.contains(&whole.source)
            };
            found.extend(part.filter(|part| !circle(part)).map(|part| (whole, part)));
        }
    }
    found
}

/// The files all of whose services others go on from (`extends`): nobody starts them. A file with a
/// name that compose reads by itself is one only where a single other file has all of it.
fn templates<'a>(sources: &Sources, files: &'a [ComposeFile]) -> Vec<&'a ComposeFile> {
    let mut users: BTreeMap<(&str, &str), BTreeSet<SourceId>> = BTreeMap::new();
    for user in files {
        for extends in user
            .services
            .iter()
            .filter_map(|service| service.extends.as_ref())
        {
            if let Some(file) = &extends.file {
                let base = (file.value.as_str(), extends.service.value.as_str());
                users.entry(base).or_default().insert(user.source);
            }
        }
    }
    let is_template = |file: &&ComposeFile| {
        let path = sources.get(file.source).path.as_str();
        let others: Vec<BTreeSet<SourceId>> = file
            .services
            .iter()
            .map(|service| {
                let base = (path, service.name.value.as_str());
                let mut users = users.get(&base).cloned().unwrap_or_default();
                users.remove(&file.source);
                users
            })
            .collect();
        let all_used = !others.is_empty() && others.iter().all(|users| !users.is_empty());
        let read_alone = DEFAULT_NAMES.contains(&path.rsplit('/').next().unwrap_or(path));
        let by_one = || {
            let mut common = others.first().cloned().unwrap_or_default();
            common.retain(|user| others.iter().all(|users| users.contains(user)));
            !common.is_empty()
        };
        all_used && (!read_alone || by_one())
    };
    files.iter().filter(is_template).collect()
}

fn rank(name: &str) -> usize {
    match DEFAULT_NAMES.iter().position(|known| *known == name) {
        Some(position) => position,
        None if name.contains("override") => DEFAULT_NAMES.len(),
        None => DEFAULT_NAMES.len() + 1,
    }
}

/// A definition of its own, and no change to one elsewhere.
fn defines(service: &ComposeService) -> bool {
    service.image.is_some() || service.build.is_some()
}

/// The services that a file says something of and does not define: compose starts none of them from
/// this file alone.
fn incomplete(file: &ComposeFile) -> impl Iterator<Item = &ComposeService> {
    let services = file.services.iter();
    services.filter(|service| !defines(service) && service.extends.is_none())
}

/// Gives what projects share to the first of them, where the one that had it is none any more.
fn take_over(projects: &mut [Project<'_>]) {
    for at in 0..projects.len() {
        let shared = std::mem::take(&mut projects[at].shared);
        let (owned, left): (Vec<_>, Vec<_>) = shared.into_iter().partition(|file| {
            let mut others = projects.iter().flat_map(|project| &project.files);
            others.any(|known| known.source == file.source)
        });
        projects[at].shared = owned;
        projects[at].files.extend(left);
    }
}

/// Adds a file that is shared, and what it includes.
fn share<'a>(
    shared: &mut Vec<&'a ComposeFile>,
    file: &'a ComposeFile,
    included: &[(&'a ComposeFile, &'a ComposeFile)],
) {
    let mut pending = vec![file];
    while let Some(file) = pending.pop() {
        if shared.iter().any(|known| known.source == file.source) {
            continue;
        }
        shared.push(file);
        let below = included
            .iter()
            .filter(|(whole, _)| whole.source == file.source);
        pending.extend(below.map(|(_, part)| *part));
    }
}

/// Whether a file may say something else in each project that includes it: by its variables.
fn varies(sources: &Sources, file: &ComposeFile) -> bool {
    sources.get(file.source).text.contains('$')
}

/// Whether a project says something beside a file of what that defines.
fn changes(project: &Project<'_>, file: &ComposeFile) -> bool {
    let own = project.files.iter().filter(|own| own.source != file.source);
    let mut own = own.flat_map(|own| &own.services);
    own.any(|own| {
        file.services
            .iter()
            .any(|service| service.name.value == own.name.value)
    })
}

/// Whether a file is there to be laid over a project: it changes services of it that it does not
/// define, whatever else it does.
fn is_over(project: &Project<'_>, file: &ComposeFile) -> bool {
    let defined = |name: &str| {
        let mut services = project.files.iter().flat_map(|file| &file.services);
        services.any(|known| defines(known) && known.name.value == name)
    };
    incomplete(file).any(|service| defined(&service.name.value))
}

/// Whether a file is not called after tests, trials or development.
fn is_serious(sources: &Sources, file: &ComposeFile, catalog: &Catalog) -> bool {
    let words = &catalog.words;
    let mut named = split_words(&sources.get(file.source).path).into_iter();
    !named.any(|word| {
        words.tests.contains(&word)
            || words.trials.contains(&word)
            || catalog.environment.development_words.contains(&word)
    })
}

/// Whether a file runs a project in another way: all of the services that both define are made of the same, and these are
/// most of the project's.
fn is_variant(project: &Project<'_>, file: &ComposeFile) -> bool {
    let known = project.files.iter().flat_map(|file| &file.services);
    let known: BTreeMap<&str, &ComposeService> = known
        .filter(|service| defines(service))
        .map(|service| (service.name.value.as_str(), service))
        .collect();
    let both = file.services.iter().filter(|service| defines(service));
    let both = both.filter_map(|one| Some((one, *known.get(one.name.value.as_str())?)));
    let (mut shared, mut same) = (0_usize, true);
    for (one, other) in both {
        shared += 1;
        same &= is_made_of_the_same(one, other);
    }
    same && shared > 1 && shared * 2 > known.len()
}

/// Whether two services run the same image, in whatever version, or are built in the same place.
fn is_made_of_the_same(one: &ComposeService, other: &ComposeService) -> bool {
    let image = |service: &ComposeService| {
        let image = service.image.as_ref()?.value.split('@').next()?.to_owned();
        let named = image.rfind('/').map_or(0, |slash| slash + 1);
        let tag = image[named..].find(':').map(|tag| named + tag);
        Some(image[..tag.unwrap_or(image.len())].to_owned())
    };
    let context = |service: &ComposeService| Some(service.build.as_ref()?.context.value.clone());
    match (image(one), image(other)) {
        (Some(one), Some(other)) => one == other,
        _ => context(one).is_some() && context(one) == context(other),
    }
}

/// Whether a file defines what a project has already defined. An override file changes definitions
/// and never competes with them.
fn conflicts(project: &Project<'_>, file: &ComposeFile) -> bool {
    let known: BTreeSet<&str> = project
        .files
        .iter()
        .flat_map(|file| &file.services)
        .filter(|service| defines(service))
        .map(|service| service.name.value.as_str())
        .collect();
    !file.is_override
        && file
            .services
            .iter()
            .any(|service| defines(service) && known.contains(service.name.value.as_str()))
}
