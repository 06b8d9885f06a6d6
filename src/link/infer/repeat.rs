//! Loops: those that call again until it goes well are retries written by hand.

use super::BodyReader;
use super::expr::merge;
use super::memory;
use super::value::{Pending, Value, Waiting};
use crate::catalog::split_words;
use crate::model::{Attempts, Evidence, GuardKind, GuardLayer, GuardSettings, Knows, Step};
use crate::read::rust::ir::{Block, ExprId, ExprKind, OperatorKind, Pat, Statement, TextRange};

/// What shows that a loop is a retry.
struct Outcome {
    /// What is before it in the loop is called again.
    until: u32,
    /// The loop may also be left after a failure.
    gives_up: bool,
}

impl<'a> BodyReader<'a, '_> {
    /// `loop`, `while` and `for`.
    pub(super) fn repeated(
        &mut self,
        id: ExprId,
        pat: Option<&'a Pat>,
        header: Option<ExprId>,
        body: ExprId,
    ) -> Value {
        let (calls, edges) = (self.out.calls.len(), self.out.edges.len());
        let runs = self.runs.len();
        let collection = header.map(|header| self.eval(header)).unwrap_or_default();
        let knows = collection.knows.clone();
        let around = std::mem::take(&mut self.broken_with);
        let ((), steps) = self.arm(knows.as_ref(), |reader| {
            reader.repeats += 1;
            reader.turn(pat, &collection, body);
            reader.repeats -= 1;
        });
        let broken_with = std::mem::replace(&mut self.broken_with, around);
        if memory::is_look(&collection, &steps) {
            self.steps.extend(steps);
        } else if !steps.is_empty() {
            let knows = knows.map(|knows| Knows::clone(&knows)).unwrap_or_default();
            self.steps.push(Step::Loop { knows, steps });
        }
        let given = self.given_inside(id);
        let found = calls < self.out.calls.len()
            || edges < self.out.edges.len()
            || runs < self.runs.len()
            || !given.is_empty();
        let outcome = if found {
            self.outcome(header, body)
        } else {
            None
        };
        if let Some(outcome) = outcome
            && let Some(layer) = self.retry(id, pat, header, body, &outcome)
        {
            let start = self.body.get(id).range.start;
            let inside =
                |span: crate::source::Span| span.start >= start && span.start < outcome.until;
            let source = self.source;
            let all_calls = self.out.calls.iter().enumerate().skip(calls);
            let again = all_calls
                .filter(|(_, call)| call.span.source == source && inside(call.span))
                .map(|(index, _)| index);
            let all_edges = self.out.edges.iter().enumerate().skip(edges);
            let edges = all_edges
                .filter(|(_, edge)| edge.span.source == source && inside(edge.span))
                .map(|(index, _)| index);
            let waiting = Waiting {
                calls: again.collect(),
                edges: edges.collect(),
                runs: (runs..self.runs.len()).collect(),
                ..Waiting::default()
            };
            let mut pending = Pending::from(waiting);
            pending.add(&given);
            self.guard_pending(&mut pending, &layer);
        }
        match broken_with.is_empty() {
            true => Value::default(),
            false => merge(broken_with),
        }
    }

    /// The guard that a loop with such an outcome is; none where it goes through a collection
    /// without a pause (other hosts, other pages).
    fn retry(
        &self,
        id: ExprId,
        pat: Option<&Pat>,
        header: Option<ExprId>,
        body: ExprId,
        outcome: &Outcome,
    ) -> Option<GuardLayer> {
        let pauses = self.pauses(body);
        let range = header.map(|header| &self.body.get(header).kind);
        let attempts = match (pat, range) {
            (
                Some(_),
                Some(ExprKind::Range {
                    from,
                    to,
                    inclusive,
                }),
            ) => {
                let number = |id: &Option<ExprId>| match self.body.get((*id)?).kind {
                    ExprKind::Int(number) => Some(number),
                    _ => None,
                };
                let (from, to) = (number(from), number(to));
                from.zip(to).map(|(from, to)| {
                    let count = to.saturating_sub(from) + u64::from(*inclusive);
                    Attempts::AtMost(u32::try_from(count).unwrap_or(u32::MAX))
                })
            }
            (Some(_), _) if !pauses => return None,
            (Some(_), _) => None,
            // `while attempt < limit`.
            (None, Some(ExprKind::Operator { .. })) => None,
            _ if outcome.gives_up => None,
            _ => Some(Attempts::Unlimited),
        };
        let start = self.body.get(id).range.start;
        let length = match (pat, header) {
            (Some(_), _) => "for".len(),
            (None, Some(_)) => "while".len(),
            (None, None) => "loop".len(),
        };
        let keyword = TextRange {
            start,
            end: start + crate::source::offset(length),
        };
        let mut layer = GuardLayer::new(
            GuardKind::Retry,
            Evidence::seen(
                self.span(keyword),
                "called again by this loop until it goes well",
            ),
        );
        layer.settings = GuardSettings {
            attempts,
            pauses: Some(pauses),
            by_hand: true,
            ..GuardSettings::default()
        };
        Some(layer)
    }

    /// What a macro is given that it does in a loop: `retry!(client.get(url).send())` asks for its argument each time.
    fn given_inside(&self, id: ExprId) -> Pending {
        let mut given = Pending::default();
        if self.expansions > 0 {
            for kind in self.inside(id) {
                if let ExprKind::Path(path) = kind
                    && let Some(value) = path.as_name().and_then(|name| self.variable(name))
                {
                    given.add(&value.pending);
                }
            }
        }
        given
    }

    /// What an expression is made of, itself included.
    pub(super) fn inside(&self, id: ExprId) -> impl Iterator<Item = &'a ExprKind> {
        let body = self.body;
        let range = body.get(id).range;
        let within = move |inner: &TextRange| inner.start >= range.start && inner.end <= range.end;
        body.exprs
            .iter()
            .filter(move |expr| within(&expr.range))
            .map(|expr| &expr.kind)
    }

    /// Whether something in a loop waits for a while: `sleep(..)`, `pause_before_retry()`, `self.backoff.wait()`.
    fn pauses(&self, id: ExprId) -> bool {
        let words = &self.catalog().words;
        let says = |name: &str| {
            split_words(name)
                .iter()
                .any(|word| words.pauses.contains(word))
        };
        let begins = |name: &str| {
            let first = split_words(name).into_iter().next();
            first.is_some_and(|first| words.pauses.contains(&first))
        };
        let waits = |name: &str| words.waits.iter().any(|known| known == name);
        self.inside(id).any(|kind| match kind {
            ExprKind::Call { callee, .. } => match &self.body.get(*callee).kind {
                ExprKind::Path(path) => begins(path.last()),
                _ => false,
            },
            ExprKind::Method { receiver, name, .. } => {
                let of = match &self.body.get(*receiver).kind {
                    ExprKind::Field { name, .. } => Some(name.as_str()),
                    ExprKind::Path(path) => Some(path.last()),
                    _ => None,
                };
                begins(name) || waits(name) && of.is_some_and(says)
            }
            _ => false,
        })
    }

    /// Whether a failure is that somebody has refused what was asked for, by the name of its pattern or by what its guard
    /// asks: `Err(Error::NameTaken)`, `Err(e) if e.is_unique_violation()`. What is asked for next is something else.
    fn is_refusal(&self, pat: &Pat, guard: Option<ExprId>) -> bool {
        let words = &self.catalog().words.refusals;
        let says = |name: &str| split_words(name).iter().any(|word| words.contains(word));
        let asks = |kind: &ExprKind| match kind {
            ExprKind::Method { name, .. } => says(name),
            ExprKind::Path(path) => path.segments.len() > 1 && says(path.last()),
            _ => false,
        };
        let denies = |kind: &ExprKind| match kind {
            ExprKind::Operator { kind, .. } => *kind == OperatorKind::Not,
            _ => false,
        };
        let refused = |guard| self.inside(guard).any(asks) && !self.inside(guard).any(denies);
        guard.is_some_and(refused) || names(pat, &says)
    }

    /// How a loop ends: with success, where a failure begins it again.
    fn outcome(&self, header: Option<ExprId>, body: ExprId) -> Option<Outcome> {
        // `while let Err(_) = call() { .. }`
        if let Some(ExprKind::Let { pat, value }) = header.map(|header| &self.body.get(header).kind)
        {
            return (variant(pat) == Some("Err")).then(|| Outcome {
                until: self.body.get(*value).range.end,
                gives_up: self.may_leave(body),
            });
        }
        let ExprKind::Block(block) = &self.body.get(body).kind else {
            return None;
        };
        let mut last = None;
        for statement in &block.statements {
            let id = match statement {
                Statement::Expr(id) => *id,
                Statement::Let {
                    value: Some(id), ..
                } => *id,
                _ => continue,
            };
            if last.is_none() && self.ends_on_failure(id) {
                return None;
            }
            last = last.or_else(|| self.tested(block, id));
        }
        last.or_else(|| self.tested(block, block.value?))
    }

    /// `if let Err(..) = call() { return .. }`
    fn ends_on_failure(&self, id: ExprId) -> bool {
        let ExprKind::If {
            condition, then, ..
        } = &self.body.get(id).kind
        else {
            return false;
        };
        match &self.body.get(*condition).kind {
            ExprKind::Let { pat, .. } => variant(pat) == Some("Err") && self.leaves(*then),
            _ => false,
        }
    }

    /// What one statement of a loop says of the outcome of a call.
    fn tested(&self, block: &Block, id: ExprId) -> Option<Outcome> {
        let expr = self.body.get(id);
        let last = block.value == Some(id)
            || matches!(block.statements.last(), Some(Statement::Expr(last)) if *last == id);
        match &expr.kind {
            // `let pause = match call() { Ok(_) => return, Err(e) => .. }?;`
            ExprKind::Try(inner) | ExprKind::Await(inner) => self.tested(block, *inner),
            ExprKind::Match { value, arms } => {
                let of = |name: &'static str| {
                    arms.iter()
                        .filter(move |(pat, ..)| variant(pat) == Some(name))
                };
                // A loop that goes on after some successes does one thing after the other, unless
                // it looks whether the success is a real one.
                let checked = of("Ok").any(|(_, guard, arm)| {
                    guard.is_some() && self.leaves(*arm) || self.leaves_with_success(*arm)
                });
                let done = checked
                    || (of("Ok").count() > 0 && of("Ok").all(|(_, _, arm)| self.leaves(*arm)));
                let failures = || {
                    arms.iter()
                        .filter(|(pat, ..)| matches!(variant(pat), Some("Err" | "_")))
                };
                let again = failures()
                    .any(|(pat, guard, arm)| !self.leaves(*arm) && !self.is_refusal(pat, *guard));
                (done && again).then(|| Outcome {
                    until: self.body.get(*value).range.end,
                    gives_up: failures().any(|(_, _, arm)| self.may_leave(*arm))
                        // `if tries >= limit { break }` after it.
                        || self.may_leave_after(block, expr.range.end),
                })
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => {
                let until = self.body.get(*condition).range.end;
                let rest = || {
                    let after = |id: ExprId| self.body.get(id).range.start > until;
                    block
                        .statements
                        .iter()
                        .filter_map(|statement| match statement {
                            Statement::Expr(id) => Some(*id),
                            _ => None,
                        })
                        .chain(block.value)
                        .filter(move |id| after(*id))
                };
                let went_well = self.tests_success(*condition, &block.statements);
                // `if result.is_ok() || tries >= limit`.
                let or_else = matches!(&self.body.get(*condition).kind,
                    ExprKind::Operator { operands, .. } if operands.len() > 1);
                let failed = matches!(&self.body.get(*condition).kind,
                    ExprKind::Let { pat, .. } if variant(pat) == Some("Err"));
                if went_well && self.leaves(*then) {
                    let after_failure = otherwise.is_some_and(|id| self.leaves(id));
                    let ends = rest().any(|id| self.leaves(id));
                    let gives_up = or_else || rest().chain(*otherwise).any(|id| self.may_leave(id));
                    return (!after_failure && !ends).then_some(Outcome { until, gives_up });
                }
                // `if let Err(e) = call() { sleep } else { return }`
                let done = otherwise.is_some_and(|id| self.leaves(id))
                    || (!last && rest().any(|id| self.leaves(id)));
                (failed && done && !self.leaves(*then)).then(|| Outcome {
                    until,
                    gives_up: self.may_leave(*then),
                })
            }
            _ => None,
        }
    }

    /// Whether a condition asks whether a call went well, perhaps among other things.
    fn tests_success(&self, condition: ExprId, statements: &[Statement]) -> bool {
        match &self.body.get(condition).kind {
            ExprKind::Let { pat, .. } => variant(pat) == Some("Ok"),
            ExprKind::Method { name, .. } => {
                let words = &self.catalog().words.success_tests;
                words.iter().any(|word| word == name)
            }
            ExprKind::Operator { kind, operands } => {
                matches!(kind, OperatorKind::And | OperatorKind::Or)
                    && operands
                        .iter()
                        .any(|part| self.tests_success(*part, statements))
            }
            // `matches!(result, Ok(_))`.
            ExprKind::Macro { path, .. } if path.last() == "matches" => {
                self.inside(condition).any(|kind| match kind {
                    ExprKind::Call { callee, .. } => {
                        let callee = &self.body.get(*callee).kind;
                        matches!(callee, ExprKind::Path(path) if path.last() == "Ok")
                    }
                    _ => false,
                })
            }
            // What was found out a few lines before.
            ExprKind::Path(path) => statements.iter().any(|one| match one {
                Statement::Let {
                    pat: Pat::Bind(name, None, _),
                    value: Some(value),
                    ..
                } => {
                    let tested = &self.body.get(*value).kind;
                    path.as_name() == Some(name)
                        && !matches!(tested, ExprKind::Path(_))
                        && self.tests_success(*value, &[])
                }
                _ => false,
            }),
            _ => false,
        }
    }

    /// Whether an expression leaves the loop where it finds that a call went well indeed:
    /// `if response.status().is_success() { return .. }`.
    fn leaves_with_success(&self, id: ExprId) -> bool {
        match &self.body.get(id).kind {
            ExprKind::If {
                condition, then, ..
            } => self.tests_success(*condition, &[]) && self.leaves(*then),
            ExprKind::Block(block) => {
                let mut statements = block.statements.iter();
                statements
                    .any(|one| matches!(one, Statement::Expr(id) if self.leaves_with_success(*id)))
                    || block.value.is_some_and(|id| self.leaves_with_success(id))
            }
            _ => false,
        }
    }

    /// Whether an expression always leaves the loop.
    fn leaves(&self, id: ExprId) -> bool {
        match &self.body.get(id).kind {
            ExprKind::Jump { leaves, .. } => *leaves,
            ExprKind::Block(block) => {
                let statement = |statement: &Statement| match statement {
                    Statement::Expr(id) => self.leaves(*id),
                    _ => false,
                };
                block.statements.iter().any(statement)
                    || block.value.is_some_and(|id| self.leaves(id))
            }
            ExprKind::If {
                then, otherwise, ..
            } => self.leaves(*then) && otherwise.is_some_and(|id| self.leaves(id)),
            ExprKind::Match { arms, .. } => arms.iter().all(|(_, _, arm)| self.leaves(*arm)),
            _ => false,
        }
    }

    /// Whether a statement of a loop that begins after a place may leave it.
    fn may_leave_after(&self, block: &Block, place: u32) -> bool {
        let statements = block.statements.iter().filter_map(|one| match one {
            Statement::Expr(id) => Some(*id),
            _ => None,
        });
        statements
            .chain(block.value)
            .any(|id| self.body.get(id).range.start >= place && self.may_leave(id))
    }

    fn may_leave(&self, id: ExprId) -> bool {
        self.inside(id)
            .any(|kind| matches!(kind, ExprKind::Jump { leaves: true, .. } | ExprKind::Try(_)))
    }
}

