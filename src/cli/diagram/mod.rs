//! `seaworthy diagram`.

mod arguments;
mod inject;

use super::{CommandError, ExitStatus, Shell, link_base, output, status_of};
use crate::analysis::Analysis;
use crate::collect::read_whole;
use crate::config::Config;
use crate::diagram::{
    self, Facts, Flavour, Graph, Grouping, HtmlView, MOST_NODES, OldPlaces, Reading, SvgOptions,
    View,
};
use crate::finding::Finding;
use crate::settle::{Terms, settle};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) use arguments::DiagramArgs;
use arguments::{Direction, Extra, Format, Legend, ShownView};

/// How many compose files that are not drawn are named.
const NAMED_REHEARSALS: usize = 3;

/// What one run draws, and how.
struct Drawer<'a> {
    args: &'a DiagramArgs,
    analysis: &'a Analysis,
    format: Format,
    by: Grouping,
    old: OldPlaces,
    /// What the page says of the components; nothing for other formats.
    findings: Vec<Finding>,
}

/// The findings that `check` would report: with the severities of the configuration, without what it
/// switches off or suppresses.
fn open_findings(analysis: &mut Analysis, config: &Config) -> Result<Vec<Finding>, CommandError> {
    let terms = Terms {
        today: jiff::ZonedDateTime::now().date(),
        suppress: true,
    };
    let outcome = settle(analysis, config, terms)?;
    let open = outcome.open().map(|reported| reported.finding.clone());
    Ok(open.collect())
}

/// A picture's name (none for the first) and its text.
struct Page {
    group: Option<String>,
    text: String,
}

pub(super) fn run(args: &DiagramArgs, shell: &Shell) -> Result<ExitStatus, CommandError> {
    let format = args.format()?;
    let old = match &args.from {
        None => OldPlaces::new(),
        Some(path) => old_places(path)?,
    };
    let mut config = args.target.configuration()?;
    let mut analysis = args.target.analyse_with(&mut config, shell)?;
    let findings = match format {
        Format::Html => open_findings(&mut analysis, &config)?,
        _ => Vec::new(),
    };
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
        findings,
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
    let text = read_whole(path)
        .map_err(|error| CommandError(format!("--from: cannot read {shown}: {error}")))?;
    diagram::old_places(&text).ok_or_else(|| {
        CommandError(format!(
            "--from: {shown} is no SVG that this program has written"
        ))
    })
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
            findings: Vec::new(),
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
        let rehearsals = &self.analysis.system.rehearsals;
        if !rehearsals.is_empty() {
            let shown = &rehearsals[..rehearsals.len().min(NAMED_REHEARSALS)];
            let more = match rehearsals.len() - shown.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            output::note(&format!(
                "not drawn: `{}`{more}, for tests or development only; a file that is named under \
                 `compose` in the configuration is drawn",
                shown.join("`, `")
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
        if let Some((_, first)) = graphs.first() {
            self.note_left_out(first);
        }
        let views: Vec<HtmlView<'_, '_>> = graphs
            .iter()
            .map(|(name, graph)| HtmlView {
                name: name.clone(),
                graph,
            })
            .collect();
        let options = self.svg_options(&BTreeMap::new());
        Ok(diagram::html(
            &views,
            self.analysis,
            &self.findings,
            &options,
        )?)
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
            marks: diagram::Marks::default(),
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
        let old = read_whole(file)
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
    let text = read_whole(file)
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
