//! Macro calls: their arguments read as expressions where they are expressions.

use super::ir::{Block, Expr, ExprId, ExprKind, Pat, TextRange, TypeRef};
use super::lower_expr::BodyLowering;
use super::lower_item::path_range;
use super::lower_type::{path, pattern, type_ref};
use super::range_of;
use proc_macro2::{TokenStream, TokenTree};
use smol_str::SmolStr;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;

impl BodyLowering<'_> {
    pub(super) fn macro_call(&mut self, call: &syn::Macro) -> ExprId {
        let delimiter = match &call.delimiter {
            syn::MacroDelimiter::Paren(token) => token.span,
            syn::MacroDelimiter::Brace(token) => token.span,
            syn::MacroDelimiter::Bracket(token) => token.span,
        };
        let range = TextRange {
            start: path_range(&call.path).start,
            end: range_of(delimiter.close()).end,
        };
        let mut types = Vec::new();
        let args = if let Ok(arguments) = Arguments::parse.parse2(call.tokens.clone()) {
            arguments
                .0
                .iter()
                .map(|argument| self.argument(argument, &mut types))
                .collect()
        } else if matches(&call.path)
            && let Ok(guarded) = guarded_match.parse2(call.tokens.clone())
        {
            guarded.iter().map(|expr| self.expr(expr)).collect()
        } else if let Ok(branches) = SelectBranches::parse.parse2(call.tokens.clone()) {
            branches
                .0
                .iter()
                .flat_map(|branch| self.select_branch(branch))
                .collect()
        } else if let Ok(statements) = syn::Block::parse_within.parse2(call.tokens.clone()) {
            let block = self.statements(&statements);
            vec![self.push(range, ExprKind::Block(block))]
        } else {
            self.loose_expressions(call.tokens.clone())
        };
        self.push(
            range,
            ExprKind::Macro {
                path: path(&call.path),
                types,
                args,
            },
        )
    }

    fn argument(&mut self, argument: &Argument, types: &mut Vec<TypeRef>) -> ExprId {
        match argument {
            Argument::Expr(expr) => {
                if let syn::Expr::Path(value) = expr {
                    // `query_as!(User, ..)`: a type reads like a constant here.
                    types.push(TypeRef::Path(path(&value.path)));
                }
                self.expr(expr)
            }
            Argument::Named(name, expr) => {
                let value = self.expr(expr);
                let (name, range) = (SmolStr::new(name.to_string()), self.range(value));
                self.push(range, ExprKind::Named { name, value })
            }
            Argument::Type(ty) => {
                types.push(type_ref(ty));
                let kind = ExprKind::Opaque;
                self.push(TextRange::default(), kind)
            }
        }
    }

    /// `pattern = future, if condition => handler`: the future, then what runs after it.
    fn select_branch(&mut self, branch: &SelectBranch) -> Vec<ExprId> {
        let mut parts = Vec::new();
        let future = branch.future.as_ref().map(|future| {
            let id = self.expr(future);
            let range = self.range(id);
            self.push(range, ExprKind::Await(id))
        });
        let handler = self.expr(&branch.handler);
        match (future, branch.pat.as_ref()) {
            (Some(value), Some(pat)) => {
                let guard = branch.guard.as_ref().map(|guard| self.expr(guard));
                let range = TextRange {
                    start: self.range(value).start,
                    end: self.range(handler).end,
                };
                parts.push(self.push(
                    range,
                    ExprKind::Match {
                        value,
                        arms: vec![(pat.clone(), guard, handler)],
                    },
                ));
            }
            (future, _) => {
                parts.extend(future);
                parts.push(handler);
            }
        }
        parts
    }

    /// The last resort: every maximal run of tokens between commas, semicolons and arrows that
    /// parses as an expression, groups within groups included.
    fn loose_expressions(&mut self, tokens: TokenStream) -> Vec<ExprId> {
        let mut found = Vec::new();
        let mut pending = vec![tokens];
        while let Some(tokens) = pending.pop() {
            for run in runs(tokens) {
                if run.is_empty() {
                    continue;
                }
                match syn::parse2::<syn::Expr>(run.clone()) {
                    Ok(expr) => found.push(self.expr(&expr)),
                    Err(_) => pending.extend(run.into_iter().filter_map(|token| match token {
                        TokenTree::Group(group) => Some(group.stream()),
                        _ => None,
                    })),
                }
            }
        }
        found
    }
}

fn runs(tokens: TokenStream) -> Vec<TokenStream> {
    let mut runs = vec![Vec::new()];
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_colon =
            |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
        // The two colons of a path stay together.
        if is_colon(&token) && tokens.peek().is_some_and(is_colon) {
            let second = tokens.next();
            if let Some(run) = runs.last_mut() {
                run.push(token);
                run.extend(second);
            }
            continue;
        }
        let separates = matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';' | '=' | '>' | ':'));
        if separates {
            runs.push(Vec::new());
        } else if let Some(run) = runs.last_mut() {
            run.push(token);
        }
    }
    runs.into_iter()
        .map(|run| run.into_iter().collect())
        .collect()
}

/// Tokens in which `static ref NAME` reads `static NAME`: a static that is made when it is first used. Whether there was one.
fn without_ref(tokens: TokenStream) -> (TokenStream, bool) {
    let is =
        |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(name) if name == word);
    let mut after_static = false;
    let mut found = false;
    let kept = tokens.into_iter().filter(|token| {
        let is_ref = after_static && is(token, "ref");
        found |= is_ref;
        after_static = is(token, "static");
        !is_ref
    });
    let kept: TokenStream = kept.collect();
    (kept, found)
}

