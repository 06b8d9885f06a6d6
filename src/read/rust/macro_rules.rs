//! `macro_rules!` of the system: each arm's template read as code, so that what a macro does is seen
//! where it is called. A best effort: fragments are variables, a repetition stands once, and a
//! template of items is left out.

use super::Lowering;
use super::ir::{ExprKind, MacroArm, TextRange};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use smol_str::SmolStr;
use syn::parse::Parser;

impl Lowering {
    /// The arms of a `macro_rules!`, from what stands between its braces.
    pub(super) fn macro_arms(&mut self, tokens: &TokenStream) -> Vec<MacroArm> {
        let mut arms = Vec::new();
        let groups = tokens.clone().into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        });
        let groups: Vec<TokenStream> = groups.collect();
        for pair in groups.chunks_exact(2) {
            let [pattern, template] = pair else { continue };
            let Ok(statements) = syn::Block::parse_within.parse2(as_code(template)) else {
                continue;
            };
            arms.push(MacroArm {
                fragments: fragments(pattern),
                template: self.body(|body| {
                    let block = body.block_of(&statements);
                    body.push(TextRange::default(), ExprKind::Block(block))
                }),
            });
        }
        arms
    }
}

/// The names of `$name:kind`, in order.
fn fragments(pattern: &TokenStream) -> Vec<SmolStr> {
    let mut names = Vec::new();
    let mut pending = vec![pattern.clone().into_iter().peekable()];
    while let Some(level) = pending.last_mut() {
        match level.next() {
            None => {
                pending.pop();
            }
            Some(TokenTree::Group(group)) => pending.push(group.stream().into_iter().peekable()),
            Some(TokenTree::Punct(punct)) if punct.as_char() == '$' => {
                if let Some(TokenTree::Ident(name)) = level.peek() {
                    names.push(SmolStr::new(usable(name).to_string()));
                }
            }
            Some(_) => {}
        }
    }
    names
}

/// A template as code: `$name` without its sign, `$crate` as `crate`, `$(..),*` as what is in it.
fn as_code(template: &TokenStream) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    let mut tokens = template.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.peek() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    out.extend(as_code(&group.stream()));
                    tokens.next();
                    skip_repetition(&mut tokens, &mut out);
                }
                Some(TokenTree::Ident(name)) => {
                    out.push(TokenTree::Ident(usable(name)));
                    tokens.next();
                }
                _ => {}
            },
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), as_code(&group.stream()));
                inner.set_span(group.span());
                out.push(TokenTree::Group(inner));
            }
            other => out.push(other),
        }
    }
    out.into_iter().collect()
}

/// The name of a fragment, as code may use it: `$type` is no keyword, and `$self` what the macro is given.
fn usable(name: &Ident) -> Ident {
    let text = name.to_string();
    match text == "crate" || syn::parse_str::<Ident>(&text).is_ok() {
        true => name.clone(),
        false => Ident::new(&format!("{text}_"), name.span()),
    }
}

/// What follows `$(..)`: a separator, of which the one after the only repetition stays where it
/// ends a statement, and the sign.
fn skip_repetition(
    tokens: &mut std::iter::Peekable<proc_macro2::token_stream::IntoIter>,
    out: &mut Vec<TokenTree>,
) {
    let sign = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), '*' | '+' | '?'));
    for _ in 0..3 {
        match tokens.next() {
            Some(token) if sign(&token) => return,
            Some(TokenTree::Punct(punct)) if punct.as_char() == ';' => {
                out.push(TokenTree::Punct(punct));
            }
            Some(_) => {}
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_reads_as_code() {
        let template: TokenStream = "$crate::send($client, $($part),*).await; $(let $x = $y;)+ z"
            .parse()
            .expect("tokens");
        assert_eq!(
            as_code(&template).to_string(),
            "crate :: send (client , part) . await ; let x = y ; z"
        );
        let pattern: TokenStream = "$client:expr, $($part:ident),* $(,)?"
            .parse()
            .expect("tokens");
        assert_eq!(fragments(&pattern), ["client", "part"]);
    }

    #[test]
    fn a_template_that_is_no_code_costs_that_arm_only() {
        let (file, problems) = crate::read::rust::read(
            crate::source::SourceId(0),
            "macro_rules! m { ($a:expr) => { $a + 1 }; ($($n:ident: $t:ty),*) => { struct S { $($n: $t),* } impl }; }",
        );
        assert!(problems.is_empty(), "{problems:?}");
        let super::super::ir::ItemKind::MacroRules { arms, .. } = &file.items[0].kind else {
            panic!("no macro: {file:?}");
        };
        assert_eq!(arms.len(), 1);
        assert_eq!(arms[0].fragments, ["a"]);
    }
}
