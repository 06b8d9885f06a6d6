//! References that multiply, and references that lead elsewhere or in circles.

use super::ran::Tree;

/// Lists of lists: nine times as much with every line.
fn lists() -> String {
    let mut text = "x0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for index in 1..30 {
        let items = vec![format!("*a{}", index - 1); 9].join(", ");
        text.push_str(&format!("x{index}: &a{index} [{items}]\n"));
    }
    text
}

/// The same with mappings that merge each other.
fn merges() -> String {
    let mut text = "x0: &m0 {k0: 1}\n".to_owned();
    for index in 1..60 {
        let before = format!("*m{}", index - 1);
        let items = vec![before.clone(); 9].join(", ");
        text.push_str(&format!(
            "x{index}: &m{index}\n  <<: [{items}]\n  k{index}: {before}\n"
        ));
    }
    text
}

#[test]
fn aliases_and_merge_keys() {
    let keys = [
        "environment",
        "labels",
        "command",
        "ports",
        "volumes",
        "depends_on",
        "networks",
        "healthcheck",
        "deploy",
    ];
    let all = |alias: &str| keys.map(|key| format!("    {key}: {alias}\n")).concat();
    let service = |alias: &str| format!("services:\n  a:\n    image: x\n{}", all(alias));
    Tree::new("compose-aliases")
        .with("compose.yaml", lists() + &service("*a29"))
        .check();
    Tree::new("compose-merges")
        .with(
            "compose.yaml",
            merges() + &service("*m59") + "    <<: *m59\n",
        )
        .check();
    let operation = |alias: &str| {
        format!(
            "openapi: 3.0.0\npaths:\n  /a:\n    post:\n      tags: {alias}\n      x-a: {alias}\n      parameters: {alias}\n      requestBody: {{content: {{a/b: {{schema: {{allOf: {alias}}}, example: {alias}}}}}}}\n      responses: {{}}\n"
        )
    };
    Tree::new("openapi-aliases")
        .with("openapi.yaml", lists() + &operation("*a29"))
        .problem("openapi.yaml:", "a");
    Tree::new("openapi-merges")
        .with(
            "openapi.yaml",
            merges() + &operation("*m59") + "      <<: *m59\n",
        )
        .problem("openapi.yaml:", "not a valid operation");
    let mut schemas = "x0: &a0 {type: object}\n".to_owned();
    for index in 1..60 {
        let before = format!("*a{}", index - 1);
        schemas.push_str(&format!("x{index}: &a{index} {{allOf: [{before}, {before}], properties: {{a: {before}, b: {before}}}}}\n"));
    }
    let schema = "openapi: 3.0.0\npaths: {/a: {post: {requestBody: {content: {a/b: {schema: *a59}}}, responses: {}}}}\n";
    Tree::new("openapi-schemas")
        .with("openapi.yaml", schemas + schema)
        .check();
}

