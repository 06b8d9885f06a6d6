//! What an answer depends on, as one number.

use crate::config::Config;
use crate::problem::Problem;
use crate::source::Sources;
use rayon::prelude::*;

/// The sources of this program, its rules, its catalogue and what is built into it (`build.rs`).
const IDENTITY: &str = env!("SEAWORTHY_IDENTITY");
/// How many files a worker hashes before another one may take what is left.
const FILES_AT_ONCE: usize = 16;

/// A hash of everything that an answer depends on: the program, the files, and the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(blake3::Hash);

impl Key {
    /// The key of what this program finds in these files.
    #[must_use]
    pub fn of(sources: &Sources, problems: &[Problem], config: &Config) -> Self {
        Self::by(IDENTITY, sources, problems, config)
    }

    /// The key of what a program finds.
    fn by(program: &str, sources: &Sources, problems: &[Problem], config: &Config) -> Self {
        let files: Vec<_> = sources.iter().map(|(_, source)| source).collect();
        let texts: Vec<blake3::Hash> = files
            .par_iter()
            .with_max_len(FILES_AT_ONCE)
            .map(|file| blake3::hash(file.text.as_bytes()))
            .collect();
        let mut parts = Parts::default();
        parts.add(program);
        parts.count(files.len());
        for (file, text) in files.iter().zip(&texts) {
            parts.add(&file.path);
            parts.add(file.kind.words());
            parts.0.update(text.as_bytes());
        }
        parts.count(problems.len());
        for problem in problems {
            for number in [problem.span.source.0, problem.span.start, problem.span.end] {
                parts.count(number as usize);
            }
            parts.add(&problem.message);
            parts.add(&problem.help);
        }
        // All that a configuration says is in its text; where it lies decides what its paths mean.
        if let Some(location) = &config.location {
            parts.add(&location.name);
            parts.add(&location.prefix);
            parts.add(&config.text);
        }
        Self(parts.0.finalize())
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    pub(super) fn hex(&self) -> String {
        self.0.to_hex().to_string()
    }
}

/// Parts one after the other, each with its length, so that no two rows of parts are the same bytes.
#[derive(Default)]
struct Parts(blake3::Hasher);

impl Parts {
    fn add(&mut self, part: &str) {
        self.count(part.len());
        self.0.update(part.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.0.update(&(count as u64).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Location;
    use crate::source::{SourceId, SourceKind, Span};

    fn sources(files: &[(&str, SourceKind, &str)]) -> Sources {
        let files = files.iter();
        let owned = files.map(|(path, kind, text)| ((*path).to_owned(), *kind, (*text).to_owned()));
        Sources::new(owned.collect())
    }

    fn config(name: &str, text: &str) -> Config {
        let location = Location {
            name: name.to_owned(),
            ..Location::default()
        };
        Config::parse(location, text.to_owned()).expect("a configuration")
    }

    #[test]
    fn everything_that_an_answer_depends_on_makes_another_key() {
        let one = sources(&[
            ("a.rs", SourceKind::Rust, "b"),
            ("c.rs", SourceKind::Rust, ""),
        ]);
        let none = Config::default();
        let span = Span::new(SourceId(0), 0, 0);
        let problem = |message: &str| Problem::new(span, message, "");
        let mut keys = vec![
            Key::by("1", &one, &[], &none),
            Key::by("2", &one, &[], &none),
            Key::by("1", &one, &[problem("a")], &none),
            Key::by("1", &one, &[problem("b")], &none),
            Key::by("1", &one, &[], &config("x.yaml", "")),
            Key::by("1", &one, &[], &config("y.yaml", "")),
            Key::by(
                "1",
                &one,
                &[],
                &config("x.yaml", "thresholds: {retry-attempts: 3}"),
            ),
        ];
        for files in [
            sources(&[("a.rs", SourceKind::Rust, "b")]),
            sources(&[
                ("a.rs", SourceKind::Rust, ""),
                ("c.rs", SourceKind::Rust, "b"),
            ]),
            sources(&[
                ("a.rs", SourceKind::Sql, "b"),
                ("c.rs", SourceKind::Rust, ""),
            ]),
            sources(&[
                ("a.rs", SourceKind::Rust, "b"),
                ("d.rs", SourceKind::Rust, ""),
            ]),
        ] {
            keys.push(Key::by("1", &files, &[], &none));
        }
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{at}");
        }
        assert_eq!(keys[0], Key::by("1", &one, &[], &none));
    }
}
