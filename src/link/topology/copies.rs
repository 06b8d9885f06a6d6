//! Which files of its build context an image has: those that the stages it is made of take in
//! (Dockerfile reference, "COPY", "ADD" and "RUN --mount=type=bind").

use super::Builder;
use super::dockerfile::dockerfile_path;
use super::stages::{Stage, stages};
use crate::catalog::EnvironmentRules;
use crate::read::compose::{Build, ComposeService};
use crate::source::{join_inside, join_path};
use globset::{GlobBuilder, GlobMatcher};
use std::ops::Range;

/// How many sources of one image are told apart; what takes in more takes in everything.
const MAX_SOURCES: usize = 400;

/// Signs of a pattern in the source of a `COPY`.
const PATTERN_SIGNS: [char; 3] = ['*', '?', '['];

/// What a service is built from.
pub(super) struct BuiltFrom {
    context: String,
    /// The path of its Dockerfile.
    pub(super) dockerfile: Option<String>,
    /// The parts of its Dockerfile that it is built from.
    pub(super) stages: Vec<Range<usize>>,
    sources: Vec<Source>,
}

/// Something that an image takes from its context, relative to that.
enum Source {
    /// A file, or a directory with all that is in it; empty for the whole context.
    Path(String),
    /// What a pattern matches, below a directory.
    Pattern(String, GlobMatcher),
}

impl BuiltFrom {
    /// How long the path is by which a file is taken in, one more for its end; none for a file that
    /// is not.
    pub(super) fn depth(&self, path: &str) -> Option<usize> {
        if self.dockerfile.as_deref() == Some(path) {
            return Some(path.len() + 1);
        }
        let inside = below(&self.context, path)?;
        let taken = self.sources.iter().filter_map(|source| match source {
            Source::Path(root) => below(root, inside).map(|_| root),
            Source::Pattern(directory, pattern) => {
                let ends = inside.match_indices('/').map(|(at, _)| at);
                let mut around = ends.chain([inside.len()]);
                around
                    .any(|end| pattern.is_match(&inside[..end]))
                    .then_some(directory)
            }
        });
        taken
            .map(|root| join_path(&self.context, root).len() + 1)
            .max()
    }
}

/// What is left of a path below a directory.
fn below<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    if directory.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(directory)?;
    match rest.is_empty() {
        true => Some(rest),
        false => rest.strip_prefix('/'),
    }
}

impl Builder<'_> {
    /// What a service is built from. Where its Dockerfile is not known, it may be the whole context.
    pub(super) fn built_from(&self, service: &ComposeService) -> Option<BuiltFrom> {
        let build = service.build.as_ref()?;
        let context = join_inside("", &build.context.value)?;
        let text = self.dockerfile_text(service);
        let rules = &self.catalog.environment;
        let (sources, stages) = match text {
            Some(text) => taken(text, build),
            None => (vec![String::new()], Vec::new()),
        };
        Some(BuiltFrom {
            context,
            dockerfile: dockerfile_path(build).filter(|_| build.inline.is_none()),
            stages,
            sources: sources.iter().map(|source| known(source, rules)).collect(),
        })
    }
}

/// A source as it is written. What stands behind a variable without a value may be anything, and
/// what was made of the files around it (`COPY target/app.jar`) has them all.
fn known(source: &str, rules: &EnvironmentRules) -> Source {
    let directory = |text: &str| {
        let whole = text.rsplit_once('/').map_or("", |(directory, _)| directory);
        join_path("", whole)
    };
    let plain = source.split('$').next().unwrap_or(source);
    if plain.len() < source.len() {
        let before = plain.split(PATTERN_SIGNS).next().unwrap_or(plain);
        return Source::Path(directory(before));
    }
    let path = join_path("", source);
    let made = path.split('/').scan(0, |end, part| {
        let start = *end;
        *end += part.len() + 1;
        Some((start, part))
    });
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let outputs = &rules.build_output_directories;
    let mut made = made.filter(|(_, part)| outputs.iter().any(|known| known == part));
    if let Some((start, _)) = made.next() {
        return Source::Path(directory(&path[..start]));
    }
    if rules
        .build_output_endings
        .iter()
        .any(|known| known == ending)
    {
        let before = path.split(PATTERN_SIGNS).next().unwrap_or(&path);
        return Source::Path(directory(before));
    }
    let Some(at) = path.find(PATTERN_SIGNS) else {
        return Source::Path(path);
    };
    let before = directory(&path[..at]);
    let pattern = GlobBuilder::new(&path).literal_separator(true).build();
    match pattern {
        Ok(pattern) => Source::Pattern(before, pattern.compile_matcher()),
        Err(_) => Source::Path(before),
    }
}

