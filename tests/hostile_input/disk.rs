//! What a disk can hold beside files of text.
#![cfg(unix)]

use super::ran::Tree;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

pub(crate) fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe");
}

#[test]
fn a_gigabyte_is_not_read() {
    let tree = Tree::new("gigabyte").with("openapi.yaml", "openapi: 3.0.0\n");
    for name in ["a.rs", "b.sql", "openapi.yaml", "data.json"] {
        let file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(tree.0.join(name));
        file.and_then(|file| file.set_len(1 << 30))
            .expect("a sparse file");
    }
    for name in ["a.rs", "b.sql", "openapi.yaml"] {
        tree.problem(name, "larger than 32 MiB");
    }
}

#[test]
fn texts_in_other_encodings() {
    let compose = "services:\n  a: {image: nginx}\n";
    let utf16 = |text: &str| -> Vec<u8> {
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let openapi = "openapi: 3.0.0\npaths: {/a: {post: {responses: {}}}}\n";
    let tree = Tree::new("encodings")
        .with("compose.yaml", utf16(compose))
        .with("openapi.yaml", utf16(openapi))
        .with(
            "contract.json",
            utf16("{\"openapi\": \"3.0.0\", \"paths\": {}}"),
        )
        .with("src/wide.rs", utf16("fn main() {}"))
        .with("src/latin.rs", b"fn a() {} // \xe9\n")
        .with("src/mixed.rs", b"fn a() {} // \xc3\xa9 \xe9\n")
        .with("src/nul.rs", "fn a() {\0}\n")
        .with("nul.yaml", "openapi: 3.0.0\0\npaths: {}\n");
    for (place, message) in [
        ("compose.yaml", "not UTF-8 at byte 0"),
        ("openapi.yaml", "not UTF-8 at byte 0"),
        ("contract.json", "not UTF-8 at byte 0"),
        ("src/wide.rs", "not UTF-8 at byte 0"),
        ("src/latin.rs", "not UTF-8 at byte 13"),
        ("src/mixed.rs", "not UTF-8 at byte 16"),
        ("src/nul.rs:1", "not valid Rust"),
        ("nul.yaml:1", "not valid YAML"),
    ] {
        tree.problem(place, message);
    }
}

#[test]
fn marks_and_line_ends_change_nothing() {
    let compose =
        "services:\n  a:\n    image: nginx\n    depends_on: [b]\n  b:\n    image: redis\n";
    let openapi = "openapi: 3.0.0\npaths:\n  /a:\n    post:\n      responses: {}\n";
    let code = "async fn main() { f().await; }\nasync fn f() {\n    reqwest::get(\"https://a.example\").await;\n}\n";
    let report = |name: &str, change: &dyn Fn(&str) -> String| {
        let tree = Tree::new(name)
            .with("compose.yaml", change(compose))
            .with("openapi.yaml", change(openapi))
            .with("src/main.rs", change(code));
        tree.run(&["check", "--format", "markdown"]).out
    };
    let plain = report("plain", &str::to_owned);
    assert!(plain.contains("a.example"), "{plain}");
    assert_eq!(plain, report("marked", &|text| format!("\u{feff}{text}")));
    assert_eq!(
        plain,
        report("carriage-returns", &|text| text.replace('\n', "\r\n"))
    );
}

#[test]
fn links_pipes_and_files_that_are_gone() {
    let tree = Tree::new("links").with(
        "openapi.yaml",
        "openapi: 3.0.0\npaths: {/a: {$ref: gone.yaml}, /b: {$ref: dangling.yaml}}\n",
    );
    symlink(".", tree.0.join("circle")).expect("a link");
    symlink("b.rs", tree.0.join("a.rs")).expect("a link");
    symlink("a.rs", tree.0.join("b.rs")).expect("a link");
    symlink("/nowhere", tree.0.join("dangling.yaml")).expect("a link");
    symlink("/etc", tree.0.join("etc")).expect("a link");
    for name in ["pipe.rs", "Cargo.toml", "compose.yaml"] {
        pipe(&tree.0.join(name));
    }
    // What a reference names and what is gone when it is read are the same: it is not there.
    tree.problem("openapi.yaml:2", "gone.yaml");
    tree.problem("openapi.yaml:2", "dangling.yaml");
}

#[test]
fn ignore_files_that_never_end() {
    for (name, file) in [
        ("ignore-pipe", "a/.gitignore"),
        ("ignore-pipe-other", "a/.ignore"),
        ("ignore-pipe-git", "a/.git/info/exclude"),
    ] {
        let tree = Tree::new(name).with("a/src/a.rs", "fn (");
        fs::create_dir_all(tree.0.join("a/.git/info")).expect("a directory");
        pipe(&tree.0.join(file));
        tree.problem("a", "is no regular file");
    }
    for target in ["/dev/zero", "/proc/kmsg"] {
        let tree = Tree::new("ignore-device").with("a/src/a.rs", "fn (");
        symlink(target, tree.0.join("a/.gitignore")).expect("a link");
        // Not every machine has the second one.
        if Path::new(target).exists() {
            tree.problem("a", "is no regular file");
        }
    }
    // The `.git` of a worktree names a directory, and that names another one.
    for (name, own, common) in [
        ("ignore-worktree", "commondir", None),
        ("ignore-worktree-patterns", "info/exclude", Some(".")),
    ] {
        let tree = Tree::new(name).with("a/src/a.rs", "fn (");
        let git = tree.0.join("worktree");
        fs::create_dir_all(git.join("info")).expect("a directory");
        let named = format!("gitdir: {}\n", git.display());
        fs::write(tree.0.join("a/.git"), named).expect("a file");
        if let Some(common) = common {
            fs::write(git.join("commondir"), common).expect("a file");
        }
        pipe(&git.join(own));
        tree.problem("a", ".git leads to a file that is no regular file");
    }
    Tree::new("ignore-large")
        .with("a/.gitignore", "a*b\n".repeat(300_000))
        .problem("a", "larger than 256 KiB");
    let tree = Tree::new("ignore-of-root");
    pipe(&tree.0.join(".gitignore"));
    let ran = tree.run(&["check"]);
    assert_eq!(ran.status, Some(2), "{}", ran.said());
    assert!(
        ran.err.contains(".gitignore is no regular file"),
        "{}",
        ran.said()
    );
}

#[test]
fn configurations_that_lead_elsewhere() {
    let tree = Tree::new("config-link");
    symlink("/etc/passwd", tree.0.join("seaworthy.yaml")).expect("a link");
    fs::create_dir_all(tree.0.join(".git")).expect("a directory");
    let ran = tree.run(&["check"]);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.err.contains("leads out of the repository"),
        "{}",
        ran.said()
    );
    assert!(!ran.err.contains("root:"), "{}", ran.said());
    let ran = Tree::new("config-device").run(&["check", "--config", "/dev/zero"]);
    assert!(
        ran.status == Some(2) && ran.err.contains("larger than 32 MiB"),
        "{}",
        ran.said()
    );
    for baseline in ["pipe", "/dev/zero"] {
        let tree =
            Tree::new("config-baseline").with("seaworthy.yaml", format!("baseline: {baseline}\n"));
        pipe(&tree.0.join("pipe"));
        let ran = tree.run(&["check"]);
        assert!(
            ran.status == Some(2) && ran.err.contains("no regular file"),
            "{}",
            ran.said()
        );
    }
}

