//! `macro_rules!` whose templates are items: their calls are put out as the compiler would, so that the functions
//! which a macro writes are known like any other. Everything that comes of a call stands where the call stands.

use super::ir::{Item, ItemArm, TextRange};
use super::{Lowering, nesting, places, tokens};
use crate::source::SourceId;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};

/// The most tokens that one call may become.
const MAX_TOKENS: usize = 20_000;

/// What the names of a pattern stand for.
type Bound = BTreeMap<String, Meaning>;

#[derive(Clone)]
enum Meaning {
    /// These tokens.
    Tokens(TokenStream),
    /// Something else in each turn of a repetition.
    Turns(Vec<Meaning>),
}

impl Lowering {
    /// The arms of a `macro_rules!` with functions in its templates; none where there are none.
    pub(super) fn item_arms(tokens: &TokenStream) -> Vec<ItemArm> {
        let groups = tokens.clone().into_iter().filter_map(|token| match token {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        });
        let groups: Vec<TokenStream> = groups.collect();
        let pairs = groups.chunks_exact(2);
        if !pairs.clone().any(|pair| has_function(&pair[1])) {
            return Vec::new();
        }
        let arm = |pair: &[TokenStream]| ItemArm {
            pattern: pair[0].to_string(),
            template: pair[1].to_string(),
        };
        pairs.map(arm).collect()
    }
}

/// Whether there is a function or module among some items, or in an `impl` among them, or the call of another macro.
fn has_function(tokens: &TokenStream) -> bool {
    let mut in_impl = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) if word == "fn" || word == "mod" => return true,
            // The call of another macro.
            TokenTree::Punct(sign) if sign.as_char() == '!' => return true,
            TokenTree::Ident(word) => {
                in_impl |= ["impl", "trait"].iter().any(|known| word == known);
            }
            TokenTree::Group(group) => {
                // `$(fn ..)*`.
                let looked_into = match group.delimiter() {
                    Delimiter::Brace => in_impl,
                    Delimiter::Parenthesis => true,
                    _ => false,
                };
                if looked_into && has_function(&group.stream()) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// The items that a call of a macro stands for, all of them at the place of the call.
pub(crate) fn expand(
    arms: &[ItemArm],
    tokens: &str,
    source: SourceId,
    at: TextRange,
    in_impl: bool,
) -> Vec<Item> {
    let Ok(tokens) = tokens.parse::<TokenStream>() else {
        return Vec::new();
    };
    let written = arms.iter().find_map(|arm| {
        let pattern: Vec<TokenTree> = arm
            .pattern
            .parse::<TokenStream>()
            .ok()?
            .into_iter()
            .collect();
        let mut bound = Bound::new();
        let matches = |input: ParseStream<'_>| matched(&pattern, input, &mut bound);
        matches.parse2(tokens.clone()).ok()?;
        let template = arm.template.parse::<TokenStream>().ok()?;
        let mut left = MAX_TOKENS;
        written(&template, &bound, &mut left)
    });
    let items = written.filter(may_be_parsed).map(|written| {
        places::stand_at(Some(at));
        let mut lowering = Lowering {
            source,
            problems: Vec::new(),
            within_macros: 0,
            spare: Vec::new(),
        };
        let items = match in_impl {
            true => members
                .parse2(written)
                .map(|items| lowering.members(&items)),
            false => syn::parse2::<syn::File>(written).map(|file| lowering.items(&file.items)),
        };
        places::stand_at(None);
        items.unwrap_or_default()
    });
    proc_macro2::extra::invalidate_current_thread_spans();
    items.unwrap_or_default()
}

/// Whether what a call becomes nests no deeper than a file may.
fn may_be_parsed(written: &TokenStream) -> bool {
    let text = written.to_string();
    nesting::too_deep(&text, &tokens::tokens(&text).all).is_none()
}

fn members(input: ParseStream<'_>) -> syn::Result<Vec<syn::ImplItem>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(input.parse()?);
    }
    Ok(items)
}

