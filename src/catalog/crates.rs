//! `rules/catalog/rust/*.yaml`: what the functions, types and macros of a crate do.

use super::{CatalogError, Entry};
use crate::model::{CallKind, CatalogLine, GuardKind, Store};
use crate::read::rust::ir::TypeRef;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The entry that stands for every type.
const ANY_TYPE: &str = "any::Type";

/// One crate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrateEntry {
    /// The crate's name in code; a trailing `*` stands for the rest (`aws_sdk_*`).
    #[serde(rename = "crate")]
    pub name: String,
    /// Where its documentation is.
    pub docs: String,
    /// Free functions.
    #[serde(default)]
    pub functions: Vec<FunctionEntry>,
    /// Types and traits.
    #[serde(default)]
    pub types: Vec<TypeEntry>,
    /// Macros.
    #[serde(default)]
    pub macros: Vec<MacroEntry>,
    /// Methods that any type may have, and that are I/O by what they are given.
    #[serde(default)]
    pub extensions: Vec<ExtensionEntry>,
    /// Code that must give exactly these calls and guards.
    #[serde(default)]
    pub hit: Vec<Proof>,
    /// Code that looks alike and must give no call.
    #[serde(default)]
    pub miss: Vec<String>,
}

/// A piece of Rust and what must be found in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A whole file.
    pub code: String,
    /// The calls, each as `kind` or `kind+guard+guard`, in order.
    #[serde(default)]
    pub calls: Vec<String>,
}

/// One name or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// The names.
    #[must_use]
    pub fn list(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// Which call a wrapper's guard protects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrapTarget {
    /// What runs in its arguments.
    #[default]
    Arguments,
    /// The future or closure it is called on.
    Receiver,
}

/// What a function or method does; every field but the name may be left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodEntry {
    /// Its names; `*` stands for every name that no other entry has.
    pub name: Names,
    /// The type it gives. `Self`, `T` and `U` (the receiver's type arguments), `R` (what the
    /// closure gives) have their usual meaning; futures are left out.
    #[serde(default)]
    pub returns: Option<String>,
    /// It does I/O of this kind.
    #[serde(default)]
    pub io: Option<CallKind>,
    /// The HTTP method it stands for: `name` for its own name, `first` for its first argument.
    #[serde(default)]
    pub http_method: Option<String>,
    /// Which argument names the target (URL, topic, queue); `name` takes the method's own name.
    #[serde(default)]
    pub target: Option<TargetFrom>,
    /// It starts a client or builder: none of the guards is there but these defaults.
    #[serde(default)]
    pub fresh: Option<Vec<GuardKind>>,
    /// A client among its arguments does the I/O, and none of its own.
    #[serde(default)]
    pub through_argument: bool,
    /// It sets a guard on the client, builder or request.
    #[serde(default)]
    pub sets: Option<GuardKind>,
    /// It puts its first argument around the client: the guard is the one of that type.
    #[serde(default)]
    pub adds_layer: bool,
    /// It puts a guard around the client that is to come: what was put before stays outside.
    #[serde(default)]
    pub surrounds: Option<GuardKind>,
    /// What is passed in runs under all the guards that were put on it.
    #[serde(default)]
    pub wraps_layers: bool,
    /// What is passed in runs under this guard.
    #[serde(default)]
    pub wraps: Option<GuardKind>,
    /// What the guard protects.
    #[serde(default)]
    pub wraps_target: WrapTarget,
    /// How the guard that it wraps, sets or describes is set.
    #[serde(default)]
    pub settings: Option<SettingsEntry>,
    /// Guards that the library gives by itself from a version on.
    #[serde(default)]
    pub defaults_since: Option<DefaultsSince>,
    /// What it gives guards everything until the end of the block: a permit.
    #[serde(default)]
    pub holds: Option<GuardKind>,
    /// It answers something else where the call that it is called on failed.
    #[serde(default)]
    pub falls_back: bool,
    /// Its first argument names a header of the request, or brings headers that are not seen.
    #[serde(default)]
    pub header: Option<HeaderFrom>,
    /// Its first argument is the body of the request.
    #[serde(default)]
    pub body: bool,
    /// It runs the futures it is given at the same time, however many they are.
    #[serde(default)]
    pub fans_out: bool,
    /// It puts something into a queue in memory that has no bound.
    #[serde(default)]
    pub fills: bool,
    /// The types of a closure's parameters.
    #[serde(default)]
    pub closure: Vec<String>,
}

