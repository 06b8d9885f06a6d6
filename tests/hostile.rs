//! Input that is broken, foreign or hostile costs itself and nothing more.

mod common;

use common::{directory, findings, outcome, system};
use seaworthy::diagram::{self, Facts, Flavour, Graph, HtmlView, OldPlaces, Reading, SvgOptions};
use seaworthy::report::{audit_markdown, check_human};
use std::fs;
use std::path::PathBuf;

/// An empty directory of its own.
fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}

#[test]
fn a_broken_file_costs_itself() {
    let analysis = system(&[
        ("compose.yaml", "services:\n  a: {image: x\n"),
        (
            "openapi.yaml",
            "openapi: 3.0.0\npaths: {/a: {post: {responses: {}}}}\n",
        ),
        ("src/main.rs", "fn main( {"),
    ]);
    let places: Vec<_> = analysis
        .problems
        .iter()
        .map(|problem| analysis.sources.place(problem.span))
        .collect();
    assert_eq!(places.len(), 2, "{places:?}");
    assert_eq!(analysis.system.endpoints.len(), 1);
}

#[test]
#[cfg(unix)]
fn links_out_of_the_root_are_not_followed() {
    let outside = scratch("links-outside");
    fs::write(
        outside.join("openapi.yaml"),
        "openapi: 3.0.0\npaths: {/a: {post: {responses: {}}}}\n",
    )
    .expect("a file");
    let inside = scratch("links-inside");
    std::os::unix::fs::symlink(&outside, inside.join("link")).expect("a link");
    std::os::unix::fs::symlink(outside.join("openapi.yaml"), inside.join("openapi.yaml"))
        .expect("a link");
    std::os::unix::fs::symlink(&inside, inside.join("circle")).expect("a link");
    let analysis = directory(&inside, 1);
    assert_eq!(analysis.system.endpoints.len(), 0);
    assert_eq!(analysis.problems, []);
}

#[test]
fn text_that_is_not_utf8_is_said_aloud() {
    let path = scratch("not-utf8");
    fs::write(
        path.join("compose.yaml"),
        b"services:\n  a: {image: \"\xff\"}\n",
    )
    .expect("a file");
    let analysis = directory(&path, 1);
    assert_eq!(analysis.problems.len(), 1);
    assert!(
        analysis.problems[0].message.contains("UTF-8"),
        "{}",
        analysis.problems[0].message
    );
    assert_eq!(analysis.read.skipped, 1);
}

#[test]
fn build_output_vendored_code_and_ignored_files_are_left_out() {
    let path = scratch("foreign");
    let code = "async fn f() { reqwest::get(\"https://a.example\").await; }\n";
    for directory in [
        "node_modules/a",
        "target/debug",
        "vendor/a",
        "generated",
        "src",
    ] {
        fs::create_dir_all(path.join(directory)).expect("a directory");
        fs::write(path.join(directory).join("lib.rs"), code).expect("a file");
    }
    fs::write(path.join("target/CACHEDIR.TAG"), "").expect("a file");
    fs::write(path.join("vendor/a/.cargo-checksum.json"), "{}").expect("a file");
    fs::write(path.join(".gitignore"), "generated\n").expect("a file");
    let analysis = directory(&path, 1);
    assert_eq!(analysis.read.rust, 1);
    assert_eq!(analysis.system.calls.len(), 1);
}

/// Nothing in a picture but what is drawn: no script, no picture from elsewhere, no handler.
fn only_known_elements(svg: &str) {
    let known = [
        "svg", "g", "a", "path", "rect", "text", "title", "desc", "style", "defs", "marker",
        "metadata",
    ];
    for tag in svg.split('<').skip(1) {
        let name = tag.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next();
        assert!(known.contains(&name.unwrap_or("")), "<{tag}");
        let head = tag.split('>').next().unwrap_or("");
        // What is between quotes is a value, and no value ends early: quotes in it are escaped.
        let names: String = head.split('"').step_by(2).collect();
        assert!(!names.contains(" on"), "<{head}");
        assert!(!head.contains("href=\"javascript:"), "<{head}");
    }
    assert!(!svg.contains('\u{202e}'));
}

/// Names that mean something in one format or the other.
const HOSTILE: [&str; 9] = [
    "a\\\"];x->y[\u{202e}`|<img src=x onerror=alert(1)>@team#1%%{init}%%",
    "</script><script>alert(1)</script>",
    "!include /etc/hostname",
    "${HOME} %getenv(\"HOME\") [[javascript:alert(1)]]",
    "]]> --> <!-- emoji 🚀",
    "'quote' back\\",
    "line\nbreak\n@enduml",
    "n_a; classDef x; end",
    "مرحبا",
];

