//! Expressions and blocks into the arena of a body.

use super::ir::{Block, Body, Expr, ExprId, ExprKind, OperatorKind, Statement, TextRange};
use super::lower_item::path_range;
use super::lower_type::{member, name, path, path_with_self, pattern, sized, turbofish, type_ref};
use super::{Lowering, MAX_EXPR_DEPTH, range_of};
use crate::problem::Problem;
use crate::source::{Span, offset};
use syn::punctuated::Punctuated;

/// Lowers one function or constant.
pub(super) struct BodyLowering<'a> {
    lowering: &'a mut Lowering,
    body: Body,
    depth: usize,
}

impl<'a> BodyLowering<'a> {
    pub(super) fn new(lowering: &'a mut Lowering) -> Self {
        let exprs = lowering.spare.pop().unwrap_or_default();
        Self {
            lowering,
            body: Body { exprs, root: None },
            depth: 0,
        }
    }

    pub(super) fn finish(mut self, root: ExprId) -> Body {
        // What it grew in serves the next body; what is kept is as large as it must be.
        let exprs = self.body.exprs.drain(..).collect();
        self.lowering.spare.push(self.body.exprs);
        Body {
            exprs,
            root: Some(root),
        }
    }

    pub(super) fn get(&self, id: ExprId) -> &Expr {
        self.body.get(id)
    }

    pub(super) fn push(&mut self, range: TextRange, kind: ExprKind) -> ExprId {
        let id = ExprId(offset(self.body.exprs.len()));
        self.body.exprs.push(Expr { range, kind });
        id
    }

    fn start(&self, id: ExprId) -> u32 {
        self.body.get(id).range.start
    }

    fn all(&mut self, exprs: &Punctuated<syn::Expr, syn::Token![,]>) -> Vec<ExprId> {
        sized(exprs.iter().map(|expr| self.expr(expr)))
    }

    /// Lowers an expression; one that nests too deeply becomes opaque and a problem.
    pub(super) fn expr(&mut self, expr: &syn::Expr) -> ExprId {
        if self.depth >= MAX_EXPR_DEPTH {
            return self.too_deep(expr);
        }
        self.depth += 1;
        let id = self.expr_inner(expr);
        self.depth -= 1;
        id
    }