/// How a guard is set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsEntry {
    /// The argument that says how long a timeout is.
    #[serde(default)]
    pub limit: Option<TargetFrom>,
    /// A timeout's length in milliseconds, where it is always the same.
    #[serde(default)]
    pub limit_ms: Option<u64>,
    /// How often a retry calls: a number, `first` (the first argument), `first+1`, `unlimited`.
    #[serde(default)]
    pub attempts: Option<AttemptsEntry>,
    /// Whether a retry waits between attempts.
    #[serde(default)]
    pub pauses: Option<bool>,
    /// A retry repeats only what cannot have been done.
    #[serde(default)]
    pub only_unapplied: bool,
    /// A retry asks about the error before it calls again.
    #[serde(default)]
    pub selective: bool,
}

/// Guards that a library gives by itself from a version on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultsSince {
    /// The first version that does: `1.0.0`.
    pub version: String,
    /// The guards.
    pub guards: Vec<GuardKind>,
    /// How they are set.
    #[serde(default)]
    pub settings: Option<SettingsEntry>,
}

/// How often a retry calls, the first time included.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum AttemptsEntry {
    /// So often.
    Fixed(u32),
    /// As an argument says.
    From(AttemptsFrom),
}

/// Where the number of attempts stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum AttemptsFrom {
    /// The first argument.
    #[serde(rename = "first")]
    First,
    /// The first argument counts the repetitions.
    #[serde(rename = "first+1")]
    FirstPlusOne,
    /// There is no end.
    #[serde(rename = "unlimited")]
    Unlimited,
}

/// What a method says of the headers of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderFrom {
    /// The first argument is a header's name.
    First,
    /// Headers that are not seen.
    Unseen,
}

/// Where the target of a call is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetFrom {
    /// The first argument.
    First,
    /// The second argument.
    Second,
    /// The method's own name.
    Name,
}

/// A free function.
#[derive(Debug, Deserialize)]
pub struct FunctionEntry {
    /// Its path.
    pub path: String,
    /// What it does.
    #[serde(flatten)]
    pub does: FunctionEffect,
}

/// [`MethodEntry`] without a name.
#[derive(Debug, Deserialize)]
pub struct FunctionEffect {
    /// See [`MethodEntry::returns`].
    #[serde(default)]
    pub returns: Option<String>,
    /// See [`MethodEntry::io`].
    #[serde(default)]
    pub io: Option<CallKind>,
    /// See [`MethodEntry::target`].
    #[serde(default)]
    pub target: Option<TargetFrom>,
    /// See [`MethodEntry::wraps`].
    #[serde(default)]
    pub wraps: Option<GuardKind>,
    /// See [`MethodEntry::settings`].
    #[serde(default)]
    pub settings: Option<SettingsEntry>,
    /// See [`MethodEntry::fans_out`].
    #[serde(default)]
    pub fans_out: bool,
    /// It makes a queue in memory that has no bound.
    #[serde(default)]
    pub unbounded: bool,
    /// It reads the environment variable that its first argument names.
    #[serde(default)]
    pub reads_environment: bool,
    /// It makes a duration out of a number of this many milliseconds.
    #[serde(default)]
    pub milliseconds: Option<u64>,
}

/// A macro.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MacroEntry {
    /// Its paths.
    pub path: Names,
    /// The type of its value.
    #[serde(default)]
    pub returns: Option<String>,
    /// It generates the module it stands in.
    #[serde(default)]
    pub generates: bool,
}

/// Methods of a trait that any type may have: `query.load(connection)`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionEntry {
    /// Their names.
    pub name: Names,
    /// Types of this catalogue, one of which is among the arguments.
    pub given: Vec<String>,
    /// The kind of I/O.
    pub io: CallKind,
}

