//! What was probably meant where a name is not known.

/// How alike two names must be to be taken for each other, from 0 to 1 (Jaro-Winkler).
const ALIKE: f64 = 0.8;

/// The name that is most like `name`, if one is.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let alike = known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(name, known), known));
    let best = alike.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// serde's message on an unknown name, with the nearest of those that it lists.
pub(super) fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let meant = message
        .starts_with("unknown variant")
        .then(|| quoted.next())
        .flatten()
        .and_then(|name| nearest(name, quoted));
    match meant {
        Some(meant) => format!("{message}; did you mean `{meant}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_named() {
        assert_eq!(
            nearest("critcal", ["compose", "critical"]),
            Some("critical")
        );
        assert_eq!(nearest("zzz", ["compose", "critical"]), None);
        assert_eq!(
            with_suggestion("unknown variant `warn`, expected one of `off`, `note`, `warning`"),
            "unknown variant `warn`, expected one of `off`, `note`, `warning`; did you mean `warning`?"
        );
    }
}
