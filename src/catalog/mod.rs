//! What the tool knows of the world: crates, images, environment variables, idempotency keys.
//! All of it is data in `rules/catalog/*.yaml`; code holds no name of a product.

mod crate_entry;
mod crates;
mod effects;
mod environment;
mod images;
mod keys;
mod mesh;
mod operations;
mod outside;
mod word_list;
mod words;

pub use crate_entry::{
    Argument, AttemptsEntry, AttemptsFrom, AttributeEntry, CrateEntry, DefaultsSince,
    ExtensionEntry, FunctionEntry, HeaderFrom, Keeping, LayerScope, MacroEntry, MethodEntry,
    MethodFrom, Names, Proof, RouteEntry, RunsWhen, SettingsEntry, TargetFrom, TextFrom, TypeEntry,
    WrapTarget,
};
pub use crates::{Crates, KnownExtension, KnownFunction, KnownMacro, KnownMethod, KnownType};
pub use effects::{CallRules, EffectRules, ModelStart, StatementRules};
pub use environment::{DirectionWords, EnvironmentRules, GatewayLabel, RelationRule, SchemeEntry};
pub use images::{ImageEntry, ImageMatch, Images, image_repository};
pub use keys::{Declaration, KeyEntry, KeyPlace, Keys, RetryExtension};
pub use mesh::{LabelEntry, MeshRules, PolicyEntry, PolicyGuard};
pub use operations::{
    DeadLetterRules, NeededSetting, OperationRules, ProducerRules, StoreRules, WeakSetting,
};
pub use outside::{OutsideRules, Product};
pub use word_list::{WordList, listed};
pub use words::{CompensationEntry, Words, split_words};
pub(crate) use words::{is_word, spells, words_of};

use crate::config::{self, Asked, Config, CriticalPaths, Spanned};
use crate::model::CatalogLine;
use crate::model::{GuardDemands, GuardLayer};
use crate::problem::Problem;
use crate::read::tree::{Cut, Tree, Value};
use crate::source::{SourceId, SourceKind, Sources};
use globset::GlobSet;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use std::sync::OnceLock;

/// A catalogue entry and where it stands.
#[derive(Debug)]
pub struct Entry<T> {
    /// The entry.
    pub value: T,
    /// Where it stands.
    pub line: CatalogLine,
}

/// What a gateway, proxy or mesh does that no file of the system shows, as the user says.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// For requests to these hosts; `*` at the beginning stands for any.
    pub hosts: Vec<String>,
    /// The guards that it puts around them.
    pub layers: Vec<GuardLayer>,
    /// Services before which it answers a repeated idempotency key by itself.
    pub idempotency_keys_for: GlobSet,
    /// Where the user says so.
    pub line: CatalogLine,
}

/// From which number on something is a fault.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// More attempts than this come of one request. Nine by default: three layers with three attempts
    /// each make 27, and the book of Google on site reliability
    /// (<https://sre.google/sre-book/addressing-cascading-failures/>) counts 64 with four.
    pub retry_attempts: u32,
    /// So many components use what runs once.
    pub single_point_dependents: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            retry_attempts: 9,
            single_point_dependents: 2,
        }
    }
}

/// A catalogue that cannot be loaded.
#[derive(Debug)]
pub struct CatalogError {
    /// `file:line`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for CatalogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for CatalogError {}

/// A file of the catalogue.
#[derive(Debug)]
pub struct ShippedFile {
    /// Its path in the repository.
    pub path: &'static str,
    /// What is written there.
    pub yaml: &'static str,
    /// The same as JSON, as the program reads it: every value begins on the line where it begins in the YAML.
    pub json: &'static str,
}

/// The path of a file without its ending is the same before and after the build.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        [$(ShippedFile {
            path: concat!("rules/catalog/", $name, ".yaml"),
            yaml: include_str!(concat!("../../rules/catalog/", $name, ".yaml")),
            json: include_str!(concat!(env!("OUT_DIR"), "/rules/catalog/", $name, ".json")),
        }),*]
    };
}

/// The files that are part of the program.
static SHIPPED: [ShippedFile; 18] = shipped![
    "effects",
    "environment",
    "idempotency",
    "images",
    "mesh",
    "operations",
    "outside",
    "rust/cloud",
    "rust/brokers",
    "rust/caches",
    "rust/databases",
    "rust/guards",
    "rust/http",
    "rust/mail",
    "rust/std",
    "rust/telemetry",
    "rust/web",
    "words",
];

