//! Files beside a compose file: mounted configuration, and programs in whatever language. They are
//! read for the hosts, topics and buckets that they name, line by line, without their grammar.

use crate::source::{SourceId, Span, offset};

/// How many mentions of one file are kept.
const MAX_MENTIONS: usize = 2_000;

/// The longest line that is looked at, in bytes: what is longer is no text of people.
const MAX_LINE: usize = 4_000;

/// Endings of programs: there, a name without quotes is a variable.
pub(crate) const CODE_ENDINGS: [&str; 19] = [
    "cjs", "clj", "cs", "ex", "exs", "go", "groovy", "java", "js", "jsx", "kt", "mjs", "php", "py",
    "rb", "scala", "swift", "ts", "tsx",
];

/// What a file names.
#[derive(Clone, Debug, Default)]
pub struct BesideFile {
    /// Hosts, topics and buckets, in order.
    pub mentions: Vec<Mention>,
    /// `NAME=value`, of a file of variables.
    pub variables: Vec<(String, String, Span)>,
}

/// Something that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The words before it on its line, or the key that it is the value of.
    pub key: String,
    /// The keys of the lines around it, from the outermost: `output.kafka`.
    pub section: String,
    /// What it is.
    pub what: Mentioned,
    /// Where it stands.
    pub span: Span,
}

/// What a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mentioned {
    /// A host, with the scheme or port that it was told by; a bare name has neither.
    Host {
        /// The scheme of a URL.
        scheme: Option<String>,
        /// The host.
        host: String,
        /// The port.
        port: Option<u16>,
        /// The first segment of a URL's path.
        path: Option<String>,
    },
    /// A name that may be a topic: the value of a key that speaks of one.
    Topic(String),
    /// A bucket of an object store.
    Bucket(String),
    /// A variable that holds the name of a topic, as the argument of a call: `stream(ordersTopic)`.
    Variable(String),
}

/// A value of an `.env` without what is said of it: a comment begins at ` #`, or behind the closing quote (Docker
/// documentation, "Set environment variables", env file syntax).
fn without_comment(value: &str) -> &str {
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let end = value[1..].find(quote);
        return end.map_or(value, |end| &value[..end + 2]);
    }
    let end = [" #", "\t#"]
        .iter()
        .filter_map(|sign| value.find(sign))
        .min();
    end.map_or(value, |end| value[..end].trim_end())
}

/// Reads one file.
#[must_use]
pub fn read(source: SourceId, path: &str, text: &str) -> BesideFile {
    let mut file = BesideFile::default();
    let of_variables = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with(".env") || name.ends_with(".env"));
    let in_code = CODE_ENDINGS
        .iter()
        .any(|ending| path.rsplit('.').next() == Some(*ending));
    let mut sections = Sections::default();
    // The call that the line before opens: `KafkaConsumer(`.
    let mut opened = String::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        // What a script prints is for people.
        let printed = ["echo ", "printf ", "print(", "console.log("]
            .iter()
            .any(|word| trimmed.starts_with(word));
        let comment = ["#", "//", "--", ";", "*", "<!--", "%"]
            .iter()
            .any(|sign| trimmed.starts_with(sign));
        if comment || printed || trimmed.is_empty() || line.len() > MAX_LINE {
            continue;
        }
        if !in_code {
            sections.take(line);
        }
        let span =
            |from: usize, to: usize| Span::new(source, offset(start + from), offset(start + to));
        if of_variables {
            if file.variables.len() >= MAX_MENTIONS {
                return file;
            }
            let plain = trimmed.strip_prefix("export ").unwrap_or(trimmed);
            if let Some((name, value)) = plain.split_once('=') {
                let value = without_comment(value.trim()).trim_matches(['"', '\'']);
                let name = name.trim().to_owned();
                file.variables
                    .push((name, value.to_owned(), span(0, line.trim_end().len())));
            }
            continue;
        }
        for (from, to, mention) in mentions(line, in_code, &opened) {
            if file.mentions.len() >= MAX_MENTIONS {
                return file;
            }
            let (key, what) = mention;
            file.mentions.push(Mention {
                key,
                section: sections.path(),
                what,
                span: span(from, to),
            });
        }
        opened = match trimmed.strip_suffix('(') {
            Some(before) if in_code => key_before(before, before.len()),
            _ => String::new(),
        };
    }
    file
}

