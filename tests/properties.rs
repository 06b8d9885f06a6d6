//! What holds for any system: of every fixture and of the example, changed in ways that must not matter.

mod common;

use common::drive::judged;
use common::{read, root};
use seaworthy::Analysis;
use seaworthy::baseline::Baseline;
use seaworthy::collect::kind_of;
use seaworthy::config::{Config, Location};
use seaworthy::model::GuardKind;
use seaworthy::outcome::{Outcome, State};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// A system as texts.
type Files = Vec<(String, String)>;

/// Numbers that are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).expect("it is below a size")
    }
}

/// Every small system of the tests, and what is said of it.
static SYSTEMS: LazyLock<Vec<(PathBuf, Files, BTreeSet<String>)>> = LazyLock::new(|| {
    let mut found = vec![root().join("examples/bookstore")];
    for rule in below(&root().join("tests/rules")) {
        found.extend(below(&rule).into_iter().filter(|path| path.is_dir()));
    }
    let systems = found.into_iter().map(|path| {
        let files = texts(&path);
        let said = said(&files);
        (path, files, said)
    });
    let systems: Vec<_> = systems.filter(|(_, files, _)| !files.is_empty()).collect();
    assert!(systems.len() > 60, "{}", systems.len());
    systems
});

fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// The files of a kind that the program knows, and configurations.
fn texts(system: &Path) -> Files {
    let (mut found, mut pending) = (Vec::new(), vec![system.to_owned()]);
    while let Some(directory) = pending.pop() {
        for path in below(&directory) {
            if path.is_dir() {
                pending.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let name = path.strip_prefix(system).expect("below");
                let name = name.to_string_lossy().into_owned();
                if name == "seaworthy.yaml" || kind_of(&name, &text).is_some() {
                    found.push((name, text));
                }
            }
        }
    }
    found.sort();
    found
}

fn run(files: &Files) -> (Analysis, Outcome) {
    let texts: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let text = files.iter().find(|(path, _)| path == "seaworthy.yaml");
    let mut config = text.map_or_else(Config::default, |(_, text)| {
        parsed(text).expect("the configuration of a fixture")
    });
    judged(&texts, &mut config)
}

fn parsed(text: &str) -> Result<Config, String> {
    let location = Location {
        name: "seaworthy.yaml".to_owned(),
        ..Location::default()
    };
    Config::parse(location, text.to_owned()).map_err(|error| error.to_string())
}

/// What is said of a system, without the lines and the order in which it is said.
fn said(files: &Files) -> BTreeSet<String> {
    let (analysis, outcome) = run(files);
    let sources = &analysis.sources;
    let mut said: Vec<String> = Vec::new();
    for endpoint in &analysis.system.endpoints {
        let (label, via) = (endpoint.label.name(), endpoint.via.name());
        said.push(format!(
            "{} {label} {via} {:?}",
            endpoint.name(),
            endpoint.confidence
        ));
    }
    for call in &analysis.system.calls {
        let name = sources.slice(call.name_span);
        let path = &sources.get(call.span.source).path;
        let states = GuardKind::ALL.map(|kind| call.guards.get(kind).answer);
        said.push(format!(
            "{path} {name} {:?} {:?} {states:?}",
            call.kind, call.target
        ));
    }
    for relation in &analysis.system.relations {
        said.push(format!(
            "{} {:?} {}",
            relation.from, relation.kind, relation.to
        ));
    }
    for reported in &outcome.findings {
        let finding = &reported.finding;
        let state = match reported.state {
            State::Open => "open",
            State::Known => "known",
            State::Suppressed(_) => "suppressed",
        };
        let path = &sources.get(finding.span.source).path;
        let (rule, severity) = (&finding.rule, finding.severity.name());
        said.push(format!(
            "{rule} {severity} {path} {} {} {state} {:?}",
            finding.subject,
            reported.fingerprint,
            without_lines(&finding.message)
        ));
    }
    for problem in &analysis.problems {
        let path = &sources.get(problem.span.source).path;
        said.push(format!("{path} {}", without_lines(&problem.message)));
    }
    // Twins are counted.
    said.sort();
    let numbered = said.iter().enumerate().map(|(at, line)| {
        let before = said[..at].iter().rev().take_while(|other| *other == line);
        format!("{line} #{}", before.count())
    });
    numbered.collect()
}

/// A text without its numbers: lines are named in some.
fn without_lines(text: &str) -> String {
    text.replace(|c: char| c.is_ascii_digit(), "")
}

/// Changes every system in a way that must not matter, and compares what is said of it. The change must make a difference to so
/// many systems at least, or this shows nothing.
fn holds(way: &str, least: usize, change: impl Fn(&mut Files)) {
    let (mut broken, mut differ) = (Vec::new(), 0);
    for (path, files, before) in SYSTEMS.iter() {
        let mut changed = files.clone();
        change(&mut changed);
        differ += usize::from(changed != *files);
        let after = said(&changed);
        if *before != after {
            let gone: Vec<_> = before.difference(&after).take(3).collect();
            let new: Vec<_> = after.difference(before).take(3).collect();
            broken.push(format!("{}: {gone:#?} became {new:#?}", path.display()));
        }
    }
    assert!(broken.is_empty(), "{way}: {}", broken.join("\n"));
    assert!(differ >= least, "{way} makes a difference to {differ}");
}

