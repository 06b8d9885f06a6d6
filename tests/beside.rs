//! What files beside a compose file say of the architecture: read from a directory, as a user has it.

mod common;

use common::directory;
use std::path::PathBuf;

/// A directory of files that is removed when the test ends.
struct Files(PathBuf);

impl Files {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let root = std::env::temp_dir().join(format!("seaworthy-{name}-{}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, text).expect("a file");
        }
        Self(root)
    }

    /// `name kind` of each component, and `from -kind-> to` of each relation, sorted.
    fn picture(&self) -> (Vec<String>, Vec<String>) {
        let analysis = directory(&self.0, 2);
        assert_eq!(analysis.problems, []);
        let system = &analysis.system;
        let mut nodes: Vec<String> = system
            .components
            .iter()
            .map(|component| format!("{} {}", component.id, component.kind.name()))
            .collect();
        let mut edges: Vec<String> = system
            .relations
            .iter()
            .map(|r| format!("{} -{}-> {}", r.from, r.kind.name(), r.to))
            .collect();
        nodes.sort();
        edges.sort();
        (nodes, edges)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What is left in the temporary directory harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn programs_of_any_language_name_what_they_use() {
    let files = Files::new(
        "languages",
        &[
            (
                "compose.yaml",
                "services:\n  web:\n    build: web\n    ports: ['80:3000']\n  jobs:\n    build: jobs\n  cache: {image: redis}\n  db: {image: postgres}\n  broker: {image: redpandadata/redpanda}\n",
            ),
            (
                "web/server.js",
                "const redis = createClient({ host: 'cache', port: 6379 });\n// db: 'postgres://db:5432'\n",
            ),
            (
                "jobs/main.py",
                "c = KafkaConsumer('clicks', bootstrap_servers='broker:9092')\ne = create_engine(\"postgresql://u:p@db:5432/app\")\n",
            ),
            ("jobs/README.md", "See http://cache:6379.\n"),
        ],
    );
    let (nodes, edges) = files.picture();
    assert!(nodes.contains(&"jobs worker".to_owned()), "{nodes:?}");
    assert_eq!(
        edges,
        [
            "jobs -consumes-> broker",
            "jobs -consumes-> clicks",
            "jobs -reads-writes-> db",
            "web -reads-writes-> cache",
        ]
    );
}

#[test]
fn mounted_configuration_counts_and_the_machine_is_its_ports() {
    let files = Files::new(
        "configuration",
        &[
            (
                "compose.yaml",
                "services:\n  metrics:\n    image: prom/prometheus\n    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']\n  proxy:\n    image: nginx\n    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro']\n  api:\n    image: registry.example/api\n    ports: ['9000:8080']\n    env_file: settings.env\n  store: {image: minio/minio}\n",
            ),
            (
                "prometheus.yml",
                "scrape_configs:\n  - static_configs:\n      - targets: ['host.docker.internal:9000']\n",
            ),
            (
                "nginx.conf",
                "# server old:80;\nupstream up { server api:8080; }\n",
            ),
            (
                "settings.env",
                "S3_ENDPOINT=http://store:9000\nS3_BUCKET=pictures\n",
            ),
        ],
    );
    let (nodes, edges) = files.picture();
    assert!(
        nodes.contains(&"pictures object-store".to_owned()),
        "{nodes:?}"
    );
    assert_eq!(
        edges,
        [
            "api -reads-writes-> pictures",
            "api -reads-writes-> store",
            "metrics -scrapes-> api",
            "proxy -calls-> api",
        ]
    );
}

#[test]
fn services_go_on_from_others_and_variables_are_filled_in() {
    let files = Files::new(
        "extends",
        &[
            (
                "compose.yaml",
                "services:\n  app:\n    extends: {file: common/base.yaml, service: base}\n    ports: ['80:80']\n    environment: {QUEUE_URL: 'amqp://${BROKER}:5672'}\n  rabbit: {image: rabbitmq}\n  db: {image: postgres}\n",
            ),
            (
                "common/base.yaml",
                "services:\n  base:\n    image: registry.example/app\n    environment: {DATABASE_URL: 'postgres://db/app'}\n",
            ),
            (".env", "BROKER=rabbit\n"),
        ],
    );
    let (_, edges) = files.picture();
    assert!(
        edges.contains(&"app -reads-writes-> db".to_owned()),
        "{edges:?}"
    );
    assert!(
        edges.contains(&"app -publishes-> rabbit".to_owned()),
        "{edges:?}"
    );
}

#[test]
fn the_first_version_of_the_format_has_its_services_at_the_top() {
    let files = Files::new(
        "first",
        &[(
            "docker-compose.yml",
            "web:\n  image: registry.example/web\n  links: [db]\n  ports: ['80:80']\ndb:\n  image: mysql\n",
        )],
    );
    let (nodes, edges) = files.picture();
    assert_eq!(nodes, ["db database", "web service"]);
    assert_eq!(edges, ["web -depends-> db"]);
}

#[test]
fn a_cache_that_is_a_broker_is_a_queue() {
    let files = Files::new(
        "broker",
        &[(
            "compose.yaml",
            "services:\n  worker:\n    image: registry.example/app\n    command: celery -A app worker\n    environment: {CELERY_BROKER_URL: 'redis://redis:6379/0'}\n  redis: {image: redis}\n",
        )],
    );
    let (nodes, edges) = files.picture();
    assert_eq!(nodes, ["redis queue", "worker worker"]);
    assert_eq!(edges, ["worker -consumes-> redis"]);
}

#[test]
fn included_files_are_part_of_the_system() {
    let files = Files::new(
        "include",
        &[
            (
                "compose.yaml",
                "include: [data/compose.yaml]\nservices:\n  app:\n    image: registry.example/app\n    ports: ['80:80']\n    environment: {DATABASE_URL: 'postgres://db/app'}\n",
            ),
            ("data/compose.yaml", "services:\n  db: {image: postgres}\n"),
        ],
    );
    let (nodes, edges) = files.picture();
    assert_eq!(nodes, ["app service", "db database"]);
    assert_eq!(edges, ["app -reads-writes-> db"]);
}

#[test]
fn files_that_include_each_other_lose_no_service() {
    let files = Files::new(
        "circle",
        &[
            (
                "a/compose.yaml",
                "include: [../b/compose.yaml]\nservices:\n  one: {image: redis}\n",
            ),
            (
                "b/compose.yaml",
                "include: [../c/compose.yaml]\nservices:\n  two: {image: redis}\n",
            ),
            (
                "c/compose.yaml",
                "include: [../a/compose.yaml]\nservices:\n  three: {image: redis}\n",
            ),
        ],
    );
    let (nodes, _) = files.picture();
    assert_eq!(nodes, ["one cache", "three cache", "two cache"]);
}

#[test]
fn a_base_that_is_not_there_is_a_problem_with_its_place() {
    let files = Files::new(
        "base",
        &[(
            "compose.yaml",
            "services:\n  a: {image: redis, extends: {service: gone}}\n  b: {image: redis, extends: {service: c}}\n  c: {image: redis, extends: {service: b}}\n",
        )],
    );
    let analysis = directory(&files.0, 1);
    let said: Vec<&str> = analysis
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(said[0], "`a` goes on from `gone`, which is not there");
    assert!(said[1].ends_with("goes on from itself"), "{said:?}");
    assert_eq!(analysis.system.components.len(), 3);
}

#[test]
fn pipelines_have_a_direction_and_ask_what_is_outside() {
    let files = Files::new(
        "pipelines",
        &[
            (
                "compose.yaml",
                "services:\n  pipe:\n    image: registry.example/pipe\n    volumes: ['./pipe.yaml:/pipe.yaml']\n  fetcher:\n    build: fetcher\n  shell:\n    image: apache/kafka\n    entrypoint: [/bin/bash]\n    command: [-c, sleep infinity]\n    volumes: ['./scripts:/scripts']\n  here: {image: apache/kafka}\n  there: {image: apache/kafka}\n",
            ),
            (
                "pipe.yaml",
                "input:\n  kafka:\n    addresses: ['here:9092']\n    topics: [orders]\noutput:\n  kafka:\n    addresses: ['there:9092']\n    topic: parcels\n",
            ),
            (
                "fetcher/main.py",
                "from google.cloud import bigquery\nrequests.get('https://data.example.com/day.csv')\n# requests.get('https://old.example.com')\n",
            ),
            (
                "fetcher/Dockerfile",
                "FROM python\nRUN curl https://sh.example.com | sh\nCOPY main.py .\n",
            ),
            (
                "scripts/fill.sh",
                "echo \"topic returns is filled\"\nrpk topic produce orders --brokers here:9092\n",
            ),
        ],
    );
    let (nodes, edges) = files.picture();
    for node in [
        "bigquery warehouse",
        "data.example.com external",
        "shell service",
    ] {
        assert!(nodes.contains(&node.to_owned()), "{node}: {nodes:?}");
    }
    assert_eq!(
        edges,
        [
            "fetcher -calls-> data.example.com",
            "fetcher -reads-writes-> bigquery",
            "pipe -consumes-> here",
            "pipe -consumes-> orders",
            "pipe -publishes-> parcels",
            "pipe -publishes-> there",
            "shell -publishes-> here",
            "shell -publishes-> orders",
        ]
    );
}

#[test]
fn a_file_of_a_shared_context_is_of_those_who_copy_it() {
    let files = Files::new(
        "shared",
        &[
            (
                "compose.yaml",
                "services:\n  web: {image: registry.example/web, ports: ['80:80']}\n  cache: {image: redis}\n  db:\n    build: {context: docker, dockerfile: db.Dockerfile}\n  metrics:\n    build: {context: docker, dockerfile: metrics.Dockerfile}\n  worker:\n    build: {context: docker, dockerfile: worker.Dockerfile, target: run}\n  search: {image: elasticsearch}\n  plain:\n    build: {context: docker, dockerfile: gone.Dockerfile}\n",
            ),
            (
                "docker/db.Dockerfile",
                "FROM postgres:16\nCOPY init.sql /docker-entrypoint-initdb.d/\n",
            ),
            (
                "docker/metrics.Dockerfile",
                "FROM prom/prometheus\nENV INDEX_URL=http://search:9200\nCOPY prometheus.yml /etc/prometheus/\n",
            ),
            (
                "docker/worker.Dockerfile",
                "FROM python AS build\nCOPY src /src\nFROM build AS test\nENV API_URL=http://web:80\nCOPY test.yml /\nFROM python AS run\nCOPY --from=build /src /src\n",
            ),
            ("docker/init.sql", "SELECT 1;\n"),
            (
                "docker/prometheus.yml",
                "scrape_configs:\n  - static_configs:\n      - targets: ['web:80']\n",
            ),
            ("docker/test.yml", "url: http://web:80\n"),
            ("docker/src/main.py", "r = Redis(host='cache', port=6379)\n"),
        ],
    );
    let (_, edges) = files.picture();
    assert_eq!(
        edges,
        [
            "metrics -scrapes-> search",
            "metrics -scrapes-> web",
            // Without a Dockerfile to read, all of the context may be in it.
            "plain -calls-> web",
            "plain -reads-writes-> cache",
            "worker -reads-writes-> cache",
        ]
    );
}

#[test]
fn a_dockerfile_and_variables_may_hang_on_the_environment() {
    let files = Files::new(
        "environment",
        &[
            (
                "compose.yaml",
                "services:\n  web:\n    build: {context: ., dockerfile: '${WEB_FILE}'}\n    environment: [CACHE_ADDR, GONE_ADDR]\n  jobs:\n    build: {context: ., dockerfile: '${JOBS_FILE}'}\n    environment: {CACHE_ADDR: null, DB_ADDR: ''}\n  cache: {image: redis}\n  db: {image: postgres}\n",
            ),
            (
                ".env",
                "WEB_FILE=web/Dockerfile\nJOBS_FILE=jobs/Dockerfile\nCACHE_ADDR=cache:6379\nDB_ADDR=db:5432\n",
            ),
            ("web/Dockerfile", "FROM node\nCOPY web .\n"),
            ("web/main.js", "call('http://jobs:80/')\n"),
            ("jobs/Dockerfile", "FROM node\nCOPY jobs .\n"),
            ("jobs/main.js", "call('http://web:80/')\n"),
        ],
    );
    let (_, edges) = files.picture();
    assert_eq!(
        edges,
        [
            "jobs -calls-> web",
            "jobs -reads-writes-> cache",
            "web -calls-> jobs",
            "web -reads-writes-> cache",
        ]
    );
}

#[test]
fn files_of_settings_say_where_a_client_goes() {
    let code = "struct EmailClient { http: reqwest::Client, base_url: String }
impl EmailClient { async fn send(&self) { let _ = self.http.post(format!(\"{}/email\", self.base_url)).send().await; } }
async fn rates(http: reqwest::Client) { let url = std::env::var(\"RATES_URL\").unwrap(); let _ = http.get(url).send().await; }
struct LedgerClient { http: reqwest::Client, base_url: String }
impl LedgerClient { async fn add(&self) { let _ = self.http.post(&self.base_url).send().await; } }
async fn main() { email.send().await; rates(http).await; ledger.add().await; }
";
    let files = Files::new(
        "settings",
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"shop\"\n[dependencies]\nreqwest = \"0.12\"\n",
            ),
            ("src/main.rs", code),
            (
                "configuration/local.yaml",
                "email_client:\n  base_url: \"http://mail.staging.example\"\napplication:\n  base_url: http://127.0.0.1\n",
            ),
            (
                "configuration/production.yaml",
                "email_client:\n  base_url: \"https://api.postmarkapp.com\"\n",
            ),
            (".env.example", "RATES_URL=https://rates.example.com/v1\n"),
            (
                "tests/config/settings.yaml",
                "ledger_client:\n  base_url: https://ledger.example.com\n",
            ),
        ],
    );
    let (_, edges) = files.picture();
    assert_eq!(
        edges,
        [
            "shop -calls-> ledger",
            "shop -calls-> postmark",
            "shop -calls-> rates.example.com",
        ]
    );
}

#[test]
fn a_collector_asks_what_it_receives_from_and_writes_to_what_it_exports_to() {
    let compose = "services:\n  collector:\n    image: otel/opentelemetry-collector-contrib\n    volumes: ['./collector.yaml:/etc/collector.yaml']\n  cache: {image: redis}\n  traces: {image: jaegertracing/all-in-one}\n";
    let config = "receivers:\n  redis:\n    endpoint: cache:6379\nexporters:\n  otlp:\n    endpoint: traces:4317\n";
    assert_eq!(
        Files::new(
            "collector",
            &[("compose.yaml", compose), ("collector.yaml", config)]
        )
        .picture()
        .1,
        ["collector -scrapes-> cache", "collector -writes-> traces"]
    );
}

#[test]
fn what_everybody_is_given_says_little_of_each() {
    let compose = "services:\n  db: {image: postgres}\n  kafka: {image: apache/kafka}\n  cache: {image: redis, env_file: all.env}\n  api:\n    image: registry.example/api\n    env_file: all.env\n    labels: [\"traefik.http.routers.api.rule=Host(`api.example.com`)\"]\n  jobs: {image: registry.example/jobs, env_file: all.env}\n  mails: {image: registry.example/mails, env_file: all.env}\n";
    let variables =
        "DATABASE_URL=postgres://db/app\nORDERS_TOPIC=orders\nAPI_URL=https://api.example.com\n";
    assert_eq!(
        Files::new(
            "everybody",
            &[("compose.yaml", compose), ("all.env", variables)]
        )
        .picture()
        .1,
        [
            "api -reads-writes-> db",
            "jobs -calls-> api",
            "jobs -reads-writes-> db",
            "mails -calls-> api",
            "mails -reads-writes-> db",
        ]
    );
}

#[test]
fn a_host_that_several_services_share_by_their_paths_is_none_of_them() {
    let compose = "services:\n  web:\n    image: registry.example/web\n    labels: [\"traefik.http.routers.web.rule=Host(`shop.example.com`)\"]\n  api:\n    image: registry.example/api\n    labels: [\"traefik.http.routers.api.rule=Host(`shop.example.com`) && PathPrefix(`/api`)\"]\n  jobs:\n    image: registry.example/jobs\n    environment: {SHOP_URL: \"https://shop.example.com/api\"}\n";
    assert_eq!(
        Files::new("one-host", &[("compose.yaml", compose)])
            .picture()
            .1,
        ["jobs -calls-> shop.example.com"]
    );
}

#[test]
fn what_a_file_says_of_itself_first_tells_whether_it_is_for_development() {
    let services = "services:\n  web: {image: registry.example/web}\n";
    let development = |head: &str| {
        let files = Files::new(
            &format!("head{}", head.len()),
            &[("compose.yaml", &format!("{head}{services}"))],
        );
        let analysis = directory(&files.0, 2);
        analysis.system.components[0].development
    };
    assert!(development("# Services for local development.\n"));
    assert!(!development(
        "# Production. For development there is another one.\n"
    ));
    assert!(!development("# For development use compose.dev.yml\n"));
    assert!(!development(
        "# Copyright of a software development company\n"
    ));
    assert!(!development(""));
}

#[test]
fn who_asks_for_metrics_scrapes_its_targets_and_tells_of_alerts() {
    let files = Files::new(
        "scrapes",
        &[
            (
                "compose.yaml",
                "services:\n  prometheus: {image: prom/prometheus, volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']}\n  \
             loki: {image: grafana/loki}\n  alertmanager: {image: prom/alertmanager}\n",
            ),
            (
                "prometheus.yml",
                "alerting:\n  alertmanagers:\n    - static_configs:\n        - targets: ['alertmanager:9093']\n\
             scrape_configs:\n  - job_name: loki\n    static_configs:\n      - targets: ['loki:3100']\n",
            ),
        ],
    );
    assert_eq!(
        files.picture().1,
        [
            "prometheus -calls-> alertmanager",
            "prometheus -scrapes-> loki"
        ]
    );
}
