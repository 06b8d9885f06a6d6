//! `seaworthy diagram`.

use super::{CommandError, ExitStatus, Target, link_base, output, status_of};
use crate::diagram::{self, Graph, SvgOptions, View};
use crate::model::System;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy diagram                          a Mermaid chart, to paste into Markdown
  seaworthy diagram --output docs/system.svg a picture that needs no other program
  seaworthy diagram --focus orders --depth 2 a service and what is around it
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
    /// What is shown
    #[arg(long, value_enum, default_value_t = ShownView::Whole)]
    view: ShownView,
    /// Only this component and what is near it; may be given several times
    #[arg(long, value_name = "NAME")]
    focus: Vec<String>,
    /// How many steps around --focus are shown
    #[arg(long, value_name = "N", default_value_t = 1, requires = "focus")]
    depth: usize,
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ShownView {
    /// Everything
    Whole,
    /// Who calls whom
    Calls,
    /// Messages and data: queues, workers, pipelines, stores
    Data,
}

impl From<ShownView> for View {
    fn from(view: ShownView) -> Self {
        match view {
            ShownView::Whole => Self::Whole,
            ShownView::Calls => Self::Calls,
            ShownView::Data => Self::Data,
        }
    }
}

impl DiagramArgs {
    /// Whether less than the whole system is asked for.
    fn is_part(&self) -> bool {
        !self.focus.is_empty() || !matches!(self.view, ShownView::Whole)
    }

    /// What of the system is drawn.
    fn graph<'s>(&self, system: &'s System) -> Result<Graph<'s>, CommandError> {
        let graph = Graph::new(system).seen(self.view.into());
        if self.focus.is_empty() {
            return Ok(graph);
        }
        graph.near(&self.focus, self.depth).map_err(|name| {
            let message =
                format!("--focus: no component is called `{name}`; `--format json` lists them all");
            CommandError(message)
        })
    }
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
            let graph = args.graph(&analysis.system)?;
            diagram::svg(&graph, &analysis.sources, &options)
        }
        Format::Mermaid => diagram::mermaid(&args.graph(&analysis.system)?),
        Format::Dot => diagram::dot(&args.graph(&analysis.system)?),
        Format::Json if args.is_part() => {
            let message = "--view and --focus are for pictures; `--format json` has everything";
            return Err(CommandError(message.to_owned()));
        }
        Format::Json => diagram::json(&analysis)?,
    };
    match &args.output {
        Some(path) => output::write_file(path, &text)?,
        None => output::write(&text)?,
    }
    output::problems(&analysis);
    Ok(status_of(&analysis))
}
