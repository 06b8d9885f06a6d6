//! Outputs that cannot be written, and readers that go away.
#![cfg(unix)]

use super::ran::{Ran, Tree, program};
use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

fn left_over(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("seaworthy-new"))
        .collect()
}

fn write_to(tree: &Tree, command: &str, output: &Path) -> Ran {
    tree.run(&[command, "--output", output.to_str().expect("text")])
}

#[test]
fn places_that_cannot_be_written() {
    let tree = Tree::new("output-places").with("compose.yaml", "services: {a: {image: nginx}}\n");
    fs::create_dir(tree.0.join("directory.svg")).expect("a directory");
    for (place, help) in [
        ("/dev/full".to_owned(), "No space left"),
        (
            tree.0.join("directory.svg").display().to_string(),
            "name a file in it",
        ),
        (
            tree.0.join("missing/a.svg").display().to_string(),
            "make its directory first",
        ),
        (
            tree.0.join("compose.yaml/a.svg").display().to_string(),
            "cannot write",
        ),
    ] {
        for command in ["diagram", "audit", "check"] {
            // `audit` and `diagram` tell the format by the ending.
            if place == "/dev/full" && command == "diagram" {
                continue;
            }
            let place = match command {
                "audit" => place.replace(".svg", ".md"),
                _ => place.clone(),
            };
            let directory = place.replace(".md", ".svg");
            let place = if Path::new(&directory).is_dir() {
                directory
            } else {
                place
            };
            let ran = match command {
                "audit" => tree.run(&["audit", "--format", "html", "--output", &place]),
                "diagram" => tree.run(&["diagram", "--format", "svg", "--output", &place]),
                _ => write_to(&tree, "check", Path::new(&place)),
            };
            assert_eq!(ran.status, Some(2), "{command} {place} {}", ran.said());
            assert!(ran.err.contains(help), "{command} {place}: {}", ran.said());
        }
    }
    assert!(left_over(&tree.0).is_empty());
}

#[test]
fn standard_output_that_is_full() {
    let tree = Tree::new("output-full");
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("a device");
    let output = program()
        .arg("check")
        .arg(&tree.0)
        .stdout(full)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot write the report"), "{said}");
}

#[test]
fn a_disk_that_fills_up_keeps_the_old_file() {
    let tree =
        Tree::new("output-small-disk").with("compose.yaml", "services: {a: {image: nginx}}\n");
    let disk = tree.0.join("disk");
    fs::create_dir(&disk).expect("a directory");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16k", "none"])
        .arg(&disk)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("no disk can be mounted here: this is not tried");
        return;
    }
    let file = disk.join("a.html");
    fs::write(&file, "old").expect("a file");
    let ran = tree.run(&[
        "diagram",
        "--format",
        "html",
        "--output",
        file.to_str().expect("text"),
    ]);
    let (kept, rest) = (fs::read_to_string(&file), left_over(&disk));
    let unmounted = Command::new("umount").arg(&disk).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(ran.status, Some(2), "{}", ran.said());
    assert!(
        ran.err.contains("what stood there before is still there"),
        "{}",
        ran.said()
    );
    assert_eq!(kept.expect("the file"), "old");
    assert_eq!(rest, Vec::<String>::new());
}

#[test]
fn a_directory_that_may_not_be_written() {
    let tree = Tree::new("output-closed");
    let closed = tree.0.join("closed");
    fs::create_dir(&closed).expect("a directory");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).expect("a mode");
    let bound = fs::write(closed.join("try"), "").is_err();
    let ran = write_to(&tree, "check", &closed.join("report.txt"));
    // Modes do not bind everybody.
    if bound {
        assert_eq!(ran.status, Some(2), "{}", ran.said());
        assert!(
            ran.err.contains("choose a place that you may write to"),
            "{}",
            ran.said()
        );
    } else {
        assert!(closed.join("report.txt").is_file());
    }
}

#[test]
fn what_stands_at_the_temporary_name_is_not_followed() {
    let tree = Tree::new("output-link");
    let (output, victim) = (tree.0.join("report.txt"), tree.0.join("victim"));
    fs::write(&victim, "mine").expect("a file");
    symlink(&victim, tree.0.join("report.txt.seaworthy-new")).expect("a link");
    fs::write(&output, "old").expect("a file");
    fs::set_permissions(&output, fs::Permissions::from_mode(0o640)).expect("a mode");
    let ran = write_to(&tree, "check", &output);
    assert_eq!(ran.status, Some(1), "{}", ran.said());
    assert_eq!(fs::read_to_string(&victim).expect("a file"), "mine");
    assert!(
        fs::read_to_string(&output)
            .expect("a file")
            .contains("other.example")
    );
    let mode = fs::metadata(&output).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert!(left_over(&tree.0).is_empty());
}

#[test]
fn a_reader_that_goes_away_hears_nothing() {
    let mut tree = Tree::new("output-reader");
    for index in 0..300 {
        tree = tree.with(
            &format!("src/f{index}.rs"),
            "async fn f() { reqwest::get(\"https://a.example\").await; }\n",
        );
    }
    let mut command = program();
    let command = command.arg("check").arg(&tree.0).args(["--format", "json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut first = [0; 16];
    child
        .stdout
        .take()
        .expect("a pipe")
        .read_exact(&mut first)
        .expect("a beginning");
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut said)
        .expect("text");
    let status = child.wait().expect("it ends");
    assert!(matches!(status.code(), Some(0..=1)), "{status:?}");
    assert_eq!(said, "");
}

/// The program, heeding interrupts: what a shell runs in the background is made to ignore them, and so is what that runs.
fn interruptible() -> Command {
    const INTERRUPT: u64 = 1 << 1;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let own = program();
    match ignored.is_some_and(|mask| mask & INTERRUPT != 0) {
        true => {
            let mut command = Command::new("env");
            command.arg("--default-signal=INT").arg(own.get_program());
            command.args(own.get_args());
            let told = own.get_envs();
            command.envs(told.filter_map(|(name, value)| Some((name, value?))));
            command
        }
        false => own,
    }
}

/// The signal comes while the program waits for a reader of its output, and again at any time of a
/// run: the old file is whole, or the new one is.
#[test]
fn an_interrupt_leaves_the_old_file_or_the_new_one() {
    // Enough to read that a run is not over before the signal comes.
    let functions: String = (0..200)
        .map(|number| format!("fn f{number}(a: &str) -> usize {{ a.len() + {number} }}\n"))
        .collect();
    let files = (0..100).map(|number| format!("src/part{number}.rs"));
    let tree = files.fold(Tree::new("output-interrupt"), |tree, file| {
        tree.with(&file, &functions)
    });
    let output = tree.0.join("report.json");
    let run = |wait: u64| {
        let mut command = interruptible();
        let command = command
            .arg("check")
            .arg(&tree.0)
            .args(["--format", "json", "--output"]);
        let mut child = command
            .arg(&output)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let sent = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .output();
        assert!(sent.is_ok());
        child.wait().expect("it ends")
    };
    fs::write(&output, "old").expect("a file");
    let mut interrupted = 0;
    for wait in (0..1_000).step_by(50) {
        interrupted += usize::from(run(wait).code().is_none());
        let text = fs::read_to_string(&output).expect("a file");
        let whole = text == "old" || serde_json::from_str::<serde_json::Value>(&text).is_ok();
        assert!(whole, "after {wait} ms: {text:.200}");
    }
    assert!(interrupted > 0, "no run was interrupted");
}
