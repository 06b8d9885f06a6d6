//! What variables, statics and fields hold after a method was called on them, or a function was lent them.

use super::effect::origin_of;
use super::value::{ClientState, Value};
use super::{BodyReader, learnt};
use crate::catalog::{MethodEntry, TextFrom};
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::Type;
use crate::read::rust::ir::{ExprId, ExprKind};
use std::rc::Rc;
use std::sync::Arc;

impl BodyReader<'_, '_> {
    /// The variable that an expression is, by its place among those that are known.
    pub(super) fn variable_at(&self, id: ExprId) -> Option<usize> {
        let ExprKind::Path(path) = &self.body.get(id).kind else {
            return None;
        };
        let name = path.as_name()?;
        self.variables.iter().rposition(|(known, _)| known == name)
    }

    /// The variable that a method is called on.
    fn called_on(&self, call: ExprId) -> Option<usize> {
        match self.body.get(call).kind {
            ExprKind::Method { receiver, .. } => self.variable_at(receiver),
            _ => None,
        }
    }

    /// What a function of the system is lent, it may set something on.
    pub(super) fn lend(&mut self, args: &[ExprId]) {
        for arg in args {
            let Some(index) = self.variable_at(*arg) else {
                continue;
            };
            let crates = &self.catalog().crates;
            let known = match &self.variables[index].1.ty {
                Type::External(path, _) => crates.find_type(path),
                _ => None,
            };
            if known.is_some_and(|known| known.entry.methods.iter().any(|method| method.in_place)) {
                self.variables[index].1.client.get_or_insert_default();
            }
        }
    }

    /// The static or field that a method is called on holds what the method is given.
    pub(super) fn fill_cell(&mut self, call: ExprId, args: &[ExprId], values: &[Value]) {
        let (ExprKind::Method { receiver, .. }, Some(value), Some(arg)) =
            (&self.body.get(call).kind, values.first(), args.first())
        else {
            return;
        };
        match &self.body.get(*receiver).kind {
            ExprKind::Path(path) => {
                let found = self.resolve(&path.segments, Namespace::Values);
                if let (Resolved::Constant(id), Some(client)) = (found, &value.client) {
                    learnt::meet(&mut self.out.learnt().statics, id, client);
                }
            }
            ExprKind::Field { base, name } => {
                let owner = self.owner_of(*base).unwrap_or_default();
                self.learn_field(&owner, name, (*arg, value));
            }
            _ => {}
        }
    }

    /// What is queued on a variable, and what it is made of.
    fn keep_queued(&mut self, call: ExprId, text: Option<&Arc<str>>, values: &[Value]) {
        let mut call = call;
        // `pipe.atomic().set(..).set(..)`: each of them is called on the same.
        while let ExprKind::Method { receiver, .. } = self.body.get(call).kind {
            if let Some(index) = self.variable_at(receiver) {
                let variable = &mut self.variables[index].1;
                variable.text = text.cloned().or(variable.text.take());
                variable.origin = variable.origin.and(origin_of(values));
                return;
            }
            call = receiver;
        }
    }

    /// Whether what is called on a value of a type waits there until it is run.
    pub(super) fn queues(&self, ty: &Type) -> bool {
        let Type::External(path, _) = ty else {
            return false;
        };
        let known = self.catalog().crates.find_type(path);
        known.is_some_and(|known| known.entry.methods.iter().any(|method| method.queues))
    }

    /// The variable that a method is called on holds what the method has set.
    pub(super) fn keep_client(&mut self, call: ExprId, client: Option<&Rc<ClientState>>) {
        let Some(index) = self.called_on(call) else {
            return;
        };
        let outside = self.branches.last().is_some_and(|mark| index < *mark);
        let known = &mut self.variables[index].1.client;
        // Under an `if` it may not be set.
        *known = match (known.take(), client) {
            (Some(a), Some(b)) if outside => Some(Rc::new(a.either(b))),
            (None, Some(b)) if outside => Some(Rc::new(ClientState::default().either(b))),
            (a, b) => b.cloned().or(a),
        };
    }

    /// The text that a method gives, and that what it is called on holds then.
    pub(super) fn text_after(
        &mut self,
        call: ExprId,
        entry: &MethodEntry,
        called: &str,
        receiver: &Value,
        values: &[Value],
        value: &mut Value,
    ) {
        let given = || values.first().and_then(|value| value.text.clone());
        match entry.text {
            Some(TextFrom::First) => value.text = given(),
            Some(TextFrom::Join) => {
                let path = given();
                let base = receiver.text.as_deref().zip(path.as_deref());
                value.text = base.map(|(base, path)| super::route::join(base, path).into());
            }
            // `LazyLock::new(|| ..)` is what the closure gives.
            None if value.text.is_none() && super::known::gives_back(entry) => {
                value.text = values.last().and_then(|value| value.text.clone());
            }
            None => {}
        }
        if !entry.queues {
            if !values.is_empty() && entry.io.is_none() && self.queues(&receiver.ty) {
                self.keep_queued(call, None, values);
            }
            return;
        }
        let command = given().filter(|_| called == "cmd");
        let command = command.as_deref().unwrap_or(called);
        value.text = Some(match &receiver.text {
            Some(before) => format!("{before} {command}").into(),
            None => command.into(),
        });
        self.keep_queued(call, value.text.as_ref(), values);
    }
}
