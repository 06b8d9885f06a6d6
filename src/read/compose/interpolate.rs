//! `${VAR:-default}` in compose scalars (compose specification, "Interpolation").

/// How deep defaults may stand in defaults.
const MAX_DEPTH: usize = 16;

/// How many bytes of values are filled into one text. Variables that hold each other double with
/// every line of an `.env`.
const MAX_FILLED: usize = 4_096;

/// The longest `${..}`, in bytes.
const MAX_VARIABLE: usize = 4_096;

/// The text with every variable replaced: by the value that `value` knows, by its default or
/// alternative otherwise. A variable with none stays as it is written, because its value lives in
/// an environment that is not part of the system's files. `$$` becomes `$`.
pub(crate) fn interpolate(text: &str, value: &dyn Fn(&str) -> Option<String>) -> String {
    match text.contains('$') {
        true => expand(text, value, 0),
        false => text.to_owned(),
    }
}

fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut left = MAX_FILLED;
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            out.push('$');
            rest = after;
            continue;
        }
        let (variable, after) = match braced(rest) {
            Some(found) => found,
            None => {
                let end = name_end(&rest[1..]) + 1;
                (&rest[1..end], &rest[end..])
            }
        };
        let written = &rest[..rest.len() - after.len()];
        match filled(variable, value, depth) {
            Some(found) if found.len() <= left => {
                left -= found.len();
                out.push_str(&found);
            }
            _ => out.push_str(written),
        }
        rest = after;
        // `${` without its end: the sign alone is passed over.
        if written.len() == 1 {
            continue;
        }
    }
    out.push_str(rest);
    out
}

/// What a variable with its operator gives.
fn filled(variable: &str, value: &dyn Fn(&str) -> Option<String>, depth: usize) -> Option<String> {
    let (name, operator) = variable.split_at(name_end(variable));
    if name.is_empty() {
        return None;
    }
    let known = value(name);
    let unless_empty = operator.starts_with(':');
    let known = known.filter(|known| !(unless_empty && known.is_empty()));
    let mut rest = operator.strip_prefix(':').unwrap_or(operator).chars();
    let (sign, word) = (rest.next(), rest.as_str());
    let expanded = || match depth < MAX_DEPTH {
        true => expand(word, value, depth + 1),
        false => word.to_owned(),
    };
    match (sign, known) {
        (Some('+'), Some(_)) => Some(expanded()),
        (Some('+'), None) => Some(String::new()),
        (_, Some(known)) => Some(known),
        (Some('-'), None) => Some(expanded()),
        _ => None,
    }
}

/// Where a variable's name ends.
fn name_end(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

/// The inside of `${..}` at the front of the text, and what follows it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("${")?;
    let mut depth = 1;
    for (at, byte) in inner.bytes().enumerate().take(MAX_VARIABLE) {
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

#[cfg(test)]
mod tests {
    use super::interpolate;

    fn plain(text: &str) -> String {
        interpolate(text, &|_| None)
    }

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
            ("a$ b", "a$ b"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn what_is_known_counts_before_defaults() {
        let known = |name: &str| match name {
            "HOST" => Some("db".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        for (text, expected) in [
            ("$HOST:1 ${HOST} ${HOST:-x}", "db:1 db db"),
            ("[${EMPTY:-x}] [${EMPTY-x}]", "[x] []"),
            ("${HOST:+set} [${NONE:+set}]", "set []"),
            ("${NONE:-${HOST}}", "db"),
        ] {
            assert_eq!(interpolate(text, &known), expected);
        }
    }

    #[test]
    fn deep_defaults_end() {
        let text = format!("{}x{}", "${A:-".repeat(10_000), "}".repeat(10_000));
        assert!(!plain(&text).is_empty());
    }
}
