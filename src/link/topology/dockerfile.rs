//! What the Dockerfile of a service says of it: the image it goes on from, and whether that says
//! when it is ready (Dockerfile reference, "FROM" and "HEALTHCHECK").

use super::Builder;
use crate::read::compose::ComposeService;
use crate::source::{Span, join_inside, offset};

/// What is read of a Dockerfile.
pub(super) struct Dockerfile {
    /// The image behind its last stage.
    pub(super) base_image: Option<(String, Span)>,
    /// Its last stage has a `HEALTHCHECK` that is none of `NONE`.
    pub(super) healthcheck: bool,
}

impl Builder<'_, '_> {
    /// The Dockerfile of a service that is built here.
    pub(super) fn dockerfile(&self, service: &ComposeService) -> Option<Dockerfile> {
        let build = service.build.as_ref()?;
        if let Some(inline) = &build.inline {
            return Some(read(&inline.value, |_, _| inline.span));
        }
        let context = join_inside("", &build.context.value)?;
        let name = build.dockerfile.as_ref();
        let path = join_inside(
            &context,
            name.map_or("Dockerfile", |name| name.value.as_str()),
        )?;
        let source = self.sources.find(&path)?;
        let text = &self.sources.get(source).text;
        Some(read(text, |start, end| {
            Span::new(source, offset(start), offset(end))
        }))
    }
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
    use super::read;
    use crate::source::{SourceId, Span};

    fn seen(text: &str) -> (Option<String>, bool) {
        let file = read(text, |start, end| {
            Span::new(SourceId(0), start as u32, end as u32)
        });
        (file.base_image.map(|(image, _)| image), file.healthcheck)
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
