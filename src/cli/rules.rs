//! `seaworthy rules`.

use super::{CommandError, ExitStatus, output};
use crate::rules::{Page, RULES};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};

pub(super) fn run() -> Result<ExitStatus, CommandError> {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(output::width())
        .set_header(vec!["group", "rule", "severity", "reads", "finds"]);
    for rule in &RULES {
        let page = Page::parse(rule.page_text)?;
        let inputs = page.inputs.join(", ");
        table.add_row(vec![
            page.group,
            page.id,
            page.severity.name().to_owned(),
            inputs,
            page.summary,
        ]);
    }
    output::write(&format!("{table}\n"))?;
    Ok(ExitStatus::Clean)
}
