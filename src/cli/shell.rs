//! What every command has: how much it says, in which colours, and how long each stage took.

use super::output;
use crate::analysis::{Analysis, Stage};
use crate::config::Config;
use crate::source::SourceKind;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

/// A run that ends before this says nothing of its progress.
const PATIENCE: Duration = Duration::from_millis(700);

/// Options of every command.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "What is said")]
pub(super) struct ShellArgs {
    /// Print findings and errors only: no notes, no progress
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say which configuration counts and what was read
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Say how long each stage took
    #[arg(long, global = true)]
    timings: bool,
    /// When to use colours (`NO_COLOR` is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    /// Where the terminal shows them
    Auto,
    Always,
    Never,
}

impl ShellArgs {
    /// Makes these choices those of every output, and begins to watch the stages of the run.
    pub(super) fn start(self) -> Shell {
        let choice = match self.color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        output::be_quiet(self.quiet);
        let shown = !self.quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        let (ended, over) = mpsc::channel();
        if shown {
            let bar = bar.clone();
            std::thread::spawn(move || {
                if over.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                    bar.enable_steady_tick(Duration::from_millis(120));
                }
            });
        }
        Shell {
            timings: self.timings,
            verbose: self.verbose,
            bar,
            ended,
            begun: Instant::now(),
            stages: Mutex::new(Vec::new()),
        }
    }
}

/// The stages of a run, with when each began.
pub(super) struct Shell {
    timings: bool,
    verbose: bool,
    bar: ProgressBar,
    ended: mpsc::Sender<()>,
    begun: Instant,
    stages: Mutex<Vec<(Stage, Instant)>>,
}

impl Shell {
    /// A stage begins.
    pub(super) fn stage(&self, stage: Stage) {
        if let Ok(mut stages) = self.stages.lock() {
            stages.push((stage, Instant::now()));
        }
        match stage {
            // From here on the report may be written to the same terminal.
            Stage::Report => self.hide(),
            stage => self.bar.set_message(stage.words()),
        }
    }

    /// What counts and what was read, where that is wanted.
    pub(super) fn tell(&self, analysis: &Analysis, config: &Config, cached: &str) {
        if !self.verbose {
            return;
        }
        output::note(&match &config.location {
            Some(location) => format!("configuration: {}", location.path.display()),
            None => "configuration: none, the defaults count".to_owned(),
        });
        let mut kinds: BTreeMap<SourceKind, usize> = BTreeMap::new();
        for (_, source) in analysis.sources.iter() {
            *kinds.entry(source.kind).or_default() += 1;
        }
        for (kind, count) in kinds {
            output::note(&format!("{count} x {}", kind.words()));
        }
        output::note(&format!("cache: {cached}"));
    }

    /// The line of progress goes.
    fn hide(&self) {
        // Nobody waits for it where nothing is shown.
        let _ = self.ended.send(());
        self.bar.finish_and_clear();
    }

    /// The run is over: the line of progress goes, and the times are told where they are wanted.
    pub(super) fn end(&self) {
        self.hide();
        if !self.timings {
            return;
        }
        let Ok(mut stages) = self.stages.lock() else {
            return;
        };
        if stages.is_empty() {
            return;
        }
        let now = Instant::now();
        for (index, (stage, begun)) in stages.iter().enumerate() {
            let end = stages.get(index + 1).map_or(now, |(_, next)| *next);
            output::timing(&stage.words(), end - *begun);
        }
        output::timing("all of it", now - self.begun);
        stages.clear();
    }
}
