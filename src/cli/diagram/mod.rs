//! `seaworthy diagram`.

mod inject;

use super::{CommandError, ExitStatus, Target, link_base, output, status_of};
use crate::analysis::Analysis;
use crate::diagram::{
    self, Facts, Flavour, Graph, Grouping, HtmlView, MOST_NODES, OldPlaces, Reading, SvgOptions,
    View,
};
use crate::model::System;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
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
pub(super) struct DiagramArgs {
    #[command(flatten)]
    target: Target,
    /// The language of the picture [default: by the ending of --output, or mermaid]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file
    #[arg(long, short, value_name = "FILE", conflicts_with = "inject")]
    output: Option<PathBuf>,
    /// Write a Mermaid chart into a Markdown file, between the markers
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    inject: Option<PathBuf>,
    /// Write nothing, and tell what the file of --output or --inject shows wrongly
    #[arg(long)]
    check: bool,
    /// What is shown [default: overview above 40 components, or whole]
    #[arg(long, value_enum)]
    view: Option<ShownView>,
    /// Only this component and what is near it; may be given several times
    #[arg(long, value_name = "NAME")]
    focus: Vec<String>,
    /// How many steps around --focus are shown
    #[arg(long, value_name = "N", default_value_t = 1, requires = "focus")]
    depth: usize,
    /// Only this group, with the others as one box each
    #[arg(long, value_name = "GROUP", conflicts_with_all = ["focus", "pages"])]
    page: Option<String>,
    /// An overview, and a file of its own for each group
    #[arg(long, conflicts_with = "focus")]
    pages: bool,
    /// What is drawn together [default: project; image in an overview of one project]
    #[arg(long, value_enum, value_name = "BY")]
    group: Option<GroupBy>,
    /// Draw what is otherwise left out; may be given several times
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    show: Vec<Extra>,
    /// The way it reads
    #[arg(long, value_enum, default_value_t = Direction::Right)]
    direction: Direction,
    /// A title above the picture
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    title: String,
    /// Where the explanation of the lines stands (svg, html)
    #[arg(long, value_enum, value_name = "WHERE", default_value_t = Legend::Below)]
    legend: Legend,
    /// An older SVG of this program, whose order is kept where it can be (svg, html, drawio)
    #[arg(long, value_name = "OLD.SVG")]
    from: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
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
enum ShownView {
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
enum GroupBy {
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
enum Extra {
    /// What watches the others, and how it does
    Telemetry,
    /// What only starts after a job that runs once
    Starts,
    /// The lines to what many use
    Hubs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Direction {
    /// From left to right
    #[value(alias = "lr")]
    Right,
    /// From the top down, for narrow pages
    #[value(alias = "tb")]
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Legend {
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

/// What one run draws, and how.
struct Drawer<'a> {
    args: &'a DiagramArgs,
    analysis: &'a Analysis,
    format: Format,
    by: Grouping,
    old: OldPlaces,
}

/// A picture's name (none for the first) and its text.
struct Page {
    group: Option<String>,
    text: String,
}

pub(super) fn run(args: &DiagramArgs) -> Result<ExitStatus, CommandError> {
    let format = args.format()?;
    let old = match &args.from {
        None => OldPlaces::new(),
        Some(path) => old_places(path)?,
    };
    let analysis = args.target.analyse()?;
    let by = match args.group {
        Some(by) => by.into(),
        None if args.wants_groups(&analysis.system) => diagram::summary_grouping(&analysis.system),
        None => Grouping::Project,
    };
    let drawer = Drawer {
        args,
        analysis: &analysis,
        format,
        by,
        old,
    };
    let pages = drawer.pages()?;
    let status = match (&args.inject, &args.output) {
        (Some(file), _) => drawer.inject(file, &pages)?,
        (None, Some(file)) => drawer.write(file, &pages)?,
        (None, None) => {
            for page in &pages {
                output::write(&page.text)?;
            }
            ExitStatus::Clean
        }
    };
    output::problems(&analysis);
    Ok(match status_of(&analysis) {
        ExitStatus::Clean => status,
        incomplete => incomplete,
    })
}

fn old_places(path: &Path) -> Result<OldPlaces, CommandError> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError(format!("--from: cannot read {shown}: {error}")))?;
    diagram::old_places(&text).ok_or_else(|| {
        CommandError(format!(
            "--from: {shown} is no SVG that this program has written"
        ))
    })
}

impl DiagramArgs {
    /// The format that is asked for, and whether the other options fit it.
    fn format(&self) -> Result<Format, CommandError> {
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
    fn wants_groups(&self, system: &System) -> bool {
        let asked = self.pages || self.page.is_some() || self.view == Some(ShownView::Overview);
        let many = self.view.is_none() && self.focus.is_empty();
        asked || (many && system.components.len() > MOST_NODES)
    }
}

impl Drawer<'_> {
    /// The part of the system that is drawn, with what is left out by default left out.
    fn graph(&self) -> Result<Graph<'_>, CommandError> {
        let view = match self.args.view {
            Some(ShownView::Calls) => View::Calls,
            Some(ShownView::Data) => View::Data,
            Some(ShownView::Overview | ShownView::Whole) | None => View::Whole,
        };
        let mut graph = Graph::grouped(&self.analysis.system, self.by).seen(view);
        if !self.args.focus.is_empty() {
            graph = graph
                .near(&self.args.focus, self.args.depth)
                .map_err(|name| {
                    CommandError(format!(
                        "--focus: no component is called `{name}`; `--format json` lists them all"
                    ))
                })?;
        }
        // Who asks for one thing wants to see it whole.
        let shows = |what: Extra| self.args.show.contains(&what) || !self.args.focus.is_empty();
        if !shows(Extra::Telemetry) {
            graph = graph.without_telemetry();
        }
        if !shows(Extra::Starts) {
            graph = graph.without_starts();
        }
        Ok(graph)
    }

