//! What the Dockerfile of a service says of it: the image it goes on from, and whether that says
//! when it is ready (Dockerfile reference, "FROM" and "HEALTHCHECK").

use super::Builder;
use crate::model::Executable;
use crate::read::compose::{Build, ComposeService};
use crate::source::{Span, join_inside, offset};
use std::collections::VecDeque;

/// What is read of a Dockerfile.
pub(super) struct Dockerfile {
    /// The image behind its last stage.
    pub(super) base_image: Option<(String, Span)>,
    /// Its last stage has a `HEALTHCHECK` that is none of `NONE`.
    pub(super) healthcheck: bool,
}

/// How a Dockerfile names a program, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Names {
    /// Its stage starts it: `ENTRYPOINT ["/app/name"]`.
    Starts,
    /// Its stage has it: `COPY --from=build /src/target/release/name /usr/bin/`.
    Copies,
    /// It builds it: `cargo build --bin name`, `--package name`.
    Builds,
}

/// How a Dockerfile names a program, in the stage that a service runs.
pub(super) fn names(text: &str, target: Option<&str>, program: &Executable) -> Option<Names> {
    let (mut found, mut built): (Option<Names>, bool) = (None, false);
    // Instructions of the stages that have been read, by the stages' names.
    let mut in_stage = target.is_none();
    for (_, line) in joined(text) {
        let words: Vec<&str> = line
            .split([' ', '\t', '\n', '"', '\'', ',', '[', ']', '='])
            .filter(|word| !word.is_empty())
            .collect();
        let Some((instruction, words)) = words.split_first() else {
            continue;
        };
        let instruction = instruction.to_ascii_uppercase();
        if instruction == "FROM" {
            in_stage = match target {
                Some(target) => words.last() == Some(&target),
                // Of several stages without a target, the last one runs.
                None => {
                    found = None;
                    true
                }
            };
        }
        let is = |word: &&str| word.rsplit('/').next() == Some(program.name.as_str());
        let after = |flags: &[&str], name: &str| {
            let mut pairs = words.windows(2);
            pairs.any(|pair| flags.contains(&pair[0]) && pair[1] == name)
        };
        let how = match instruction.as_str() {
            "ENTRYPOINT" | "CMD" if in_stage && words.iter().any(is) => Some(Names::Starts),
            "COPY" if in_stage && words.iter().any(is) => Some(Names::Copies),
            "RUN" => {
                built |= after(&["--bin"], &program.name)
                    || after(&["--package", "-p"], &program.package);
                None
            }
            _ => None,
        };
        found = match (found, how) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    found.or(built.then_some(Names::Builds))
}

/// The instructions of a Dockerfile, each with the lines that it goes on in: after a backslash, and
/// until the end of a here-document, and where it begins. No comments.
pub(super) fn joined(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    let mut open = false;
    // The words that end the here-documents of the last instruction.
    let mut ends: VecDeque<String> = VecDeque::new();
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let (Some(end), Some((_, last))) = (ends.front(), lines.last_mut()) {
            if line.trim() == end {
                ends.pop_front();
            } else {
                last.push('\n');
                last.push_str(line);
            }
            continue;
        }
        if line.trim_start().starts_with('#') {
            continue;
        }
        let part = line.trim_end().trim_end_matches('\\');
        match lines.last_mut().filter(|_| open) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(part);
            }
            None => lines.push((start, part.to_owned())),
        }
        open = line.trim_end().ends_with('\\');
        ends = lines
            .last()
            .filter(|_| !open)
            .map_or_else(VecDeque::new, |(_, last)| here_documents(last));
    }
    lines
}

/// The words that end the here-documents that an instruction opens: `COPY <<EOF /etc/app.conf`.
fn here_documents(instruction: &str) -> VecDeque<String> {
    let first = instruction.split_whitespace().next().unwrap_or("");
    let takes = ["add", "copy", "run"]
        .iter()
        .any(|known| first.eq_ignore_ascii_case(known));
    if !takes {
        return VecDeque::new();
    }
    let words = instruction.split_whitespace().filter_map(|word| {
        let (_, after) = word.split_once("<<")?;
        let after = after
            .strip_prefix('-')
            .unwrap_or(after)
            .trim_matches(['"', '\'']);
        let is_word = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && after.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_word.then(|| after.to_owned())
    });
    words.collect()
}

