//! Which columns of a row a value is: `SELECT status` gives no record with fields, but a status.

use super::BodyReader;
use super::effect::Receiver;
use super::query::QueryVerb;
use super::value::Value;
use crate::catalog::listed;
use crate::link::program::FunctionId;
use crate::link::types::Type;
use crate::model::{By, Knows, Origin};
use crate::read::rust::ir::{ExprId, ExprKind, Pat};
use crate::read::sql::{count_selected, selected, with_names};
use std::rc::Rc;

impl BodyReader<'_, '_> {
    /// What a part of a row tells of that is a tuple: its column. What else it is part of tells what it did.
    pub(super) fn part_of_row(&self, row: &Value, index: usize) -> Option<Rc<Knows>> {
        let columns = match &row.ty {
            // A tuple that is written out is no row.
            _ if row.items.is_some() => Vec::new(),
            Type::Tuple(parts) => {
                let columns = self.columns_of_row(row);
                match columns.len() == parts.len() {
                    true => columns,
                    false => Vec::new(),
                }
            }
            _ => self.columns_of_row(row),
        };
        match columns.into_iter().nth(index) {
            Some(Some(column)) => Some(of_columns(vec![column])),
            _ => row.knows.clone(),
        }
    }

    /// The column that a value is which is no row: `SELECT status`.
    pub(super) fn only_column(&self, value: &Value) -> Option<String> {
        if matches!(value.ty, Type::Local(..) | Type::List(_)) {
            return None;
        }
        match self.columns_of_row(value).as_slice() {
            [column] => column.clone(),
            _ => None,
        }
    }

    /// What one looks at who compares a row, or the only column of it, with a pattern: `Some("paid")`.
    pub(super) fn with_state(&self, value: &Value, asks: bool) -> Option<Rc<Knows>> {
        let knows = value.knows.as_ref()?;
        let column = asks.then(|| self.only_column(value)).flatten();
        Some(match column {
            Some(column) => {
                let mut knows = Knows::clone(knows);
                knows.fields.push(column);
                Rc::new(knows)
            }
            None => Rc::clone(knows),
        })
    }

    /// Whether a row tells how many there are, or whether there is one at all: that is no column of it.
    pub(super) fn is_count(&self, knows: Option<&Rc<Knows>>) -> bool {
        let told = knows.and_then(|knows| knows.told);
        let Some(By::Effect(index)) = told.map(|told| told.by) else {
            return false;
        };
        let query = self.out.effects[index].query.as_ref();
        query.is_some_and(|query| query.aggregates())
    }

    /// Whether that is all a row tells.
    pub(super) fn is_count_alone(&self, row: &Value) -> bool {
        let text = self.text_of_row(row.knows.as_ref());
        let alone = || text.is_none_or(|text| count_selected(&with_names(text)) == Some(1));
        self.is_count(row.knows.as_ref()) && alone()
    }

    /// The statement that gave a row, where it is a text.
    fn text_of_row(&self, knows: Option<&Rc<Knows>>) -> Option<&str> {
        let Some(By::Effect(index)) = knows?.told.map(|told| told.by) else {
            return None;
        };
        match &self.out.effects[index].query.as_ref()?.verb {
            QueryVerb::Sql(text, _) => Some(text),
            _ => None,
        }
    }

    /// The column that is read from a row by its name: `row.get("status")`.
    pub(super) fn named_column(
        &mut self,
        name: &str,
        row: &Receiver,
        args: &[ExprId],
    ) -> Option<Rc<Knows>> {
        let [column] = args else { return None };
        if self.is_count(row.knows.as_ref()) {
            return None;
        }
        let ExprKind::Str(column) = &self.body.get(*column).kind else {
            return None;
        };
        let gets = listed(&self.catalog().effects.row_getters, name);
        let stored = gets && self.decide_by(row.origin, Origin::STORED) == Origin::STORED;
        stored.then(|| of_columns(vec![column.to_string()]))
    }

    /// The fields of its record that a method looks at: `self.status`.
    pub(super) fn fields_asked(&self, method: FunctionId) -> Vec<String> {
        let function = &self.resolver.program.functions[method.0].function;
        let Some(body) = &function.body else {
            return Vec::new();
        };
        let fields = body.exprs.iter().filter_map(|expr| match &expr.kind {
            ExprKind::Field { base, name } => match &body.get(*base).kind {
                ExprKind::Path(path) if path.as_name().is_some_and(|name| name == "self") => {
                    Some(name.to_string())
                }
                _ => None,
            },
            _ => None,
        });
        fields.collect()
    }

    /// The columns that the statement asks for which gave a value, where each has a name.
    fn columns_of_row(&self, value: &Value) -> Vec<Option<String>> {
        let text = self.text_of_row(value.knows.as_ref());
        text.map_or_else(Vec::new, |text| selected(&with_names(text)))
    }
}

/// Whether a condition is about the fields of a record, and nothing else.
pub(super) fn is_state(knows: &Knows) -> bool {
    !knows.fields.is_empty()
        && knows.told.is_none()
        && knows.also.is_empty()
        && knows.expects.is_none()
}

fn of_columns(fields: Vec<String>) -> Rc<Knows> {
    Rc::new(Knows {
        fields,
        ..Knows::default()
    })
}

/// Whether a pattern names a value or a state: `"paid"`, `Some(Status::Paid)`.
pub(super) fn names_state(pat: &Pat) -> bool {
    match pat {
        Pat::Int(_) | Pat::Literal => true,
        Pat::Struct(path, fields) => path.segments.len() > 1 && fields.is_empty(),
        Pat::TupleStruct(path, inner) => {
            matches!(path.last(), "Ok" | "Some") && inner.iter().any(names_state)
        }
        Pat::Or(cases) => cases.iter().any(names_state),
        Pat::Bind(_, Some(inner), _) | Pat::Typed(inner, _) => names_state(inner),
        Pat::Bind(_, None, _) | Pat::Tuple(_) | Pat::Other => false,
    }
}
