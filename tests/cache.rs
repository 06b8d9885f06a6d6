//! Whether an earlier run has answered shows in nothing but the time.

mod common;

use common::{checked, read, root};
use seaworthy::cache::{Cache, Key};
use seaworthy::collect::collect;
use seaworthy::config::Config;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A system of its own in a directory that goes with it, and a directory for answers beside it.
struct Case {
    directory: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        // A repository of its own: no configuration above it counts.
        fs::create_dir_all(directory.path().join("system/.git")).expect("a directory");
        Self { directory }
    }

    fn with(self, file: &str, text: &str) -> Self {
        self.write(file, text);
        self
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.system().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn system(&self) -> PathBuf {
        self.directory.path().join("system")
    }

    fn answers(&self) -> PathBuf {
        self.directory.path().join("answers")
    }

    fn entries(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.answers()).into_iter().flatten().flatten();
        let mut entries: Vec<PathBuf> = files
            .map(|file| file.path())
            .filter(|path| path.file_name().is_some_and(|name| name != "CACHEDIR.TAG"))
            .collect();
        entries.sort();
        entries
    }

    /// The key of the system as it is.
    fn key(&self) -> Key {
        let system = self.system();
        let config = Config::discover(&system, Some(&system)).expect("a configuration");
        let (sources, problems) = collect(&system, &config.selection).expect("a directory");
        Key::of(&sources, &problems, &config)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        ran(program(arguments).env("SEAWORTHY_CACHE_DIR", self.answers()))
    }

    fn check(&self) -> Ran {
        self.run(&["check", &self.system().to_string_lossy()])
    }

    fn check_without(&self) -> Ran {
        self.run(&["check", "--no-cache", &self.system().to_string_lossy()])
    }

    /// What is there now is found out anew, as a run without a cache finds it, and then known.
    fn is_new(&self, what: &str) {
        let without = self.check_without();
        let first = self.check();
        assert!(
            first.cache.starts_with("kept in "),
            "{what}: {}",
            first.cache
        );
        let second = self.check();
        assert!(
            second.cache.starts_with("answered by "),
            "{what}: {}",
            second.cache
        );
        assert_eq!(first.output, without.output, "{what}");
        assert_eq!(second.output, without.output, "{what}");
    }
}

/// What a run says: but for the one line on the cache, it must not depend on it.
struct Ran {
    output: (Option<i32>, String, String),
    cache: String,
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seaworthy"));
    command
        .args(["--verbose", "--color", "never"])
        .args(arguments);
    command
}

fn ran(command: &mut Command) -> Ran {
    told(&command.output().expect("the program"))
}

fn told(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let errors = text(&output.stderr);
    let (caches, others): (Vec<&str>, Vec<&str>) = errors
        .lines()
        .partition(|line| line.starts_with("note: cache: "));
    let cache = caches
        .iter()
        .map(|line| line.trim_start_matches("note: cache: "));
    Ran {
        output: (
            output.status.code(),
            text(&output.stdout),
            others.join("\n"),
        ),
        cache: cache.collect::<Vec<_>>().join("; "),
    }
}

const MANIFEST: &str = "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\n";
const MAIN: &str = "async fn main() { reqwest::get(\"https://a.example\").await; }\n";
const COMPOSE: &str = "services:\n  shop: {build: .}\n  db: {image: 'postgres:16'}\n";
const SQL: &str = "CREATE TABLE orders (id bigint PRIMARY KEY);\n";
const SETTINGS: &str = "rules: {missing-healthcheck: off}\n";

fn shop() -> Case {
    Case::new()
        .with("Cargo.toml", MANIFEST)
        .with("src/main.rs", MAIN)
        .with("compose.yaml", COMPOSE)
        .with("migrations/1.sql", SQL)
        .with("seaworthy.yaml", SETTINGS)
}

#[test]
fn no_output_depends_on_who_has_answered() {
    let systems = [
        "examples/bookstore",
        "tests/rules/check-then-insert-race",
        "tests/rules/idempotency-key-optional",
        "tests/rules/undeclared-dependency",
        "tests/rules/unused-suppression",
    ];
    let commands: [&[&str]; 7] = [
        &["check", "--format", "json"],
        &["check", "--format", "human"],
        &["audit", "--format", "json", "--pedantic"],
        &["audit", "--format", "markdown"],
        &["diagram", "--format", "json"],
        &["diagram", "--format", "mermaid"],
        &["init", "--output", "-"],
    ];
    for system in systems {
        let case = Case::new();
        for command in commands {
            let path = root().join(system).to_string_lossy().into_owned();
            let with = |more: &[&str]| case.run(&[command, &[&path], more].concat());
            let none = with(&["--no-cache"]);
            assert_eq!(none.cache, "none");
            assert!(none.output.1.len() > 100, "{}", none.output.1);
            let cold = with(&[]);
            let warm = with(&["--threads", "1"]);
            assert!(warm.cache.starts_with("answered by "), "{}", warm.cache);
            assert!(none.output == cold.output, "{system}: {command:?}: cold");
            assert!(none.output == warm.output, "{system}: {command:?}: warm");
        }
        // `init` knows no configuration, and all others ask the same.
        let configured = root().join(system).join("seaworthy.yaml").exists();
        assert_eq!(
            case.entries().len(),
            1 + usize::from(configured),
            "{system}"
        );
    }
}

