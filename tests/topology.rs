//! The picture of small systems: which components there are, and what they do with each other.

mod common;

use common::{manifest, settled, system};
use seaworthy::model::ComponentKind;

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
        ["shop -reads-> postgres"]
    );
}

#[test]
fn a_database_in_the_process_is_of_one_program_and_counts_where_no_other_is() {
    let manifest = |name: &str, features: &str| {
        format!(
            "[package]\nname = \"{name}\"\n[dependencies]\nsqlx = {{version = \"0.8\", features = [{features}]}}\n"
        )
    };
    let code = "use sqlx::{Any, Pool};
struct App { db: Pool<Any> }
impl App { async fn drop(&self) { let _ = sqlx::query(\"DELETE FROM a\").execute(&self.db).await; } }
fn main() {}
";
    let lite = "\"sqlite\"";
    let files = [
        ("one/Cargo.toml", &*manifest("one", lite)),
        ("one/src/main.rs", code),
        ("two/Cargo.toml", &*manifest("two", lite)),
        ("two/src/main.rs", code),
        (
            "both/Cargo.toml",
            &*manifest("both", "\"postgres\", \"sqlite\""),
        ),
        ("both/src/main.rs", code),
    ];
    assert_eq!(
        relations(&files),
        [
            "both -writes-> postgres",
            "one -writes-> sqlite",
            "two -writes-> two/sqlite"
        ]
    );
    // Whatever the product is.
    let files = [
        ("Cargo.toml", &*manifest("open", "\"any\"")),
        ("src/main.rs", code),
    ];
    assert_eq!(relations(&files), ["open -writes-> database"]);
}

#[test]
fn an_address_in_compose_names_the_database_of_the_code() {
    let compose = "services:\n  shop:\n    build: .\n    environment: {DATABASE_URL: 'postgres://u@db:5432/x'}\n  db: {image: postgres:16}\n";
    let files = [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", CODE),
        ("compose.yaml", compose),
    ];
    assert_eq!(relations(&files), ["shop -reads-> db"]);
}

#[test]
fn what_stores_objects_and_sends_mail_reaches_the_only_service_that_takes_them() {
    let manifest =
        "[package]\nname = \"shop\"\n[dependencies]\naws-sdk-s3 = \"1\"\nlettre = \"0.11\"\n";
    let code = "async fn keep(s3: aws_sdk_s3::Client) { s3.put_object().bucket(\"b\").key(\"k\").send().await.unwrap(); }
async fn tell(mailer: lettre::AsyncSmtpTransport<lettre::Tokio1Executor>, mail: lettre::Message) { mailer.send(mail).await.unwrap(); }
async fn main() { keep(s3).await; tell(mailer, mail).await; }
";
    let compose = "services:\n  files: {image: minio/minio}\n  mail: {image: maildev/maildev}\n";
    let two = "services:\n  files: {image: minio/minio}\n  more: {image: minio/minio}\n";
    let with = |compose| {
        relations(&[
            ("Cargo.toml", manifest),
            ("src/main.rs", code),
            ("compose.yaml", compose),
        ])
    };
    assert_eq!(
        with(compose),
        ["shop -calls-> mail", "shop -writes-> files"]
    );
    // Of several nobody knows which, and what is not there is outside.
    assert_eq!(with(two), ["shop -calls-> smtp"]);
    assert_eq!(
        relations(&[("Cargo.toml", manifest), ("src/main.rs", code)]),
        ["shop -calls-> smtp", "shop -writes-> s3"]
    );
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
fn each_broker_has_the_calls_of_its_own_library() {
    let code = "use rdkafka::producer::FutureProducer;
struct App { out: FutureProducer }
impl App { async fn tell(&self) { let _ = self.out.send(rdkafka::producer::FutureRecord::<(), str>::to(\"done\"), std::time::Duration::ZERO).await; } }
async fn take(channel: lapin::Channel) { let _ = channel.basic_consume(\"work\", \"me\", Default::default(), Default::default()).await; }
#[tokio::main]
async fn main() { take(todo!()).await; App { out: todo!() }.tell().await; }
";
    let compose = "services:\n  shop:\n    build: .\n    environment: {BROKERS: 'kafka:9092', AMQP: 'amqp://rabbit'}\n  kafka: {image: apache/kafka}\n  rabbit: {image: rabbitmq}\n";
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nrdkafka = \"0.36\"\nlapin = \"2\"\ntokio = \"1\"\n";
    let files = [
        ("Cargo.toml", manifest),
        ("src/main.rs", code),
        ("compose.yaml", compose),
    ];
    assert_eq!(
        relations(&files),
        [
            "shop -consumes-> rabbit",
            "shop -consumes-> work",
            "shop -publishes-> done",
            "shop -publishes-> kafka"
        ]
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
fn what_a_file_includes_is_no_part_of_its_alternative() {
    let base = "services:\n  shop: {image: registry.example/shop, depends_on: [db]}\n  db: {image: postgres}\n";
    let alternative = "services:\n  shop: {image: registry.example/shop, depends_on: [db]}\n  db: {image: mysql}\n";
    let around = "include: [compose.yaml]\nservices:\n  tunnel: {image: registry.example/tunnel, depends_on: [shop]}\n";
    let files = [
        ("compose.yaml", base),
        ("compose.all.yaml", alternative),
        ("compose.extra.yaml", around),
    ];
    assert_eq!(
        relations(&files),
        [
            "compose.extra/shop -depends-> compose.extra/db",
            "shop -depends-> db",
            "tunnel -depends-> compose.extra/shop"
        ]
    );
}

#[test]
fn what_several_projects_include_is_one() {
    let shared = "services:\n  db: {image: postgres}\n";
    let orders = "include: [{path: [../shared/db.yaml]}]\nservices:\n  orders: {image: registry.example/orders, depends_on: [db]}\n";
    let stock = "include: [../shared/db.yaml]\nservices:\n  stock: {image: registry.example/stock, depends_on: [db]}\n";
    // One that changes what it includes has one of its own.
    let mail = "include: [../shared/db.yaml]\nservices:\n  mail: {image: registry.example/mail, depends_on: [db]}\n  db: {ports: ['5433:5432']}\n";
    let files = [
        ("shared/db.yaml", shared),
        ("orders/compose.yaml", orders),
        ("stock/compose.yaml", stock),
    ];
    assert_eq!(
        relations(&files),
        ["orders -depends-> db", "stock -depends-> db"]
    );
    let files = [
        ("shared/db.yaml", shared),
        ("orders/compose.yaml", orders),
        ("mail/compose.yaml", mail),
    ];
    assert_eq!(
        relations(&files),
        ["mail -depends-> mail/db", "orders -depends-> orders/db"]
    );
    // What it includes in turn is one too; what its variables say may be something else in each.
    let files = [
        ("shared/db.yaml", shared),
        ("shared/docker-compose.all.yaml", "include: [db.yaml]\n"),
        (
            "orders/compose.yaml",
            &orders.replace("db.yaml", "docker-compose.all.yaml"),
        ),
        (
            "stock/compose.yaml",
            &stock.replace("db.yaml", "docker-compose.all.yaml"),
        ),
    ];
    assert_eq!(
        relations(&files),
        ["orders -depends-> db", "stock -depends-> db"]
    );
    let files = [
        (
            "shared/db.yaml",
            "services:\n  db: {image: '${DB_IMAGE:-postgres}'}\n",
        ),
        ("orders/compose.yaml", orders),
        ("stock/compose.yaml", stock),
    ];
    assert_eq!(
        relations(&files),
        ["orders -depends-> orders/db", "stock -depends-> stock/db"]
    );
}

#[test]
fn a_host_with_a_path_that_is_not_known_is_drawn() {
    let code = "struct Stripe { http: reqwest::Client }\nimpl Stripe { async fn get(&self, path: &str) { self.http.get(format!(\"https://api.stripe.com{path}\")).send().await.unwrap(); } }\nasync fn main() { Stripe { http: reqwest::Client::new() }.get(&path()).await; }\n";
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\n";
    let files = [("Cargo.toml", manifest), ("src/main.rs", code)];
    assert_eq!(relations(&files), ["shop -calls-> stripe"]);
}

#[test]
fn what_tests_and_developers_run_beside_the_system_is_not_drawn_twice() {
    let manifest = "[package]\nname = \"orders\"\n[dependencies]\nsqlx = {version = \"0.8\", features = [\"postgres\"]}\n";
    let code = "async fn main() { sqlx::query(\"DELETE FROM orders\").execute(&pool).await; }\n";
    let serious = "services:\n  shop: {image: 'registry.example/team/x:1', environment: {DATABASE_URL: 'postgres://db/shop'}}\n  db: {image: postgres}\n  stock: {image: registry.example/stock}\n";
    let developed = "services:\n  shop: {build: ., environment: {CACHE_HOST: cache, STOCK_URL: 'http://stock:80'}}\n  db: {image: postgres}\n  cache: {image: redis}\n";
    let tests = "services:\n  stub: {image: wiremock/wiremock}\n";
    let files = [
        ("Cargo.toml", manifest),
        ("src/main.rs", code),
        ("compose.yaml", serious),
        ("compose.dev.yaml", developed),
        ("e2e-tests/compose.yaml", tests),
    ];
    // The address of the stock is where nobody sees it, but for developers.
    assert_eq!(
        relations(&files),
        ["shop -calls-> stock", "shop -writes-> db"]
    );
    let analysis = system(&files);
    let shop = analysis.system.component("shop").unwrap();
    // What is fetched there is built here.
    assert_eq!(shop.package.as_deref(), Some("orders"));
    assert!(analysis.system.component("stub").is_none());
    // A service that generates something is one.
    let reports = [
        ("Cargo.toml", manifest),
        ("src/main.rs", code),
        ("generate/compose.yaml", tests),
    ];
    assert!(system(&reports).system.component("stub").is_some());
    // What is there alone is the system.
    assert_eq!(
        relations(&[("docker/compose.dev.yaml", developed)]),
        ["shop -reads-writes-> cache"]
    );
    let only = [("e2e-tests/compose.yaml", tests)];
    assert!(system(&only).system.component("stub").is_some());
    // What somebody has listed is read.
    let listed = "compose:\n  - [compose.yaml]\n  - [docker/compose.dev.yaml]\n";
    let files = [
        ("compose.yaml", serious),
        ("docker/compose.dev.yaml", developed),
    ];
    let (analysis, _) = settled(&files, listed);
    assert!(analysis.system.component("docker/shop").is_some());
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
fn topics_that_a_function_is_told_are_those_of_who_tells_it() {
    let code = "use async_nats::Client;
const PLACED: &str = \"orders.placed\";
async fn publish(client: &Client, subject: &str, body: &str) {
    client.publish(subject.to_string(), body.into()).await.unwrap();
}
async fn announce(client: &Client, subject: &str) { publish(client, subject, \"\").await; }
async fn take(client: &Client, subject: String) { let _ = client.subscribe(subject).await; }
#[tokio::main]
async fn main() {
    let client = async_nats::connect(\"nats\").await.unwrap();
    announce(&client, PLACED).await;
    publish(&client, &format!(\"orders.{}\", NAME), \"\").await;
    take(&client, \"parcels\".to_owned()).await;
}
";
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\n[dependencies]\nasync-nats = \"0.38\"\n",
        ),
        ("src/main.rs", code),
        (
            "compose.yaml",
            "services:\n  shop: {build: .}\n  nats: {image: nats}\n",
        ),
    ];
    let shown = relations(&files);
    let topics: Vec<&String> = shown.iter().filter(|one| !one.ends_with(" nats")).collect();
    assert_eq!(
        topics,
        [
            "shop -consumes-> parcels",
            "shop -publishes-> orders.placed"
        ]
    );
}

#[test]
fn an_address_that_a_function_is_told_is_that_of_who_tells_it() {
    let code = "async fn fetch(client: &reqwest::Client, url: &str) { let _ = client.get(url).send().await; }
#[tokio::main]
async fn main() {
    let client = reqwest::Client::new();
    fetch(&client, \"https://api.stripe.com/v1/charges\").await;
    fetch(&client, &format!(\"http://stock/items/{}\", number())).await;
}
";
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\n",
        ),
        ("src/main.rs", code),
        (
            "compose.yaml",
            "services:\n  shop: {build: .}\n  stock: {image: registry.example/stock}\n",
        ),
    ];
    assert_eq!(
        relations(&files),
        ["shop -calls-> stock", "shop -calls-> stripe"]
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
        ["api -reads-> postgres", "sync -calls-> prices.example.com"]
    );
    let compose = "services:\n  nightly:\n    build: .\n    command: [/app/sync]\n  web:\n    build: .\n    image: registry.example/shop/api\n    environment: {DATABASE_URL: 'postgres://db/x'}\n  db: {image: postgres}\n";
    let mut files = code.to_vec();
    files.push(("compose.yaml", compose));
    assert_eq!(
        relations(&files),
        ["nightly -calls-> prices.example.com", "web -reads-> db"]
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
    // So is the service of a project, whatever it is made of, and a constant that something else fills.
    let caller = "static STOCK_URL: LazyLock<String> = LazyLock::new(read);\nasync fn main() { let _ = reqwest::get(format!(\"{}/items\", *STOCK_URL)).await; }\n";
    let compose =
        "services:\n  orders: {build: .}\n  stock: {image: 'registry.example/team/stock:1'}\n";
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"orders\"\n[dependencies]\nreqwest = \"0.12\"\n",
        ),
        ("src/main.rs", caller),
        ("compose.yaml", compose),
    ];
    assert_eq!(relations(&files), ["orders -calls-> stock"]);
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

/// `id` of each component, and `from -kind-> to` of each relation, sorted.
fn picture(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let analysis = system(files);
    let nodes = analysis.system.components.iter().map(|one| one.id.clone());
    (nodes.collect(), relations(files))
}

#[test]
fn buckets_and_topics_of_two_systems_are_two() {
    let one = "services:\n  shop:\n    image: registry.example/shop\n    environment: {S3_ENDPOINT: 'http://store:9000', S3_BUCKET: pictures, BROKERS: 'kafka:9092', ORDERS_TOPIC: orders}\n  store: {image: minio/minio}\n  kafka: {image: apache/kafka}\n";
    let other = one.replace("ORDERS_TOPIC: orders", "ORDERS_TOPIC: returns");
    let cloud = "services:\n  lab:\n    image: registry.example/lab\n    environment: {S3_BUCKET: pictures}\n  desk:\n    image: registry.example/desk\n    environment: {S3_BUCKET: desks}\n";
    let club = "services:\n  club:\n    image: registry.example/club\n    environment: {S3_BUCKET: desks}\n";
    let (nodes, edges) = picture(&[
        ("one/compose.yaml", one),
        ("other/compose.yaml", &other),
        ("cloud/compose.yaml", cloud),
        ("club/compose.yaml", club),
    ]);
    assert_eq!(
        nodes,
        [
            "cloud/pictures",
            "club",
            "desk",
            "desks",
            "lab",
            "one/kafka",
            "one/pictures",
            "one/shop",
            "one/store",
            "orders",
            "other/kafka",
            "other/pictures",
            "other/shop",
            "other/store",
            "returns",
        ]
    );
    for edge in [
        "club -reads-writes-> desks",
        "desk -reads-writes-> desks",
        "lab -reads-writes-> cloud/pictures",
        "one/shop -reads-writes-> one/pictures",
        "other/shop -reads-writes-> other/pictures",
    ] {
        assert!(edges.contains(&edge.to_owned()), "{edge}: {edges:?}");
    }
}

#[test]
fn a_topic_in_a_file_needs_a_broker_in_its_own_system() {
    let files = |topic: &str| {
        format!(
            "services:\n  shop:\n    image: registry.example/shop\n    configs: [app]\n{topic}configs:\n  app: {{content: \"topic: orders\"}}\n"
        )
    };
    let kafka = "  kafka: {image: apache/kafka}\n";
    let (nodes, edges) = picture(&[
        ("one/compose.yaml", &files("")),
        ("two/compose.yaml", &files(kafka)),
    ]);
    assert_eq!(nodes, ["kafka", "one/shop", "orders", "two/shop"]);
    assert!(
        !edges.iter().any(|edge| edge.starts_with("one/")),
        "{edges:?}"
    );
    assert!(
        edges.iter().any(|edge| edge.ends_with("-> orders")),
        "{edges:?}"
    );
}

#[test]
fn a_service_is_no_topic_of_another_project() {
    let one = "services:\n  shop:\n    image: registry.example/shop\n    environment: {BROKERS: 'kafka:9092', ORDERS_TOPIC: orders}\n  kafka: {image: apache/kafka}\n";
    let other = "services:\n  orders: {image: registry.example/orders, depends_on: [db]}\n  db: {image: postgres}\n";
    let (nodes, edges) = picture(&[("one/compose.yaml", one), ("other/compose.yaml", other)]);
    assert_eq!(nodes, ["db", "kafka", "orders", "shop", "topic:orders"]);
    assert!(edges.contains(&"orders -depends-> db".to_owned()));
    assert!(edges.iter().any(|edge| edge.ends_with("-> topic:orders")));
}

#[test]
fn what_cannot_stand_alone_is_laid_over() {
    let base = "services:\n  shop: {image: registry.example/shop, depends_on: [db]}\n  db: {image: postgres}\n";
    let over = "services:\n  shop:\n    image: local/shop\n    build: ..\n    environment: {CACHE_HOST: cache}\n  db: {ports: ['5432:5432']}\n  cache: {image: redis}\n";
    let alternative = "services:\n  shop: {image: registry.example/shop, depends_on: [db]}\n  db: {image: mysql}\n";
    let (nodes, edges) = picture(&[
        ("x/compose.stack.yaml", base),
        ("x/compose.build.yaml", over),
        ("x/compose.mysql.yaml", alternative),
    ]);
    // The first of the two that stand alone has it.
    assert_eq!(
        nodes,
        [
            "cache",
            "x/compose.stack/db",
            "x/compose.stack/shop",
            "x/db",
            "x/shop"
        ]
    );
    assert_eq!(
        edges,
        [
            "x/compose.stack/shop -depends-> x/compose.stack/db",
            "x/shop -depends-> x/db",
            "x/shop -reads-writes-> cache",
        ]
    );
}

#[test]
fn names_reach_other_projects_through_networks_they_share() {
    let infra = "services:\n  db: {image: postgres, networks: [back]}\n  cache: {image: redis}\n  search: {image: elasticsearch, networks: {back: {aliases: [index]}}}\nnetworks:\n  back: {name: shared-back}\n";
    let shop = "services:\n  shop:\n    image: registry.example/shop\n    environment: {DATABASE_URL: 'postgres://db/x', CACHE_URL: 'redis://cache:6379', INDEX_URL: 'http://index:9200'}\n    networks: [back]\nnetworks:\n  back: {name: shared-back, external: true}\n";
    let apart = "services:\n  desk:\n    image: registry.example/desk\n    environment: {DATABASE_URL: 'postgres://db/x'}\n";
    let inside = "services:\n  lab:\n    image: registry.example/lab\n    environment: {CACHE_URL: 'redis://cache:6379'}\nnetworks:\n  default: {external: {name: infra_default}}\n";
    assert_eq!(
        relations(&[
            ("infra/compose.yaml", infra),
            ("shop/compose.yaml", shop),
            ("desk/compose.yaml", apart),
            ("lab/compose.yaml", inside),
        ]),
        [
            "lab -reads-writes-> cache",
            "shop -reads-writes-> db",
            "shop -reads-writes-> search",
        ]
    );
}

#[test]
fn a_name_that_several_share_in_a_network_means_none_of_them() {
    let infra = "services:\n  db: {image: postgres, networks: [back]}\nnetworks:\n  back: {external: true}\n";
    let shop = "services:\n  shop:\n    image: registry.example/shop\n    environment: {DATABASE_URL: 'postgres://db/x'}\n    networks: [back]\nnetworks:\n  back: {external: true}\n";
    let all = [
        ("one/compose.yaml", infra),
        ("two/compose.yaml", infra),
        ("shop/compose.yaml", shop),
    ];
    assert_eq!(relations(&all), Vec::<String>::new());
    assert_eq!(relations(&[all[0], all[2]]), ["shop -reads-writes-> db"]);
}

#[test]
fn a_port_of_the_machine_is_the_only_service_published_there() {
    let one = "services:\n  api: {image: registry.example/api, ports: ['9000:80']}\n";
    let asking = "services:\n  web:\n    image: registry.example/web\n    environment: {API_URL: 'http://host.docker.internal:9000'}\n";
    let all = [
        ("one/compose.yaml", one),
        ("web/compose.yaml", asking),
        ("two/compose.yaml", one),
    ];
    assert_eq!(relations(&all[..2]), ["web -calls-> api"]);
    assert_eq!(relations(&all), Vec::<String>::new());
}

#[test]
fn a_host_in_code_is_of_the_project_that_builds_it_or_the_only_one() {
    let code = "async fn main() { let _ = reqwest::get(\"http://stock:80/items\").await; }\n";
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\n";
    let stock = "services:\n  stock: {image: registry.example/stock}\n";
    let building = "services:\n  stock: {image: registry.example/stock}\n  web: {build: ../shop}\n";
    let all = [
        ("shop/Cargo.toml", manifest),
        ("shop/src/main.rs", code),
        ("one/compose.yaml", stock),
        ("two/compose.yaml", stock),
        ("three/compose.yaml", building),
    ];
    assert_eq!(relations(&all[..3]), ["shop -calls-> stock"]);
    assert_eq!(relations(&all[..4]), Vec::<String>::new());
    assert_eq!(relations(&all), ["web -calls-> three/stock"]);
}

#[test]
fn a_handle_in_code_is_no_store_of_another_project() {
    let building = "services:\n  web: {build: ../shop}\n";
    let other = "services:\n  postgres: {image: postgres}\n";
    assert_eq!(
        relations(&[
            ("shop/Cargo.toml", MANIFEST),
            ("shop/src/main.rs", CODE),
            ("one/compose.yaml", building),
            ("two/compose.yaml", other),
        ]),
        ["web -reads-> one/postgres"]
    );
}

#[test]
fn a_store_is_reached_through_what_another_package_hands_over() {
    let workspace = "[workspace]\nmembers = [\"stores\", \"scraper\"]\n";
    let stores = "[package]\nname = \"stores\"\n[dependencies]\nredis = \"0.27\"\n";
    let handle = "pub struct Store { pub con: redis::aio::MultiplexedConnection }\npub async fn open() -> Store { todo!() }\n";
    let scraper = "[package]\nname = \"scraper\"\n[dependencies]\nredis = \"0.27\"\nstores = { path = \"../stores\" }\n";
    let code = "use redis::AsyncCommands;\nasync fn main() { let mut store = stores::open().await; let _: () = store.con.incr(\"seen\", 1).await.unwrap(); }\n";
    let compose = "services:\n  scraper:\n    build: scraper\n    depends_on: [cache]\n  cache: {image: redis}\n";
    let all = [
        ("Cargo.toml", workspace),
        ("stores/Cargo.toml", stores),
        ("stores/src/lib.rs", handle),
        ("scraper/Cargo.toml", scraper),
        ("scraper/src/main.rs", code),
        ("compose.yaml", compose),
    ];
    assert_eq!(relations(&all), ["scraper -writes-> cache"]);
}

#[test]
fn a_procedure_is_called_where_it_is_served() {
    let manifest =
        |name: &str| format!("[package]\nname = \"{name}\"\n[dependencies]\ntonic = \"0.12\"\n");
    let generated = "pub mod accounts_client { pub struct AccountsClient<T> { inner: tonic::client::Grpc<T> }\nimpl<T> AccountsClient<T> { pub fn new(inner: T) -> Self { todo!() }\npub async fn close_account(&mut self, request: u8) -> Result<u8, tonic::Status> { todo!() } } }\npub mod accounts_server { pub trait Accounts { async fn close_account(&self, request: tonic::Request<u8>) -> Result<tonic::Response<u8>, tonic::Status>; } }\n";
    let served = "mod proto { include!(\"proto.rs\"); }\nuse proto::accounts_server::Accounts;\nstruct All;\nimpl Accounts for All { async fn close_account(&self, request: tonic::Request<u8>) -> Result<tonic::Response<u8>, tonic::Status> { todo!() } }\nfn main() {}\n";
    let calling = "mod proto { include!(\"proto.rs\"); }\nuse proto::accounts_client::AccountsClient;\nasync fn main() { let address = std::env::var(\"WHERE\").unwrap(); let channel = tonic::transport::Endpoint::from_shared(address).unwrap().connect().await.unwrap();\nAccountsClient::new(channel).close_account(1).await.unwrap(); }\n";
    let (accounts, gateway) = (manifest("accounts"), manifest("gateway"));
    let all = [
        ("accounts/Cargo.toml", accounts.as_str()),
        ("accounts/src/main.rs", served),
        ("accounts/src/proto.rs", generated),
        ("gateway/Cargo.toml", gateway.as_str()),
        ("gateway/src/main.rs", calling),
        ("gateway/src/proto.rs", generated),
    ];
    assert_eq!(relations(&all), ["gateway -calls-> accounts"]);
}

const ROLES: &str = "use axum::{extract::State, routing::get, Router};
use sqlx::PgPool;
use redis::AsyncCommands;
#[derive(clap::Subcommand)]
enum Command { Serve, BackgroundWorker { queue: String }, Migrate }
async fn list(State(db): State<PgPool>) { let _ = sqlx::query(\"SELECT 1 FROM orders\").fetch_all(&db).await; }
async fn serve() { let app = Router::new().route(\"/orders\", get(list)); axum::serve(listener, app).await; }
async fn work(queue: &str) { let mut cache: redis::aio::MultiplexedConnection = connect().await; loop { let _: () = cache.set(queue, 1).await.unwrap(); pay().await; } }
async fn pay() { reqwest::Client::new().post(\"https://api.stripe.com/v1/charges\").send().await.unwrap(); }
async fn migrate() { reqwest::Client::new().get(\"https://files.example/schema\").send().await.unwrap(); }
#[tokio::main]
async fn main() {
    match Cli::parse().command {
        Command::Serve => serve().await,
        Command::BackgroundWorker { queue } => work(&queue).await,
        Command::Migrate => migrate().await,
    }
}
";
const ROLES_MANIFEST: &str = "[package]\nname = \"shop\"\n[dependencies]\naxum = \"0.8\"\nsqlx = {version = \"0.8\", features = [\"postgres\"]}\nredis = \"0.27\"\nreqwest = \"0.12\"\nclap = \"4\"\n";

#[test]
fn a_program_that_runs_in_several_ways_is_several_components() {
    let files = [("Cargo.toml", ROLES_MANIFEST), ("src/main.rs", ROLES)];
    assert_eq!(
        relations(&files),
        [
            "shop.background-worker -calls-> stripe",
            "shop.background-worker -writes-> redis",
            "shop.migrate -calls-> files.example",
            "shop.serve -reads-> postgres",
        ]
    );
    // Where a compose file says which, they are its services.
    let compose = "services:\n  api: {build: ., command: [shop, serve]}\n  jobs: {build: ., command: shop background-worker mail}\n  db: {image: postgres}\n  cache: {image: redis}\n";
    let files = [
        ("Cargo.toml", ROLES_MANIFEST),
        ("src/main.rs", ROLES),
        ("compose.yaml", compose),
    ];
    assert_eq!(
        relations(&files),
        [
            "api -reads-> db",
            "jobs -calls-> stripe",
            "jobs -writes-> cache",
        ]
    );
}

const WEB_MANIFEST: &str =
    "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\naxum = \"0.8\"\n";

#[test]
fn parties_outside_are_called_after_their_product() {
    let code = "struct PaymentsClient { http: reqwest::Client, base: String }
impl PaymentsClient { async fn charge(&self) { let _ = self.http.post(format!(\"{}/charges\", self.base)).send().await; } }
struct Fastly { http: reqwest::Client, base: String }
impl Fastly { async fn purge(&self) { let _ = self.http.post(&self.base).send().await; } }
struct Downloader { http: reqwest::Client }
impl Downloader { async fn get(&self, url: &str) { let _ = self.http.get(url).send().await; } }
async fn hook(http: reqwest::Client) { let url = std::env::var(\"SLACK_WEBHOOK_URL\").unwrap(); let _ = http.post(url).send().await; }
async fn issues(http: reqwest::Client) { let _ = http.get(\"https://api.github.com/issues\").send().await; }
async fn team(http: reqwest::Client) { let _ = http.get(\"https://team.partner.example/v1\").send().await; }
async fn main() { let _guard = sentry::init(()); payments.charge().await; fastly.purge().await; downloader.get(url).await; hook(http).await; issues(http).await; team(http).await; }
";
    assert_eq!(
        relations(&[("Cargo.toml", WEB_MANIFEST), ("src/main.rs", code)]),
        [
            "shop -calls-> fastly",
            "shop -calls-> github",
            "shop -calls-> payments",
            "shop -calls-> sentry",
            "shop -calls-> slack-webhook",
            "shop -calls-> team.partner.example",
        ]
    );
}

#[test]
fn a_client_of_what_the_system_runs_is_a_call_of_that() {
    let workspace = "[workspace]\nmembers = [\"stock-service\", \"shop\"]\n";
    let stock = "[package]\nname = \"stock-service\"\n[dependencies]\naxum = \"0.8\"\n";
    let stock_code = "use axum::{Router, routing::get};\nasync fn items() {}\nasync fn main() { let _r: Router = Router::new().route(\"/items\", get(items)); }\n";
    let code = "struct StockClient { http: reqwest::Client, base: String }
impl StockClient { async fn items(&self) { let _ = self.http.get(&self.base).send().await; } }
async fn main() { stock.items().await; }
";
    assert_eq!(
        relations(&[
            ("Cargo.toml", workspace),
            ("stock-service/Cargo.toml", stock),
            ("stock-service/src/main.rs", stock_code),
            ("shop/Cargo.toml", WEB_MANIFEST),
            ("shop/src/main.rs", code),
        ]),
        ["shop -calls-> stock-service"]
    );
}

#[test]
fn the_services_of_a_cloud_are_told_apart_by_their_crates() {
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\naws-sdk-sqs = \"1\"\naws-sdk-dynamodb = \"1\"\naws-sdk-rekognition = \"1\"\n";
    let code = "async fn take(sqs: aws_sdk_sqs::Client) { sqs.receive_message().queue_url(\"q\").send().await.unwrap(); }
async fn find(table: &aws_sdk_dynamodb::Client) { table.get_item().table_name(\"t\").send().await.unwrap(); }
async fn look(config: &aws_config::SdkConfig) { aws_sdk_rekognition::Client::new(config).detect_labels().send().await.unwrap(); }
async fn main() { take(sqs).await; find(table).await; look(config).await; }
";
    let alone = [("Cargo.toml", manifest), ("src/main.rs", code)];
    assert_eq!(
        relations(&alone),
        [
            "shop -calls-> rekognition",
            "shop -consumes-> sqs",
            "shop -reads-> dynamodb",
        ]
    );
    // One container takes the place of the whole cloud.
    let compose = "services:\n  cloud: {image: localstack/localstack}\n";
    let mut files = alone.to_vec();
    files.push(("compose.yaml", compose));
    let shown = relations(&files);
    assert!(
        shown.iter().all(|one| one.ends_with("-> cloud")),
        "{shown:?}"
    );
}

#[test]
fn a_container_to_develop_in_runs_the_only_program_that_serves() {
    let code = "use axum::{Router, routing::get};
async fn items() { let _ = reqwest::get(\"https://prices.example.com/all\").await; }
async fn main() { let _r: Router = Router::new().route(\"/items\", get(items)); }
";
    let compose = "services:\n  work:\n    build: .\n    volumes: ['..:/work']\n    command: sleep infinity\n";
    assert_eq!(
        relations(&[
            ("Cargo.toml", WEB_MANIFEST),
            ("src/main.rs", code),
            (".devcontainer/compose.yaml", compose),
        ]),
        ["work -calls-> prices.example.com"]
    );
}

#[test]
fn programs_that_try_others_out_are_no_part_of_the_system() {
    let workspace = "[workspace]\nmembers = [\"shop\", \"smoke-test\"]\n";
    let code =
        "async fn main() { let _ = reqwest::get(\"https://prices.example.com/all\").await; }\n";
    let smoke = "[package]\nname = \"smoke-test\"\n[dependencies]\nreqwest = \"0.12\"\n";
    let all = [
        ("Cargo.toml", workspace),
        ("smoke-test/Cargo.toml", smoke),
        ("smoke-test/src/main.rs", code),
        ("shop/Cargo.toml", WEB_MANIFEST),
        ("shop/src/main.rs", code),
    ];
    assert_eq!(relations(&all), ["shop -calls-> prices.example.com"]);
    assert_eq!(
        relations(&all[..3]),
        ["smoke-test -calls-> prices.example.com"]
    );
}

#[test]
fn features_say_which_database_a_library_is_used_for() {
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nsea-orm = { version = \"1\", features = [\"sqlx-mysql\", \"macros\"] }\n";
    let code = "use sea_orm::{ConnectionTrait, DatabaseConnection};
async fn all(db: &DatabaseConnection) { db.execute_unprepared(\"UPDATE items SET seen = 1\").await.unwrap(); }
async fn main() { all(db).await; }
";
    let shared = "[workspace]\nmembers = [\"shop\"]\n[workspace.dependencies]\nsea-orm = { version = \"1\", features = [\"sqlx-postgres\"] }\n";
    let inherits = "[package]\nname = \"shop\"\n[dependencies]\nsea-orm.workspace = true\n";
    assert_eq!(
        relations(&[("Cargo.toml", manifest), ("src/main.rs", code)]),
        ["shop -writes-> mysql"]
    );
    assert_eq!(
        relations(&[
            ("Cargo.toml", shared),
            ("shop/Cargo.toml", inherits),
            ("shop/src/main.rs", code),
        ]),
        ["shop -writes-> postgres"]
    );
}

#[test]
fn a_port_of_the_machine_is_the_service_published_there() {
    let code = "async fn main() { let _ = reqwest::get(\"http://localhost:8082/items\").await; }\n";
    let compose = "services:\n  web:\n    build: shop\n    ports: ['8080:8080']\n  stock:\n    image: registry.example/stock\n    ports: ['8082:80']\n";
    assert_eq!(
        relations(&[
            ("shop/Cargo.toml", WEB_MANIFEST),
            ("shop/src/main.rs", code),
            ("compose.yaml", compose),
        ]),
        ["web -calls-> stock"]
    );
}

#[test]
fn a_store_of_another_project_is_reached_through_a_shared_network() {
    let building = "services:\n  web:\n    build: ../shop\n    networks: [shared]\nnetworks: {shared: {external: true}}\n";
    let infrastructure = "services:\n  db:\n    image: postgres\n    networks: [shared]\nnetworks: {shared: {external: true}}\n";
    assert_eq!(
        relations(&[
            ("shop/Cargo.toml", MANIFEST),
            ("shop/src/main.rs", CODE),
            ("one/compose.yaml", building),
            ("two/compose.yaml", infrastructure),
        ]),
        ["web -reads-> db"]
    );
}

#[test]
fn what_stands_in_another_program_is_not_run() {
    let workspace = "[workspace]\nmembers = [\"accounts\", \"gateway\"]\n";
    let accounts = "[package]\nname = \"accounts\"\n[dependencies]\nsqlx = \"0.8\"\n";
    let library = "pub trait Store { async fn all(&self); }\npub struct Client;\nimpl Client { pub async fn ask(&self, store: &impl Store) { store.all().await } }\n";
    let program = "use sqlx::PgPool;\nstruct Postgres { db: PgPool }\nimpl accounts::Store for Postgres { async fn all(&self) { let _ = sqlx::query(\"SELECT 1\").fetch_all(&self.db).await; } }\nasync fn main() { accounts::Client.ask(&Postgres { db }).await; }\n";
    let gateway = "[package]\nname = \"gateway\"\n[dependencies]\naccounts = { path = \"../accounts\" }\nreqwest = \"0.12\"\n";
    let calling = "async fn main() { let _ = reqwest::get(\"https://prices.example.com/all\").await; accounts::Client.ask(store).await; }\n";
    assert_eq!(
        relations(&[
            ("Cargo.toml", workspace),
            ("accounts/Cargo.toml", accounts),
            ("accounts/src/lib.rs", library),
            ("accounts/src/main.rs", program),
            ("gateway/Cargo.toml", gateway),
            ("gateway/src/main.rs", calling),
        ]),
        [
            "accounts -reads-> postgres",
            "gateway -calls-> prices.example.com"
        ]
    );
}

#[test]
fn what_a_pool_of_connections_stands_before_is_read_and_written() {
    let compose = "services:\n  shop:\n    build: .\n    environment: {DATABASE_WRITE_URL: 'postgres://u@writes:6432/x', DATABASE_READ_URL: 'postgres://u@reads:6432/x'}\n  writes: {image: edoburu/pgbouncer}\n  reads: {image: edoburu/pgbouncer}\n";
    let code = "use sqlx::PgPool;
async fn all(db: PgPool) { sqlx::query(\"SELECT 1\").fetch_all(&db).await; sqlx::query(\"DELETE FROM a WHERE b = 1\").execute(&db).await; }
async fn main() { all(db).await; }
";
    let files = [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", code),
        ("compose.yaml", compose),
    ];
    assert_eq!(
        relations(&files),
        ["shop -reads-> reads", "shop -reads-writes-> writes"]
    );
}

#[test]
fn a_program_that_migrates_writes_to_the_store_and_ends() {
    let workspace = "[workspace]\nmembers = [\"shop-migration\", \"shop\"]\n";
    let migration = "[package]\nname = \"shop-migration\"\n[dependencies]\nsea-orm-migration = { version = \"1\", features = [\"sqlx-postgres\"] }\n";
    let code = "use sea_orm_migration::prelude::*;
async fn up(manager: &SchemaManager<'_>) { manager.create_table(table()).await.unwrap(); }
async fn main() { up(manager).await; }
";
    let files = [
        ("Cargo.toml", workspace),
        ("shop-migration/Cargo.toml", migration),
        ("shop-migration/src/main.rs", code),
        ("shop/Cargo.toml", MANIFEST),
        ("shop/src/main.rs", CODE),
    ];
    assert_eq!(
        relations(&files),
        [
            "shop -reads-> postgres",
            "shop-migration -writes-> postgres"
        ]
    );
    let analysis = system(&files);
    let kind = |id: &str| analysis.system.component(id).map(|one| one.kind.name());
    assert_eq!(kind("shop-migration"), Some("init-job"));
    // It reads something and ends.
    assert_eq!(kind("shop"), Some("batch"));
}

#[test]
fn an_image_that_is_called_after_a_program_is_that_program() {
    let code =
        "async fn main() { let _ = reqwest::get(\"https://prices.example.com/all\").await; }\n";
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\n";
    let compose = |image: &str| format!("services:\n  web: {{image: {image}}}\n");
    let with = |image: &str| {
        relations(&[
            ("Cargo.toml", manifest),
            ("src/main.rs", code),
            ("compose.yaml", &compose(image)),
        ])
    };
    assert_eq!(
        with("registry.example/team/shop:1"),
        ["web -calls-> prices.example.com"]
    );
    assert_eq!(
        with("registry.example/team/cart:1"),
        ["shop -calls-> prices.example.com"]
    );
    let named = format!("{manifest}[[bin]]\nname = \"shop\"\npath = \"./src/main.rs\"\n");
    let once = relations(&[
        ("Cargo.toml", &named),
        ("src/main.rs", code),
        ("compose.yaml", &compose("team/shop")),
    ]);
    assert_eq!(once, ["web -calls-> prices.example.com"]);
    // An image without an owner is a product's, but for a name of several words.
    assert_eq!(with("shop"), ["shop -calls-> prices.example.com"]);
    let compound = relations(&[
        ("Cargo.toml", &manifest.replace("\"shop\"", "\"shop-web\"")),
        ("src/main.rs", code),
        ("compose.yaml", &compose("shop-web:local")),
    ]);
    assert_eq!(compound, ["web -calls-> prices.example.com"]);
}

#[test]
fn what_runs_an_image_of_ones_own_is_what_it_is_addressed_as() {
    let compose = "services:\n  web:\n    image: registry.example/team/web\n    environment: {DATABASE_URL: 'postgres://u@store/x', CACHE_URL: 'redis://copies:6379'}\n  store: {image: registry.example/team/store}\n  copies: {image: registry.example/team/copies}\n";
    assert_eq!(
        relations(&[("compose.yaml", compose)]),
        ["web -reads-writes-> copies", "web -reads-writes-> store"]
    );
}

#[test]
fn settings_name_topics_and_addresses() {
    let code = "use rdkafka::producer::{FutureProducer, FutureRecord};
#[derive(clap::Parser)]
struct Settings {
    #[arg(long, default_value = \"orders.placed\")]
    topic: String,
    #[arg(long, env)]
    stock_url: String,
}
async fn tell(producer: &FutureProducer, settings: &Settings) {
    producer.send(FutureRecord::to(&settings.topic).payload(\"x\").key(\"y\"), None).await.unwrap();
    let _ = reqwest::get(format!(\"{}/items\", settings.stock_url)).await;
}
async fn main() { tell(&producer, &settings).await; }
";
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nrdkafka = \"0.36\"\nreqwest = \"0.12\"\nclap = \"4\"\n";
    assert_eq!(
        relations(&[("Cargo.toml", manifest), ("src/main.rs", code)]),
        [
            "shop -calls-> stock",
            "shop -publishes-> kafka",
            "shop -publishes-> orders.placed",
        ]
    );
}

#[test]
fn a_program_is_what_it_does_until_it_ends() {
    let workspace = "[workspace]\nmembers = [\"api\", \"listener\", \"nightly\", \"poller\"]\n";
    let package = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\n[dependencies]\naxum = \"0.8\"\nreqwest = \"0.12\"\ntokio-tungstenite = \"0.24\"\n"
        )
    };
    let ask = "async fn ask() { reqwest::get(\"https://prices.example/today\").await.unwrap(); }\n";
    let api = format!(
        "{ask}async fn main() {{ let app = axum::Router::new().route(\"/a\", axum::routing::get(ask)); axum::serve(listener, app).await; }}"
    );
    let listener = format!(
        "{ask}async fn main() {{ let (mut socket, _) = tokio_tungstenite::connect_async(\"wss://prices.example/live\").await.unwrap(); while let Some(event) = socket.next().await {{ ask().await; }} }}"
    );
    let nightly = format!(
        "{ask}async fn main() {{ for day in days() {{ ask().await; }} loop {{ if done() {{ break; }} }} }}"
    );
    let poller = format!(
        "{ask}async fn main() {{ loop {{ for day in days() {{ if late() {{ break; }} ask().await; }} sleep().await; }} }}"
    );
    let manifests: Vec<String> = ["api", "listener", "nightly", "poller"].map(package).into();
    let analysis = system(&[
        ("Cargo.toml", workspace),
        ("api/Cargo.toml", &manifests[0]),
        ("api/src/main.rs", &api),
        ("listener/Cargo.toml", &manifests[1]),
        ("listener/src/main.rs", &listener),
        ("nightly/Cargo.toml", &manifests[2]),
        ("nightly/src/main.rs", &nightly),
        ("poller/Cargo.toml", &manifests[3]),
        ("poller/src/main.rs", &poller),
    ]);
    let kind = |id: &str| analysis.system.component(id).map(|one| one.kind.name());
    assert_eq!(kind("api"), Some("service"));
    assert_eq!(kind("listener"), Some("worker"));
    assert_eq!(kind("nightly"), Some("batch"));
    assert_eq!(kind("poller"), Some("worker"));
    // What all of them ask is none's own.
    let outside = analysis.system.component("prices.example");
    assert_eq!(outside.map(|one| one.group.as_str()), Some(""));
    let own = analysis.system.component("api");
    assert_ne!(own.map(|one| one.group.as_str()), Some(""));
}

#[test]
fn a_request_that_only_one_program_answers_goes_there() {
    let workspace = "[workspace]\nmembers = [\"feed\", \"reader\"]\n";
    let package = |name: &str| {
        format!(
            "[package]\nname = \"{name}\"\n[dependencies]\naxum = \"0.8\"\nreqwest = \"0.12\"\n"
        )
    };
    let feed = "async fn add() {}\nasync fn main() { let app = axum::Router::new().route(\"/cursor\", axum::routing::put(add)).route(\"/.well-known/feed\", axum::routing::get(add)); axum::serve(listener, app).await; }";
    let reader = "async fn main() {
    let base = std::env::var(\"QUEUE_URL\").unwrap();
    loop {
        reqwest::Client::new().put(format!(\"{base}/cursor\")).send().await.unwrap();
        reqwest::Client::new().get(format!(\"https://{handle}/.well-known/feed\")).send().await.unwrap();
    }
}";
    let manifests = [package("feed"), package("reader")];
    let files = [
        ("Cargo.toml", workspace),
        ("feed/Cargo.toml", &manifests[0]),
        ("feed/src/main.rs", feed),
        ("reader/Cargo.toml", &manifests[1]),
        ("reader/src/main.rs", reader),
    ];
    assert_eq!(relations(&files), ["reader -calls-> feed"]);
}

#[test]
fn an_address_is_followed_to_where_it_is_asked() {
    let code = "
static BASE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| std::env::var(\"INVOICE_URL\").unwrap_or_else(|_| \"https://invoices.one.example\".to_string()));
const USERS: &str = \"https://users.two.example/{tenant}\";
struct Plc { url: String }
impl Plc { fn new(url: impl Into<String>) -> Self { Self { url: url.into().trim_end_matches('/').to_string() } } }
async fn main() {
    let client = reqwest::Client::new();
    let plc = Plc::new(given().unwrap_or(\"https://plc.three.example\".to_owned()));
    loop {
        client.get(format!(\"{}/x\", BASE.as_str())).send().await.unwrap();
        client.get(USERS.replace(\"{tenant}\", &name)).send().await.unwrap();
        client.get(format!(\"{0}/{1}\", plc.url, name)).send().await.unwrap();
        client.get(url::Url::parse_with_params(\"https://four.example/x\", &[(\"a\", \"b\")]).unwrap()).send().await.unwrap();
    }
}
";
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\nurl = \"2\"\n";
    let files = [("Cargo.toml", manifest), ("src/main.rs", code)];
    assert_eq!(
        relations(&files),
        [
            "shop -calls-> four.example",
            "shop -calls-> invoices.one.example",
            "shop -calls-> plc.three.example",
            "shop -calls-> users.two.example",
        ]
    );
}

#[test]
fn a_compose_file_that_runs_the_same_in_another_way_is_no_second_system() {
    let plain =
        "services:\n  core: {image: \"acme/core:1\", depends_on: [db]}\n  db: {image: postgres}\n";
    let other = "services:\n  core: {image: \"acme/core:2\", depends_on: [db, directory]}\n  db: {image: postgres}\n  directory: {image: osixia/openldap}\n";
    let apart =
        "services:\n  core: {image: \"acme/core:2\", depends_on: [db]}\n  db: {image: mysql}\n";
    let ids = |files: &[(&str, &str)]| -> Vec<String> {
        let analysis = system(files);
        let components = analysis.system.components.iter();
        components.map(|one| one.id.clone()).collect()
    };
    let same = [
        ("docker-compose.yaml", plain),
        ("docker-compose.ldap.yaml", other),
    ];
    assert_eq!(ids(&same), ["core", "db", "directory"]);
    let alternatives = [
        ("docker-compose.yaml", plain),
        ("docker-compose.mysql.yaml", apart),
    ];
    assert_eq!(ids(&alternatives).len(), 4);
}

#[test]
fn a_command_says_which_part_of_a_program_runs() {
    let code = "use clap::{Parser, Subcommand};
#[derive(Parser)] struct Options { #[command(subcommand)] command: Command }
#[derive(Subcommand)] enum Command { Controller { db: String }, Drone { controller: String }, Version }
async fn run(options: Options) {
    match options.command {
        Command::Controller { db } => { let db = sqlx::PgPool::connect(&db).await.unwrap(); control(db).await }
        Command::Drone { controller } => loop { let _ = reqwest::get(\"http://controller:8080/work\").await; },
        Command::Version => println!(\"1\"),
    }
}
async fn control(db: sqlx::PgPool) { axum::serve(listener, axum::Router::new().route(\"/work\", axum::routing::get(work)).with_state(db)).await; }
async fn work(axum::extract::State(db): axum::extract::State<sqlx::PgPool>) { let _ = sqlx::query(\"SELECT 1 FROM work\").fetch_one(&db).await; }
#[tokio::main] async fn main() { run(Options::parse()).await }
";
    let manifest = "[package]\nname = \"plane\"\n[dependencies]\nclap = \"4\"\naxum = \"0.8\"\nreqwest = \"0.12\"\nsqlx = { version = \"0.8\", features = [\"postgres\"] }\n";
    let compose = "services:\n  controller: {build: ., command: \"controller --db postgres://db\"}\n  drone: {build: ., command: [drone, --controller, \"http://controller:8080\"]}\n  db: {image: postgres}\n";
    assert_eq!(
        relations(&[
            ("Cargo.toml", manifest),
            ("src/main.rs", code),
            ("compose.yaml", compose),
        ]),
        ["controller -reads-> db", "drone -calls-> controller",]
    );
}

#[test]
fn what_a_variable_is_without_a_value_may_be_said_by_who_asks_for_it() {
    let code = "use serde::Deserialize;
fn setting<T: std::str::FromStr>(name: &str, default: T) -> T { std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default) }
struct Cdn { host: url::Url, http: reqwest::Client }
impl Cdn {
    fn new() -> Self { Self { host: setting(\"CDN_HOST\", \"https://cdn.partner.example\".parse().unwrap()), http: reqwest::Client::new() } }
    async fn purge(&self) { let _ = self.http.post(format!(\"{}/purge\", self.host)).send().await; }
}
#[derive(Deserialize)] struct Settings { #[serde(default = \"prices\")] source: String }
fn prices() -> String { \"https://prices.partner.example/latest\".to_string() }
async fn fetch(settings: Settings, http: reqwest::Client) { let _ = http.get(&settings.source).send().await; }
async fn named(http: reqwest::Client) { let _ = http.get(format!(\"{base}/v1\", base = \"https://named.partner.example\")).send().await; }
async fn main() { Cdn::new().purge().await; fetch(read(), reqwest::Client::new()).await; named(reqwest::Client::new()).await; }
";
    assert_eq!(
        relations(&[("Cargo.toml", WEB_MANIFEST), ("src/main.rs", code)]),
        [
            "shop -calls-> cdn.partner.example",
            "shop -calls-> named.partner.example",
            "shop -calls-> prices.partner.example",
        ]
    );
}

#[test]
fn what_is_called_through_a_trait_is_done_by_who_makes_it() {
    let workspace = "[workspace]\nmembers = [\"tasks\", \"reader\", \"writer\"]\n";
    let tasks = "[package]\nname = \"tasks\"\n[dependencies]\nreqwest = \"0.12\"\n";
    let code = "pub trait Task { async fn start(&self); }
pub struct Manager { tasks: Vec<Box<dyn Task>> }
impl Manager {
    pub fn new() -> Self { Self { tasks: Vec::new() } }
    pub fn add(mut self, task: Box<dyn Task>) -> Self { self.tasks.push(task); self }
    pub async fn run(self) { for task in self.tasks { task.start().await; } }
}
pub struct Prices { http: reqwest::Client }
impl Prices { pub fn new() -> Self { Self { http: reqwest::Client::new() } } }
impl Task for Prices { async fn start(&self) { let _ = self.http.get(\"https://prices.example.com/all\").send().await; } }
pub struct Names { http: reqwest::Client }
impl Names { pub fn new() -> Self { Self { http: reqwest::Client::new() } } }
impl Task for Names { async fn start(&self) { let _ = self.http.get(\"https://names.example.com/all\").send().await; } }
";
    let program = |name: &str| {
        format!("[package]\nname = \"{name}\"\n[dependencies]\ntasks = {{ path = \"../tasks\" }}\n")
    };
    let main = |task: &str| {
        format!(
            "use tasks::{{Manager, {task}}};\nasync fn main() {{ Manager::new().add(Box::new({task}::new())).run().await; }}\n"
        )
    };
    assert_eq!(
        relations(&[
            ("Cargo.toml", workspace),
            ("tasks/Cargo.toml", tasks),
            ("tasks/src/lib.rs", code),
            ("reader/Cargo.toml", &program("reader")),
            ("reader/src/main.rs", &main("Prices")),
            ("writer/Cargo.toml", &program("writer")),
            ("writer/src/main.rs", &main("Names")),
        ]),
        [
            "reader -calls-> prices.example.com",
            "writer -calls-> names.example.com",
        ]
    );
}

#[test]
fn what_all_are_given_is_of_those_whose_code_names_it() {
    let reads = |name: &str| {
        format!(
            "async fn main() {{ let url = std::env::var(\"{name}\").unwrap(); reqwest::get(url).await; }}\n"
        )
    };
    let compose = "x-all: &all {ORDERS_URL: 'http://orders:80', STOCK_URL: 'http://stock:80'}\n\
        services:\n  desk: {build: desk, environment: *all}\n  orders: {build: orders, environment: *all}\n  stock: {build: stock, environment: *all}\n";
    let (desk, orders) = (reads("ORDERS_URL"), reads("STOCK_URL"));
    let (desk_manifest, orders_manifest, stock_manifest) = (
        manifest("desk", &["reqwest"]),
        manifest("orders", &["reqwest"]),
        manifest("stock", &[]),
    );
    let files = |stock: &'static str| {
        relations(&[
            ("compose.yaml", compose),
            ("desk/Cargo.toml", &desk_manifest),
            ("desk/src/main.rs", &desk),
            ("orders/Cargo.toml", &orders_manifest),
            ("orders/src/main.rs", &orders),
            ("stock/Cargo.toml", &stock_manifest),
            ("stock/src/main.rs", stock),
        ])
    };
    assert_eq!(
        files("fn main() {}\n"),
        ["desk -calls-> orders", "orders -calls-> stock"]
    );
    // What reads whatever there is may read it.
    let all = "fn main() { for (name, value) in std::env::vars() {} }\n";
    assert_eq!(
        files(all),
        [
            "desk -calls-> orders",
            "orders -calls-> stock",
            "stock -calls-> orders"
        ]
    );
}

#[test]
fn who_takes_messages_and_only_says_that_it_is_well_is_a_worker() {
    let code = |path: &str| {
        format!(
            r#"
            use axum::{{Router, routing::get}};
            async fn work(consumer: rdkafka::consumer::StreamConsumer) {{
                consumer.subscribe(&["orders"]).unwrap();
                while let Ok(message) = consumer.recv().await {{}}
            }}
            async fn well() -> &'static str {{ "ok" }}
            async fn main() {{
                tokio::spawn(work(consumer));
                axum::serve(listener, Router::new().route("/health", get(well)).route("{path}", get(well)).fallback(well)).await;
            }}
            "#
        )
    };
    let kind = |path: &str| {
        let analysis = system(&[
            (
                "Cargo.toml",
                &manifest("shop", &["axum", "rdkafka", "tokio"]),
            ),
            ("src/main.rs", &code(path)),
        ]);
        analysis.system.component("shop").unwrap().kind
    };
    assert_eq!(kind("/metrics"), ComponentKind::Worker);
    assert_eq!(kind("/"), ComponentKind::Worker);
    assert_eq!(kind("/orders"), ComponentKind::Service);
}

#[test]
fn each_workspace_has_the_library_of_its_own() {
    let library = |table: &str| {
        format!(
            "pub async fn save(pool: &sqlx::PgPool) {{ sqlx::query(\"INSERT INTO {table} (id) VALUES (1)\").execute(pool).await; }}\n"
        )
    };
    let program = "use axum::{Router, routing::post};\nasync fn save() { store::save(&pool).await; }\n\
        async fn main() { axum::serve(listener, Router::new().route(\"/x\", post(save))).await; }\n";
    let workspace = "[workspace]\nmembers = [\"api\", \"store\"]\n[workspace.dependencies]\nstore = {path = \"store\"}\n";
    let of = |name: &str| manifest(name, &["axum"]) + "store = {workspace = true}\n";
    let (one, two) = (of("one-api"), of("two-api"));
    let store = manifest("store", &["sqlx"]);
    let (ones, twos) = (library("ones"), library("twos"));
    let analysis = system(&[
        ("one/Cargo.toml", workspace),
        ("one/api/Cargo.toml", &one),
        ("one/api/src/main.rs", program),
        ("one/store/Cargo.toml", &store),
        ("one/store/src/lib.rs", &ones),
        ("two/Cargo.toml", workspace),
        ("two/api/Cargo.toml", &two),
        ("two/api/src/main.rs", program),
        ("two/store/Cargo.toml", &store),
        ("two/store/src/lib.rs", &twos),
    ]);
    let written = analysis.system.endpoints.iter().map(|endpoint| {
        let tables = endpoint.effects.iter().map(|effect| effect.target.as_str());
        format!("{} {}", endpoint.service, tables.collect::<String>())
    });
    let mut written: Vec<String> = written.collect();
    written.sort();
    assert_eq!(written, ["one-api ones", "two-api twos"]);
}
