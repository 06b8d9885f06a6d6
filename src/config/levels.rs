//! How bad the findings of each rule are, everywhere and by path.

use super::file::{ConfigFile, Level, RuleSetting};
use super::{Checker, ConfigError, Spanned, nearest};
use crate::rules::{self, Page};
use globset::GlobMatcher;
use std::collections::BTreeMap;

/// What is set for each rule.
#[derive(Debug, Default)]
pub struct RuleLevels {
    rules: BTreeMap<String, Levels>,
}

#[derive(Debug, Default)]
struct Levels {
    everywhere: Option<Level>,
    paths: Vec<(GlobMatcher, Level)>,
}

impl RuleLevels {
    /// The level of a rule's findings in a file; nothing where nobody says so.
    #[must_use]
    pub fn level(&self, rule: &str, path: &str) -> Option<Level> {
        let levels = self.rules.get(rule)?;
        let fitting = levels.paths.iter().rev();
        let by_path = fitting
            .filter(|(glob, _)| glob.is_match(path))
            .map(|(_, level)| *level);
        by_path.into_iter().next().or(levels.everywhere)
    }

    /// The level that is set for a rule everywhere.
    #[must_use]
    pub fn everywhere(&self, rule: &str) -> Option<Level> {
        self.rules.get(rule)?.everywhere
    }
}

/// Whether a rule of this name is part of the program.
pub(super) fn shipped(name: &str) -> bool {
    rules::RULES
        .iter()
        .any(|rule| Page::id_of(rule.page_text) == Some(name))
}

/// The names of all rules, the user's included.
pub(super) struct RuleNames {
    names: Vec<String>,
}

impl RuleNames {
    pub(super) fn new(file: &ConfigFile) -> Self {
        let shipped = rules::RULES
            .iter()
            .filter_map(|rule| Page::id_of(rule.page_text));
        let own = file
            .policies
            .iter()
            .map(|policy| policy.value.id.value.as_str());
        Self {
            names: shipped.chain(own).map(str::to_owned).collect(),
        }
    }

    /// Why no rule has this name.
    pub(super) fn unknown(&self, name: &str) -> Option<String> {
        if self.names.iter().any(|known| known == name) {
            return None;
        }
        Some(match nearest(name, self.names.iter().map(String::as_str)) {
            Some(meant) => format!("no rule is called `{name}`; did you mean `{meant}`?"),
            None => format!("no rule is called `{name}`; `seaworthy rules` lists them"),
        })
    }
}

impl Checker<'_> {
    pub(super) fn levels(
        &self,
        file: &ConfigFile,
        names: &RuleNames,
    ) -> Result<RuleLevels, ConfigError> {
        let mut levels = RuleLevels::default();
        for (rule, setting) in &file.rules {
            if let Some(message) = names.unknown(rule) {
                return Err(self.fail(&self.key(rule, setting), message));
            }
            let known = match &setting.value {
                RuleSetting::Everywhere(level) => Levels {
                    everywhere: Some(*level),
                    paths: Vec::new(),
                },
                RuleSetting::ByPath(by_path) => Levels {
                    everywhere: by_path.level,
                    paths: by_path
                        .paths
                        .iter()
                        .map(|one| Ok((self.path_glob(&one.path)?, one.level)))
                        .collect::<Result<_, ConfigError>>()?,
                },
            };
            levels.rules.insert(rule.clone(), known);
        }
        Ok(levels)
    }

    /// A glob of files; one that names a directory stands for what is below it.
    pub(super) fn path_glob(&self, pattern: &Spanned<String>) -> Result<GlobMatcher, ConfigError> {
        let plain = pattern.value.trim_end_matches('/');
        let plain = plain.strip_prefix("./").unwrap_or(plain);
        let both = Spanned {
            value: format!("{{{plain},{plain}/**}}"),
            ..pattern.clone()
        };
        // The pattern alone first, so that a mistake is told in its own words.
        self.glob(pattern)?;
        Ok(self.glob(&both)?.compile_matcher())
    }

    /// The key in front of a value, which is on its line or the one before.
    fn key<T>(&self, name: &str, value: &Spanned<T>) -> Spanned<()> {
        let text = self.text();
        let before = &text[..(value.start as usize).min(text.len())];
        let start = before.rfind(name).unwrap_or(value.start as usize);
        let start = u32::try_from(start).unwrap_or(value.start);
        Spanned {
            value: (),
            start,
            end: value.start,
        }
    }

    fn text(&self) -> &str {
        &self.sources.get(crate::source::SourceId(0)).text
    }
}
