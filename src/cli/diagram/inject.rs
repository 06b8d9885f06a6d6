//! Charts between two markers of a Markdown file.

const START: &str = "<!-- seaworthy:diagram -->";
const END: &str = "<!-- /seaworthy:diagram -->";

/// How a chart is fenced in: Azure DevOps has its own way, which is kept where it is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fence {
    Backticks,
    Colons,
}

/// The text with the charts (each with its heading) between the markers, in place of what was there.
///
/// # Errors
/// Where the markers are missing or have no end.
pub(super) fn injected(text: &str, charts: &[(Option<&str>, &str)]) -> Result<String, String> {
    let (start, end) = markers(text)?;
    let old = &text[start..end];
    let fence = match old.contains("::: mermaid") || old.contains(":::mermaid") {
        true => Fence::Colons,
        false => Fence::Backticks,
    };
    let mut block = String::from("\n");
    for (heading, chart) in charts {
        if let Some(heading) = heading {
            block.push_str(&format!("\n**{}**\n\n", crate::escape::markdown(heading)));
        }
        match fence {
            Fence::Backticks => block.push_str(&format!("```mermaid\n{chart}```\n")),
            Fence::Colons => block.push_str(&format!("::: mermaid\n{chart}:::\n")),
        }
    }
    if text.contains("\r\n") {
        block = block.replace('\n', "\r\n");
    }
    Ok(format!("{}{block}{}", &text[..start], &text[end..]))
}

/// Where the first marker ends and the second begins, both outside of code.
fn markers(text: &str) -> Result<(usize, usize), String> {
    let mut at = 0;
    let mut start: Option<(usize, usize)> = None;
    // The mark that ends the code we are in: what it is made of, and how often at least.
    let mut code: Option<(char, usize)> = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let trimmed = line.trim();
        let mark = trimmed.chars().next().filter(|c| matches!(c, '`' | '~'));
        let length = mark.map_or(0, |mark| trimmed.chars().take_while(|c| *c == mark).count());
        match (code, mark) {
            (None, Some(mark)) if length >= 3 => code = Some((mark, length)),
            (Some((open, least)), Some(mark))
                if mark == open && length >= least && trimmed.chars().all(|c| c == mark) =>
            {
                code = None;
            }
            (None, _) if trimmed == END || (start.is_some() && trimmed == START) => {
                return match start {
                    Some((start, _)) => Ok((start, at)),
                    None => Err(format!("line {}: `{END}` without a start", number + 1)),
                };
            }
            (None, _) if trimmed == START => {
                let ending = line.len() - line.trim_end_matches(['\r', '\n']).len();
                start = Some((at + line.len() - ending, number + 1));
            }
            _ => {}
        }
        at += line.len();
    }
    match start {
        Some((_, line)) => Err(format!(
            "line {line}: the marker has no end: add a line `{END}` behind it"
        )),
        None => Err(format!(
            "no place for the chart: add the lines `{START}` and `{END}` where it belongs"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::injected;

    #[test]
    fn a_chart_replaces_the_one_before_and_nothing_else() {
        let text = "a\n```\n<!-- seaworthy:diagram -->\n```\n<!-- seaworthy:diagram -->\nold\n<!-- /seaworthy:diagram -->\nb\n";
        let once = injected(text, &[(None, "graph LR\n")]).unwrap();
        assert_eq!(
            once,
            "a\n```\n<!-- seaworthy:diagram -->\n```\n<!-- seaworthy:diagram -->\n```mermaid\ngraph LR\n```\n<!-- /seaworthy:diagram -->\nb\n"
        );
        assert_eq!(injected(&once, &[(None, "graph LR\n")]).unwrap(), once);
    }

    #[test]
    fn line_breaks_and_fences_stay_as_they_are() {
        let text =
            "<!-- seaworthy:diagram -->\r\n::: mermaid\r\n:::\r\n<!-- /seaworthy:diagram -->";
        assert_eq!(
            injected(text, &[(None, "g\n"), (Some("a_b"), "h\n")]).unwrap(),
            "<!-- seaworthy:diagram -->\r\n::: mermaid\r\ng\r\n:::\r\n\r\n**a\\_b**\r\n\r\n::: mermaid\r\nh\r\n:::\r\n<!-- /seaworthy:diagram -->"
        );
    }

    #[test]
    fn markers_that_miss_are_told() {
        for (text, word) in [
            ("nothing", "add the lines"),
            ("<!-- seaworthy:diagram -->\n", "has no end"),
            ("<!-- /seaworthy:diagram -->\n", "without a start"),
        ] {
            assert!(injected(text, &[]).unwrap_err().contains(word));
        }
    }
}
