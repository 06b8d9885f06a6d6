//! `seaworthy diff`.

use super::{CommandError, Effort, ExitStatus, Shell, Target, output, status_of};
use crate::analysis::Analysis;
use crate::collect::revision::{Revision, export};
use crate::diagram::{self, SvgOptions};
use crate::report::changes::Changes;
use clap::{Args, ValueEnum};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy diff main                        what the work tree changes
  seaworthy diff v1.4.0 v1.5.0               between two releases
  seaworthy diff main HEAD --format markdown a comment for the pull request
  seaworthy diff ../before ../after          two directories

Exit status: 0 compared, 2 something could not be read.")]
pub(super) struct DiffArgs {
    /// The older state: a git revision, or a directory
    #[arg(value_name = "BASE")]
    base: String,
    /// The newer state: a git revision, or a directory [default: the directory of --path as it is]
    #[arg(value_name = "HEAD")]
    head: Option<String>,
    /// Directory of the system in its repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    path: PathBuf,
    /// How the changes are told
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Configuration for both [default: seaworthy.yaml of each state, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    effort: Effort,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines for people
    Human,
    /// A comment for a pull request, with a Mermaid chart
    Markdown,
    /// A picture of what is new, gone or changed and what it touches
    Svg,
    /// For other tools
    Json,
}

/// One of the two states; a revision's files are there as long as it is.
struct State {
    path: PathBuf,
    revision: Option<Revision>,
}

impl DiffArgs {
    fn state(&self, name: &str) -> Result<State, CommandError> {
        if Path::new(name).is_dir() {
            return Ok(State {
                path: PathBuf::from(name),
                revision: None,
            });
        }
        let revision = export(&self.path, name)?;
        Ok(State {
            path: revision.path(),
            revision: Some(revision),
        })
    }

    fn analyse(
        &self,
        state: &State,
        shell: &Shell,
    ) -> Result<ManuallyDrop<Analysis>, CommandError> {
        let target = Target {
            path: state.path.clone(),
            config: self.config.clone(),
            effort: self.effort.clone(),
            top: state.revision.as_ref().map(Revision::top),
        };
        target.analyse(shell)
    }
}

pub(super) fn run(args: &DiffArgs, shell: &Shell) -> Result<ExitStatus, CommandError> {
    let base = args.state(&args.base)?;
    let head = match &args.head {
        Some(name) => args.state(name)?,
        None => State {
            path: args.path.clone(),
            revision: None,
        },
    };
    let (old, new) = (args.analyse(&base, shell)?, args.analyse(&head, shell)?);
    let changes = Changes::between(&old.system, &new.system);
    let text = match args.format {
        Format::Human => changes.lines(),
        Format::Markdown => changes.markdown(&new.system),
        Format::Json => serde_json::to_string_pretty(&changes)? + "\n",
        Format::Svg => match changes.drawn(&old.system, &new.system) {
            Some((graph, marks)) => {
                let options = SvgOptions {
                    marks,
                    ..SvgOptions::default()
                };
                diagram::svg(&graph, &new.sources, &options)
            }
            None => {
                let message = "no component or relation changed: there is nothing to draw";
                return Err(CommandError(message.to_owned()));
            }
        },
    };
    output::write(&text)?;
    output::problems(&new);
    Ok(match status_of(&old) {
        ExitStatus::Clean => status_of(&new),
        incomplete => incomplete,
    })
}
