//! Types as far as they can be known without a compiler. References are left out, and a future is
//! the type it resolves to.

use super::program::{ModuleId, TypeId, TypeShape};
use super::resolve::{Namespace, Resolved, Resolver};
use crate::catalog::Crates;
use crate::read::rust::ir::{Generics, Item, ItemKind, Path, Segment, TypeRef};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// How many aliases of aliases and type arguments within type arguments are followed.
const MAX_DEPTH: usize = 24;

/// A type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Type {
    #[default]
    Unknown,
    /// A type of this system, with its type arguments.
    Local(TypeId, Vec<Type>),
    /// A type of another crate, by its path.
    External(SmolStr, Vec<Type>),
    Tuple(Vec<Type>),
    List(Box<Type>),
    /// Something known only by what it implements.
    Traits(Vec<Type>),
    /// A type parameter without bounds that matter.
    Param(SmolStr),
}

impl Type {
    /// The type of string literals.
    pub(crate) fn text() -> Self {
        Self::External(SmolStr::new_static("str"), Vec::new())
    }

    /// Whether it is a text: a literal, or a string.
    pub(crate) fn is_text(&self) -> bool {
        match self {
            Self::External(path, _) => path == "str" || path.ends_with("::String"),
            _ => false,
        }
    }

    /// Whether a text is behind it: a string, a URL, or something known only by what it gives.
    pub(crate) fn may_be_text(&self) -> bool {
        match self {
            Self::External(path, _) => {
                matches!(
                    path.rsplit("::").next(),
                    Some("str" | "String" | "Url" | "Cow" | "Method")
                )
            }
            Self::Traits(_) => true,
            _ => false,
        }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Param(_))
    }

    /// The type with every parameter of that name replaced.
    pub(crate) fn substitute(&self, arguments: &[(SmolStr, Type)]) -> Self {
        let all = |types: &[Type]| types.iter().map(|ty| ty.substitute(arguments)).collect();
        match self {
            Self::Param(name) => arguments
                .iter()
                .find(|(known, _)| known == name)
                .map_or_else(|| self.clone(), |(_, ty)| ty.clone()),
            Self::Local(id, inner) => Self::Local(*id, all(inner)),
            Self::External(path, inner) => Self::External(path.clone(), all(inner)),
            Self::Tuple(inner) => Self::Tuple(all(inner)),
            Self::List(inner) => Self::List(Box::new(inner.substitute(arguments))),
            Self::Traits(_) | Self::Unknown => self.clone(),
        }
    }
}

impl Type {
    /// The crate of a type in it whose name begins so.
    pub(crate) fn crate_with_prefix<'t>(&'t self, prefix: &str) -> Option<&'t str> {
        let within = |types: &'t [Self]| types.iter().find_map(|ty| ty.crate_with_prefix(prefix));
        match self {
            Self::External(path, inner) => {
                let root = path.split("::").next().unwrap_or(path);
                match root.starts_with(prefix) {
                    true => Some(root),
                    false => within(inner),
                }
            }
            Self::Local(_, inner) | Self::Tuple(inner) | Self::Traits(inner) => within(inner),
            Self::List(inner) => inner.crate_with_prefix(prefix),
            Self::Unknown | Self::Param(_) => None,
        }
    }

    /// The type with everything of one crate as if it was of another.
    pub(crate) fn moved(self, from: &str, to: &str) -> Self {
        let all = |types: Vec<Self>| types.into_iter().map(|ty| ty.moved(from, to)).collect();
        match self {
            Self::External(path, inner) => {
                let rest = path.strip_prefix(from).and_then(|rest| {
                    rest.starts_with("::")
                        .then(|| SmolStr::from(format!("{to}{rest}")))
                });
                Self::External(rest.unwrap_or(path), all(inner))
            }
            Self::Tuple(inner) => Self::Tuple(all(inner)),
            Self::List(inner) => Self::List(Box::new(inner.moved(from, to))),
            other => other,
        }
    }
}

/// Where a type is written: the module, and the parameters that are in scope.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) module: ModuleId,
    pub(crate) generics: &'a [&'a Generics],
    pub(crate) self_type: Option<&'a Type>,
    /// The items of the `impl` around it: what `Self::Name` may mean.
    pub(crate) associated: &'a [Item],
}