#[test]
fn the_whole_of_an_analysis_is_kept() {
    for system in ["examples/bookstore", "tests/rules/undeclared-dependency"] {
        let case = Case::new();
        let (analysis, _) = checked(&root().join(system), 1);
        let cache = Cache::at(&case.answers());
        cache.put(&case.key(), &analysis).expect("an entry");
        let answer = cache.get(&case.key()).expect("the answer");
        assert!(!analysis.system.components.is_empty());
        assert_eq!(
            format!("{:?}", answer.system),
            format!("{:?}", analysis.system)
        );
        assert_eq!(answer.problems, analysis.problems);
        assert_eq!(answer.read, analysis.read);
    }
}

#[test]
fn what_the_entry_says_is_what_is_reported() {
    let (one, other) = (shop(), shop().with("src/main.rs", "fn main() {}\n"));
    let (analysis, _) = checked(&other.system(), 1);
    let cache = Cache::at(&one.answers());
    cache.put(&one.key(), &analysis).expect("an entry");
    // The verdicts of the other system: the entry was read.
    let misled = one.check();
    assert!(misled.cache.starts_with("answered by "), "{}", misled.cache);
    assert!(
        !misled.output.1.contains("https://a.example without"),
        "{}",
        misled.output.1
    );
    let without = one.check_without();
    assert!(
        without.output.1.contains("https://a.example without"),
        "{}",
        without.output.1
    );
}

#[test]
fn whatever_changes_is_found_out_anew() {
    let case = shop();
    case.is_new("the first time");
    case.write("src/main.rs", &MAIN.replace("a.example", "b.example"));
    case.is_new("a changed byte in a Rust file");
    case.write("compose.yaml", &COMPOSE.replace(":16", ":17"));
    case.is_new("a changed byte in a compose file");
    case.write("migrations/1.sql", &SQL.replace("id bigint", "id bigist"));
    case.is_new("a changed byte in a migration");
    case.write("seaworthy.yaml", &SETTINGS.replace("off", "note"));
    case.is_new("a changed configuration");
    case.write(
        "seaworthy.yaml",
        "catalog: {crates: [{crate: other, documentation: x}]}\n",
    );
    let without = case.check_without();
    assert_eq!(
        case.check().output,
        without.output,
        "a faulty configuration"
    );
    case.write("seaworthy.yaml", "exclude: [src]\n");
    case.is_new("a file that is left out");
    fs::remove_file(case.system().join("seaworthy.yaml")).expect("a file");
    case.is_new("no configuration");
    case.write("src/other.rs", MAIN);
    case.is_new("an added file");
    let (old, new) = (
        case.system().join("src/other.rs"),
        case.system().join("src/new.rs"),
    );
    fs::rename(&old, &new).expect("a file");
    case.is_new("a renamed file");
    fs::write(&new, b"\xff\xfe\x00").expect("a file");
    case.is_new("a file that cannot be read");
    fs::remove_file(&new).expect("a file");
    // As it was before the file was added: that is known.
    let back = case.check();
    assert!(back.cache.starts_with("answered by "), "{}", back.cache);
    assert_eq!(back.output, case.check_without().output);
}

#[test]
fn another_configuration_is_another_question() {
    let case = shop();
    case.is_new("the one that is found");
    let path = case.directory.path().join("named.yaml");
    fs::write(&path, "thresholds: {retry-attempts: 2}\n").expect("a file");
    let (path, system) = (path.to_string_lossy(), case.system());
    let arguments = ["check", "--config", &path, &system.to_string_lossy()];
    assert!(case.run(&arguments).cache.starts_with("kept in "));
    assert!(case.run(&arguments).cache.starts_with("answered by "));
}

#[test]
fn older_states_are_answered_too() {
    let case = shop();
    let other = shop().with("compose.yaml", "services:\n  shop: {build: .}\n");
    let (old, new) = (case.system(), other.system());
    let arguments = ["diff", &old.to_string_lossy(), &new.to_string_lossy()];
    let without = case.run(&[&arguments[..], &["--no-cache"]].concat());
    let (cold, warm) = (case.run(&arguments), case.run(&arguments));
    assert!(without.output.1.contains("db"), "{}", without.output.1);
    assert_eq!(
        (&cold.output, &warm.output),
        (&without.output, &without.output)
    );
    assert_eq!(
        warm.cache.matches("answered by").count(),
        2,
        "{}",
        warm.cache
    );
}

