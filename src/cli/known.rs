//! What `check` leaves out because it is known: a baseline file, or what an older revision has.

use super::{CommandError, Target, output};
use crate::analysis::Analysis;
use crate::baseline::Baseline;
use crate::collect::{read_whole, revision};
use crate::config::Config;
use crate::outcome::Outcome;
use crate::settle::{Terms, settle};
use clap::Args;
use std::path::{Path, PathBuf};

/// Where the baseline is written where nobody names a file.
const FILE: &str = "seaworthy-baseline.json";

#[derive(Debug, Args)]
#[command(next_help_heading = "What is known already")]
pub(super) struct KnownArgs {
    /// Leave out the findings that this file lists [default: `baseline` of the configuration]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to the baseline file, and report none
    /// [default file: seaworthy-baseline.json]
    #[arg(long, conflicts_with_all = ["prune_baseline", "new_since"])]
    write_baseline: bool,
    /// Take out of the baseline file what is no longer found
    #[arg(long)]
    prune_baseline: bool,
    /// Leave out the findings that this git revision has too; the work tree is not touched
    #[arg(long, value_name = "REVISION")]
    new_since: Option<String>,
}

/// Marks what is known. Where the baseline was to be written, that is all there is to do, and what was
/// done is told.
pub(super) fn known(
    args: &KnownArgs,
    target: &Target,
    config: &Config,
    terms: Terms,
    analysis: &Analysis,
    outcome: &mut Outcome,
) -> Result<Option<String>, CommandError> {
    let file = args.baseline.clone().or_else(|| configured(config));
    let sources = &analysis.sources;
    if args.write_baseline {
        let file = file.unwrap_or_else(|| PathBuf::from(FILE));
        let baseline = Baseline::of(outcome, sources);
        output::write_file(&file, &baseline.text()?)?;
        let count = baseline.len();
        return Ok(Some(format!(
            "{count} findings are known from now on: {}",
            file.display()
        )));
    }
    if let Some(file) = &file {
        let baseline = read(file)?;
        let found = baseline.mark(outcome, sources);
        let gone = baseline.len() - found.len();
        let name = file.display();
        if args.prune_baseline && gone > 0 {
            output::write_file(file, &found.text()?)?;
            output::note(&format!(
                "{gone} findings of {name} are no longer there, and taken out of it"
            ));
        } else if gone > 0 {
            output::note(&format!(
                "{gone} findings of {name} are no longer there; --prune-baseline takes them out"
            ));
        }
    } else if args.prune_baseline {
        let message = "there is no baseline: name it with --baseline, or in seaworthy.yaml";
        return Err(CommandError(message.to_owned()));
    }
    if let Some(name) = &args.new_since {
        older(target, config, terms, name)?.mark(outcome, sources);
    }
    Ok(None)
}

/// The file that the configuration names, relative to the configuration's own.
fn configured(config: &Config) -> Option<PathBuf> {
    let name = config.file.baseline.as_ref()?;
    let location = config.location.as_ref()?;
    let directory = location.path.parent().unwrap_or(Path::new(""));
    Some(directory.join(&name.value))
}

fn read(file: &Path) -> Result<Baseline, CommandError> {
    let fail = |reason: String| CommandError(format!("{}: {reason}", file.display()));
    // The audited system may name it: a pipe would never end.
    if file.exists() && !file.is_file() {
        return Err(fail("no regular file".to_owned()));
    }
    let text = read_whole(file).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        fail(match missing {
            true => "there is no such baseline; --write-baseline makes one".to_owned(),
            false => format!("cannot be read: {error}"),
        })
    })?;
    Baseline::parse(&text).map_err(fail)
}

/// The findings of an older revision, by the configuration of today.
fn older(
    target: &Target,
    config: &Config,
    terms: Terms,
    name: &str,
) -> Result<Baseline, CommandError> {
    let revision = revision::export(&target.path, name)?;
    let mut config = match &config.location {
        Some(location) => Config::parse(location.clone(), config.text.clone())?,
        None => Config::default(),
    };
    let effort = &target.effort;
    let (mut analysis, _) = effort.analyse(&revision.path(), &mut config, &|_| {})?;
    let outcome = settle(&mut analysis, &config, terms)?;
    if !analysis.problems.is_empty() {
        let count = analysis.problems.len();
        output::note(&format!(
            "{count} problems kept something of {name} from being read: what stands there counts as new"
        ));
    }
    Ok(Baseline::of(&outcome, &analysis.sources))
}