#[test]
fn comments_and_blank_lines_change_no_verdict() {
    holds("comments", 80, |files| {
        for (number, (path, text)) in files.iter_mut().enumerate() {
            let sign = match path.rsplit('.').next() {
                Some("rs") => "// é",
                Some("yaml" | "yml" | "toml" | "lock") => "# é",
                Some("sql") => "-- é",
                _ => continue,
            };
            *text = spaced(
                text,
                sign,
                path.ends_with(".rs"),
                &mut Chance(number as u64),
            );
        }
    });
}

/// The text with comments and blank lines between lines, where the grammar has room for them.
fn spaced(text: &str, sign: &str, rust: bool, chance: &mut Chance) -> String {
    let mut out = String::new();
    let (mut block, mut open): (Option<usize>, bool) = (None, false);
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let inside = block.is_some_and(|outer| indent > outer || line.trim().is_empty());
        if !inside {
            block = None;
        }
        // A comment that suppresses, and one that marks, stand for the line that follows.
        let marked = line.contains("seaworthy:") || line.contains('~');
        let room = !inside && !open && !marked && !line.trim().is_empty();
        if room && chance.below(2) == 0 && !out.trim_end().ends_with('\\') {
            let last = out.lines().last().unwrap_or("");
            if !last.contains("seaworthy:") && !last.trim_start().starts_with("///") {
                let comment = format!("{}{sign}\n", " ".repeat(indent));
                let filler = ["\n", &comment][chance.below(2)];
                out.push_str(filler);
            }
        }
        out.push_str(line);
        out.push('\n');
        if !rust && block.is_none() && line.trim_end().ends_with(['|', '>', '-']) {
            block = Some(indent);
        }
        // A text that goes on over lines has an odd number of quotes on its first and its last.
        if line.matches('"').count() % 2 == 1 {
            open = !open;
        }
    }
    out
}

#[test]
fn the_order_of_files_changes_nothing() {
    holds("order", 20, |files| files.reverse());
}

#[test]
fn the_order_of_module_declarations_changes_nothing() {
    holds("modules", 1, |files| {
        for (_, text) in files.iter_mut().filter(|(path, _)| path.ends_with(".rs")) {
            let is_module = |line: &&str| {
                let plain = line.strip_prefix("pub ").unwrap_or(line);
                plain.starts_with("mod ") && plain.ends_with(';')
            };
            let mut modules: Vec<&str> = text.lines().filter(is_module).collect();
            let lines = text.lines().map(|line| match is_module(&line) {
                true => modules.pop().unwrap_or(line),
                false => line,
            });
            *text = lines.collect::<Vec<_>>().join("\n") + "\n";
        }
    });
}

#[test]
fn line_endings_change_nothing() {
    holds("CRLF", 80, |files| {
        for (_, text) in files.iter_mut() {
            *text = text.replace('\n', "\r\n");
        }
    });
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    let from = root().join("examples/bookstore");
    let to = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("byte-order-mark");
    let _ = std::fs::remove_dir_all(&to);
    for (mark, name) in [("", "without"), ("\u{feff}", "with")] {
        for (path, text) in texts(&from) {
            let path = to.join(name).join(path);
            std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            std::fs::write(path, format!("{mark}{text}")).expect("a file");
        }
    }
    let report = |name: &str| {
        let (analysis, outcome) = common::checked(&to.join(name), 1);
        seaworthy::report::check_json::render(&analysis, &outcome).expect("JSON")
    };
    let plain = report("without");
    assert!(plain.len() > 10_000);
    assert!(plain == report("with"), "a mark changes the report");
}

#[test]
fn a_baseline_leaves_nothing_open() {
    for (path, files, _) in SYSTEMS.iter() {
        let (analysis, mut outcome) = run(files);
        let open = outcome.open().count();
        let text = Baseline::of(&outcome, &analysis.sources)
            .text()
            .expect("JSON");
        let known = Baseline::parse(&text).expect("our own file");
        let found = known.mark(&mut outcome, &analysis.sources);
        assert_eq!(outcome.open().count(), 0, "{}", path.display());
        assert_eq!((outcome.known(), found.len()), (open, open));
    }
}

#[test]
fn a_configuration_that_is_wrong_anyhow_is_told() {
    let text = read(&root().join("docs/configuration.md"));
    let example = text
        .split("```yaml\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(example, _)| example)
        .max_by_key(|example| example.len())
        .expect("an example");
    assert!(parsed(example).is_ok(), "{:?}", parsed(example).err());
    let pieces = [
        "[", "]", "{", "}", ": ", "- ", "\n", "é", "*", "&a ", "\"", "~", "!", "9", "\t", "<<: ",
    ];
    let (mut chance, mut refused) = (Chance(1), 0);
    for _ in 0..3_000 {
        let mut changed: Vec<char> = example.chars().collect();
        for _ in 0..=chance.below(3) {
            let at = chance.below(changed.len());
            let length = chance.below(8).min(changed.len() - at);
            let piece = pieces[chance.below(pieces.len())];
            changed.splice(at..at + length, piece.chars());
        }
        let changed: String = changed.into_iter().collect();
        refused += usize::from(parsed(&changed).is_err());
    }
    assert!((500..3_000).contains(&refused), "{refused}");
}