#[test]
fn names_from_the_system_do_not_break_out_of_a_format() {
    let quoted = HOSTILE.map(|name| serde_json::to_string(name).expect("JSON"));
    let services = quoted
        .iter()
        .map(|name| format!("  {name}: {{build: ., depends_on: [db]}}\n"));
    let compose = format!(
        "services:\n{}  db: {{image: postgres}}\n",
        services.collect::<String>()
    );
    let analysis = system(&[("compose.yaml", &compose)]);
    assert_eq!(analysis.problems, []);
    let graph = Graph::new(&analysis.system);
    let expected = Facts::of(&graph);
    assert_eq!(expected.nodes.len(), HOSTILE.len() + 1);
    let title = HOSTILE.join(" ");
    let options = SvgOptions {
        title: title.clone(),
        ..SvgOptions::default()
    };
    let findings = findings(&analysis);
    let views = [HtmlView {
        name: title.clone(),
        graph: &graph,
    }];
    let svg = diagram::svg(&graph, &analysis.sources, &options);
    only_known_elements(&svg);
    let right = Reading::Right;
    let pictures = [
        ("svg", svg),
        ("mermaid", diagram::mermaid(&graph, right)),
        ("dot", diagram::dot(&graph, &title, right)),
        (
            "plantuml",
            diagram::plantuml(&graph, &title, right, Flavour::Plain),
        ),
        ("c4", diagram::plantuml(&graph, &title, right, Flavour::C4)),
        ("d2", diagram::d2(&graph, &title, right)),
        ("structurizr", diagram::structurizr(&graph, &title, right)),
        (
            "drawio",
            diagram::drawio(&graph, &title, right, &OldPlaces::new()),
        ),
        (
            "html",
            diagram::html(&views, &analysis, &findings, &options).expect("JSON"),
        ),
    ];
    for (format, text) in &pictures {
        // What is drawn can be read again, so nothing has ended the picture early.
        assert_eq!(Facts::read(text), Some(expected.clone()), "{format}");
        for broken in [
            "<img",
            "%%{",
            "\u{202e}",
            "%getenv",
            "\n@enduml\n@",
            "${HOME}",
        ] {
            // In quoted strings of DOT such things are letters, and SVG and HTML escape others.
            let letters = match *format {
                "dot" | "d2" => broken != "\u{202e}",
                "svg" | "html" | "drawio" => !matches!(broken, "<img" | "\u{202e}"),
                "structurizr" => !matches!(broken, "${HOME}" | "\u{202e}"),
                _ => false,
            };
            assert!(letters || !text.contains(broken), "{format}: {broken}");
        }
    }
    assert!(!pictures[5].1.replace("\\$", "").contains("${"));
    let page = &pictures[8].1;
    assert_eq!(page.matches("<script").count(), 2);
    let dot = &pictures[2].1;
    assert!(dot.contains("\\\\\\\"];x->y["), "{dot}");
    let human = check_human::render(&analysis, &outcome(&analysis), 120);
    assert!(!human.contains('\u{202e}'), "{human}");
    assert!(!audit_markdown::render(&analysis, "", false).contains("<img"));
}

#[test]
fn a_long_method_chain_does_not_overflow() {
    let code = format!("fn f(c: C) {{ c{}; }}\n", ".m()".repeat(50_000));
    let analysis = system(&[("src/main.rs", &code)]);
    assert_eq!(analysis.problems.len(), 1, "what was left out is said");
}

#[test]
fn modules_and_aliases_in_circles_end() {
    let analysis = system(&[
        (
            "src/main.rs",
            "mod a; mod b; use a::*; type T = U; type U = T; static S: T = S;\nfn f(t: T) { t.x().y; g() } fn g() { f(S) } fn main() { f(S); let c = X::new(); c.get(); }\n",
        ),
        (
            "src/a.rs",
            "pub use crate::b::*; pub use super::b::X; #[path = \"a.rs\"] pub mod a;\n",
        ),
        ("src/b.rs", "pub use crate::a::*; pub use super::a::X;\n"),
    ]);
    assert_eq!(analysis.system.calls.len(), 0);
}

