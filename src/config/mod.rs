//! `seaworthy.yaml`: what a user tells the tool about the system. A mistake is an error that points
//! at it and names what was probably meant.

mod asked;
mod file;
mod keys;
mod kinds;
mod levels;
mod locate;
mod policy;
mod shown;
mod spanned;
mod suppressions;
mod words;

pub(crate) use asked::Asked;
pub use file::{ConfigFile, FailOn, Level, OneOrMany};
pub use keys::schema;
pub use levels::RuleLevels;
pub use locate::{Location, locate};
pub(crate) use locate::{is_configuration, way_in_repository};
pub use policy::{
    ComponentFields, ComponentPattern, Kinds, PolicyEntry, Quality, RelationPattern,
    RequiredRelation, Requirement,
};
pub use shown::{Setting, shown};
pub(crate) use spanned::NAME as SPANNED;
pub use spanned::Spanned;
pub use suppressions::ConfiguredSuppression;
pub(crate) use words::nearest;

use crate::catalog::{Entry, Gateway};
use crate::collect::{Selection, read_whole};
use crate::model::{
    Attempts, CatalogLine, Evidence, GuardDemands, GuardKind, GuardLayer, name_for_life,
};
use crate::read::tree::Tree;
use crate::source::{SourceId, SourceKind, Sources, Span, join_inside};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::path::Path;

/// The largest configuration, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// Everything that can be configured, checked and ready to be asked.
#[derive(Debug, Default)]
pub struct Config {
    /// Where it comes from; nothing where there is no file.
    pub location: Option<Location>,
    /// The file's text.
    pub text: String,
    /// What the file says, as it is written.
    pub file: ConfigFile,
    /// Which files are read.
    pub selection: Selection,
    /// Which paths are critical.
    pub critical: CriticalPaths,
    /// Which kinds of calls must have which guard.
    pub guards: GuardDemands,
    /// The files of each system in the order of `docker compose -f`, relative to the audited
    /// directory.
    pub compose: Vec<Vec<String>>,
    /// How bad the findings of each rule are.
    pub levels: RuleLevels,
    /// What is to be left out.
    pub suppressions: Vec<ConfiguredSuppression>,
    /// What gateways do that no file shows.
    pub gateways: Vec<Gateway>,
    /// Functions that something outside of the code calls.
    pub entry_points: Vec<(GlobSet, Spanned<String>)>,
}

/// Which paths are critical: where a second execution costs somebody money or goods.
#[derive(Clone, Debug, Default)]
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
    /// The configuration of an audited directory, or of the directory of an audited file: the nearest
    /// one there or above, up to `top` or the top of the repository. The default where there is none.
    ///
    /// # Errors
    /// When the file is there and cannot be used.
    pub fn discover(root: &Path, top: Option<&Path>) -> Result<Self, ConfigError> {
        match locate(root, top) {
            // What a link out of the repository leads to is nobody's to show in a message.
            Some(location) if locate::leads_out(&location.path) => Err(ConfigError {
                place: location.name,
                message: "a link that leads out of the repository is not followed; copy the file, or name it with --config".to_owned(),
            }),
            Some(location) => Self::load(location),
            None => Ok(Self::default()),
        }
    }

    /// The configuration in a file that the user names, for an audited directory.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn load_named(path: &Path, root: &Path) -> Result<Self, ConfigError> {
        Self::load(Location::named(path, root))
    }

    fn load(location: Location) -> Result<Self, ConfigError> {
        let fail = |message: String| ConfigError {
            place: location.name.clone(),
            message,
        };
        let text =
            read_whole(&location.path).map_err(|error| fail(format!("cannot be read: {error}")))?;
        if text.len() > MAX_BYTES {
            let most = MAX_BYTES / 1024;
            return Err(fail(format!("larger than {most} KiB")));
        }
        Self::parse(location, text)
    }

    /// The configuration in a text.
    ///
    /// # Errors
    /// When the text is no YAML, has an unknown key, or a value that means nothing.
    pub fn parse(location: Location, text: String) -> Result<Self, ConfigError> {
        // A mistake is told with the path that the user knows.
        let name = match location.path.as_os_str().is_empty() {
            true => location.name.clone(),
            false => location.path.display().to_string(),
        };
        let sources = Sources::new(vec![(name, SourceKind::Configuration, text.clone())]);
        let (tree, problems) = Tree::parse(SourceId(0), &text);
        let fail = |span: Span, message: String| ConfigError {
            place: sources.place(span),
            message,
        };
        if let Some(problem) = problems.first() {
            return Err(fail(problem.span, problem.message.clone()));
        }
        let mut file = ConfigFile::default();
        if let Some(root) = tree.root().filter(|root| !root.is_null()) {
            keys::check(root).map_err(|fault| fail(fault.span, fault.message))?;
            file = root.shallow(Default::default()).map_err(|error| {
                let span = error.span.unwrap_or(root.span());
                fail(span, words::with_suggestion(&error.message))
            })?;
        }
        let checker = Checker {
            sources: &sources,
            location: &location,
        };
        let config = checker.config(file)?;
        Ok(Self {
            location: Some(location),
            text,
            ..config
        })
    }

    /// The span of something in the configuration, where the file is among the sources.
    #[must_use]
    pub fn span(&self, sources: &Sources, start: u32, end: u32) -> Option<Span> {
        let source = sources.find(&self.location.as_ref()?.name)?;
        Some(Span::new(source, start, end))
    }

    /// A file of the audited directory as the globs of the configuration name it.
    #[must_use]
    pub fn path<'p>(&self, path: &'p str) -> std::borrow::Cow<'p, str> {
        match &self.location {
            Some(location) if !location.prefix.is_empty() => {
                format!("{}{path}", location.prefix).into()
            }
            _ => path.into(),
        }
    }
}