#[test]
fn configuration() {
    let nested: String = (1..60)
        .map(|index| {
            format!(
                ", &b{index} [{0}, {0}, {0}, {0}]",
                format!("*b{}", index - 1)
            )
        })
        .collect();
    for (name, text) in [
        ("config-lists", lists() + "rules: *a29\n"),
        ("config-merges", merges() + "rules: *m59\n"),
        (
            "config-values",
            format!("compose: [&b0 [a.yaml]{nested}]\n"),
        ),
        (
            "config-deep",
            format!("rules: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        ),
        ("config-large", format!("# {}\n", "a".repeat(2_000_000))),
    ] {
        let ran = Tree::new(name).with("seaworthy.yaml", text).run(&["check"]);
        assert_eq!(ran.status, Some(2), "{}", ran.said());
        assert!(ran.err.contains("seaworthy.yaml"), "{}", ran.said());
    }
}

#[test]
fn variables_that_double() {
    let doubled = |line: &dyn Fn(usize) -> String| -> String { (1..60).map(line).collect() };
    let env = "A0=xx\n".to_owned() + &doubled(&|index| format!("A{index}=$A{0}$A{0}\n", index - 1));
    let compose =
        "services: {a: {image: $A59, build: ., env_file: .env, environment: {X: $A59}}}\n";
    let arguments = "ARG A0=x\n".to_owned()
        + &doubled(&|index| format!("ARG A{index}=$A{0}$A{0}\n", index - 1));
    Tree::new("variables-doubling")
        .with("compose.yaml", compose)
        .with(".env", env)
        .with("Dockerfile", arguments + "FROM $A59\nCOPY $A59 .\n")
        .whole();
    let stages: String = (1..5_000)
        .map(|index| format!("FROM s{0} AS s{index}\nCOPY --from=s{0} a b\n", index - 1))
        .collect();
    Tree::new("docker-stages")
        .with("compose.yaml", "services: {a: {build: .}}\n")
        .with(
            "Dockerfile",
            format!("FROM b AS a\nFROM a AS b\nCOPY --from=b a b\nFROM x AS s0\n{stages}"),
        )
        .whole();
}

#[test]
fn macros_types_and_modules_that_multiply() {
    let macros: String = (0..30)
        .map(|index| {
            format!(
                "macro_rules! m{index} {{ () => {{ {} }} }}\n",
                format!("m{}!(); ", index + 1).repeat(8)
            )
        })
        .collect();
    let types: String = (0..60)
        .map(|index| format!("type T{index} = (T{0}, T{0});\n", index + 1))
        .collect();
    let modules: String = (0..300)
        .map(|index| {
            format!(
                "pub mod n{index} {{ pub use super::n{}::*; pub use super::n{}::*; }}\n",
                (index + 1) % 300,
                (index + 7) % 300
            )
        })
        .collect();
    Tree::new("rust-multiplying")
        .with("src/main.rs", format!("mod other;\n{macros}{types}{modules}fn main() {{ m0!(); n0::x(); }} fn f(x: T0) {{ x.0.0.m() }}\n"))
        .whole();
}

#[test]
fn references_in_circles_over_files() {
    let tree = Tree::new("references-in-circles")
        .with("openapi.yaml", "openapi: 3.0.0\npaths:\n  /a: {$ref: 'b.yaml#/a'}\n  /b: {post: {responses: {}, requestBody: {$ref: 'b.yaml#/r'}}}\n")
        .with("b.yaml", "a: {$ref: 'c.yaml#/a'}\nr: {$ref: 'c.yaml#/r'}\n")
        .with("c.yaml", "a: {$ref: 'b.yaml#/a'}\nr: {$ref: 'b.yaml#/r'}\n");
    tree.problem("openapi.yaml:3", "goes round in a circle");
    tree.problem("openapi.yaml:4", "goes round in a circle");
    let mut chain = Tree::new("references-in-a-chain").with(
        "openapi.yaml",
        "openapi: 3.0.0\npaths:\n  /a: {$ref: 'p0.yaml#/a'}\n",
    );
    for index in 0..1_000 {
        chain = chain.with(
            &format!("p{index}.yaml"),
            format!("a: {{$ref: 'p{}.yaml#/a'}}\n", index + 1),
        );
    }
    chain.problem("openapi.yaml:3", "p0.yaml#/a");
}

#[test]
fn code_that_names_files_elsewhere() {
    let code = "#[path = \"/etc/passwd\"] mod p; #[path = \"../../../../../../../../etc/passwd\"] mod q; #[path = \"a.rs\"] mod me;\ninclude!(\"/dev/zero\"); include!(\"a.rs\"); const A: &str = include_str!(\"/etc/passwd\");\nasync fn f(p: sqlx::PgPool) { sqlx::query_file!(\"/etc/passwd\").execute(&p).await; sqlx::query_file!(\"../../../../../../../etc/passwd\").execute(&p).await; sqlx::query_file!(\"/dev/zero\").execute(&p).await; sqlx::query(include_str!(\"../../../../../../../etc/passwd\")).execute(&p).await; }\n";
    let package = |name: &str, other: &str| {
        format!(
            "[package]\nname = '{name}'\n[dependencies]\n{other} = {{path = '../{other}'}}\n{name} = {{path = '.'}}\nx = {{path = '/etc'}}\ny = {{path = '../../../../../../../../etc'}}\n[lib]\npath = '/etc/passwd'\n[[bin]]\nname = 'z'\npath = '../../../../../../../../etc/passwd'\n"
        )
    };
    let ran = Tree::new("code-elsewhere")
        .with("a/Cargo.toml", package("a", "b"))
        .with("b/Cargo.toml", package("b", "a"))
        .with("a/src/lib.rs", "mod a;\n")
        .with("a/src/a.rs", code)
        .with("b/src/lib.rs", "pub fn b() { a::a() }\n")
        .check();
    assert!(!ran.out.contains("root:"), "{}", ran.said());
}

#[test]
#[cfg(unix)]
fn compose_files_that_name_files_elsewhere() {
    let compose = "include: [/etc/passwd, ../../../../../../../../etc/passwd, /dev/zero, pipe, zero, compose.yaml]
services:
  a: {image: x, env_file: [/etc/passwd, ../../../../../../../../etc/passwd, /dev/zero, pipe, zero, etc/passwd], volumes: ['/etc:/x', '../../../../../../../../etc:/y', './pipe:/z', './zero:/w', './etc:/v', '/dev/zero:/q']}
  b: {extends: {file: /etc/passwd, service: a}}
  c: {extends: {file: pipe, service: a}}
  d: {extends: {file: ../../../../../../../../etc/passwd, service: a}}
  f: {extends: {file: compose.yaml, service: g}}
  g: {extends: f}
  h: {build: {context: /etc}}
  i: {build: {context: ../../../../../../../../etc, dockerfile: passwd}}
  j: {build: {context: ., dockerfile: pipe}}
  k: {build: {context: zero}}
  l: {build: {context: ., dockerfile: zero}}
  m: {build: etc}
configs: {x: {file: /etc/passwd}, y: {file: pipe}}
secrets: {x: {file: /etc/shadow}, y: {file: zero}}
";
    let tree = Tree::new("compose-elsewhere").with("compose.yaml", compose);
    super::disk::pipe(&tree.0.join("pipe"));
    std::os::unix::fs::symlink("/dev/zero", tree.0.join("zero")).expect("a link");
    std::os::unix::fs::symlink("/etc", tree.0.join("etc")).expect("a link");
    for (line, message) in [
        (
            1,
            "includes `../../../../../../../../etc/passwd`, which is not there",
        ),
        (1, "includes `pipe`, which is not there"),
        (4, "of /etc/passwd, which is not there"),
        (5, "of pipe, which is not there"),
        (6, "etc/passwd, which is not there"),
        (7, "goes on from itself"),
    ] {
        tree.problem(&format!("compose.yaml:{line}"), message);
    }
    assert!(
        !tree
            .run(&["audit", "--format", "json"])
            .out
            .contains("root:x")
    );
}