/// Whether a pattern names something that is called so, within `Err(..)`.
fn names(pat: &Pat, says: &impl Fn(&str) -> bool) -> bool {
    match pat {
        Pat::TupleStruct(path, inner) => {
            says(path.last()) || inner.iter().any(|inner| names(inner, says))
        }
        Pat::Struct(path, _) => says(path.last()),
        Pat::Bind(_, Some(inner), _) | Pat::Typed(inner, _) => names(inner, says),
        Pat::Or(cases) => !cases.is_empty() && cases.iter().all(|case| names(case, says)),
        Pat::Tuple(_) | Pat::Int(_) | Pat::Literal | Pat::Other | Pat::Bind(_, None, _) => false,
    }
}

/// `Ok`, `Err`, or `_` for whatever comes.
fn variant(pat: &Pat) -> Option<&str> {
    match pat {
        // `Ok(Ok(value))` of a limit around a call, `Some(Err(error))`.
        Pat::TupleStruct(path, inner) if matches!(path.last(), "Ok" | "Some") => {
            let inner = inner
                .first()
                .filter(|pat| matches!(pat, Pat::TupleStruct(..)));
            let inner = inner.and_then(variant);
            let inner = inner.filter(|name| matches!(*name, "Ok" | "Err"));
            inner.or(Some(path.last()))
        }
        Pat::TupleStruct(path, _) | Pat::Struct(path, _) => Some(path.last()),
        Pat::Or(cases) => cases.first().and_then(variant),
        Pat::Bind(_, Some(inner), _) => variant(inner),
        Pat::Other | Pat::Bind(_, None, _) => Some("_"),
        _ => None,
    }
}