/// The items that the tokens begin with: whole ones, of which at least one is a type or code. A static that is made when
/// it is first used is code.
pub(super) fn leading_items(tokens: TokenStream) -> Vec<syn::Item> {
    let parser = |input: ParseStream<'_>| {
        let mut items = Vec::new();
        while !input.is_empty() {
            let ahead = input.fork();
            match ahead.parse::<syn::Item>() {
                Ok(syn::Item::Verbatim(_)) | Err(_) => break,
                Ok(item) => items.push(item),
            }
            input.advance_to(&ahead);
        }
        input.parse::<TokenStream>()?;
        Ok(items)
    };
    let (tokens, initialised_later) = without_ref(tokens);
    let items = parser.parse2(tokens).unwrap_or_default();
    let tells = |item: &syn::Item| {
        initialised_later
            || !matches!(
                item,
                syn::Item::Macro(_) | syn::Item::Const(_) | syn::Item::Static(_)
            )
    };
    match items.iter().any(tells) {
        true => items,
        false => Vec::new(),
    }
}

/// `a, name = b, %c, ?d, Type<T>`: the arguments of nearly every macro.
struct Arguments(Vec<Argument>);

enum Argument {
    Expr(syn::Expr),
    /// `name = value`, as `format!` has it.
    Named(syn::Ident, syn::Expr),
    Type(syn::Type),
}

impl Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let arguments =
            Punctuated::<Argument, syn::Token![,]>::parse_terminated_with(input, Argument::parse)?;
        Ok(Self(arguments.into_iter().collect()))
    }
}

impl Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        // tracing: `field = %value`, `target: "x"`, `?value`.
        let ahead = input.fork();
        let named = ahead.parse::<syn::Path>().is_ok()
            && ((ahead.peek(syn::Token![=])
                && !ahead.peek(syn::Token![==])
                && !ahead.peek(syn::Token![=>]))
                || (ahead.peek(syn::Token![:]) && !ahead.peek(syn::Token![::])));
        let mut name = None;
        if named {
            let path = input.parse::<syn::Path>()?;
            if input.parse::<Option<syn::Token![=]>>()?.is_some() {
                name = path.get_ident().cloned();
            } else {
                input.parse::<syn::Token![:]>()?;
            }
        }
        if input.peek(syn::Token![%]) {
            input.parse::<syn::Token![%]>()?;
        } else if input.peek(syn::Token![?]) {
            input.parse::<syn::Token![?]>()?;
        }
        let ahead = input.fork();
        match ahead.parse::<syn::Expr>() {
            Ok(expr) if ahead.is_empty() || ahead.peek(syn::Token![,]) => {
                input.advance_to(&ahead);
                Ok(match name {
                    Some(name) => Self::Named(name, expr),
                    None => Self::Expr(expr),
                })
            }
            _ => {
                let ahead = input.fork();
                let ty = ahead.parse::<syn::Type>()?;
                if ahead.is_empty() || ahead.peek(syn::Token![,]) {
                    input.advance_to(&ahead);
                    Ok(Self::Type(ty))
                } else {
                    Err(input.error("neither an expression nor a type"))
                }
            }
        }
    }
}

/// Whether a macro is `matches!`, `assert_matches!` or the like.
fn matches(path: &syn::Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| last.ident.to_string().ends_with("matches"))
}

/// `value, pattern if guard`, as of `matches!`: the value and the guard.
fn guarded_match(input: ParseStream<'_>) -> syn::Result<[syn::Expr; 2]> {
    let value = input.parse()?;
    input.parse::<syn::Token![,]>()?;
    syn::Pat::parse_multi_with_leading_vert(input)?;
    input.parse::<syn::Token![if]>()?;
    let guard = input.parse()?;
    input.parse::<Option<syn::Token![,]>>()?;
    match input.is_empty() {
        true => Ok([value, guard]),
        false => Err(input.error("more than a pattern")),
    }
}

/// `tokio::select!` and `futures::select!`.
struct SelectBranches(Vec<SelectBranch>);

struct SelectBranch {
    pat: Option<Pat>,
    future: Option<syn::Expr>,
    guard: Option<syn::Expr>,
    handler: syn::Expr,
}

impl SelectBranches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Ident) && input.peek2(syn::Token![;]) {
            input.parse::<syn::Ident>()?;
            input.parse::<syn::Token![;]>()?;
        }
        let mut branches = Vec::new();
        while !input.is_empty() {
            branches.push(SelectBranch::parse(input)?);
            input.parse::<Option<syn::Token![,]>>()?;
        }
        Ok(Self(branches))
    }
}

impl SelectBranch {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let alone = (input.peek(syn::Token![else]) || input.peek(syn::Ident))
            && input.peek2(syn::Token![=>]);
        let (mut pat, mut future, mut guard) = (None, None, None);
        if alone {
            input.parse::<TokenTree>()?;
        } else {
            pat = Some(pattern(&syn::Pat::parse_multi_with_leading_vert(input)?));
            input.parse::<syn::Token![=]>()?;
            future = Some(input.parse()?);
            if input.parse::<Option<syn::Token![,]>>()?.is_some() {
                input.parse::<syn::Token![if]>()?;
                guard = Some(input.parse()?);
            }
        }
        input.parse::<syn::Token![=>]>()?;
        Ok(Self {
            pat,
            future,
            guard,
            handler: input.parse()?,
        })
    }
}

impl BodyLowering<'_> {
    /// A block from loose statements.
    fn statements(&mut self, statements: &[syn::Stmt]) -> Block {
        self.block_of(statements)
    }

    fn range(&self, id: ExprId) -> TextRange {
        let expr: &Expr = self.get(id);
        expr.range
    }
}
