//! Findings that somebody wrote down as left out: by a comment at the element, or in the
//! configuration. What suppresses nothing, gives no reason or is over is a finding of its own.

mod comments;
mod extent;

use crate::analysis::Analysis;
use crate::config::{Config, ConfiguredSuppression, nearest};
use crate::finding::Finding;
use crate::model::{Confidence, Evidence};
use crate::outcome::{Outcome, State, SuppressedBy, Suppression};
use crate::rules::{Page, UNUSED_SUPPRESSION};
use crate::source::Span;
use comments::Comment;
use jiff::civil::Date;
use rayon::prelude::*;

/// Marks the findings that are suppressed, and gives the findings on suppressions themselves.
/// `today` decides which have run out.
pub fn suppress(
    analysis: &Analysis,
    config: &Config,
    today: Date,
    outcome: &mut Outcome,
) -> Vec<Finding> {
    let files: Vec<_> = analysis.sources.iter().collect();
    let comments: Vec<Comment> = files
        .par_iter()
        .flat_map_iter(|(id, source)| comments::comments(*id, source))
        .collect();
    // For each comment, which of its rules suppressed something.
    let mut used: Vec<Vec<bool>> = comments
        .iter()
        .map(|comment| vec![false; comment.rules.len()])
        .collect();
    let mut configured = vec![false; config.suppressions.len()];
    for reported in &mut outcome.findings {
        let mut state = by_comments(&comments, &mut used, &mut reported.finding);
        let finding = &mut reported.finding;
        for (entry, used) in config.suppressions.iter().zip(&mut configured) {
            if !fits(entry, finding) {
                continue;
            }
            let (covered, open) = covered(entry, finding, analysis, config);
            if covered.is_empty() {
                continue;
            }
            *used = true;
            let place = config.span(&analysis.sources, entry.place.0, entry.place.1);
            let Some(place) = place.filter(|_| !is_over(entry, today)) else {
                continue;
            };
            match open.split_first() {
                None => {
                    state.get_or_insert_with(|| Suppression {
                        by: SuppressedBy::Configuration,
                        reason: entry.reason.clone(),
                        place,
                    });
                }
                Some((first, others)) => {
                    finding.span = *first;
                    finding.others = others.to_vec();
                    left_out(finding, place, entry.reason.as_deref());
                }
            }
        }
        if let Some(suppression) = state {
            reported.state = State::Suppressed(suppression);
        }
    }
    let Some(page) = outcome.rules.get(UNUSED_SUPPRESSION) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for (comment, used) in comments.iter().zip(&used) {
        faults.extend(of_comment(comment, used, outcome, page));
    }
    for (entry, used) in config.suppressions.iter().zip(&configured) {
        if let Some(span) = config.span(&analysis.sources, entry.place.0, entry.place.1) {
            faults.extend(of_entry(entry, *used, today, span, page));
        }
    }
    faults
}

/// What comments say of a finding. Where it stands for several places, all of them must be covered;
/// otherwise it stays, at the first that is not, and says which are left out.
fn by_comments(
    comments: &[Comment],
    used: &mut [Vec<bool>],
    finding: &mut Finding,
) -> Option<Suppression> {
    let places: Vec<Span> = std::iter::once(finding.span)
        .chain(finding.others.iter().copied())
        .collect();
    let mut covering: Vec<Option<&Comment>> = vec![None; places.len()];
    for (comment, used) in comments.iter().zip(used) {
        let Some(rule) = comment.rules.iter().position(|rule| *rule == finding.rule) else {
            continue;
        };
        for (place, by) in places.iter().zip(&mut covering) {
            if covers(comment, *place) {
                used[rule] = true;
                by.get_or_insert(comment);
            }
        }
    }
    let first = covering.iter().flatten().next()?;
    let Some(open) = covering.iter().position(Option::is_none) else {
        return Some(Suppression {
            by: SuppressedBy::Comment,
            reason: first.reason.clone(),
            place: first.span,
        });
    };
    finding.span = places[open];
    for comment in covering.iter().flatten() {
        left_out(finding, comment.span, comment.reason.as_deref());
    }
    None
}

