//! `seaworthy explain RULE`.

use super::{CommandError, ExitStatus, output};
use crate::rules::{Page, RULES};
use clap::Args;
use clap::builder::PossibleValuesParser;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The rule
    #[arg(value_name = "RULE", value_parser = rule_ids())]
    rule: String,
}

/// The ids as clap's possible values: it lists them, and suggests the nearest for a misspelt one.
fn rule_ids() -> PossibleValuesParser {
    let ids = RULES
        .iter()
        .filter_map(|rule| Page::parse(rule.page_text).ok())
        .map(|page| page.id);
    PossibleValuesParser::new(ids.map(clap::builder::PossibleValue::new))
}

pub(super) fn run(args: &ExplainArgs) -> Result<ExitStatus, CommandError> {
    for rule in &RULES {
        let page = Page::parse(rule.page_text)?;
        if page.id == args.rule {
            let inputs = page.inputs.join(", ");
            output::write(&format!(
                "{}\nGroup {}, severity {}, reads {inputs}.\n",
                page.body,
                page.group,
                page.severity.name()
            ))?;
        }
    }
    Ok(ExitStatus::Clean)
}