impl Resolver<'_, '_> {
    /// The type that is written.
    pub(crate) fn type_of(&self, scope: Scope<'_>, ty: &TypeRef) -> Type {
        self.type_at(scope, ty, 0)
    }

    fn type_at(&self, scope: Scope<'_>, ty: &TypeRef, depth: usize) -> Type {
        if depth > MAX_DEPTH {
            return Type::Unknown;
        }
        match ty {
            TypeRef::Path(path) => self.path_type(scope, path, depth + 1),
            TypeRef::Tuple(items) => Type::Tuple(
                items
                    .iter()
                    .map(|ty| self.type_at(scope, ty, depth + 1))
                    .collect(),
            ),
            TypeRef::Slice(item) => Type::List(Box::new(self.type_at(scope, item, depth + 1))),
            TypeRef::Traits(traits) => self.traits(scope, traits, depth + 1),
            TypeRef::Other => Type::Unknown,
        }
    }

    /// Something known by the traits it must implement.
    pub(crate) fn bounds_of(&self, scope: Scope<'_>, bounds: &[Path]) -> Type {
        let scope = Scope {
            generics: &[],
            ..scope
        };
        self.traits(scope, bounds, 1)
    }

    /// `impl A + B`; a future or stream is what it gives.
    fn traits(&self, scope: Scope<'_>, traits: &[Path], depth: usize) -> Type {
        let output = traits
            .iter()
            .flat_map(|path| &path.segments)
            .find_map(|segment| {
                segment
                    .bindings()
                    .iter()
                    .find(|(name, _)| name == "Output")
                    .map(|(_, ty)| ty)
            });
        if let Some(output) = output {
            return self.type_at(scope, output, depth);
        }
        let known: Vec<_> = traits
            .iter()
            .map(|path| self.path_type(scope, path, depth))
            .filter(|ty| !ty.is_unknown())
            .collect();
        if known.is_empty() {
            Type::Unknown
        } else {
            Type::Traits(known)
        }
    }

    fn path_type(&self, scope: Scope<'_>, path: &Path, depth: usize) -> Type {
        if let Some(name) = path.as_name() {
            if name == "Self" {
                return scope.self_type.cloned().unwrap_or_default();
            }
            let bounds = scope
                .generics
                .iter()
                .flat_map(|g| &g.parameters)
                .find(|(known, _)| known == name);
            if let Some((_, bounds)) = bounds {
                let traits = self.traits(
                    Scope {
                        generics: &[],
                        ..scope
                    },
                    bounds,
                    depth,
                );
                return if traits.is_unknown() {
                    Type::Param(name.clone())
                } else {
                    traits
                };
            }
        }
        if let [own, name] = path.segments.as_slice()
            && own.name == "Self"
            && let Some(target) = associated_type(scope.associated, &name.name)
        {
            return self.type_at(scope, target, depth);
        }
        if let Some(ty) = self.projection(scope, path, depth) {
            return ty;
        }
        let arguments = || -> Vec<Type> {
            let written = path
                .segments
                .last()
                .map(|segment| segment.args())
                .unwrap_or_default();
            written
                .iter()
                .map(|ty| self.type_at(scope, ty, depth))
                .collect()
        };
        match self.resolve(scope.module, &path.segments, Namespace::Types) {
            Resolved::Type(id) => self.expand(id, arguments(), depth),
            Resolved::External(path) => {
                let arguments = arguments();
                let crates = &self.catalog.crates;
                let around = match arguments.first() {
                    Some(Type::External(carrier, _)) => crates.made_around(&path, carrier),
                    _ => None,
                };
                let name = path.rsplit("::").next().unwrap_or(&path);
                let path = match around {
                    Some(known) => Crates::called_after(known, name),
                    None => path,
                };
                // `KafkaResult<T>`: what crates call so is a result with an error of their own.
                let is_result = path.ends_with("Result") && !arguments.is_empty();
                let path = match is_result && crates.find_type(&path).is_none() {
                    true => SmolStr::new_static("std::result::Result"),
                    false => path,
                };
                Type::External(path, arguments)
            }
            _ => Type::Unknown,
        }
    }

