//! `seaworthy diagram`.

use super::{CommandError, ExitStatus, Target, link_base, output, status_of};
use crate::diagram::{self, Graph, SvgOptions};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy diagram                          a Mermaid chart, to paste into Markdown
  seaworthy diagram --output docs/system.svg a picture that needs no other program
  seaworthy diagram --format dot | dot -Tsvg > system.svg
  seaworthy diagram --format json | jq '.nodes[] | select(.kind == \"queue\")'")]
pub(super) struct DiagramArgs {
    #[command(flatten)]
    target: Target,
    /// The language of the picture [default: by the ending of --output, or mermaid]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A title above the picture (svg)
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    title: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A picture for browsers, wikis and documents
    Svg,
    /// Rendered by GitHub, GitLab and most wikis
    Mermaid,
    /// For Graphviz
    Dot,
    /// For other tools
    Json,
}

impl Format {
    fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "svg" => Some(Self::Svg),
            "mmd" | "mermaid" => Some(Self::Mermaid),
            "dot" | "gv" => Some(Self::Dot),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

pub(super) fn run(args: &DiagramArgs) -> Result<ExitStatus, CommandError> {
    let by_ending = args.output.as_deref().map(Format::of_file);
    let format = match (args.format, by_ending) {
        (Some(format), _) | (None, Some(Some(format))) => format,
        (None, None) => Format::Mermaid,
        (None, Some(None)) => {
            let message = "the ending of --output tells no format: add --format";
            return Err(CommandError(message.to_owned()));
        }
    };
    let analysis = args.target.analyse()?;
    let text = match format {
        Format::Svg => {
            let output = args.output.as_deref();
            let options = SvgOptions {
                title: args.title.clone(),
                link_base: output.map_or_else(String::new, |one| link_base(one, &args.target.path)),
            };
            let graph = Graph::new(&analysis.system);
            diagram::svg(&graph, &analysis.sources, &options)
        }
        Format::Mermaid => diagram::mermaid(&Graph::new(&analysis.system)),
        Format::Dot => diagram::dot(&Graph::new(&analysis.system)),
        Format::Json => diagram::json(&analysis)?,
    };
    match &args.output {
        Some(path) => output::write_file(path, &text)?,
        None => output::write(&text)?,
    }
    output::problems(&analysis);
    Ok(status_of(&analysis))
}