/// A type or trait.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeEntry {
    /// Its paths; the first is its name. A path of two segments also stands for the type in any
    /// module of the crate.
    pub path: Names,
    /// Its name needs no import.
    #[serde(default)]
    pub prelude: bool,
    /// Which type argument it dereferences to, if it does.
    #[serde(default)]
    pub deref: Option<usize>,
    /// Guards that a client of this type has unless somebody takes them away; they count where its
    /// making cannot be seen.
    #[serde(default)]
    pub defaults: Vec<GuardKind>,
    /// How those are set.
    #[serde(default)]
    pub default_settings: Option<SettingsEntry>,
    /// It is a handle of this store or broker.
    #[serde(default)]
    pub store: Option<Store>,
    /// To await it is I/O of this kind: a request that is its own future.
    #[serde(default)]
    pub awaits: Option<CallKind>,
    /// Middleware may be put around it: where its making cannot be seen, it may have any guard.
    #[serde(default)]
    pub layered: bool,
    /// It is a circuit breaker that may also be asked before a call and told of it afterwards.
    #[serde(default)]
    pub breaker: bool,
    /// It is a middleware that gives this guard.
    #[serde(default)]
    pub guard: Option<GuardKind>,
    /// A generated type: the suffix of its module and of its name.
    #[serde(default)]
    pub generated: Option<(String, String)>,
    /// Where what is generated stands in the tree: the type of the only field of such a struct.
    #[serde(default)]
    pub generated_around: Option<String>,
    /// Its methods and associated functions.
    #[serde(default)]
    pub methods: Vec<MethodEntry>,
}

/// A type with the crate it belongs to.
#[derive(Debug)]
pub struct KnownType {
    /// Its path.
    pub path: String,
    /// The crate.
    pub krate: String,
    /// The entry.
    pub entry: TypeEntry,
    /// Where the crate's entry stands.
    pub line: CatalogLine,
    methods: BTreeMap<String, usize>,
    returns: Vec<Option<TypeRef>>,
    closures: Vec<Vec<TypeRef>>,
}

/// A method that was found.
#[derive(Clone, Copy, Debug)]
pub struct KnownMethod<'c> {
    /// The type it belongs to.
    pub owner: &'c KnownType,
    /// The entry.
    pub entry: &'c MethodEntry,
    /// The type it gives.
    pub returns: Option<&'c TypeRef>,
    /// The types of a closure's parameters.
    pub closure: &'c [TypeRef],
    /// Every type may have it.
    pub of_any_type: bool,
}

/// An extension method with the crate it belongs to.
#[derive(Debug)]
pub struct KnownExtension {
    /// The crate.
    pub krate: String,
    /// Paths of types, one of which is among the arguments.
    pub given: Vec<String>,
    /// The kind of I/O.
    pub io: CallKind,
    /// Where the crate's entry stands.
    pub line: CatalogLine,
}

/// A free function with the crate it belongs to.
#[derive(Debug)]
pub struct KnownFunction {
    /// The crate.
    pub krate: String,
    /// What it does.
    pub effect: FunctionEffect,
    /// The type it gives.
    pub returns: Option<TypeRef>,
    /// Where the crate's entry stands.
    pub line: CatalogLine,
}

/// All crates, ready to be asked.
#[derive(Debug)]
pub struct Crates {
    types: Vec<KnownType>,
    by_path: BTreeMap<String, usize>,
    by_name: BTreeMap<(String, String), usize>,
    /// Prefix of the crate's name, name of the type.
    patterns: Vec<(String, String, usize)>,
    generated: Vec<usize>,
    functions: BTreeMap<String, KnownFunction>,
    macros: BTreeMap<String, (Option<TypeRef>, bool)>,
    extensions: BTreeMap<String, Vec<KnownExtension>>,
    prelude: BTreeMap<String, String>,
    /// For the name of each method that does I/O, the crates that have one.
    io_methods: BTreeMap<String, BTreeSet<String>>,
    /// The entries' proofs.
    pub proofs: Vec<(CatalogLine, Vec<Proof>, Vec<String>)>,
    /// Crate names and documentation.
    pub documentation: BTreeMap<String, String>,
}