/// Takes what a pattern asks for from the input, and notes what its names stand for.
fn matched(pattern: &[TokenTree], input: ParseStream<'_>, bound: &mut Bound) -> syn::Result<()> {
    let mut rest = pattern;
    loop {
        rest = match rest {
            [] => return Ok(()),
            [
                TokenTree::Punct(sign),
                TokenTree::Ident(name),
                TokenTree::Punct(colon),
                TokenTree::Ident(kind),
                after @ ..,
            ] if sign.as_char() == '$' && colon.as_char() == ':' => {
                let tokens = fragment(&kind.to_string(), input)?;
                bound.insert(name.to_string(), Meaning::Tokens(tokens));
                after
            }
            [TokenTree::Punct(sign), TokenTree::Group(group), after @ ..]
                if sign.as_char() == '$' && group.delimiter() == Delimiter::Parenthesis =>
            {
                let (separator, once, after) = repetition(after);
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                repeated(&inner, separator, once, input, bound);
                after
            }
            [TokenTree::Group(group), after @ ..] => {
                let TokenTree::Group(given) = input.parse()? else {
                    return Err(input.error("no group"));
                };
                if given.delimiter() != group.delimiter() {
                    return Err(input.error("another group"));
                }
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let within = |input: ParseStream<'_>| matched(&inner, input, bound);
                within.parse2(given.stream())?;
                after
            }
            [token, after @ ..] => {
                let given: TokenTree = input.parse()?;
                if given.to_string() != token.to_string() {
                    return Err(input.error("another token"));
                }
                after
            }
        };
    }
}

/// What follows `$(..)`: the separator, whether it stands at most once, and what comes after it.
fn repetition(tokens: &[TokenTree]) -> (Option<&TokenTree>, bool, &[TokenTree]) {
    let sign = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '*' | '+' | '?'),
        _ => false,
    };
    let once =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '?');
    match tokens {
        [first, after @ ..] if sign(first) => (None, once(first), after),
        [separator, second, after @ ..] if sign(second) => (Some(separator), false, after),
        _ => (None, true, tokens),
    }
}

fn repeated(
    pattern: &[TokenTree],
    separator: Option<&TokenTree>,
    once: bool,
    input: ParseStream<'_>,
    bound: &mut Bound,
) {
    for name in names(pattern) {
        bound
            .entry(name)
            .or_insert_with(|| Meaning::Turns(Vec::new()));
    }
    let mut first = true;
    while !input.is_empty() {
        let ahead = input.fork();
        let mut turn = Bound::new();
        let separated = match separator.filter(|_| !first) {
            Some(separator) => {
                let given = ahead.parse::<TokenTree>();
                given.is_ok_and(|given| given.to_string() == separator.to_string())
            }
            None => true,
        };
        let begins = ahead.cursor();
        if !separated || matched(pattern, &ahead, &mut turn).is_err() || ahead.cursor() == begins {
            return;
        }
        syn::parse::discouraged::Speculative::advance_to(input, &ahead);
        for (name, meaning) in turn {
            if let Some(Meaning::Turns(turns)) = bound.get_mut(&name) {
                turns.push(meaning);
            }
        }
        first = false;
        if once {
            return;
        }
    }
}

/// The names of a pattern, those of its repetitions too.
fn names(pattern: &[TokenTree]) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = None;
    for token in pattern {
        match token {
            TokenTree::Ident(name) if before == Some('$') => found.push(name.to_string()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                found.extend(names(&inner));
            }
            _ => {}
        }
        before = match token {
            TokenTree::Punct(punct) => Some(punct.as_char()),
            _ => None,
        };
    }
    found
}

/// The tokens of one fragment of a kind (The Rust Reference, "Macros By Example", Metavariables).
fn fragment(kind: &str, input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let begin = input.cursor();
    match kind {
        "ident" => drop(input.call(Ident::parse_any)?),
        "ty" => drop(input.parse::<syn::Type>()?),
        "expr" | "expr_2021" => drop(input.parse::<syn::Expr>()?),
        "path" => drop(input.parse::<syn::Path>()?),
        "literal" => drop(input.parse::<syn::Lit>()?),
        "lifetime" => drop(input.parse::<syn::Lifetime>()?),
        "vis" => drop(input.parse::<syn::Visibility>()?),
        "block" => drop(input.parse::<syn::Block>()?),
        "item" => drop(input.parse::<syn::Item>()?),
        "stmt" => drop(input.parse::<syn::Stmt>()?),
        "meta" => drop(input.parse::<syn::Meta>()?),
        "pat" | "pat_param" => drop(syn::Pat::parse_multi(input)?),
        _ => drop(input.parse::<TokenTree>()?),
    }
    let (mut tokens, mut place) = (Vec::new(), begin);
    while place != input.cursor() {
        let Some((token, after)) = place.token_tree() else {
            break;
        };
        tokens.push(token);
        place = after;
    }
    Ok(tokens.into_iter().collect())
}