/// Turns what is written into what can be asked.
struct Checker<'a> {
    sources: &'a Sources,
    location: &'a Location,
}

impl Checker<'_> {
    fn fail<T>(&self, at: &Spanned<T>, message: String) -> ConfigError {
        ConfigError {
            place: self.sources.place(Span::new(SourceId(0), at.start, at.end)),
            message,
        }
    }

    fn config(&self, file: ConfigFile) -> Result<Config, ConfigError> {
        let rules = levels::RuleNames::new(&file);
        for policy in &file.policies {
            self.policy(policy)?;
        }
        let entry_points = file.entry_points.iter();
        Ok(Config {
            location: None,
            text: String::new(),
            selection: Selection {
                prefix: self.location.prefix.clone(),
                include: match file.include.is_empty() {
                    true => None,
                    false => Some(self.paths(&file.include)?),
                },
                exclude: self.paths(&file.exclude)?,
                configuration: Some((
                    self.location.name.clone(),
                    self.sources.get(SourceId(0)).text.clone(),
                )),
            },
            critical: CriticalPaths {
                words: file
                    .critical
                    .words
                    .iter()
                    .map(|word| word.to_lowercase())
                    .collect(),
                paths: self.globs(&file.critical.paths)?,
                never: self.globs(&file.critical.never)?,
            },
            guards: demands(&file),
            compose: self.compose(&file)?,
            levels: self.levels(&file, &rules)?,
            suppressions: self.suppressions(&file, &rules)?,
            gateways: file
                .gateways
                .iter()
                .map(|entry| self.gateway(entry))
                .collect::<Result<_, _>>()?,
            entry_points: entry_points
                .map(|entry| Ok((self.globs(std::slice::from_ref(entry))?, entry.clone())))
                .collect::<Result<_, _>>()?,
            file,
        })
    }

    /// A glob, and everything below it where it names a directory.
    fn paths(&self, patterns: &[Spanned<String>]) -> Result<GlobSet, ConfigError> {
        let mut below = Vec::new();
        for pattern in patterns {
            let plain = pattern.value.trim_end_matches('/');
            let plain = plain.strip_prefix("./").unwrap_or(plain);
            for value in [plain.to_owned(), format!("{plain}/**")] {
                below.push(Spanned {
                    value,
                    start: pattern.start,
                    end: pattern.end,
                });
            }
        }
        self.globs(&below)
    }

    fn globs(&self, patterns: &[Spanned<String>]) -> Result<GlobSet, ConfigError> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(self.glob(pattern)?);
        }
        set.build().map_err(|error| ConfigError {
            place: self.location.name.clone(),
            message: format!("too many or too large globs: {error}"),
        })
    }

    fn glob(&self, pattern: &Spanned<String>) -> Result<Glob, ConfigError> {
        Glob::new(&pattern.value)
            .map_err(|error| self.fail(pattern, format!("not a glob: {}", error.kind())))
    }

    /// Lists of files, or one list.
    fn compose(&self, file: &ConfigFile) -> Result<Vec<Vec<String>>, ConfigError> {
        let mut sets: Vec<Vec<String>> = Vec::new();
        let mut single = Vec::new();
        for entry in &file.compose {
            let inside = |path: &String| {
                let known = join_inside("", path);
                let known = known.ok_or_else(|| {
                    let message = format!(
                        "`{path}` is not below the directory of {}",
                        self.location.name
                    );
                    self.fail(entry, message)
                })?;
                Ok(known
                    .strip_prefix(&self.location.prefix)
                    .map(ToOwned::to_owned))
            };
            let found: Result<Vec<Option<String>>, ConfigError> =
                entry.value.list().iter().map(inside).collect();
            let found = found?.into_iter().flatten();
            match &entry.value {
                OneOrMany::One(_) => single.extend(found),
                OneOrMany::Many(_) => sets.push(found.collect()),
            }
        }
        if !single.is_empty() {
            sets.push(single);
        }
        Ok(sets)
    }

    fn gateway(&self, entry: &Spanned<file::GatewayEntry>) -> Result<Gateway, ConfigError> {
        let written = &entry.value;
        let line = self.line(entry.start);
        let promised = |kind: GuardKind, at: bool| written.guards.contains(&kind) || at;
        let mut layers = Vec::new();
        for kind in GuardKind::ALL {
            let set = match kind {
                GuardKind::Timeout => written.timeout_ms.is_some(),
                GuardKind::Retry => written.attempts.is_some(),
                _ => false,
            };
            if promised(kind, set) {
                let reason = format!("{} of a gateway, as the configuration says", kind.name());
                let mut layer = GuardLayer::new(kind, Evidence::known(line, reason));
                match kind {
                    GuardKind::Timeout => layer.settings.limit_ms = written.timeout_ms,
                    GuardKind::Retry => {
                        layer.settings.attempts = written.attempts.map(Attempts::AtMost);
                    }
                    _ => {}
                }
                layers.push(layer);
            }
        }
        if layers.is_empty() && written.idempotency_keys_for.is_empty() {
            let message = "this gateway promises nothing: give `guards`, `timeout-ms`, `attempts` or `idempotency-keys-for`";
            return Err(self.fail(entry, message.to_owned()));
        }
        if !layers.is_empty() && written.hosts.is_empty() {
            let message = "for which `hosts` are these guards? `*` stands for all";
            return Err(self.fail(entry, message.to_owned()));
        }
        Ok(Gateway {
            hosts: written.hosts.clone(),
            layers,
            idempotency_keys_for: self.globs(&written.idempotency_keys_for)?,
            line,
        })
    }

    fn policy(&self, policy: &Spanned<PolicyEntry>) -> Result<(), ConfigError> {
        let written = &policy.value;
        let id = &written.id.value;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(plain) {
            let message = format!("`{id}` is no name of a rule: small letters, digits and `-`");
            return Err(self.fail(&written.id, message));
        }
        if levels::shipped(id) {
            let message = format!("there is a rule `{id}` already; give this one another name");
            return Err(self.fail(&written.id, message));
        }
        for pattern in written.globs() {
            Glob::new(&pattern).map_err(|error| {
                self.fail(policy, format!("`{pattern}` is no glob: {}", error.kind()))
            })?;
        }
        match (&written.forbid, &written.require) {
            (Some(_), None) => Ok(()),
            (None, Some(required)) => self.requirement(policy, required),
            _ => Err(self.fail(policy, "give one of `forbid` and `require`".to_owned())),
        }
    }

    fn requirement(
        &self,
        policy: &Spanned<PolicyEntry>,
        required: &Requirement,
    ) -> Result<(), ConfigError> {
        let message = match (
            required.every.is_some(),
            required.component.is_some(),
            required.has.is_empty(),
            required.relation.is_some(),
        ) {
            (true, false, false, false)
            | (false, true, false, false)
            | (false, true, true, true) => return Ok(()),
            (false, false, ..) => "say of what it is required: `every` relation, or `component`",
            (true, true, ..) => "give one of `every` (relations) and `component`",
            (true, _, _, true) => "`relation` is required of a `component`, not of relations",
            _ => "say what is required: `has`, or for components `relation`",
        };
        Err(self.fail(policy, message.to_owned()))
    }

    /// A place in the file, as evidence names it.
    fn line(&self, start: u32) -> CatalogLine {
        CatalogLine {
            file: name_for_life(&self.location.name),
            line: self.sources.get(SourceId(0)).line(start),
        }
    }
}

