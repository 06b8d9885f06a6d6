//! Cargo manifests: packages, targets and dependencies, with spans.

use crate::problem::Problem;
use crate::source::{SourceId, Span, offset};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What a `Cargo.toml` says.
#[derive(Clone, Debug, Default)]
pub struct CargoManifest {
    /// The package; absent in a virtual workspace manifest.
    pub package: Option<Package>,
    /// `[workspace.dependencies]`.
    pub workspace_dependencies: Vec<Dependency>,
    /// Whether there is a `[workspace]`.
    pub is_workspace: bool,
}

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The path of its library relative to the manifest, if given.
    pub lib_path: Option<String>,
    /// The library's name in code, if given.
    pub lib_name: Option<String>,
    /// Name and path of each `[[bin]]`.
    pub binaries: Vec<(String, Option<String>)>,
    /// Normal and build-time dependencies of every target; development ones are left out.
    pub dependencies: Vec<Dependency>,
}

/// A dependency.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The name it has in code, with `_` for `-`.
    pub name: String,
    /// The package behind it.
    pub package: String,
    /// Its path relative to the manifest, for one of this tree.
    pub path: Option<String>,
    /// Taken from `[workspace.dependencies]`.
    pub inherited: bool,
    /// The features that are asked for.
    pub features: Vec<String>,
}

/// What a `Cargo.lock` says.
#[derive(Clone, Debug, Default)]
pub struct CargoLock {
    /// For each package the lowest of its versions, by its name in code.
    pub versions: BTreeMap<String, Version>,
}

/// Major, minor and patch of a version; what follows them is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64, pub u64, pub u64);

impl Version {
    /// Reads `1.2.3`, `1.2.3-rc.1` and `1.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.split(['-', '+']).next()?;
        let mut parts = plain.split('.').map(|part| part.parse::<u64>().ok());
        let (major, minor) = (parts.next()??, parts.next().flatten().unwrap_or(0));
        Some(Self(major, minor, parts.next().flatten().unwrap_or(0)))
    }
}

/// The table of a TOML file, or what is wrong with it.
fn table<'t>(
    source: SourceId,
    text: &'t str,
    help: &str,
) -> Result<toml::Spanned<DeTable<'t>>, Problem> {
    DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        let message = format!("not valid TOML: {}", error.message());
        Problem::new(span(source, &at), message, help)
    })
}

/// Reads one lock file.
pub(crate) fn read_lock(source: SourceId, text: &str) -> (CargoLock, Vec<Problem>) {
    let help = "write it anew with `cargo generate-lockfile`; versions were not read";
    let table = match table(source, text, help) {
        Ok(table) => table,
        Err(problem) => return (CargoLock::default(), vec![problem]),
    };
    let mut lock = CargoLock::default();
    let Some(DeValue::Array(packages)) = table.get_ref().get("package").map(toml::Spanned::get_ref)
    else {
        return (lock, Vec::new());
    };
    for package in packages {
        let DeValue::Table(package) = package.get_ref() else {
            continue;
        };
        let text = |key: &str| package.get(key).and_then(|value| value.get_ref().as_str());
        if let (Some(name), Some(version)) =
            (text("name"), text("version").and_then(Version::parse))
        {
            let known = lock
                .versions
                .entry(name.replace('-', "_"))
                .or_insert(version);
            *known = version.min(*known);
        }
    }
    (lock, Vec::new())
}

/// Reads one manifest.
pub(crate) fn read(source: SourceId, text: &str) -> (CargoManifest, Vec<Problem>) {
    let help = "correct the syntax; the package was not read";
    let table = match table(source, text, help) {
        Ok(table) => table,
        Err(problem) => return (CargoManifest::default(), vec![problem]),
    };
    let root = table.get_ref();
    let workspace = get_table(root, "workspace");
    let manifest = CargoManifest {
        package: get_table(root, "package").and_then(|package| read_package(source, root, package)),
        workspace_dependencies: workspace
            .and_then(|workspace| get_table(workspace, "dependencies"))
            .map(dependencies)
            .unwrap_or_default(),
        is_workspace: workspace.is_some(),
    };
    (manifest, Vec::new())
}

