//! What conditions ask: comparisons, predicates and patterns, and what they rest on.

use super::BodyReader;
use super::effect::{Receiver, when};
use super::lineage::Lineage;
use super::selected::names_state;
use super::value::Value;
use crate::catalog::{listed, split_words};
use crate::link::program::FunctionId;
use crate::model::{By, Knows, Origin, Step, Told, When};
use crate::read::rust::ir::{ExprId, ExprKind, OperatorKind, Pat, TypeRef};
use std::rc::Rc;

/// Whether a condition may hold, and whether it may fail, by something else than what is known of its parts.
fn otherwise(kind: OperatorKind, values: &[Value]) -> (bool, bool) {
    // Nothing is known of a part that tells of nothing.
    let mut parts = values.iter().map(|value| match &value.knows {
        Some(knows) => (knows.holds_otherwise, knows.fails_otherwise),
        None => (true, true),
    });
    match (kind, parts.next(), parts.next()) {
        (OperatorKind::And, Some(one), Some(other)) => (one.0 && other.0, one.1 || other.1),
        (OperatorKind::Or, Some(one), Some(other)) => (one.0 || other.0, one.1 && other.1),
        (OperatorKind::Not, Some((holds, fails)), None) => (fails, holds),
        _ => (false, false),
    }
}