    /// `P::Name` of a parameter, `<P as Trait>::Name`: what the trait says of it.
    fn projection(&self, scope: Scope<'_>, path: &Path, depth: usize) -> Option<Type> {
        let (name, before) = path.segments.split_last()?;
        if path.self_type.is_some() {
            return self.associated(scope.module, before, &name.name, depth);
        }
        let [own] = before else {
            return None;
        };
        let mut parameters = scope.generics.iter().flat_map(|known| &known.parameters);
        let (_, bounds) = parameters.find(|(known, _)| *known == own.name)?;
        let mut bounds = bounds.iter();
        bounds.find_map(|bound| self.associated(scope.module, &bound.segments, &name.name, depth))
    }

    /// The type that a trait, or one above it, associates with a name.
    fn associated(
        &self,
        module: ModuleId,
        named: &[Segment],
        name: &str,
        depth: usize,
    ) -> Option<Type> {
        let (mut pending, mut seen) = (vec![(module, named)], BTreeSet::new());
        while let Some((module, named)) = pending.pop() {
            let Resolved::Type(id) = self.resolve(module, named, Namespace::Types) else {
                continue;
            };
            let def = &self.program.types[id.0];
            let TypeShape::Trait { above, items } = def.shape else {
                continue;
            };
            if !seen.insert(id) {
                continue;
            }
            if let Some(target) = associated_type(items, name) {
                let scope = Scope {
                    module: def.module,
                    generics: &[],
                    self_type: None,
                    associated: items,
                };
                return Some(self.type_at(scope, target, depth + 1));
            }
            let above = above.iter();
            pending.extend(above.map(|path| (def.module, path.segments.as_slice())));
        }
        None
    }

    /// A type of this system, aliases replaced by what they stand for.
    fn expand(&self, id: TypeId, arguments: Vec<Type>, depth: usize) -> Type {
        let def = &self.program.types[id.0];
        if let Some(path) = self.generated(id) {
            return Type::External(path, arguments);
        }
        let TypeShape::Alias(target) = def.shape else {
            return Type::Local(id, arguments);
        };
        let generics = [def.generics];
        let unbound = Generics {
            parameters: def
                .generics
                .parameters
                .iter()
                .map(|(name, _)| (name.clone(), Vec::new()))
                .collect(),
        };
        let own = if def.generics.parameters.is_empty() {
            generics
        } else {
            [&unbound]
        };
        let scope = Scope {
            module: def.module,
            generics: &own,
            self_type: None,
            associated: &[],
        };
        let target = self.type_at(scope, target, depth + 1);
        target.substitute(&self.bind_parameters(id, &arguments))
    }

    /// The path by which the catalogue knows a generated type whose code stands in the tree.
    pub(crate) fn generated(&self, id: TypeId) -> Option<SmolStr> {
        let TypeShape::Struct([(_, TypeRef::Path(field))]) = self.program.types[id.0].shape else {
            return None;
        };
        let names = field.segments.iter().map(|part| part.name.as_str());
        let known = self.catalog.crates.generated_around(names)?;
        let name = self.program.types[id.0].name.as_str();
        Some(Crates::called_after(known, name))
    }

    /// The type parameters of a type with the arguments given for them.
    pub(crate) fn bind_parameters(&self, id: TypeId, arguments: &[Type]) -> Vec<(SmolStr, Type)> {
        let parameters = &self.program.types[id.0].generics.parameters;
        parameters
            .iter()
            .map(|(name, _)| name.clone())
            .zip(arguments.iter().cloned())
            .collect()
    }