/// The keys that a line stands below, by indentation and by headers in brackets.
#[derive(Default)]
struct Sections {
    header: String,
    open: Vec<(usize, String)>,
}

impl Sections {
    fn take(&mut self, line: &str) {
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        self.open.retain(|(outer, _)| *outer < indent);
        let inner = trimmed.trim_matches(['[', ']']);
        if trimmed.starts_with('[') && trimmed.ends_with(']') && is_name(inner) {
            self.header = inner.to_owned();
            self.open.clear();
            return;
        }
        let opens = trimmed.strip_suffix([':', '{']).map(str::trim_end);
        let name = opens.map(|name| name.trim_start_matches(['-', ' ', '"', '\'']));
        if let Some(name) = name.map(|name| name.trim_end_matches(['"', '\'', ' ', '=', ':']))
            && is_name(name)
        {
            self.open.push((indent, name.to_owned()));
        }
    }

    fn path(&self) -> String {
        let header = Some(self.header.as_str()).filter(|header| !header.is_empty());
        let open = self.open.iter().map(|(_, name)| name.as_str());
        let names: Vec<&str> = header.into_iter().chain(open).collect();
        names.join(".")
    }
}

type Found = (usize, usize, (String, Mentioned));

/// What one line names, with its bytes; `opened` is the call that the line before opens.
fn mentions(line: &str, in_code: bool, opened: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (from, token) in tokens(line) {
        let to = from + token.len();
        if let Some((before, rest)) = token.split_once("://") {
            let scheme = before.rsplit([':', '=']).next().unwrap_or(before);
            let scheme = scheme.to_ascii_lowercase();
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let path = path.split(['/', '?']).next().filter(|path| is_name(path));
            for host in authority.split(',') {
                let host = host.rsplit('@').next().unwrap_or(host);
                if let Some((host, port)) = host_and_port(host) {
                    let what = Mentioned::Host {
                        scheme: Some(scheme.clone()),
                        host,
                        port,
                        path: path.map(str::to_owned),
                    };
                    found.push((from, to, (key_before(line, from), what)));
                }
            }
            continue;
        }
        for part in token.split(',') {
            let part = part.split('/').next().unwrap_or(part);
            if let Some((host, Some(port))) = host_and_port(part) {
                let what = Mentioned::Host {
                    scheme: None,
                    host,
                    port: Some(port),
                    path: None,
                };
                found.push((from, to, (key_before(line, from), what)));
            } else if in_code && is_argument(line, from, opened) && names(part, "topic") {
                let what = Mentioned::Variable(part.to_owned());
                let key = match line[..from].trim().is_empty() {
                    true => opened.to_owned(),
                    false => key_before(line, from),
                };
                found.push((from, to, (key, what)));
            } else if is_name(part) && (!in_code || is_quoted(line, from, to)) {
                let mut key = key_before(line, from);
                if key.is_empty() {
                    opened.clone_into(&mut key);
                }
                if key.is_empty() || key == part {
                    continue;
                }
                // `rpk topic produce orders`
                let managed = before_verb(line, from).is_some_and(|word| names(&word, "topic"));
                let given = || is_given(line, from, to);
                let of_topic = names(&key, "topic") && given();
                let what = if of_topic || (managed && is_verb(&key)) {
                    Mentioned::Topic(part.to_owned())
                } else if names(&key, "bucket") && given() {
                    Mentioned::Bucket(part.to_owned())
                } else {
                    Mentioned::Host {
                        scheme: None,
                        host: part.to_owned(),
                        port: None,
                        path: None,
                    }
                };
                found.push((from, to, (key, what)));
            }
        }
    }
    found
}

/// Whether a place is the first argument of a call, and no text.
fn is_argument(line: &str, from: usize, opened: &str) -> bool {
    line[..from].ends_with('(') || (!opened.is_empty() && line[..from].trim().is_empty())
}

/// What a command line does with a topic.
fn is_verb(word: &str) -> bool {
    ["consume", "create", "produce", "publish", "subscribe"].contains(&word)
}

/// The word before the word before a place.
fn before_verb(line: &str, at: usize) -> Option<String> {
    let before = line.get(..at)?.strip_suffix(' ')?.trim_end();
    let (before, _) = before.rsplit_once(' ')?;
    let word = before.split_whitespace().last()?;
    Some(word.to_owned())
}

