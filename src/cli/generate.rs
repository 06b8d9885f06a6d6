//! `seaworthy completions` and `seaworthy man`: made of the same definition as the help.

use super::{Cli, CommandError, ExitStatus, output};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy completions bash > ~/.local/share/bash-completion/completions/seaworthy
  seaworthy completions zsh > ~/.zfunc/_seaworthy
  seaworthy completions fish > ~/.config/fish/completions/seaworthy.fish")]
pub(super) struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy man | man -l -
  seaworthy man --output-dir /usr/local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write a page for the program and one for each command into this directory
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionArgs) -> Result<ExitStatus, CommandError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seaworthy", &mut text);
    output::write(&String::from_utf8_lossy(&text))?;
    Ok(ExitStatus::Clean)
}

pub(super) fn man(args: &ManArgs) -> Result<ExitStatus, CommandError> {
    let mut command = Cli::command();
    command.build();
    if let Some(directory) = &args.output_dir {
        std::fs::create_dir_all(directory)
            .map_err(|error| CommandError(format!("{}: {error}", directory.display())))?;
        for page in std::iter::once(&command).chain(command.get_subcommands()) {
            if page.get_name() == "help" {
                continue;
            }
            let name = match page.get_name() {
                "seaworthy" => "seaworthy".to_owned(),
                command => format!("seaworthy-{command}"),
            };
            let text = rendered(page.clone().name(name.clone()))?;
            output::write_file(&directory.join(format!("{name}.1")), &text)?;
        }
        return Ok(ExitStatus::Clean);
    }
    output::write(&rendered(command)?)?;
    Ok(ExitStatus::Clean)
}

fn rendered(command: clap::Command) -> Result<String, CommandError> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