impl Builder<'_> {
    /// The text of a service's Dockerfile.
    pub(super) fn dockerfile_text<'s>(&'s self, service: &'s ComposeService) -> Option<&'s str> {
        let build = service.build.as_ref()?;
        if let Some(inline) = &build.inline {
            return Some(&inline.value);
        }
        let source = self.sources.find(&dockerfile_path(build)?)?;
        Some(&self.sources.get(source).text)
    }

    /// The Dockerfile of a service that is built here.
    pub(super) fn dockerfile(&self, service: &ComposeService) -> Option<Dockerfile> {
        let build = service.build.as_ref()?;
        if let Some(inline) = &build.inline {
            return Some(read(&inline.value, |_, _| inline.span));
        }
        let source = self.sources.find(&dockerfile_path(build)?)?;
        let text = &self.sources.get(source).text;
        Some(read(text, |start, end| {
            Span::new(source, offset(start), offset(end))
        }))
    }
}

/// The path of the Dockerfile that an image is built with.
pub(super) fn dockerfile_path(build: &Build) -> Option<String> {
    let context = join_inside("", &build.context.value)?;
    let name = build.dockerfile.as_ref().filter(|_| build.inline.is_none());
    join_inside(
        &context,
        name.map_or("Dockerfile", |name| name.value.as_str()),
    )
}

/// Reads the instructions of which something is wanted; `place` makes a span of bytes.
fn read(text: &str, place: impl Fn(usize, usize) -> Span) -> Dockerfile {
    let mut stages: Vec<(String, Option<(String, Span)>)> = Vec::new();
    let (mut base_image, mut healthcheck) = (None, false);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let mut words = line.split_whitespace();
        let Some(instruction) = words.next() else {
            continue;
        };
        let mut words = words.filter(|word| !word.starts_with("--"));
        if instruction.eq_ignore_ascii_case("healthcheck") {
            let none = words.next();
            healthcheck = !none.is_some_and(|word| word.eq_ignore_ascii_case("none"));
        }
        if !instruction.eq_ignore_ascii_case("from") {
            continue;
        }
        let Some(image) = words.next() else { continue };
        // A stage that goes on from another has what that one has.
        let stage = stages.iter().find(|(name, _)| name == image);
        base_image = match stage {
            Some((_, base)) => base.clone(),
            None => Some((
                image.to_owned(),
                place(start, start + line.trim_end().len()),
            )),
        };
        healthcheck = healthcheck && stage.is_some();
        if words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("as"))
        {
            stages.extend(
                words
                    .next()
                    .map(|name| (name.to_owned(), base_image.clone())),
            );
        }
    }
    Dockerfile {
        base_image,
        healthcheck,
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, names, read};
    use crate::model::{Executable, Lasts};
    use crate::source::{SourceId, Span};

    fn seen(text: &str) -> (Option<String>, bool) {
        let file = read(text, |start, end| {
            Span::new(SourceId(0), start as u32, end as u32)
        });
        (file.base_image.map(|(image, _)| image), file.healthcheck)
    }

    #[test]
    fn a_stage_names_its_program() {
        let program = |name: &str| Executable {
            lasts: Lasts::default(),
            name: name.to_owned(),
            package: "shop".to_owned(),
            directory: String::new(),
            functions: std::collections::BTreeSet::new(),
        };
        let text = "FROM rust AS build\nRUN cargo build \\\n  --bin worker\nFROM debian AS worker\nCOPY --from=build /src/target/release/worker /bin/\nCMD [\"/bin/worker\"]\nFROM debian AS api\n# CMD worker\nCOPY --from=build /src/target/release/api /bin/\n";
        let seen = |name: &str, target: Option<&str>| names(text, target, &program(name));
        assert_eq!(seen("worker", Some("worker")), Some(Names::Starts));
        assert_eq!(seen("worker", None), Some(Names::Builds));
        assert_eq!(seen("api", None), Some(Names::Copies));
        assert_eq!(seen("api", Some("worker")), None);
        let by_package = names("RUN cargo build -p shop\n", None, &program("api"));
        assert_eq!(by_package, Some(Names::Builds));
    }

    #[test]
    fn the_last_stage_counts() {
        for (text, image, healthcheck) in [
            ("FROM rust:1 AS build\nFROM debian\n", "debian", false),
            (
                "FROM --platform=x debian AS base\nFROM rust\nFROM base\n",
                "debian",
                false,
            ),
            (
                "FROM nginx\nHEALTHCHECK CMD curl -f localhost\n",
                "nginx",
                true,
            ),
            (
                "FROM nginx\nHEALTHCHECK --interval=5s NONE\n",
                "nginx",
                false,
            ),
            ("FROM a AS b\nHEALTHCHECK CMD x\nFROM c\n", "c", false),
        ] {
            assert_eq!(seen(text), (Some(image.to_owned()), healthcheck), "{text}");
        }
    }
}
