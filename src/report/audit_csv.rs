//! `audit --format csv`: one line for each write endpoint, outbound call, webhook and callback, store
//! and place where backpressure stops, for a spreadsheet (RFC 4180). The columns `done` and `comment` belong to people, and so does every
//! column that they add: all are kept when the file is written again.

use super::checklist::{Checklist, answer, confidence};
use super::operations::Operations;
use crate::analysis::Analysis;
use crate::escape::csv_cell;
use crate::model::{Answer, Plan};
use std::collections::BTreeMap;

/// The columns, in their order.
const HEADER: [&str; 21] = [
    "id",
    "done",
    "comment",
    "type",
    "service",
    "name",
    "critical",
    "label",
    "via",
    "confidence",
    "why",
    "remedy",
    "plan",
    "contract_change",
    "timeout",
    "retry",
    "breaker",
    "owner",
    "deprecated",
    "file",
    "line",
];

/// The columns that people fill in.
const OURS_TO_FILL: [&str; 2] = ["done", "comment"];

/// Text that is no CSV.
#[derive(Debug)]
pub struct CsvError(String);

impl std::fmt::Display for CsvError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CsvError {}

impl From<csv::Error> for CsvError {
    fn from(error: csv::Error) -> Self {
        Self(error.to_string())
    }
}

/// A line, by column.
type Line = BTreeMap<String, String>;

/// The whole checklist; with `old`, what people wrote in it is kept.
///
/// # Errors
/// When `old` is no CSV with a column `id`.
pub fn render(analysis: &Analysis, old: Option<&str>) -> Result<String, CsvError> {
    let mut header: Vec<String> = HEADER.iter().map(|name| (*name).to_owned()).collect();
    let mut lines = lines(analysis);
    if let Some(old) = old {
        let (added, written) = read(old)?;
        header.extend(added);
        keep(&mut lines, written, &header);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header)?;
    for line in &lines {
        let cell = |name: &String| line.get(name).map(String::as_str).unwrap_or_default();
        writer.write_record(header.iter().map(cell))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| CsvError(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| CsvError(error.to_string()))
}

/// The columns that are not ours, and the lines.
fn read(old: &str) -> Result<(Vec<String>, Vec<Line>), CsvError> {
    let old = old.strip_prefix('\u{feff}').unwrap_or(old);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(old.as_bytes());
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    if !names.iter().any(|name| name == "id") {
        return Err(CsvError("there is no column `id`".to_owned()));
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record?;
        let cells = names.iter().cloned().zip(record.iter().map(str::to_owned));
        lines.push(cells.collect());
    }
    let added = names
        .into_iter()
        .filter(|name| !HEADER.contains(&name.as_str()));
    Ok((added.collect(), lines))
}

/// Gives each line what people wrote beside its id. A line whose id is gone stays if somebody
/// wrote in it.
fn keep(lines: &mut Vec<Line>, written: Vec<Line>, header: &[String]) {
    let is_theirs = |name: &str| OURS_TO_FILL.contains(&name) || !HEADER.contains(&name);
    let index: BTreeMap<String, usize> = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| Some((line.get("id")?.clone(), index)))
        .collect();
    for mut old in written {
        let said = header.iter().any(|name| {
            is_theirs(name) && old.get(name).is_some_and(|text| !text.trim().is_empty())
        });
        let id = old.get("id").cloned().unwrap_or_default();
        match index.get(&id) {
            Some(at) => {
                for name in header.iter().filter(|name| is_theirs(name)) {
                    if let Some(text) = old.remove(name) {
                        lines[*at].insert(name.clone(), text);
                    }
                }
            }
            None if said => {
                old.insert("label".to_owned(), "no longer found".to_owned());
                lines.push(old);
            }
            None => {}
        }
    }
}