fn span(source: SourceId, range: &Range<usize>) -> Span {
    Span::new(source, offset(range.start), offset(range.end))
}

fn read_package(source: SourceId, root: &DeTable<'_>, package: &DeTable<'_>) -> Option<Package> {
    let name = package.get("name")?;
    let lib = get_table(root, "lib");
    let mut all = Vec::new();
    for kind in ["dependencies", "build-dependencies"] {
        all.extend(get_table(root, kind).map(dependencies).unwrap_or_default());
    }
    for (_, target) in get_table(root, "target").into_iter().flatten() {
        if let DeValue::Table(target) = target.get_ref() {
            all.extend(
                get_table(target, "dependencies")
                    .map(dependencies)
                    .unwrap_or_default(),
            );
        }
    }
    Some(Package {
        name: name.get_ref().as_str()?.to_owned(),
        span: span(source, &name.span()),
        lib_path: lib.and_then(|lib| get_str(lib, "path")),
        lib_name: lib.and_then(|lib| get_str(lib, "name")),
        binaries: binaries(root),
        dependencies: all,
    })
}

fn binaries(root: &DeTable<'_>) -> Vec<(String, Option<String>)> {
    let Some(DeValue::Array(list)) = root.get("bin").map(toml::Spanned::get_ref) else {
        return Vec::new();
    };
    let binary = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::Table(table) => Some((get_str(table, "name")?, get_str(table, "path"))),
        _ => None,
    };
    list.iter().filter_map(binary).collect()
}

fn dependencies(table: &DeTable<'_>) -> Vec<Dependency> {
    let dependency = |key: &str, value: &DeValue<'_>| {
        let (package, path, inherited, features) = match value {
            DeValue::Table(table) => (
                get_str(table, "package"),
                get_str(table, "path"),
                matches!(
                    table.get("workspace").map(toml::Spanned::get_ref),
                    Some(DeValue::Boolean(true))
                ),
                get_list(table, "features"),
            ),
            _ => (None, None, false, Vec::new()),
        };
        let package = package.unwrap_or_else(|| key.to_owned());
        Dependency {
            name: key.replace('-', "_"),
            package,
            path,
            inherited,
            features,
        }
    };
    table
        .iter()
        .map(|(key, value)| dependency(key.get_ref(), value.get_ref()))
        .collect()
}

fn get_table<'t, 's>(table: &'t DeTable<'s>, key: &str) -> Option<&'t DeTable<'s>> {
    match table.get(key)?.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

/// The texts of a list.
fn get_list(table: &DeTable<'_>, key: &str) -> Vec<String> {
    let Some(DeValue::Array(list)) = table.get(key).map(toml::Spanned::get_ref) else {
        return Vec::new();
    };
    let texts = list.iter().filter_map(|item| item.get_ref().as_str());
    texts.map(str::to_owned).collect()
}

fn get_str(table: &DeTable<'_>, key: &str) -> Option<String> {
    table.get(key)?.get_ref().as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renamed_and_inherited_dependencies() {
        let text = "[package]\nname = 'a-b'\n[dependencies]\nhttp-client = { package = 'reqwest', version = '0.12' }\ncore.workspace = true\n[dev-dependencies]\nwiremock = '1'\n[[bin]]\nname = 'run'\npath = 'src/run.rs'\n";
        let (manifest, problems) = read(SourceId(0), text);
        assert!(problems.is_empty());
        let package = manifest.package.unwrap();
        assert_eq!(
            &text[package.span.start as usize..package.span.end as usize],
            "'a-b'"
        );
        let names: Vec<_> = package
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.package.as_str(), d.inherited))
            .collect();
        assert_eq!(
            names,
            [("core", "core", true), ("http_client", "reqwest", false)]
        );
        assert_eq!(
            package.binaries,
            [("run".to_owned(), Some("src/run.rs".to_owned()))]
        );
    }

    #[test]
    fn a_faulty_manifest_is_one_problem() {
        let (manifest, problems) = read(SourceId(0), "[package\nname = 1");
        assert!(manifest.package.is_none());
        assert_eq!(problems.len(), 1);
    }
}
