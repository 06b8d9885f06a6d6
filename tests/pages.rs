//! The examples of the rule pages: every Bad block gives its rule, every Good block does not.

mod common;

use common::settled;
use seaworthy::finding::Finding;
use seaworthy::rules::{Page, RULES};

/// The fenced blocks of a page that are marked `bad` or `good`: language, mark, text.
fn blocks(page: &Page) -> Vec<(String, String, String)> {
    let mut blocks = Vec::new();
    // What a picture shows is no block of code.
    if page.id == "stale-diagram" {
        return blocks;
    }
    let mut open: Option<(String, String, String)> = None;
    for line in page.body.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let (language, mark) = info.split_once(' ').unwrap_or((info, ""));
                open = Some((language.to_owned(), mark.to_owned(), String::new()));
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, _, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence does not end");
    blocks
}

/// The files of a block: one, or several that each begin with a line `=== path`.
fn files(language: &str, text: &str) -> Vec<(String, String)> {
    if language != "files" {
        return vec![(path_of(language, text).to_owned(), text.to_owned())];
    }
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("=== "), files.last_mut()) {
            (Some(path), _) => files.push((path.to_owned(), String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => panic!("a block of files begins with `=== path`"),
        }
    }
    files
}

fn analyse(language: &str, text: &str) -> (seaworthy::Analysis, Vec<Finding>) {
    let files = files(language, text);
    let is_config = |path: &str| path == "seaworthy.yaml";
    let config = files.iter().find(|(path, _)| is_config(path));
    let config = config.map_or("", |(_, text)| text.as_str());
    let files: Vec<(&str, &str)> = files
        .iter()
        .filter(|(path, _)| !is_config(path))
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let (analysis, outcome) = settled(&files, config);
    let findings = outcome.open().map(|reported| reported.finding.clone());
    let findings = findings.collect();
    (analysis, findings)
}

fn path_of(language: &str, text: &str) -> &'static str {
    match language {
        "rust" => "src/main.rs",
        "yaml" if text.starts_with("openapi:") => "openapi.yaml",
        "yaml" => "compose.yaml",
        other => panic!("no path for a block of {other}"),
    }
}

#[test]
fn examples_say_what_they_claim() {
    for rule in &RULES {
        let page = Page::parse(rule.page_text).expect("a page");
        let (mut bad, mut good) = (0, 0);
        for (language, mark, text) in blocks(&page) {
            let (analysis, found) = analyse(&language, &text);
            assert_eq!(analysis.problems, [], "{}:\n{text}", page.id);
            let found: Vec<_> = found.into_iter().filter(|f| f.rule == page.id).collect();
            match mark.as_str() {
                "bad" => {
                    bad += 1;
                    assert!(!found.is_empty(), "{} misses:\n{text}", page.id);
                }
                "good" => {
                    good += 1;
                    let messages: Vec<_> = found.iter().map(|f| f.message.as_str()).collect();
                    assert!(
                        messages.is_empty(),
                        "{} is noisy: {messages:?}\n{text}",
                        page.id
                    );
                }
                other => panic!("{}: a block marked `{other}`", page.id),
            }
        }
        assert!(
            page.id == "stale-diagram" || (bad > 0 && good > 0),
            "{} needs Bad and Good examples",
            page.id
        );
    }
}

#[test]
fn messages_follow_the_grammar() {
    for rule in &RULES {
        let page = Page::parse(rule.page_text).expect("a page");
        assert!(
            !page.summary.ends_with('.'),
            "{}: no final full stop",
            page.id
        );
        for (language, _, text) in blocks(&page) {
            for finding in analyse(&language, &text).1 {
                for part in [&finding.message, &finding.help, &finding.label] {
                    assert!(
                        !part.is_empty() && !part.ends_with('.'),
                        "{}: {part}",
                        page.id
                    );
                }
                assert!(
                    !finding.evidence.is_empty() || !finding.label.is_empty(),
                    "{}: no reason",
                    page.id
                );
            }
        }
    }
}
