//! Findings that the configuration leaves out.

use super::file::{ConfigFile, SuppressEntry};
use super::levels::RuleNames;
use super::{Checker, ConfigError, Spanned};
use globset::GlobMatcher;

/// An entry of `suppress`.
#[derive(Debug)]
pub struct ConfiguredSuppression {
    /// The rule.
    pub rule: String,
    /// The files; all where nothing is given.
    pub path: Option<GlobMatcher>,
    /// The name of what is found; anything where nothing is given.
    pub name: Option<GlobMatcher>,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it holds.
    pub until: Option<jiff::civil::Date>,
    /// First and last byte in the file.
    pub place: (u32, u32),
}

impl Checker<'_> {
    pub(super) fn suppressions(
        &self,
        file: &ConfigFile,
        names: &RuleNames,
    ) -> Result<Vec<ConfiguredSuppression>, ConfigError> {
        let entries = file.suppress.iter();
        entries
            .map(|entry| self.suppression(entry, names))
            .collect()
    }

    fn suppression(
        &self,
        entry: &Spanned<SuppressEntry>,
        names: &RuleNames,
    ) -> Result<ConfiguredSuppression, ConfigError> {
        let written = &entry.value;
        if let Some(message) = names.unknown(&written.rule.value) {
            return Err(self.fail(&written.rule, message));
        }
        let until = written.until.as_ref().map(|until| {
            let date = until.value.parse::<jiff::civil::Date>();
            date.map_err(|_| {
                let message = format!("`{}` is no day: write it as 2027-01-31", until.value);
                self.fail(until, message)
            })
        });
        let name = written.name.as_ref().map(|name| self.glob(name));
        let path = written.path.as_ref().map(|path| self.path_glob(path));
        let reason = written.reason.as_deref().map(str::trim);
        Ok(ConfiguredSuppression {
            rule: written.rule.value.clone(),
            path: path.transpose()?,
            name: name.transpose()?.map(|glob| glob.compile_matcher()),
            reason: reason.filter(|text| !text.is_empty()).map(str::to_owned),
            until: until.transpose()?,
            place: (entry.start, entry.end),
        })
    }
}
