//! Labels that hang on which code runs at all: which implementation, which method, which procedure, and what a database runs.

mod common;

use common::{labels, manifest};

#[test]
fn an_implementation_that_nobody_makes_does_nothing() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use std::sync::Arc;
        #[async_trait::async_trait]
        trait Users: Send + Sync { async fn rename(&self, id: i64, name: &str); }
        struct Current { pool: sqlx::PgPool }
        impl Current { fn new(pool: sqlx::PgPool) -> Self { Self { pool } } }
        #[async_trait::async_trait]
        impl Users for Current {
            async fn rename(&self, id: i64, name: &str) {
                sqlx::query("UPDATE users SET name = $1 WHERE id = $2").bind(name).bind(id).execute(&self.pool).await.unwrap();
            }
        }
        struct Former { pool: sqlx::PgPool }
        impl Former { fn new(pool: sqlx::PgPool) -> Self { Self { pool } } }
        #[async_trait::async_trait]
        impl Users for Former {
            async fn rename(&self, id: i64, name: &str) {
                sqlx::query("INSERT INTO renamings (id, name) VALUES ($1, $2)").bind(id).bind(name).execute(&self.pool).await.unwrap();
            }
        }
        async fn rename(State(users): State<Arc<dyn Users>>) { users.rename(1, "x").await; }
        async fn main() {
            let users: Arc<dyn Users> = Arc::new(Current::new(pool));
            axum::serve(listener, Router::new().route("/rename", post(rename)).with_state(users)).await;
        }
    "#;
    let files = |code: &str| {
        labels(&[
            ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
            ("src/main.rs", code),
        ])
    };
    assert_eq!(files(code), ["POST /rename idempotent effects"]);
    // One that is chosen somewhere may be run.
    let chosen = code.replace(
        "Arc::new(Current::new(pool));",
        "match former { true => Arc::new(Former::new(pool)), false => Arc::new(Current::new(pool)) };",
    );
    assert_eq!(files(&chosen), ["POST /rename not-idempotent none"]);
    // So may one under another name.
    let renamed = code
        .replace(
            "use std::sync::Arc;",
            "use std::sync::Arc; mod old { pub use super::Former as Kept; }",
        )
        .replace(
            "(Current::new(pool))",
            "(old::Kept::new(pool), Current::new(pool))",
        );
    assert_eq!(files(&renamed), ["POST /rename not-idempotent none"]);
}

#[test]
fn what_another_program_makes_is_not_run_by_this_one() {
    let library = r#"
        #[async_trait::async_trait]
        pub trait Sink { async fn put(&self, text: &str); }
        pub struct Keyed { pub pool: sqlx::PgPool }
        #[async_trait::async_trait]
        impl Sink for Keyed {
            async fn put(&self, text: &str) {
                sqlx::query("UPDATE notes SET text = $1 WHERE id = 1").bind(text).execute(&self.pool).await.unwrap();
            }
        }
        pub struct Growing { pub pool: sqlx::PgPool }
        #[async_trait::async_trait]
        impl Sink for Growing {
            async fn put(&self, text: &str) {
                sqlx::query("INSERT INTO notes (text) VALUES ($1)").bind(text).execute(&self.pool).await.unwrap();
            }
        }
    "#;
    let program = |path: &str, made: &str| {
        format!(
            r#"
            use axum::{{Router, extract::State, routing::post}};
            use sinks::{{Growing, Keyed, Sink}};
            use std::sync::Arc;
            async fn note(State(sink): State<Arc<dyn Sink>>) {{ sink.put("x").await; }}
            async fn main() {{
                let sink: Arc<dyn Sink> = Arc::new({made} {{ pool }});
                axum::serve(listener, Router::new().route("{path}", post(note)).with_state(sink)).await;
            }}
            "#
        )
    };
    let built_with = |name: &str| manifest(name, &["axum"]) + "sinks = {path = \"../sinks\"}\n";
    let found = labels(&[
        ("sinks/Cargo.toml", &manifest("sinks", &["sqlx"])),
        ("sinks/src/lib.rs", library),
        ("one/Cargo.toml", &built_with("one")),
        ("one/src/main.rs", &program("/one", "Keyed")),
        ("two/Cargo.toml", &built_with("two")),
        ("two/src/main.rs", &program("/two", "Growing")),
    ]);
    assert_eq!(
        found,
        [
            "POST /one idempotent effects",
            "POST /two not-idempotent none",
        ]
    );
}

