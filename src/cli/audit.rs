//! `seaworthy audit`.

use super::{CommandError, ExitStatus, Shell, Target, link_base, output, status_of};
use crate::report::{
    audit_csv, audit_html, audit_json, audit_markdown, audit_table, is_checklist, merge_checklists,
};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy audit                            tables for the terminal
  seaworthy audit --output docs/AUDIT.md     a checklist to commit; ticks and notes in it are kept
  seaworthy audit --output audit.html        one page with filters, for a browser or a printer
  seaworthy audit --format json | jq '.endpoints[] | select(.label != \"idempotent\")'")]
pub(super) struct AuditArgs {
    #[command(flatten)]
    target: Target,
    /// How the checklist is written [default: by the ending of --output, or table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; what people wrote in a Markdown or CSV checklist there is kept
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// List what may be an outbound call too, but was called on something of unknown type
    #[arg(long)]
    pedantic: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables, for the terminal
    Table,
    /// For a repository, a wiki or a pull request
    Markdown,
    /// One self-contained page
    Html,
    /// For a spreadsheet
    Csv,
    /// For other tools
    Json,
}

impl Format {
    fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }
}

pub(super) fn run(args: &AuditArgs, shell: &Shell) -> Result<ExitStatus, CommandError> {
    let by_ending = args.output.as_deref().map(Format::of_file);
    let format = match (args.format, by_ending) {
        (Some(format), _) | (None, Some(Some(format))) => format,
        (None, None) => Format::Table,
        (None, Some(None)) => {
            let message = "the ending of --output tells no format: add --format";
            return Err(CommandError(message.to_owned()));
        }
    };
    let old = match &args.output {
        Some(path) => existing(path, format)?,
        None => None,
    };
    let analysis = args.target.analyse(shell)?;
    let base = args
        .output
        .as_deref()
        .map_or_else(String::new, |output| link_base(output, &args.target.path));
    let text = match format {
        Format::Table => audit_table::render(&analysis, output::width(), args.pedantic),
        Format::Markdown => {
            let new = audit_markdown::render(&analysis, &base, args.pedantic);
            old.map_or(new.clone(), |old| merge_checklists(&old, &new))
        }
        Format::Html => audit_html::render(&analysis, &base),
        Format::Csv => audit_csv::render(&analysis, old.as_deref())?,
        Format::Json => audit_json::render(&analysis, args.pedantic)?,
    };
    match &args.output {
        Some(path) => {
            output::write_file(path, &text)?;
            output::problems(&analysis);
        }
        None => {
            output::write(&text)?;
            if format == Format::Csv {
                output::problems(&analysis);
            }
        }
    }
    Ok(status_of(&analysis))
}

/// The checklist that a file holds already, for the formats in which people write.
fn existing(path: &Path, format: Format) -> Result<Option<String>, CommandError> {
    // What is there and no regular file (a pipe, /dev/stdout) holds nothing to keep.
    let special = path.exists() && !path.is_file();
    if special || !matches!(format, Format::Markdown | Format::Csv) {
        return Ok(None);
    }
    let text = match crate::collect::read_whole(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("cannot read {}: {error}", path.display());
            return Err(CommandError(message));
        }
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    if format == Format::Markdown && !is_checklist(&text) {
        return Err(CommandError(format!(
            "{} is no checklist of seaworthy and is not written over: choose another name, or delete it",
            path.display()
        )));
    }
    Ok(Some(text))
}
