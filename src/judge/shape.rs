//! What the names and answers of an operation show: its shape. Everything here rests on words
//! (`rules/catalog/words.yaml`), so what is judged by it alone has low confidence.

use crate::catalog::{Words, split_words};
use crate::model::Endpoint;
use crate::read::openapi::{BodyMember, ContractOperation, Response};

/// An operation, its names split into words.
pub(super) struct Shape<'a> {
    pub(super) operation: &'a ContractOperation,
    words: &'a Words,
    /// The segments of the path, in order.
    pub(super) segments: Vec<Segment<'a>>,
    /// The words of each part of the operation id (`Orders_search`, `users.list`).
    id: Vec<Vec<String>>,
    /// The words of the summary.
    summary: Vec<String>,
}

/// Why a safe method seems to write.
pub(super) enum Writes<'a> {
    /// Its path, operation id and summary say so: at least two of them.
    ByName(String),
    /// It answers 201 Created.
    ByAnswer(&'a Response),
}

/// A segment of a path; a custom method behind a colon (`/books:query`) is one of its own.
pub(super) struct Segment<'a> {
    /// As written.
    pub(super) text: &'a str,
    /// It holds a path parameter.
    pub(super) parameter: bool,
    /// Its words, each in small letters.
    pub(super) words: Vec<String>,
}

impl<'a> Shape<'a> {
    pub(super) fn new(
        endpoint: &'a Endpoint,
        operation: &'a ContractOperation,
        words: &'a Words,
    ) -> Self {
        let segments = endpoint
            .path
            .split(['/', ':'])
            .filter(|text| !text.is_empty())
            .map(|text| Segment {
                text,
                parameter: text.contains('{'),
                words: split_words(text),
            })
            .collect();
        let id = operation.id.as_deref().unwrap_or("");
        Self {
            operation,
            words,
            segments,
            id: id
                .split(['_', '.', '/', ':', '-'])
                .map(split_words)
                .filter(|words| !words.is_empty())
                .collect(),
            summary: split_words(operation.summary.as_deref().unwrap_or("")),
        }
    }