/// Whether a key gives a value, and is no word of a sentence: a sign stands between them, or the
/// key is a flag, or they are all that is on the line.
fn is_given(line: &str, from: usize, to: usize) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let before = &line[..from];
    let between = &before[before.trim_end_matches(|c: char| !is_part(c)).len()..];
    let after = line[to..].trim_start();
    if after.starts_with('(') {
        return false;
    }
    let ends = after.is_empty() || after.starts_with([',', ';', '}', ']', ')', '#', '"', '\'']);
    let key = before[..before.len() - between.len()]
        .split_whitespace()
        .next_back()
        .unwrap_or("");
    // What stands in brackets right behind a name is an index or a range: `requests_bucket[5m]`.
    if between == "[" {
        return false;
    }
    let quoted = between.contains(['"', '\'', '`']);
    if between.contains(['=', ':', '(', '[']) {
        // Of several words after a sign and a blank, none is the value alone.
        return quoted || ends || !between.ends_with(' ');
    }
    key.starts_with('-') || quoted || (ends && line.split_whitespace().count() == 2)
}

/// Whether quotes stand around a place: in code, what has none is a variable.
fn is_quoted(line: &str, from: usize, to: usize) -> bool {
    let quotes = ['"', '\'', '`'];
    line[..from].ends_with(quotes)
        && line[to..]
            .trim_start_matches([',', ':'])
            .starts_with(quotes)
}

/// The parts of a line between blanks, quotes, brackets and signs, with their places.
fn tokens(line: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    let separates = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '<' | '>' | ';' | '|'
            )
    };
    for (at, c) in line.char_indices() {
        if separates(c) {
            if let Some(from) = start.take() {
                found.push((from, &line[from..at]));
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(from) = start {
        found.push((from, &line[from..]));
    }
    // `key=value` and `{key:value}` of one token are the value, where a key is before it.
    let mut parts = Vec::new();
    for (from, token) in found {
        let token_end = token.trim_end_matches(['}', ',', ':', '.']);
        let inner = token_end.trim_start_matches(['{', ',']);
        let from = from + (token_end.len() - inner.len());
        match inner.split_once('=') {
            Some((key, value)) if !value.is_empty() && !key.contains("://") => {
                parts.push((from + key.len() + 1, value));
            }
            _ if !inner.is_empty() => parts.push((from, inner)),
            _ => {}
        }
    }
    parts
}

/// The last name before a place on its line: what the value there belongs to.
fn key_before(line: &str, at: usize) -> String {
    let before = &line[..at];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = before.trim_end_matches(|c: char| !is_part(c));
    let start = end
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_part(*c))
        .last()
        .map_or(end.len(), |(at, _)| at);
    // `$topic` is a value of its own.
    match end[..start].ends_with('$') || end[..start].ends_with("${") {
        true => String::new(),
        false => end[start..].to_owned(),
    }
}

/// Whether a key holds the name of such a thing: `topic`, `orders.topics`, `topicName`, `bucket_id`.
fn names(key: &str, thing: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let plain = ["names", "name", "id", "arn", "s"]
        .iter()
        .find_map(|end| key.strip_suffix(end))
        .unwrap_or(&key);
    plain.trim_end_matches(['_', '-', '.']).ends_with(thing)
}

/// `host:port`, or a host alone.
fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => {
            let digits: String = port.chars().take_while(char::is_ascii_digit).collect();
            (host, Some(digits.parse().ok()?))
        }
        None => (text, None),
    };
    let host = host.trim_end_matches('.');
    (is_name(host)).then(|| (host.to_owned(), port))
}

/// What a host, topic or bucket may be called.
pub(crate) fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (2..=80).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !is_quantity(text)
}