impl Crates {
    pub(super) fn new(entries: Vec<Entry<CrateEntry>>) -> Result<Self, CatalogError> {
        let mut crates = Self {
            types: Vec::new(),
            by_path: BTreeMap::new(),
            by_name: BTreeMap::new(),
            patterns: Vec::new(),
            generated: Vec::new(),
            functions: BTreeMap::new(),
            macros: BTreeMap::new(),
            extensions: BTreeMap::new(),
            prelude: BTreeMap::new(),
            io_methods: BTreeMap::new(),
            proofs: Vec::new(),
            documentation: BTreeMap::new(),
        };
        for Entry { value: entry, line } in entries {
            let fail = |message: String| CatalogError {
                place: format!("{}:{}", line.file, line.line),
                message,
            };
            let parse = |text: &str| {
                crate::read::rust::parse_type(text).ok_or_else(|| fail(format!("no type: {text}")))
            };
            for function in entry.functions {
                let returns = function.does.returns.as_deref().map(parse).transpose()?;
                let known = KnownFunction {
                    krate: entry.name.clone(),
                    effect: function.does,
                    returns,
                    line,
                };
                crates.functions.insert(function.path, known);
            }
            for found in entry.macros {
                let returns = found.returns.as_deref().map(parse).transpose()?;
                for path in found.path.list() {
                    crates
                        .macros
                        .insert(path.clone(), (returns.clone(), found.generates));
                }
            }
            for found in &entry.extensions {
                for name in found.name.list() {
                    let known = KnownExtension {
                        krate: entry.name.clone(),
                        given: found.given.clone(),
                        io: found.io,
                        line,
                    };
                    crates
                        .extensions
                        .entry(name.clone())
                        .or_default()
                        .push(known);
                }
            }
            for found in entry.types {
                crates.add_type(&entry.name, found, line, &parse)?;
            }
            crates.proofs.push((line, entry.hit, entry.miss));
            crates.documentation.insert(entry.name, entry.docs);
        }
        Ok(crates)
    }

    fn add_type(
        &mut self,
        krate: &str,
        entry: TypeEntry,
        line: CatalogLine,
        parse: &impl Fn(&str) -> Result<TypeRef, CatalogError>,
    ) -> Result<(), CatalogError> {
        let index = self.types.len();
        for path in entry.path.list() {
            self.by_path.insert(path.clone(), index);
            let segments: Vec<_> = path.split("::").collect();
            if entry.prelude
                && let Some(name) = segments.last()
            {
                self.prelude
                    .entry((*name).to_owned())
                    .or_insert_with(|| path.clone());
            }
            if let [root, name] = segments.as_slice() {
                if let Some(prefix) = root.strip_suffix('*') {
                    self.patterns
                        .push((prefix.to_owned(), (*name).to_owned(), index));
                }
                self.by_name
                    .insert(((*root).to_owned(), (*name).to_owned()), index);
            }
        }
        if entry.generated.is_some() || entry.generated_around.is_some() {
            self.generated.push(index);
        }
        let (mut methods, mut returns, mut closures) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (index, method) in entry.methods.iter().enumerate() {
            for name in method.name.list() {
                methods.entry(name.clone()).or_insert(index);
                if method.io.is_some() && name != "*" {
                    let crates = self.io_methods.entry(name.clone()).or_default();
                    crates.insert(krate.to_owned());
                }
            }
            returns.push(method.returns.as_deref().map(parse).transpose()?);
            closures.push(
                method
                    .closure
                    .iter()
                    .map(|text| parse(text))
                    .collect::<Result<_, _>>()?,
            );
        }
        let path = entry.path.list().first().cloned().unwrap_or_default();
        self.types.push(KnownType {
            path,
            krate: krate.to_owned(),
            entry,
            line,
            methods,
            returns,
            closures,
        });
        Ok(())
    }

