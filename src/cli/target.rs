//! What is analysed, by which configuration, and whether an earlier run has done it: the same for every
//! command that analyses.

use super::{CommandError, Shell};
use crate::analysis::{Analysis, Stage, analyse_here, not_started, workers};
use crate::cache::{self, Cache, Key};
use crate::catalog::Catalog;
use crate::collect::collect;
use crate::config::Config;
use crate::problem::Problem;
use crate::source::Sources;
use clap::Args;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What is analysed.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Directory of the system (or one file)
    #[arg(default_value = ".", value_name = "PATH")]
    pub(super) path: PathBuf,
    /// Configuration [default: the nearest seaworthy.yaml, from PATH up to the top of the repository]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) effort: Effort,
    /// Above this no configuration is looked for; the top of the repository by default.
    #[arg(skip)]
    pub(super) top: Option<PathBuf>,
}

/// How the work is done; nothing in an answer depends on it.
#[derive(Clone, Debug, Args)]
pub(super) struct Effort {
    /// Threads that read files [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    threads: Option<u8>,
    /// Where answers are kept for later runs [default: SEAWORTHY_CACHE_DIR (no cache where that is
    /// empty), or `seaworthy` in the user's directory of caches]
    #[arg(long, value_name = "DIR")]
    cache_dir: Option<PathBuf>,
    /// Neither ask for an answer of an earlier run nor keep this one
    #[arg(long, conflicts_with = "cache_dir")]
    no_cache: bool,
}

impl Target {
    pub(super) fn configuration(&self) -> Result<Config, CommandError> {
        Ok(match &self.config {
            Some(path) => Config::load_named(path, &self.path)?,
            None => Config::discover(&self.path, self.top.as_deref())?,
        })
    }

    pub(super) fn analyse(&self, shell: &Shell) -> Result<ManuallyDrop<Analysis>, CommandError> {
        self.analyse_with(&mut self.configuration()?, shell)
    }

    /// What the analysis asks for is taken out of the configuration; what is left is for its findings.
    /// It is not given back piece by piece: the program ends with it.
    pub(super) fn analyse_with(
        &self,
        config: &mut Config,
        shell: &Shell,
    ) -> Result<ManuallyDrop<Analysis>, CommandError> {
        let observe = |stage| shell.stage(stage);
        let (analysis, cached) = self.effort.analyse(&self.path, config, &observe)?;
        shell.stage(Stage::Report);
        shell.tell(&analysis, config, &cached);
        Ok(ManuallyDrop::new(analysis))
    }
}

impl Effort {
    /// The files of a directory and what is found in them, by this run or an earlier one; and a few
    /// words on the cache, for people.
    pub(super) fn analyse(
        &self,
        path: &Path,
        config: &mut Config,
        observe: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Analysis, String), CommandError> {
        self.start_workers().map_err(CommandError)?;
        // Among them, for the stack that they have.
        rayon::scope(|_| self.analyse_here(path, config, observe))
    }

    /// One set of workers for the whole run, whatever it asks of them.
    fn start_workers(&self) -> Result<(), String> {
        static STARTED: OnceLock<Result<(), String>> = OnceLock::new();
        let threads = self.threads.map(usize::from);
        let start = || workers(threads).build_global().map_err(not_started);
        STARTED.get_or_init(start).clone()
    }

    fn analyse_here(
        &self,
        path: &Path,
        config: &mut Config,
        observe: &(dyn Fn(Stage) + Sync),
    ) -> Result<(Analysis, String), CommandError> {
        observe(Stage::Collect);
        let (sources, problems) = collect(path, &config.selection)?;
        let Some(cache) = self.cache() else {
            let analysis = analyse_anew(sources, problems, config, observe)?;
            return Ok((analysis, "none".to_owned()));
        };
        observe(Stage::Recall);
        let key = Key::of(&sources, &problems, config);
        let file = cache.file(&key);
        if let Some(answer) = cache.get(&key) {
            // What follows must not depend on where the answer came from.
            drop(config.take_asked());
            let words = format!("answered by {}", file.display());
            return Ok((answer.with(sources), words));
        }
        let analysis = analyse_anew(sources, problems, config, observe)?;
        observe(Stage::Keep);
        let words = match cache.put(&key, &analysis) {
            Ok(()) => format!("kept in {}", file.display()),
            Err(error) => format!("cannot be kept in {}: {error}", file.display()),
        };
        Ok((analysis, words))
    }

    fn cache(&self) -> Option<Cache> {
        if self.no_cache {
            return None;
        }
        let named = || std::env::var_os(cache::VARIABLE).map(PathBuf::from);
        match self.cache_dir.clone().or_else(named) {
            Some(none) if none.as_os_str().is_empty() => None,
            Some(directory) => Some(Cache::at(&directory)),
            None => Cache::of_user(),
        }
    }
}

fn analyse_anew(
    sources: Sources,
    problems: Vec<Problem>,
    config: &mut Config,
    observe: &(dyn Fn(Stage) + Sync),
) -> Result<Analysis, CommandError> {
    observe(Stage::Catalog);
    let catalog = Catalog::load_for(&sources, config)?;
    Ok(analyse_here(sources, problems, &catalog, observe))
}
