//! `rules/catalog/rust/*.yaml`, indexed: what the functions, types and macros of a crate do.

use super::crate_entry::{
    AttributeEntry, CrateEntry, FunctionEffect, MethodEntry, Proof, TypeEntry,
};
use super::{CatalogError, Entry};
use crate::model::{CallKind, CatalogLine, Store};
use crate::read::rust::ir::TypeRef;
use foldhash::{HashMap, HashSet};
use smol_str::SmolStr;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The entry that stands for every type.
const ANY_TYPE: &str = "any::Type";

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
    methods: HashMap<String, usize>,
    returns: Vec<Option<TypeRef>>,
    closures: Vec<Vec<TypeRef>>,
    fields: HashMap<String, TypeRef>,
}

impl KnownType {
    /// The type of one of its fields.
    pub(crate) fn field(&self, name: &str) -> Option<&TypeRef> {
        self.fields.get(name)
    }
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

/// A macro.
#[derive(Clone, Debug)]
pub struct KnownMacro {
    /// The type of its value.
    pub returns: Option<TypeRef>,
    /// It generates the module it stands in.
    pub generates: bool,
    /// Its arguments are the segments of a route's path.
    pub names_path: bool,
    /// See [`MacroEntry::mounts`](super::MacroEntry::mounts).
    pub mounts: bool,
}

/// All crates, ready to be asked.
#[derive(Debug)]
pub struct Crates {
    types: Vec<KnownType>,
    by_path: HashMap<String, usize>,
    /// By the name of the crate and the name of the type.
    by_name: HashMap<String, HashMap<String, usize>>,
    /// Prefix of the crate's name, name of the type.
    patterns: Vec<(String, String, usize)>,
    generated: Vec<usize>,
    functions: HashMap<String, KnownFunction>,
    macros: HashMap<String, KnownMacro>,
    /// The paths of macros that mount routes, in order.
    mounting: BTreeSet<String>,
    extensions: HashMap<String, Vec<KnownExtension>>,
    prelude: HashMap<String, String>,
    /// By crate: what a path in it begins with, and what that stands for.
    reexports: HashMap<String, Vec<(String, String)>>,
    /// By crate and feature: the store that a program built with it uses.
    features: HashMap<String, BTreeMap<String, Store>>,
    /// By name: the crate, and the attribute.
    attributes: HashMap<String, Vec<(String, AttributeEntry)>>,
    /// For the name of each method that does I/O, the crates that have one.
    io_methods: HashMap<String, BTreeSet<String>>,
    /// The names of the methods of all types.
    method_names: HashSet<String>,
    /// The entries' proofs.
    pub proofs: Vec<(CatalogLine, Vec<Proof>, Vec<String>)>,
    /// Crate names and documentation.
    pub documentation: BTreeMap<String, String>,
}

impl KnownType {
    /// Whether it has a method of this name; what stands for every name has none.
    pub(crate) fn names(&self, method: &str) -> bool {
        self.methods.contains_key(method)
    }
}

/// Methods that every type may have, and that ask nobody for anything.
const CONVERSIONS: [&str; 12] = [
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clone",
    "deref",
    "eq",
    "fmt",
    "into",
    "to_owned",
    "to_string",
    "try_into",
];

impl Crates {
    pub(super) fn new(entries: Vec<Entry<CrateEntry>>) -> Result<Self, CatalogError> {
        let mut crates = Self {
            types: Vec::new(),
            by_path: HashMap::default(),
            by_name: HashMap::default(),
            patterns: Vec::new(),
            generated: Vec::new(),
            functions: HashMap::default(),
            macros: HashMap::default(),
            mounting: BTreeSet::new(),
            extensions: HashMap::default(),
            prelude: HashMap::default(),
            reexports: HashMap::default(),
            features: HashMap::default(),
            attributes: HashMap::default(),
            io_methods: HashMap::default(),
            method_names: HashSet::default(),
            proofs: Vec::new(),
            documentation: BTreeMap::new(),
        };
        // Many methods give the same few types.
        let parsed: RefCell<HashMap<String, TypeRef>> = RefCell::default();
        for Entry { value: entry, line } in entries {
            let fail = |message: String| CatalogError {
                place: format!("{}:{}", line.file, line.line),
                message,
            };
            let parse = |text: &str| {
                let known = parsed.borrow().get(text).cloned();
                known.map_or_else(
                    || {
                        let ty = crate::read::rust::parse_type(text);
                        let ty = ty.ok_or_else(|| fail(format!("no type: {text}")))?;
                        parsed.borrow_mut().insert(text.to_owned(), ty.clone());
                        Ok(ty)
                    },
                    Ok,
                )
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
            if !entry.features.is_empty() {
                crates.features.insert(entry.name.clone(), entry.features);
            }
            for (from, to) in entry.reexports {
                let root = from.split("::").next().unwrap_or_default().to_owned();
                crates.reexports.entry(root).or_default().push((from, to));
            }
            for found in entry.macros {
                let returns = found.returns.as_deref().map(parse).transpose()?;
                let known = KnownMacro {
                    returns,
                    generates: found.generates,
                    names_path: found.names_path,
                    mounts: found.mounts,
                };
                for path in found.path.list() {
                    crates.macros.insert(path.clone(), known.clone());
                    if known.mounts {
                        crates.mounting.insert(path.clone());
                    }
                }
            }
            for found in entry.attributes {
                for path in found.path.list() {
                    let name = path.rsplit("::").next().unwrap_or(path);
                    let known = crates.attributes.entry(name.to_owned()).or_default();
                    known.push((entry.name.clone(), found.clone()));
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
                let named = self.by_name.entry((*root).to_owned()).or_default();
                named.insert((*name).to_owned(), index);
            }
        }
        if entry.generated.is_some() || entry.generated_around.is_some() {
            self.generated.push(index);
        }
        let (mut methods, mut returns, mut closures) = (HashMap::default(), Vec::new(), Vec::new());
        for (index, method) in entry.methods.iter().enumerate() {
            for name in method.name.list() {
                methods.entry(name.clone()).or_insert(index);
                if !self.method_names.contains(name) {
                    self.method_names.insert(name.clone());
                }
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
        let mut fields = HashMap::default();
        for (name, ty) in &entry.fields {
            fields.insert(name.clone(), parse(ty)?);
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
            fields,
        });
        Ok(())
    }

    /// The stores that handles of a crate are for.
    pub fn stores<'c>(&'c self, krate: &'c str) -> impl Iterator<Item = &'c Store> {
        let of_crate = self.types.iter().filter(move |known| known.krate == krate);
        of_crate.filter_map(|known| known.entry.store.as_ref())
    }

    /// The store that a crate is used for with a feature.
    pub(crate) fn store_of_feature(&self, krate: &str, feature: &str) -> Option<&Store> {
        self.features.get(krate)?.get(feature)
    }

    /// Whether a crate is there to read and write a database or cache, also one that is a file.
    pub(crate) fn reaches_store(&self, krate: &str) -> bool {
        let of_store = |method: &MethodEntry| {
            let kind = method.io;
            method.runs || matches!(kind, Some(CallKind::Db | CallKind::Cache))
        };
        let named = |known: &&KnownType| match known.krate.strip_suffix('*') {
            Some(prefix) => krate.starts_with(prefix),
            None => known.krate == krate,
        };
        let mut types = self.types.iter().filter(named);
        types.any(|known| known.entry.methods.iter().any(of_store))
    }

    /// The technologies that handles of a crate are for.
    pub fn technologies<'c>(&'c self, krate: &'c str) -> impl Iterator<Item = &'c str> {
        self.stores(krate).map(|store| store.technology.as_str())
    }

    /// The type at a path of another crate.
    #[must_use]
    pub fn find_type(&self, path: &str) -> Option<&KnownType> {
        self.type_index(path).map(|index| &self.types[index])
    }

    /// Whether anything is known of the crate that a path leads into.
    pub(crate) fn knows_crate_of(&self, path: &str) -> bool {
        let root = path.split("::").next().unwrap_or(path);
        self.by_name.contains_key(root) || matches!(root, "std" | "core" | "alloc")
    }

    fn type_index(&self, path: &str) -> Option<usize> {
        if let Some(index) = self.by_path.get(path) {
            return Some(*index);
        }
        let (root, rest) = path.split_once("::")?;
        let name = rest.rsplit("::").next().unwrap_or(rest);
        let direct = self.by_name.get(root).and_then(|named| named.get(name));
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
        self.patterns
            .iter()
            .rev()
            .find(fits)
            .map(|(_, _, index)| *index)
    }

    /// `anything::greeter_client::GreeterClient`: module and name say the same.
    fn generated_index(&self, path: &str) -> Option<usize> {
        let mut segments = path.rsplit("::");
        let (name, module) = (segments.next()?, segments.next()?);
        self.generated.iter().rev().copied().find(|index| {
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

    /// How a generated type is called after what it is a client of, as if its code stood in the tree; as the catalogue calls it,
    /// where its name tells nothing.
    pub(crate) fn called_after(known: &KnownType, name: &str) -> SmolStr {
        let named = known.entry.generated.as_ref().and_then(|(module, suffix)| {
            let stem = name.strip_suffix(suffix.as_str())?.to_ascii_lowercase();
            let path = format!("generated::{stem}{module}::{name}");
            (!stem.is_empty()).then(|| SmolStr::new(path))
        });
        named.unwrap_or_else(|| SmolStr::new(&known.path))
    }

    /// The generated client that a type is by its name and by what it is made around: `billing::BillingClient<Channel>`.
    pub(crate) fn made_around(&self, path: &str, carrier: &str) -> Option<&KnownType> {
        let mut generated = self.generated.iter().map(|index| &self.types[*index]);
        generated.find(|known| {
            let suffix = known.entry.generated.as_ref().map(|(_, suffix)| suffix);
            known.entry.carriers.iter().any(|known| known == carrier)
                && suffix.is_some_and(|suffix| path.ends_with(suffix.as_str()))
        })
    }

    /// The type that a struct of the audited system is, where it was generated around a field of
    /// this path.
    #[must_use]
    pub fn generated_around<'n>(
        &self,
        field: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<&KnownType> {
        let mut generated = self.generated.iter().map(|index| &self.types[*index]);
        generated.find(|known| {
            let around = known.entry.generated_around.as_deref();
            around.is_some_and(|around| around.split("::").eq(field.clone()))
        })
    }

    /// The method or associated function of a type, dereferencing left to the caller.
    #[must_use]
    pub fn find_method<'c>(&'c self, owner: &'c KnownType, name: &str) -> Option<KnownMethod<'c>> {
        let any = || {
            owner
                .methods
                .get("*")
                .filter(|_| !CONVERSIONS.contains(&name))
        };
        let index = *owner.methods.get(name).or_else(any)?;
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

    /// Whether some type of some crate is known to have a method of this name.
    pub(crate) fn names_method(&self, name: &str) -> bool {
        self.method_names.contains(name) || self.extensions.contains_key(name)
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

    /// The attributes of a name that make a function a handler, each with its crate.
    #[must_use]
    pub fn find_attributes(&self, name: &str) -> &[(String, AttributeEntry)] {
        self.attributes.get(name).map_or(&[], Vec::as_slice)
    }

    /// The free function at a path.
    #[must_use]
    pub fn find_function(&self, path: &str) -> Option<&KnownFunction> {
        self.functions.get(path)
    }

    /// The macro at a path.
    #[must_use]
    pub fn find_macro(&self, path: &str) -> Option<&KnownMacro> {
        // `#[macro_use]` brings a name without its path.
        let unnamed = || {
            let last = path.rsplit("::").next()?;
            let mut mounting = self.mounting.iter();
            let named = mounting.find(|known| known.rsplit("::").next() == Some(last))?;
            self.macros.get(named)
        };
        self.macros.get(path).or_else(unnamed)
    }

    /// The path that the catalogue knows a re-exported path by.
    #[must_use]
    pub fn canonical(&self, path: String) -> String {
        let root = path.split("::").next().unwrap_or_default();
        let known = self.reexports.get(root).map_or(&[][..], Vec::as_slice);
        for (from, to) in known {
            if let Some(rest) = path.strip_prefix(from.as_str())
                && (rest.is_empty() || rest.starts_with("::"))
            {
                return format!("{to}{rest}");
            }
        }
        // A crate that nothing is known of may give another one as its own: `framework::library::Router`.
        match path.split_once("::") {
            Some((root, rest))
                if !self.by_name.contains_key(root)
                    && self.gives_on(rest)
                    && self.find_type(&path).is_none() =>
            {
                rest.to_owned()
            }
            _ => path,
        }
    }

    /// Whether a path without the crate that it begins with leads to something known of another crate.
    fn gives_on(&self, rest: &str) -> bool {
        let inner = rest.split_once("::");
        inner.is_some_and(|(krate, _)| self.by_name.contains_key(krate))
            && (self.find_type(rest).is_some() || self.find_function(rest).is_some())
    }

    /// Whether a macro generates the module it stands in.
    #[must_use]
    pub fn generates_module(&self, path: &str) -> bool {
        self.macros.get(path).is_some_and(|known| known.generates)
    }
}