    /// With the hubs told in words, unless they are asked for.
    fn unhubbed<'g>(&self, graph: Graph<'g>) -> Graph<'g> {
        let shown = self.args.show.contains(&Extra::Hubs) || !self.args.focus.is_empty();
        match shown {
            true => graph,
            false => graph.without_hubs(),
        }
    }

    /// All pictures of this run: one, or with `--pages` an overview and one for each group.
    fn pages(&self) -> Result<Vec<Page>, CommandError> {
        if self.format == Format::Json {
            let text = diagram::json(self.analysis)?;
            return Ok(vec![Page { group: None, text }]);
        }
        if self.format == Format::Html {
            let text = self.html()?;
            return Ok(vec![Page { group: None, text }]);
        }
        if let Some(name) = &self.args.page {
            let text = self.text(&self.page(name)?, &BTreeMap::new())?;
            return Ok(vec![Page { group: None, text }]);
        }
        let graph = self.graph()?;
        let nodes = graph.graph.node_count();
        let groups = graph.top_groups();
        let asked = self.args.pages || self.args.view == Some(ShownView::Overview);
        if asked && groups.is_empty() {
            let message = "there are no groups to sum up: try --group image, directory or network";
            return Err(CommandError(message.to_owned()));
        }
        let too_many = self.args.view.is_none() && self.args.focus.is_empty() && nodes > MOST_NODES;
        if !asked && (groups.is_empty() || !too_many) {
            let graph = self.unhubbed(graph);
            let mut text = self.text(&graph, &BTreeMap::new())?;
            if let Some(reason) = self.refused(&graph, &text) {
                text = self.instead(&reason)?.unwrap_or(text);
            }
            self.note_left_out(&graph);
            return Ok(vec![Page { group: None, text }]);
        }
        if !asked {
            output::note(&format!(
                "{nodes} components are too many for one picture, so each group is a box; \
                 `--view whole` draws all, `--page GROUP` one group, `--pages` a file for each"
            ));
        }
        let files: BTreeMap<String, PathBuf> = match (&self.args.output, self.args.pages) {
            (Some(file), true) => page_files(file, &groups),
            _ => BTreeMap::new(),
        };
        let links = files.iter().map(|(name, file)| {
            let file = file.file_name().unwrap_or_default().to_string_lossy();
            (name.clone(), crate::escape::url_path(&file))
        });
        let links: BTreeMap<String, String> = links.collect();
        let overview = self.unhubbed(graph.overview());
        self.note_left_out(&overview);
        let mut pages = vec![Page {
            group: None,
            text: self.text(&overview, &links)?,
        }];
        if self.args.pages {
            for (_, name) in groups {
                let graph = self.page(&name)?;
                let text = self.text(&graph, &links)?;
                pages.push(Page {
                    group: Some(name),
                    text,
                });
            }
        }
        Ok(pages)
    }

