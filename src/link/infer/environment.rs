//! Functions that read a variable of the environment, with what counts where it is not set:
//! `setting("STOCK_URL", "http://localhost:8080")`.

use super::value::Value;
use super::{BodyReader, named};
use crate::catalog::{Catalog, listed, split_words};
use crate::link::program::{FunctionId, Program};
use crate::read::rust::ir::{Body, ExprId, ExprKind};
use crate::source::Span;
use foldhash::HashMap;
use smol_str::SmolStr;
use std::sync::Arc;

/// The functions that do: which parameter names the variable, and which one is what counts without it.
pub(super) fn readers(
    program: &Program<'_>,
    catalog: &Catalog,
) -> HashMap<FunctionId, (usize, usize)> {
    let known = &catalog.words.environment;
    let functions = program.functions.iter().enumerate();
    let found = functions.filter_map(|(index, def)| {
        let body = def.function.body.as_ref()?;
        let parameters = &def.function.parameters;
        if parameters.len() < 2 {
            return None;
        }
        let position = |id: ExprId| {
            let ExprKind::Path(path) = &body.get(id).kind else {
                return None;
            };
            let name = path.as_name()?;
            parameters
                .iter()
                .position(|(pat, _)| named(pat) == Some(name))
        };
        // `.unwrap_or(default)`, `.unwrap_or_else(|_| default.into())`: what the function gives in the end.
        let falls_back = |name: &SmolStr| listed(&catalog.effects.falls_back, name);
        let default = match &body
            .get(given_in_the_end(body, body.root?, &falls_back))
            .kind
        {
            ExprKind::Method { name, args, .. } if falls_back(name) => {
                let [given] = args.as_slice() else {
                    return None;
                };
                given_in(body, *given).find_map(position)
            }
            _ => None,
        }?;
        let is_reader = |name: &str| {
            let words = split_words(name);
            words.iter().any(|word| known.contains(word))
        };
        let variable = body.exprs.iter().find_map(|expr| match &expr.kind {
            ExprKind::Call { callee, args } => match &body.get(*callee).kind {
                ExprKind::Path(path) if is_reader(path.last()) => {
                    position(innermost(body, *args.first()?))
                }
                _ => None,
            },
            _ => None,
        })?;
        (variable != default).then_some((FunctionId(index), (variable, default)))
    });
    found.collect()
}

/// What a body gives, without what gives it in another form: `Ok(text.parse()?)` gives the text.
fn given_in_the_end(body: &Body, id: ExprId, stops: &impl Fn(&SmolStr) -> bool) -> ExprId {
    let inner = match &body.get(id).kind {
        ExprKind::Block(block) => block.value,
        ExprKind::Try(inner) => Some(*inner),
        ExprKind::Method { receiver, name, .. } if !stops(name) => Some(*receiver),
        ExprKind::Call { callee, args } => match (&body.get(*callee).kind, args.as_slice()) {
            (ExprKind::Path(path), [only]) if matches!(path.last(), "Ok" | "Some") => Some(*only),
            _ => None,
        },
        _ => None,
    };
    inner.map_or(id, |inner| given_in_the_end(body, inner, stops))
}

/// What stands for a value: itself, what a closure gives, and what methods that give it in another form are called on.
fn given_in(body: &Body, id: ExprId) -> impl Iterator<Item = ExprId> {
    let inner = match &body.get(id).kind {
        ExprKind::Closure { body: inner, .. } => *inner,
        _ => id,
    };
    [id, innermost(body, inner)].into_iter()
}

fn innermost(body: &Body, id: ExprId) -> ExprId {
    match &body.get(id).kind {
        ExprKind::Method { receiver, args, .. } if args.is_empty() => innermost(body, *receiver),
        ExprKind::Block(block) => match (block.statements.is_empty(), block.value) {
            (true, Some(value)) => innermost(body, value),
            _ => id,
        },
        _ => id,
    }
}

impl BodyReader<'_, '_> {
    /// What such a function gives for a variable: its value, or what is said to count without it.
    pub(super) fn read_variable(
        &mut self,
        function: FunctionId,
        args: &[Value],
        span: Span,
    ) -> Option<Arc<str>> {
        let (variable, default) = *self.methods.environment.get(&function)?;
        let text = |index: usize| args.get(index).and_then(|value| value.text.clone());
        let default = text(default);
        let Some(variable) = text(variable).filter(|name| !name.contains('{')) else {
            return default;
        };
        if let Some(default) = default.filter(|text| text.contains("://")) {
            let name = SmolStr::new(&variable);
            self.out.unset.push((name, default, span));
        }
        Some(format!("${variable}").into())
    }
}
