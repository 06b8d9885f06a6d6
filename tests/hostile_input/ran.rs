//! One run of the program on a tree of its own, with its time and its peak of memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a debug build may take on a busy machine.
const MOST_TIME: Duration = Duration::from_secs(120);
const MOST_KIBIBYTES: u64 = 2 * 1024 * 1024;

/// A file that every case has beside the hostile one, and what is said of it: its function is for those who link to it.
const OTHER: &str =
    "#[no_mangle] async fn other() { reqwest::get(\"https://other.example\").await; }\n";
const OF_OTHER: &str = "https://other.example without a timeout";

/// A directory that is empty but for the other file.
pub(crate) struct Tree(pub(crate) PathBuf);

impl Tree {
    pub(crate) fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("hostile-input")
            .join(name);
        let _ = fs::remove_dir_all(&path);
        // A repository of its own: nothing above it counts, wherever the target directory is.
        fs::create_dir_all(path.join(".git")).expect("a directory");
        Self(path).with("src/other.rs", OTHER)
    }

    pub(crate) fn with(self, file: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
        self
    }

    /// The report of `check`, which names the other file.
    pub(crate) fn check(&self) -> Ran {
        let ran = self.run(&["check"]);
        assert!(
            ran.out.contains(OF_OTHER),
            "the other file is read: {}",
            ran.said()
        );
        ran
    }

    /// `check` ends with a problem that is said with its place.
    pub(crate) fn problem(&self, place: &str, message: &str) {
        let ran = self.check();
        assert_eq!(ran.status, Some(2), "{}", ran.said());
        let told = ran.out.split("problem").any(|part| {
            let part = part.split("\nhelp").next().unwrap_or("");
            part.contains(message) && part.contains(place)
        });
        assert!(told, "{place}: {message}\n{}", ran.said());
    }

    /// `check` reads everything.
    pub(crate) fn whole(&self) -> Ran {
        let ran = self.check();
        assert_eq!(ran.status, Some(1), "{}", ran.said());
        ran
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = program();
        let (name, rest) = arguments.split_first().expect("a command");
        command.arg(name).arg(&self.0).args(rest);
        let ran = Ran::of(&mut command);
        let case = self.0.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "| {case} | {} | {:.1} s | {} MiB |",
            ran.status
                .map_or_else(|| "killed".to_owned(), |status| status.to_string()),
            ran.time.as_secs_f64(),
            ran.kibibytes / 1024
        );
        ran.bounded();
        ran
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn program() -> Command {
    let built = env!("CARGO_BIN_EXE_seaworthy");
    let mut command =
        Command::new(std::env::var("SEAWORTHY_BINARY").unwrap_or_else(|_| built.to_owned()));
    command.args(["--color", "never"]);
    // A run that is answered by an earlier one measures nothing.
    command.env("SEAWORTHY_CACHE_DIR", "");
    command
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
    time: Duration,
    kibibytes: u64,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let out = std::thread::spawn(move || text(out));
        let err = std::thread::spawn(move || text(err));
        let begun = Instant::now();
        let mut kibibytes = 0;
        while begun.elapsed() < MOST_TIME && matches!(child.try_wait(), Ok(None)) {
            kibibytes = peak(child.id()).max(kibibytes);
            std::thread::sleep(Duration::from_millis(5));
        }
        let time = begun.elapsed();
        // Nothing happens to one that has ended.
        let _ = child.kill();
        let status = child.wait();
        Self {
            status: status.ok().and_then(|status| status.code()),
            out: out.join().expect("its output"),
            err: err.join().expect("its output"),
            time,
            kibibytes,
        }
    }

    /// Neither killed nor aborted, in bounded time and memory.
    pub(crate) fn bounded(&self) {
        assert!(matches!(self.status, Some(0..=2)), "{}", self.said());
        assert!(!self.err.contains("panicked"), "{}", self.said());
        assert!(self.time < MOST_TIME, "{:?}", self.time);
        assert!(self.kibibytes < MOST_KIBIBYTES, "{} KiB", self.kibibytes);
    }

    pub(crate) fn said(&self) -> String {
        let part = |text: &str| text.chars().take(4_000).collect::<String>();
        format!("{:?} {} {}", self.status, part(&self.out), part(&self.err))
    }
}

fn text(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What the kernel counted so far, where it does.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status"));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
