//! What `seaworthy diagram` is asked for.

use crate::cli::{CommandError, Target};
use crate::diagram::{Grouping, MOST_NODES};
use crate::model::System;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seaworthy diagram                          a Mermaid chart, to paste into Markdown
  seaworthy diagram --output docs/system.svg a picture that needs no other program
  seaworthy diagram --output docs/system.html
                                             a page to move in, search and filter
  seaworthy diagram --inject README.md       a chart between <!-- seaworthy:diagram --> and
                                             <!-- /seaworthy:diagram -->
  seaworthy diagram --inject README.md --check
                                             in CI: exit status 1 where the chart is out of date
  seaworthy diagram --focus orders --depth 2 a service and what is around it
  seaworthy diagram --output docs/system.svg --pages
                                             an overview, and a picture of each group
  seaworthy diagram --format dot | dot -Tsvg > system.svg
  seaworthy diagram --format json | jq '.nodes[] | select(.kind == \"queue\")'

Exit status: 0 drawn (or with --check up to date), 1 out of date, 2 something could not be read.")]
pub(in crate::cli) struct DiagramArgs {
    #[command(flatten)]
    pub(super) target: Target,
    /// The language of the picture [default: by the ending of --output, or mermaid]
    #[arg(long, value_enum)]
    pub(super) format: Option<Format>,
    /// Write to a file
    #[arg(long, short, value_name = "FILE", conflicts_with = "inject")]
    pub(super) output: Option<PathBuf>,
    /// Write a Mermaid chart into a Markdown file, between the markers
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    pub(super) inject: Option<PathBuf>,
    /// Write nothing, and tell what the file of --output or --inject shows wrongly
    #[arg(long)]
    pub(super) check: bool,
    /// What is shown [default: overview above 40 components, or whole]
    #[arg(long, value_enum)]
    pub(super) view: Option<ShownView>,
    /// Only this component and what is near it; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(super) focus: Vec<String>,
    /// How many steps around --focus are shown
    #[arg(long, value_name = "N", default_value_t = 1, requires = "focus")]
    pub(super) depth: usize,
    /// Only this group, with the others as one box each
    #[arg(long, value_name = "GROUP", conflicts_with_all = ["focus", "pages"])]
    pub(super) page: Option<String>,
    /// An overview, and a file of its own for each group
    #[arg(long, conflicts_with = "focus")]
    pub(super) pages: bool,
    /// What is drawn together [default: project; image in an overview of one project]
    #[arg(long, value_enum, value_name = "BY")]
    pub(super) group: Option<GroupBy>,
    /// Draw what is otherwise left out; may be given several times
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub(super) show: Vec<Extra>,
    /// The way it reads
    #[arg(long, value_enum, default_value_t = Direction::Right)]
    pub(super) direction: Direction,
    /// A title above the picture
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) title: String,
    /// Where the explanation of the lines stands (svg, html)
    #[arg(long, value_enum, value_name = "WHERE", default_value_t = Legend::Below)]
    pub(super) legend: Legend,
    /// An older SVG of this program, whose order is kept where it can be (svg, html, drawio)
    #[arg(long, value_name = "OLD.SVG")]
    pub(super) from: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A picture for browsers, wikis and documents
    Svg,
    /// A page to move in, search and filter; one file, no network
    Html,
    /// Rendered by GitHub, GitLab, Azure DevOps and most wikis
    Mermaid,
    /// For Graphviz
    Dot,
    /// For PlantUML
    Plantuml,
    /// For PlantUML, with its library for the C4 model
    C4Plantuml,
    /// For D2
    D2,
    /// The DSL of Structurizr: the C4 model
    Structurizr,
    /// For draw.io (diagrams.net), to go on editing
    Drawio,
    /// For other tools
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ShownView {
    /// A box for each group, with the relations between them counted
    Overview,
    /// Everything
    Whole,
    /// Who calls whom
    Calls,
    /// Messages and data: queues, workers, pipelines, stores
    Data,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum GroupBy {
    /// The compose project, or the directory of code
    #[value(alias = "compose-project")]
    Project,
    /// The network
    Network,
    /// The directories of what is built, two levels of them
    Directory,
    /// The image, or the place where it is built
    Image,
    /// Nothing
    None,
}

impl From<GroupBy> for Grouping {
    fn from(by: GroupBy) -> Self {
        match by {
            GroupBy::Project => Self::Project,
            GroupBy::Network => Self::Network,
            GroupBy::Directory => Self::Directory,
            GroupBy::Image => Self::Image,
            GroupBy::None => Self::None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Extra {
    /// What watches the others, and how it does
    Telemetry,
    /// What only starts after a job that runs once
    Starts,
    /// The lines to what many use
    Hubs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Direction {
    /// From left to right
    #[value(alias = "lr")]
    Right,
    /// From the top down, for narrow pages
    #[value(alias = "tb")]
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Legend {
    /// Below the picture
    Below,
    /// Nowhere
    None,
}

impl Format {
    fn of_file(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "svg" => Some(Self::Svg),
            "html" | "htm" => Some(Self::Html),
            "mmd" | "mermaid" => Some(Self::Mermaid),
            "dot" | "gv" => Some(Self::Dot),
            "puml" | "plantuml" | "pu" => Some(Self::Plantuml),
            "d2" => Some(Self::D2),
            "dsl" => Some(Self::Structurizr),
            "drawio" => Some(Self::Drawio),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl DiagramArgs {
    /// The format that is asked for, and whether the other options fit it.
    pub(super) fn format(&self) -> Result<Format, CommandError> {
        let by_ending = self.output.as_deref().map(Format::of_file);
        let format = match (self.format, by_ending) {
            (Some(format), _) | (None, Some(Some(format))) => format,
            (None, None) => Format::Mermaid,
            (None, Some(None)) => {
                let message = "the ending of --output tells no format: add --format";
                return Err(CommandError(message.to_owned()));
            }
        };
        let fail = |message: &str| Err(CommandError(message.to_owned()));
        if self.check && self.output.is_none() && self.inject.is_none() {
            return fail("--check compares with a file: add --output FILE or --inject FILE");
        }
        if self.pages && self.output.is_none() && self.inject.is_none() {
            return fail("--pages writes several pictures: add --output FILE or --inject FILE");
        }
        let part = !self.focus.is_empty() || self.page.is_some() || self.view.is_some();
        if format == Format::Json && (part || self.pages) {
            return fail(
                "--view, --focus, --page and --pages are for pictures; `--format json` has everything",
            );
        }
        Ok(format)
    }

    /// Whether groups are drawn as boxes: asked for, or because there are too many components.
    pub(super) fn wants_groups(&self, system: &System) -> bool {
        let asked = self.pages || self.page.is_some() || self.view == Some(ShownView::Overview);
        let many = self.view.is_none() && self.focus.is_empty();
        asked || (many && system.components.len() > MOST_NODES)
    }
}