#[test]
fn names_that_are_no_text() {
    let tree = Tree::new("names");
    let names: [&[u8]; 5] = [
        b"a\nb.rs",
        b"\x1b[31mred.rs",
        b"::error::x.rs",
        b"\xff.rs",
        b"\xfe.rs",
    ];
    for name in names {
        fs::write(tree.0.join(std::ffi::OsStr::from_bytes(name)), "fn (").expect("a file");
    }
    let ran = tree.check();
    assert_eq!(ran.status, Some(2));
    assert_eq!(
        ran.out.matches("not valid Rust").count(),
        names.len(),
        "{}",
        ran.said()
    );
    for format in [
        "human",
        "json",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "checkstyle",
        "markdown",
    ] {
        let ran = tree.run(&["check", "--format", format]);
        assert!(!ran.out.contains('\u{1b}'), "{format}");
        let commands = ran.out.lines().filter(|line| line.starts_with("::"));
        let own = |line: &str| {
            ["::error file=", "::warning file=", "::notice file="]
                .iter()
                .any(|start| line.starts_with(start))
        };
        assert!(
            format == "github" || commands.clone().count() == 0,
            "{format}: {}",
            ran.said()
        );
        assert!(commands.clone().all(own), "{format}: {}", ran.said());
    }
}

#[test]
fn what_may_not_be_read_is_said() {
    let tree = Tree::new("unreadable")
        .with("src/secret.rs", "fn main() {}\n")
        .with("closed/a.rs", "fn main() {}\n");
    let close = |path: &str, mode| {
        fs::set_permissions(tree.0.join(path), fs::Permissions::from_mode(mode)).expect("a mode")
    };
    close("src/secret.rs", 0o000);
    close("closed", 0o000);
    let bound = fs::read(tree.0.join("src/secret.rs")).is_err();
    if bound {
        tree.problem("src/secret.rs", "cannot be read");
        tree.problem("closed", "cannot be read");
    } else {
        // Modes do not bind everybody: what can be read is read.
        tree.whole();
    }
    close("closed", 0o700);
}
