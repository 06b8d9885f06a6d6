//! `seaworthy init`.

use super::{CommandError, ExitStatus, Shell, Target, output};
use crate::config::Config;
use crate::report::starter;
use crate::settle::{Terms, settle};
use clap::Args;
use std::path::{Path, PathBuf};

/// The file that is written.
const FILE: &str = "seaworthy.yaml";

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy init                writes ./seaworthy.yaml
  seaworthy init --output -     shows what would be written")]
pub(super) struct InitArgs {
    #[command(flatten)]
    target: Target,
    /// The file; `-` for standard output [default: seaworthy.yaml in PATH]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &InitArgs, shell: &Shell) -> Result<ExitStatus, CommandError> {
    let file = args
        .output
        .clone()
        .unwrap_or_else(|| directory(&args.target.path).join(FILE));
    let shown = file == Path::new("-");
    if !shown && !args.force && file.exists() {
        let message = format!(
            "{} is there already; --force writes over it",
            file.display()
        );
        return Err(CommandError(message));
    }
    // What is fitted is fitted to the system, whatever an older file says of it.
    let mut config = Config::default();
    let mut analysis = args.target.analyse_with(&mut config, shell)?;
    let terms = Terms {
        today: jiff::ZonedDateTime::now().date(),
        suppress: false,
    };
    let outcome = settle(&mut analysis, &config, terms)?;
    let text = starter::render(&analysis, &outcome);
    shell.end();
    if shown {
        output::write(&text)?;
    } else {
        output::write_file(&file, &text)?;
        output::note(&format!(
            "wrote {}; `seaworthy config` shows what is in force",
            file.display()
        ));
    }
    Ok(ExitStatus::Clean)
}

fn directory(path: &Path) -> PathBuf {
    match path.is_file() {
        true => path.parent().unwrap_or(Path::new("")).to_owned(),
        false => path.to_owned(),
    }
}
