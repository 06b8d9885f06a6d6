//! Items: modules, uses, types, functions, implementations.

use super::ir::{Body, Function, Generics, Import, Item, ItemCall, ItemKind, Path, TypeRef};
use super::lower_expr::BodyLowering;
use super::lower_type::{bounds, name, path, pattern, return_type, sized, type_ref};
use super::parsed_text::marks_a_test;
use super::{Lowering, attributes, macros, range_of, range_of_node};
use proc_macro2::{Delimiter, Span as TokenSpan, TokenStream, TokenTree};
use smol_str::SmolStr;

/// How many macros within macros are looked into for items.
const MAX_ITEM_MACROS: usize = 4;

/// The most bytes that a macro may be given for what it writes to be looked at.
const MAX_CALL_TEXT: usize = 4_096;

impl Lowering {
    pub(super) fn items(&mut self, items: &[syn::Item]) -> Vec<Item> {
        let mut found = Vec::new();
        for item in items {
            found.extend(self.item(item));
            if let syn::Item::Macro(call) = item
                && call.ident.is_none()
            {
                let passed = self.passed_items(&call.mac.tokens);
                // What is passed on is there already.
                if let (false, Some(ItemKind::MacroCall(call))) = (
                    passed.is_empty(),
                    found.last_mut().map(|item| &mut item.kind),
                ) {
                    call.tokens = None;
                }
                found.extend(passed);
            }
        }
        found
    }