/// The paths of the context that the stage of a build and those behind it take in, as written, with
/// the variables filled in that have a value; and where these stages stand.
fn taken(text: &str, build: &Build) -> (Vec<String>, Vec<Range<usize>>) {
    let stages = stages(text, build);
    let find = |name: &str| {
        let named = |stage: &Stage| stage.name.eq_ignore_ascii_case(name);
        // A later stage of a name hides the earlier ones.
        let by_name = stages.iter().rposition(named).filter(|_| !name.is_empty());
        by_name.or_else(|| name.parse().ok().filter(|at| *at < stages.len()))
    };
    let target = build.target.as_ref().and_then(|target| find(&target.value));
    let mut pending: Vec<usize> = target.or(stages.len().checked_sub(1)).into_iter().collect();
    let mut reached = vec![false; stages.len()];
    let mut found: Vec<String> = Vec::new();
    // What stands before the first stage is for all of them.
    let head = stages.first().map_or(text.len(), |stage| stage.start);
    let mut places = Vec::from([Range {
        start: 0,
        end: head,
    }]);
    while let Some(at) = pending.pop() {
        if std::mem::replace(&mut reached[at], true) {
            continue;
        }
        let stage = &stages[at];
        let end = stages.get(at + 1).map_or(text.len(), |next| next.start);
        places.push(stage.start..end);
        found.extend(stage.sources.iter().cloned());
        let behind = stage.from.iter().filter_map(|name| find(name));
        pending.extend(behind.filter(|from| *from < at));
    }
    if found.len() > MAX_SOURCES {
        found = vec![String::new()];
    }
    (found, places)
}

#[cfg(test)]
mod tests {
    use super::{BuiltFrom, known, taken};
    use crate::catalog::Catalog;
    use crate::read::compose::{Build, Text};
    use crate::source::{SourceId, Sources, Span};

    fn text(value: &str) -> Text {
        let span = Span::new(SourceId(0), 0, 0);
        let value = value.to_owned();
        Text { value, span }
    }

    fn copied(file: &str, target: Option<&str>, paths: &[&str]) -> Vec<String> {
        let build = Build {
            context: text("."),
            dockerfile: None,
            target: target.map(text),
            inline: None,
            args: vec![(text("PART"), text("orders"))],
        };
        let catalog = Catalog::shipped_for(&Sources::new(Vec::new())).expect("it loads");
        let rules = &catalog.environment;
        let (sources, stages) = taken(file, &build);
        let from = BuiltFrom {
            context: "shop".to_owned(),
            dockerfile: None,
            stages,
            sources: sources.iter().map(|source| known(source, rules)).collect(),
        };
        let paths = paths.iter().filter(|path| from.depth(path).is_some());
        paths.map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn an_image_has_what_its_stages_copy() {
        let all = [
            "shop/a.py",
            "shop/lib/b.py",
            "shop/orders/c.py",
            "shop/web/d.js",
            "web/e.js",
        ];
        for (file, wanted) in [
            ("FROM x\nCOPY . .\n", &all[..4]),
            ("FROM x\nCOPY ./ /app\n", &all[..4]),
            ("FROM x\n", &[]),
            ("COPY . .\n", &[]),
            ("FROM x\nCOPY lib /lib\n", &all[1..2]),
            (
                "FROM x\ncopy --chown=a:b --link /lib/b.py ./a.py \\\n  /lib/\n",
                &all[..2],
            ),
            (
                "FROM x\nCOPY [\"lib\", \"web/d.js\", \"/app/\"]\n",
                &["shop/lib/b.py", "shop/web/d.js"],
            ),
            (
                "FROM x\nADD https://example.com/lib lib/ /app\n",
                &all[1..2],
            ),
            ("FROM x\nCOPY ../web /app\n", &all[3..4]),
            ("FROM x\nCOPY *.py /app\n", &all[..1]),
            ("FROM x\nCOPY l* /app\n", &all[1..2]),
            ("FROM x\nCOPY w[a-f]b/*.js /app\n", &all[3..4]),
            ("FROM x\nARG PART=web\nCOPY ${PART}/ /app\n", &all[2..3]),
            ("FROM x\nARG SIDE=web\nCOPY $SIDE/ /app\n", &all[3..4]),
            ("FROM x\nCOPY lib/$UNKNOWN /app\n", &all[1..2]),
            ("FROM x\nCOPY <<EOF /etc/app.conf\nCOPY . .\nEOF\n", &[]),
            (
                "FROM x\nRUN --mount=type=cache,target=/c --mount=source=lib,target=/l make\n",
                &all[1..2],
            ),
            ("FROM x\nRUN --mount=type=bind,target=. make\n", &all[..4]),
            ("FROM python:2-onbuild\n", &all[..4]),
            ("FROM x\nCOPY lib/target/*.jar /app.jar\n", &all[1..2]),
            ("FROM x\nCOPY app-*.jar /app.jar\n", &all[..4]),
        ] {
            assert_eq!(copied(file, None, &all), wanted, "{file}");
        }
    }

    #[test]
    fn only_the_stages_behind_the_target_count() {
        let file = "FROM x AS build\nCOPY lib .\nFROM x AS test\nCOPY web .\nFROM x AS base\nCOPY a.py .\nFROM base AS last\nCOPY --from=Build /out /\n";
        let all = ["shop/a.py", "shop/lib/b.py", "shop/web/d.js"];
        assert_eq!(copied(file, None, &all), &all[..2]);
        assert_eq!(copied(file, Some("test"), &all), &all[2..]);
        assert_eq!(copied(file, Some("build"), &all), &all[1..2]);
        assert_eq!(copied(file, Some("0"), &all), &all[1..2]);
        let circle = "FROM b AS a\nCOPY lib .\nFROM a AS b\n";
        assert_eq!(copied(circle, None, &all), &all[1..2]);
    }

    #[test]
    fn too_many_sources_are_everything() {
        let file = format!("FROM x\n{}", "COPY lib .\n".repeat(401));
        assert_eq!(copied(&file, None, &["shop/z.py"]), ["shop/z.py"]);
    }
}