/// Says why some of the places of a finding are left out.
fn left_out(finding: &mut Finding, place: Span, reason: Option<&str>) {
    let reason = reason.unwrap_or("no reason is given");
    let evidence = Evidence::seen(place, format!("left out here: {reason}"));
    if !finding.evidence.contains(&evidence) {
        finding.evidence.push(evidence);
    }
}

fn covers(comment: &Comment, span: Span) -> bool {
    comment.span.source == span.source && comment.covers.contains(&(span.start as usize))
}

/// Whether an entry is of a finding's rule and of one of the names in it.
fn fits(entry: &ConfiguredSuppression, finding: &Finding) -> bool {
    let globs = entry.name.as_ref();
    entry.rule == finding.rule
        && globs.is_none_or(|glob| finding.names().any(|name| glob.is_match(name)))
}

/// The places of a finding that lie where an entry says, and the others.
fn covered(
    entry: &ConfiguredSuppression,
    finding: &Finding,
    analysis: &Analysis,
    config: &Config,
) -> (Vec<Span>, Vec<Span>) {
    let places = std::iter::once(finding.span).chain(finding.others.iter().copied());
    places.partition(|place| {
        let path = &analysis.sources.get(place.source).path;
        let globs = entry.path.as_ref();
        globs.is_none_or(|glob| glob.is_match(&*config.path(path)))
    })
}

fn is_over(entry: &ConfiguredSuppression, today: Date) -> bool {
    entry.until.is_some_and(|until| until < today)
}

/// What is wrong with a comment.
fn of_comment(comment: &Comment, used: &[bool], outcome: &Outcome, page: &Page) -> Vec<Finding> {
    let fault =
        |message: String, label: &str, help: &str| fault(page, comment.span, message, label, help);
    if comment.rules.is_empty() {
        return vec![fault(
            "this comment means to suppress something and cannot be read".to_owned(),
            "not of the form `allow(rule) reason`",
            "write it as `seaworthy: allow(rule-name) why it is right here`",
        )];
    }
    let mut faults = Vec::new();
    for (rule, used) in comment.rules.iter().zip(used) {
        if !outcome.rules.contains_key(rule) {
            let known = outcome.rules.keys().map(String::as_str);
            let meant = nearest(rule, known).map_or_else(
                || "name one that `seaworthy rules` lists".to_owned(),
                |meant| format!("did you mean `{meant}`?"),
            );
            let message = format!("no rule is called `{rule}`");
            faults.push(fault(message, "unknown rule", &meant));
        } else if !used {
            let message = format!("nothing here is found by `{rule}`");
            let help = "remove it, or move it to the element that it is about";
            faults.push(fault(message, "it suppresses nothing", help));
        }
    }
    if comment.reason.is_none() && used.contains(&true) {
        let message = format!(
            "`{}` is suppressed without a reason",
            comment.rules.join("`, `")
        );
        let help = "write behind the bracket why it is right here";
        faults.push(fault(message, "no reason", help));
    }
    faults
}

/// What is wrong with an entry of the configuration.
fn of_entry(
    entry: &ConfiguredSuppression,
    used: bool,
    today: Date,
    span: Span,
    page: &Page,
) -> Option<Finding> {
    let rule = &entry.rule;
    let (message, label, help) = match (entry.until, used) {
        (Some(until), _) if until < today => (
            format!("the suppression of `{rule}` ran out on {until}"),
            "over",
            match used {
                true => "mend what it is about, or give it another day",
                false => "remove it: nothing is found any more",
            },
        ),
        (_, false) => (
            format!("nothing is found by `{rule}` that this entry fits"),
            "it suppresses nothing",
            "remove it, or correct its path and name",
        ),
        (_, true) if entry.reason.is_none() => (
            format!("`{rule}` is suppressed without a reason"),
            "no reason",
            "give a `reason`: why it is right to leave it out",
        ),
        _ => return None,
    };
    Some(fault(page, span, message, label, help))
}

/// A finding on a suppression.
fn fault(page: &Page, span: Span, message: String, label: &str, help: &str) -> Finding {
    Finding {
        rule: page.id.clone(),
        severity: page.severity,
        confidence: Confidence::High,
        span,
        label: label.to_owned(),
        others: Vec::new(),
        subject: message.clone(),
        message,
        help: help.to_owned(),
        evidence: Vec::new(),
    }
}