    /// The type of a field, through the type arguments of the value.
    pub(crate) fn field_type(&self, id: TypeId, arguments: &[Type], field: &str) -> Option<Type> {
        let def = &self.program.types[id.0];
        let TypeShape::Struct(fields) = def.shape else {
            return None;
        };
        let (_, written) = fields.iter().find(|(name, _)| name == field)?;
        // A parameter of which the type itself is given is known better than by its bounds.
        let unbound = Generics {
            parameters: (def.generics.parameters.iter().enumerate())
                .map(|(index, (name, bounds))| {
                    let given = arguments.get(index).is_some_and(|ty| !ty.is_unknown());
                    let bounds = if given { &[][..] } else { bounds.as_slice() };
                    (name.clone(), bounds.to_vec())
                })
                .collect(),
        };
        let generics = match arguments.is_empty() {
            true => [def.generics],
            false => [&unbound],
        };
        let own = Type::Local(id, arguments.to_vec());
        let scope = Scope {
            module: def.module,
            generics: &generics,
            self_type: Some(&own),
            associated: &[],
        };
        Some(
            self.type_of(scope, written)
                .substitute(&self.bind_parameters(id, arguments)),
        )
    }

    /// The types of a variant's fields.
    pub(crate) fn variant_fields(&self, id: TypeId, variant: &str) -> Vec<(SmolStr, Type)> {
        let def = &self.program.types[id.0];
        let TypeShape::Enum(variants) = def.shape else {
            return Vec::new();
        };
        let generics = [def.generics];
        let scope = Scope {
            module: def.module,
            generics: &generics,
            self_type: None,
            associated: &[],
        };
        let fields = variants
            .iter()
            .find(|(name, _)| name == variant)
            .map(|(_, fields)| fields.as_slice());
        fields
            .unwrap_or_default()
            .iter()
            .map(|(name, ty)| (name.clone(), self.type_of(scope, ty)))
            .collect()
    }
}

/// The type that an `impl` gives to an associated name.
fn associated_type<'i>(items: &'i [Item], name: &str) -> Option<&'i TypeRef> {
    items.iter().find_map(|item| match &item.kind {
        ItemKind::Alias { target, .. } if item.name == name => Some(target),
        _ => None,
    })
}

/// What the one-letter names in a catalogue type stand for at a call.
#[derive(Clone, Copy)]
pub(crate) struct TypeVariables<'a> {
    /// `Self`; its type arguments are `T` and `U`, and `V` is what is in a `T`.
    pub(crate) receiver: &'a Type,
    /// `R`: what the closure gives; `I` is what is in that.
    pub(crate) closure: &'a Type,
    /// `A`: the first argument; `J` is what is in that.
    pub(crate) argument: &'a Type,
}

/// What is in a list or an option.
fn item(ty: &Type) -> &Type {
    match ty {
        Type::List(item) => item,
        Type::External(_, arguments) => arguments.first().unwrap_or(&Type::Unknown),
        _ => &Type::Unknown,
    }
}

/// A type as the catalogue writes it.
pub(crate) fn catalog_type(ty: &TypeRef, variables: TypeVariables<'_>) -> Type {
    let arguments: &[Type] = match variables.receiver {
        Type::External(_, arguments) => arguments,
        Type::List(item) => std::slice::from_ref(item),
        _ => &[],
    };
    let all = |types: &[TypeRef]| types.iter().map(|ty| catalog_type(ty, variables)).collect();
    match ty {
        TypeRef::Path(path) => {
            let variable = match path.as_name().map(SmolStr::as_str) {
                Some("Self") => Some(variables.receiver),
                Some("T") => Some(arguments.first().unwrap_or(&Type::Unknown)),
                Some("U") => Some(arguments.get(1).unwrap_or(&Type::Unknown)),
                Some("R") => Some(variables.closure),
                Some("A") => Some(variables.argument),
                Some("I") => Some(item(variables.closure)),
                Some("J") => Some(item(variables.argument)),
                Some("V") => Some(arguments.first().map_or(&Type::Unknown, item)),
                _ => None,
            };
            if let Some(variable) = variable {
                return variable.clone();
            }
            let segments: Vec<_> = path
                .segments
                .iter()
                .map(|segment| segment.name.as_str())
                .collect();
            let inner = path
                .segments
                .last()
                .map(|segment| segment.args())
                .unwrap_or_default();
            Type::External(SmolStr::new(segments.join("::")), all(inner))
        }
        TypeRef::Tuple(items) => Type::Tuple(all(items)),
        TypeRef::Slice(item) => Type::List(Box::new(catalog_type(item, variables))),
        TypeRef::Traits(_) | TypeRef::Other => Type::Unknown,
    }
}