/// Everything known, ready to be asked.
#[derive(Debug)]
pub struct Catalog {
    /// Rust crates.
    pub crates: Crates,
    /// Container images.
    pub images: Images,
    /// Environment variables and URLs.
    pub environment: EnvironmentRules,
    /// Names that carry an idempotency key, and declarations in a contract.
    pub keys: Keys,
    /// What proxies and meshes promise.
    pub mesh: MeshRules,
    /// What code changes when it runs.
    pub effects: EffectRules,
    /// How stores keep copies, and what makes messages safe.
    pub operations: OperationRules,
    /// Products outside of the system.
    pub outside: OutsideRules,
    /// Words by which a contract shows what an operation does.
    pub words: Words,
    /// Which kinds of calls must have which guard, as the user says or by default.
    pub guard_demands: GuardDemands,
    /// The compose files of each system, as the user lists them.
    pub compose_files: Vec<Vec<String>>,
    /// What the user says of critical paths; nothing in the shipped catalogue.
    pub critical: CriticalPaths,
    /// What the user says of gateways.
    pub gateways: Vec<Gateway>,
    /// Functions that something outside of the code calls, as the user lists them.
    pub entry_points: Vec<(GlobSet, Spanned<String>)>,
    /// The configuration's file, where there is one.
    pub configuration: Option<String>,
    /// From which number on something is a fault.
    pub limits: Limits,
}

impl Catalog {
    /// The catalogue that is part of the program.
    ///
    /// # Errors
    /// When a shipped file is faulty; a test loads them all.
    pub fn shipped() -> Result<Self, CatalogError> {
        let mut config = Config::default();
        let mut asked = config.take_asked();
        Self::load(true, true, &config, &mut asked)
    }

    /// As much of it as these files can ask for: of contracts alone, nothing asks for a crate or an
    /// image, and most of the catalogue is of those.
    ///
    /// # Errors
    /// When a shipped file is faulty.
    pub fn shipped_for(sources: &Sources) -> Result<Self, CatalogError> {
        Self::load_for(sources, &mut Config::default())
    }

    /// As much as these files can ask for, with what the user adds; the user's word counts first.
    /// What the analysis asks for is taken out of the configuration.
    ///
    /// # Errors
    /// When a file of the catalogue, or an entry of the user's, is faulty.
    pub fn load_for(sources: &Sources, config: &mut Config) -> Result<Self, CatalogError> {
        let rust = sources.count(SourceKind::Rust) > 0;
        let images = rust || sources.count(SourceKind::Compose) > 0;
        let mut asked = config.take_asked();
        Ok(Self::load(rust, images, config, &mut asked)?.with(config, asked))
    }

    fn load(
        with_crates: bool,
        with_images: bool,
        config: &Config,
        asked: &mut Asked,
    ) -> Result<Self, CatalogError> {
        let own = std::mem::take(&mut asked.catalog);
        let name = config
            .location
            .as_ref()
            .map_or("", |location| &location.name);
        let files: Vec<File<'_>> = SHIPPED
            .iter()
            .map(|file| File::new(file.path, file.json))
            .collect();
        let of_crates = |file: &File<'_>| file.path.starts_with("rules/catalog/rust/");
        files.par_iter().for_each(|file| {
            let wanted = match of_crates(file) {
                true => with_crates,
                false => with_images || !file.path.ends_with("images.yaml"),
            };
            if wanted {
                file.parsed();
            }
        });
        let crates = files
            .par_iter()
            .filter(|file| with_crates && of_crates(file));
        let crates: Vec<Vec<Entry<CrateEntry>>> = crates
            .map(|file| file.list(None))
            .collect::<Result<_, _>>()?;
        let crates = crates.into_iter().flatten();
        let crates = crates.chain(config::entries(name, &config.text, own.crates));
        let named = |name: &str| -> Result<&File<'_>, CatalogError> {
            files
                .iter()
                .find(|file| file.path.ends_with(name))
                .ok_or_else(|| CatalogError {
                    place: name.to_owned(),
                    message: "not part of the program".to_owned(),
                })
        };
        Ok(Self {
            crates: Crates::new(crates.collect())?,
            images: Images::new(
                config::entries(name, &config.text, own.images),
                match with_images {
                    true => named("images.yaml")?.list(None)?,
                    false => Vec::new(),
                },
            )?,
            environment: named("environment.yaml")?.object()?,
            keys: Keys {
                keys: {
                    let shipped = named("idempotency.yaml")?.list(Some("keys"))?;
                    let own = config::entries(name, &config.text, own.idempotency_keys);
                    own.into_iter().chain(shipped).collect()
                },
                declarations: named("idempotency.yaml")?.list(Some("declarations"))?,
                retries: named("idempotency.yaml")?.list(Some("retries"))?,
            },
            mesh: named("mesh.yaml")?.object()?,
            effects: named("effects.yaml")?.object()?,
            operations: named("operations.yaml")?.object()?,
            outside: named("outside.yaml")?.object()?,
            words: named("words.yaml")?.object()?,
            guard_demands: GuardDemands::default(),
            compose_files: Vec::new(),
            critical: CriticalPaths::default(),
            gateways: Vec::new(),
            entry_points: Vec::new(),
            configuration: None,
            limits: Limits::default(),
        })
    }

    /// The catalogue with the user's settings.
    #[must_use]
    fn with(mut self, config: &Config, asked: Asked) -> Self {
        self.words
            .critical
            .extend(asked.critical.words.iter().cloned());
        self.critical = asked.critical;
        self.guard_demands = asked.guards;
        self.compose_files = asked.compose;
        self.gateways = asked.gateways;
        self.entry_points = asked.entry_points;
        let location = config.location.as_ref();
        self.configuration = location.map(|location| location.name.clone());
        let thresholds = &config.file.thresholds;
        let limits = &mut self.limits;
        limits.retry_attempts = thresholds.retry_attempts.unwrap_or(limits.retry_attempts);
        limits.single_point_dependents = thresholds
            .single_point_dependents
            .unwrap_or(limits.single_point_dependents);
        self
    }
}