#[test]
fn a_method_is_the_one_of_the_arguments_of_its_type() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        struct Open; struct Closed;
        #[derive(Clone)] struct Door<S> { pool: sqlx::PgPool, state: S }
        impl Door<Open> {
            async fn pass(&self) { sqlx::query("INSERT INTO visits (door) VALUES (1)").execute(&self.pool).await.unwrap(); }
        }
        impl Door<Closed> {
            async fn pass(&self) { sqlx::query("SELECT id FROM visits").fetch_one(&self.pool).await.unwrap(); }
        }
        async fn enter(State(door): State<Door<Open>>) { door.pass().await; }
        async fn knock(State(door): State<Door<Closed>>) { door.pass().await; }
        async fn main() {
            axum::serve(listener, Router::new().route("/enter", post(enter)).route("/knock", post(knock))).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /enter not-idempotent none",
            "POST /knock idempotent effects",
        ]
    );
}

#[test]
fn a_select_does_what_the_body_of_its_function_does() {
    let code = r#"
        use axum::{Router, extract::{Path, State}, routing::post};
        async fn job(State(db): State<sqlx::PgPool>, Path(name): Path<String>) {
            sqlx::query("SELECT new_job($1) AS id").bind(name).fetch_one(&db).await.unwrap();
        }
        async fn state(State(db): State<sqlx::PgPool>, Path(id): Path<i64>) {
            sqlx::query("SELECT * FROM finish_job($1)").bind(id).fetch_one(&db).await.unwrap();
        }
        async fn first(State(db): State<sqlx::PgPool>) {
            sqlx::query("SELECT execute_nothing()").fetch_one(&db).await.unwrap();
        }
        async fn strange(State(db): State<sqlx::PgPool>) {
            sqlx::query("SELECT enqueue_somewhere()").fetch_one(&db).await.unwrap();
        }
        async fn around(State(db): State<sqlx::PgPool>) {
            sqlx::query("SELECT wrapped()").fetch_one(&db).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/jobs/{name}", post(job)).route("/jobs/{id}/finish", post(state))
                .route("/first", post(first)).route("/strange", post(strange)).route("/around", post(around));
            axum::serve(listener, app).await;
        }
    "#;
    let migration = "-- Jobs and what is done with them
        CREATE FUNCTION new_job(p_name text) RETURNS uuid AS $$
        DECLARE made uuid;
        BEGIN
            INSERT INTO jobs (name) VALUES (p_name) RETURNING id INTO made;
            RETURN made;
        END $$ LANGUAGE plpgsql;
        CREATE OR REPLACE FUNCTION finish_job(p_id bigint) RETURNS jobs AS $body$
            UPDATE jobs SET done = true WHERE id = p_id RETURNING *;
        $body$ LANGUAGE sql;
        CREATE FUNCTION wrapped() RETURNS uuid AS $$ DECLARE made uuid; BEGIN made := new_job('x'); RETURN made; END $$ LANGUAGE plpgsql;
        CREATE FUNCTION execute_nothing() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql;";
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
        ("migrations/1.sql", migration),
    ]);
    assert_eq!(
        found,
        [
            "POST /around unknown none",
            "POST /first idempotent effects",
            "POST /jobs/{id}/finish idempotent effects",
            "POST /jobs/{name} not-idempotent none",
            "POST /strange unknown none",
        ]
    );
}

