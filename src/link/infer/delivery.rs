//! What decides whether a message that is sent arrives: settings of clients, confirmations of the
//! broker, and results that nobody looks at.

use super::{BodyReader, Value};
use crate::catalog::MethodEntry;
use crate::model::CallKind;
use crate::read::rust::ir::{ExprId, ExprKind};
use crate::source::Span;
use smol_str::SmolStr;

impl BodyReader<'_, '_> {
    /// A setting of a client, and what switches a broker's confirmations on.
    pub(super) fn delivery(&mut self, entry: &MethodEntry, values: &[Value], span: Span) {
        let Some(function) = self.context.id else {
            return;
        };
        if entry.confirms {
            self.out.confirmations.push((function, span));
        }
        let text = |index: usize| Some(SmolStr::new(values.get(index)?.text.as_deref()?));
        if let (true, Some(key), Some(value)) = (entry.configures, text(0), text(1)) {
            self.out.settings.push((function, key, value, span));
        }
    }

    /// Marks a sending call whose result ends with its statement.
    pub(super) fn dropped(&mut self, id: ExprId) {
        let mut id = id;
        let name = loop {
            match &self.body.get(id).kind {
                ExprKind::Await(inner) => id = *inner,
                ExprKind::Method {
                    receiver,
                    name,
                    args,
                    ..
                } if name == "ok" && args.is_empty() => id = *receiver,
                ExprKind::Method { name_range, .. } => break self.span(*name_range),
                _ => return,
            }
        };
        let mut calls = self.out.calls.iter();
        if calls.any(|call| call.name_span == name && call.kind == CallKind::BrokerPublish) {
            self.out.dropped.push(name);
        }
    }

    /// A statement that begins a task and keeps nothing of it: nobody waits for what was found since then.
    pub(super) fn left_alone(&mut self, id: ExprId, (calls, edges): (usize, usize)) {
        let begins = match &self.body.get(id).kind {
            ExprKind::Call { callee, .. } => match &self.body.get(*callee).kind {
                ExprKind::Path(path) => {
                    let words = &self.catalog().words.detaches;
                    words.iter().any(|word| word == path.last()) && !self.is_own(path)
                }
                _ => false,
            },
            _ => false,
        };
        if !begins {
            return;
        }
        // `answer.send(..)` in it may be waited for at the other end.
        let answers = self.inside(id).any(|kind| match kind {
            ExprKind::Method {
                receiver,
                name,
                args,
                ..
            } => {
                let plain = matches!(self.body.get(*receiver).kind, ExprKind::Path(_));
                name == "send" && args.len() == 1 && plain
            }
            _ => false,
        });
        if !answers {
            let calls = self.out.calls.iter_mut().skip(calls);
            calls.for_each(|call| call.detached = true);
            let edges = self.out.edges.iter_mut().skip(edges);
            edges.for_each(|edge| edge.detached = true);
        }
    }
}