/// A number with a unit: `100us`, `5m`.
fn is_quantity(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    unit.len() < text.len() && unit.len() <= 2 && unit.chars().all(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Mentioned, mentions, read};
    use crate::source::SourceId;

    fn seen(line: &str) -> Vec<String> {
        let shown = |(_, _, (key, what)): (usize, usize, (String, Mentioned))| match what {
            Mentioned::Host {
                scheme,
                host,
                port,
                path,
            } => {
                let scheme = scheme.map(|s| format!("{s}://")).unwrap_or_default();
                let port = port.map(|port| format!(":{port}")).unwrap_or_default();
                let path = path.map(|path| format!("/{path}")).unwrap_or_default();
                format!("{key}={scheme}{host}{port}{path}")
            }
            Mentioned::Topic(name) => format!("topic {name}"),
            Mentioned::Bucket(name) => format!("bucket {name}"),
            Mentioned::Variable(name) => format!("{key}({name})"),
        };
        mentions(line, line.contains("os."), "")
            .into_iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn lines_of_many_languages() {
        for (line, wanted) in [
            (
                "  proxy_pass http://web:8000/api;",
                "proxy_pass=http://web:8000/api",
            ),
            ("    server web1:5000 weight=2;", "server=web1:5000"),
            ("database.hostname=mysql", "database.hostname=mysql"),
            ("  host: 'redis',", "host=redis"),
            ("r = Redis(host=\"cache\", port=6379)", "host=cache"),
            ("h = os.getenv('REDIS_HOST', 'redis')", "REDIS_HOST=redis"),
            (
                "    'properties.bootstrap.servers' = 'broker:29092',",
                "properties.bootstrap.servers=broker:29092",
            ),
            (
                "    'url' = 'jdbc:postgresql://postgres:5432/app',",
                "url=postgresql://postgres:5432/app",
            ),
            (
                "    - targets: ['node:9100', 'api:8080']",
                "targets=node:9100",
            ),
            ("    'topic' = 'rides',", "topic rides"),
            ("warehouse s3://lake/tables", "warehouse=s3://lake/tables"),
            ("  rpk topic produce orders --brokers b:1", "topic orders"),
            (
                "kafka-topics --create --topic rides --partitions 3",
                "topic rides",
            ),
            ("topic app.logs", "topic app.logs"),
            ("topics: [rides]", "topic rides"),
            ("buckets = [lake]", "bucket lake"),
            (
                "os.builder.stream(ordersTopic)",
                "os.builder.stream(ordersTopic)",
            ),
            ("addr = \"u:p@db:5432\"", ""),
            ("x = os.environ(bucket=name)", ""),
        ] {
            let found = seen(line);
            assert!(
                wanted.is_empty() || found.iter().any(|one| one == wanted),
                "{line}: {found:?}"
            );
        }
    }

    #[test]
    fn sentences_and_ranges_name_no_topic_and_no_bucket() {
        for line in [
            "Topic data is kept for a day",
            "  log \"the topic already exists\"",
            "for topic in orders payments; do",
            "meta kafka_topic = if this.urgent {",
            "topic: '${! meta(\"kafka_topic\") }'",
            "if [[ \"$topic\" == *\"state\"* ]]; then",
            "for topic in \"${TOPICS[@]}\"; do",
            "expr: sum(rate(request_seconds_bucket[5m])) by (le)",
            "expr: sum(rate(messages_of_topic[10m]))",
        ] {
            let found = seen(line);
            assert!(
                !found
                    .iter()
                    .any(|one| one.starts_with("topic ") || one.starts_with("bucket ")),
                "{line}: {found:?}"
            );
        }
    }

    #[test]
    fn an_argument_may_stand_on_the_next_line() {
        let text = "c = KafkaConsumer(\n    'rides',\n)\n";
        let file = read(SourceId(0), "a.py", text);
        assert_eq!(file.mentions[0].key, "KafkaConsumer");
    }

    #[test]
    fn mentions_know_the_sections_around_them() {
        let text = "input:\n  kafka:\n    addresses:\n      - here:9092\noutput:\n  kafka:\n    addresses: [there:9092]\n";
        let file = read(SourceId(0), "pipe.yaml", text);
        let sections: Vec<&str> = file
            .mentions
            .iter()
            .map(|one| one.section.as_str())
            .collect();
        assert_eq!(sections, ["input.kafka.addresses", "output.kafka"]);
        let file = read(
            SourceId(0),
            "vector.toml",
            "[sinks.out]\naddress = \"there:9092\"\n",
        );
        assert_eq!(file.mentions[0].section, "sinks.out");
    }

    #[test]
    fn comments_name_nothing_and_variables_are_kept() {
        let file = read(SourceId(0), "a.conf", "# server web:80;\n// http://x:1/\n");
        assert_eq!(file.mentions, []);
        let file = read(
            SourceId(0),
            "x/.env",
            "export A=\"b:1\" # said of it\n#C=d\nE=f    # in g/h.sql\n",
        );
        let names: Vec<_> = file
            .variables
            .iter()
            .map(|(name, value, _)| format!("{name}={value}"))
            .collect();
        assert_eq!(names, ["A=b:1", "E=f"]);
    }
}
