//! Who owns a file, by the CODEOWNERS file of the root.

use crate::model::System;
use crate::read::FileFacts;
use crate::read::codeowners::{Codeowners, OwnerRule};
use crate::source::Sources;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Where the file is looked for, in the order of GitHub and then GitLab; the first one counts.
const PLACES: [&str; 4] = [
    ".github/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    ".gitlab/CODEOWNERS",
];

/// Gives each endpoint and each call the owners of the file it stands in.
pub(super) fn owners(sources: &Sources, facts: &[FileFacts], system: &mut System) {
    let file = PLACES.iter().find_map(|place| {
        let id = sources.find(place)?;
        match &facts[id.0 as usize] {
            FileFacts::Codeowners(file) => Some(file),
            _ => None,
        }
    });
    let Some(file) = file else {
        return;
    };
    let owners = Owners::new(file);
    for endpoint in &mut system.endpoints {
        if let Some(operation) = &endpoint.operation {
            endpoint.owners = owners.of(&sources.get(operation.span.source).path);
        }
    }
    for call in &mut system.calls {
        call.owners = owners.of(&sources.get(call.span.source).path);
    }
}

struct Owners<'a> {
    rules: Vec<(&'a OwnerRule, Gitignore)>,
}

impl<'a> Owners<'a> {
    fn new(file: &'a Codeowners) -> Self {
        let compiled = file.rules.iter().filter_map(|rule| {
            let mut builder = GitignoreBuilder::new("");
            builder.add_line(None, &rule.pattern).ok()?;
            Some((rule, builder.build().ok()?))
        });
        Self {
            rules: compiled.collect(),
        }
    }

    /// The owners of a file: of each section the last rule that matches.
    fn of(&self, path: &str) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        let mut decided = Vec::new();
        for (rule, pattern) in self.rules.iter().rev() {
            // `docs/*` owns the files of a directory, and not what is below (GitHub's one
            // difference to .gitignore that matters here).
            let matched = if rule.pattern.ends_with("/*") {
                pattern.matched(path, false)
            } else {
                pattern.matched_path_or_any_parents(path, false)
            };
            if matched.is_ignore() && !decided.contains(&rule.section) {
                decided.push(rule.section);
                owners.extend(rule.owners.iter().cloned());
            }
        }
        owners.sort();
        owners.dedup();
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_matches_counts() {
        let text = "* @all\n*.yaml @api\n/docs/* @docs\n/gone/\n[Extra]\n*.json @json\n";
        let (file, _) = crate::read::codeowners::read(crate::source::SourceId(0), text);
        let owners = Owners::new(&file);
        assert_eq!(owners.of("a/b.rs"), ["@all"]);
        assert_eq!(owners.of("a/openapi.yaml"), ["@api"]);
        assert_eq!(owners.of("docs/a.yaml"), ["@docs"]);
        assert_eq!(owners.of("docs/deep/a.yaml"), ["@api"]);
        assert_eq!(owners.of("gone/a.json"), ["@json"]);
    }
}
