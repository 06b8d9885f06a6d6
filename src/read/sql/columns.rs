//! The columns that a query gives.

use super::{plain, tolerant};
use sqlparser::ast::{Expr, Select, SelectItem, SetExpr, Statement};

/// The columns that a text asks for which is a `SELECT`, as they are stored: of what is computed, none. No entries where it is
/// something else, selects from nothing or is not understood.
pub fn selected(text: &str) -> Vec<Option<String>> {
    let of = |select: &Select| match select.from.is_empty() {
        true => Vec::new(),
        false => select.projection.iter().map(stored).collect(),
    };
    in_select(text, of).unwrap_or_default()
}

/// How many columns a text asks for which is a `SELECT`; none where it is something else or is not understood.
pub fn count_selected(text: &str) -> Option<usize> {
    in_select(text, |select| select.projection.len())
}

fn in_select<T>(text: &str, of: impl Fn(&Select) -> T) -> Option<T> {
    let statements = tolerant(text).ok()?;
    let [Statement::Query(query)] = statements.as_slice() else {
        return None;
    };
    let mut body = query.body.as_ref();
    while let SetExpr::Query(inner) = body {
        body = inner.body.as_ref();
    }
    match body {
        SetExpr::Select(select) => Some(of(select)),
        _ => None,
    }
}

/// The column that an entry of the list is: `o.status`, `status AS "status: Status"`, `status::text`.
fn stored(item: &SelectItem) -> Option<String> {
    let (SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }) = item
    else {
        return None;
    };
    let mut value = value;
    while let Expr::Nested(inner) | Expr::Cast { expr: inner, .. } = value {
        value = inner;
    }
    let name = match value {
        Expr::Identifier(name) => plain(name),
        Expr::CompoundIdentifier(parts) => parts.last().map(plain)?,
        _ => return None,
    };
    Some(name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::selected;

    fn columns(text: &str) -> Vec<String> {
        let columns = selected(text).into_iter();
        columns.map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn columns_are_named_as_they_are_stored() {
        assert_eq!(columns("SELECT status FROM orders"), ["status"]);
        assert_eq!(
            columns("select o.id, o.\"Status\" from orders o"),
            ["id", "status"]
        );
        assert_eq!(
            columns("SELECT status AS \"status!: Status\", total FROM a"),
            ["status", "total"]
        );
        assert_eq!(columns("SELECT DISTINCT owner\nFROM a"), ["owner"]);
        assert_eq!(columns("SELECT status::text FROM a FOR UPDATE"), ["status"]);
        assert_eq!(
            columns("WITH x AS (SELECT 1) SELECT a.state FROM a, x"),
            ["state"]
        );
    }

    #[test]
    fn what_is_computed_has_no_name() {
        assert_eq!(columns("SELECT count(*) FROM a"), [""]);
        assert_eq!(
            columns("SELECT id, coalesce(a, b), (SELECT x FROM y), c FROM z"),
            ["id", "", "", "c"]
        );
        assert_eq!(columns("SELECT * FROM a"), [""]);
        assert_eq!(columns("UPDATE a SET b = 1"), [""; 0]);
        assert_eq!(columns("SELECT 1"), [""; 0]);
    }
}
