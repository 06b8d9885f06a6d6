//! Text from the audited system, made harmless for the format it lands in. The one home of every
//! escape rule.

use std::fmt::Write;

/// How much of a name is shown.
const MAX_LABEL: usize = 200;

/// One line without control characters and bidirectional overrides, cut to a length that a person
/// reads. The first step for every format.
#[must_use]
pub fn label(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars()
        .filter(|c| !is_invisible(*c))
        .map(shown)
        .take(MAX_LABEL)
        .collect()
}

/// Characters that reorder or hide text (U+202A-E, U+2066-9, U+FEFF and noncharacters).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Text of any length for a terminal: control characters but line breaks become visible ones.
#[must_use]
pub fn terminal(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() || is_invisible(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// A cell of a Markdown table or a list item: no markup, no HTML, no mention, no link.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '\n' => out.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            // A mention, a picture, struck text, a formula.
            '@' | '!' | '~' | '$' => {
                let _ = write!(out, "&#{};", c as u32);
            }
            c => out.push(c),
        }
    }
    // Addresses become links by themselves.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

/// A Markdown code span, whatever backticks the text has; `|` is escaped for tables.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text).replace('\n', " ").replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Our own sentence for Markdown, in which names of the audited system stand between backticks.
#[must_use]
pub fn markdown_sentence(text: &str) -> String {
    by_spans(text, markdown, markdown_code)
}

/// The same for a comment on a forge, which looks for people to notify and for issues to link in
/// what it has rendered, where an escaped `@` is one again: nothing visible parts it from a name.
#[must_use]
pub fn markdown_comment(text: &str) -> String {
    let plain = |text: &str| {
        let text = markdown(text).replace("&#64;", "&#64;&#8203;");
        text.replace("\\#", "\\#&#8203;")
    };
    by_spans(text, plain, markdown_code)
}

/// Our own sentence for HTML, in which names of the audited system stand between backticks.
#[must_use]
pub fn html_sentence(text: &str) -> String {
    by_spans(text, html, |code| format!("<code>{}</code>", html(code)))
}

fn by_spans(text: &str, plain: impl Fn(&str) -> String, code: impl Fn(&str) -> String) -> String {
    let parts = text.split('`').enumerate();
    let escaped = parts.map(|(index, part)| match index % 2 {
        0 => plain(part),
        _ => code(part),
    });
    escaped.collect()
}

