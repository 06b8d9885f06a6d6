//! Pictures as files: written, put into Markdown, compared with the system, divided into pages; and
//! what changed between two revisions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const COMPOSE: &str = "services:\n  web: {image: nginx, depends_on: [orders]}\n  orders:\n    image: acme/orders\n    environment: {DATABASE_URL: 'postgres://db/orders'}\n  db: {image: postgres}\n";

/// An empty directory of its own.
fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("diagrams")
        .join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory");
    path
}

fn seaworthy(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_seaworthy"))
        .args(arguments)
        .env("SEAWORTHY_CACHE_DIR", "")
        .current_dir(directory)
        .output()
        .expect("the program")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_page_has_the_findings_that_check_reports() {
    let directory = scratch("findings");
    fs::write(directory.join("compose.yaml"), COMPOSE).expect("a file");
    let page = || text(&seaworthy(&directory, &["diagram", "--format", "html"]).stdout);
    assert!(page().contains("missing-healthcheck"));
    assert!(page().contains("missing-restart-policy"));
    let configuration = "rules:\n  missing-healthcheck: off\n";
    fs::write(directory.join("seaworthy.yaml"), configuration).expect("a file");
    let page = page();
    assert!(!page.contains("missing-healthcheck"));
    assert!(page.contains("missing-restart-policy"));
}

#[test]
fn every_format_is_written_and_compared() {
    let files = [
        "a.svg", "a.html", "a.mmd", "a.dot", "a.puml", "a.d2", "a.dsl", "a.drawio", "a.json",
    ];
    let directory = scratch("formats");
    fs::write(directory.join("compose.yaml"), COMPOSE).expect("a file");
    for file in files {
        let written = seaworthy(&directory, &["diagram", "-o", file, "--title", "Shop"]);
        assert_eq!(
            written.status.code(),
            Some(0),
            "{file}: {}",
            text(&written.stderr)
        );
    }
    for file in files {
        let checked = seaworthy(&directory, &["diagram", "-o", file, "--check"]);
        assert_eq!(
            text(&checked.stdout),
            format!("{file} is up to date: 3 components, 2 relations\n"),
            "{}",
            text(&checked.stderr)
        );
    }
    let more = COMPOSE.replace("db: {image: postgres}", "cache: {image: redis}");
    fs::write(directory.join("compose.yaml"), more).expect("a file");
    for file in files {
        let before = fs::read(directory.join(file)).expect("a file");
        let checked = seaworthy(&directory, &["diagram", "-o", file, "--check"]);
        let said = text(&checked.stdout);
        assert_eq!(checked.status.code(), Some(1), "{file}");
        assert!(
            said.starts_with(&format!("stale-diagram: {file} ")),
            "{said}"
        );
        assert!(said.contains("\n  + cache (cache)\n"), "{said}");
        assert!(
            said.contains("\n  - orders -> db (reads-writes)\n"),
            "{said}"
        );
        assert_eq!(before, fs::read(directory.join(file)).expect("a file"));
    }
}

#[test]
fn a_chart_in_markdown_is_kept_current() {
    let directory = scratch("markdown");
    fs::write(directory.join("compose.yaml"), COMPOSE).expect("a file");
    fs::write(
        directory.join("README.md"),
        "# Shop\n\n<!-- seaworthy:diagram -->\n<!-- /seaworthy:diagram -->\n\nThe end.\n",
    )
    .expect("a file");
    let check = ["diagram", "--inject", "README.md", "--check"];
    // There is no chart to compare with.
    assert_eq!(seaworthy(&directory, &check).status.code(), Some(1));
    let injected = seaworthy(&directory, &["diagram", "--inject", "README.md"]);
    assert_eq!(
        injected.status.code(),
        Some(0),
        "{}",
        text(&injected.stderr)
    );
    let readme = fs::read_to_string(directory.join("README.md")).expect("a file");
    assert!(readme.contains("-->\n```mermaid\ngraph LR\n") && readme.ends_with("\nThe end.\n"));
    assert_eq!(seaworthy(&directory, &check).status.code(), Some(0));
    fs::write(directory.join("OTHER.md"), "nothing\n").expect("a file");
    let refused = seaworthy(&directory, &["diagram", "--inject", "OTHER.md"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("<!-- /seaworthy:diagram -->"));
}

#[test]
fn what_is_told_in_words_is_compared_too() {
    let directory = scratch("words");
    let compose = |users: usize| {
        let services = (0..9).map(|at| {
            let needs = if at < users { "[db, cache]" } else { "[cache]" };
            format!("  s{at}: {{image: acme/s{at}, depends_on: {needs}}}\n")
        });
        let services: String = services.collect();
        format!(
            "services:\n{services}  db: {{image: postgres}}\n  cache: {{image: redis, depends_on: [s8]}}\n  web: {{image: nginx, depends_on: [s0, s1, s2, s3, s4, s5, s6, s7]}}\n"
        )
    };
    for file in ["a.svg", "a.html", "a.mmd", "a.drawio"] {
        fs::write(directory.join("compose.yaml"), compose(8)).expect("a file");
        let written = seaworthy(&directory, &["diagram", "-o", file]);
        assert!(
            text(&written.stderr).contains("lines to what many use"),
            "{file}"
        );
        let check = ["diagram", "-o", file, "--check"];
        assert_eq!(
            seaworthy(&directory, &check).status.code(),
            Some(0),
            "{file}"
        );
        fs::write(directory.join("compose.yaml"), compose(9)).expect("a file");
        let stale = seaworthy(&directory, &check);
        assert_eq!(stale.status.code(), Some(1), "{file}");
        assert!(text(&stale.stdout).contains("~ db: database; used by 8 -> database; used by 9"));
    }
}

#[test]
fn a_compose_file_that_is_not_drawn_is_named() {
    let directory = scratch("rehearsals");
    fs::write(directory.join("compose.yaml"), COMPOSE).expect("a file");
    let whole = seaworthy(&directory, &["diagram", "-o", "a.svg"]);
    assert!(!text(&whole.stderr).contains("not drawn"));
    fs::write(directory.join("compose.dev.yaml"), COMPOSE).expect("a file");
    let written = seaworthy(&directory, &["diagram", "-o", "a.svg"]);
    let note = "not drawn: `compose.dev.yaml`, for tests or development only";
    assert!(text(&written.stderr).contains(note));
    let checked = seaworthy(&directory, &["check"]);
    let summary = "2 compose files (1 for tests or development only)";
    assert!(text(&checked.stdout).contains(summary));
    // Who names it has it drawn.
    let configuration = "compose:\n- [compose.yaml, compose.dev.yaml]\n";
    fs::write(directory.join("seaworthy.yaml"), configuration).expect("a file");
    let whole = seaworthy(&directory, &["diagram", "-o", "a.svg"]);
    assert!(!text(&whole.stderr).contains("not drawn"));
}

/// Fifty services in five projects.
fn many(directory: &Path) {
    for project in ["a", "b", "c", "d", "e"] {
        let services = (0..10).map(|at| {
            let needs = if at == 0 {
                String::new()
            } else {
                format!(", depends_on: [{project}0]")
            };
            format!("  {project}{at}: {{image: nginx{needs}}}\n")
        });
        let text = format!("services:\n{}", services.collect::<String>());
        fs::create_dir_all(directory.join(project)).expect("a directory");
        fs::write(directory.join(project).join("compose.yaml"), text).expect("a file");
    }
}

#[test]
fn a_large_system_is_an_overview_and_pages() {
    let directory = scratch("pages");
    many(&directory);
    let whole = seaworthy(
        &directory,
        &["diagram", "--view", "whole", "--show", "hubs"],
    );
    assert_eq!(text(&whole.stdout).matches("-.->").count(), 45);
    let overview = seaworthy(&directory, &["diagram"]);
    let said = text(&overview.stdout);
    assert!(text(&overview.stderr).contains("50 components are too many"));
    assert!(
        said.contains("(\"a<br/>10 gateways\")") || said.contains("10 gateways"),
        "{said}"
    );
    let pages = seaworthy(&directory, &["diagram", "-o", "system.svg", "--pages"]);
    assert_eq!(pages.status.code(), Some(0), "{}", text(&pages.stderr));
    let first = fs::read_to_string(directory.join("system.svg")).expect("a file");
    assert!(first.contains("href=\"system.a.svg\""));
    let page = fs::read_to_string(directory.join("system.e.svg")).expect("a file");
    assert_eq!(page.matches("<g class=\"n ").count(), 10);
    let check = ["diagram", "-o", "system.svg", "--pages", "--check"];
    assert_eq!(seaworthy(&directory, &check).status.code(), Some(0));
    let unknown = seaworthy(&directory, &["diagram", "--page", "f"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there are: a, b, c, d, e"));
}

#[test]
fn a_chart_that_viewers_refuse_is_summed_up() {
    let directory = scratch("refused");
    for project in ["a", "b"] {
        let names: Vec<String> = (0..40).map(|at| format!("{project}{at}")).collect();
        let services = names.iter().enumerate().map(|(at, name)| {
            let needs: Vec<&str> = names[at + 1..].iter().map(String::as_str).collect();
            format!(
                "  {name}: {{image: acme/{name}, depends_on: [{}]}}\n",
                needs.join(", ")
            )
        });
        let text = format!("services:\n{}", services.collect::<String>());
        fs::create_dir_all(directory.join(project)).expect("a directory");
        fs::write(directory.join(project).join("compose.yaml"), text).expect("a file");
    }
    let arguments = ["diagram", "--view", "whole", "--show", "hubs"];
    let chart = seaworthy(&directory, &arguments);
    assert!(text(&chart.stderr).contains("1560 edges, of 500 that viewers take"));
    assert!(text(&chart.stdout).lines().count() < 20);
}

#[test]
fn what_changed_between_revisions_is_told() {
    let directory = scratch("revisions");
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(arguments)
            .current_dir(&directory)
            .output()
            .expect("git");
        assert!(done.status.success(), "{}", text(&done.stderr));
    };
    git(&["init", "-q"]);
    let inside = directory.join("deploy");
    fs::create_dir_all(&inside).expect("a directory");
    fs::write(inside.join("compose.yaml"), COMPOSE).expect("a file");
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "one"]);
    let more = format!("{COMPOSE}  cache: {{image: redis}}\n").replace(
        "{DATABASE_URL: 'postgres://db/orders'}",
        "{REDIS_URL: 'redis://cache'}",
    );
    fs::write(inside.join("compose.yaml"), more).expect("a file");
    let told = seaworthy(&inside, &["diff", "HEAD"]);
    assert_eq!(
        text(&told.stdout),
        "Components\n  + cache: cache\nRelations\n  + orders -> cache (reads-writes)\n  - orders -> db (reads-writes)\n",
        "{}",
        text(&told.stderr)
    );
    let same = seaworthy(&inside, &["diff", "HEAD", "HEAD", "--format", "markdown"]);
    assert_eq!(text(&same.stdout), "### Architecture\n\nNo change.\n");
    let comment = seaworthy(&inside, &["diff", "HEAD", "--format", "markdown"]);
    assert!(text(&comment.stdout).contains("- new: `orders -> cache (reads-writes)`"));
    assert!(text(&comment.stdout).contains("```mermaid\ngraph LR\n"));
    let picture = seaworthy(&inside, &["diff", "HEAD", "--format", "svg"]);
    let picture = text(&picture.stdout);
    let drawn = |class: &str, what: &str| {
        let start = format!("<g class=\"{class}\" ");
        let mut lines = picture.lines().filter(|line| line.contains(&start));
        assert!(lines.any(|line| line.contains(what)), "{class}: {what}");
    };
    drawn("n store new", "data-id=\"cache\"");
    drawn("e l data new", "data-t=\"cache\"");
    // What is gone is drawn too, and the database, which nothing happened to, as always.
    drawn("e l data gone", "data-t=\"db\"");
    drawn("n store", "data-id=\"db\"");
    for name in ["new", "gone"] {
        assert!(
            picture.contains(&format!(">{name}</text>")),
            "{name} is explained"
        );
    }
    let same = seaworthy(&inside, &["diff", "HEAD", "HEAD", "--format", "svg"]);
    assert!(text(&same.stderr).contains("there is nothing to draw"));
    for wrong in ["--upload-pack=x", "nothing"] {
        let refused = seaworthy(&inside, &["diff", "--", wrong]);
        assert_eq!(refused.status.code(), Some(2), "{wrong}");
        assert!(text(&refused.stderr).contains("neither a directory nor a git revision"));
    }
    // The work tree is as it was, and nothing lies about.
    let status = Command::new("git")
        .args(["status", "--porcelain"])
        .current_dir(&directory)
        .output()
        .expect("git");
    assert_eq!(text(&status.stdout), " M deploy/compose.yaml\n");
}