#[test]
fn an_entry_that_is_not_whole_is_not_there() {
    let case = shop();
    let without = case.check_without();
    assert!(case.check().cache.starts_with("kept in "));
    let [entry] = &case.entries()[..] else {
        panic!("one entry: {:?}", case.entries());
    };
    let whole = fs::read(entry).expect("the entry");
    let (cache, key) = (Cache::at(&case.answers()), case.key());
    assert_eq!(&cache.file(&key), entry);
    let mut damaged: Vec<Vec<u8>> = Vec::new();
    for length in (0..whole.len()).step_by(whole.len() / 60) {
        damaged.push(whole[..length].to_vec());
    }
    // Every bit of the header, and some of every part of the answer.
    let header = (0..96 * 8).chain((96 * 8..whole.len() * 8).step_by(whole.len() / 15));
    for bit in header {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        damaged.push(bytes);
    }
    damaged.push([&whole[..], &[0]].concat());
    damaged.push(vec![0xff; whole.len()]);
    for (at, bytes) in damaged.iter().enumerate() {
        fs::write(entry, bytes).expect("a file");
        assert!(cache.get(&key).is_none(), "{at}");
        if at % 100 == 0 {
            let ran = case.check();
            assert!(ran.cache.starts_with("kept in "), "{at}: {}", ran.cache);
            assert_eq!(ran.output, without.output, "{at}");
            assert!(
                fs::read(entry).expect("the entry") == whole,
                "{at}: it is mended"
            );
        }
    }
    assert!(damaged.len() > 900);
}

#[test]
fn many_runs_share_a_directory() {
    let case = shop();
    let without = case.check_without();
    let runs: Vec<_> = (0..10)
        .map(|_| {
            let system = case.system();
            let mut command = program(&["check", &system.to_string_lossy()]);
            command.env("SEAWORTHY_CACHE_DIR", case.answers());
            command.stdout(std::process::Stdio::piped());
            command.stderr(std::process::Stdio::piped());
            command.spawn().expect("the program")
        })
        .collect();
    for run in runs {
        let ran = told(&run.wait_with_output().expect("the program"));
        assert_eq!(ran.output, without.output, "{}", ran.cache);
    }
    assert_eq!(case.entries().len(), 1, "{:?}", case.entries());
    assert!(case.check().cache.starts_with("answered by "));
}

#[test]
fn a_directory_that_cannot_be_is_no_fault() {
    let case = shop();
    let without = case.check_without();
    let file = case.directory.path().join("file");
    fs::write(&file, "").expect("a file");
    for directory in [file.clone(), file.join("below")] {
        let directory = directory.to_string_lossy();
        let system = case.system();
        let arguments = [
            "check",
            "--cache-dir",
            &directory,
            &system.to_string_lossy(),
        ];
        let ran = case.run(&arguments);
        assert!(ran.cache.starts_with("cannot be kept in "), "{}", ran.cache);
        assert_eq!(ran.output, without.output);
        let quiet = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
            .args(arguments)
            .output();
        assert!(quiet.expect("the program").stderr.is_empty());
    }
    assert_eq!(read(&file), "");
    assert!(!case.answers().exists());
}

#[test]
fn without_a_cache_nothing_is_read_or_written() {
    let case = shop();
    assert_eq!(case.check_without().cache, "none");
    let system = case.system();
    let nowhere =
        ran(program(&["check", &system.to_string_lossy()]).env("SEAWORTHY_CACHE_DIR", ""));
    assert_eq!(nowhere.cache, "none");
    assert!(!case.answers().exists());
    case.check();
    let modified = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let entry = case.entries().remove(0);
    fs::write(&entry, "no entry").expect("a file");
    let before = modified(&entry);
    assert_eq!(case.check_without().cache, "none");
    assert_eq!(
        (modified(&entry), read(&entry)),
        (before, "no entry".to_owned())
    );
    let both = case.run(&["check", "--no-cache", "--cache-dir", "x"]);
    assert_eq!(both.output.0, Some(2));
    assert!(
        both.output.2.contains("cannot be used with"),
        "{}",
        both.output.2
    );
}

/// Where the variables of the user's home decide.
#[cfg(unix)]
#[test]
fn answers_lie_among_the_users_caches() {
    let case = shop();
    let home = case.directory.path().join("home");
    let system = case.system();
    let run = || {
        let mut command = program(&["check", &system.to_string_lossy()]);
        command
            .env_remove("SEAWORTHY_CACHE_DIR")
            .env_remove("XDG_CACHE_HOME");
        ran(command.env("HOME", &home)).cache
    };
    let kept = run();
    let below = format!("kept in {}/", home.display());
    assert!(
        kept.starts_with(&below) && kept.contains("/seaworthy/"),
        "{kept}"
    );
    assert!(run().starts_with("answered by "));
}
