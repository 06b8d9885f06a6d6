//! Statements with something in them that is put in while the program runs: `SELECT a FROM {table}`.

/// What stands in a statement for something that is put into it while the program runs.
const UNSEEN: &str = "unseen";

/// A text with a name in place of each thing in braces, which the parser takes for a table, a column or a value.
pub fn with_names(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        out.push_str(before);
        // `'{"a": 1}'` is a text itself.
        if inside.trim_start().starts_with('"') {
            out.push('{');
            rest = inside;
            continue;
        }
        out.push_str(UNSEEN);
        let (name, after) = inside.split_once('}').unwrap_or((inside, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.is_empty() && name.chars().all(plain) {
            out.push('_');
            out.push_str(name);
        }
        rest = after;
    }
    out.push_str(rest.trim_end_matches('}'));
    out
}

/// The table that a statement with such names names, with what is put into its name in braces again.
pub fn shown_table(table: &str) -> String {
    match table.strip_prefix(UNSEEN) {
        Some("") => "{}".to_owned(),
        Some(name) => format!("{{{}}}", name.trim_start_matches('_')),
        None => table.to_owned(),
    }
}