#[test]
#[cfg(unix)]
fn references_read_regular_files_below_the_root_and_nothing_else() {
    let outside = scratch("references-outside");
    let secret = "post: {operationId: secret, responses: {}}\n";
    fs::write(outside.join("secret.yaml"), secret).expect("a file");
    let root = scratch("references");
    let made = std::process::Command::new("mkfifo")
        .arg(root.join("pipe.yaml"))
        .status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe");
    std::os::unix::fs::symlink(outside.join("secret.yaml"), root.join("link.yaml"))
        .expect("a link");
    std::os::unix::fs::symlink("/dev/zero", root.join("zero.yaml")).expect("a link");
    fs::create_dir(root.join("directory.yaml")).expect("a directory");
    fs::write(root.join("binary.yaml"), b"post: \xff\n").expect("a file");
    fs::write(root.join("broken.yaml"), "post: {responses: [\n").expect("a file");
    fs::write(root.join("code.rs"), "fn main() {}\n").expect("a file");
    let targets = [
        "/etc/passwd",
        "../references-outside/secret.yaml",
        "a/../../references-outside/secret.yaml",
        "%2e%2e/references-outside/secret.yaml",
        "file:///etc/passwd",
        "https://a.example/secret.yaml",
        "//a.example/secret.yaml",
        "/dev/zero",
        "pipe.yaml",
        "link.yaml",
        "zero.yaml",
        "directory.yaml",
        "binary.yaml",
        "broken.yaml",
        "code.rs",
        "openapi.yaml#/paths/~1no",
        "#/paths/~10",
        "",
    ];
    let items = targets
        .iter()
        .enumerate()
        .map(|(index, target)| format!("  /{index}: {{$ref: '{target}'}}\n"));
    let text = format!(
        "openapi: 3.1.0\npaths:\n{}  /ok: {{get: {{responses: {{}}}}}}\n",
        items.collect::<String>()
    );
    fs::write(root.join("openapi.yaml"), text).expect("a file");
    let analysis = directory(&root, 2);
    let names: Vec<_> = analysis
        .system
        .endpoints
        .iter()
        .map(|endpoint| endpoint.name())
        .collect();
    assert_eq!(names, ["GET /ok"]);
    let lines: std::collections::BTreeSet<usize> = analysis
        .problems
        .iter()
        .filter(|problem| analysis.sources.get(problem.span.source).path == "openapi.yaml")
        .map(|problem| {
            analysis
                .sources
                .get(problem.span.source)
                .line_column(problem.span.start)
                .line
        })
        .collect();
    // Each reference has a problem at its line, but for the two whose file has one of its own. The
    // empty reference names the document itself, which is no path item of operations.
    let silent: Vec<&str> = targets
        .iter()
        .enumerate()
        .filter(|(index, _)| !lines.contains(&(index + 3)))
        .map(|(_, target)| *target)
        .collect();
    assert_eq!(silent, ["binary.yaml", "broken.yaml", ""]);
    let about = |path: &str| {
        analysis
            .problems
            .iter()
            .filter(|problem| analysis.sources.get(problem.span.source).path == path)
            .count()
    };
    assert_eq!((about("binary.yaml"), about("broken.yaml")), (1, 1));
}

#[test]
fn schemas_that_multiply_end() {
    // Each schema has the next one four times: 4^40 without a budget.
    let mut schemas = String::new();
    for index in 0..40 {
        let next = format!("{{$ref: '#/components/schemas/S{}'}}", index + 1);
        schemas.push_str(&format!(
            "    S{index}: {{allOf: [{next}, {next}], oneOf: [{next}, {next}]}}\n"
        ));
    }
    let text = format!(
        "openapi: 3.0.0\npaths:\n  /a:\n    post:\n      requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/S0'}}}}}}}}\n      responses: {{}}\ncomponents:\n  schemas:\n{schemas}    S40: {{properties: {{a: {{}}}}}}\n"
    );
    let analysis = system(&[("openapi.yaml", &text)]);
    assert_eq!(analysis.system.endpoints.len(), 1);
}

#[test]
fn callbacks_in_callbacks_and_references_in_circles_end() {
    let text = "openapi: 3.1.0\npaths:\n  /a:\n    post: &loop\n      callbacks: {again: {$ref: '#/components/callbacks/Again'}}\n      responses: {}\n  /b: {$ref: '#/x-a'}\nx-a: {$ref: '#/x-b'}\nx-b: {$ref: '#/x-a'}\ncomponents:\n  callbacks:\n    Again: {'{$url}': {post: *loop}}\n";
    let analysis = system(&[("openapi.yaml", text)]);
    assert_eq!(analysis.system.endpoints.len(), 1);
    assert_eq!(analysis.problems.len(), 2, "{:?}", analysis.problems);
    assert!(analysis.system.outgoing.len() < 10);
}