#[test]
fn a_procedure_is_the_one_of_the_service_that_its_client_is_made_for() {
    let desk = r#"
        use axum::{Router, extract::State, routing::post};
        use tonic::transport::Channel;
        pub mod shop { tonic::include_proto!("shop"); }
        use shop::{orders_client::OrdersClient, labels_client::LabelsClient};
        #[derive(Clone)] struct App { orders: OrdersClient<Channel>, labels: LabelsClient<Channel> }
        async fn order(State(app): State<App>) { app.orders.clone().create(request).await.unwrap(); }
        async fn label(State(app): State<App>) { app.labels.clone().create(request).await.unwrap(); }
        async fn main() {
            axum::serve(listener, Router::new().route("/orders", post(order)).route("/labels", post(label))).await;
        }
    "#;
    let service = |name: &str, statement: &str| {
        format!(
            r#"
            pub mod shop {{ tonic::include_proto!("shop"); }}
            use shop::{}_server::{{{name}, {name}Server}};
            struct Own {{ db: sqlx::PgPool }}
            #[tonic::async_trait]
            impl {name} for Own {{
                async fn create(&self, request: tonic::Request<New>) -> Result<tonic::Response<Made>, tonic::Status> {{
                    sqlx::query("{statement}").execute(&self.db).await.unwrap();
                }}
            }}
            async fn main() {{ tonic::transport::Server::builder().add_service({name}Server::new(Own {{ db }})).serve(address).await; }}
            "#,
            name.to_lowercase()
        )
    };
    let found = labels(&[
        ("desk/Cargo.toml", &manifest("desk", &["axum", "tonic"])),
        ("desk/src/main.rs", desk),
        ("orders/Cargo.toml", &manifest("orders", &["sqlx", "tonic"])),
        (
            "orders/src/main.rs",
            &service("Orders", "INSERT INTO orders (state) VALUES ('new')"),
        ),
        ("labels/Cargo.toml", &manifest("labels", &["sqlx", "tonic"])),
        (
            "labels/src/main.rs",
            &service("Labels", "UPDATE labels SET shown = true"),
        ),
    ]);
    assert_eq!(
        found,
        [
            "GRPC /Labels/Create idempotent effects",
            "GRPC /Orders/Create not-idempotent none",
            "POST /labels idempotent effects",
            "POST /orders not-idempotent none",
        ]
    );
}

#[test]
fn what_runs_elsewhere_is_told_by_how_it_is_called() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        struct App { http: reqwest::Client, records: aws_sdk_kinesis::Client, files: aws_sdk_s3::Client, cache: redis::aio::MultiplexedConnection }
        impl App {
            async fn is_allowed(&self) -> bool { self.http.post("https://policy.example/v1/data").send().await.is_ok() }
            async fn reward(&self) { self.http.post("https://policy.example/v1/data").send().await.unwrap(); }
        }
        async fn asks(State(app): State<App>) { app.is_allowed().await; }
        async fn acts(State(app): State<App>) { app.reward().await; }
        async fn records(State(app): State<App>) {
            app.records.put_record().stream_name("beats").data(body).send().await.unwrap();
        }
        async fn uploads(State(app): State<App>) {
            app.files.create_multipart_upload().bucket("b").key("k").send().await.unwrap();
            app.files.complete_multipart_upload().bucket("b").key("k").send().await.unwrap();
        }
        async fn script(State(app): State<App>) {
            let made: String = redis::cmd("FCALL").arg("make").arg(0).query_async(&mut app.cache).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/asks", post(asks)).route("/acts", post(acts)).route("/records", post(records))
                .route("/uploads", post(uploads)).route("/script", post(script));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest(
                "shop",
                &["axum", "reqwest", "aws-sdk-kinesis", "aws-sdk-s3", "redis"],
            ),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /acts not-idempotent none",
            "POST /asks idempotent effects",
            "POST /records not-idempotent none",
            "POST /script unknown none",
            "POST /uploads idempotent effects",
        ]
    );
}

