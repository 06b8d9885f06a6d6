//! Which variables of the environment the code of a program may read: those that it names.

use crate::catalog::Catalog;
use crate::source::{SourceKind, Sources};
use memchr::memmem;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The Rust files that packages are built from.
pub(super) struct ReadBy<'a> {
    catalog: &'a Catalog,
    /// For each package with a program, the directories that it is built from.
    built_from: &'a BTreeMap<String, BTreeSet<String>>,
    /// The texts that stand nearest below each directory.
    texts: BTreeMap<&'a str, Vec<&'a str>>,
    /// For each text that was looked for, the directories with a file that it stands in.
    found: RefCell<BTreeMap<String, BTreeSet<&'a str>>>,
}

impl<'a> ReadBy<'a> {
    /// `built_from` are the directories that each package with a program is built from.
    pub(super) fn new(
        sources: &'a Sources,
        built_from: &'a BTreeMap<String, BTreeSet<String>>,
        catalog: &'a Catalog,
    ) -> Self {
        let directories = built_from.values().flatten();
        let directories: BTreeSet<&str> = directories.map(String::as_str).collect();
        let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
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
            texts.entry(above).or_default().push(&source.text);
        }
        Self {
            catalog,
            built_from,
            texts,
            found: RefCell::default(),
        }
    }

    /// Whether a variable is there for other packages: the code of one names it, and that of this one does not, as it is or as
    /// a field is called after it, and reads none that it does not name.
    pub(super) fn is_for_others(&self, package: &str, variable: &str) -> bool {
        let rules = &self.catalog.environment;
        let begins = |prefix: &String| variable.starts_with(prefix.as_str());
        if rules.library_variables.iter().any(begins) {
            return false;
        }
        let Some(own) = self.built_from.get(package) else {
            return false;
        };
        let seen = own.iter().any(|one| self.texts.contains_key(one.as_str()));
        let mut all = rules.reads_environment.iter();
        let mut others = self.built_from.values();
        seen && !self.names(own, variable)
            && !self.names(own, &variable.to_ascii_lowercase())
            && !all.any(|text| self.names(own, text))
            && others.any(|other| self.names(other, variable))
    }

    /// Whether a text stands in a file of one of some directories.
    fn names(&self, directories: &BTreeSet<String>, text: &str) -> bool {
        let mut found = self.found.borrow_mut();
        let known = found.entry(text.to_owned()).or_insert_with(|| {
            let finder = memmem::Finder::new(text);
            let holds = |texts: &Vec<&str>| {
                let mut texts = texts.iter();
                texts.any(|text| finder.find(text.as_bytes()).is_some())
            };
            let all = self.texts.iter().filter(|(_, texts)| holds(texts));
            all.map(|(directory, _)| *directory).collect()
        });
        known
            .iter()
            .any(|directory| directories.contains(*directory))
    }
}