    /// The type at a path of another crate.
    #[must_use]
    pub fn find_type(&self, path: &str) -> Option<&KnownType> {
        self.type_index(path).map(|index| &self.types[index])
    }

    fn type_index(&self, path: &str) -> Option<usize> {
        if let Some(index) = self.by_path.get(path) {
            return Some(*index);
        }
        let (root, rest) = path.split_once("::")?;
        let name = rest.rsplit("::").next().unwrap_or(rest);
        let direct = self.by_name.get(&(root.to_owned(), name.to_owned()));
        direct
            .copied()
            .or_else(|| self.pattern_index(root, name))
            .or_else(|| self.generated_index(path))
    }

    /// `aws_sdk_*::Client`.
    fn pattern_index(&self, root: &str, name: &str) -> Option<usize> {
        let fits = |(prefix, known, _): &&(String, String, usize)| {
            known == name && root.starts_with(prefix.as_str())
        };
        self.patterns.iter().find(fits).map(|(_, _, index)| *index)
    }

    /// `anything::greeter_client::GreeterClient`: module and name say the same.
    fn generated_index(&self, path: &str) -> Option<usize> {
        let mut segments = path.rsplit("::");
        let (name, module) = (segments.next()?, segments.next()?);
        self.generated.iter().copied().find(|index| {
            self.types[*index].entry.generated.as_ref().is_some_and(
                |(module_suffix, name_suffix)| {
                    let stems = module
                        .strip_suffix(module_suffix.as_str())
                        .zip(name.strip_suffix(name_suffix.as_str()));
                    stems.is_some_and(|(snake, camel)| {
                        !camel.is_empty() && snake.replace('_', "").eq_ignore_ascii_case(camel)
                    })
                },
            )
        })
    }

    /// The type that a struct of the audited system is, where it was generated around a field of
    /// this path.
    #[must_use]
    pub fn generated_around(&self, field: &str) -> Option<&KnownType> {
        let mut generated = self.generated.iter().map(|index| &self.types[*index]);
        generated.find(|known| known.entry.generated_around.as_deref() == Some(field))
    }

    /// The method or associated function of a type, dereferencing left to the caller.
    #[must_use]
    pub fn find_method<'c>(&'c self, owner: &'c KnownType, name: &str) -> Option<KnownMethod<'c>> {
        let index = *owner.methods.get(name).or_else(|| owner.methods.get("*"))?;
        Some(KnownMethod {
            owner,
            entry: &owner.entry.methods[index],
            returns: owner.returns[index].as_ref(),
            closure: &owner.closures[index],
            of_any_type: owner.path == ANY_TYPE,
        })
    }

    /// The path of a name that needs no import.
    #[must_use]
    pub fn prelude(&self, name: &str) -> Option<&str> {
        self.prelude.get(name).map(String::as_str)
    }

    /// What every type can do, whatever it is (`clone`, `as_ref`).
    #[must_use]
    pub fn any_type(&self) -> Option<&KnownType> {
        self.find_type(ANY_TYPE)
    }

    /// The crates that have a method of this name that does I/O, as the catalogue names them.
    pub fn doing_io(&self, method: &str) -> impl Iterator<Item = &str> {
        let crates = self.io_methods.get(method).into_iter().flatten();
        crates.map(String::as_str)
    }

    /// The extension methods of a name.
    #[must_use]
    pub fn find_extensions(&self, name: &str) -> &[KnownExtension] {
        self.extensions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The free function at a path.
    #[must_use]
    pub fn find_function(&self, path: &str) -> Option<&KnownFunction> {
        self.functions.get(path)
    }

    /// The type of a macro's value, where the macro is known.
    #[must_use]
    pub fn find_macro(&self, path: &str) -> Option<Option<&TypeRef>> {
        self.macros.get(path).map(|(returns, _)| returns.as_ref())
    }

    /// Whether a macro generates the module it stands in.
    #[must_use]
    pub fn generates_module(&self, path: &str) -> bool {
        self.macros
            .get(path)
            .is_some_and(|(_, generates)| *generates)
    }
}