    fn too_deep(&mut self, expr: &syn::Expr) -> ExprId {
        let range = first_token(expr);
        let span = Span::new(self.lowering.source, range.start, range.start);
        if self.lowering.problems.is_empty() {
            self.lowering.problems.push(Problem::new(
                span,
                format!("an expression nests more than {MAX_EXPR_DEPTH} deep; what is inside was not looked at"),
                "split the expression",
            ));
        }
        self.push(range, ExprKind::Opaque)
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    fn expr_inner(&mut self, expr: &syn::Expr) -> ExprId {
        match expr {
            syn::Expr::Paren(inner) => self.expr(&inner.expr),
            syn::Expr::Group(inner) => self.expr(&inner.expr),
            syn::Expr::Reference(inner) => self.expr(&inner.expr),
            syn::Expr::RawAddr(inner) => self.expr(&inner.expr),
            syn::Expr::Path(value) => {
                let kind = ExprKind::Path(path_with_self(value.qself.as_ref(), &value.path, 0));
                self.push(path_range(&value.path), kind)
            }
            syn::Expr::Lit(literal) => self.literal(&literal.lit),
            syn::Expr::Call(call) => {
                let callee = self.expr(&call.func);
                let args = self.all(&call.args);
                let range = TextRange {
                    start: self.start(callee),
                    end: range_of(call.paren_token.span.close()).end,
                };
                self.push(range, ExprKind::Call { callee, args })
            }
            syn::Expr::MethodCall(call) => self.method(call),
            syn::Expr::Field(field) => {
                let base = self.expr(&field.base);
                let end = match &field.member {
                    syn::Member::Named(ident) => range_of(ident.span()).end,
                    syn::Member::Unnamed(index) => range_of(index.span).end,
                };
                let range = TextRange {
                    start: self.start(base),
                    end,
                };
                self.push(
                    range,
                    ExprKind::Field {
                        base,
                        name: member(&field.member),
                    },
                )
            }
            syn::Expr::Await(inner) => {
                let base = self.expr(&inner.base);
                let range = TextRange {
                    start: self.start(base),
                    end: range_of(inner.await_token.span).end,
                };
                self.push(range, ExprKind::Await(base))
            }
            syn::Expr::Try(inner) => {
                let base = self.expr(&inner.expr);
                let range = TextRange {
                    start: self.start(base),
                    end: range_of(inner.question_token.span).end,
                };
                self.push(range, ExprKind::Try(base))
            }
            syn::Expr::Unary(inner) => {
                let operand = self.expr(&inner.expr);
                if matches!(inner.op, syn::UnOp::Deref(_)) {
                    operand
                } else {
                    let kind = match inner.op {
                        syn::UnOp::Not(_) => OperatorKind::Not,
                        _ => OperatorKind::Other,
                    };
                    let operands = vec![operand];
                    self.around(&[operand], ExprKind::Operator { kind, operands })
                }
            }
            syn::Expr::Binary(inner) => self.binary(inner),
            syn::Expr::Assign(inner) => {
                let target = self.expr(&inner.left);
                let value = self.expr(&inner.right);
                let kind = ExprKind::Assign {
                    target,
                    value,
                    changes: false,
                };
                self.around(&[target, value], kind)
            }
            syn::Expr::Macro(call) => self.macro_call(&call.mac),
            syn::Expr::Struct(literal) => self.struct_literal(literal),
            syn::Expr::Tuple(tuple) => {
                let items = self.all(&tuple.elems);
                self.push(
                    range_of(tuple.paren_token.span.join()),
                    ExprKind::Tuple(items),
                )
            }
            syn::Expr::Array(array) => {
                let items = self.all(&array.elems);
                self.push(
                    range_of(array.bracket_token.span.join()),
                    ExprKind::Array(items),
                )
            }
            syn::Expr::Repeat(array) => {
                let item = self.expr(&array.expr);
                self.push(
                    range_of(array.bracket_token.span.join()),
                    ExprKind::Array(vec![item]),
                )
            }
            syn::Expr::Index(inner) => {
                let base = self.expr(&inner.expr);
                let index = self.expr(&inner.index);
                let end = range_of(inner.bracket_token.span.close()).end;
                let range = TextRange {
                    start: self.start(base),
                    end,
                };
                self.push(range, ExprKind::Index { base, index })
            }
            syn::Expr::Cast(cast) => {
                let value = self.expr(&cast.expr);
                self.around(
                    &[value],
                    ExprKind::Cast {
                        value,
                        ty: type_ref(&cast.ty),
                    },
                )
            }
            syn::Expr::Range(range) => {
                let from = range.start.as_ref().map(|from| self.expr(from));
                let to = range.end.as_ref().map(|to| self.expr(to));
                let inclusive = matches!(range.limits, syn::RangeLimits::Closed(_));
                let ends: Vec<ExprId> = from.into_iter().chain(to).collect();
                let kind = ExprKind::Range {
                    from,
                    to,
                    inclusive,
                };
                self.around(&ends, kind)
            }
            _ => self.control(expr),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    fn control(&mut self, expr: &syn::Expr) -> ExprId {
        match expr {
            syn::Expr::Block(block) => self.block_expr(&block.block),
            syn::Expr::Unsafe(block) => self.block_expr(&block.block),
            syn::Expr::Const(block) => self.block_expr(&block.block),
            syn::Expr::TryBlock(block) => self.block_expr(&block.block),
            syn::Expr::Async(block) => {
                let lowered = self.block_of(&block.block.stmts);
                let start = range_of(block.async_token.span).start;
                let end = range_of(block.block.brace_token.span.close()).end;
                self.push(TextRange { start, end }, ExprKind::Async(lowered))
            }
            syn::Expr::Closure(closure) => self.closure(closure),
            syn::Expr::If(inner) => {
                let condition = self.expr(&inner.cond);
                let then = self.block_expr(&inner.then_branch);
                let otherwise = inner
                    .else_branch
                    .as_ref()
                    .map(|(_, otherwise)| self.expr(otherwise));
                let end = self.body.get(otherwise.unwrap_or(then)).range.end;
                let range = TextRange {
                    start: range_of(inner.if_token.span).start,
                    end,
                };
                self.push(
                    range,
                    ExprKind::If {
                        condition,
                        then,
                        otherwise,
                    },
                )
            }
            syn::Expr::Let(inner) => {
                let value = self.expr(&inner.expr);
                self.around(
                    &[value],
                    ExprKind::Let {
                        pat: pattern(&inner.pat),
                        value,
                    },
                )
            }
            syn::Expr::Match(inner) => {
                let value = self.expr(&inner.expr);
                let mut arms = Vec::with_capacity(inner.arms.len());
                for arm in &inner.arms {
                    let (pat, guard) = self.arm_pattern(&arm.pat);
                    arms.push((pat, guard, self.expr(&arm.body)));
                }
                let start = range_of(inner.match_token.span).start;
                let range = TextRange {
                    start,
                    end: range_of(inner.brace_token.span.close()).end,
                };
                self.push(range, ExprKind::Match { value, arms })
            }
            syn::Expr::Loop(inner) => {
                let body = self.block_expr(&inner.body);
                self.repeat(range_of(inner.loop_token.span).start, None, None, body)
            }
            syn::Expr::While(inner) => {
                let header = self.expr(&inner.cond);
                let body = self.block_expr(&inner.body);
                self.repeat(
                    range_of(inner.while_token.span).start,
                    None,
                    Some(header),
                    body,
                )
            }
            syn::Expr::ForLoop(inner) => {
                let header = self.expr(&inner.expr);
                let body = self.block_expr(&inner.body);
                let pat = Some(pattern(&inner.pat));
                self.repeat(
                    range_of(inner.for_token.span).start,
                    pat,
                    Some(header),
                    body,
                )
            }
            syn::Expr::Return(inner) => self.jump(
                range_of(inner.return_token.span),
                inner.expr.as_deref(),
                (true, false),
            ),
            syn::Expr::Break(inner) => self.jump(
                range_of(inner.break_token.span),
                inner.expr.as_deref(),
                (false, inner.label.is_some()),
            ),
            syn::Expr::Yield(inner) => self.jump(
                range_of(inner.yield_token.span),
                inner.expr.as_deref(),
                (false, false),
            ),
            syn::Expr::Continue(inner) => self.push(
                range_of(inner.continue_token.span),
                ExprKind::Jump {
                    leaves: false,
                    returns: false,
                    labelled: inner.label.is_some(),
                    value: None,
                },
            ),
            _ => self.push(TextRange::default(), ExprKind::Opaque),
        }
    }

    fn method(&mut self, call: &syn::ExprMethodCall) -> ExprId {
        let receiver = self.expr(&call.receiver);
        let args = self.all(&call.args);
        let range = TextRange {
            start: self.start(receiver),
            end: range_of(call.paren_token.span.close()).end,
        };
        let kind = ExprKind::Method {
            receiver,
            name: name(&call.method),
            name_range: range_of(call.method.span()),
            turbofish: turbofish(call.turbofish.as_ref()),
            args,
        };
        self.push(range, kind)
    }

    fn binary(&mut self, inner: &syn::ExprBinary) -> ExprId {
        let left = self.expr(&inner.left);
        let right = self.expr(&inner.right);
        let assigns = matches!(
            inner.op,
            syn::BinOp::AddAssign(_)
                | syn::BinOp::SubAssign(_)
                | syn::BinOp::MulAssign(_)
                | syn::BinOp::DivAssign(_)
                | syn::BinOp::RemAssign(_)
                | syn::BinOp::BitXorAssign(_)
                | syn::BinOp::BitAndAssign(_)
                | syn::BinOp::BitOrAssign(_)
                | syn::BinOp::ShlAssign(_)
                | syn::BinOp::ShrAssign(_)
        );
        let kind = if assigns {
            ExprKind::Assign {
                target: left,
                value: right,
                // To set or clear bits once more changes nothing.
                changes: !matches!(
                    inner.op,
                    syn::BinOp::BitOrAssign(_) | syn::BinOp::BitAndAssign(_)
                ),
            }
        } else {
            ExprKind::Operator {
                kind: operator_kind(&inner.op),
                operands: vec![left, right],
            }
        };
        self.around(&[left, right], kind)
    }

    fn closure(&mut self, closure: &syn::ExprClosure) -> ExprId {
        let mut parameters = Vec::with_capacity(closure.inputs.len());
        for input in &closure.inputs {
            match input {
                syn::Pat::Type(typed) => {
                    parameters.push((pattern(&typed.pat), Some(type_ref(&typed.ty))))
                }
                other => parameters.push((pattern(other), None)),
            }
        }
        let body = self.expr(&closure.body);
        let range = TextRange {
            start: range_of(closure.inputs_begin.span).start,
            end: self.body.get(body).range.end,
        };
        self.push(
            range,
            ExprKind::Closure {
                parameters,
                body,
                is_async: closure.asyncness.is_some(),
            },
        )
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> ExprId {
        let mut fields = Vec::with_capacity(literal.fields.len());
        for field in &literal.fields {
            fields.push((member(&field.member), self.expr(&field.expr)));
        }
        let rest = literal.rest.as_ref().map(|rest| self.expr(rest));
        let start = path_range(&literal.path).start;
        let range = TextRange {
            start,
            end: range_of(literal.brace_token.span.close()).end,
        };
        self.push(
            range,
            ExprKind::Struct {
                path: path(&literal.path),
                fields,
                rest,
            },
        )
    }

    fn literal(&mut self, literal: &syn::Lit) -> ExprId {
        let kind = match literal {
            syn::Lit::Str(text) => ExprKind::Str(text.value()),
            syn::Lit::Int(number) => number
                .base10_parse()
                .map_or(ExprKind::Literal, ExprKind::Int),
            syn::Lit::Bool(value) => ExprKind::Bool(value.value),
            _ => ExprKind::Literal,
        };
        self.push(range_of(literal.span()), kind)
    }

    fn repeat(
        &mut self,
        start: u32,
        pat: Option<super::ir::Pat>,
        header: Option<ExprId>,
        body: ExprId,
    ) -> ExprId {
        let range = TextRange {
            start,
            end: self.body.get(body).range.end,
        };
        self.push(range, ExprKind::Loop { pat, header, body })
    }

    fn jump(
        &mut self,
        keyword: TextRange,
        value: Option<&syn::Expr>,
        (returns, labelled): (bool, bool),
    ) -> ExprId {
        let value = value.map(|value| self.expr(value));
        let end = value.map_or(keyword.end, |value| self.body.get(value).range.end);
        self.push(
            TextRange {
                start: keyword.start,
                end,
            },
            ExprKind::Jump {
                leaves: true,
                returns,
                labelled,
                value,
            },
        )
    }

    /// Pushes an expression that spans its children.
    fn around(&mut self, children: &[ExprId], kind: ExprKind) -> ExprId {
        let range = match (children.first(), children.last()) {
            (Some(first), Some(last)) => TextRange {
                start: self.start(*first),
                end: self.body.get(*last).range.end,
            },
            _ => TextRange::default(),
        };
        self.push(range, kind)
    }

    pub(super) fn block_expr(&mut self, block: &syn::Block) -> ExprId {
        let lowered = self.block_of(&block.stmts);
        self.push(
            range_of(block.brace_token.span.join()),
            ExprKind::Block(lowered),
        )
    }

    pub(super) fn block_of(&mut self, statements: &[syn::Stmt]) -> Block {
        let mut block = Block {
            statements: Vec::with_capacity(statements.len()),
            value: None,
        };
        for (index, statement) in statements.iter().enumerate() {
            let last = index + 1 == statements.len();
            match statement {
                syn::Stmt::Local(local) => {
                    let lowered = self.local(local);
                    block.statements.push(lowered);
                }
                syn::Stmt::Item(item) => {
                    if let Some(item) = self.lowering.item(item) {
                        block.statements.push(Statement::Item(Box::new(item)));
                    }
                }
                syn::Stmt::Expr(expr, semicolon) => {
                    let id = self.expr(expr);
                    if last && semicolon.is_none() {
                        block.value = Some(id);
                    } else {
                        block.statements.push(Statement::Expr(id));
                    }
                }
                syn::Stmt::Macro(call) => {
                    let id = self.macro_call(&call.mac);
                    if last && call.semi_token.is_none() {
                        block.value = Some(id);
                    } else {
                        block.statements.push(Statement::Expr(id));
                    }
                }
            }
        }
        block
    }

    fn local(&mut self, local: &syn::Local) -> Statement {
        let (pat, ty) = match &local.pat {
            syn::Pat::Type(typed) => (pattern(&typed.pat), Some(type_ref(&typed.ty))),
            other => (pattern(other), None),
        };
        let value = local.init.as_ref().map(|init| self.expr(&init.expr));
        let otherwise = local
            .init
            .as_ref()
            .and_then(|init| init.diverge.as_ref())
            .map(|(_, otherwise)| self.expr(otherwise));
        Statement::Let {
            pat,
            ty,
            value,
            otherwise,
        }
    }
}

/// The first token of an expression, without building its token stream twice.
fn first_token(expr: &syn::Expr) -> TextRange {
    let mut expr = expr;
    loop {
        expr = match expr {
            syn::Expr::MethodCall(inner) => &inner.receiver,
            syn::Expr::Await(inner) => &inner.base,
            syn::Expr::Try(inner) => &inner.expr,
            syn::Expr::Field(inner) => &inner.base,
            syn::Expr::Call(inner) => &inner.func,
            syn::Expr::Binary(inner) => &inner.left,
            syn::Expr::Path(inner) => return path_range(&inner.path),
            syn::Expr::Lit(inner) => return range_of(inner.lit.span()),
            _ => return TextRange::default(),
        };
    }
}

fn operator_kind(operator: &syn::BinOp) -> OperatorKind {
    match operator {
        syn::BinOp::Eq(_) => OperatorKind::Equal,
        syn::BinOp::Ne(_) => OperatorKind::Unequal,
        syn::BinOp::Lt(_) => OperatorKind::Less,
        syn::BinOp::Le(_) => OperatorKind::AtMost,
        syn::BinOp::Gt(_) => OperatorKind::More,
        syn::BinOp::Ge(_) => OperatorKind::AtLeast,
        syn::BinOp::And(_) | syn::BinOp::BitAnd(_) => OperatorKind::And,
        syn::BinOp::Or(_) | syn::BinOp::BitOr(_) => OperatorKind::Or,
        syn::BinOp::Add(_) | syn::BinOp::Sub(_) => OperatorKind::Sum,
        _ => OperatorKind::Other,
    }
}
