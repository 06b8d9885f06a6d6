//! `seaworthy.yaml`: what a user tells the tool about the system. Read from the spanned tree, so
//! that a mistake is an error that points at it.

use crate::model::{CallKind, GuardDemands};
use crate::read::tree::{Entry, Tree, Value};
use crate::source::{SourceId, SourceKind, Sources, Span, join_inside};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::path::{Path, PathBuf};

/// The names under which the file is looked for in the audited directory.
const FILE_NAMES: [&str; 2] = ["seaworthy.yaml", "seaworthy.yml"];

/// Everything that can be configured.
#[derive(Debug, Default)]
pub struct Config {
    /// `critical`.
    pub critical: CriticalPaths,
    /// `guards`.
    pub guards: GuardDemands,
    /// `compose`: the files of each system in the order of `docker compose -f`, relative to the
    /// audited directory.
    pub compose: Vec<Vec<String>>,
}

/// Which paths are critical: where a second execution costs somebody money or goods.
#[derive(Debug, Default)]
pub struct CriticalPaths {
    /// `critical.words`: words beside those of the catalogue.
    pub words: Vec<String>,
    /// `critical.paths`: globs of paths that are critical.
    pub paths: GlobSet,
    /// `critical.never`: globs of paths that are not, whatever they are called.
    pub never: GlobSet,
}

/// A configuration that cannot be used.
#[derive(Debug)]
pub struct ConfigError {
    /// `file:line`, or the file alone.
    pub place: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// The configuration of an audited directory, or of the directory of an audited file; the
    /// default where there is none.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn discover(root: &Path) -> Result<Self, ConfigError> {
        let directory = if root.is_file() {
            root.parent().unwrap_or(Path::new(""))
        } else {
            root
        };
        let mut candidates = FILE_NAMES.iter().map(|name| directory.join(name));
        match candidates.find(|path| path.is_file()) {
            Some(path) => Self::load(&path),
            None => Ok(Self::default()),
        }
    }

    /// The configuration in a file.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a value of the wrong kind.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            place: name.clone(),
            message: format!("cannot be read: {error}"),
        })?;
        Self::parse(&name, text)
    }

    /// The configuration in a text; `name` is for messages.
    ///
    /// # Errors
    /// When the text is no YAML, has an unknown key, or a value of the wrong kind.
    pub fn parse(name: &str, text: String) -> Result<Self, ConfigError> {
        let sources = Sources::new(vec![(name.to_owned(), SourceKind::Unreadable, text)]);
        let reader = Reader { sources: &sources };
        let (tree, problems) = Tree::parse(SourceId(0), &sources.get(SourceId(0)).text);
        if let Some(problem) = problems.first() {
            return Err(reader.fail(problem.span, problem.message.clone()));
        }
        let mut config = Self::default();
        let Some(root) = tree.root().filter(|root| !root.is_null()) else {
            return Ok(config);
        };
        for entry in reader.entries(
            root,
            "the configuration",
            &["compose", "critical", "guards"],
        )? {
            match entry.name() {
                "compose" => config.compose = reader.compose(entry)?,
                "critical" => config.critical = reader.critical(entry)?,
                _ => config.guards = reader.guards(entry)?,
            }
        }
        Ok(config)
    }
}

struct Reader<'a> {
    sources: &'a Sources,
}

