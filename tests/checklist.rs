//! The checklist as people use it: every format, and what they write in it when it is written again.

mod common;

use common::{directory, root, system};
use seaworthy::Analysis;
use seaworthy::model::Label;
use seaworthy::report::{audit_csv, audit_html, audit_markdown, merge_checklists};

const CONTRACT: &str = "openapi: 3.0.0\ninfo: {title: Shop, version: '1'}\npaths:\n  /orders:\n    post: {responses: {'201': {description: placed}}}\n  /things:\n    post: {responses: {'201': {description: made}}}\n";

fn shop() -> Analysis {
    system(&[("api/openapi.yaml", CONTRACT)])
}

/// The shop after somebody moved everything and took an operation out.
fn smaller_shop() -> Analysis {
    let text = CONTRACT.split("  /things:").next().expect("a contract");
    system(&[("api/openapi.yaml", &format!("# moved\n\n{text}"))])
}

#[test]
fn ticks_and_words_survive_a_change_of_the_system() {
    let first = audit_markdown::render(&shop(), "", false);
    let edited = first
        .lines()
        .map(|line| {
            if line.contains("`POST /orders`") && line.starts_with('|') {
                let line = line.replacen('☐', "☑", 1);
                format!(
                    "{}| agreed with Payments |",
                    line.strip_suffix("|  |").unwrap_or(&line).trim_end()
                )
            } else if line.contains("`POST /things`") && line.starts_with('|') {
                line.replace("|  |", "| not now |")
            } else {
                line.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
        .replace("## Shop\n", "## Shop\n\nReviewed in spring.\n");
    let second = merge_checklists(&edited, &audit_markdown::render(&smaller_shop(), "", false));
    let row = second
        .lines()
        .find(|line| line.contains("`POST /orders`") && line.starts_with('|'));
    let row = row.expect("the row is there");
    assert!(
        row.starts_with("| ☑ ") && row.ends_with("| agreed with Payments |"),
        "{row}"
    );
    assert!(
        row.contains("openapi.yaml#L7"),
        "the place is the new one: {row}"
    );
    assert!(second.contains("## Shop\n\nReviewed in spring.\n"));
    let kept = second
        .split("## Kept from an earlier version")
        .nth(1)
        .expect("a section");
    assert!(
        kept.contains("`POST /things`") && kept.contains("| not now |"),
        "{kept}"
    );
    // Written over itself it stays as it is, and back in the system the row is back in its place.
    assert_eq!(
        merge_checklists(&second, &audit_markdown::render(&smaller_shop(), "", false)),
        second
    );
    let third = merge_checklists(&second, &audit_markdown::render(&shop(), "", false));
    assert!(!third.contains("Kept from an earlier version") && third.contains("| not now |"));
}

#[test]
fn a_spreadsheet_keeps_its_columns_and_comments() {
    let first = audit_csv::render(&shop(), None).expect("CSV");
    let mut reader = csv::Reader::from_reader(first.as_bytes());
    let mut header = reader.headers().expect("a header").clone();
    header.push_field("sprint");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("a header");
    for record in reader.records() {
        let record = record.expect("a record");
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        let gone = cells.iter().any(|cell| cell == "POST /things");
        cells[1] = if gone { "" } else { "yes" }.to_owned();
        cells[2] = if gone { "said, \"why\"" } else { "" }.to_owned();
        cells.push("12".to_owned());
        writer.write_record(&cells).expect("a record");
    }
    let edited = String::from_utf8(writer.into_inner().expect("text")).expect("UTF-8");
    let second = audit_csv::render(&smaller_shop(), Some(&edited)).expect("CSV");
    let lines: Vec<_> = csv::Reader::from_reader(second.as_bytes())
        .deserialize::<std::collections::BTreeMap<String, String>>()
        .collect::<Result<_, _>>()
        .expect("lines");
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (lines[0]["done"].as_str(), lines[0]["sprint"].as_str()),
        ("yes", "12")
    );
    assert_eq!(lines[0]["line"], "7");
    assert_eq!(lines[1]["comment"], "said, \"why\"");
    assert_eq!(lines[1]["label"], "no longer found");
    assert!(
        audit_csv::render(&shop(), Some("a,b\n1,2\n")).is_err(),
        "no column `id`"
    );
}

#[test]
fn every_format_lists_every_write_endpoint() {
    let analysis = directory(&root().join("examples/bookstore"), 1);
    let formats = [
        audit_markdown::render(&analysis, "", false),
        audit_html::render(&analysis, ""),
        audit_csv::render(&analysis, None).expect("CSV"),
    ];
    let writes: Vec<_> = analysis
        .system
        .endpoints
        .iter()
        .filter(|e| e.is_write())
        .collect();
    assert!(writes.len() > 5);
    for endpoint in writes {
        for text in &formats {
            assert!(text.contains(&endpoint.id()), "{}", endpoint.name());
        }
        assert_eq!(
            endpoint.plan.is_some(),
            endpoint.label == Label::NotIdempotent
        );
    }
}

#[test]
fn the_page_loads_nothing_and_its_script_cannot_be_ended_early() {
    let hostile = CONTRACT
        .replace(
            "/orders",
            "/orders/</script><img src=x onerror=alert(1)>|`x`",
        )
        .replace("Shop", "Shop\\\" onload=x <b>");
    let analysis = system(&[("a\"><b>.yaml", &hostile)]);
    let page = audit_html::render(&analysis, "../");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script>").count(), 1);
    assert!(!page.contains("<img") && !page.contains("http://") && !page.contains("https://"));
    assert!(page.contains("default-src 'none'"));
    assert!(
        page.contains("href=\"../a%22%3E%3Cb%3E.yaml#L5\""),
        "{page}"
    );
    let markdown = audit_markdown::render(&analysis, "", false);
    let summary = markdown.lines().find(|line| line.starts_with("<details>"));
    assert!(summary.is_some_and(|line| !line.contains("<img") && !line.contains("</script>")));
    // Anywhere else the name stands in a code span or a fence, where markup is text.
    let row = markdown.lines().find(|line| line.starts_with("| ☐"));
    assert!(row.is_some_and(|row| {
        row.contains("[`` POST /orders/</script><img src=x onerror=alert(1)>\\|`x` ``]")
    }));
    assert!(
        markdown.contains("## Shop\\\\\" onload=x &lt;b>"),
        "{markdown}"
    );
}

#[test]
fn the_change_of_the_contract_is_what_it_takes() {
    // What the plan says is added makes the endpoint idempotent, or the plan is wrong.
    for (operation, before) in [
        ("post", "responses: {'201': {description: made}}"),
        (
            "post",
            "parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}], responses: {'201': {description: made}}",
        ),
        (
            "patch",
            "requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: changed}}",
        ),
        (
            "patch",
            "requestBody: {content: {application/json-patch+json: {schema: {type: array}}}}, responses: {'200': {description: changed}}",
        ),
    ] {
        let head = "openapi: 3.0.0\ninfo: {title: Shop, version: '1'}\n";
        let text = format!("{head}paths:\n  /orders:\n    {operation}: {{{before}}}\n");
        let analysis = system(&[("openapi.yaml", &text)]);
        let endpoint = &analysis.system.endpoints[0];
        assert_eq!(endpoint.label, Label::NotIdempotent, "{text}");
        let change = &endpoint.plan.as_ref().expect("a plan").contract_change;
        let changed = format!("{head}{change}");
        let analysis = system(&[("openapi.yaml", &changed)]);
        assert_eq!(analysis.problems, [], "{changed}");
        assert_eq!(
            analysis.system.endpoints[0].label,
            Label::Idempotent,
            "{changed}"
        );
    }
}
