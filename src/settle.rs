//! From verdicts to an outcome: the rules and the user's policies are asked, and the configuration says
//! how bad each finding is and which are left out.

use crate::analysis::Analysis;
use crate::config::Config;
use crate::finding::{Finding, Severity};
use crate::outcome::Outcome;
use crate::rules::{self, PageError};
use crate::source::Span;
use crate::{policies, suppress};
use jiff::civil::Date;

/// What a run of `check` is told beside the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The day, for suppressions that run out.
    pub today: Date,
    /// Suppressions count.
    pub suppress: bool,
}

/// The findings of a system, with what becomes of each. Names in the user's rules that nothing has
/// are added to the problems.
///
/// # Errors
/// When the page of a rule is faulty; a test reads them all.
pub fn settle(
    analysis: &mut Analysis,
    config: &Config,
    terms: Terms,
) -> Result<Outcome, PageError> {
    let mut findings = rules::run(&analysis.system)?;
    let (own, problems) = policies::check(&analysis.system, &analysis.sources, config);
    findings.extend(own);
    analysis.problems.extend(problems);
    analysis.problems.sort();
    let mut pages = rules::pages()?;
    pages.extend(policies::pages(config));
    let findings = levelled(findings, analysis, config);
    let mut outcome = Outcome::new(findings, pages, &analysis.sources);
    if terms.suppress {
        let faults = suppress::suppress(analysis, config, terms.today, &mut outcome);
        outcome.add(levelled(faults, analysis, config), &analysis.sources);
    }
    Ok(outcome)
}

/// The findings with the severities that the configuration gives them, in their order; without those
/// of rules that are off.
fn levelled(mut findings: Vec<Finding>, analysis: &Analysis, config: &Config) -> Vec<Finding> {
    findings.retain_mut(|finding| {
        let level = |place: &Span| {
            let path = &analysis.sources.get(place.source).path;
            config.levels.level(&finding.rule, &config.path(path))
        };
        // Of several places, those where the rule is off are left out, and the worst of the others counts.
        let places = std::iter::once(finding.span).chain(finding.others.iter().copied());
        let levels = places.map(|place| (place, level(&place)));
        let asked: Vec<(Span, Severity)> = levels
            .filter_map(|(place, level)| match level {
                Some(level) => Some((place, level.severity()?)),
                None => Some((place, finding.severity)),
            })
            .collect();
        let Some((first, _)) = asked.first() else {
            return false;
        };
        finding.span = *first;
        finding.others = asked[1..].iter().map(|(place, _)| *place).collect();
        let worst = asked.iter().map(|(_, severity)| *severity).max();
        finding.severity = worst.unwrap_or(finding.severity);
        true
    });
    rules::sort(&mut findings);
    findings
}
