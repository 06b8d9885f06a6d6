//! `seaworthy diagram`.

use super::{CommandError, ExitStatus, Target, output, status_of};
use crate::diagram;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy diagram                          a Mermaid chart, to paste into Markdown
  seaworthy diagram --format dot | dot -Tsvg > system.svg
  seaworthy diagram --format json | jq '.nodes[] | select(.kind == \"queue\")'")]
pub(super) struct DiagramArgs {
    #[command(flatten)]
    target: Target,
    /// The language of the picture
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Rendered by GitHub, GitLab and most wikis
    Mermaid,
    /// For Graphviz
    Dot,
    /// For other tools
    Json,
}

pub(super) fn run(args: &DiagramArgs) -> Result<ExitStatus, CommandError> {
    let analysis = args.target.analyse()?;
    let text = match args.format {
        Format::Mermaid => diagram::mermaid(&diagram::Graph::new(&analysis.system)),
        Format::Dot => diagram::dot(&diagram::Graph::new(&analysis.system)),
        Format::Json => diagram::json(&analysis)?,
    };
    output::write(&text)?;
    output::problems(&analysis);
    Ok(status_of(&analysis))
}