    fn page(&self, name: &str) -> Result<Graph<'_>, CommandError> {
        let graph = self.graph()?.page(name).map_err(|names| {
            let known = match names.is_empty() {
                true => "there are no groups: try --group image, directory or network".to_owned(),
                false => format!("there are: {}", names.join(", ")),
            };
            CommandError(format!("--page: no group is called `{name}`; {known}"))
        })?;
        Ok(self.unhubbed(graph))
    }

    /// Why viewers would refuse a text.
    fn refused(&self, graph: &Graph<'_>, text: &str) -> Option<String> {
        let mermaid = self.format == Format::Mermaid;
        mermaid.then(|| diagram::mermaid_refused(graph, text))?
    }

    /// The overview in place of a chart that viewers refuse, where there are groups.
    fn instead(&self, reason: &str) -> Result<Option<String>, CommandError> {
        let by = match self.args.group {
            Some(by) => by.into(),
            None => diagram::summary_grouping(&self.analysis.system),
        };
        let drawer = Drawer {
            args: self.args,
            analysis: self.analysis,
            format: self.format,
            by,
            old: OldPlaces::new(),
        };
        let graph = drawer.graph()?;
        if graph.top_groups().is_empty() {
            output::note(&format!(
                "the chart has {reason}: use --focus, --view or --group, or --format svg"
            ));
            return Ok(None);
        }
        output::note(&format!(
            "the chart would have {reason}, so each group is a box; `--pages` draws each on its own"
        ));
        let graph = self.unhubbed(graph.overview());
        drawer.text(&graph, &BTreeMap::new()).map(Some)
    }

    fn note_left_out(&self, graph: &Graph<'_>) {
        if !graph.left_out.is_empty() {
            output::note(&format!(
                "not drawn: {}; `--show telemetry,starts,hubs` draws it",
                graph.left_out.join("; ")
            ));
        }
    }

    /// A graph in the format of this run.
    fn text(
        &self,
        graph: &Graph<'_>,
        links: &BTreeMap<String, String>,
    ) -> Result<String, CommandError> {
        let (title, reading) = (&self.args.title, self.reading());
        Ok(match self.format {
            Format::Svg => diagram::svg(graph, &self.analysis.sources, &self.svg_options(links)),
            Format::Mermaid => diagram::mermaid(graph, reading),
            Format::Dot => diagram::dot(graph, title, reading),
            Format::Plantuml => diagram::plantuml(graph, title, reading, Flavour::Plain),
            Format::C4Plantuml => diagram::plantuml(graph, title, reading, Flavour::C4),
            Format::D2 => diagram::d2(graph, title, reading),
            Format::Structurizr => diagram::structurizr(graph, title, reading),
            Format::Drawio => diagram::drawio(graph, title, reading, &self.old),
            Format::Json => diagram::json(self.analysis)?,
            Format::Html => self.html()?,
        })
    }

    /// The page: the picture that would be drawn, and where that is an overview, each group and the
    /// whole besides.
    fn html(&self) -> Result<String, CommandError> {
        let graph = self.graph()?;
        let groups = graph.top_groups();
        let plain = self.args.focus.is_empty() && self.args.page.is_none();
        let asked = self.args.pages || self.args.view == Some(ShownView::Overview);
        let many = self.args.view.is_none() && graph.graph.node_count() > MOST_NODES;
        let mut graphs = Vec::new();
        if let Some(name) = &self.args.page {
            graphs.push((name.clone(), self.page(name)?));
        } else if plain && !groups.is_empty() && (asked || many) {
            graphs.push(("overview".to_owned(), self.unhubbed(graph.overview())));
            for (_, name) in groups {
                let page = self.page(&name)?;
                graphs.push((name, page));
            }
            graphs.push(("whole".to_owned(), self.unhubbed(self.graph()?)));
        } else {
            graphs.push(("whole".to_owned(), self.unhubbed(graph)));
        }
        let views: Vec<HtmlView<'_, '_>> = graphs
            .iter()
            .map(|(name, graph)| HtmlView {
                name: name.clone(),
                graph,
            })
            .collect();
        let findings = crate::rules::run(&self.analysis.system)?;
        let options = self.svg_options(&BTreeMap::new());
        Ok(diagram::html(&views, self.analysis, &findings, &options)?)
    }

    fn reading(&self) -> Reading {
        match self.args.direction {
            Direction::Right => Reading::Right,
            Direction::Down => Reading::Down,
        }
    }

    fn svg_options(&self, links: &BTreeMap<String, String>) -> SvgOptions {
        let output = self.args.output.as_deref();
        SvgOptions {
            title: self.args.title.clone(),
            link_base: output
                .map_or_else(String::new, |one| link_base(one, &self.args.target.path)),
            reading: self.reading(),
            without_legend: self.args.legend == Legend::None,
            old: self.old.clone(),
            ids: String::new(),
            pages: links.clone(),
        }
    }

    /// Writes the pictures, or compares them with what is there.
    fn write(&self, file: &Path, pages: &[Page]) -> Result<ExitStatus, CommandError> {
        let names: Vec<(usize, String)> = pages
            .iter()
            .filter_map(|page| Some((0, page.group.clone()?)))
            .collect();
        let files = page_files(file, &names);
        let mut stale = false;
        for page in pages {
            let file = match &page.group {
                Some(name) => &files[name],
                None => file,
            };
            match self.args.check {
                true => stale |= !is_current(file, &shown_by(file)?, &page.text)?,
                false => output::write_file(file, &page.text)?,
            }
        }
        Ok(match stale {
            true => ExitStatus::Findings,
            false => ExitStatus::Clean,
        })
    }

    /// Writes the charts into a Markdown file, or compares them with what is there.
    fn inject(&self, file: &Path, pages: &[Page]) -> Result<ExitStatus, CommandError> {
        let shown = file.display();
        let old = std::fs::read_to_string(file)
            .map_err(|error| CommandError(format!("--inject: cannot read {shown}: {error}")))?;
        let charts: Vec<(Option<&str>, &str)> = pages
            .iter()
            .map(|page| (page.group.as_deref(), page.text.as_str()))
            .collect();
        let new = inject::injected(&old, &charts)
            .map_err(|message| CommandError(format!("--inject: {shown}: {message}")))?;
        if !self.args.check {
            if new != old {
                output::write_file(file, &new)?;
            }
            return Ok(ExitStatus::Clean);
        }
        // Between the markers there may be nothing yet.
        let shows = Facts::read(&old).unwrap_or_default();
        Ok(match is_current(file, &shows, &new)? {
            true => ExitStatus::Clean,
            false => ExitStatus::Findings,
        })
    }
}