    /// The items that a macro is passed, and that it most often puts out again: with a derive more,
    /// or under a condition.
    fn passed_items(&mut self, tokens: &TokenStream) -> Vec<Item> {
        if self.within_macros >= MAX_ITEM_MACROS {
            return Vec::new();
        }
        let mut passed = macros::leading_items(tokens.clone());
        if passed.is_empty() {
            // `cfg_if! { if #[cfg(..)] { items } else { items } }`.
            let groups = tokens.clone().into_iter().filter_map(|token| match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
                _ => None,
            });
            passed.extend(groups.flat_map(|group| macros::leading_items(group.stream())));
        }
        self.within_macros += 1;
        let found = self.items(&passed);
        self.within_macros -= 1;
        found
    }

    pub(super) fn item(&mut self, item: &syn::Item) -> Option<Item> {
        Some(match item {
            syn::Item::Use(item) => {
                let public = !matches!(item.vis, syn::Visibility::Inherited);
                let imports = imports_of(item, public);
                entry(
                    &item.attrs,
                    None,
                    item.use_token.span,
                    ItemKind::Use(imports),
                )
            }
            syn::Item::ExternCrate(item) => {
                let alias = item.rename.as_ref().map_or(&item.ident, |(_, alias)| alias);
                entry(
                    &item.attrs,
                    Some(alias),
                    alias.span(),
                    ItemKind::ExternCrate(name(&item.ident)),
                )
            }
            syn::Item::Mod(item) => {
                let items = item.content.as_ref().map(|(_, items)| self.items(items));
                let kind = ItemKind::Module {
                    path: path_attribute(&item.attrs),
                    items,
                };
                entry(&item.attrs, Some(&item.ident), item.ident.span(), kind)
            }
            syn::Item::Struct(item) => {
                let kind = ItemKind::Struct {
                    generics: self.generics(&item.generics),
                    fields: fields(&item.fields),
                    settings: attributes::settings(&item.fields),
                };
                entry(&item.attrs, Some(&item.ident), item.ident.span(), kind)
            }
            syn::Item::Enum(item) => {
                let variants = item.variants.iter();
                let variants = sized(variants.map(|v| (name(&v.ident), fields(&v.fields))));
                let kind = ItemKind::Enum {
                    generics: self.generics(&item.generics),
                    variants,
                };
                entry(&item.attrs, Some(&item.ident), item.ident.span(), kind)
            }
            syn::Item::Type(item) => {
                let kind = ItemKind::Alias {
                    generics: self.generics(&item.generics),
                    target: type_ref(&item.ty),
                };
                entry(&item.attrs, Some(&item.ident), item.ident.span(), kind)
            }
            syn::Item::Const(item) => {
                self.constant(&item.attrs, &item.ident, &item.ty, Some(&item.expr))
            }
            syn::Item::Static(item) => {
                self.constant(&item.attrs, &item.ident, &item.ty, Some(&item.expr))
            }
            syn::Item::Fn(item) => self.function(&item.attrs, &item.sig, Some(&item.block)),
            syn::Item::Impl(item) => {
                let items = item
                    .items
                    .iter()
                    .filter_map(|item| self.impl_item(item))
                    .collect();
                let kind = ItemKind::Impl {
                    generics: self.generics(&item.generics),
                    implements: item
                        .trait_
                        .as_ref()
                        .map(|(implemented, _)| path(implemented)),
                    self_type: type_ref(&item.self_ty),
                    items,
                };
                entry(&item.attrs, None, item.brace_token.span.open(), kind)
            }
            syn::Item::Trait(item) => {
                let items = item
                    .items
                    .iter()
                    .filter_map(|item| self.trait_item(item))
                    .collect();
                let kind = ItemKind::Trait {
                    generics: self.generics(&item.generics),
                    supertraits: supertraits(item),
                    items,
                };
                entry(&item.attrs, Some(&item.ident), item.ident.span(), kind)
            }
            syn::Item::Macro(item) => self.macro_item(item),
            _ => return None,
        })
    }

    /// A `macro_rules!`, or a macro called where an item stands.
    fn macro_item(&mut self, item: &syn::ItemMacro) -> Item {
        let kind = match &item.ident {
            Some(_) => ItemKind::MacroRules {
                arms: self.macro_arms(&item.mac.tokens),
                items: Self::item_arms(&item.mac.tokens),
            },
            None => item_call(&item.mac),
        };
        let ident = item.ident.as_ref();
        let span = ident.map_or(item.mac.bang_token.span, syn::Ident::span);
        entry(&item.attrs, ident, span, kind)
    }

    /// What stands in an `impl`.
    pub(super) fn members(&mut self, items: &[syn::ImplItem]) -> Vec<Item> {
        items
            .iter()
            .filter_map(|item| self.impl_item(item))
            .collect()
    }

    fn impl_item(&mut self, item: &syn::ImplItem) -> Option<Item> {
        match item {
            syn::ImplItem::Fn(item) => {
                Some(self.function(&item.attrs, &item.sig, Some(&item.block)))
            }
            syn::ImplItem::Const(item) => {
                Some(self.constant(&item.attrs, &item.ident, &item.ty, Some(&item.expr)))
            }
            syn::ImplItem::Type(item) => {
                let kind = ItemKind::Alias {
                    generics: Generics::default(),
                    target: type_ref(&item.ty),
                };
                Some(entry(
                    &item.attrs,
                    Some(&item.ident),
                    item.ident.span(),
                    kind,
                ))
            }
            syn::ImplItem::Macro(item) => {
                let span = item.mac.bang_token.span;
                Some(entry(&item.attrs, None, span, item_call(&item.mac)))
            }
            _ => None,
        }
    }

    fn trait_item(&mut self, item: &syn::TraitItem) -> Option<Item> {
        match item {
            syn::TraitItem::Fn(item) => {
                Some(self.function(&item.attrs, &item.sig, item.default.as_ref()))
            }
            syn::TraitItem::Const(item) => {
                let value = item.default.as_ref().map(|(_, value)| value);
                Some(self.constant(&item.attrs, &item.ident, &item.ty, value))
            }
            // What it is where nothing says more: its default, or whatever its bounds demand.
            syn::TraitItem::Type(item) => {
                let default = item.default.as_ref().map(|(_, ty)| type_ref(ty));
                let demanded = || TypeRef::Traits(bounds(&item.bounds, 0));
                let kind = ItemKind::Alias {
                    generics: Generics::default(),
                    target: default.unwrap_or_else(demanded),
                };
                let ident = Some(&item.ident);
                Some(entry(&item.attrs, ident, item.ident.span(), kind))
            }
            _ => None,
        }
    }

    fn constant(
        &mut self,
        attributes: &[syn::Attribute],
        ident: &syn::Ident,
        ty: &syn::Type,
        value: Option<&syn::Expr>,
    ) -> Item {
        let value = value.map(|value| Box::new(self.body(|body| body.expr(value))));
        entry(
            attributes,
            Some(ident),
            ident.span(),
            ItemKind::Constant {
                ty: type_ref(ty),
                value,
            },
        )
    }

    fn function(
        &mut self,
        attributes: &[syn::Attribute],
        signature: &syn::Signature,
        block: Option<&syn::Block>,
    ) -> Item {
        let inputs = signature.inputs.len();
        let mut parameters: Vec<(super::ir::Pat, TypeRef)> = Vec::with_capacity(inputs);
        for input in &signature.inputs {
            if let syn::FnArg::Typed(typed) = input {
                parameters.push((pattern(&typed.pat), type_ref(&typed.ty)));
            }
        }
        let function = Function {
            generics: self.generics(&signature.generics),
            is_async: signature.asyncness.is_some(),
            has_self: signature.receiver().is_some(),
            parameters,
            returns: return_type(&signature.output),
            // What is there for tests by its name runs in no program: `client_for_test`.
            body: block
                .filter(|_| !is_for_tests(&signature.ident.to_string()))
                .map(|block| self.body(|body| body.block_expr(block))),
        };
        let kind = ItemKind::Function(Box::new(function));
        entry(
            attributes,
            Some(&signature.ident),
            signature.ident.span(),
            kind,
        )
    }

    pub(super) fn body(
        &mut self,
        lower: impl FnOnce(&mut BodyLowering<'_>) -> super::ir::ExprId,
    ) -> Body {
        let mut body = BodyLowering::new(self);
        let root = lower(&mut body);
        body.finish(root)
    }
}