impl Reader<'_> {
    fn fail(&self, span: Span, message: String) -> ConfigError {
        ConfigError {
            place: self.sources.place(span),
            message,
        }
    }

    /// The entries of a mapping that has only these keys, each once.
    fn entries<'t, 's>(
        &self,
        map: Value<'t, 's>,
        what: &str,
        known: &[&str],
    ) -> Result<Vec<Entry<'t, 's>>, ConfigError> {
        if !map.is_map() {
            let message = format!("{what} must be a mapping, and this is {}", map.kind_name());
            return Err(self.fail(map.span(), message));
        }
        let entries: Vec<_> = map.entries().collect();
        for (index, entry) in entries.iter().enumerate() {
            let name = entry.name();
            if !known.contains(&name) {
                let message = format!(
                    "unknown key `{name}` in {what}; known are `{}`",
                    known.join("`, `")
                );
                return Err(self.fail(entry.key.span(), message));
            }
            if entries[..index]
                .iter()
                .any(|earlier| earlier.name() == name)
            {
                let message = format!("the key `{name}` stands twice; merge the two");
                return Err(self.fail(entry.key.span(), message));
            }
        }
        Ok(entries)
    }

    fn critical(&self, entry: Entry<'_, '_>) -> Result<CriticalPaths, ConfigError> {
        let mut critical = CriticalPaths::default();
        for entry in self.entries(entry.value, "`critical`", &["words", "paths", "never"])? {
            let values = self.strings(entry)?;
            match entry.name() {
                "words" => {
                    let words = values.into_iter().map(|(word, _)| word.to_lowercase());
                    critical.words = words.collect();
                }
                "paths" => critical.paths = self.globs(&values)?,
                _ => critical.never = self.globs(&values)?,
            }
        }
        Ok(critical)
    }

    /// Lists of paths, or one list.
    fn compose(&self, entry: Entry<'_, '_>) -> Result<Vec<Vec<String>>, ConfigError> {
        let path = |(path, span): (String, Span)| match join_inside("", &path) {
            Some(inside) => Ok(inside),
            None => Err(self.fail(span, format!("`{path}` is not below the audited directory"))),
        };
        let one = |value: Value<'_, '_>| {
            let listed = Entry {
                key: entry.key,
                value,
            };
            self.strings(listed)?.into_iter().map(path).collect()
        };
        match entry.value.items().next() {
            Some(first) if first.is_seq() => entry.value.items().map(one).collect(),
            _ => Ok(vec![one(entry.value)?]),
        }
    }

    fn guards(&self, entry: Entry<'_, '_>) -> Result<GuardDemands, ConfigError> {
        let mut demands = GuardDemands::default();
        for entry in self.entries(entry.value, "`guards`", &["breaker", "timeout"])? {
            let mut kinds = Vec::new();
            for (name, span) in self.strings(entry)? {
                let kind = CallKind::ALL.into_iter().find(|kind| kind.name() == name);
                kinds.push(kind.ok_or_else(|| {
                    let known: Vec<&str> = CallKind::ALL.iter().map(|kind| kind.name()).collect();
                    let message = format!(
                        "no kind of call: `{name}`; known are `{}`",
                        known.join("`, `")
                    );
                    self.fail(span, message)
                })?);
            }
            match entry.name() {
                "breaker" => demands.breaker = kinds,
                _ => demands.timeout = kinds,
            }
        }
        Ok(demands)
    }

    fn strings(&self, entry: Entry<'_, '_>) -> Result<Vec<(String, Span)>, ConfigError> {
        let name = entry.name();
        if !entry.value.is_seq() {
            let kind = entry.value.kind_name();
            let message = format!("`{name}` must be a list, and this is {kind}");
            return Err(self.fail(entry.value.span(), message));
        }
        let text = |value: Value<'_, '_>| match value.string() {
            Some(text) => Ok((text, value.span())),
            None => {
                let kind = value.kind_name();
                let message = format!("`{name}` lists texts, and this is {kind}");
                Err(self.fail(value.span(), message))
            }
        };
        entry.value.items().map(text).collect()
    }

    fn globs(&self, patterns: &[(String, Span)]) -> Result<GlobSet, ConfigError> {
        let mut set = GlobSetBuilder::new();
        for (pattern, span) in patterns {
            let glob = Glob::new(pattern)
                .map_err(|error| self.fail(*span, format!("not a glob: {}", error.kind())))?;
            set.add(glob);
        }
        set.build().map_err(|error| ConfigError {
            place: PathBuf::from(&self.sources.get(SourceId(0)).path)
                .display()
                .to_string(),
            message: format!("too many or too large globs: {error}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Config::parse("seaworthy.yaml", text.to_owned())
            .expect_err("a faulty configuration")
            .to_string()
    }

    #[test]
    fn critical_paths_are_read() {
        let text = "critical:\n  words: [Wallet]\n  paths: ['/v1/ledger/**']\n  never: ['/v1/orders/drafts']\n";
        let config = Config::parse("seaworthy.yaml", text.to_owned()).expect("a configuration");
        assert_eq!(config.critical.words, ["wallet"]);
        assert!(config.critical.paths.is_match("/v1/ledger/a/b"));
        assert!(config.critical.never.is_match("/v1/orders/drafts"));
    }

    #[test]
    fn a_mistake_is_an_error_that_points_at_it() {
        assert_eq!(
            error("critcal: {}\n"),
            "seaworthy.yaml:1: unknown key `critcal` in the configuration; known are `compose`, `critical`, `guards`"
        );
        assert_eq!(
            error("critical:\n  words: bid\n"),
            "seaworthy.yaml:2: `words` must be a list, and this is a scalar"
        );
        assert!(
            error("critical:\n  paths:\n    - '{a'\n").starts_with("seaworthy.yaml:3: not a glob")
        );
        assert!(error("critical: {words: [a], words: [b]}").contains("stands twice"));
    }

    #[test]
    fn the_kinds_that_must_be_guarded_are_read() {
        let text = "guards:\n  breaker: [http, db]\n  timeout: []\n";
        let config = Config::parse("seaworthy.yaml", text.to_owned()).expect("a configuration");
        assert_eq!(config.guards.breaker, [CallKind::Http, CallKind::Db]);
        assert!(config.guards.timeout.is_empty());
        let error = error("guards:\n  breaker:\n    - htp\n");
        assert!(
            error.starts_with("seaworthy.yaml:3: no kind of call: `htp`; known are `http`"),
            "{error}"
        );
    }

    #[test]
    fn files_are_put_together_as_listed() {
        let sets = |text: &str| {
            let config = Config::parse("seaworthy.yaml", text.to_owned());
            config.expect("a configuration").compose
        };
        let one = [vec!["a.yaml".to_owned(), "b/c.yaml".to_owned()]];
        assert_eq!(sets("compose: [a.yaml, ./b/c.yaml]\n"), one);
        assert_eq!(sets("compose:\n- [a.yaml, b/c.yaml]\n"), one);
        let outside = error("compose: [../a.yaml]\n");
        assert!(
            outside.contains("not below the audited directory"),
            "{outside}"
        );
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config::parse("seaworthy.yaml", "# nothing yet\n".to_owned());
        assert!(config.expect("a configuration").critical.words.is_empty());
    }
}
