//! Attributes with their arguments: `#[get("/x")]`, `#[path(post, path = "/x")]`,
//! `#[diesel(table_name = users)]`.

use super::ir::{Attribute, AttributeArg, AttributeValue, FieldSetting, Path};
use super::lower_type::path;
use proc_macro2::{TokenStream, TokenTree};
use smol_str::SmolStr;
use syn::punctuated::Punctuated;

/// How deep lists within lists are read.
const MAX_DEPTH: usize = 4;

/// The attributes that matter: no documentation, no `cfg`; what `cfg_attr` adds, it adds.
pub(super) fn lower(attributes: &[syn::Attribute]) -> Vec<Attribute> {
    let mut lowered = Vec::new();
    for attribute in attributes {
        meta(&attribute.meta, &mut lowered);
    }
    lowered
}

/// The argument of a field's attribute that names the variable it is read from, and those that say what it is without one:
/// `#[arg(long, env = "STOCK_URL", default_value = "http://localhost:8080")]`, `#[serde(default = "stock_url")]`.
const VARIABLE: &str = "env";
const DEFAULT_VALUES: [&str; 2] = ["default_value", "default_value_t"];
const DEFAULT: &str = "default";

/// Where the fields come from that settings are read into.
pub(super) fn settings(fields: &syn::Fields) -> Vec<FieldSetting> {
    let of_field = |field: &syn::Field| {
        let name = field.ident.as_ref()?.to_string();
        let lists = field.attrs.iter();
        let lists = lists.filter_map(|one| one.meta.require_list().ok());
        let (mut variable, mut default, mut default_function) = (None, None, None);
        for list in lists {
            // What serde names is a function, wherever others give a value.
            let names = list.path.is_ident("serde");
            for arg in arguments(list.tokens.clone(), 0) {
                match &arg.value {
                    AttributeValue::Text(text) if arg.name == VARIABLE => {
                        variable = Some(SmolStr::new(text));
                    }
                    AttributeValue::Flag if arg.name == VARIABLE => {
                        variable = Some(SmolStr::new(name.to_ascii_uppercase()));
                    }
                    AttributeValue::Text(text) if arg.name == DEFAULT && names => {
                        default_function = Some(SmolStr::new(text));
                    }
                    // Elsewhere, it may be anything: an expression, or nothing.
                    AttributeValue::Text(text) if arg.name == DEFAULT => {
                        let address = text.starts_with("http://") || text.starts_with("https://");
                        default = address.then(|| SmolStr::new(text)).or(default);
                    }
                    AttributeValue::Text(text) if DEFAULT_VALUES.contains(&arg.name.as_str()) => {
                        default = Some(SmolStr::new(text));
                    }
                    _ => {}
                }
            }
        }
        let known = variable.is_some() || default.is_some() || default_function.is_some();
        known.then(|| FieldSetting {
            field: SmolStr::new(name),
            variable,
            default,
            default_function,
        })
    };
    fields.iter().filter_map(of_field).collect()
}

fn meta(written: &syn::Meta, out: &mut Vec<Attribute>) {
    let name = written.path();
    if name.is_ident("doc") || name.is_ident("cfg") {
        return;
    }
    let syn::Meta::List(list) = written else {
        let value = match written {
            syn::Meta::NameValue(pair) => Some(AttributeArg {
                name: SmolStr::default(),
                value: literal(&pair.value),
            }),
            _ => None,
        };
        out.push(Attribute {
            path: path(name),
            args: value.into_iter().collect(),
        });
        return;
    };
    if name.is_ident("derive") {
        let derives =
            list.parse_args_with(Punctuated::<syn::Path, syn::Token![,]>::parse_terminated);
        out.extend(derives.iter().flatten().map(|derive| Attribute {
            path: path(derive),
            args: Vec::new(),
        }));
    } else if name.is_ident("cfg_attr") {
        let inner = list.parse_args_with(Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated);
        for written in inner.iter().flatten().skip(1) {
            if !written.path().is_ident("cfg_attr") {
                meta(written, out);
            }
        }
    } else {
        out.push(Attribute {
            path: path(name),
            args: arguments(list.tokens.clone(), 0),
        });
    }
}

fn literal(value: &syn::Expr) -> AttributeValue {
    match value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => AttributeValue::Text(text.value()),
        _ => AttributeValue::Other,
    }
}

/// What stands between the commas. Macros read their arguments as they like, so nothing here
/// fails.
fn arguments(tokens: TokenStream, depth: usize) -> Vec<AttributeArg> {
    let mut args = Vec::new();
    let mut piece = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                args.extend(argument(std::mem::take(&mut piece), depth));
            }
            _ => piece.push(token),
        }
    }
    args.extend(argument(piece, depth));
    args
}

fn argument(tokens: Vec<TokenTree>, depth: usize) -> Option<AttributeArg> {
    let equals = tokens
        .iter()
        .position(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '='));
    if let Some(at) = equals {
        let name = word(&tokens[..at])?;
        let value = tokens.into_iter().skip(at + 1).collect();
        return Some(AttributeArg {
            name,
            value: value_of(value),
        });
    }
    if let [TokenTree::Ident(name), TokenTree::Group(group)] = tokens.as_slice() {
        let inner = match depth < MAX_DEPTH {
            true => AttributeValue::List(arguments(group.stream(), depth + 1)),
            false => AttributeValue::Other,
        };
        return Some(AttributeArg {
            name: SmolStr::new(name.to_string()),
            value: inner,
        });
    }
    if let [TokenTree::Ident(name)] = tokens.as_slice() {
        return Some(AttributeArg {
            name: SmolStr::new(name.to_string()),
            value: AttributeValue::Flag,
        });
    }
    (!tokens.is_empty()).then(|| AttributeArg {
        name: SmolStr::default(),
        value: value_of(tokens.into_iter().collect()),
    })
}

/// The last name of `a::b`.
fn word(tokens: &[TokenTree]) -> Option<SmolStr> {
    match tokens.last()? {
        TokenTree::Ident(ident) => Some(SmolStr::new(ident.to_string())),
        _ => None,
    }
}

fn value_of(tokens: TokenStream) -> AttributeValue {
    if let Ok(text) = syn::parse2::<syn::LitStr>(tokens.clone()) {
        return AttributeValue::Text(text.value());
    }
    if let Ok(number) = syn::parse2::<syn::Lit>(tokens.clone())
        && let syn::Lit::Int(number) = number
        && let Ok(number) = number.base10_parse()
    {
        return AttributeValue::Whole(number);
    }
    match syn::parse2::<syn::Path>(tokens) {
        Ok(named) => AttributeValue::Path(path(&named)),
        Err(_) => AttributeValue::Other,
    }
}

impl AttributeValue {
    /// A whole number.
    #[must_use]
    pub fn as_whole(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// A text, or the path that names one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A path.
    #[must_use]
    pub fn as_path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }
}