    /// The last segment that is no parameter.
    pub(super) fn last_literal(&self) -> Option<&Segment<'a>> {
        self.segments
            .iter()
            .rev()
            .find(|segment| !segment.parameter)
    }

    /// Whether the path ends in a parameter: it names one thing and not a kind of things.
    pub(super) fn names_one(&self) -> bool {
        self.segments
            .last()
            .is_some_and(|segment| segment.parameter)
    }

    /// The first or last word of the last literal segment, if it is of the list: what is done, or
    /// to what. A word between others describes something else (`webhook_endpoints`).
    pub(super) fn outer_word(&self, list: &[String]) -> Option<&str> {
        let words = &self.last_literal()?.words;
        let outer = [words.first(), words.last()];
        outer
            .into_iter()
            .flatten()
            .find(|word| list.contains(word))
            .map(String::as_str)
    }

    /// Whether the path ends in a word after a parameter: something is done to one thing.
    pub(super) fn acts_on_one(&self) -> bool {
        let mut last = self.segments.iter().rev();
        last.next().is_some_and(|segment| !segment.parameter)
            && last.next().is_some_and(|segment| segment.parameter)
    }

    /// The first word of a list that the last literal segment has.
    pub(super) fn last_word(&self, list: &[String]) -> Option<&str> {
        let words = &self.last_literal()?.words;
        words
            .iter()
            .find(|word| list.contains(word))
            .map(String::as_str)
    }

    /// Why a second execution would cost somebody money or goods: the word, and where it stands.
    /// `pays` says that paths of the system speak of paying.
    pub(super) fn critical(&self, pays: bool) -> Option<(String, &'static str)> {
        let mut literal = self.segments.iter().filter(|segment| !segment.parameter);
        if literal.any(|segment| self.words.rehearsals.contains(&segment.text.to_lowercase())) {
            return None;
        }
        let tags = self
            .operation
            .tags
            .iter()
            .map(|tag| (split_words(tag), "a tag"));
        let path = self.segments.iter().filter(|segment| !segment.parameter);
        let path = path.map(|segment| (segment.words.clone(), "the path"));
        let id = self.id.concat();
        let places = path
            .chain([
                (id, "the operation id"),
                (self.summary.clone(), "the summary"),
            ])
            .chain(tags);
        for (words, place) in places {
            // Only the path says it with one word; a summary mentions many things.
            let said = if place == "the path" || place == "a tag" {
                words.as_slice()
            } else {
                &words[..words.len().min(3)]
            };
            let critical = said.iter().enumerate().find(|(at, word)| {
                let beside = |from: usize| {
                    let pair = words.get(from..from + 2).map(|pair| pair.join(" "));
                    pair.is_some_and(|pair| self.words.harmless.contains(&pair))
                };
                let critical =
                    self.words.critical.contains(word) || pays && self.words.sold.contains(word);
                critical && !beside(*at) && !at.checked_sub(1).is_some_and(beside)
            });
            if let Some((_, word)) = critical {
                return Some((word.clone(), place));
            }
        }
        None
    }

    /// Whether the path ends in the end of something: to cancel twice costs nothing.
    pub(super) fn ends_something(&self) -> bool {
        let last = self
            .last_literal()
            .map_or(&[][..], |segment| segment.words.as_slice());
        last.iter()
            .any(|word| self.words.transitions.contains(word))
            && !last.iter().any(|word| self.words.critical.contains(word))
    }

    /// Whether a part of the operation id begins with one of these verbs.
    fn id_verb(&self, verbs: &[String]) -> bool {
        self.id.iter().any(|part| {
            let mut part = part
                .iter()
                .skip_while(|word| matches!(word.as_str(), "batch" | "bulk"));
            part.next().is_some_and(|word| is_verb(word, verbs))
        })
    }

    /// Whether the operation id only says the path again (`transferBalanceGet` of
    /// `/transfer/balance/get`): its first word is then a thing.
    fn id_is_path(&self) -> bool {
        let literal = self.segments.iter().filter(|segment| !segment.parameter);
        let path: Vec<&String> = literal.flat_map(|segment| &segment.words).collect();
        path.ends_with(&self.id.iter().flatten().collect::<Vec<_>>())
    }

    /// Whether the summary begins with one of these verbs, also as `Gets` or `Retrieves`.
    fn summary_verb(&self, verbs: &[String]) -> bool {
        self.summary
            .first()
            .is_some_and(|word| is_verb(word, verbs))
    }

    /// Why the operation only reads, if its names and answers say so: a question asked with POST.
    /// Path, operation id and summary each have a voice, for or against.
    pub(super) fn reads(&self) -> Option<String> {
        let words = self.words;
        if self.makes().is_some()
            || self.last_word(&words.sessions).is_some()
            || !self.may_answer_with_content()
        {
            return None;
        }
        let last = self.segments.last().filter(|segment| !segment.parameter);
        if let Some(last) = last.filter(|last| words.ephemeral.contains(&last.text.to_lowercase()))
        {
            return Some(format!("its path ends in `{}`", last.text));
        }
        let written = |text: &Option<String>| text.as_deref().unwrap_or("").trim().to_owned();
        let id = || format!("it is called `{}`", written(&self.operation.id));
        let summary = || format!("its summary is \"{}\"", written(&self.operation.summary));
        let voices = [
            (self.path_asks(), false),
            (
                self.id_verb(&words.read_verbs).then(id),
                self.id_verb(&words.write_verbs) && !self.id_is_path(),
            ),
            (
                self.summary_verb(&words.read_verbs).then(summary),
                self.summary_verb(&words.write_verbs),
            ),
        ];
        let against = voices.iter().filter(|(_, against)| *against).count();
        let mut reasons = voices
            .into_iter()
            .filter(|(_, no)| !no)
            .filter_map(|(yes, _)| yes);
        let reason = reasons.next()?;
        (1 + reasons.count() > against).then_some(reason)
    }

    /// The last segment of the path, if it asks a question.
    fn path_asks(&self) -> Option<String> {
        let words = self.words;
        let last = self.segments.last().filter(|segment| !segment.parameter)?;
        // `users.list` and `shipments/get`: the last part is the whole word.
        let whole = last
            .text
            .rsplit('.')
            .next()
            .unwrap_or(last.text)
            .to_lowercase();
        let mut first = last.words.iter();
        let first = first.find(|word| !matches!(word.as_str(), "batch" | "bulk"));
        let asks = words.reads.contains(&whole)
            || first.is_some_and(|word| words.read_prefixes.contains(word));
        asks.then(|| format!("its path ends in `{}`", last.text))
    }

    /// Why the operation sets values, whatever they were, if its names say so and it makes
    /// nothing.
    pub(super) fn sets(&self) -> Option<String> {
        let words = self.words;
        // "Set up an account" makes one.
        let up = self.summary.get(1).is_some_and(|word| word == "up");
        if self.makes().is_some() || up {
            return None;
        }
        let verb = self.summary_verb(&words.set_verbs) || self.id_verb(&words.set_verbs);
        let summary = self.operation.summary.as_deref().unwrap_or("").trim();
        let id = self.operation.id.as_deref().unwrap_or("");
        verb.then(|| match summary {
            "" => format!("it is called `{id}`"),
            summary => format!("its summary is \"{summary}\""),
        })
    }

    /// Why a safe method seems to write: by its names, or only by an answer that says that it
    /// makes something.
    pub(super) fn writes(&self) -> Option<Writes<'a>> {
        let words = self.words;
        let last = self.segments.last().filter(|segment| !segment.parameter);
        let asks = self.id_verb(&words.read_verbs) || self.summary_verb(&words.read_verbs);
        if !asks && self.last_word(&words.sessions).is_none() {
            let path = last
                .filter(|last| last.words.len() == 1 && words.write_verbs.contains(&last.words[0]));
            let id = self
                .id_verb(&words.write_verbs)
                .then_some(&self.operation.id);
            let summary = self
                .summary_verb(&words.write_verbs)
                .then_some(&self.operation.summary);
            let said: Vec<String> = [
                path.map(|last| format!("its path ends in `{}`", last.text)),
                id.map(|id| format!("it is called `{}`", id.as_deref().unwrap_or(""))),
                summary.map(|text| format!("its summary is \"{}\"", text.as_deref().unwrap_or(""))),
            ]
            .into_iter()
            .flatten()
            .collect();
            // One word proves nothing: `GET /checkout` shows a page.
            if said.len() > 1 {
                return Some(Writes::ByName(said.join(", and ")));
            }
        }
        let made = self
            .operation
            .responses
            .iter()
            .find(|answer| answer.code == "201")?;
        Some(Writes::ByAnswer(made))
    }

    /// Whether the path is one endpoint for reads and writes.
    pub(super) fn mixed(&self) -> Option<&str> {
        let last = self.segments.last()?;
        let word = last.text.to_lowercase().replace(['-', '_'], "");
        self.words.mixed.contains(&word).then_some(last.text)
    }

    /// The answer that says something was made or taken on.
    pub(super) fn makes(&self) -> Option<&'a Response> {
        self.operation.responses.iter().find(|response| {
            matches!(response.code.as_str(), "201" | "202")
                || (response.code.starts_with('2')
                    && response
                        .headers
                        .iter()
                        .any(|header| header.eq_ignore_ascii_case("location")))
        })
    }

    /// Whether a good answer has content, or the contract says nothing of good answers.
    fn may_answer_with_content(&self) -> bool {
        let mut good = self
            .operation
            .responses
            .iter()
            .filter(|response| response.code.starts_with(['2', 'd']))
            .peekable();
        good.peek().is_none() || good.any(|response| response.has_content)
    }

    /// The answer to a repeat that says that what was sent is there already.
    pub(super) fn says_it_is_there(&self) -> Option<&'a Response> {
        self.operation.responses.iter().find(|response| {
            matches!(
                response.code.as_str(),
                "200" | "204" | "303" | "400" | "409" | "422"
            ) && self.words.conflict_phrases.iter().any(|phrase| {
                response
                    .description
                    .to_lowercase()
                    .contains(phrase.as_str())
            })
        })
    }

    /// Whether its names say that it counts on or adds: `incrementSize`, "Appends an entry".
    pub(super) fn counts_on(&self) -> bool {
        let id = self.operation.id.as_deref().unwrap_or("");
        let summary = self.operation.summary.as_deref().unwrap_or("");
        let last = self.segments.last().map_or("", |segment| segment.text);
        let texts = [id, summary, last].into_iter();
        let mut words = texts.flat_map(split_words);
        words.any(|word| {
            let mut known = self.words.counters.iter();
            known.any(|known| known.len() > 2 && word.starts_with(known.as_str()))
        })
    }

    /// A body member that changes a value by an amount.
    pub(super) fn counter_member(&self) -> Option<&'a BodyMember> {
        let mut members = self.operation.body.iter().flat_map(|body| &body.members);
        members.find(|member| {
            let words = split_words(&member.name);
            let ends = [words.first(), words.last()];
            ends.into_iter()
                .flatten()
                .any(|word| self.words.counters.contains(word))
        })
    }

    /// Required body members that name a thing among its kind, the best first.
    pub(super) fn natural_members(&self) -> Vec<&'a str> {
        let members = self.operation.body.iter().flat_map(|body| &body.members);
        let mut found: Vec<(usize, &str)> = members
            .filter(|member| member.required)
            .filter_map(|member| {
                let name = split_words(&member.name).join(" ");
                let known = &self.words.natural_members;
                Some((
                    known.iter().position(|known| *known == name)?,
                    member.name.as_str(),
                ))
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name).collect()
    }
}

/// `get`, `gets`, `searches`, `queries`: the third person counts as its verb.
fn is_verb(word: &str, verbs: &[String]) -> bool {
    let known = |word: &str| verbs.iter().any(|verb| verb == word);
    known(word)
        || word
            .strip_suffix("ies")
            .is_some_and(|stem| known(&format!("{stem}y")))
        || word.strip_suffix("es").is_some_and(known)
        || word.strip_suffix('s').is_some_and(known)
}
