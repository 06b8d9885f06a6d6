//! The page of a rule: front matter, prose, and examples that run as tests.

use crate::finding::Severity;
use serde::Deserialize;

/// What a page says of its rule. This is the only place where it is said.
#[derive(Clone, Debug)]
pub struct Page {
    /// The rule's name, as the file is called.
    pub id: String,
    /// The folder: `idempotency`, `resilience`, `topology` and so on.
    pub group: String,
    /// How bad a finding is.
    pub severity: Severity,
    /// One line for tables.
    pub summary: String,
    /// What it reads: `openapi`, `rust`, `compose`.
    pub inputs: Vec<String>,
    /// The rest of the page, Markdown.
    pub body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: String,
    group: String,
    severity: Severity,
    summary: String,
    inputs: Vec<String>,
}

/// A page that cannot be read.
#[derive(Debug)]
pub struct PageError {
    /// The first line that can be shown.
    pub page: String,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rule page `{}`: {}", self.page, self.message)
    }
}

impl std::error::Error for PageError {}

impl Page {
    /// The id in the front matter of a page, without reading the rest.
    #[must_use]
    pub fn id_of(text: &str) -> Option<&str> {
        text.lines()
            .take(8)
            .find_map(|line| line.strip_prefix("id: "))
    }

    /// Reads a page.
    ///
    /// # Errors
    /// When the front matter is missing or faulty.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        let first = text.lines().nth(1).unwrap_or("").to_owned();
        let fail = |message: String| PageError {
            page: first.clone(),
            message,
        };
        let rest = text
            .strip_prefix("---\n")
            .ok_or_else(|| fail("no front matter".to_owned()))?;
        let (front, body) = rest
            .split_once("\n---\n")
            .ok_or_else(|| fail("front matter does not end".to_owned()))?;
        let front: FrontMatter =
            serde_yaml::from_str(front).map_err(|error| fail(error.to_string()))?;
        Ok(Self {
            id: front.id,
            group: front.group,
            severity: front.severity,
            summary: front.summary,
            inputs: front.inputs,
            body: body.trim_start().to_owned(),
        })
    }
}