impl<'a> BodyReader<'a, '_> {
    /// What the result of a method tells.
    pub(super) fn know(&mut self, name: &str, receiver: &Receiver, result: &mut Value) {
        let rules = &self.catalog().effects;
        if name.starts_with("ok_or")
            && let Some(knows) = receiver.knows.as_ref()
            && !knows.fields.is_empty()
        {
            // Where the record is not in the state that is asked for, the function ends.
            let state = Rc::new(Knows {
                fields: knows.fields.clone(),
                ..Knows::default()
            });
            let refused = vec![Step::Exit { fails: true }];
            let arms = vec![(When::Something, Vec::new()), (When::Nothing, refused)];
            self.branched(Some(&state), arms);
        }
        let Some(told) = receiver.knows.as_ref().and_then(|knows| knows.told) else {
            return;
        };
        if listed(&rules.requires, name) {
            // Of a change without rows the library makes no failure: to unwrap it asks for nothing.
            let of_option = name.starts_with("ok_or");
            // A list is there without rows too, and a count is always one row.
            let always = match told.by {
                By::Effect(index) => {
                    let effect = &self.out.effects[index];
                    let query = effect.query.as_ref();
                    let given = query.is_some_and(|query| query.changes() || query.aggregates());
                    given || listed(&rules.many, &effect.called)
                }
                By::Site(_) | By::Key(_) => false,
            };
            if of_option || !always {
                self.require(told, true);
            }
        } else if listed(&rules.allows, name) {
            self.require(told, false);
            if name != "optional"
                && let By::Site(site) = told.by
            {
                self.out.sites[site].ignored = true;
            }
        } else if listed(&rules.absent, name) {
            let told = Told {
                negated: !told.negated,
                ..told
            };
            result.knows = Some(Rc::new(Knows {
                told: Some(told),
                ..Knows::default()
            }));
        }
    }

    /// What follows happens only if this found something, or does so anyway.
    pub(super) fn require(&mut self, told: Told, required: bool) {
        match told.by {
            By::Effect(index) => self.out.effects[index].required = required,
            By::Site(index) => self.out.sites[index].required = required,
            By::Key(index) => self.out.keys[index].required |= required,
        }
    }

    /// A method that says yes or no, or something or nothing, of a record that was read tells of the record what its name
    /// says.
    pub(super) fn predicate(
        &mut self,
        functions: &[FunctionId],
        record: Lineage,
        knows: Option<Rc<Knows>>,
    ) -> Option<Rc<Knows>> {
        let program = self.resolver.program;
        let Some(first) = functions.first() else {
            return knows;
        };
        let says = matches!(&program.functions[first.0].function.returns,
            TypeRef::Path(path) if matches!(path.last(), "bool" | "Option"));
        if !says || self.decide_by(record, Origin::STORED) != Origin::STORED {
            return knows;
        }
        let mut knows = knows.map(|knows| Knows::clone(&knows)).unwrap_or_default();
        let name = program.function_name(*first);
        let name = name.rsplit("::").next().unwrap_or_default();
        knows.fields.push(name.to_owned());
        knows.fields.extend(self.fields_asked(*first));
        Some(Rc::new(knows))
    }

    /// The variant that an expression names: `Stage::Pending`.
    pub(super) fn variant_named(&self, id: ExprId) -> Option<&str> {
        let ExprKind::Path(path) = &self.body.get(id).kind else {
            return None;
        };
        let named = path.segments.len() > 1 && path.last().starts_with(char::is_uppercase);
        named.then(|| path.last())
    }

    /// What `matches!(record.stage, Stage::Pending)` knows.
    pub(super) fn matched_by_macro(&self, args: &[ExprId], values: &[Value]) -> Option<Rc<Knows>> {
        let asked = values.first()?;
        let mut fields = asked.knows.as_ref()?.fields.clone();
        fields.extend(self.only_column(asked));
        if fields.is_empty() {
            return None;
        }
        let variants = args[1..].iter().filter_map(|arg| self.variant_named(*arg));
        fields.extend(variants.map(str::to_owned));
        Some(Rc::new(Knows {
            fields,
            ..Knows::default()
        }))
    }

    /// What `a == b` and the like know.
    pub(super) fn compared(
        &self,
        kind: OperatorKind,
        operands: &[ExprId],
        values: &[Value],
    ) -> Option<Rc<Knows>> {
        let mut fields: Vec<String> = Vec::new();
        for value in values {
            let knows = value.knows.iter();
            fields.extend(knows.flat_map(|knows| knows.fields.iter().cloned()));
            if kind.compares() {
                fields.extend(self.only_column(value));
            }
        }
        if !fields.is_empty() {
            let variants = operands.iter().filter_map(|id| self.variant_named(*id));
            fields.extend(variants.map(str::to_owned));
        }
        let first = values
            .iter()
            .filter_map(|value| value.knows.as_ref())
            .find_map(|knows| knows.told);
        let number = operands.iter().enumerate().find_map(|(at, id)| {
            let kind = if at == 0 { kind.turned() } else { kind };
            match self.body.get(*id).kind {
                ExprKind::Int(number) => kind.counts(number),
                _ => None,
            }
        });
        let told = match (kind, first) {
            (OperatorKind::Not, Some(told)) => Some(Told {
                negated: !told.negated,
                ..told
            }),
            (OperatorKind::And | OperatorKind::Or, told) => told,
            (_, Some(told)) => number.map(|something| Told {
                negated: told.negated ^ !something,
                ..told
            }),
            _ => None,
        };
        let expects = self.expected(kind, operands).or_else(|| {
            let mut known = values.iter().filter_map(|value| value.knows.as_ref());
            known.find_map(|knows| knows.expects.clone())
        });
        if told.is_none() && fields.is_empty() && expects.is_none() {
            return None;
        }
        let (holds_otherwise, fails_otherwise) = otherwise(kind, values);
        Some(Rc::new(Knows {
            told,
            fields,
            expects,
            holds_otherwise,
            fails_otherwise,
            ..Knows::default()
        }))
    }

    /// What counts changes where two values of it are compared: `body.expected_revision != account.revision`.
    pub(super) fn expected(&self, kind: OperatorKind, operands: &[ExprId]) -> Option<String> {
        let [left, right] = operands else { return None };
        if !kind.compares() {
            return None;
        }
        let named = |id: ExprId| match &self.body.get(id).kind {
            ExprKind::Field { base, name } => Some((Some(*base), name)),
            ExprKind::Method {
                receiver,
                name,
                args,
                ..
            } if args.is_empty() => Some((Some(*receiver), name)),
            ExprKind::Path(path) => Some((None, path.as_name()?)),
            _ => None,
        };
        let ((base, name), (other, known)) = (named(*left)?, named(*right)?);
        let counted = |name: &str| {
            let last = split_words(name).pop()?;
            listed(&self.catalog().effects.revision_words, &last).then_some(last)
        };
        let same = |a: ExprId, b: ExprId| match (&self.body.get(a).kind, &self.body.get(b).kind) {
            (ExprKind::Path(a), ExprKind::Path(b)) => a.as_name() == b.as_name(),
            _ => false,
        };
        let apart = base
            .zip(other)
            .is_none_or(|(base, other)| !same(base, other));
        let word = counted(name)?;
        (apart && counted(known)? == word && (base.is_some() || other.is_some())).then_some(word)
    }

    /// What `let pattern = value` knows as a condition.
    pub(super) fn matched(&self, pat: &Pat, value: &Value) -> Option<Rc<Knows>> {
        let knows = self.with_state(value, names_state(pat))?;
        let told = knows.told.map(|told| Told {
            negated: told.negated ^ (when(pat) == When::Nothing),
            ..told
        });
        Some(Rc::new(Knows {
            told: told.filter(|_| when(pat) != When::Otherwise),
            fields: knows.fields.clone(),
            ..Knows::default()
        }))
    }
}
