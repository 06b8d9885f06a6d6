//! Deep nesting, in every grammar that is read.

use super::ran::Tree;

const DEEP: usize = 100_000;

/// `before`, what is repeated, what closes it.
fn nested(before: &str, open: &str, inner: &str, close: &str, after: &str, times: usize) -> String {
    let (open, close) = (open.repeat(times), close.repeat(times));
    format!("{before}{open}{inner}{close}{after}")
}

#[test]
fn documents() {
    let head = "openapi: 3.0.0\npaths: {}\nx-a: ";
    let json = "{\"openapi\": \"3.0.0\", \"paths\": {}, \"x-a\": ";
    let block: String = (1..3_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    for (name, file, text) in [
        (
            "json-brackets",
            "openapi.json",
            nested(json, "[", "", "]", "}", DEEP),
        ),
        (
            "json-braces",
            "openapi.json",
            nested(json, "{\"a\":", "1", "}", "}", DEEP),
        ),
        (
            "json-open",
            "openapi.json",
            nested(json, "[", "", "", "", DEEP),
        ),
        (
            "yaml-flow",
            "openapi.yaml",
            nested(head, "[", "", "]", "\n", DEEP),
        ),
        (
            "yaml-flow-map",
            "openapi.yaml",
            nested(head, "{a: ", "", "}", "\n", DEEP),
        ),
        ("yaml-block", "openapi.yaml", format!("{head}\n{block}")),
        (
            "yaml-block-list",
            "openapi.yaml",
            nested(head, "\n  - ", "a", "", "\n", 1).replace("- ", &"- ".repeat(DEEP)),
        ),
        (
            "schema-items",
            "openapi.yaml",
            nested(
                "openapi: 3.0.0\npaths: {/a: {post: {requestBody: {content: {a/b: {schema: ",
                "{items: ",
                "{}",
                "}",
                "}}}}}}\n",
                DEEP,
            ),
        ),
        (
            "compose-labels",
            "compose.yaml",
            nested(
                "services: {a: {image: x, labels: ",
                "[",
                "",
                "]",
                "}}\n",
                DEEP,
            ),
        ),
    ] {
        Tree::new(name)
            .with(file, text)
            .problem(file, "recursion limit exceeded");
    }
    for (name, file, text) in [
        (
            "toml-arrays",
            "Cargo.toml",
            nested("[package]\nname = 'a'\n[x]\na = ", "[", "", "]", "\n", DEEP),
        ),
        (
            "toml-tables",
            "Cargo.toml",
            nested(
                "[package]\nname = 'a'\n[x]\na = ",
                "{a = ",
                "1",
                "}",
                "\n",
                DEEP,
            ),
        ),
        (
            "toml-keys",
            "Cargo.toml",
            nested("[package]\nname = 'a'\n[", "a.", "b", "", "]\n", DEEP),
        ),
        (
            "lock-arrays",
            "Cargo.lock",
            nested("a = ", "[", "", "]", "\n", DEEP),
        ),
    ] {
        Tree::new(name)
            .with(file, text)
            .problem(file, "not valid TOML");
    }
}

#[test]
fn what_is_bounded_without_a_problem() {
    let schema = "openapi: 3.0.0\npaths: {/a: {post: {requestBody: {content: {a/b: {schema: ";
    let build = "services: {a: {build: .}}\n";
    Tree::new("schema-all-of")
        .with(
            "openapi.yaml",
            nested(schema, "{allOf: [", "{}", "]}", "}}}}}}\n", 120),
        )
        .whole();
    for (name, line) in [
        ("docker-json", nested("CMD ", "[", "", "]", "\n", DEEP)),
        ("docker-brackets", nested("RUN ", "(", "", ")", "\n", DEEP)),
        ("docker-words", nested("COPY ", "a ", "b", "", "\n", DEEP)),
        (
            "docker-lines",
            nested("RUN a \\\n", " b \\\n", "c", "", "\n", 50_000),
        ),
    ] {
        Tree::new(name)
            .with("compose.yaml", build)
            .with("Dockerfile", format!("FROM x\n{line}"))
            .whole();
    }
    for (name, image) in [
        ("compose-defaults", nested("", "${a:-", "x", "}", "", DEEP)),
        ("compose-open-defaults", "${".repeat(DEEP)),
    ] {
        Tree::new(name)
            .with(
                "compose.yaml",
                format!("services: {{a: {{image: \"{image}\"}}}}\n"),
            )
            .whole();
    }
}

/// What the parser would nest: brackets, and everything that nests without them.
#[test]
fn rust_that_is_not_read() {
    for (name, before, open, inner, close, after) in [
        ("parentheses", "fn f() { ", "(", "1", ")", "; }"),
        ("blocks", "fn f() { ", "{", "", "}", " }"),
        ("modules", "", "mod a { ", "", "}", ""),
        ("macros", "fn f() { ", "m!(", "", ")", "; }"),
        (
            "macro-templates",
            "macro_rules! m { () => { ",
            "m!{",
            "",
            "}",
            " } }",
        ),
        ("attributes", "#[a(", "(", "", ")", ")] fn f() {}"),
        ("generics", "type A = ", "Vec<", "u8", ">", ";"),
        ("tuples", "type A = ", "(", "u8", ",)", ";"),
        ("references", "type A = ", "&'a mut ", "u8", "", ";"),
        ("pointers", "type A = ", "*const ", "u8", "", ";"),
        ("functions", "type A = ", "fn() -> ", "u8", "", ";"),
        ("bounds", "type A = ", "impl Fn() -> ", "u8", "", ";"),
        ("patterns", "fn f() { let ", "(", "x", ")", " = 1; }"),
        ("bindings", "fn f() { let ", "x @ ", "y", "", " = 1; }"),
        ("boxes", "fn f() { let ", "box ", "y", "", " = 1; }"),
        ("negations", "fn f() { ", "!", "a", "", "; }"),
        ("borrows", "fn f() { ", "&mut ", "a", "", "; }"),
        ("assignments", "fn f() { a", " = a", "", "", "; }"),
        ("sums-kept", "fn f() { a", " += a", "", "", "; }"),
        ("ranges", "fn f() { ", ".. ", "1", "", "; }"),
        ("returns", "fn f() { ", "return ", "1", "", "; }"),
        ("breaks", "fn f() { ", "break ", "1", "", "; }"),
        ("closures", "fn f() { ", "|a, b| ", "1", "", "; }"),
        ("closures-in-blocks", "fn f() { ", "|a| { ", "1", "}", "; }"),
        ("conditions", "fn f() { ", "if ", "a {}", "", " }"),
        ("lets", "fn f() { if ", "let x = ", "a {}", "", " }"),
        ("else-if", "fn f() { if a {} ", "else if a {} ", "", "", "}"),
        ("imports", "use ", "a::", "b", "", ";"),
        ("import-groups", "use ", "a::{", "b", "}", ";"),
    ] {
        let code = nested(before, open, inner, close, after, DEEP);
        Tree::new(&format!("rust-{name}"))
            .with("src/main.rs", "mod other; mod hostile; fn main() {}\n")
            .with("src/hostile.rs", code)
            .problem("src/hostile.rs:1", "more than");
    }
}

#[test]
fn rust_that_is_long() {
    for (name, before, again, after, times) in [
        ("methods", "fn f() { c", ".m()", "; }", 50_000),
        ("methods-short", "fn f() { c", ".m()", "; }", 20_000),
        ("sum", "const A: u64 = 1", " + 1", ";", DEEP),
        ("sum-short", "const A: u64 = 1", " + 1", ";", 45_000),
        ("questions", "fn f() { c", "?", "; }", DEEP - 10),
        ("calls", "fn f() { c", "()", "; }", DEEP - 10),
    ] {
        Tree::new(&format!("rust-long-{name}"))
            .with(
                "src/hostile.rs",
                nested(before, again, "", "", after, times),
            )
            .problem("src/hostile.rs:1", "more than");
    }
    // At the limits, the parser and all that comes after it have stack enough.
    for (name, before, open, inner, close, after, times) in [
        ("brackets", "fn f() { ", "(", "1", ")", "; }", 490),
        ("closures", "fn f() { ", "|a| { ", "1", "}", "; }", 490),
        (
            "modules",
            "",
            "pub mod a { pub use super::*; ",
            "",
            "}",
            "",
            490,
        ),
        ("macros", "fn f() { ", "m!{ x => ", "1", "}", "; }", 490),
        ("generics", "fn f(x: ", "Vec<", "u8", ">", ") {}", 980),
        ("mixed", "fn f() { ", "(-!", "1", ")", "; }", 480),
        ("references", "type A = ", "&'a mut ", "u8", "", ";", 980),
        ("returns", "fn f() { ", "return ", "1", "", "; }", 980),
    ] {
        let tree = Tree::new(&format!("rust-at-limit-{name}"));
        tree.with(
            "src/hostile.rs",
            nested(before, open, inner, close, after, times),
        )
        .check();
    }
}

#[test]
fn sql() {
    let (file, head) = ("migrations/2.sql", "CREATE TABLE a (id INT DEFAULT ");
    for (name, text) in [
        ("parentheses", nested(head, "(", "1", ")", ");\n", DEEP)),
        ("sum", nested(head, "1 + ", "1", "", ");\n", DEEP)),
        (
            "cases",
            nested(head, "CASE WHEN a THEN ", "1", " END", ");\n", DEEP),
        ),
        (
            "types",
            nested("CREATE TABLE a (a ", "ARRAY<", "INT", ">", ");\n", DEEP),
        ),
        (
            "unions",
            nested(
                "CREATE TABLE a AS SELECT 1",
                " UNION SELECT 1",
                "",
                "",
                ";\n",
                DEEP,
            ),
        ),
    ] {
        let ok = "CREATE TABLE ok (id INT PRIMARY KEY);\n";
        Tree::new(&format!("sql-{name}"))
            .with("migrations/1.sql", ok)
            .with(file, text)
            .problem(&format!("{file}:1"), "SQL that cannot be read");
    }
    for (name, text) in [
        (
            "code-or",
            nested("DELETE FROM a WHERE a = 1", " OR a = 1", "", "", "", DEEP),
        ),
        (
            "code-parentheses",
            nested("SELECT ", "(", "1", ")", "", DEEP),
        ),
        (
            "code-unions",
            nested("SELECT 1", " UNION SELECT 1", "", "", "", DEEP),
        ),
    ] {
        let code = format!(
            "async fn f(p: sqlx::PgPool) {{ sqlx::query(\"{text}\").execute(&p).await; }}\n"
        );
        Tree::new(&format!("sql-{name}"))
            .with("src/hostile.rs", code)
            .problem("src/hostile.rs:1", "SQL that cannot be read");
    }
}