fn lines(analysis: &Analysis) -> Vec<Line> {
    let checklist = Checklist::new(analysis, false);
    let mut lines = Vec::new();
    let mut add = |cells: Vec<(&str, String)>| {
        let cells = cells
            .into_iter()
            .map(|(name, text)| (name.to_owned(), csv_cell(&text)));
        lines.push(cells.collect::<Line>());
    };
    for list in &checklist.services {
        for row in list.open.iter().chain(&list.idempotent) {
            let endpoint = row.endpoint;
            let plan = endpoint.plan.as_ref();
            let yes = |flag: bool| if flag { "yes" } else { "" }.to_owned();
            add(vec![
                ("id", row.id.clone()),
                ("type", "endpoint".to_owned()),
                ("service", list.name.to_owned()),
                ("name", endpoint.name()),
                ("critical", yes(endpoint.critical.is_some())),
                ("label", endpoint.label.name().to_owned()),
                ("via", endpoint.via.name().to_owned()),
                ("confidence", confidence(endpoint.confidence).to_owned()),
                ("why", row.why.to_owned()),
                (
                    "remedy",
                    plan.map_or("", |plan| plan.remedy.name()).to_owned(),
                ),
                ("plan", plan.map(Plan::text).unwrap_or_default()),
                (
                    "contract_change",
                    plan.map(|plan| plan.contract_change.clone())
                        .unwrap_or_default(),
                ),
                ("owner", endpoint.owners.join(" ")),
                ("deprecated", yes(endpoint.deprecated)),
                ("file", row.file.clone()),
                ("line", row.line.to_string()),
            ]);
        }
        for row in &list.calls {
            let guard = |found: Answer| answer(found).to_owned();
            add(vec![
                ("id", row.id.clone()),
                ("type", "call".to_owned()),
                ("service", list.name.to_owned()),
                (
                    "name",
                    format!(
                        "{} {} in {}",
                        row.call.kind.name(),
                        row.target,
                        row.function
                    ),
                ),
                ("timeout", guard(row.call.guards.timeout.answer)),
                ("retry", guard(row.call.guards.retry.answer)),
                ("breaker", guard(row.call.guards.breaker.answer)),
                ("owner", row.call.owners.join(" ")),
                ("file", row.file.clone()),
                ("line", row.line.to_string()),
            ]);
        }
        for row in &list.outgoing {
            let request = row.request;
            let told = request
                .delivery_id
                .as_ref()
                .map(|(name, _)| format!("told by {name}"));
            add(vec![
                ("id", row.id.clone()),
                ("type", "outgoing".to_owned()),
                ("service", list.name.to_owned()),
                (
                    "name",
                    format!("{} {}", request.written.method, request.name),
                ),
                (
                    "why",
                    told.unwrap_or_else(|| "nothing tells a repeat".to_owned()),
                ),
                ("file", row.file.clone()),
                ("line", row.line.to_string()),
            ]);
        }
    }
    operations(&checklist.operations, &mut add);
    lines
}

/// Stores, what runs once, and where backpressure stops.
fn operations(operations: &Operations, add: &mut impl FnMut(Vec<(&str, String)>)) {
    let mut operation = |id: &str, kind: &str, name: &str, why: String, file: &str, line: usize| {
        add(vec![
            ("id", id.to_owned()),
            ("type", kind.to_owned()),
            ("name", name.to_owned()),
            ("why", why),
            ("file", file.to_owned()),
            ("line", line.to_string()),
        ]);
    };
    for row in &operations.stores {
        let name = format!("{} ({})", row.name, row.technology);
        let why = format!(
            "runs {}; {}; when one is lost: {}",
            row.runs, row.copies, row.when_lost
        );
        operation(&row.id, "store", &name, why, &row.file, row.line);
    }
    for row in &operations.once {
        let why = row.felt_by.clone();
        operation(&row.id, "runs-once", &row.name, why, &row.file, row.line);
    }
    for row in &operations.backpressure {
        let why = row.says.clone();
        operation(&row.id, "backpressure", &row.name, why, &row.file, row.line);
    }
}
