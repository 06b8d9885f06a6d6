//! Types, paths, generics and patterns.

use super::Lowering;
use super::ir::{ExprId, GenericArguments, Generics, Pat, Path, Segment, TypeRef};
use super::lower_expr::BodyLowering;
use smol_str::{SmolStr, ToSmolStr};
use syn::{GenericArgument, GenericParam, PathArguments, TypeParamBound};

/// How deep a type or pattern may nest before the rest is not looked into.
const MAX_TYPE_DEPTH: usize = 64;

impl Lowering {
    pub(super) fn generics(&self, generics: &syn::Generics) -> Generics {
        let mut parameters: Vec<(SmolStr, Vec<Path>)> = Vec::new();
        for parameter in &generics.params {
            if let GenericParam::Type(parameter) = parameter {
                parameters.push((name(&parameter.ident), bounds(&parameter.bounds, 0)));
            }
        }
        for predicate in generics
            .where_clause
            .iter()
            .flat_map(|clause| &clause.predicates)
        {
            if let syn::WherePredicate::Type(predicate) = predicate
                && let syn::Type::Path(path) = &predicate.bounded_ty
                && let Some(ident) = path.path.get_ident()
                && let Some((_, traits)) = parameters
                    .iter_mut()
                    .find(|(known, _)| ident == known.as_str())
            {
                traits.extend(bounds(&predicate.bounds, 0));
            }
        }
        Generics { parameters }
    }
}

pub(super) fn name(ident: &syn::Ident) -> SmolStr {
    let text = ident.to_smolstr();
    text.strip_prefix("r#")
        .map_or_else(|| text.clone(), SmolStr::new)
}

/// A list with room for what is in it: most have one item, and what grows begins with room for four.
pub(super) fn sized<T>(items: impl ExactSizeIterator<Item = T>) -> Vec<T> {
    let mut list = Vec::with_capacity(items.len());
    list.extend(items);
    list
}

pub(super) fn member(member: &syn::Member) -> SmolStr {
    match member {
        syn::Member::Named(ident) => name(ident),
        syn::Member::Unnamed(index) => SmolStr::new(index.index.to_string()),
    }
}

pub(super) fn return_type(output: &syn::ReturnType) -> TypeRef {
    match output {
        syn::ReturnType::Default => TypeRef::Tuple(Vec::new()),
        syn::ReturnType::Type(_, ty) => type_ref(ty),
    }
}

pub(super) fn type_ref(ty: &syn::Type) -> TypeRef {
    type_at(ty, 0)
}

fn type_at(ty: &syn::Type, depth: usize) -> TypeRef {
    if depth > MAX_TYPE_DEPTH {
        return TypeRef::Other;
    }
    let depth = depth + 1;
    match ty {
        syn::Type::Path(path) => {
            TypeRef::Path(path_with_self(path.qself.as_ref(), &path.path, depth))
        }
        syn::Type::Reference(reference) => type_at(&reference.elem, depth),
        syn::Type::Paren(inner) => type_at(&inner.elem, depth),
        syn::Type::Group(inner) => type_at(&inner.elem, depth),
        syn::Type::Ptr(pointer) => type_at(&pointer.elem, depth),
        syn::Type::Tuple(tuple) => {
            TypeRef::Tuple(sized(tuple.elems.iter().map(|ty| type_at(ty, depth))))
        }
        syn::Type::Slice(slice) => TypeRef::Slice(Box::new(type_at(&slice.elem, depth))),
        syn::Type::Array(array) => TypeRef::Slice(Box::new(type_at(&array.elem, depth))),
        syn::Type::ImplTrait(traits) => TypeRef::Traits(bounds(&traits.bounds, depth)),
        syn::Type::TraitObject(traits) => TypeRef::Traits(bounds(&traits.bounds, depth)),
        syn::Type::FnPtr(function) => {
            // `fn(A) -> B` is as good as `dyn Fn(A) -> B`.
            let inputs = function.inputs.iter();
            let inputs = sized(inputs.map(|input| type_at(&input.ty, depth)));
            let segment = Segment {
                name: SmolStr::new_static("Fn"),
                generic: Some(Box::new(called_with(inputs, &function.output, depth))),
            };
            TypeRef::Traits(vec![Path {
                self_type: None,
                global: false,
                segments: vec![segment],
            }])
        }
        _ => TypeRef::Other,
    }
}

pub(super) fn bounds<'a>(
    bounds: impl IntoIterator<Item = &'a TypeParamBound>,
    depth: usize,
) -> Vec<Path> {
    let path = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => Some(path_at(&bound.path, depth)),
        _ => None,
    };
    bounds.into_iter().filter_map(path).collect()
}

pub(super) fn path(path: &syn::Path) -> Path {
    path_at(path, 0)
}

pub(super) fn path_with_self(qself: Option<&syn::QSelf>, path: &syn::Path, depth: usize) -> Path {
    let mut lowered = path_at(path, depth);
    lowered.self_type = qself.map(|qself| Box::new(type_at(&qself.ty, depth + 1)));
    lowered
}

