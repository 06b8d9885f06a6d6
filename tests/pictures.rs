//! Pictures of graphs that are kept as JSON: everything is drawn, in every format, and quickly.
//! `SEAWORTHY_MODELS` names a directory with more of them; the pictures are left in the target
//! directory, for people to look at.

mod common;

use common::{read, root};
use seaworthy::diagram::{
    Edge, EdgeFact, Facts, Graph, Group, Node, NodeKind, Reading, SvgOptions, old_places, svg,
};
use seaworthy::model::{ComponentKind, RelationKind};
use seaworthy::source::Sources;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn kind(name: &str) -> ComponentKind {
    match name {
        "worker" => ComponentKind::Worker,
        "topic" => ComponentKind::Topic,
        "queue" => ComponentKind::Queue,
        "stream" => ComponentKind::StreamProcessor,
        "scheduler" => ComponentKind::Scheduler,
        "db" => ComponentKind::Database,
        "cache" => ComponentKind::Cache,
        "warehouse" => ComponentKind::Warehouse,
        "storage" => ComponentKind::ObjectStore,
        "gateway" => ComponentKind::Gateway,
        "external" => ComponentKind::External,
        _ => ComponentKind::Service,
    }
}

fn relation(name: &str) -> RelationKind {
    match name {
        "publish" => RelationKind::Publishes,
        "consume" => RelationKind::Consumes,
        "data" => RelationKind::ReadsWrites,
        "etl" => RelationKind::Loads,
        _ => RelationKind::Calls,
    }
}

/// The graph of a model: `nodes` with `id`, `label`, `kind`, `tech` and `cluster`, `edges` from `s`
/// to `t` with `kind` and `label`, `clusters` with `id`, `label` and `parent`.
fn graph(model: &Value) -> Graph<'_> {
    let mut graph = Graph::default();
    graph.groups.push(Group::default());
    let mut groups = BTreeMap::new();
    for cluster in model["clusters"].as_array().expect("clusters") {
        groups.insert(text(cluster, "id"), graph.groups.len());
        graph.groups.push(Group {
            name: text(cluster, "label").to_owned(),
            nodes: Vec::new(),
            parent: groups.get(text(cluster, "parent")).copied(),
        });
    }
    let mut places = BTreeMap::new();
    for node in model["nodes"].as_array().expect("nodes") {
        let technology = text(node, "tech");
        let index = graph.graph.add_node(Node {
            id: Cow::Borrowed(text(node, "id")),
            label: Cow::Borrowed(text(node, "label")),
            kind: NodeKind::Component(kind(text(node, "kind"))),
            technology: (!technology.is_empty()).then_some(Cow::Borrowed(technology)),
            evidence: &[],
            note: None,
        });
        places.insert(text(node, "id"), index);
        let group = groups.get(text(node, "cluster")).copied().unwrap_or(0);
        graph.groups[group].nodes.push(index);
    }
    for edge in model["edges"].as_array().expect("edges") {
        let drawn = Edge {
            label: Cow::Borrowed(text(edge, "label")),
            ..Edge::new(relation(text(edge, "kind")))
        };
        let (from, to) = (places[text(edge, "s")], places[text(edge, "t")]);
        graph.graph.add_edge(from, to, drawn);
    }
    graph
}