/// What is kept of a macro that is called where an item stands.
fn item_call(call: &syn::Macro) -> ItemKind {
    let tokens = call.tokens.to_string();
    ItemKind::MacroCall(Box::new(ItemCall {
        path: path(&call.path),
        tokens: (tokens.len() <= MAX_CALL_TEXT).then_some(tokens),
        items: std::sync::OnceLock::new(),
    }))
}

fn entry(
    attributes: &[syn::Attribute],
    ident: Option<&syn::Ident>,
    span: TokenSpan,
    kind: ItemKind,
) -> Item {
    Item {
        name: ident.map_or_else(SmolStr::default, name),
        range: range_of(span),
        test_only: attributes.iter().any(is_test_only),
        attributes: attributes::lower(attributes),
        kind,
    }
}

fn path_attribute(attributes: &[syn::Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
}

/// `#[test]`, `#[tokio::test]`, `#[bench]`, and a `cfg` that cannot hold without `test`.
fn is_test_only(attribute: &syn::Attribute) -> bool {
    let last = attribute
        .path()
        .segments
        .last()
        .map(|segment| segment.ident.to_string())
        .unwrap_or_default();
    match last.as_str() {
        "cfg" => attribute
            .parse_args::<syn::Meta>()
            .is_ok_and(|predicate| holds(&predicate, 0) == Some(false)),
        name => marks_a_test(name),
    }
}

/// Whether a function is there for tests by its name: `new_for_test`, `client_for_testing_with_bucket`.
fn is_for_tests(name: &str) -> bool {
    let mut behind = name.split("for_test");
    let first = behind.next().unwrap_or("");
    let begins = first.is_empty() || first.ends_with('_');
    let ends = |rest: &str| {
        let rest = rest.trim_start_matches("ing").trim_start_matches('s');
        rest.is_empty() || rest.starts_with("_with")
    };
    begins && behind.next().is_some_and(ends)
}

/// Words of the names of features that are switched on for tests alone.
const TEST_FEATURES: [&str; 5] = ["mock", "mocks", "test", "testing", "tests"];

/// Whether a `cfg` predicate holds outside tests; `None` where it depends on something else.
fn holds(predicate: &syn::Meta, depth: usize) -> Option<bool> {
    if depth > 32 {
        return None;
    }
    let inner = |list: &syn::MetaList| -> Vec<Option<bool>> {
        list.parse_args_with(
            syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated,
        )
        .map(|list| list.iter().map(|meta| holds(meta, depth + 1)).collect())
        .unwrap_or_default()
    };
    match predicate {
        // What a release is built from does not have either.
        syn::Meta::Path(path) if path.is_ident("test") => Some(false),
        syn::Meta::Path(path) if path.is_ident("debug_assertions") => Some(false),
        syn::Meta::List(list) if list.path.is_ident("not") => {
            inner(list).first().copied().flatten().map(|v| !v)
        }
        syn::Meta::List(list) if list.path.is_ident("all") => {
            if inner(list).contains(&Some(false)) {
                Some(false)
            } else {
                None
            }
        }
        syn::Meta::List(list) if list.path.is_ident("any") => {
            let inner = inner(list);
            if !inner.is_empty() && inner.iter().all(|v| *v == Some(false)) {
                Some(false)
            } else {
                None
            }
        }
        // A feature by which tests of other crates get what they need.
        syn::Meta::NameValue(pair) if pair.path.is_ident("feature") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(name),
                ..
            }) => {
                let name = name.value();
                let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
                words
                    .any(|word| TEST_FEATURES.contains(&word))
                    .then_some(false)
            }
            _ => None,
        },
        _ => None,
    }
}