/// `(A, B) -> C` of what is called with it.
fn called_with(inputs: Vec<TypeRef>, output: &syn::ReturnType, depth: usize) -> GenericArguments {
    let output = match output {
        syn::ReturnType::Type(_, output) => Some(type_at(output, depth)),
        syn::ReturnType::Default => None,
    };
    let output = output.map(|output| (SmolStr::new_static("Output"), output));
    GenericArguments {
        args: vec![TypeRef::Tuple(inputs)],
        bindings: output.into_iter().collect(),
    }
}

fn path_at(path: &syn::Path, depth: usize) -> Path {
    let segment = |segment: &syn::PathSegment| {
        let mut given = GenericArguments::default();
        match &segment.arguments {
            PathArguments::None => {}
            PathArguments::AngleBracketed(arguments) => {
                given.args.reserve_exact(arguments.args.len());
                for argument in &arguments.args {
                    match argument {
                        GenericArgument::Type(ty) => given.args.push(type_at(ty, depth + 1)),
                        GenericArgument::AssocType(bound) => {
                            let ty = type_at(&bound.ty, depth + 1);
                            given.bindings.push((name(&bound.ident), ty));
                        }
                        _ => {}
                    }
                }
            }
            PathArguments::Parenthesized(arguments) => {
                let inputs = arguments.inputs.iter();
                let inputs = sized(inputs.map(|input| type_at(&input.ty, depth + 1)));
                given = called_with(inputs, &arguments.output, depth + 1);
            }
        }
        let is_given = !given.args.is_empty() || !given.bindings.is_empty();
        Segment {
            name: name(&segment.ident),
            generic: is_given.then(|| Box::new(given)),
        }
    };
    Path {
        self_type: None,
        global: path.leading_colon.is_some(),
        segments: sized(path.segments.iter().map(segment)),
    }
}

/// Types given with `::<..>`.
pub(super) fn turbofish(arguments: Option<&syn::AngleBracketedGenericArguments>) -> Vec<TypeRef> {
    let ty = |argument: &GenericArgument| match argument {
        GenericArgument::Type(ty) => Some(type_ref(ty)),
        _ => None,
    };
    arguments
        .into_iter()
        .flat_map(|arguments| &arguments.args)
        .filter_map(ty)
        .collect()
}

/// A pattern without its guard.
pub(super) fn pattern(pat: &syn::Pat) -> Pat {
    pattern_at(pat, 0)
}

fn pattern_at(pat: &syn::Pat, depth: usize) -> Pat {
    if depth > MAX_TYPE_DEPTH {
        return Pat::Other;
    }
    let depth = depth + 1;
    let all = |pats: &syn::punctuated::Punctuated<syn::Pat, syn::Token![,]>| {
        sized(pats.iter().map(|pat| pattern_at(pat, depth)))
    };
    match pat {
        syn::Pat::Ident(ident) => {
            let inner = ident
                .subpat
                .as_ref()
                .map(|(_, pat)| Box::new(pattern_at(pat, depth)));
            Pat::Bind(name(&ident.ident), inner, ident.mutability.is_some())
        }
        syn::Pat::Tuple(tuple) => Pat::Tuple(all(&tuple.elems)),
        syn::Pat::Slice(slice) => Pat::Tuple(all(&slice.elems)),
        syn::Pat::TupleStruct(tuple) => Pat::TupleStruct(
            path_with_self(tuple.qself.as_ref(), &tuple.path, 0),
            all(&tuple.elems),
        ),
        syn::Pat::Struct(fields) => {
            let field =
                |field: &syn::FieldPat| (member(&field.member), pattern_at(&field.pat, depth));
            let path = path_with_self(fields.qself.as_ref(), &fields.path, 0);
            Pat::Struct(path, sized(fields.fields.iter().map(field)))
        }
        syn::Pat::Or(or) => Pat::Or(sized(or.cases.iter().map(|pat| pattern_at(pat, depth)))),
        syn::Pat::Type(typed) => {
            Pat::Typed(Box::new(pattern_at(&typed.pat, depth)), type_ref(&typed.ty))
        }
        syn::Pat::Reference(reference) => pattern_at(&reference.pat, depth),
        syn::Pat::Paren(paren) => pattern_at(&paren.pat, depth),
        syn::Pat::Guard(guarded) => pattern_at(&guarded.pat, depth),
        // `Stage::Pending` is `Stage::Pending {}`.
        syn::Pat::Path(named) if named.path.segments.len() > 1 => {
            let path = path_with_self(named.qself.as_ref(), &named.path, 0);
            Pat::Struct(path, Vec::new())
        }
        syn::Pat::Lit(found) => match &found.lit {
            syn::Lit::Int(number) => number.base10_parse().map_or(Pat::Literal, Pat::Int),
            _ => Pat::Literal,
        },
        syn::Pat::Range(_) => Pat::Literal,
        _ => Pat::Other,
    }
}

impl BodyLowering<'_> {
    /// The pattern of a `match` arm and its guard.
    pub(super) fn arm_pattern(&mut self, pat: &syn::Pat) -> (Pat, Option<ExprId>) {
        match pat {
            syn::Pat::Guard(guarded) => (pattern(&guarded.pat), Some(self.expr(&guarded.guard))),
            _ => (pattern(pat), None),
        }
    }
}
