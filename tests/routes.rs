//! Which endpoints a system has, whatever way its routes are registered, and which calls are asked for guards.

mod common;

use common::{findings as findings_of, manifest, system};
use seaworthy::model::Answer;

/// `service METHOD /path label`, sorted.
fn endpoints(files: &[(&str, &str)]) -> Vec<String> {
    let analysis = system(files);
    assert_eq!(analysis.problems, []);
    let shown = analysis.system.endpoints.iter().map(|endpoint| {
        let (service, label) = (&endpoint.service, endpoint.label.name());
        format!("{service} {} {label}", endpoint.name())
    });
    let mut shown: Vec<String> = shown.collect();
    shown.sort();
    shown
}

/// `rule file:line`, sorted.
fn findings(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let analysis = system(files);
    let found = findings_of(&analysis);
    let of_rule = found.iter().filter(|finding| finding.rule.as_str() == rule);
    let mut shown: Vec<String> = of_rule
        .map(|finding| {
            let source = analysis.sources.get(finding.span.source);
            let before = &source.text[..finding.span.start as usize];
            format!("{}:{}", source.path, before.lines().count().max(1))
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn routes_in_a_list_are_registered_one_by_one() {
    let code = r#"
        use axum::{Router, routing::{get, post, put}};
        async fn read() {}
        async fn write() {}
        fn listed() -> Router {
            let routes = [("GET", "/v1/orders", get(read)), ("PUT", "/v1/orders/{id}", put(write).layer(limit()))];
            let mut router = Router::new();
            for (method, path, handler) in routes {
                count(method, path);
                router = router.route(path, handler);
            }
            router
        }
        fn grown() -> Router {
            let mut routes = vec![("/a", post(write))];
            routes.extend(vec![("/b", post(write))]);
            routes.push(("/c", post(write)));
            let mut router = Router::new();
            for (path, handler) in routes.into_iter() { router = router.route(path, handler); }
            router
        }
        fn folded() -> Router {
            [("/d", post(write)), ("/e", get(read))].into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler))
        }
        async fn main() {
            axum::serve(listener, Router::new().nest("/api", listed()).merge(grown()).merge(folded())).await;
        }
    "#;
    let found = endpoints(&[
        ("Cargo.toml", &manifest("shop", &["axum"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "shop GET /api/v1/orders idempotent",
            "shop GET /e idempotent",
            "shop POST /a idempotent",
            "shop POST /b idempotent",
            "shop POST /c idempotent",
            "shop POST /d idempotent",
            "shop PUT /api/v1/orders/{id} idempotent",
        ]
    );
}

#[test]
fn a_scope_that_a_function_is_handed_keeps_its_path() {
    let code = r#"
        use actix_web::{web, App, HttpServer, HttpResponse, Scope, get, post};
        #[post("")] async fn create() -> HttpResponse { HttpResponse::Ok().finish() }
        #[get("/{id}")] async fn one() -> HttpResponse { HttpResponse::Ok().finish() }
        fn endpoints(scope: Scope) -> Scope { scope.service(create).service(one) }
        async fn main() {
            HttpServer::new(|| App::new().service(endpoints(web::scope("/orders")).wrap(log()))).run().await;
        }
    "#;
    let found = endpoints(&[
        ("Cargo.toml", &manifest("shop", &["actix-web"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "shop GET /orders/{id} idempotent",
            "shop POST /orders idempotent"
        ]
    );
}

#[test]
fn what_is_wrapped_or_handed_out_unseen_is_served() {
    let code = r#"
        use poem::{get, handler, Endpoint, EndpointExt, Route, Server};
        use poem_openapi::{OpenApi, OpenApiService};
        mod api {
            use poem_openapi::OpenApi;
            pub struct Users;
            pub struct Pets;
            #[OpenApi] impl Users { #[oai(path = "/users", method = "post")] async fn add(&self) { sqlx::query("INSERT INTO users (x) VALUES (1)").execute(&pool()).await; } }
            #[OpenApi] impl Pets { #[oai(path = "/pets/:id", method = "put")] async fn put(&self) {} }
            pub fn all() -> impl OpenApi { (Users, Pets) }
        }
        fn protected<E: Endpoint + 'static>(endpoint: E) -> impl Endpoint<Output = E::Output> { endpoint.around(check) }
        #[handler] fn stream() -> String { String::new() }
        async fn main() {
            let service = OpenApiService::new(api::all(), "t", "1").server("x");
            let page = service.swagger_ui();
            let app = Route::new().nest("/api", protected(service).with(log())).nest("/docs", page).at("/stream/:id", get(protected(stream)));
            Server::new(listener).run(app).await;
        }
    "#;
    let found = endpoints(&[
        (
            "Cargo.toml",
            &manifest("zoo", &["poem", "poem-openapi", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "zoo GET /stream/{id} idempotent",
            "zoo POST /api/users not-idempotent",
            "zoo PUT /api/pets/{id} idempotent",
        ]
    );
}

#[test]
fn modules_that_a_macro_declares_are_read() {
    let code = r#"
        macro_rules! with_every { ($then:ident) => { $then![orders, pets,]; }; }
        macro_rules! declare { ($($name:ident),* $(,)?) => { $(pub mod $name;)* }; }
        with_every!(declare);
        use axum::{Router, routing::post};
        async fn main() { axum::serve(listener, Router::new().route("/orders", post(orders::add)).route("/pets", post(pets::add))).await; }
    "#;
    let found = endpoints(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
        (
            "src/orders.rs",
            "pub async fn add() { sqlx::query(\"INSERT INTO orders (x) VALUES (1)\").execute(&pool()).await; }",
        ),
        ("src/pets.rs", "pub async fn add() {}"),
    ]);
    assert_eq!(
        found,
        [
            "shop POST /orders not-idempotent",
            "shop POST /pets idempotent"
        ]
    );
}

/// A library with a trait and a handler that runs it, and two programs, each with its own implementation.
#[test]
fn a_handler_runs_only_what_its_program_is_built_from() {
    let library = r#"
        #[async_trait::async_trait]
        pub trait Storing { async fn store(&self, name: &str); }
        pub async fn put(store: std::sync::Arc<dyn Storing>, name: axum::Json<String>) { store.store(&name).await; }
    "#;
    let memory = r#"
        struct Memory;
        #[async_trait::async_trait]
        impl storing::Storing for Memory { async fn store(&self, name: &str) { drop(name); } }
        async fn main() { axum::serve(listener, axum::Router::new().route("/names", axum::routing::post(storing::put))).await; }
    "#;
    let table = r#"
        struct Table { pool: sqlx::PgPool }
        #[async_trait::async_trait]
        impl storing::Storing for Table { async fn store(&self, name: &str) { sqlx::query("INSERT INTO names (name) VALUES ($1)").bind(name).execute(&self.pool).await.unwrap(); } }
        async fn main() { axum::serve(listener, axum::Router::new().route("/names", axum::routing::post(storing::put))).await; }
    "#;
    let uses = ["async-trait", "axum", "sqlx", "storing"];
    let found = endpoints(&[
        (
            "storing/Cargo.toml",
            &manifest("storing", &["async-trait", "axum"]),
        ),
        ("storing/src/lib.rs", library),
        ("memory/Cargo.toml", &manifest("memory", &uses)),
        ("memory/src/main.rs", memory),
        ("table/Cargo.toml", &manifest("table", &uses)),
        ("table/src/main.rs", table),
    ]);
    assert_eq!(
        found,
        [
            "memory POST /names idempotent",
            "table POST /names not-idempotent"
        ]
    );
}

#[test]
fn a_fork_under_a_name_is_used_like_what_it_is_a_fork_of() {
    let manifest = "[package]\nname = \"shop\"\n[dependencies]\naxum = \"1\"\ndiesel = { package = \"our_diesel\", version = \"2\" }\n";
    let code = r#"
        use diesel::prelude::*;
        async fn add(mut db: PgConnection) { diesel::insert_into(orders::table).values(&new()).execute(&mut db).unwrap(); }
        async fn main() { axum::serve(listener, axum::Router::new().route("/orders", axum::routing::post(add))).await; }
    "#;
    let found = endpoints(&[("Cargo.toml", manifest), ("src/main.rs", code)]);
    assert_eq!(found, ["shop POST /orders not-idempotent"]);
}

#[test]
fn what_a_type_has_by_itself_goes_before_what_a_trait_gives_it() {
    let code = r#"
        trait More { fn header(self, name: &str, value: &str) -> Self; }
        impl More for reqwest::RequestBuilder { fn header(self, name: &str, value: &str) -> Self { self } }
        async fn ask(client: reqwest::Client) { client.put("https://bank.example/orders/1").header("a", "b").send().await.unwrap(); }
        async fn main() { ask(reqwest::Client::new()).await; serve().await; }
    "#;
    let analysis = system(&[
        ("Cargo.toml", &manifest("shop", &["reqwest"])),
        ("src/main.rs", code),
    ]);
    let calls = analysis.system.calls.iter();
    let calls: Vec<_> = calls
        .map(|call| (call.method.as_deref(), call.target.as_deref()))
        .collect();
    assert_eq!(
        calls,
        [(Some("PUT"), Some("https://bank.example/orders/1"))]
    );
}

const SERVER: &str = r#"
    async fn handler(client: reqwest::Client) { client.get("https://a.example/x").send().await.unwrap(); }
    async fn check_health(client: reqwest::Client) { client.get("https://a.example/health").send().await.unwrap(); }
    async fn main() { axum::serve(listener, axum::Router::new().route("/x", axum::routing::get(handler)).route("/h", axum::routing::get(check_health))).await; }
"#;

const TOOL: &str = r#"
    async fn main() {
        let arguments = Arguments::parse();
        reqwest::Client::new().get("https://a.example/x").send().await.unwrap();
    }
"#;

/// One that repeats its work until it is stopped is no tool, however it reads its arguments.
const WATCHER: &str = r#"
    async fn main() {
        let arguments = Arguments::parse();
        loop {
            reqwest::Client::new().get("https://a.example/x").send().await.unwrap();
            tokio::time::sleep(arguments.pause).await;
        }
    }
"#;

#[test]
fn commands_examples_and_probes_need_no_breaker() {
    let uses = ["axum", "clap", "reqwest", "tokio"];
    let files = [
        ("server/Cargo.toml", manifest("server", &uses)),
        ("server/src/main.rs", SERVER.to_owned()),
        ("tool/Cargo.toml", manifest("tool", &uses)),
        ("tool/src/main.rs", TOOL.to_owned()),
        ("watcher/Cargo.toml", manifest("watcher", &uses)),
        ("watcher/src/main.rs", WATCHER.to_owned()),
        ("examples/small/Cargo.toml", manifest("small", &uses)),
        ("examples/small/src/main.rs", SERVER.to_owned()),
        ("shop-tests/Cargo.toml", manifest("shop-tests", &uses)),
        ("shop-tests/src/main.rs", SERVER.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let breaker = findings(&files, "outbound-call-without-breaker");
    assert_eq!(breaker, ["server/src/main.rs:2", "watcher/src/main.rs:5"]);
    // A probe may wait too long like any other call.
    let timeout = findings(&files, "outbound-call-without-timeout");
    assert_eq!(timeout, ["server/src/main.rs:2", "watcher/src/main.rs:5"]);
}

/// What is repeated: a question is no fault, and only a callee whose code was read makes it an error.
#[test]
fn a_question_may_be_repeated() {
    let code = r#"
        struct Asked { query: String, variables: Variables }
        #[derive(Clone)]
        struct Bank { client: reqwest::Client }
        impl Bank {
            async fn repeated(&self) {
                retry(policy(), || async { self.client.post("https://a.example/graphql-endpoint").json(&Asked { query: text(), variables: none() }).send().await }).await;
                retry(policy(), || async { self.client.post("https://a.example/pipes/p:search").json(&1).send().await }).await;
                retry(policy(), || async { self.client.post("https://a.example/v1/rerank").json(&1).send().await }).await;
            }
            async fn token(&self) {
                retry(policy(), || async { self.client.post("https://a.example/door").form(&[("grant_type", "client_credentials")]).send().await }).await;
            }
            async fn paid(&self) {
                retry(policy(), || async { self.client.post("https://a.example/payments").json(&1).send().await }).await;
            }
        }
        async fn handler(bank: Bank) { bank.repeated().await; bank.token().await; bank.paid().await; }
        async fn main() { axum::serve(listener, axum::Router::new().route("/x", axum::routing::post(handler))).await; }
    "#;
    let code = format!(
        "use tokio_retry::Retry;\n{}",
        code.replace("retry(policy(), ", "Retry::spawn(policy(), ")
    );
    let files = [
        (
            "Cargo.toml",
            manifest("shop", &["axum", "reqwest", "tokio-retry"]),
        ),
        ("src/main.rs", code),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let found = findings(&files, "retry-of-non-idempotent-call");
    assert_eq!(found, ["src/main.rs:16"]);
}

#[test]
fn a_service_that_only_describes_itself_serves_nothing() {
    let code = r#"
        use poem_openapi::{OpenApi, OpenApiService};
        struct Users;
        #[OpenApi] impl Users { #[oai(path = "/users", method = "post")] async fn add(&self) {} }
        fn main() { println!("{}", OpenApiService::new(Users, "t", "1").server("/api").spec()); }
    "#;
    let found = endpoints(&[
        (
            "Cargo.toml",
            &manifest("describing", &["poem", "poem-openapi"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(found, [""; 0]);
}

/// A router of a library is served by the program around it; one that is a service of its own by itself.
#[test]
fn what_a_part_serves_is_listed_once() {
    let library = "pub fn router() -> axum::Router { axum::Router::new().route(\"/x\", axum::routing::post(handler)) }\n\
         async fn handler() {}\n\
         pub async fn run() { axum::serve(listener, router()).await; }\n";
    let whole = "async fn main() { axum::serve(listener, part::router()).await; }";
    let alone = "async fn main() { part::run().await; }";
    let shared = [
        ("part/Cargo.toml", manifest("part", &["axum"])),
        ("part/src/lib.rs", library.to_owned()),
        ("whole/Cargo.toml", manifest("whole", &["axum", "part"])),
        ("whole/src/main.rs", whole.to_owned()),
    ];
    let own = ("part/src/main.rs", alone.to_owned());
    let listed = |files: &[(&str, String)]| {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        endpoints(&files)
    };
    assert_eq!(listed(&shared), ["whole POST /x idempotent"]);
    let both: Vec<(&str, String)> = shared.iter().cloned().chain([own]).collect();
    assert_eq!(listed(&both), ["part POST /x idempotent"]);
}

#[test]
fn a_contract_belongs_to_the_package_that_it_lies_in() {
    let contract = |path: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{title: Solving, version: '1'}}\npaths:\n  {path}:\n    post:\n      responses: {{'200': {{description: done}}}}\n"
        )
    };
    let code = "async fn main() { axum::serve(listener, axum::Router::new().route(\"/solve\", axum::routing::post(handler))).await; }\nasync fn handler() {}\n";
    let files = [
        ("driver/Cargo.toml", manifest("driver", &["axum"])),
        ("driver/src/main.rs", code.to_owned()),
        ("solver/Cargo.toml", manifest("solver", &["axum"])),
        ("solver/src/main.rs", code.to_owned()),
        ("solver/openapi.yaml", contract("/solve")),
        ("sdk/tests/corpus/openapi.yaml", contract("/seed")),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let analysis = system(&files);
    let of_contract = analysis.system.endpoints.iter();
    let of_contract = of_contract.filter(|endpoint| endpoint.operation.is_some());
    let services: Vec<&str> = of_contract
        .map(|endpoint| endpoint.service.as_str())
        .collect();
    assert_eq!(services, ["solver"]);
}

#[test]
fn a_route_passes_through_what_the_system_puts_around_it() {
    let wrapped = r#"
        use axum::{Router, Json, extract::State, routing::{MethodRouter, get as axum_get, post as axum_post}};
        pub fn post<F, Fut>(handler: F) -> MethodRouter<PgPool> where F: FnOnce(PgPool, String) -> Fut + Clone, Fut: Future<Output = String> {
            axum_post(move |State(db): State<PgPool>, Json(body): Json<String>| async move { Json(handler(db, body).await) })
        }
        pub trait Limited { fn limited(self, times: u32) -> Self; }
        impl<S> Limited for MethodRouter<S> { fn limited(self, times: u32) -> Self { self.layer(Limit::new(times)) } }
        async fn create(db: PgPool, body: String) -> String { sqlx::query("INSERT INTO notes (body) VALUES ($1)").bind(body).execute(&db).await.unwrap(); String::new() }
        async fn clear(State(db): State<PgPool>) { sqlx::query("DELETE FROM notes").execute(&db).await.unwrap(); }
        async fn home() {}
        // What a closure is given, the function says that runs it.
        type Routes = Router<PgPool>;
        fn build(name: &str, add: fn(Routes) -> Routes) -> Routes { add(Router::new()) }
        async fn main() {
            let built = build("a", |router| router.route("/clear", axum_post(clear).limited(3)));
            let all = Router::new().route("/", axum_get(home)).route("/create", post(create)).merge(built);
            let all = if settings.path.is_empty() { all } else { Router::new().nest(settings.path, all) };
            axum::serve(listener, all).await;
        }
    "#;
    let manifest = manifest("notes", &["axum", "sqlx"]);
    let found = endpoints(&[("Cargo.toml", &manifest), ("src/main.rs", wrapped)]);
    assert_eq!(
        found,
        [
            "notes GET / idempotent",
            "notes POST /clear idempotent",
            "notes POST /create not-idempotent",
        ]
    );
}

#[test]
fn an_operation_belongs_to_the_service_that_serves_it() {
    let operation = |path: &str, id: &str| {
        format!(
            "  {path}:\n    post:\n      operationId: {id}\n      responses: {{'200': {{description: done}}}}\n"
        )
    };
    let head = "openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n";
    let orders = [
        operation("/orders", "order"),
        operation("/refunds", "refund"),
    ]
    .concat();
    let all = format!("{head}{orders}{}", operation("/items", "item"));
    let own = format!("{}{orders}", head.replace("Shop", "Orders"));
    let serves = |routes: &[&str]| {
        let routes = routes
            .iter()
            .map(|name| format!(".route(\"/{name}s\", axum::routing::post({name}))"));
        let handlers = "async fn order() {}\nasync fn refund() {}\nasync fn item() {}\n";
        format!(
            "{handlers}async fn main() {{ axum::serve(listener, axum::Router::new(){}).await; }}\n",
            routes.collect::<String>()
        )
    };
    let files = [
        ("api/shop.yaml", all),
        ("orders/Cargo.toml", manifest("orders", &["axum"])),
        ("orders/openapi.yaml", own),
        ("orders/src/main.rs", serves(&["order", "refund"])),
        ("stock/Cargo.toml", manifest("stock", &["axum"])),
        ("stock/src/main.rs", serves(&["item"])),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    assert_eq!(
        endpoints(&files),
        [
            "orders POST /orders idempotent",
            "orders POST /refunds idempotent",
            "stock POST /items idempotent",
        ]
    );
}

#[test]
fn an_operation_that_a_gateway_hands_on_is_answered_by_its_procedure() {
    let code = r#"
        pub mod shop { tonic::include_proto!("shop.v1"); }
        use shop::orders_server::Orders;
        struct Desk { db: sqlx::PgPool }
        #[tonic::async_trait]
        impl Orders for Desk {
            async fn place(&self, request: tonic::Request<Order>) -> Result<tonic::Response<Reply>, tonic::Status> {
                sqlx::query("INSERT INTO orders (name) VALUES ('new')").execute(&self.db).await.unwrap();
                Ok(tonic::Response::new(Reply {}))
            }
        }
        async fn main() { tonic::transport::Server::builder().add_service(shop::orders_server::OrdersServer::new(Desk { db })).serve(addr).await; }
    "#;
    let contract = r#"
swagger: "2.0"
info: {title: shop/v1/shop.proto, version: "1"}
paths:
  /v1/orders:
    post: {operationId: Orders_Place, responses: {"200": {description: placed}}}
"#;
    let found = endpoints(&[
        ("Cargo.toml", &manifest("desk", &["sqlx", "tonic"])),
        ("src/main.rs", code),
        ("shop.swagger.yaml", contract),
    ]);
    assert_eq!(
        found,
        [
            "desk GRPC /Orders/Place not-idempotent",
            "desk POST /v1/orders not-idempotent",
        ]
    );
}

#[test]
fn a_path_that_a_contract_writes_out_is_served_by_a_pattern() {
    let code = r#"
        use axum::{Router, extract::Path, routing::{get, post}};
        async fn list() {}
        async fn configure(Path(queue): Path<String>) {}
        async fn main() {
            let app = Router::new().route("/queues", get(list)).route("/queues/{queue}/config", post(configure)).route("/other/{id}", post(configure));
            axum::serve(listener, app).await;
        }
    "#;
    let contract = r#"
openapi: 3.1.0
info: {title: queues, version: "1"}
paths:
  /queues:
    get: {responses: {"200": {description: all}}}
  /queues/cleanup/config:
    post: {responses: {"204": {description: set}}}
"#;
    let files = [
        ("Cargo.toml", manifest("desk", &["axum"])),
        ("src/main.rs", code.to_owned()),
        ("openapi.yaml", contract.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    assert_eq!(findings(&files, "operation-without-route"), [""; 0]);
    assert_eq!(
        findings(&files, "route-without-operation"),
        ["src/main.rs:6"]
    );
}

#[test]
fn what_no_code_names_asks_nobody() {
    let code = r#"
        use axum::{Router, routing::post};
        mod client;
        async fn ask() { client::used().await; }
        async fn main() {
            let app = Router::new().route("/ask", post(ask));
            axum::serve(listener, app).await;
        }
    "#;
    let client = r#"
        pub async fn used() { send("https://a.example/1").await; }
        pub async fn unused() { reqwest::Client::new().get("https://b.example/1").send().await.unwrap(); }
        async fn send(url: &str) { reqwest::Client::new().get(url).send().await.unwrap(); }
        some_items! { on_start => by_macro }
        pub async fn by_macro() { tokio::join!(reqwest::Client::new().get("https://c.example/1").send()); }
        #[derive(Deserialize)] struct Settings { #[serde(default = "by_attribute")] key: String }
        async fn by_attribute() -> String { reqwest::Client::new().get("https://d.example/1").send().await.unwrap() }
    "#;
    let found = findings(
        &[
            ("Cargo.toml", &manifest("desk", &["axum", "reqwest"])),
            ("src/main.rs", code),
            ("src/client.rs", client),
        ],
        "outbound-call-without-timeout",
    );
    // What a macro or an attribute names that is not read may be run.
    assert_eq!(
        found,
        ["src/client.rs:4", "src/client.rs:6", "src/client.rs:8"]
    );
}

#[test]
fn who_waits_for_an_answer_fills_no_buffer() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use tokio::sync::{mpsc, oneshot};
        struct Permit(oneshot::Sender<bool>);
        enum Message { Enter(u64, Permit), Leave(u64) }
        struct Order { id: u64 }
        #[derive(Clone)] struct App { gate: mpsc::UnboundedSender<Message>, orders: mpsc::UnboundedSender<Order> }
        async fn enter(State(app): State<App>) { let (permit, given) = oneshot::channel(); app.gate.send(Message::Enter(1, Permit(permit))).unwrap(); given.await.unwrap(); }
        async fn order(State(app): State<App>) { app.orders.send(Order { id: 1 }).unwrap(); }
        async fn main() {
            let (gate, _) = mpsc::unbounded_channel::<Message>();
            let (orders, _) = mpsc::unbounded_channel::<Order>();
            let app = Router::new().route("/enter", post(enter)).route("/order", post(order)).with_state(App { gate, orders });
            axum::serve(listener, app).await;
        }
    "#;
    let files = [
        ("Cargo.toml", manifest("desk", &["axum", "tokio"])),
        ("src/main.rs", code.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    assert_eq!(findings(&files, "unbounded-buffer"), ["src/main.rs:9"]);
}

#[test]
fn a_middleware_bounds_the_routes_that_it_stands_around() {
    let code = r#"
        use axum::{Router, routing::{get, post}};
        use tower_http::timeout::TimeoutLayer;
        async fn bounded() { reqwest::Client::new().get("https://a.example/1").send().await.unwrap(); }
        async fn endless() { reqwest::Client::new().get("https://b.example/1").send().await.unwrap(); }
        async fn main() {
            let events = Router::new().route("/events", get(endless));
            let app = Router::new().route("/ask", post(bounded)).layer(TimeoutLayer::new(limit)).merge(events);
            axum::serve(listener, app).await;
        }
    "#;
    let found = findings(
        &[
            (
                "Cargo.toml",
                &manifest("desk", &["axum", "reqwest", "tower-http"]),
            ),
            ("src/main.rs", code),
        ],
        "outbound-call-without-timeout",
    );
    assert_eq!(found, ["src/main.rs:5"]);
}

#[test]
fn a_queue_for_an_answer_ends_with_who_asked() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        async fn ask(State(channel): State<lapin::Channel>) {
            let replies = channel.queue_declare("", QueueDeclareOptions { exclusive: true, ..Default::default() }, FieldTable::default()).await.unwrap();
            channel.basic_publish("", "orders", BasicPublishOptions::default(), b"x", properties()).await.unwrap();
            let mut answers = channel.basic_consume(replies.name().as_str(), "rpc", BasicConsumeOptions::default(), FieldTable::default()).await.unwrap();
        }
        async fn work(channel: lapin::Channel) {
            channel.queue_declare("orders", QueueDeclareOptions::default(), FieldTable::default()).await.unwrap();
            let mut orders = channel.basic_consume("orders", "me", BasicConsumeOptions::default(), FieldTable::default()).await.unwrap();
            while let Some(order) = orders.next().await { order.unwrap().ack(BasicAckOptions::default()).await.unwrap(); }
        }
        async fn main() {
            work(channel).await;
            let app = Router::new().route("/ask", post(ask));
            axum::serve(listener, app).await;
        }
    "#;
    let found = findings(
        &[
            ("Cargo.toml", &manifest("desk", &["axum", "lapin"])),
            ("src/main.rs", code),
        ],
        "queue-without-dead-letter",
    );
    assert_eq!(found, ["src/main.rs:10"]);
}

#[test]
fn a_breaker_is_for_one_host_that_many_wait_for() {
    let code = r#"
        use axum::{Router, extract::Path, routing::post};
        async fn ask(Path(handle): Path<String>) {
            let client = reqwest::Client::builder().timeout(limit).build().unwrap();
            client.get(format!("https://{handle}/.well-known/did")).send().await.unwrap();
            client.get("https://directory.example/x").send().await.unwrap();
            let (socket, _) = tokio_tungstenite::connect_async("wss://events.example/x").await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/ask/{handle}", post(ask));
            axum::serve(listener, app).await;
        }
    "#;
    let files = [
        (
            "Cargo.toml",
            manifest("desk", &["axum", "reqwest", "tokio-tungstenite"]),
        ),
        ("src/main.rs", code.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let analysis = system(&files);
    let found = findings_of(&analysis);
    let of_breaker = found
        .iter()
        .filter(|finding| finding.rule.as_str() == "outbound-call-without-breaker");
    let mut shown: Vec<(&str, &str)> = of_breaker
        .map(|finding| {
            let severity = finding.severity.name();
            let host = finding.message.split("://").nth(1).unwrap_or_default();
            (severity, host.split('/').next().unwrap_or_default())
        })
        .collect();
    shown.sort_unstable();
    assert_eq!(
        shown,
        [("note", "{handle}"), ("warning", "directory.example")]
    );
}

#[test]
fn a_path_may_be_what_a_variant_says() {
    let code = r#"
        use axum::{Router, routing::{get, post}};
        const BASE: &str = "/v1";
        enum Route { Status, Submit }
        impl Route {
            fn path(&self) -> String {
                match self {
                    Route::Status => "/status".into(),
                    Route::Submit => format!("{BASE}/orders"),
                }
            }
        }
        enum Page { Home, Help }
        impl AsRef<str> for Page {
            fn as_ref(&self) -> &str { match *self { Self::Home => "/home", Self::Help => "/help" } }
        }
        async fn status() {}
        async fn submit() {}
        async fn main() {
            let app = Router::new()
                .route(&Route::Submit.path(), post(submit))
                .route(&Route::Status.path(), get(status))
                .route(Page::Help.as_ref(), get(status));
            axum::serve(listener, app).await;
        }
    "#;
    let found = endpoints(&[
        ("Cargo.toml", &manifest("shop", &["axum"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "shop GET /help idempotent",
            "shop GET /status idempotent",
            "shop POST /v1/orders idempotent",
        ]
    );
}

#[test]
fn what_is_begun_and_left_to_itself_holds_up_nobody() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        struct Hooks { http: reqwest::Client }
        impl Hooks {
            async fn tell(&self) { self.http.post("https://hooks.example/orders").send().await.unwrap(); }
            async fn ask(&self) { self.http.post("https://stock.example/orders").send().await.unwrap(); }
        }
        async fn order(State(hooks): State<Hooks>) {
            hooks.ask().await;
            tokio::spawn(async move { hooks.tell().await });
        }
        async fn main() { axum::serve(listener, Router::new().route("/orders", post(order))).await; }
    "#;
    let analysis = system(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "reqwest", "tokio"]),
        ),
        ("src/main.rs", code),
    ]);
    let calls = analysis.system.calls.iter();
    let mut waited: Vec<(&str, bool)> = calls
        .map(|call| (call.target.as_deref().unwrap_or_default(), call.waited))
        .collect();
    waited.sort_unstable();
    assert_eq!(
        waited,
        [
            ("https://hooks.example/orders", false),
            ("https://stock.example/orders", true),
        ]
    );
}

#[test]
fn a_middleware_of_one_program_is_around_nothing_in_another_one() {
    let shop = r#"
        use actix_web::{App, HttpResponse, HttpServer, middleware::Logger, web};
        async fn go(http: web::Data<reqwest::Client>) -> HttpResponse {
            http.get("https://prices.example").send().await.unwrap();
            HttpResponse::Ok().finish()
        }
        #[actix_web::main]
        async fn main() {
            let http = reqwest::Client::new();
            HttpServer::new(move || App::new().wrap(Logger::default()).app_data(web::Data::new(http.clone())).service(web::resource("/").route(web::get().to(go)))).bind("0.0.0.0:80").unwrap().run().await.unwrap()
        }
    "#;
    let other = r#"
        use actix_web::{App, HttpServer, dev, middleware::{Next, from_fn}, web};
        async fn limit(request: dev::ServiceRequest, next: Next<Body>) -> Result<dev::ServiceResponse<Body>, Error> {
            match tokio::time::timeout(std::time::Duration::from_secs(10), next.call(request)).await { Ok(answer) => answer, Err(_) => Err(late()) }
        }
        #[actix_web::main]
        async fn main() { HttpServer::new(|| App::new().wrap(from_fn(limit)).service(web::resource("/").route(web::get().to(hello)))).bind("0.0.0.0:81").unwrap().run().await.unwrap() }
        async fn hello() -> &'static str { "hello" }
    "#;
    let found = findings(
        &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"shop\", \"other\"]\n",
            ),
            (
                "shop/Cargo.toml",
                &manifest("shop", &["actix-web", "reqwest"]),
            ),
            ("shop/src/main.rs", shop),
            (
                "other/Cargo.toml",
                &manifest("other", &["actix-web", "tokio"]),
            ),
            ("other/src/main.rs", other),
        ],
        "outbound-call-without-timeout",
    );
    assert_eq!(found, ["shop/src/main.rs:4"]);
}

#[test]
fn of_rocket_routes_of_one_path_all_count_that_may_answer() {
    let code = r#"
        #[macro_use] extern crate rocket;
        use mongodb::{Collection, bson::doc};
        #[post("/events")]
        async fn create(user: User, events: Collection<Event>) { events.insert_one(doc! {"by": user.name}).await.unwrap(); }
        #[post("/events", rank = 2)]
        fn refused() -> Status { Status::Unauthorized }
        #[put("/events/<id>", rank = 3)]
        fn moved(id: &str) -> Status { Status::Gone }
        #[put("/events/<id>", rank = 2)]
        async fn counted(user: User, id: &str, events: Collection<Event>) {
            events.update_one(doc! {"_id": id}, doc! {"$inc": {"seen": 1}}).await.unwrap();
        }
        #[delete("/events/<id>")]
        async fn named(admin: Admin, id: &str, events: Collection<Event>) { events.update_one(doc! {"_id": id}, doc! {"$set": {"gone": true}}).await.unwrap(); }
        #[delete("/events/<id>", rank = 2)]
        async fn asked(user: User, id: &str, events: Collection<Event>) { events.insert_one(doc! {"asks": id}).await.unwrap(); }
        #[launch]
        fn rocket() -> _ { rocket::build().mount("/", routes![refused, create, moved, counted, named, asked]) }
    "#;
    let found = endpoints(&[
        ("Cargo.toml", &manifest("events", &["mongodb", "rocket"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "events DELETE /events/{id} not-idempotent",
            "events POST /events not-idempotent",
            "events PUT /events/{id} not-idempotent",
        ]
    );
}

#[test]
fn a_branch_of_select_that_waits_for_a_time_is_a_timeout_of_the_others() {
    let code = r#"
        use std::time::Duration;
        async fn given_up(client: reqwest::Client, stop: tokio_util::sync::CancellationToken) {
            let answer = tokio::select! {
                answer = client.post("http://a/x").send() => answer,
                _ = tokio::time::sleep(Duration::from_secs(5)) => return,
                _ = stop.cancelled() => return,
            };
            let late = tokio::time::sleep(Duration::from_secs(5));
            tokio::pin!(late);
            tokio::select! { _ = client.post("http://b/x").send() => {}, _ = &mut late => {} }
        }
        async fn waits_on(client: reqwest::Client, stop: tokio_util::sync::CancellationToken) {
            tokio::select! {
                _ = client.post("http://c/x").send() => {}
                _ = stop.cancelled() => {}
            }
            let begun = client.post("http://e/x").send();
            tokio::pin!(begun);
            tokio::select! { _ = &mut begun => {}, _ = tokio::time::sleep(Duration::from_secs(5)) => {} }
            begun.await.unwrap();
            tokio::select! {
                _ = client.post("http://f/x").send() => {}
                _ = tokio::time::sleep(Duration::from_secs(5)), if limited() => {}
            }
            tokio::select! {
                _ = ready() => { client.post("http://d/x").send().await.unwrap(); }
                _ = tokio::time::sleep(Duration::from_secs(5)) => {}
            }
        }
        async fn main() { given_up(reqwest::Client::new(), stop()).await; waits_on(reqwest::Client::new(), stop()).await; }
    "#;
    let analysis = system(&[
        (
            "Cargo.toml",
            &manifest("shop", &["reqwest", "tokio", "tokio-util"]),
        ),
        ("src/main.rs", code),
    ]);
    let calls = analysis.system.calls.iter();
    let bounded = calls.filter(|call| call.guards.timeout.answer == Answer::Yes);
    let mut bounded: Vec<&str> = bounded.filter_map(|call| call.target.as_deref()).collect();
    bounded.sort_unstable();
    assert_eq!(bounded, ["http://a/x", "http://b/x"]);
    assert_eq!(analysis.system.calls.len(), 6);
}

#[test]
fn what_one_change_mends_is_one_finding_and_a_console_has_none() {
    let shop = r#"
        use axum::{Router, extract::State, routing::get};
        enum Provider { First, Second, Third }
        impl Provider {
            async fn token(&self) -> String {
                match self {
                    Provider::First => reqwest::Client::new().get("https://first.example/token").send().await.unwrap(),
                    Provider::Second => reqwest::Client::new().get("https://second.example/token").send().await.unwrap(),
                    Provider::Third => reqwest::Client::new().get("https://third.example/token").send().await.unwrap(),
                }
            }
        }
        struct Index { client: reqwest::Client, base_url: String }
        impl Index { async fn alias(&self) { self.client.get(format!("{}/_alias", self.base_url)).send().await.unwrap(); } }
        struct Search { index: Index, base_url: String }
        impl Search { async fn ask(&self) { self.index.client.get(format!("{}/_search", self.base_url)).send().await.unwrap(); self.index.alias().await; } }
        async fn look(State(search): State<Search>) { Provider::First.token().await; search.ask().await; }
        async fn main() {
            let search = Search { index: Index { client: reqwest::Client::new(), base_url: base() }, base_url: base() };
            axum::serve(listener, Router::new().route("/look", get(look)).with_state(search)).await;
        }
    "#;
    let console = r#"
        use cling::prelude::*;
        mod commands;
        async fn main() -> ClingFinished<App> { loop { tokio::time::sleep(second()).await; } Cling::parse_and_run().await }
    "#;
    let commands = r#"
        pub async fn status(client: reqwest::Client) { client.get("http://shop:80/status").send().await.unwrap(); }
    "#;
    let files = |name: &str| {
        findings(
            &[
                ("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"ctl\"]\n"),
                ("shop/Cargo.toml", &manifest("shop", &["axum", "reqwest"])),
                ("shop/src/main.rs", shop),
                (
                    "ctl/Cargo.toml",
                    &manifest(name, &["cling", "reqwest", "tokio"]),
                ),
                ("ctl/src/main.rs", console),
                ("ctl/src/commands.rs", commands),
            ],
            "outbound-call-without-timeout",
        )
    };
    let shop = ["shop/src/main.rs:14", "shop/src/main.rs:7"];
    assert_eq!(files("shopctl"), shop);
    let watcher = files("shopwatch");
    assert_eq!(watcher, ["ctl/src/commands.rs:2", shop[0], shop[1]]);
}

#[test]
fn a_contract_that_knows_all_routes_of_a_package_is_its_own() {
    use std::fmt::Write as _;
    let served = |count: usize| {
        let mut contract =
            "openapi: 3.0.3\ninfo: {title: Desk API, version: '1'}\npaths:\n".to_owned();
        for number in 0..40 {
            writeln!(
                contract,
                "  /part{number}/{{id}}: {{post: {{responses: {{'200': {{description: ok}}}}}}}}"
            )
            .unwrap();
        }
        let routes: String = (0..count)
            .map(|number| format!(".route(\"/part{number}/{{id}}\", post(add))"))
            .collect();
        let code = format!(
            "use axum::{{Router, routing::post}};\nasync fn add() {{}}\nasync fn main() {{ axum::serve(listener, Router::new(){routes}).await; }}"
        );
        let analysis = system(&[
            ("openapi.yaml", &contract),
            ("Cargo.toml", &manifest("desk", &["axum"])),
            ("src/main.rs", &code),
        ]);
        let findings = findings_of(&analysis);
        let missing = "operation-without-route";
        assert!(findings.iter().all(|one| one.rule.as_str() != missing));
        let endpoints = analysis.system.endpoints.iter();
        let of_desk = endpoints.filter(|endpoint| endpoint.service == "desk");
        (analysis.system.endpoints.len(), of_desk.count())
    };
    // What else it serves is not seen.
    assert_eq!(served(8), (40, 40));
    // A stand-in for a few of the operations.
    assert_eq!(served(3), (43, 3));
}
