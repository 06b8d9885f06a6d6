//! The stages of a Dockerfile: what each goes on from, and what it takes in.

use super::dockerfile::joined;
use crate::read::compose::{Build, Text, interpolate};
use std::collections::BTreeMap;

/// The longest value of a variable that is kept, in bytes.
const MAX_VALUE: usize = 200;

/// A stage of a Dockerfile.
pub(super) struct Stage {
    pub(super) name: String,
    /// Where it begins.
    pub(super) start: usize,
    /// The stage or image that it goes on from, and those that it takes files from.
    pub(super) from: Vec<String>,
    /// What it takes from the context, as written, with variables filled in.
    pub(super) sources: Vec<String>,
}

/// The stages of a Dockerfile.
pub(super) fn stages(text: &str, build: &Build) -> Vec<Stage> {
    let mut variables = Variables {
        given: &build.args,
        defaults: BTreeMap::new(),
    };
    let mut stages: Vec<Stage> = Vec::new();
    for (start, line) in joined(text) {
        let line = line.lines().next().unwrap_or("");
        let (instruction, rest) = split(line);
        // What an image does to those that go on from it, it does to the stages here.
        let (instruction, rest) = match instruction.eq_ignore_ascii_case("onbuild") {
            true => split(rest),
            false => (instruction, rest),
        };
        let words = || rest.split_whitespace();
        match instruction.to_ascii_lowercase().as_str() {
            "from" => {
                let words: Vec<&str> = words().filter(|word| !word.starts_with("--")).collect();
                let base = variables.filled(words.first().unwrap_or(&""));
                // Such an image takes in everything when another goes on from it.
                let whole = base.ends_with("onbuild");
                stages.push(Stage {
                    start,
                    name: words
                        .get(2)
                        .map_or_else(String::new, |name| (*name).to_owned()),
                    sources: whole.then(String::new).into_iter().collect(),
                    from: vec![base],
                });
            }
            "arg" | "env" => variables.take(rest),
            "add" | "copy" | "run" => {
                if let Some(stage) = stages.last_mut() {
                    let run = instruction.eq_ignore_ascii_case("run");
                    let (from, taken) = if run { mounted(rest) } else { copied(rest) };
                    stage
                        .from
                        .extend(from.iter().map(|name| variables.filled(name)));
                    stage
                        .sources
                        .extend(taken.iter().map(|path| variables.filled(path)));
                }
            }
            _ => {}
        }
    }
    stages
}

/// The variables of a build: those that the compose file gives, and what the Dockerfile says where
/// it does not.
struct Variables<'b> {
    given: &'b [(Text, Text)],
    defaults: BTreeMap<String, String>,
}

impl Variables<'_> {
    fn filled(&self, word: &str) -> String {
        interpolate(word, &|name| {
            let mut given = self.given.iter();
            let given =
                given.find(|(known, value)| known.value == name && !value.value.contains('$'));
            let given = given.map(|(_, value)| &value.value);
            given.or(self.defaults.get(name)).cloned()
        })
    }

    /// Takes in the words of an `ARG` or `ENV`.
    fn take(&mut self, words: &str) {
        for word in words.split_whitespace() {
            let Some((name, value)) = word.split_once('=') else {
                continue;
            };
            let value = self.filled(value.trim_matches(['"', '\'']));
            // What grows with every line is no path.
            if value.len() <= MAX_VALUE {
                self.defaults.insert(name.to_owned(), value);
            }
        }
    }
}

/// The first word of a line, and the others.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim();
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (first, rest.trim_start())
}

/// What a `COPY` or `ADD` takes: from another stage or image, or paths of the context.
fn copied(rest: &str) -> (Vec<String>, Vec<String>) {
    let mut rest = rest;
    let mut from = Vec::new();
    while rest.starts_with("--") {
        let (flag, after) = split(rest);
        from.extend(flag.strip_prefix("--from=").map(str::to_owned));
        rest = after;
    }
    let listed: Option<Vec<String>> = serde_json::from_str(rest).ok();
    let mut words = listed.unwrap_or_else(|| {
        let words = rest.split_whitespace();
        words
            .map(|word| word.trim_matches(['"', '\'']).to_owned())
            .collect()
    });
    // The last one is where it goes.
    words.pop();
    let elsewhere =
        |word: &str| word.contains("://") || word.starts_with("git@") || word.starts_with("<<");
    words.retain(|word| from.is_empty() && !elsewhere(word));
    (from, words)
}

/// What the mounts of a `RUN` show to it, in the same form.
fn mounted(rest: &str) -> (Vec<String>, Vec<String>) {
    let (mut from, mut taken) = (Vec::new(), Vec::new());
    let mut rest = rest;
    while rest.starts_with("--") {
        let (flag, after) = split(rest);
        rest = after;
        let Some(mount) = flag.strip_prefix("--mount=") else {
            continue;
        };
        let value = |key: &str| {
            let mut parts = mount.split(',').filter_map(|part| part.split_once('='));
            parts
                .find(|(known, _)| *known == key)
                .map(|(_, value)| value)
        };
        if value("type").is_some_and(|kind| kind != "bind") {
            continue;
        }
        match value("from") {
            Some(stage) => from.push(stage.to_owned()),
            None => {
                let source = value("source").or_else(|| value("src"));
                taken.push(source.unwrap_or("").to_owned());
            }
        }
    }
    (from, taken)
}