#[test]
fn what_is_deleted_in_one_state_alone_is_found_in_another() {
    let code = |delete: &str| {
        format!(
            r#"
            use axum::{{Router, extract::{{Path, State}}, routing::post}};
            struct App {{ db: sqlx::PgPool, producer: rdkafka::producer::FutureProducer }}
            async fn purge(State(app): State<App>, Path(id): Path<i64>) -> Result<(), Error> {{
                sqlx::query("SELECT id FROM orders WHERE id = $1").bind(id).fetch_one(&app.db).await?;
                sqlx::query("{delete}").bind(id).execute(&app.db).await?;
                app.producer.send(FutureRecord::to("purged").payload("x").key("k"), timeout).await?;
                Ok(())
            }}
            async fn main() {{ axum::serve(listener, Router::new().route("/orders/{{id}}/purge", post(purge))).await; }}
            "#
        )
    };
    let label = |delete: &str| {
        labels(&[
            (
                "Cargo.toml",
                &manifest("shop", &["axum", "sqlx", "rdkafka"]),
            ),
            ("src/main.rs", &code(delete)),
        ])
    };
    assert_eq!(
        label("DELETE FROM orders WHERE id = $1"),
        ["POST /orders/{id}/purge idempotent effects"]
    );
    assert_eq!(
        label("DELETE FROM orders WHERE id = $1 AND deleted_at IS NOT NULL"),
        ["POST /orders/{id}/purge not-idempotent none"]
    );
}

#[test]
fn a_log_counts_where_the_request_is_there_to_write_it() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        async fn log_activity(db: &sqlx::PgPool, what: &str) {
            sqlx::query("INSERT INTO activity_log (what) VALUES ($1)").bind(what).execute(db).await.unwrap();
        }
        async fn write(State(db): State<sqlx::PgPool>, what: String) { log_activity(&db, &what).await; }
        async fn rename(State(db): State<sqlx::PgPool>, name: String) {
            sqlx::query("UPDATE shops SET name = $1").bind(name).execute(&db).await.unwrap();
            log_activity(&db, "renamed").await;
        }
        async fn main() {
            axum::serve(listener, Router::new().route("/activity-logs", post(write)).route("/rename", post(rename))).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /activity-logs not-idempotent none",
            "POST /rename idempotent effects",
        ]
    );
}

#[test]
fn a_future_that_is_given_on_may_do_anything_where_nobody_sees_it() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use std::{future::Future, pin::Pin};
        struct Till { far: elsewhere::Till }
        impl Till {
            fn ring(&self) -> impl Future<Output = ()> { self.far.ring_up() }
            fn boxed(&self) -> Pin<Box<dyn Future<Output = ()>>> { Box::pin(self.far.ring_up()) }
            fn plain(&self) -> u32 { self.far.total() }
        }
        async fn ring(State(till): State<Till>) { till.ring().await; }
        async fn boxed(State(till): State<Till>) { till.boxed().await; }
        async fn plain(State(till): State<Till>) { till.plain(); }
        async fn changes(State(till): State<Till>) { till.far.read_write_transaction(|change| Box::pin(async move { Ok(()) })).await; }
        async fn main() {
            let app = Router::new().route("/ring", post(ring)).route("/boxed", post(boxed)).route("/plain", post(plain))
                .route("/changes", post(changes));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "elsewhere"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /boxed unknown none",
            "POST /changes unknown none",
            "POST /plain idempotent effects",
            "POST /ring unknown none",
        ]
    );
}

