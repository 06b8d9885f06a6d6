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
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        let comment = ["#", "//", "--", ";", "*", "<!--", "%"]
            .iter()
            .any(|sign| trimmed.starts_with(sign));
        if comment || trimmed.is_empty() || line.len() > MAX_LINE {
            continue;
        }
        let span =
            |from: usize, to: usize| Span::new(source, offset(start + from), offset(start + to));
        if of_variables {
            let plain = trimmed.strip_prefix("export ").unwrap_or(trimmed);
            if let Some((name, value)) = plain.split_once('=') {
                let value = value.trim().trim_matches(['"', '\'']);
                let name = name.trim().to_owned();
                file.variables
                    .push((name, value.to_owned(), span(0, line.trim_end().len())));
            }
            continue;
        }
        for (from, to, mention) in mentions(line, in_code) {
            if file.mentions.len() >= MAX_MENTIONS {
                return file;
            }
            let (key, what) = mention;
            file.mentions.push(Mention {
                key,
                what,
                span: span(from, to),
            });
        }
    }
    file
}

type Found = (usize, usize, (String, Mentioned));

/// What one line names, with its bytes.
fn mentions(line: &str, in_code: bool) -> Vec<Found> {
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
            } else if is_name(part) && (!in_code || is_quoted(line, from, to)) {
                let key = key_before(line, from);
                if key.is_empty() || key == part {
                    continue;
                }
                let what = if names(&key, "topic") {
                    Mentioned::Topic(part.to_owned())
                } else if names(&key, "bucket") {
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
    end[start..].to_owned()
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
        };
        mentions(line, line.contains("os."))
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
    fn comments_name_nothing_and_variables_are_kept() {
        let file = read(SourceId(0), "a.conf", "# server web:80;\n// http://x:1/\n");
        assert_eq!(file.mentions, []);
        let file = read(SourceId(0), "x/.env", "export A=\"b:1\"\n#C=d\nE=f\n");
        let names: Vec<_> = file
            .variables
            .iter()
            .map(|(name, value, _)| format!("{name}={value}"))
            .collect();
        assert_eq!(names, ["A=b:1", "E=f"]);
    }
}
