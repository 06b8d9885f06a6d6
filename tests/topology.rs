//! The picture of small systems: which components there are, and what they do with each other.

mod common;

use common::system;

const CODE: &str = "use sqlx::PgPool;
struct App { db: PgPool }
impl App { async fn all(&self) { let _ = sqlx::query(\"SELECT 1\").fetch_all(&self.db).await; } }
fn main() {}
";
const MANIFEST: &str = "[package]\nname = \"shop\"\n[dependencies]\nsqlx = \"0.8\"\n";

/// `from -kind-> to`, sorted.
fn relations(files: &[(&str, &str)]) -> Vec<String> {
    let analysis = system(files);
    assert_eq!(analysis.problems, []);
    let shown = analysis
        .system
        .relations
        .iter()
        .map(|r| format!("{} -{}-> {}", r.from, r.kind.name(), r.to));
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

#[test]
fn code_without_compose_shows_its_database() {
    assert_eq!(
        relations(&[("Cargo.toml", MANIFEST), ("src/main.rs", CODE)]),
        ["shop -reads-writes-> postgres"]
    );
}

#[test]
fn an_address_in_compose_names_the_database_of_the_code() {
    let compose = "services:\n  shop:\n    build: .\n    environment: {DATABASE_URL: 'postgres://u@db:5432/x'}\n  db: {image: postgres:16}\n";
    let files = [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", CODE),
        ("compose.yaml", compose),
    ];
    assert_eq!(relations(&files), ["shop -reads-writes-> db"]);
}

#[test]
fn the_code_says_which_way_messages_go() {
    let code = "use rdkafka::consumer::StreamConsumer;
async fn run(consumer: StreamConsumer) { loop { let _ = consumer.recv().await; } }
fn main() {}
";
    let compose = "services:\n  shop:\n    build: .\n    environment: {BROKERS: 'kafka:9092'}\n  other:\n    image: registry.example/other\n    environment: {BROKERS: 'kafka:9092'}\n  kafka: {image: apache/kafka}\n";
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\n[dependencies]\nrdkafka = \"0.36\"\n",
        ),
        ("src/main.rs", code),
        ("compose.yaml", compose),
    ];
    assert_eq!(
        relations(&files),
        ["other -consumes-> kafka", "shop -consumes-> kafka"]
    );
    let analysis = system(&files);
    let certain: Vec<_> = analysis
        .system
        .relations
        .iter()
        .map(|r| (r.from.as_str(), r.certain))
        .collect();
    assert_eq!(
        certain,
        [("other", false), ("shop", true)],
        "an address alone does not say which way"
    );
    assert_eq!(
        analysis
            .system
            .component("shop")
            .expect("a component")
            .kind
            .name(),
        "worker"
    );
}

#[test]
fn a_gateway_calls_what_carries_its_labels() {
    let compose = "services:\n  edge: {image: 'traefik:v3'}\n  shop:\n    image: registry.example/shop\n    labels: ['traefik.enable=true']\n  hidden:\n    image: registry.example/hidden\n    labels: ['team=x']\n";
    assert_eq!(
        relations(&[("compose.yaml", compose)]),
        ["edge -calls-> shop"]
    );
}

#[test]
fn alternatives_are_systems_of_their_own_and_overlays_are_not() {
    let base = "services:\n  shop: {image: registry.example/shop, depends_on: [db]}\n  db: {image: postgres}\n";
    let alternative = "services:\n  shop: {image: registry.example/shop, depends_on: [db]}\n  db: {image: mysql}\n";
    let overlay =
        "services:\n  shop: {environment: {CACHE_HOST: cache}}\n  cache: {image: redis}\n";
    let files = [
        ("compose.yaml", base),
        ("compose.mysql.yaml", alternative),
        ("compose.extra.yaml", overlay),
    ];
    assert_eq!(
        relations(&files),
        [
            "compose.mysql/shop -depends-> compose.mysql/db",
            "shop -depends-> db",
            "shop -reads-writes-> cache",
        ]
    );
}

#[test]
fn topics_have_those_who_send_to_them_and_take_from_them() {
    let code = "use rdkafka::{consumer::{Consumer, StreamConsumer}, producer::{FutureProducer, FutureRecord}};
const ORDERS: &str = \"orders.placed\";
async fn run(consumer: StreamConsumer, producer: FutureProducer) {
    consumer.subscribe(&[ORDERS]).unwrap();
    loop {
        let _ = consumer.recv().await;
        let _ = producer.send(FutureRecord::to(\"parcels\").payload(\"\"), T).await;
    }
}
fn main() {}
";
    let compose = "services:\n  shop: {build: ., environment: {BROKERS: 'kafka:9092'}}\n  kafka: {image: apache/kafka}\n";
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\n[dependencies]\nrdkafka = \"0.36\"\n",
        ),
        ("src/main.rs", code),
        ("compose.yaml", compose),
    ];
    assert_eq!(
        relations(&files),
        [
            "shop -consumes-> kafka",
            "shop -consumes-> orders.placed",
            "shop -publishes-> kafka",
            "shop -publishes-> parcels",
        ]
    );
}

#[test]
fn each_program_of_a_package_is_one() {
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nsqlx = \"0.8\"\nreqwest = \"0.12\"\n[[bin]]\nname = \"api\"\npath = \"src/api.rs\"\n[[bin]]\nname = \"sync\"\npath = \"src/sync.rs\"\n";
    let library = "pub async fn prices() { let _ = reqwest::get(\"https://prices.example.com/all\").await; }\n";
    let api = "use sqlx::PgPool;\nstruct App { db: PgPool }\nimpl App { async fn all(&self) { let _ = sqlx::query(\"SELECT 1\").fetch_all(&self.db).await; } }\nfn main() {}\n";
    let sync = "async fn main() { shop::prices().await; }\n";
    let code = [
        ("Cargo.toml", manifest),
        ("src/lib.rs", library),
        ("src/api.rs", api),
        ("src/sync.rs", sync),
    ];
    assert_eq!(
        relations(&code),
        [
            "api -reads-writes-> postgres",
            "sync -calls-> prices.example.com"
        ]
    );
    let compose = "services:\n  nightly:\n    build: .\n    command: [/app/sync]\n  web:\n    build: .\n    image: registry.example/shop/api\n    environment: {DATABASE_URL: 'postgres://db/x'}\n  db: {image: postgres}\n";
    let mut files = code.to_vec();
    files.push(("compose.yaml", compose));
    assert_eq!(
        relations(&files),
        [
            "nightly -calls-> prices.example.com",
            "web -reads-writes-> db"
        ]
    );
}

#[test]
fn a_variable_named_after_a_program_is_that_program() {
    let caller = "async fn main() { let url = std::env::var(\"STOCK_URL\").unwrap(); let _ = reqwest::get(format!(\"{url}/items\")).await; }\n";
    let stock = "use axum::{Router, routing::get};\nasync fn items() {}\nasync fn main() { let _r: Router = Router::new().route(\"/items\", get(items)); }\n";
    let files = [
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"orders\", \"stock-service\"]\n",
        ),
        (
            "orders/Cargo.toml",
            "[package]\nname = \"orders\"\n[dependencies]\nreqwest = \"0.12\"\n",
        ),
        ("orders/src/main.rs", caller),
        (
            "stock-service/Cargo.toml",
            "[package]\nname = \"stock-service\"\n[dependencies]\naxum = \"0.8\"\n",
        ),
        ("stock-service/src/main.rs", stock),
    ];
    assert_eq!(relations(&files), ["orders -calls-> stock-service"]);
}

#[test]
fn pictures_show_a_part_where_that_is_asked_for() {
    use seaworthy::diagram::{Graph, View};
    let compose = "services:\n  web:\n    image: registry.example/web\n    environment: {API_URL: 'http://api:80'}\n  api:\n    image: registry.example/api\n    environment: {DATABASE_URL: 'postgres://db/x'}\n  db: {image: postgres}\n";
    let analysis = system(&[("compose.yaml", compose)]);
    let names = |graph: Graph<'_>| -> Vec<String> {
        let nodes = graph.groups.iter().flat_map(|group| &group.nodes);
        nodes
            .map(|node| graph.graph[*node].id.to_string())
            .collect()
    };
    let whole = || Graph::new(&analysis.system);
    assert_eq!(names(whole()), ["api", "db", "web"]);
    assert_eq!(names(whole().seen(View::Calls)), ["api", "web"]);
    assert_eq!(names(whole().seen(View::Data)), ["api", "db"]);
    let near = |name: &str, depth| whole().near(&[name.to_owned()], depth).map(names);
    assert_eq!(near("db", 1), Ok(vec!["api".to_owned(), "db".to_owned()]));
    assert_eq!(near("db", 2).map(|found| found.len()), Ok(3));
    assert_eq!(near("orders", 1), Err("orders".to_owned()));
}
