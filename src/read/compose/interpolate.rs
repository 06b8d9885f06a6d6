//! `${VAR:-default}` in compose scalars (compose specification, "Interpolation").

/// The text with every variable replaced by its default; a variable without one stays as it is
/// written, because its value lives in an environment that is not part of the system's files.
/// `$$` becomes `$`.
pub(super) fn interpolate(text: &str) -> String {
    expand(text, 0)
}

/// The text with the variables that a file gives (`.env`); others stay as they are written.
pub(crate) fn with_variables(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, after) = match braced(rest) {
            Some((variable, after)) => {
                let end = variable.find(|c| !is_name(c)).unwrap_or(variable.len());
                (&variable[..end], after)
            }
            None => {
                let end = rest[1..]
                    .find(|c| !is_name(c))
                    .map_or(rest.len(), |end| end + 1);
                (&rest[1..end], &rest[end..])
            }
        };
        match value(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&rest[..rest.len() - after.len()]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn expand(text: &str, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
        } else if let Some((variable, after)) = braced(rest) {
            match default_of(variable).filter(|_| depth < 16) {
                Some(default) => out.push_str(&expand(default, depth + 1)),
                None => out.push_str(&rest[..rest.len() - after.len()]),
            }
            rest = after;
        } else {
            out.push('$');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The inside of `${..}` at the front of the text, and what follows it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("${")?;
    let mut depth = 1;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((&inner[..at], &inner[at + 1..]));
                }
            }
            _ => {}
        }
    }
    None
}

/// What `NAME:-default` and `NAME-default` give.
fn default_of(variable: &str) -> Option<&str> {
    let end = variable.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let operator = &variable[end..];
    operator
        .strip_prefix(":-")
        .or_else(|| operator.strip_prefix('-'))
}

#[cfg(test)]
mod tests {
    use super::interpolate;

    #[test]
    fn defaults_are_taken_and_the_rest_stays() {
        for (text, expected) in [
            (
                "postgres://u:${P:-x}@db/${D-main}",
                "postgres://u:x@db/main",
            ),
            ("${A:-${B:-c}}", "c"),
            (
                "$$HOME ${X} $Y ${Z:?needed} ${",
                "$HOME ${X} $Y ${Z:?needed} ${",
            ),
            ("${TAG:-}", ""),
        ] {
            assert_eq!(interpolate(text), expected);
        }
    }

    #[test]
    fn deep_defaults_end() {
        let text = format!("{}x{}", "${A:-".repeat(10_000), "}".repeat(10_000));
        assert!(!interpolate(&text).is_empty());
    }
}
