//! Tables of routes: lists that are written out, of which a loop registers one after the other.

use super::super::BodyReader;
use super::super::expr::item_of;
use super::super::value::Value;
use crate::read::rust::ir::{ExprId, ExprKind, Pat};
use smol_str::SmolStr;
use std::rc::Rc;

/// How many entries of a table are registered one by one.
const MAX_ENTRIES: usize = 512;

/// How many bytes of code one function may read again for the entries of its tables.
const MAX_TURNS: usize = 128 * 1024;

/// Methods of a list that give the same entries.
const SAME_ENTRIES: [&str; 6] = ["clone", "drain", "into_iter", "iter", "iter_mut", "to_vec"];

/// The parts of a tuple or list that is written out, where handlers or routes are among them.
pub(in super::super) fn entries_of(values: &[Value]) -> Option<Rc<[Value]>> {
    let serves = |value: &Value| {
        value.routes.is_some() || value.functions.is_some() || value.entries.is_some()
    };
    (values.len() <= MAX_ENTRIES && values.iter().any(serves)).then(|| values.into())
}

impl<'a> BodyReader<'a, '_> {
    /// Evaluates the body of a loop: once, or of a table of routes for each entry.
    pub(in super::super) fn turn(
        &mut self,
        pat: Option<&'a Pat>,
        collection: &Value,
        body: ExprId,
    ) {
        let entries = self.table(collection, body).filter(|_| pat.is_some());
        let Some(entries) = entries else {
            if let Some(pat) = pat {
                self.bind(pat, &item_of(collection));
            }
            self.eval(body);
            return;
        };
        self.in_table = true;
        for entry in entries.iter() {
            let mark = self.variables.len();
            if let Some(pat) = pat {
                self.bind(pat, entry);
            }
            self.eval(body);
            self.variables.truncate(mark);
        }
        self.in_table = false;
    }

    /// The entries of a table of routes, if it is one, to read this for each. A table within a table is not taken apart.
    fn table(&mut self, collection: &Value, each: ExprId) -> Option<Rc<[Value]>> {
        let entries = collection.entries.as_ref().filter(|_| !self.in_table)?;
        if !entries.iter().all(|entry| entry.entries.is_some()) {
            return None;
        }
        let range = self.body.get(each).range;
        let length = range.end.saturating_sub(range.start) as usize;
        self.turned += length * entries.len();
        (self.turned <= MAX_TURNS).then(|| Rc::clone(entries))
    }

    /// `table.into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler))`.
    pub(in super::super) fn folded(
        &mut self,
        receiver: &Value,
        name: &SmolStr,
        args: &'a [ExprId],
    ) -> Option<Value> {
        let [start, each] = args else { return None };
        let ExprKind::Closure {
            parameters, body, ..
        } = &self.body.get(*each).kind
        else {
            return None;
        };
        if name != "fold" {
            return None;
        }
        let entries = self.table(receiver, *body)?;
        self.in_table = true;
        let mut folded = self.eval(*start);
        for entry in entries.iter() {
            folded = self.closure(parameters, *body, &[folded, entry.clone()]);
        }
        self.in_table = false;
        Some(folded)
    }

    /// What a method gives of a table: the same entries. What is added to one is there from then on.
    pub(in super::super) fn entries_after(
        &mut self,
        name: &SmolStr,
        receiver: ExprId,
        before: Option<Rc<[Value]>>,
        added: Option<&Value>,
        result: &mut Value,
    ) {
        if SAME_ENTRIES.contains(&name.as_str()) {
            result.entries = before;
            return;
        }
        let Some(added) = added else { return };
        let added = match (name.as_str(), &added.entries) {
            ("push", _) => std::slice::from_ref(added),
            ("extend", Some(entries)) => entries,
            _ => return,
        };
        let Some(index) = self.variable_at(receiver) else {
            return;
        };
        let known = &mut self.variables[index].1.entries;
        let all = known.iter().flat_map(|known| known.iter()).chain(added);
        let all: Vec<Value> = all.take(MAX_ENTRIES + 1).cloned().collect();
        *known = entries_of(&all);
    }
}