/// The entries of the user's part of the catalogue, with where they stand.
pub(crate) fn entries<T>(config: &str, text: &str, written: Vec<Spanned<T>>) -> Vec<Entry<T>> {
    let sources = Sources::new(vec![(
        config.to_owned(),
        SourceKind::Configuration,
        text.to_owned(),
    )]);
    let file: &'static str = match written.is_empty() {
        true => "",
        false => name_for_life(config),
    };
    written
        .into_iter()
        .map(|entry| Entry {
            value: entry.value,
            line: CatalogLine {
                file,
                line: sources.get(SourceId(0)).line(entry.start),
            },
        })
        .collect()
}

fn demands(file: &ConfigFile) -> GuardDemands {
    let mut demands = GuardDemands::default();
    if let Some(kinds) = &file.guards.breaker {
        demands.breaker.clone_from(kinds);
    }
    if let Some(kinds) = &file.guards.timeout {
        demands.timeout.clone_from(kinds);
    }
    demands
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CallKind;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        let location = Location {
            name: "seaworthy.yaml".to_owned(),
            ..Location::default()
        };
        Config::parse(location, text.to_owned())
    }

    fn config(text: &str) -> Config {
        parse(text).expect("a configuration")
    }

    fn error(text: &str) -> String {
        parse(text).expect_err("a faulty configuration").to_string()
    }

    #[test]
    fn critical_paths_are_read() {
        let text = "critical:\n  words: [Wallet]\n  paths: ['/v1/ledger/**']\n  never: ['/v1/orders/drafts']\n";
        let config = config(text);
        assert_eq!(config.critical.words, ["wallet"]);
        assert!(config.critical.paths.is_match("/v1/ledger/a/b"));
        assert!(config.critical.never.is_match("/v1/orders/drafts"));
    }

    #[test]
    fn a_mistake_is_an_error_that_points_at_it() {
        for (text, said) in [
            (
                "\ncritcal: {}\n",
                "seaworthy.yaml:2: unknown key `critcal` in the configuration; did you mean `critical`?",
            ),
            (
                "critical:\n  zzz: 1\n",
                "seaworthy.yaml:2: unknown key `zzz` in `critical`; known are `never`, `paths`, `words`",
            ),
            (
                "critical:\n  words: bid\n",
                "seaworthy.yaml:2: invalid type: string \"bid\", expected a sequence",
            ),
            (
                "critical: {words: [a], words: [b]}",
                "seaworthy.yaml:1: the key `words` stands twice; merge the two",
            ),
            (
                "guards:\n  breaker:\n    - htp\n",
                "seaworthy.yaml:3: unknown variant `htp`, expected one of `http`, `grpc`, `smtp`, `cloud-sdk`, `broker-publish`, `broker-consume`, `cache`, `db`; did you mean `http`?",
            ),
            (
                "rules:\n  outbound-call-without-braker: off\n",
                "seaworthy.yaml:2: no rule is called `outbound-call-without-braker`; did you mean `outbound-call-without-breaker`?",
            ),
            (
                "rules:\n  missing-healthcheck: warn\n",
                "seaworthy.yaml:2: unknown variant `warn`, expected one of `off`, `note`, `warning`, `error`; did you mean `warning`?",
            ),
            (
                "suppress:\n- rule: missing-healthcheck\n  until: tomorrow\n",
                "seaworthy.yaml:3: `tomorrow` is no day: write it as 2027-01-31",
            ),
            (
                "policies:\n- id: a\n  reason: b\n",
                "seaworthy.yaml:2: give one of `forbid` and `require`",
            ),
            (
                "policies:\n- id: a\n  reason: b\n  forbid: {from: {kind: servce}}\n",
                "unknown variant `servce`",
            ),
            (
                "policies:\n- id: missing-healthcheck\n  reason: b\n  forbid: {}\n",
                "there is a rule `missing-healthcheck` already",
            ),
            ("gateways:\n- hosts: [a]\n", "this gateway promises nothing"),
            ("compose: [../a.yaml]\n", "`../a.yaml` is not below"),
            ("exclude: ['{a']\n", "seaworthy.yaml:1: not a glob"),
            (
                "catalog: {images: [{technology: x, kindd: queue}]}",
                "did you mean `kind`?",
            ),
        ] {
            let found = error(text);
            assert!(found.contains(said), "{text}: {found}");
        }
    }

    #[test]
    fn the_kinds_that_must_be_guarded_are_read() {
        let config = config("guards:\n  breaker: [http, db]\n  timeout: []\n");
        assert_eq!(config.guards.breaker, [CallKind::Http, CallKind::Db]);
        assert!(config.guards.timeout.is_empty());
    }

    #[test]
    fn files_are_put_together_as_listed() {
        let one = [vec!["a.yaml".to_owned(), "b/c.yaml".to_owned()]];
        assert_eq!(config("compose: [a.yaml, ./b/c.yaml]\n").compose, one);
        assert_eq!(config("compose:\n- [a.yaml, b/c.yaml]\n").compose, one);
    }

    #[test]
    fn levels_are_by_path_and_the_last_that_fits_counts() {
        let config = config(
            "rules:\n  missing-healthcheck: off\n  unbounded-retry:\n    level: error\n    paths:\n    - {path: tools, level: note}\n    - {path: 'tools/ci/*.rs', level: off}\n",
        );
        let level = |rule: &str, path: &str| config.levels.level(rule, path);
        assert_eq!(
            level("missing-healthcheck", "compose.yaml"),
            Some(Level::Off)
        );
        assert_eq!(level("unbounded-retry", "src/main.rs"), Some(Level::Error));
        assert_eq!(level("unbounded-retry", "tools/a/b.rs"), Some(Level::Note));
        assert_eq!(level("unbounded-retry", "tools/ci/b.rs"), Some(Level::Off));
        assert_eq!(level("orphan-topic", "src/main.rs"), None);
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert!(config("# nothing yet\n").critical.words.is_empty());
    }
}