fn models() -> Vec<PathBuf> {
    let mut directories = vec![root().join("tests/pictures")];
    directories.extend(std::env::var_os("SEAWORTHY_MODELS").map(PathBuf::from));
    let mut files = Vec::new();
    for directory in directories {
        for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
            if entry.path().extension().is_some_and(|one| one == "json") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

fn drawn(file: &Path, reading: Reading) -> (Facts, String) {
    let model: Value = serde_json::from_str(&read(file)).expect("JSON");
    let graph = graph(&model);
    let options = SvgOptions {
        title: text(&model, "title").to_owned(),
        reading,
        ..SvgOptions::default()
    };
    let begun = Instant::now();
    let picture = svg(&graph, &Sources::default(), &options);
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    // For those who measure; `cargo test -- --nocapture` shows it.
    let _ = writeln!(
        std::io::stdout(),
        "{name} {reading:?}: {:?}",
        begun.elapsed()
    );
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let ending = if reading == Reading::Right {
        "svg"
    } else {
        "down.svg"
    };
    std::fs::write(target.join(format!("{name}.{ending}")), &picture).expect("a file");
    (Facts::of(&graph), picture)
}

#[test]
fn every_model_is_drawn_whole() {
    let files = models();
    assert!(!files.is_empty());
    for file in files {
        for reading in [Reading::Right, Reading::Down] {
            let (facts, picture) = drawn(&file, reading);
            assert_eq!(
                Facts::read(&picture),
                Some(facts.clone()),
                "{}",
                file.display()
            );
            let boxes = picture.matches("<g class=\"n ").count();
            assert_eq!(boxes, facts.nodes.len(), "{}", file.display());
            let drawn = |fact: &EdgeFact| fact.count;
            let lines: usize = facts.edges.values().map(drawn).sum();
            assert!(picture.matches(" class=\"p\"").count() >= lines);
        }
    }
}

/// The share of nodes that stand more than a box's height elsewhere.
fn moved(old: &str, new: &str) -> f64 {
    let (old, new) = (
        old_places(old).expect("ours"),
        old_places(new).expect("ours"),
    );
    let far = |id: &String, (x, y): &(f64, f64)| {
        let now = new[id];
        (now.0 - x).hypot(now.1 - y) > 42.0
    };
    let count = old.iter().filter(|(id, place)| far(id, place)).count();
    count as f64 / old.len() as f64
}

#[test]
fn a_small_change_stays_small() {
    for file in models() {
        let model: Value = serde_json::from_str(&read(&file)).expect("JSON");
        let whole = graph(&model);
        // In a picture of a few nodes each edge is no small part.
        if !(20..=100).contains(&whole.graph.node_count()) {
            continue;
        }
        let draw = |graph: &Graph<'_>, old: &str| {
            let options = SvgOptions {
                old: old_places(old).unwrap_or_default(),
                ..SvgOptions::default()
            };
            svg(graph, &Sources::default(), &options)
        };
        let before = draw(&whole, "");
        let again = moved(&before, &draw(&whole, &before));
        assert!(
            again <= 0.05,
            "{again:.2} of the nodes move when nothing changes"
        );
        let edges: Vec<_> = whole.graph.edge_indices().collect();
        let (mut alone, mut kept, mut count) = (0.0, 0.0, 0.0);
        for edge in edges.iter().step_by((edges.len() / 12).max(1)) {
            let mut less = graph(&model);
            less.graph.remove_edge(*edge);
            alone += moved(&before, &draw(&less, ""));
            kept += moved(&before, &draw(&less, &before));
            count += 1.0;
        }
        let (alone, kept) = (alone / count, kept / count);
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(
            std::io::stdout(),
            "{name}: {alone:.2} of the nodes move when an edge goes, {kept:.2} with --from"
        );
        assert!(kept <= 0.35, "{name}: {kept:.2}");
        assert!(alone <= 0.5, "{name}: {alone:.2}");
    }
}

/// The straight pieces of a line, with its rounded corners made sharp.
fn pieces(d: &str) -> Vec<[(f64, f64); 2]> {
    let mut at = (0.0, 0.0);
    let mut pieces = Vec::new();
    let starts: Vec<usize> = d
        .char_indices()
        .filter(|(_, c)| c.is_ascii_alphabetic())
        .map(|(at, _)| at)
        .chain([d.len()])
        .collect();
    for pair in starts.windows(2) {
        let (command, rest) = d[pair[0]..pair[1]].split_at(1);
        let numbers = rest.replace('-', " -");
        let numbers: Vec<f64> = numbers
            .split_whitespace()
            .map(|number| number.parse().expect("a number"))
            .collect();
        let steps = match (command, numbers.as_slice()) {
            ("M", [x, y]) => {
                at = (*x, *y);
                continue;
            }
            ("h", [x]) => vec![(*x, 0.0)],
            ("v", [y]) => vec![(0.0, *y)],
            ("l", [x, y]) => vec![(*x, *y)],
            ("q", [x, y, to_x, to_y]) => vec![(*x, *y), (to_x - x, to_y - y)],
            other => panic!("{other:?} in {d}"),
        };
        for (x, y) in steps {
            let next = (at.0 + x, at.1 + y);
            pieces.push([at, next]);
            at = next;
        }
    }
    pieces
}

/// How often lines that have no end in common cross each other, and how long all are.
fn crossings(picture: &str) -> (usize, f64) {
    let attribute = |text: &str, name: &str| {
        let (_, rest) = text
            .split_once(&format!(" {name}=\""))
            .expect("an attribute");
        rest.split_once('"').expect("its end").0.to_owned()
    };
    let lines: Vec<_> = picture
        .lines()
        .filter(|line| line.starts_with("<g class=\"e "))
        .map(|line| {
            let (_, path) = line.split_once("class=\"p\"").expect("a line");
            let ends = [attribute(line, "data-s"), attribute(line, "data-t")];
            (ends, pieces(&attribute(path, "d")))
        })
        .collect();
    let mut found = 0;
    for (at, (ends, line)) in lines.iter().enumerate() {
        for (other_ends, other) in &lines[at + 1..] {
            if ends.iter().any(|end| other_ends.contains(end)) {
                continue;
            }
            for one in line {
                found += other.iter().filter(|two| cross(one, two)).count();
            }
        }
    }
    let length = |piece: &[(f64, f64); 2]| {
        let [from, to] = piece;
        (to.0 - from.0).abs() + (to.1 - from.1).abs()
    };
    let all = lines.iter().flat_map(|(_, line)| line);
    (found, all.map(length).sum())
}

fn cross(one: &[(f64, f64); 2], two: &[(f64, f64); 2]) -> bool {
    let side = |line: &[(f64, f64); 2], point: (f64, f64)| {
        let [from, to] = line;
        (to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0)
    };
    side(one, two[0]) * side(one, two[1]) < 0.0 && side(two, one[0]) * side(two, one[1]) < 0.0
}

#[test]
fn lines_are_short_and_rarely_cross() {
    let (_, picture) = drawn(&root().join("tests/pictures/shop.json"), Reading::Right);
    let boxes = picture.matches("<g class=\"n ").count();
    let (found, length) = crossings(&picture);
    assert!(found <= 8, "{found} crossings");
    assert!(length <= 11_600.0, "{length} pixels of lines");
    assert!(
        picture.len() <= boxes * 1500,
        "{} bytes for {boxes} boxes",
        picture.len()
    );
}