/// A fenced block of Markdown, whatever fences the text has.
#[must_use]
pub fn markdown_fence(language: &str, text: &str) -> String {
    let text = terminal(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// Text between two tags of HTML or XML, where quotes may stand as they are.
#[must_use]
pub fn html_content(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// Text or the inside of a quoted attribute of HTML.
#[must_use]
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text between the tags of XML 1.0. Characters that XML cannot hold, not even as references
/// (section 2.2), have become visible ones.
#[must_use]
pub fn xml_text(text: &str) -> String {
    html(text)
}

/// The inside of a quoted attribute of XML: a reader makes a space of a line break that is not
/// written as a reference (section 3.3.3).
#[must_use]
pub fn xml_attribute(text: &str) -> String {
    html(text).replace('\n', "&#10;")
}

/// The message of a workflow command of GitHub Actions: one line, whatever it holds.
#[must_use]
pub fn workflow_data(text: &str) -> String {
    terminal(text).replace('%', "%25").replace('\n', "%0A")
}

/// A property of a workflow command of GitHub Actions.
#[must_use]
pub fn workflow_property(text: &str) -> String {
    workflow_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line of the log of GitHub Actions that is no workflow command: those begin with `::`, or have
/// `##[` anywhere (the older spelling, which runners still obey).
#[must_use]
pub fn workflow_line(text: &str) -> String {
    let text = terminal(text).replace('\n', " ").replace("##[", "## [");
    let begins = text.len() - text.trim_start().len();
    match text[begins..].strip_prefix("::") {
        Some(rest) => format!(": :{rest}"),
        None => text,
    }
}

/// A message of a SARIF log. What would be a link to wherever the audited system wants, or a
/// placeholder for an argument that is not there, is parted or doubled (SARIF 2.1.0, 3.11.5 and
/// 3.11.6). Other braces stay single, though 3.11.5 would have them doubled: readers show a message
/// without arguments as it is, and a path would read `/orders/{{id}}`.
#[must_use]
pub fn sarif(text: &str) -> String {
    let text = terminal(text).replace("](", "] (");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let digits = after[1..].bytes().take_while(u8::is_ascii_digit).count();
        rest = match digits > 0 && after[1 + digits..].starts_with('}') {
            true => {
                let _ = write!(out, "{{{{{}}}}}", &after[1..=digits]);
                &after[digits + 2..]
            }
            false => {
                out.push('{');
                &after[1..]
            }
        };
    }
    out + rest
}

/// JSON with characters that reorder or hide text as escapes, so that none is lost where it is shown.
#[must_use]
pub fn json_text(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_invisible(c) || (c.is_control() && c != '\n') {
            true => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            false => out.push(c),
        }
    }
    out
}

/// A relative path as a link: what is not a plain character of a URL path is percent-encoded
/// (RFC 3986 section 2.1).
#[must_use]
pub fn url_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~' | b'+') {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A cell of CSV: one that a spreadsheet would take for a formula gets an apostrophe in front
/// (OWASP, "CSV Injection"). Quotes are the writer's work.
#[must_use]
pub fn csv_cell(text: &str) -> String {
    let text = terminal(text);
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}

/// The inside of a quoted Mermaid label: every character that means something becomes an entity.
#[must_use]
pub fn mermaid(text: &str) -> String {
    let mut out = String::new();
    for c in label(text).chars() {
        if matches!(
            c,
            '"' | '#'
                | '<'
                | '>'
                | '&'
                | '%'
                | '\\'
                | '`'
                | '|'
                | '['
                | ']'
                | '{'
                | '}'
                | '('
                | ')'
                | '$'
        ) || matches!(
            c,
            '*' | '_' | '~' | ';' | ':' | '@' | '!' | '^' | '=' | '\''
        ) {
            let _ = write!(out, "#{};", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

/// A quoted DOT string, quotes included.
#[must_use]
pub fn dot(text: &str) -> String {
    let mut out = String::from("\"");
    for c in label(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Several lines as one quoted DOT string.
#[must_use]
pub fn dot_lines<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    let lines: Vec<String> = lines
        .map(|line| {
            let quoted = dot(line);
            quoted[1..quoted.len() - 1].to_owned()
        })
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// The inside of a quoted PlantUML text: its preprocessor (`!include`, `%getenv`), its links and its
/// markup work inside of labels, so everything but letters, digits and spaces becomes a code point.
#[must_use]
pub fn plantuml(text: &str) -> String {
    let mut out = String::new();
    for c in label(text).chars() {
        match c.is_ascii_alphanumeric() || c == ' ' {
            true => out.push(c),
            false => {
                let _ = write!(out, "<U+{:04X}>", c as u32);
            }
        }
    }
    out
}

/// The inside of a double-quoted D2 string; `$` would begin a substitution.
#[must_use]
pub fn d2(text: &str) -> String {
    let mut out = String::new();
    for c in label(text).chars() {
        if matches!(c, '\\' | '"' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The inside of a double-quoted Structurizr DSL string, which has no escapes: quotes become
/// apostrophes, `${` (a constant) is parted, and a backslash cannot join lines.
#[must_use]
pub fn structurizr(text: &str) -> String {
    let text = label(text).replace('"', "'").replace('\\', "/");
    text.replace("${", "$ {")
}

/// An identifier that every diagram language takes: `n_`, letters and digits, and `_hh` for every
/// other byte.
#[must_use]
pub fn identifier(text: &str) -> String {
    let mut out = String::from("n_");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(byte as char);
        } else {
            let _ = write!(out, "_{byte:02x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_its_format() {
        let hostile = "a\"];x->y[\u{1b}[31m\u{202e}`|@team<img src=x>\n#1";
        assert!(!terminal(hostile).contains('\u{1b}'));
        assert!(
            !dot(hostile)
                .replace("\\\"", "")
                .trim_matches('"')
                .contains('"')
        );
        assert!(!mermaid(hostile).contains(['"', '<', '`', ']']));
        let markdown = markdown(hostile);
        assert!(!markdown.contains('<') && !markdown.contains("`|") && !markdown.contains('@'));
        assert!(!super::markdown("https://a www.b $x$").contains(['.', '$']));
        assert!(!label(hostile).contains('\u{202e}'));
    }

    #[test]
    fn names_in_our_sentences_stay_in_their_place() {
        assert_eq!(
            markdown_sentence("Make `<a|b>` required_"),
            "Make `<a\\|b>` required\\_"
        );
        assert_eq!(
            html_sentence("Make `<a>` & go"),
            "Make <code>&lt;a&gt;</code> &amp; go"
        );
        assert_eq!(
            markdown_comment("@a `@b` #1"),
            "&#64;&#8203;a `@b` \\#&#8203;1"
        );
        assert!(markdown_fence("yaml", "a: ```\n").starts_with("````yaml\n"));
        assert_eq!(url_path("a b/(c).yaml"), "a%20b/%28c%29.yaml");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
    }

    #[test]
    fn nothing_commands_a_runner() {
        assert_eq!(workflow_data("a%\n::error::b"), "a%25%0A::error::b");
        assert_eq!(workflow_property("a:b,c\r"), "a%3Ab%2Cc\u{fffd}");
        assert_eq!(workflow_line(" \n::error::b"), ": :error::b");
        assert_eq!(workflow_line("a ##[error]b"), "a ## [error]b");
    }

    #[test]
    fn messages_have_no_links_and_no_arguments() {
        assert_eq!(
            sarif("[a](https://b) {0} {id} {12"),
            "[a] (https://b) {{0}} {id} {12"
        );
        assert_eq!(xml_attribute("a\n]]>\u{1}"), "a&#10;]]&gt;\u{fffd}");
    }

    #[test]
    fn identifiers_are_distinct() {
        assert_ne!(identifier("a-b"), identifier("a_b"));
        assert_eq!(identifier("a-b"), "n_a_2db");
    }

    #[test]
    fn code_spans_hold_backticks() {
        assert_eq!(markdown_code("a`b"), "``a`b``");
        assert_eq!(markdown_code("`"), "`` ` ``");
    }
}
