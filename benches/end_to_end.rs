//! How long a whole run takes, against what cannot be avoided: reading the same files and parsing the
//! Rust among them (or the one contract that is named), with as many threads. The ratio holds on any machine; the times do not.
//!
//! `cargo bench --bench end_to_end -- DIRECTORY-OR-CONTRACT..` (the example system by default). Each figure is the
//! least of several runs, each in a process of its own; the peak of memory is what the kernel counted
//! (`VmHWM`), where it does. A warm run is one of the program whose answer is in the cache, from its start to its end.

#![expect(clippy::print_stdout, reason = "figures are what it is there for")]

use rayon::prelude::*;
use seaworthy::catalog::Catalog;
use seaworthy::collect::collect;
use seaworthy::config::Config;
use seaworthy::report::check_json;
use seaworthy::settle::{Terms, settle};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The allocator of the program, for the floor too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs of each kind.
const RUNS: usize = 5;
/// Stack of a worker of the floor; the parser recurses.
const STACK_BYTES: usize = 64 * 1024 * 1024;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [mode, directory, threads] = arguments.as_slice()
        && mode.starts_with("--child-")
    {
        return child(mode, Path::new(directory), threads.parse()?);
    }
    let mut directories: Vec<PathBuf> = arguments.iter().map(PathBuf::from).collect();
    if directories.is_empty() {
        directories.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/bookstore"));
    }
    println!(
        "directory | Rust lines | source bytes | threads | floor ms | run ms | ratio | warm ms | warm ratio | floor MiB | run MiB | bytes a byte"
    );
    let cores = std::thread::available_parallelism()?.get();
    for directory in &directories {
        let size = Size::of(directory)?;
        let mut counts = vec![1, cores];
        counts.dedup();
        for threads in counts {
            let floor = Figures::of("--child-floor", directory, threads)?;
            let run = Figures::of("--child-run", directory, threads)?;
            let warm = warm(directory, threads)?;
            println!(
                "{} | {} | {} | {threads} | {:.1} | {:.1} | {:.2} | {warm:.1} | {:.2} | {:.0} | {:.0} | {:.0}",
                directory.display(),
                size.lines,
                size.bytes,
                floor.milliseconds,
                run.milliseconds,
                run.milliseconds / floor.milliseconds,
                warm / floor.milliseconds,
                floor.kibibytes / 1024.0,
                run.kibibytes / 1024.0,
                run.kibibytes * 1024.0 / size.bytes.max(1) as f64,
            );
        }
    }
    Ok(())
}

/// How much there is to read.
struct Size {
    lines: usize,
    bytes: usize,
}

impl Size {
    fn of(directory: &Path) -> Result<Self, Failure> {
        let (sources, _) = collect(directory, &Default::default())?;
        let mut size = Self { lines: 0, bytes: 0 };
        for (_, source) in sources.iter() {
            size.bytes += source.text.len();
            if source.path.ends_with(".rs") {
                size.lines += source.text.lines().count();
            }
        }
        Ok(size)
    }
}

/// The least of several runs.
struct Figures {
    milliseconds: f64,
    kibibytes: f64,
}

impl Figures {
    fn of(mode: &str, directory: &Path, threads: usize) -> Result<Self, Failure> {
        let mut best = Self {
            milliseconds: f64::MAX,
            kibibytes: f64::MAX,
        };
        for _ in 0..RUNS {
            let output = Command::new(std::env::current_exe()?)
                .arg(mode)
                .arg(directory)
                .arg(threads.to_string())
                .output()?;
            let text = String::from_utf8(output.stdout)?;
            let mut words = text.split_whitespace();
            let mut next = || -> Result<f64, Failure> {
                Ok(words
                    .next()
                    .ok_or("a run ended without its figures")?
                    .parse()?)
            };
            best.milliseconds = best.milliseconds.min(next()?);
            best.kibibytes = best.kibibytes.min(next()?);
        }
        Ok(best)
    }
}

/// The milliseconds of a run of the program that an earlier one answers.
fn warm(directory: &Path, threads: usize) -> Result<f64, Failure> {
    let answers = tempfile::tempdir()?;
    let mut best = f64::MAX;
    // The first one has nobody to answer it.
    for nth in 0..=RUNS {
        let begun = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
            .args(["check", "--format", "json", "--threads"])
            .arg(threads.to_string())
            .arg("--cache-dir")
            .arg(answers.path())
            .arg(directory)
            .output()?;
        let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
        if output.stdout.is_empty() {
            return Err("the program said nothing".into());
        }
        if nth > 0 {
            best = best.min(milliseconds);
        }
    }
    Ok(best)
}

/// One run, in a process of its own: prints milliseconds and the peak of memory in KiB.
fn child(mode: &str, directory: &Path, threads: usize) -> Result<(), Failure> {
    let begun = Instant::now();
    match mode {
        "--child-floor" => floor(directory, threads)?,
        _ => run(directory, threads)?,
    }
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    println!("{milliseconds} {}", peak_kibibytes());
    Ok(())
}

/// Everything that `check --format json` does.
fn run(directory: &Path, threads: usize) -> Result<(), Failure> {
    let mut config = Config::discover(directory, Some(directory))?;
    let (sources, problems) = collect(directory, &config.selection)?;
    let catalog = Catalog::load_for(&sources, &mut config)?;
    let mut analysis = seaworthy::analyse(sources, problems, &catalog, Some(threads))?;
    let terms = Terms {
        today: jiff::civil::date(2026, 1, 1),
        suppress: true,
    };
    let outcome = settle(&mut analysis, &config, terms)?;
    black_box(check_json::render(&analysis, &outcome)?);
    Ok(())
}

/// What cannot be avoided: the same walk, each file read and each Rust file parsed, its tree dropped
/// where it was made.
fn floor(directory: &Path, threads: usize) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK_BYTES)
        .build()?;
    let files: Vec<PathBuf> = ignore::WalkBuilder::new(directory)
        .require_git(false)
        .build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(ignore::DirEntry::into_path)
        .filter(|path| path == directory || path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    let items: usize = pool.install(|| files.par_iter().map(|path| parsed(path)).sum());
    black_box(items);
    Ok(())
}

fn parsed(path: &Path) -> usize {
    let Ok(text) = std::fs::read_to_string(path) else {
        return 0;
    };
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => {
            let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
            usize::from(black_box(value).is_some())
        }
        Some("yaml" | "yml") => granit_parser::Parser::new_from_str(&text)
            .filter(Result::is_ok)
            .count(),
        _ => {
            let items = syn::parse_file(&text).map_or(0, |file| file.items.len());
            // The spans of a file are of no use after it.
            proc_macro2::extra::invalidate_current_thread_spans();
            items
        }
    }
}

/// The peak of this process's memory; 0 where the kernel does not tell.
fn peak_kibibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