/// A template with what its names stand for; none where it would become too long.
fn written(template: &TokenStream, bound: &Bound, left: &mut usize) -> Option<TokenStream> {
    let template: Vec<TokenTree> = template.clone().into_iter().collect();
    let mut out: Vec<TokenTree> = Vec::new();
    let mut rest = template.as_slice();
    loop {
        *left = left.checked_sub(1)?;
        rest = match rest {
            [] => return Some(out.into_iter().collect()),
            [TokenTree::Punct(sign), TokenTree::Ident(name), after @ ..]
                if sign.as_char() == '$' =>
            {
                match bound.get(&name.to_string()) {
                    Some(Meaning::Tokens(tokens)) => {
                        let before = out.len();
                        out.extend(tokens.clone());
                        *left = left.checked_sub(out.len() - before)?;
                    }
                    Some(Meaning::Turns(_)) => return None,
                    None => out.push(TokenTree::Ident(name.clone())),
                }
                after
            }
            [TokenTree::Punct(sign), TokenTree::Group(group), after @ ..]
                if sign.as_char() == '$' && group.delimiter() == Delimiter::Parenthesis =>
            {
                let (separator, _, after) = repetition(after);
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let used = names(&inner);
                let turns = used.iter().filter_map(|name| match bound.get(name) {
                    Some(Meaning::Turns(turns)) => Some(turns.len()),
                    _ => None,
                });
                for turn in 0..turns.max().unwrap_or(0) {
                    let mut of_turn = bound.clone();
                    for name in &used {
                        let known = of_turn.get_mut(name);
                        if let Some(Meaning::Turns(turns)) = known {
                            let meaning = turns.get(turn).cloned();
                            of_turn.insert(name.clone(), meaning?);
                        }
                    }
                    if let Some(separator) = separator.filter(|_| turn > 0) {
                        out.push(separator.clone());
                    }
                    out.extend(written(&group.stream(), &of_turn, left)?);
                }
                after
            }
            [TokenTree::Group(group), after @ ..] => {
                let inner = written(&group.stream(), bound, left)?;
                out.push(TokenTree::Group(Group::new(group.delimiter(), inner)));
                after
            }
            [token, after @ ..] => {
                out.push(token.clone());
                after
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::rust::ir::ItemKind;

    fn written_by(rules: &str, call: &str) -> Vec<String> {
        let (file, problems) = crate::read::rust::read(SourceId(0), rules);
        assert!(problems.is_empty(), "{problems:?}");
        let ItemKind::MacroRules { items, .. } = &file.items[0].kind else {
            panic!("no macro");
        };
        let at = TextRange { start: 3, end: 7 };
        let written = expand(items, call, SourceId(0), at, false);
        assert!(
            written
                .iter()
                .all(|item| item.range.start == 3 && item.range.end == 7)
        );
        written.iter().map(|item| item.name.to_string()).collect()
    }

    #[test]
    fn the_arm_that_matches_is_put_out() {
        let rules = "macro_rules! m { (one $a:ident) => { fn $a() {} };
            ($($a:ident: $t:ty),+ $(,)?) => { $(fn $a(x: $t) {})+ }; }";
        assert_eq!(written_by(rules, "one a"), ["a"]);
        assert_eq!(written_by(rules, "a: u8, b: Vec<u8>,"), ["a", "b"]);
        assert_eq!(written_by(rules, "a + b"), Vec::<String>::new());
    }

    #[test]
    fn what_becomes_too_deep_is_not_put_out() {
        let rules = "macro_rules! m { ($x:expr) => { fn a() { ((((((((((((((((((($x))))))))))))))))))) } }; }";
        let call = |depth| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        let (fits, too_deep) = (call(400), call(490));
        // The parser recurses: workers have a stack for it.
        let worker = crate::analysis::workers(Some(1)).build().expect("a worker");
        worker.install(|| {
            assert_eq!(written_by(rules, &fits), ["a"]);
            assert_eq!(written_by(rules, &too_deep), Vec::<String>::new());
        });
    }
}