fn fields(fields: &syn::Fields) -> Vec<(SmolStr, TypeRef)> {
    let field = |(index, field): (usize, &syn::Field)| {
        let name = field
            .ident
            .as_ref()
            .map_or_else(|| SmolStr::new(index.to_string()), name);
        (name, type_ref(&field.ty))
    };
    sized(fields.iter().enumerate().map(field))
}

/// The names that a `use` brings into scope.
fn imports_of(item: &syn::ItemUse, public: bool) -> Vec<Import> {
    let mut imports = Vec::new();
    collect_imports(&item.tree, &mut Vec::new(), public, &mut imports);
    if item.leading_colon.is_some() {
        let firsts = imports.iter_mut();
        let firsts = firsts.filter_map(|import| import.path.first_mut());
        firsts.for_each(|first| *first = format!("::{first}").into());
    }
    imports
}

fn collect_imports(
    tree: &syn::UseTree,
    prefix: &mut Vec<SmolStr>,
    public: bool,
    out: &mut Vec<Import>,
) {
    match tree {
        syn::UseTree::Path(path) => {
            prefix.push(name(&path.ident));
            collect_imports(&path.tree, prefix, public, out);
            prefix.pop();
        }
        syn::UseTree::Name(leaf) => {
            let leaf = name(&leaf.ident);
            let mut path = prefix.clone();
            let alias = if leaf == "self" {
                path.last().cloned().unwrap_or_default()
            } else {
                path.push(leaf.clone());
                leaf
            };
            out.push(Import {
                path,
                name: alias,
                public,
            });
        }
        syn::UseTree::Rename(leaf) => {
            let mut path = prefix.clone();
            if leaf.ident != "self" {
                path.push(name(&leaf.ident));
            }
            out.push(Import {
                path,
                name: name(&leaf.rename),
                public,
            });
        }
        syn::UseTree::Glob(_) => {
            out.push(Import {
                path: prefix.clone(),
                name: SmolStr::new_static("*"),
                public,
            });
        }
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                collect_imports(tree, prefix, public, out);
            }
        }
    }
}

/// The bytes of a path's identifiers, generic arguments left out.
pub(super) fn path_range(path: &syn::Path) -> super::TextRange {
    match (path.segments.first(), path.segments.last()) {
        (Some(first), Some(last)) => super::TextRange {
            start: range_of(first.ident.span()).start,
            end: range_of(last.ident.span()).end,
        },
        _ => range_of_node(path),
    }
}

/// The traits that whatever has a trait has too: `trait A where Self: B` says what `trait A: B` says.
fn supertraits(item: &syn::ItemTrait) -> Vec<Path> {
    let predicates = item.generics.where_clause.iter();
    let of_self = predicates
        .flat_map(|clause| &clause.predicates)
        .filter_map(|predicate| match predicate {
            syn::WherePredicate::Type(bound) => match &bound.bounded_ty {
                syn::Type::Path(ty) if ty.path.is_ident("Self") => Some(&bound.bounds),
                _ => None,
            },
            _ => None,
        })
        .flatten();
    let bounds = item.supertraits.iter().chain(of_self);
    let bounds = bounds.filter_map(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => Some(path(&bound.path)),
        _ => None,
    });
    bounds.collect()
}

#[cfg(test)]
mod tests {
    use super::is_for_tests;

    #[test]
    fn functions_for_tests_say_so() {
        for name in [
            "for_test",
            "new_for_test",
            "client_for_tests",
            "client_for_testing_with_bucket",
        ] {
            assert!(is_for_tests(name), "{name}");
        }
        for name in [
            "test",
            "wait_for_testimony",
            "create_report_for_test_run",
            "perform_test",
            "uniform_testing",
        ] {
            assert!(!is_for_tests(name), "{name}");
        }
    }
}