/// A file for the picture of each group, beside the one of the overview.
fn page_files(file: &Path, groups: &[(usize, String)]) -> BTreeMap<String, PathBuf> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    let mut taken = std::collections::BTreeSet::new();
    let mut files = BTreeMap::new();
    for (_, name) in groups {
        let plain = |c: char| match c.is_ascii_alphanumeric() || c == '_' {
            true => c.to_ascii_lowercase(),
            false => '-',
        };
        let mut slug: String = name.chars().take(60).map(plain).collect();
        while !taken.insert(slug.clone()) {
            slug.push('_');
        }
        files.insert(
            name.clone(),
            file.with_file_name(format!("{stem}.{slug}.{ending}")),
        );
    }
    files
}

/// What the picture in a file shows.
fn shown_by(file: &Path) -> Result<Facts, CommandError> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|error| CommandError(format!("--check: cannot read {shown}: {error}")))?;
    Facts::read(&text).ok_or_else(|| {
        CommandError(format!(
            "--check: {shown} is no picture that this program has written; write it without --check"
        ))
    })
}

/// Whether a file shows what it would show now; tells the differences.
fn is_current(file: &Path, old: &Facts, new: &str) -> Result<bool, CommandError> {
    let shown = file.display();
    let new = Facts::read(new).unwrap_or_default();
    let changes = old.changes(&new);
    let mut out = String::new();
    if changes.is_empty() {
        out.push_str(&format!(
            "{shown} is up to date: {} components, {} relations\n",
            new.nodes.len(),
            new.edges.len()
        ));
    } else {
        out.push_str(&format!(
            "stale-diagram: {shown} does not show the system as it is\n"
        ));
        for change in &changes {
            out.push_str(&format!("  {}\n", crate::escape::terminal(change)));
        }
        out.push_str("help: run the same command without --check, and commit the file\n");
    }
    output::write(&out)?;
    Ok(changes.is_empty())
}
