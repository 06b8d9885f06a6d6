//! Which variables of the environment the code of a program may read: those that it names.

use crate::source::{SourceKind, Sources};
use memchr::memmem;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// What reads the environment without naming each variable: libraries of configuration, and names that are put together.
const READS_ALL: [&str; 10] = [
    "Environment::default(",
    "Environment::with_prefix(",
    "Env::prefixed(",
    "Env::raw(",
    "env::vars(",
    "env::vars_os(",
    "env::var(format!",
    "env::var(&format!",
    "envy::",
    "figment",
];

/// The texts of the Rust files that packages are built from.
pub(super) struct ReadBy<'a> {
    texts: BTreeMap<&'a str, Code<'a>>,
}

/// The code of a package.
struct Code<'a> {
    texts: Vec<&'a str>,
    /// It may read whatever there is: asked of those alone that are given an address.
    reads_all: OnceCell<bool>,
}

impl<'a> ReadBy<'a> {
    /// `built_from` are the directories that each package with a program is built from.
    pub(super) fn new(
        sources: &'a Sources,
        built_from: &'a BTreeMap<String, BTreeSet<String>>,
    ) -> Self {
        let directories = built_from.values().flatten();
        let directories: BTreeSet<&str> = directories.map(String::as_str).collect();
        let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (_, source) in sources.iter() {
            if source.kind != SourceKind::Rust {
                continue;
            }
            // The package that a file is of is the one nearest above it.
            let mut above = source.directory();
            while !above.is_empty() && !directories.contains(above) {
                above = above
                    .rsplit_once('/')
                    .map_or("", |(directory, _)| directory);
            }
            files.entry(above).or_default().push(&source.text);
        }
        let texts = built_from.iter().map(|(package, directories)| {
            let own = directories.iter();
            let own = own.filter_map(|directory| files.get(directory.as_str()));
            let code = Code {
                texts: own.flatten().copied().collect(),
                reads_all: OnceCell::new(),
            };
            (package.as_str(), code)
        });
        Self {
            texts: texts.collect(),
        }
    }

    /// Whether a variable is there for other packages: the code of one names it, and that of this one does not, as it is or as
    /// a field is called after it.
    pub(super) fn is_for_others(&self, package: &str, variable: &str) -> bool {
        let Some(code) = self.texts.get(package) else {
            return false;
        };
        let own = code.texts.is_empty()
            || code.names(variable)
            || code.names(&variable.to_ascii_lowercase())
            || *code
                .reads_all
                .get_or_init(|| READS_ALL.iter().any(|name| code.names(name)));
        !own && self.texts.values().any(|other| other.names(variable))
    }
}

impl Code<'_> {
    fn names(&self, name: &str) -> bool {
        let name = memmem::Finder::new(name);
        let mut texts = self.texts.iter();
        texts.any(|text| name.find(text.as_bytes()).is_some())
    }
}
