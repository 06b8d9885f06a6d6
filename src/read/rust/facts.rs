//! When a Rust file is read: at once, or, where it looks like test code, when a module asks for it.

use super::ir::RustFile;
use crate::problem::Problem;
use crate::source::{Source, SourceId};
use std::sync::OnceLock;

/// Directories of a package whose code is not part of what runs in production.
pub(crate) const NOT_SHIPPED: [&str; 3] = ["tests", "benches", "examples"];

/// What a Rust file says. Hardly any test code is part of what ships; what is, is read where it is asked
/// for.
#[derive(Debug, Default)]
pub struct RustFacts(OnceLock<(RustFile, Vec<Problem>)>);

impl RustFacts {
    /// Reads a file, unless it looks like test code. Gives what of it could not be read too.
    pub(crate) fn read(id: SourceId, source: &Source) -> (Self, Vec<Problem>) {
        if looks_like_tests(&source.path) {
            return (Self::default(), Vec::new());
        }
        let (file, problems) = super::read(id, &source.text);
        (Self(OnceLock::from((file, Vec::new()))), problems)
    }

    /// What the file says, read now if it has not been.
    pub(crate) fn get(&self, id: SourceId, source: &Source) -> &RustFile {
        let (file, _) = self.0.get_or_init(|| super::read(id, &source.text));
        file
    }

    /// What the file says, if it has been read.
    pub(crate) fn known(&self) -> Option<&RustFile> {
        self.0.get().map(|(file, _)| file)
    }

    /// What could not be read of a file that was read late.
    pub(crate) fn late_problems(&self) -> &[Problem] {
        self.0.get().map_or(&[], |(_, problems)| problems)
    }
}

/// Whether a path looks like code that only tests need.
fn looks_like_tests(path: &str) -> bool {
    let (directory, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    directory.split('/').any(|part| NOT_SHIPPED.contains(&part))
        || matches!(stem, "test" | "tests")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceKind, Sources};

    #[test]
    fn test_code_is_read_when_it_is_asked_for() {
        let text = "fn a() {} fn b(".to_owned();
        let sources = Sources::new(vec![("x/tests/a.rs".into(), SourceKind::Rust, text)]);
        let id = SourceId(0);
        let (facts, problems) = RustFacts::read(id, sources.get(id));
        assert!(problems.is_empty() && facts.known().is_none());
        assert!(facts.late_problems().is_empty());
        facts.get(id, sources.get(id));
        assert!(facts.known().is_some());
        assert_eq!(facts.late_problems().len(), 1);
    }

    #[test]
    fn names_of_tests_are_known() {
        for path in [
            "tests/a.rs",
            "a/benches/b/c.rs",
            "src/a/tests.rs",
            "src/a_test.rs",
        ] {
            assert!(looks_like_tests(path), "{path}");
        }
        for path in [
            "src/latest.rs",
            "src/contest/a.rs",
            "src/tests_of.rs",
            "a.rs",
        ] {
            assert!(!looks_like_tests(path), "{path}");
        }
    }
}
