//! What the answer of a function says: that something was found, by where it returns; that something was done, by the
//! parameter without which it fails.

use super::{BodyReader, named};
use crate::catalog::{WordList, listed};
use crate::link::program::FunctionId;
use crate::model::{Knows, Step, Told, When};
use crate::read::rust::ir::{Body, ExprId, ExprKind, Pat, Statement};
use smol_str::SmolStr;
use std::rc::Rc;

/// What a function gives, as written out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// `true`, `Some(..)`.
    Something,
    /// `false`, `None`.
    Nothing,
    /// `Err(..)`, or it gives up.
    Failure,
    /// `()`, `Ok(())`.
    Done,
    /// Something else.
    Other,
}

fn given(body: &Body, id: ExprId, leaves: &WordList) -> Given {
    match &body.get(id).kind {
        ExprKind::Bool(true) => Given::Something,
        ExprKind::Bool(false) => Given::Nothing,
        ExprKind::Path(path) if path.as_name().is_some_and(|name| name == "None") => Given::Nothing,
        ExprKind::Tuple(parts) if parts.is_empty() => Given::Done,
        ExprKind::Call { callee, args } => {
            let ExprKind::Path(path) = &body.get(*callee).kind else {
                return Given::Other;
            };
            match (path.last(), args.as_slice()) {
                ("Some", _) => Given::Something,
                // `Ok(Err(..))` is no failure for whoever asks with `?`.
                ("Ok", [inner]) => match given(body, *inner, leaves) {
                    Given::Failure => Given::Other,
                    given => given,
                },
                ("Err", _) if path.segments.len() == 1 => Given::Failure,
                _ => Given::Other,
            }
        }
        ExprKind::Macro { path, .. } if listed(leaves, path.last()) => Given::Failure,
        ExprKind::Jump {
            returns: true,
            value: Some(value),
            ..
        } => given(body, *value, leaves),
        ExprKind::Block(block) => match (block.value, block.statements.last()) {
            (Some(value), _) => given(body, value, leaves),
            (None, Some(Statement::Expr(last))) => match given(body, *last, leaves) {
                Given::Failure => Given::Failure,
                _ => Given::Other,
            },
            (None, _) => Given::Done,
        },
        _ => Given::Other,
    }
}

impl BodyReader<'_, '_> {
    /// What a function tells that gives something where it found something, and nothing in the end, or the other way round:
    /// `if let Some(known) = find().await? { return Ok(Some(known)); } Ok(None)`.
    pub(super) fn told_by_returns(&self) -> Option<Told> {
        let body = self.body;
        let leaves = &self.catalog().effects.leaves;
        let last = given(body, body.root?, leaves);
        let early = match last {
            Given::Something => Given::Nothing,
            Given::Nothing => Given::Something,
            _ => return None,
        };
        let mut returns = 0_usize;
        for expr in &body.exprs {
            if let ExprKind::Jump {
                returns: true,
                value,
                ..
            } = &expr.kind
            {
                match value.map_or(Given::Done, |value| given(body, value, leaves)) {
                    Given::Failure => {}
                    one if one == early => returns += 1,
                    _ => return None,
                }
            }
        }
        let (mut found, mut seen): (Option<Told>, usize) = (None, 0);
        for step in &self.out.steps {
            let Step::Branch { knows, arms, .. } = step else {
                continue;
            };
            for (when, steps) in arms {
                if !matches!(steps.last(), Some(Step::Exit { fails: false })) {
                    continue;
                }
                // What it does before it returns may change what was found.
                if steps
                    .iter()
                    .any(|step| !matches!(step, Step::Exit { .. } | Step::Branch { .. }))
                {
                    return None;
                }
                let told = told_alone(knows)?;
                let turned = match when {
                    When::Something => false,
                    When::Nothing => true,
                    When::Otherwise => return None,
                };
                let told = Told {
                    negated: told.negated ^ turned ^ (early == Given::Nothing),
                    ..told
                };
                if found.is_some_and(|found| found != told) {
                    return None;
                }
                found = Some(told);
                seen += 1;
            }
        }
        // One that stands elsewhere hangs on something else.
        found.filter(|_| returns == seen)
    }

    /// What is known where a function has not failed that fails where something it is given says that nothing was done:
    /// `ensure_changed(statement.execute(..).await?.rows_affected())?`.
    pub(super) fn told_by_refusal(
        &self,
        functions: &[FunctionId],
        args: &[super::value::Value],
    ) -> Option<Rc<Knows>> {
        let [only] = functions else {
            return None;
        };
        let leaves = &self.catalog().effects.leaves;
        let program = self.resolver.program;
        let function = &program.functions[only.0].function;
        let mut given = function.parameters.iter().zip(args);
        given.find_map(|((pat, _), value)| {
            let knows = value.knows.as_ref()?;
            let told = told_alone(knows)?;
            let body = function.body.as_ref()?;
            (!told.negated && refuses_nothing(body, named(pat)?, leaves)).then(|| Rc::clone(knows))
        })
    }
}

/// What a condition rests on that rests on nothing else.
fn told_alone(knows: &Knows) -> Option<Told> {
    let alone = knows.also.is_empty()
        && knows.fields.is_empty()
        && !knows.holds_otherwise
        && !knows.fails_otherwise;
    knows.told.filter(|_| alone)
}

/// Whether a function fails where a parameter is zero: it is the first thing that it looks at.
fn refuses_nothing(body: &Body, parameter: &SmolStr, leaves: &WordList) -> bool {
    let Some(root) = body.root else {
        return false;
    };
    let first = match &body.get(root).kind {
        ExprKind::Block(block) => match (block.statements.first(), block.value) {
            (Some(Statement::Expr(first)), _) => *first,
            (None, Some(value)) => value,
            _ => return false,
        },
        _ => root,
    };
    let fails = |id: ExprId| given(body, id, leaves) == Given::Failure;
    match &body.get(first).kind {
        ExprKind::If {
            condition,
            then,
            otherwise,
        } => {
            let ExprKind::Operator { kind, operands } = &body.get(*condition).kind else {
                return false;
            };
            let [left, right] = operands.as_slice() else {
                return false;
            };
            let number = match &body.get(*right).kind {
                ExprKind::Int(number) if is_of(body, *left, parameter) => *number,
                _ => return false,
            };
            match kind.counts(number) {
                Some(false) => fails(*then),
                Some(true) => otherwise.is_some_and(fails),
                None => false,
            }
        }
        ExprKind::Match { value, arms } if is_of(body, *value, parameter) => {
            let fitting = arms.iter().find(|(pat, guard, _)| {
                guard.is_none() && matches!(pat, Pat::Int(0) | Pat::Bind(_, None, _) | Pat::Other)
            });
            fitting.is_some_and(|(_, _, arm)| fails(*arm))
        }
        _ => false,
    }
}

/// Whether an expression is a parameter, or a number that it gives: `done`, `done.rows_affected()`.
fn is_of(body: &Body, id: ExprId, parameter: &SmolStr) -> bool {
    match &body.get(id).kind {
        ExprKind::Path(path) => path.as_name() == Some(parameter),
        ExprKind::Method {
            receiver,
            name,
            args,
            ..
        } => args.is_empty() && name == "rows_affected" && is_of(body, *receiver, parameter),
        _ => false,
    }
}
