//! From manifests and files to crates, modules and the items in them.

use super::{
    ConstantDef, ConstantId, CrateDef, CrateId, Def, FunctionDef, FunctionId, ImplDef, MacroDef,
    ModuleDef, ModuleId, Owner, Program, TypeDef, TypeId, TypeShape,
};
use crate::catalog::{Catalog, split_words};
use crate::read::FileFacts;
use crate::read::cargo::{CargoManifest, Package};
use crate::read::rust::ir::{
    Body, ExprKind, Function, Generics, Item, ItemCall, ItemKind, Statement, TextRange,
};
use crate::read::rust::{NOT_SHIPPED, expand};
use crate::source::{SourceId, SourceKind, Sources, Span, join_inside, join_path as join};
use foldhash::HashMap;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Directories of packages that only tests need, or that somebody else has written.
const BESIDE: [&str; 7] = [
    "benches",
    "fuzz",
    "test",
    "tests",
    "third-party",
    "third_party",
    "vendor",
];

/// Words in the names of packages that stand in for others where these are tested.
const STANDS_IN: [&str; 3] = ["e2e", "mock", "mocks"];

/// How deep modules nest.
const MAX_DEPTH: usize = 64;

/// In how many places of a crate one file is a module.
const MAX_TIMES: usize = 8;

/// How many macros within macros are put out.
const MAX_ITEM_MACROS: usize = 4;

impl<'f> Program<'f> {
    /// Everything Rust in the sources.
    pub(crate) fn build(
        sources: &'f Sources,
        facts: &'f [FileFacts],
        catalog: &'f Catalog,
    ) -> Self {
        let mut loader = Loader {
            program: Program {
                paths: sources.iter().map(|(_, file)| file.path.as_str()).collect(),
                sql: sql_files(sources),
                ..Program::default()
            },
            sources,
            facts,
            catalog,
            loaded: BTreeSet::new(),
            open: Vec::new(),
            times: BTreeMap::new(),
            late: Vec::new(),
            within_macros: 0,
            written: 0,
            named: BTreeMap::new(),
        };
        for (id, _) in sources.iter() {
            if let FileFacts::Lock(lock) = &facts[id.0 as usize] {
                loader.program.locks.insert(id, lock);
            }
        }
        let manifests = loader.manifests();
        for (_, _, package) in &manifests {
            *loader.named.entry(&package.name).or_default() += 1;
        }
        for (directory, _, package) in &manifests {
            loader.package(directory, package, &manifests);
        }
        loader.loose_files();
        for (module, item, source, children) in std::mem::take(&mut loader.late) {
            loader.item(module, item, source, &children);
        }
        loader.program
    }
}

/// The text of every file of SQL, by its path.
fn sql_files(sources: &Sources) -> BTreeMap<&str, &str> {
    let files = sources.iter().map(|(_, file)| file);
    files
        .filter(|file| file.kind == SourceKind::Sql)
        .map(|file| (file.path.as_str(), file.text.as_str()))
        .collect()
}

type Manifest<'f> = (String, &'f CargoManifest, &'f Package);

struct Loader<'f> {
    program: Program<'f>,
    sources: &'f Sources,
    facts: &'f [FileFacts],
    catalog: &'f Catalog,
    loaded: BTreeSet<SourceId>,
    /// The files that are being read: each stands in the one before.
    open: Vec<SourceId>,
    /// How often a crate has a file.
    times: BTreeMap<(CrateId, SourceId), usize>,
    /// The calls of macros that are not known yet, with what they stand in: paths lead to those of later modules too.
    late: Vec<(ModuleId, &'f Item, SourceId, String)>,
    /// How many calls of macros what is read stands in.
    within_macros: usize,
    /// How many functions the outermost of them has written so far.
    written: u32,
    /// How many packages of the tree have each name.
    named: BTreeMap<&'f str, usize>,
}