#[test]
fn what_is_gone_through_and_what_a_loop_ends_with_is_known() {
    let code = r#"
        use axum::{Extension, Router, routing::post};
        struct Probe { client: reqwest::Client }
        impl Probe { async fn measure(&self) { self.client.post("http://probes/measure").send().await.unwrap(); } }
        struct Config { probes: Vec<Probe> }
        async fn numbered(Extension(config): Extension<Config>) {
            for (number, probe) in config.probes.iter().enumerate() { probe.measure().await; }
        }
        async fn paired(Extension(config): Extension<Config>, names: Vec<String>) {
            for (name, probe) in names.iter().zip(config.probes.iter()) { probe.measure().await; }
        }
        async fn parted(Extension(config): Extension<Config>) {
            for part in config.probes.chunks(4) { for probe in part { probe.measure().await; } }
        }
        async fn chosen(Extension(config): Extension<Config>) {
            let chosen = config.probes.iter().filter_map(|probe| match wanted(probe) { true => Some(probe), false => None });
            for probe in chosen { probe.measure().await; }
        }
        async fn tried(Extension(config): Extension<Config>) {
            let mut tries = 0;
            let client = loop {
                match connect() { Ok(client) => break Ok(client), Err(error) => { tries += 1; if tries > 3 { break Err(error); } } }
            };
            client.unwrap().post("http://probes/tried").send().await.unwrap();
        }
        fn connect() -> Result<reqwest::Client, Error> { Ok(reqwest::Client::new()) }
        fn main() {
            let app = Router::new().route("/numbered", post(numbered)).route("/paired", post(paired)).route("/parted", post(parted))
                .route("/chosen", post(chosen)).route("/tried", post(tried));
            axum::serve(listener, app);
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("probes", &["axum", "reqwest"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /chosen not-idempotent none",
            "POST /numbered not-idempotent none",
            "POST /paired not-idempotent none",
            "POST /parted not-idempotent none",
            "POST /tried not-idempotent none",
        ]
    );
}

#[test]
fn a_mutation_may_give_an_object_that_has_more() {
    let code = r#"
        use async_graphql::{EmptySubscription, Object, Schema};
        use axum::{Extension, Router, routing::post};
        struct Query;
        struct Mutation;
        struct Orders;
        #[Object]
        impl Mutation { async fn orders(&self) -> Result<Orders, Error> { Ok(Orders) } }
        #[Object]
        impl Orders {
            async fn add(&self, name: String) -> bool { sqlx::query("INSERT INTO orders (name) VALUES ($1)").bind(name).execute(pool()).await.unwrap(); true }
        }
        async fn graphql(Extension(schema): Extension<Schema<Query, Mutation, EmptySubscription>>, request: Request) { schema.execute(request).await; }
        fn main() { axum::serve(listener, Router::new().route("/graphql", post(graphql))); }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("orders", &["async-graphql", "axum", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(found, ["POST /graphql not-idempotent none"]);
}

#[test]
fn a_service_may_have_its_library_from_another_package() {
    let service = r#"
        use orders_api::{orders_server::{Orders, OrdersServer}, tonic::{Request, Response, Status, transport::Server}};
        struct Desk { pool: sqlx::PgPool }
        #[orders_api::tonic::async_trait]
        impl Orders for Desk {
            async fn add(&self, request: Request<New>) -> Result<Response<Order>, Status> {
                sqlx::query("INSERT INTO orders (name) VALUES ($1)").bind(request.into_inner().name).execute(&self.pool).await.unwrap();
                Ok(Response::new(Order::default()))
            }
        }
        fn main() { Server::builder().add_service(OrdersServer::new(Desk { pool: pool() })).serve(address); }
    "#;
    let found = labels(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"api\", \"desk\"]\n"),
        (
            "api/Cargo.toml",
            &manifest("orders_api", &["tonic", "prost"]),
        ),
        (
            "api/src/lib.rs",
            "pub use tonic;\ntonic::include_proto!(\"orders\");",
        ),
        (
            "desk/Cargo.toml",
            &format!(
                "{}orders_api = {{ path = \"../api\" }}\n",
                manifest("desk", &["sqlx"])
            ),
        ),
        ("desk/src/main.rs", service),
    ]);
    assert_eq!(found, ["GRPC /Orders/Add not-idempotent none"]);
}