/// The shipped files with their texts, for the tests that check them.
#[must_use]
pub fn shipped_files() -> &'static [ShippedFile] {
    &SHIPPED
}

struct File<'a> {
    path: &'static str,
    text: &'a str,
    sources: Sources,
    /// Parsed when it is asked for, with the first thing that is wrong.
    tree: OnceLock<(Tree<'a>, Option<Problem>)>,
}

impl<'a> File<'a> {
    fn new(path: &'static str, text: &'a str) -> Self {
        let sources = Sources::new(vec![(
            path.to_owned(),
            SourceKind::Unreadable,
            text.to_owned(),
        )]);
        Self {
            path,
            text,
            sources,
            tree: OnceLock::new(),
        }
    }

    fn parsed(&self) -> &(Tree<'a>, Option<Problem>) {
        self.tree.get_or_init(|| {
            let (tree, problems) = Tree::parse(SourceId(0), self.text);
            (tree, problems.into_iter().next())
        })
    }

    fn line(&self, value: Value<'_, '_>) -> CatalogLine {
        let line = self.sources.get(SourceId(0)).line(value.span().start);
        CatalogLine {
            file: self.path,
            line,
        }
    }

    fn fail(&self, span: Option<crate::source::Span>, message: String) -> CatalogError {
        let place = span.map_or_else(|| self.path.to_owned(), |span| self.sources.place(span));
        CatalogError { place, message }
    }

    fn tree(&self) -> Result<&Tree<'a>, CatalogError> {
        match self.parsed() {
            (_, Some(problem)) => Err(self.fail(Some(problem.span), problem.message.clone())),
            (tree, None) => Ok(tree),
        }
    }

    /// The entries of the list at the root, or under a key of the root.
    fn list<T: DeserializeOwned>(&self, key: Option<&str>) -> Result<Vec<Entry<T>>, CatalogError> {
        let tree = self.tree()?;
        let root = tree
            .root()
            .ok_or_else(|| self.fail(None, "empty".to_owned()))?;
        let list = match key {
            Some(key) => root
                .get(key)
                .ok_or_else(|| self.fail(None, format!("no `{key}`")))?,
            None => root,
        };
        list.items()
            .map(|item| {
                let value = item
                    .shallow(Cut::default())
                    .map_err(|error| self.fail(error.span, error.message))?;
                Ok(Entry {
                    value,
                    line: self.line(item),
                })
            })
            .collect()
    }

    fn object<T: DeserializeOwned>(&self) -> Result<T, CatalogError> {
        let tree = self.tree()?;
        let root = tree
            .root()
            .ok_or_else(|| self.fail(None, "empty".to_owned()))?;
        root.shallow(Cut::default())
            .map_err(|error| self.fail(error.span, error.message))
    }
}

#[cfg(test)]
mod tests {
    use super::shipped_files;
    use crate::read::tree::{Tree, Value};
    use crate::source::{SourceId, SourceKind, Sources};

    /// Each node of a text: its line, and what it is.
    fn nodes(path: &str, text: &str) -> Vec<(usize, String)> {
        fn walk(
            value: Value<'_, '_>,
            line: &impl Fn(Value<'_, '_>) -> usize,
            out: &mut Vec<(usize, String)>,
        ) {
            let shown = match value.text() {
                Some(_) if value.is_null() => "nothing".to_owned(),
                // A number or boolean that is quoted is a text.
                Some(text) => format!("{text:?} {:?}", value.bool()),
                None => value.kind_name().to_owned(),
            };
            out.push((line(value), shown));
            for entry in value.entries() {
                walk(entry.key, line, out);
                walk(entry.value, line, out);
            }
            for item in value.items() {
                walk(item, line, out);
            }
        }
        let sources = Sources::new(vec![(
            path.to_owned(),
            SourceKind::Unreadable,
            text.to_owned(),
        )]);
        let line = |value: Value<'_, '_>| {
            let source = sources.get(SourceId(0));
            source.line(value.span().start)
        };
        let (tree, problems) = Tree::parse(SourceId(0), text);
        assert_eq!(problems, [], "{path}");
        let mut out = Vec::new();
        tree.documents()
            .for_each(|root| walk(root, &line, &mut out));
        out
    }

    #[test]
    fn the_built_catalogue_says_what_the_written_one_does_on_the_same_lines() {
        for file in shipped_files() {
            assert!(
                file.json.trim_start().starts_with(['{', '[']),
                "{}",
                file.path
            );
            let (written, built) = (nodes(file.path, file.yaml), nodes(file.path, file.json));
            assert!(written.len() > 10, "{}", file.path);
            for (written, built) in written.iter().zip(&built) {
                assert_eq!(written, built, "{}", file.path);
            }
            assert_eq!(written.len(), built.len(), "{}", file.path);
        }
    }
}
