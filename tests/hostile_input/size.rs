//! A great deal of everything.

use super::ran::Tree;
use std::fmt::Write;

/// So many lines, each made of its number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|index| line(index) + "\n").collect()
}

#[test]
fn twenty_thousand_files() {
    let tree = Tree::new("files-20000");
    for directory in 0..200 {
        let path = tree.0.join(format!("d{directory}"));
        std::fs::create_dir(&path).expect("a directory");
        for file in 0..100 {
            std::fs::write(path.join(format!("f{file}.rs")), "pub fn f() {}\n").expect("a file");
        }
    }
    tree.whole();
}

#[test]
fn lines_of_twenty_and_fifty_megabytes() {
    let long = "a".repeat(20_000_000);
    Tree::new("line-rust")
        .with("src/a.rs", format!("const A: &str = \"{long}\";"))
        .whole();
    Tree::new("line-yaml")
        .with(
            "openapi.yaml",
            format!("openapi: 3.0.0\npaths: {{}}\nx-a: \"{long}\"\n"),
        )
        .whole();
    Tree::new("line-compose")
        .with(
            "compose.yaml",
            format!("services:\n  a: {{image: \"{long}\"}}\n"),
        )
        .whole();
    let numbers = "1,".repeat(1_000_000);
    Tree::new("line-json")
        .with(
            "openapi.json",
            format!("{{\"openapi\": \"3.0.0\", \"paths\": {{}}, \"x-a\": [{numbers}1]}}"),
        )
        .whole();
    Tree::new("line-sql")
        .with(
            "a.sql",
            format!("INSERT INTO a VALUES {}(1);", "(1),".repeat(1_000_000)),
        )
        .whole();
    Tree::new("line-beside")
        .with(
            "compose.yaml",
            "services: {a: {image: x, volumes: ['./c.conf:/c.conf']}}\n",
        )
        .with("c.conf", "http://b ".repeat(50_000))
        .whole();
    // Longer than a file may be.
    Tree::new("line-50")
        .with(
            "src/a.rs",
            format!("const A: &str = \"{}\";", "a".repeat(50_000_000)),
        )
        .problem("src/a.rs", "larger than 32 MiB");
    Tree::new("rust-tokens")
        .with(
            "src/a.rs",
            format!("fn f() {{ {} }}", "a();".repeat(600_000)),
        )
        .problem("src/a.rs:1", "more than 2000000 tokens");
}

#[test]
fn wide_descriptions() {
    let services = lines(5_000, |index| {
        format!(
            "  s{index}: {{build: ./s{index}, depends_on: [s{}], environment: {{U: 'http://s{}:80'}}}}",
            (index + 1) % 5_000,
            (index + 7) % 5_000
        )
    });
    Tree::new("services-5000")
        .with("compose.yaml", format!("services:\n{services}"))
        .check();
    let operations = lines(10_000, |index| {
        format!(
            "  /a{index}: {{post: {{operationId: op{index}, responses: {{'200': {{description: ok}}}}}}}}"
        )
    });
    Tree::new("operations-10000")
        .with(
            "openapi.yaml",
            format!("openapi: 3.0.0\npaths:\n{operations}"),
        )
        .whole();
    let owners = lines(100_000, |index| format!("/d{index}/*.rs @a{index}"));
    Tree::new("owners-100000")
        .with("CODEOWNERS", owners)
        .problem("CODEOWNERS:10001", "more than 10000 rules");
    let long = format!("{} @a\n{} @b\n", "**/".repeat(2_000), "{a,".repeat(100_000));
    Tree::new("owners-long")
        .with("CODEOWNERS", long)
        .problem("CODEOWNERS:1", "longer than 4000 bytes");
}

#[test]
fn much_code() {
    let main = "mod other; mod hostile; fn main() {}\n";
    let of = |name: &str, code: String| {
        Tree::new(name)
            .with("src/main.rs", main)
            .with("src/hostile.rs", code)
    };
    of(
        "functions-20000",
        lines(20_000, |index| {
            format!("pub fn f{index}(a: u8) -> u8 {{ g{index}(a) }}")
        }),
    )
    .whole();
    let circle = lines(5_000, |index| {
        format!(
            "pub async fn f{index}() {{ f{}().await; }}",
            (index + 1) % 5_000
        )
    });
    let call = "async fn g() { reqwest::get(\"https://a.example\").await; f0().await }\n";
    of(
        "circle-5000",
        circle.replacen(
            "f1().await",
            "f1().await; reqwest::get(\"https://b.example\").await",
            1,
        ) + call,
    )
    .whole();
    let calling = lines(1_000, |index| {
        format!(
            "pub async fn f{index}() {{ reqwest::get(\"https://a.example\").await; f{}().await; }}",
            (index + 1) % 1_000
        )
    });
    of("circle-1000-calls", calling).whole();
    of("types-3000", lines(3_000, |index| format!("pub struct T{index} {{ pub a: Box<T{}>, pub b: Vec<T{}> }} impl T{index} {{ pub fn f(&self) {{ self.a.f(); self.b[0].f(); self.a.b[0].a.f() }} }}", (index + 1) % 3_000, index * 7 % 3_000))).whole();
    of(
        "aliases-3000",
        lines(3_000, |index| {
            format!(
                "pub type T{index} = Vec<T{}>; pub fn g{index}(x: T{index}) {{ x.a().b(); }}",
                (index + 1) % 3_000
            )
        }),
    )
    .whole();
    let mut all = String::new();
    for from in 0..100 {
        let calls = lines(100, |to| format!("f{to}().await;"));
        write!(
            all,
            "pub async fn f{from}() {{ reqwest::get(\"https://a.example\").await; {calls} }}"
        )
        .expect("text");
    }
    of("all-call-all-100", all).whole();
}

#[test]
fn tables_of_routes() {
    let rows = lines(500, |index| format!("(\"/r{index}\", get(h)),"));
    let loops = lines(20_000, |_| {
        "for (path, handler) in table.iter() { router = router.route(path, handler); }".to_owned()
    });
    let code = format!(
        "use axum::{{Router, routing::get}};\nasync fn h() {{}}\npub fn routes() {{ let mut router = Router::new(); let table = [{rows}];\n{loops} serve(router); }}\n"
    );
    Tree::new("loops-20000-over-routes-500")
        .with(
            "src/main.rs",
            "mod other; mod hostile; fn main() { hostile::routes(); }\n",
        )
        .with("src/hostile.rs", code)
        .whole();
}