impl<'f> Loader<'f> {
    /// The packages of the system with their directories: all, unless some are beside it.
    fn manifests(&self) -> Vec<Manifest<'f>> {
        let mut all = self.packages();
        let beside = |(directory, _, package): &Manifest<'f>| {
            let mut parts = directory.split('/');
            let mut words = split_words(&package.name).into_iter();
            parts.any(|part| BESIDE.contains(&part))
                || words.any(|word| STANDS_IN.contains(&word.as_str()))
        };
        if !all.iter().all(beside) {
            all.retain(|one| !beside(one));
        }
        all
    }

    /// Every package with its directory.
    fn packages(&self) -> Vec<Manifest<'f>> {
        let package =
            |(id, source): (SourceId, &crate::source::Source)| match &self.facts[id.0 as usize] {
                FileFacts::Cargo(manifest) => manifest
                    .package
                    .as_ref()
                    .map(|package| (source.directory().to_owned(), manifest, package)),
                _ => None,
            };
        self.sources.iter().filter_map(package).collect()
    }

    /// The lock file of a directory: the nearest above it.
    fn lock_of(&self, directory: &str) -> Option<SourceId> {
        let mut at = directory;
        loop {
            if let Some(id) = self.sources.find(&join(at, "Cargo.lock")) {
                return Some(id);
            }
            if at.is_empty() {
                return None;
            }
            at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    /// The `[workspace.dependencies]` that a package inherits from: the nearest above it.
    fn workspace_of(&self, directory: &str) -> Option<&'f CargoManifest> {
        let mut at = Some(directory);
        while let Some(directory) = at {
            let id = self.sources.find(&join(directory, "Cargo.toml"));
            if let Some(FileFacts::Cargo(manifest)) = id.map(|id| &self.facts[id.0 as usize])
                && manifest.is_workspace
            {
                return Some(manifest);
            }
            at = (!directory.is_empty())
                .then(|| directory.rsplit_once('/').map_or("", |(parent, _)| parent));
        }
        None
    }

    fn package(&mut self, directory: &str, package: &'f Package, all: &[Manifest<'f>]) {
        let workspace = self.workspace_of(directory);
        let named = self.package_name(directory, package).to_owned();
        let (mut dependencies, mut paths) = (BTreeMap::new(), BTreeMap::new());
        for dependency in &package.dependencies {
            let shared = dependency
                .inherited
                .then_some(workspace)
                .flatten()
                .and_then(|workspace| {
                    workspace
                        .workspace_dependencies
                        .iter()
                        .find(|shared| shared.name == dependency.name)
                });
            let mut behind = shared.map_or(&dependency.package, |shared| &shared.package);
            let own = all.iter().find(|(_, _, known)| known.name == *behind);
            let known = |name: &str| self.catalog.crates.knows_crate_of(&name.replace('-', "_"));
            // `diesel = { package = "our_diesel" }`: a fork is used like what it is a fork of.
            if own.is_none() && !known(behind) && known(&dependency.name) {
                behind = &dependency.name;
            }
            let renamed = own.and_then(|(_, _, package)| package.lib_name.clone());
            let code_name = renamed.unwrap_or_else(|| behind.clone()).replace('-', "_");
            let shared = shared.iter().flat_map(|shared| &shared.features);
            let stores = dependency.features.iter().chain(shared);
            let crates = &self.catalog.crates;
            let stores = stores.filter_map(|one| crates.store_of_feature(&code_name, one));
            let stores = stores.map(|store| (named.clone(), store.clone()));
            self.program.by_feature.extend(stores);
            let code_name = SmolStr::new(code_name);
            let path = dependency.path.as_ref();
            if let Some(path) = path.and_then(|path| join_inside(directory, path)) {
                paths.insert(code_name.clone(), path);
            }
            dependencies.insert(SmolStr::new(&dependency.name), code_name);
        }
        self.program.placed.insert(directory.to_owned(), paths);
        let own = package
            .lib_name
            .clone()
            .unwrap_or_else(|| package.name.clone())
            .replace('-', "_");
        dependencies.insert(SmolStr::new(&own), SmolStr::new(&own));
        let lib = package
            .lib_path
            .clone()
            .unwrap_or_else(|| "src/lib.rs".to_owned());
        self.target(directory, package, &own, &lib, false, &dependencies);
        for (name, path) in self.binaries(directory, package) {
            self.target(directory, package, &name, &path, true, &dependencies);
        }
    }

    /// Name and path of each program: the listed ones, and those cargo finds by itself.
    fn binaries(&self, directory: &str, package: &Package) -> Vec<(String, String)> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        let prefix = join(directory, "src/bin") + "/";
        for (_, source) in self
            .sources
            .iter()
            .filter(|(_, source)| source.kind == SourceKind::Rust)
        {
            let Some(rest) = source.path.strip_prefix(&prefix) else {
                continue;
            };
            let name = match rest.split_once('/') {
                Some((name, "main.rs")) => name,
                None => rest.trim_end_matches(".rs"),
                _ => continue,
            };
            found.insert(format!("src/bin/{rest}"), name.to_owned());
        }
        if self.sources.find(&join(directory, "src/main.rs")).is_some() {
            found.insert("src/main.rs".to_owned(), package.name.clone());
        }
        for (name, path) in &package.binaries {
            let path = path.clone().or_else(|| {
                found
                    .iter()
                    .find(|(_, known)| *known == name)
                    .map(|(path, _)| path.clone())
            });
            if let Some(path) = path {
                // `./src/main.rs` is the file that cargo finds by itself.
                let path = path.trim_start_matches("./").to_owned();
                found.insert(path, name.clone());
            }
        }
        found.into_iter().map(|(path, name)| (name, path)).collect()
    }

    fn target(
        &mut self,
        directory: &str,
        package: &Package,
        name: &str,
        path: &str,
        binary: bool,
        dependencies: &BTreeMap<SmolStr, SmolStr>,
    ) {
        let Some(source) = self.sources.find(&join(directory, path)) else {
            return;
        };
        let package = self.package_name(directory, package).to_owned();
        self.add_crate(
            directory,
            &package,
            name,
            source,
            binary,
            dependencies.clone(),
        );
    }

    /// What a package is called: where several workspaces of a tree have one of the name, each is the one of its directory.
    fn package_name<'p>(&self, directory: &'p str, package: &'p Package) -> &'p str {
        let several = self.named.get(package.name.as_str()) > Some(&1);
        match several && !directory.is_empty() {
            true => directory,
            false => &package.name,
        }
    }

    fn add_crate(
        &mut self,
        directory: &str,
        package: &str,
        name: &str,
        source: SourceId,
        binary: bool,
        dependencies: BTreeMap<SmolStr, SmolStr>,
    ) {
        let Some(items) = self.items(source) else {
            return;
        };
        let id = CrateId(self.program.crates.len());
        let root = ModuleId(self.program.modules.len());
        self.program.crates.push(CrateDef {
            name: SmolStr::new(name.replace('-', "_")),
            target: SmolStr::new(name),
            package: SmolStr::new(package),
            directory: directory.to_owned(),
            binary,
            root,
            lock: self.lock_of(directory),
            dependencies,
        });
        if !binary {
            let name = &self.program.crates[id.0].name;
            self.program
                .libraries
                .entry(name.clone())
                .or_default()
                .push(id);
        }
        self.loaded.insert(source);
        self.open = vec![source];
        let children = self.sources.get(source).directory().to_owned();
        self.module(id, None, false, items, source, &children);
    }

    /// The items of a Rust file.
    fn items(&self, file: SourceId) -> Option<&'f [Item]> {
        match &self.facts[file.0 as usize] {
            FileFacts::Rust(facts) => Some(&facts.get(file, self.sources.get(file)).items),
            _ => None,
        }
    }

    /// Rust files that no package covers: each is a program of its own, `main.rs` and `lib.rs` first.
    fn loose_files(&mut self) {
        let packages = self.packages();
        let covered = |path: &str| {
            packages.iter().any(|(directory, ..)| {
                directory.is_empty() || path.starts_with(&format!("{directory}/"))
            })
        };
        let mut loose: Vec<(bool, SourceId)> = self
            .sources
            .iter()
            .filter(|(_, source)| source.kind == SourceKind::Rust && !covered(&source.path))
            .filter(|(_, source)| {
                !source
                    .path
                    .split('/')
                    .any(|part| NOT_SHIPPED.contains(&part))
            })
            .map(|(id, source)| {
                (
                    !(source.path.ends_with("main.rs") || source.path.ends_with("lib.rs")),
                    id,
                )
            })
            .collect();
        loose.sort_unstable();
        for (_, id) in loose {
            if !self.loaded.contains(&id) {
                let source = self.sources.get(id);
                let (directory, path) = (source.directory().to_owned(), source.path.clone());
                let stem = path
                    .rsplit('/')
                    .next()
                    .unwrap_or(&path)
                    .trim_end_matches(".rs")
                    .to_owned();
                self.add_crate(&directory, &stem, &stem, id, true, BTreeMap::new());
            }
        }
    }

    fn module(
        &mut self,
        krate: CrateId,
        parent: Option<ModuleId>,
        in_body: bool,
        items: &'f [Item],
        source: SourceId,
        children: &str,
    ) -> ModuleId {
        let id = ModuleId(self.program.modules.len());
        self.program.modules.push(ModuleDef {
            krate,
            parent,
            in_body,
            names: HashMap::default(),
            globs: Vec::new(),
            macro_calls: Vec::new(),
        });
        for item in items.iter().filter(|item| !item.test_only) {
            self.item(id, item, source, children);
        }
        id
    }

    fn bind(&mut self, module: ModuleId, name: &SmolStr, def: Def) {
        self.program.modules[module.0]
            .names
            .entry(name.clone())
            .or_default()
            .push(def);
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of item")]
    fn item(&mut self, module: ModuleId, item: &'f Item, source: SourceId, children: &str) {
        match &item.kind {
            ItemKind::Use(imports) => {
                for import in imports {
                    if import.name == "*" {
                        self.program.modules[module.0]
                            .globs
                            .push(import.path.clone());
                    } else {
                        self.bind(module, &import.name, Def::Import(import.path.clone()));
                    }
                }
            }
            ItemKind::ExternCrate(name) => {
                self.bind(module, &item.name, Def::Import(vec![name.clone()]))
            }
            ItemKind::Module { path, items } => {
                self.child_module(
                    module,
                    item,
                    path.as_deref(),
                    items.as_deref(),
                    source,
                    children,
                );
            }
            ItemKind::Struct {
                generics,
                fields,
                settings,
            } => {
                let id = self.add_type(module, item, generics, TypeShape::Struct(fields));
                for setting in settings {
                    let key = (id, setting.field.clone());
                    self.program.settings.insert(key, setting);
                    if let (Some(variable), Some(default)) = (&setting.variable, &setting.default)
                        && default.contains("://")
                    {
                        let span = Span::new(source, item.range.start, item.range.end);
                        let default = Arc::from(default.as_str());
                        self.program.unset.push((variable.clone(), default, span));
                    }
                }
                self.add_models(id, module, item, generics);
            }
            ItemKind::Enum { generics, variants } => {
                self.add_type(module, item, generics, TypeShape::Enum(variants));
            }
            ItemKind::Alias { generics, target } => {
                self.add_type(module, item, generics, TypeShape::Alias(target));
            }
            ItemKind::Constant { ty, value } => {
                let id = ConstantId(self.program.constants.len());
                self.program.constants.push(ConstantDef {
                    module,
                    source,
                    ty,
                    value: value.as_deref(),
                    associated: None,
                });
                self.bind(module, &item.name, Def::Constant(id));
            }
            ItemKind::Function(function) => {
                let id = self.function(module, item, function, source, None);
                self.bind(module, &item.name, Def::Function(id));
            }
            ItemKind::Impl {
                generics,
                implements,
                self_type,
                items,
            } => {
                let owner = Owner {
                    generics,
                    self_type: Some(self_type),
                    implements: implements.as_ref(),
                    in_trait: None,
                    items,
                    attributes: &item.attributes,
                };
                if implements.is_some() {
                    self.program.impls.push(ImplDef { module, owner });
                }
                self.functions_of(module, items, source, owner);
            }
            ItemKind::Trait {
                generics,
                supertraits,
                items,
            } => {
                let id = self.add_type(
                    module,
                    item,
                    generics,
                    TypeShape::Trait {
                        above: supertraits,
                        items,
                    },
                );
                let owner = Owner {
                    generics,
                    self_type: None,
                    implements: None,
                    in_trait: Some(id),
                    items,
                    attributes: &item.attributes,
                };
                self.functions_of(module, items, source, owner);
            }
            ItemKind::MacroRules { arms, items } => {
                let krate = self.program.modules[module.0].krate;
                let known = self.program.macros.entry(item.name.clone()).or_default();
                known.push(MacroDef {
                    krate,
                    source,
                    arms,
                    items,
                });
            }
            ItemKind::MacroCall(call) => {
                let called = call.path.last();
                let open = self.within_macros == 0 && called != "include";
                if open && self.program.macro_named(module, called).is_none() {
                    let children = children.to_owned();
                    self.late.push((module, item, source, children));
                }
                self.note_macro_call(module, call);
                if call.path.last() == "include" {
                    self.included(module, call, source);
                }
                for item in self.written_by(module, call, item.range, source, false) {
                    self.item(module, item, source, children);
                }
                self.leave_macro();
            }
        }
    }

    fn note_macro_call(&mut self, module: ModuleId, call: &ItemCall) {
        let segments = call.path.segments.iter().map(|s| s.name.as_str());
        let name = SmolStr::new(segments.collect::<Vec<_>>().join("::"));
        self.program.modules[module.0].macro_calls.push(name);
    }

    /// `include!("generated.rs")`: the items of the file stand in the module.
    fn included(&mut self, module: ModuleId, call: &'f ItemCall, source: SourceId) {
        let tokens = call.tokens.as_deref().unwrap_or_default().trim();
        let Some(path) = tokens
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        else {
            return;
        };
        let directory = self.sources.get(source).directory();
        let Some(file) = self.sources.find(&join(directory, path)) else {
            return;
        };
        let krate = self.program.modules[module.0].krate;
        let times = self.times.entry((krate, file)).or_default();
        if *times >= MAX_TIMES || self.open.contains(&file) {
            return;
        }
        *times += 1;
        let Some(items) = self.items(file) else {
            return;
        };
        self.loaded.insert(file);
        self.open.push(file);
        let children = self.sources.get(file).directory().to_owned();
        for item in items.iter().filter(|item| !item.test_only) {
            self.item(module, item, file, &children);
        }
        self.open.pop();
    }

    /// The items that the call of a macro of the system writes. They are read until the macro is left.
    fn written_by(
        &mut self,
        module: ModuleId,
        call: &'f ItemCall,
        at: TextRange,
        source: SourceId,
        in_impl: bool,
    ) -> &'f [Item] {
        if self.within_macros == 0 {
            self.written = 0;
        }
        self.within_macros += 1;
        if self.within_macros > MAX_ITEM_MACROS {
            return &[];
        }
        let def = self.program.macro_named(module, call.path.last());
        match (def, &call.tokens) {
            (Some(def), Some(tokens)) if !def.items.is_empty() => call
                .items
                .get_or_init(|| expand(def.items, tokens, source, at, in_impl)),
            _ => &[],
        }
    }

    fn leave_macro(&mut self) {
        self.within_macros -= 1;
    }

    fn child_module(
        &mut self,
        module: ModuleId,
        item: &'f Item,
        path: Option<&str>,
        items: Option<&'f [Item]>,
        source: SourceId,
        children: &str,
    ) {
        let krate = self.program.modules[module.0].krate;
        if let Some(items) = items {
            let id = self.module(
                krate,
                Some(module),
                false,
                items,
                source,
                &join(children, &item.name),
            );
            return self.bind(module, &item.name, Def::Module(id));
        }
        let candidates = match path {
            Some(path) => vec![join(self.sources.get(source).directory(), path)],
            None => vec![
                join(children, &format!("{}.rs", item.name)),
                join(children, &format!("{}/mod.rs", item.name)),
            ],
        };
        let Some(file) = candidates.iter().find_map(|path| self.sources.find(path)) else {
            return;
        };
        // The compiler refuses a file within itself; one that stands in many places would multiply what it has.
        let depth =
            std::iter::successors(Some(module), |id| self.program.modules[id.0].parent).count();
        let times = self.times.entry((krate, file)).or_default();
        if depth > MAX_DEPTH || *times >= MAX_TIMES || self.open.contains(&file) {
            return;
        }
        *times += 1;
        let Some(items) = self.items(file) else {
            return;
        };
        self.loaded.insert(file);
        let found = self.sources.get(file);
        let below = match found.path.rsplit('/').next() {
            Some("mod.rs") => found.directory().to_owned(),
            _ if path.is_some() => found.directory().to_owned(),
            _ => join(children, &item.name),
        };
        self.open.push(file);
        let id = self.module(krate, Some(module), false, items, file, &below);
        self.open.pop();
        self.bind(module, &item.name, Def::Module(id));
    }

    /// The types that a derive writes beside a struct that is a row of a table.
    fn add_models(
        &mut self,
        row: TypeId,
        module: ModuleId,
        item: &'f Item,
        generics: &'f Generics,
    ) {
        for rules in &self.catalog.effects.statements {
            let Some((attribute, argument)) = &rules.models else {
                continue;
            };
            let mut named = item.attributes.iter();
            let is_model =
                named.any(|found| found.path.last() == attribute && found.arg(argument).is_some());
            for name in rules.model_types.iter().filter(|_| is_model) {
                let id = TypeId(self.program.types.len());
                self.program.rows.insert(id, row);
                let name = SmolStr::new(name);
                self.program.types.push(TypeDef {
                    name: name.clone(),
                    module,
                    generics,
                    shape: TypeShape::Struct(&[]),
                    first_field: self.program.fields,
                    attributes: &item.attributes,
                });
                self.bind(module, &name, Def::Type(id));
            }
        }
    }

    fn add_type(
        &mut self,
        module: ModuleId,
        item: &'f Item,
        generics: &'f Generics,
        shape: TypeShape<'f>,
    ) -> TypeId {
        let id = TypeId(self.program.types.len());
        let first_field = self.program.fields;
        if let TypeShape::Struct(fields) = &shape {
            self.program.fields += fields.len();
        }
        self.program.types.push(TypeDef {
            name: item.name.clone(),
            module,
            generics,
            shape,
            first_field,
            attributes: &item.attributes,
        });
        self.bind(module, &item.name, Def::Type(id));
        id
    }

    fn functions_of(
        &mut self,
        module: ModuleId,
        items: &'f [Item],
        source: SourceId,
        owner: Owner<'f>,
    ) {
        for item in items.iter().filter(|item| !item.test_only) {
            match &item.kind {
                ItemKind::Function(function) => {
                    self.function(module, item, function, source, Some(owner));
                }
                ItemKind::Constant { ty, value } => self.program.constants.push(ConstantDef {
                    module,
                    source,
                    ty,
                    value: value.as_deref(),
                    associated: Some((&item.name, owner)),
                }),
                ItemKind::MacroCall(call) => {
                    let written = self.written_by(module, call, item.range, source, true);
                    self.functions_of(module, written, source, owner);
                    self.leave_macro();
                }
                _ => {}
            }
        }
    }

    fn function(
        &mut self,
        module: ModuleId,
        item: &'f Item,
        function: &'f Function,
        source: SourceId,
        owner: Option<Owner<'f>>,
    ) -> FunctionId {
        let module = self.body_module(module, function.body.as_ref(), source);
        let id = FunctionId(self.program.functions.len());
        let span = Span::new(source, item.range.start, item.range.end);
        self.written += u32::from(self.within_macros > 0);
        self.program.functions.push(FunctionDef {
            name: item.name.clone(),
            module,
            source,
            span,
            part: if self.within_macros > 0 {
                self.written
            } else {
                0
            },
            function,
            attributes: &item.attributes,
            owner,
        });
        id
    }

    /// The module a body sees: its own items on top of its module's, where it has any.
    fn body_module(
        &mut self,
        module: ModuleId,
        body: Option<&'f Body>,
        source: SourceId,
    ) -> ModuleId {
        let mut items: Vec<&'f Item> = Vec::new();
        for (_, expr) in body.into_iter().flat_map(Body::iter) {
            if let ExprKind::Block(block) | ExprKind::Async(block) = &expr.kind {
                items.extend(
                    block
                        .statements
                        .iter()
                        .filter_map(|statement| match statement {
                            Statement::Item(item) if !item.test_only => Some(item.as_ref()),
                            _ => None,
                        }),
                );
            }
        }
        if items.is_empty() {
            return module;
        }
        let krate = self.program.modules[module.0].krate;
        let id = self.module(krate, Some(module), true, &[], source, "");
        for item in items {
            self.item(id, item, source, "");
        }
        id
    }
}
