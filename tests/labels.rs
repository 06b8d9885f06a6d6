//! Labels of small services: what their code does to a request that is sent twice.

mod common;

use common::{labels, manifest, system};

#[test]
fn a_request_to_an_audited_service_does_what_its_operation_does() {
    let shop = r#"
        use axum::{Router, extract::{Path, State}, routing::post};
        struct App { client: reqwest::Client, stock_url: String }
        async fn order(State(app): State<App>, Path(id): Path<String>) {
            app.client.post(format!("{}/items/{}/reserve", app.stock_url, id)).send().await.unwrap();
        }
        async fn name(State(app): State<App>, Path(id): Path<String>) {
            app.client.post(format!("http://stock:8080/items/{id}/label")).send().await.unwrap();
        }
        async fn pay(State(app): State<App>) {
            app.client.post("https://bank.example/items/1/label").send().await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/orders/{id}", post(order)).route("/names/{id}", post(name)).route("/pay", post(pay));
            axum::serve(listener, app).await;
        }
    "#;
    let stock = r#"
        use axum::{Router, extract::{Path, State}, routing::post};
        use mongodb::{Collection, bson::doc};
        async fn reserve(State(items): State<Collection<Item>>, Path(id): Path<String>) {
            items.update_one(doc! {"_id": id}, doc! {"$inc": {"reserved": 1}}).await.unwrap();
        }
        async fn label(State(items): State<Collection<Item>>, Path(id): Path<String>) {
            items.update_one(doc! {"_id": id}, doc! {"$set": {"label": "x"}}).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/items/{id}/reserve", post(reserve)).route("/items/{id}/label", post(label));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("shop/Cargo.toml", &manifest("shop", &["axum", "reqwest"])),
        ("shop/src/main.rs", shop),
        ("stock/Cargo.toml", &manifest("stock", &["axum", "mongodb"])),
        ("stock/src/main.rs", stock),
    ]);
    assert_eq!(
        found,
        [
            "POST /items/{id}/label idempotent effects",
            "POST /items/{id}/reserve not-idempotent none",
            "POST /names/{id} idempotent effects",
            "POST /orders/{id} not-idempotent none",
            "POST /pay not-idempotent none",
        ]
    );
}

#[test]
fn a_grpc_service_is_labelled_by_what_its_functions_do() {
    let code = r#"
        pub mod hello { tonic::include_proto!("hello"); }
        use hello::greeter_server::Greeter;
        struct Polite { db: sqlx::PgPool }
        #[tonic::async_trait]
        impl Greeter for Polite {
            async fn greet(&self, request: tonic::Request<Name>) -> Result<tonic::Response<Reply>, tonic::Status> {
                sqlx::query("INSERT INTO greetings (name) VALUES ($1)").bind(request.into_inner().name).execute(&self.db).await.unwrap();
                todo!()
            }
            async fn look_up(&self, request: tonic::Request<Name>) -> Result<tonic::Response<Reply>, tonic::Status> {
                sqlx::query("SELECT name FROM greetings").fetch_all(&self.db).await.unwrap();
                todo!()
            }
        }
        fn main() {}
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("hello", &["tonic", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "GRPC /Greeter/Greet not-idempotent none",
            "GRPC /Greeter/LookUp idempotent effects",
        ]
    );
}

#[test]
fn a_record_that_was_read_and_is_saved_whole_is_an_update() {
    let code = r#"
        #[macro_use] extern crate rocket;
        use diesel::prelude::*;
        diesel::table! { tasks (uuid) { uuid -> Text, state -> Integer, runs -> Integer } }
        #[derive(Queryable, Insertable, AsChangeset)]
        #[diesel(table_name = tasks)]
        pub struct Task { uuid: String, state: i32, runs: i32 }
        impl Task {
            fn new() -> Self { Self { uuid: uuid::Uuid::new_v4().to_string(), state: 0, runs: 0 } }
            fn find(id: &str, conn: &mut PgConnection) -> Option<Self> { tasks::table.filter(tasks::uuid.eq(id)).first::<Self>(conn).ok() }
            fn finish(&mut self) { self.state = 2; }
            fn save(&self, conn: &mut PgConnection) -> QueryResult<usize> {
                diesel::replace_into(tasks::table).values(self).execute(conn)
            }
        }
        #[put("/tasks/<id>/finish")]
        fn finish(id: String, conn: PgConnection) { let mut task = Task::find(&id, &mut conn).unwrap(); task.finish(); task.save(&mut conn); }
        #[put("/tasks/<id>/state/<state>")]
        fn set(id: String, state: i32, conn: PgConnection) { let task = Task::find(&id, &mut conn).unwrap(); changed(task, state, &mut conn); }
        fn changed(task: Task, state: i32, conn: &mut PgConnection) { let task = Task { state, ..task }; task.save(conn).unwrap(); }
        #[post("/tasks/<id>/run")]
        fn run(id: String, conn: PgConnection) { let mut task = Task::find(&id, &mut conn).unwrap(); task.runs += 1; task.save(&mut conn); }
        #[post("/tasks")]
        fn add(conn: PgConnection) { let task = Task::new(); task.save(&mut conn); }
        fn all() -> Vec<rocket::Route> { routes![finish, set, run, add] }
        #[launch]
        fn rocket() -> _ { rocket::build().mount("/", all()) }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("tasks", &["diesel", "rocket", "uuid"]),
        ),
        (
            "migrations/1/up.sql",
            "CREATE TABLE tasks (uuid TEXT PRIMARY KEY, state INT NOT NULL, runs INT NOT NULL);",
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /tasks not-idempotent none",
            "POST /tasks/{id}/run not-idempotent none",
            "PUT /tasks/{id}/finish idempotent method",
            "PUT /tasks/{id}/state/{state} idempotent method",
        ]
    );
}

#[test]
fn what_is_awaited_unseen_is_not_called_repeatable() {
    let code = r#"
        use axum::{Router, routing::post};
        async fn start(engine: Unseen) { engine.launch().await; }
        async fn look(engine: Unseen) { engine.fetch_state().await; }
        async fn main() {
            let app = Router::new().route("/start", post(start)).route("/look", post(look));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("engine", &["axum"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        ["POST /look idempotent effects", "POST /start unknown none"]
    );
}

#[test]
fn a_contract_says_where_a_route_of_unseen_path_is() {
    let code = r#"
        use axum::{Router, routing::{delete, get, post}};
        async fn list_orders() {}
        async fn add_order() {}
        async fn remove_order() {}
        fn app(prefix: &str) -> Router {
            Router::new().route("/orders", get(list_orders).post(add_order)).route(Paths::Remove.path(), delete(remove_order))
        }
        async fn main() { axum::serve(listener, app(&settings.prefix)).await; }
    "#;
    let contract = "openapi: 3.1.0\ninfo: {title: Orders, version: '1'}\npaths:\n  /orders:\n    get: {operationId: listOrders, responses: {'200': {description: ok}}}\n    post: {operationId: addOrder, responses: {'201': {description: ok}}}\n  /orders/{id}:\n    delete: {operationId: removeOrder, responses: {'204': {description: ok}}}\n";
    let analysis = system(&[
        ("Cargo.toml", &manifest("orders", &["axum"])),
        ("src/main.rs", code),
        ("openapi.yaml", contract),
    ]);
    let joined = analysis.system.endpoints.iter().map(|endpoint| {
        let handler = endpoint.handler.as_ref();
        let function = handler.map_or("none", |handler| handler.function.as_str());
        format!("{} {function}", endpoint.name())
    });
    let mut joined: Vec<String> = joined.collect();
    joined.sort();
    assert_eq!(
        joined,
        [
            "DELETE /orders/{id} remove_order",
            "GET /orders list_orders",
            "POST /orders add_order",
        ]
    );
}

#[test]
fn a_migration_written_in_code_gives_its_unique_keys() {
    let migration = r#"
        use sea_orm_migration::prelude::*;
        #[derive(DeriveIden)]
        enum Users { Table, Id, Name, Nick }
        impl MigrationTrait for Migration {
            async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                manager.create_table(Table::create().table(Users::Table)
                    .col(ColumnDef::new(Users::Id).integer().auto_increment().primary_key())
                    .col(ColumnDef::new(Users::Name).string().unique_key())
                    .col(ColumnDef::new(Users::Nick).string()).to_owned()).await
            }
        }
    "#;
    let code = r#"
        use axum::{Json, Router, extract::State, routing::post};
        use sea_orm::{ActiveModelTrait, DatabaseConnection, Set};
        mod users {
            #[derive(sea_orm::DeriveEntityModel)]
            #[sea_orm(table_name = "users")]
            pub struct Model { pub id: i32, pub name: String, pub nick: String }
        }
        #[derive(serde::Deserialize)]
        struct New { name: String }
        async fn by_name(State(db): State<DatabaseConnection>, Json(new): Json<New>) {
            users::ActiveModel { name: Set(new.name), ..Default::default() }.insert(&db).await.unwrap();
        }
        async fn by_nick(State(db): State<DatabaseConnection>, Json(new): Json<New>) {
            users::ActiveModel { nick: Set(new.name), ..Default::default() }.insert(&db).await.unwrap();
        }
        async fn rename(State(db): State<DatabaseConnection>, Json(new): Json<New>) {
            let mut user: users::ActiveModel = users::Entity::find().one(&db).await.unwrap().unwrap().into();
            user.nick = Set(new.name);
            user.save(&db).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/names", post(by_name)).route("/nicks", post(by_nick)).route("/rename", post(rename));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("users", &["axum", "sea-orm", "serde"]),
        ),
        ("migration/src/m1_users.rs", migration),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /names idempotent natural-key",
            "POST /nicks not-idempotent none",
            "POST /rename idempotent effects",
        ]
    );
}

#[test]
fn what_is_removed_by_a_name_is_removed_once_whatever_made_the_name() {
    let main = r#"
        use axum::{Router, extract::{Path, State}, routing::{delete, post}};
        use redis::AsyncCommands;
        struct Entry { key: String }
        fn new_entry() -> Entry {
            Entry { key: uuid::Uuid::new_v4().to_string() }
        }
        async fn entry_of(id: String) -> Entry {
            lookup(id).await
        }
        async fn forget(State(mut cache): State<redis::aio::ConnectionManager>, Path(id): Path<String>) {
            let entry = entry_of(id).await;
            let _: () = cache.del(entry.key).await.unwrap();
        }
        async fn remove(State(client): State<aws_sdk_s3::Client>, Path(id): Path<String>) {
            let entry = entry_of(id).await;
            client.delete_object().bucket("entries").key(entry.key).send().await.unwrap();
        }
        async fn keep(State(mut cache): State<redis::aio::ConnectionManager>) {
            let entry = new_entry();
            let _: () = cache.set(entry.key, "there").await.unwrap();
        }
        #[tokio::main]
        async fn main() {
            let app = Router::new()
                .route("/entries/{id}", delete(forget))
                .route("/objects/{id}", delete(remove))
                .route("/entries", post(keep));
            axum::serve(listener, app).await;
        }
    "#;
    let manifest = manifest("entries", &["axum", "redis", "aws-sdk-s3", "uuid", "tokio"]);
    let found = labels(&[("Cargo.toml", manifest.as_str()), ("src/main.rs", main)]);
    assert_eq!(
        found,
        [
            "DELETE /entries/{id} idempotent method",
            "DELETE /objects/{id} idempotent method",
            "POST /entries not-idempotent none",
        ]
    );
}

#[test]
fn where_a_value_comes_from_is_known_through_any_number_of_calls() {
    let hops = 20;
    let hop = |at: usize| {
        format!(
            "fn hop{at}(key: String) -> Entry {{ hop{}(key) }}\n",
            at + 1
        )
    };
    let chain: String = (0..hops).map(hop).collect();
    let main = format!(
        r#"
        use axum::{{Router, extract::State, routing::post}};
        use redis::AsyncCommands;
        struct Entry {{ key: String }}
        {chain}
        fn hop{hops}(key: String) -> Entry {{ Entry {{ key }} }}
        fn other() -> Entry {{ hop0(uuid::Uuid::new_v4().to_string()) }}
        async fn keep(State(mut cache): State<redis::aio::ConnectionManager>) {{
            let entry = other();
            let _: () = cache.set(entry.key, "there").await.unwrap();
        }}
        #[tokio::main]
        async fn main() {{
            let app = Router::new().route("/entries", post(keep));
            axum::serve(listener, app).await;
        }}
    "#
    );
    let manifest = manifest("entries", &["axum", "redis", "uuid", "tokio"]);
    let found = labels(&[("Cargo.toml", manifest.as_str()), ("src/main.rs", &main)]);
    assert_eq!(found, ["POST /entries not-idempotent none"]);
}

/// The labels of handlers of a small shop that keeps its rows in a database; each is a `POST` of its own name.
fn of_handlers(handlers: &str) -> Vec<String> {
    of_handlers_with(handlers, "")
}

/// [`of_handlers`], with more tables.
fn of_handlers_with(handlers: &str, tables: &str) -> Vec<String> {
    let names: Vec<&str> = handlers
        .lines()
        .filter_map(|line| {
            let name = line.trim_start().strip_prefix("async fn on_")?;
            name.split('(').next()
        })
        .collect();
    let routes = names
        .iter()
        .map(|name| format!(".route(\"/{name}\", post(on_{name}))"));
    let main = format!(
        r#"
        use axum::{{Router, extract::{{Json, State}}, routing::post}};
        use serde::Deserialize;
        use uuid::Uuid;
        #[derive(Deserialize)]
        struct Order {{ name: String, amount: i64 }}
        {handlers}
        #[tokio::main]
        async fn main() {{
            let app = Router::new(){};
            axum::serve(listener, app).await;
        }}
    "#,
        routes.collect::<String>()
    );
    let manifest = manifest(
        "shop",
        &[
            "actix", "axum", "sqlx", "sea-orm", "reqwest", "tokio", "uuid", "rand", "serde",
        ],
    );
    let schema = "CREATE TABLE orders (id UUID PRIMARY KEY, name TEXT NOT NULL UNIQUE, total BIGINT);\n\
                  CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, name TEXT NOT NULL);\n\
                  CREATE TABLE tokens (token TEXT PRIMARY KEY, name TEXT NOT NULL);\n";
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("migrations/1_first.sql", schema),
        ("migrations/2_more.sql", tables),
        ("src/main.rs", main.as_str()),
    ];
    let found = labels(&files);
    assert_eq!(found.len(), names.len(), "{found:?}");
    found
}

#[test]
fn what_is_found_is_told_through_ok_some_and_exists() {
    let found = of_handlers(
        r#"
        async fn taken(db: &sqlx::PgPool, name: &str) -> Result<bool, sqlx::Error> {
            let row = sqlx::query("SELECT id FROM notes WHERE name = $1").bind(name).fetch_optional(db).await?;
            Ok(row.is_some())
        }
        async fn on_told(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), StatusCode> {
            if taken(&db, &order.name).await? { return Err(StatusCode::CONFLICT); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await?;
            Ok(())
        }
        async fn on_exists(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), StatusCode> {
            let there = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM notes WHERE name = $1)").bind(&order.name).fetch_one(&db).await?;
            if there { return Err(StatusCode::CONFLICT); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await?;
            Ok(())
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /exists idempotent natural-key",
            "POST /told idempotent natural-key"
        ]
    );
}

#[test]
fn a_list_without_rows_and_a_count_stop_nothing() {
    let found = of_handlers(
        r#"
        async fn on_list(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let rows = sqlx::query("SELECT id FROM orders WHERE name = $1").bind(&order.name).fetch_all(&db).await.unwrap();
            sqlx::query("DELETE FROM orders WHERE name = $1").bind(&order.name).execute(&db).await.unwrap();
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_count(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let count = sqlx::query_scalar("SELECT count(*) FROM orders WHERE name = $1").bind(&order.name).fetch_one(&db).await.unwrap();
            sqlx::query("DELETE FROM orders WHERE name = $1").bind(&order.name).execute(&db).await.unwrap();
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_one(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let row = sqlx::query("SELECT id FROM orders WHERE name = $1").bind(&order.name).fetch_one(&db).await.unwrap();
            sqlx::query("DELETE FROM orders WHERE name = $1").bind(&order.name).execute(&db).await.unwrap();
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await.unwrap();
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /count not-idempotent none",
            "POST /list not-idempotent none",
            "POST /one idempotent effects",
        ]
    );
}

#[test]
fn random_values_stay_random_on_their_way_into_a_key() {
    let found = of_handlers(
        r#"
        #[derive(Clone, derive_more::From)]
        struct Token(String);
        const LETTERS: [char; 3] = ['a', 'b', 'c'];
        async fn on_captured(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let id = Uuid::new_v4();
            let token = format!("t_{id}");
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(token).bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_picked(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let at = rand::random::<usize>();
            let token = LETTERS[at];
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(token).bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_derived(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let token = Token::from(Uuid::new_v4().to_string());
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(token).bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_passed(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let token = given(&order).unwrap_or_else(Uuid::new_v4);
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(token).bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_sent(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let token = format!("t_{}", order.name);
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(token).bind(&order.name).execute(&db).await.unwrap();
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /captured not-idempotent none",
            "POST /derived not-idempotent none",
            "POST /passed not-idempotent none",
            "POST /picked not-idempotent none",
            "POST /sent idempotent natural-key",
        ]
    );
}

#[test]
fn requests_are_told_apart_by_what_they_ask_for() {
    let found = of_handlers(
        r#"
        struct Bank { http: reqwest::Client, url: String }
        impl Bank {
            async fn send(&self, method: reqwest::Method, path: &str) {
                self.http.request(method, format!("{}{path}", self.url)).send().await.unwrap();
            }
        }
        async fn on_wrapped(State(bank): State<Bank>) {
            bank.send(choose(), "/payments").await;
        }
        async fn on_token(State(bank): State<Bank>) {
            bank.http.post(format!("{}/oauth2/token", bank.url)).send().await.unwrap();
        }
        async fn on_paid(State(bank): State<Bank>) {
            bank.http.post(format!("{}/payments", bank.url)).send().await.unwrap();
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /paid not-idempotent none",
            "POST /token idempotent effects",
            "POST /wrapped unknown none",
        ]
    );
}

#[test]
fn a_column_that_counts_in_its_own_value_is_changed_by_an_amount() {
    let found = of_handlers(
        r#"
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
        mod orders {
            #[derive(Clone, sea_orm::DeriveEntityModel)]
            #[sea_orm(table_name = "orders")]
            pub struct Model { #[sea_orm(primary_key)] pub id: uuid::Uuid, pub name: String, pub total: i64 }
        }
        async fn on_add(State(db): State<sea_orm::DatabaseConnection>, Json(order): Json<Order>) {
            orders::Entity::update_many()
                .col_expr(orders::Column::Total, Expr::col(orders::Column::Total).add(1))
                .filter(orders::Column::Name.eq(order.name))
                .exec(&db).await.unwrap();
        }
        async fn on_set(State(db): State<sea_orm::DatabaseConnection>, Json(order): Json<Order>) {
            orders::Entity::update_many()
                .col_expr(orders::Column::Total, Expr::value(order.amount))
                .filter(orders::Column::Name.eq(order.name))
                .exec(&db).await.unwrap();
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /add not-idempotent none",
            "POST /set idempotent effects"
        ]
    );
}

#[test]
fn what_is_handed_over_to_somebody_unseen_is_not_called_repeatable() {
    let found = of_handlers(
        r#"
        struct Placed { name: String }
        struct Shipped { name: String }
        async fn on_actor(State(shop): State<actix::Addr<Shop>>, Json(order): Json<Order>) {
            shop.do_send(Place { name: order.name });
        }
        async fn on_channel(State(queue): State<tokio::sync::mpsc::Sender<Placed>>, Json(order): Json<Order>) {
            queue.send(Placed { name: order.name }).await.unwrap();
        }
        async fn on_taken(State(queue): State<tokio::sync::mpsc::Sender<Shipped>>, Json(order): Json<Order>) {
            queue.send(Shipped { name: order.name }).await.unwrap();
        }
        async fn ship(db: sqlx::PgPool, mut queue: tokio::sync::mpsc::Receiver<Shipped>) {
            while let Some(shipped) = queue.recv().await {
                sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(shipped.name).execute(&db).await.unwrap();
            }
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /actor unknown none",
            "POST /channel unknown none",
            "POST /taken not-idempotent none",
        ]
    );
}

#[test]
fn who_takes_from_a_channel_does_again_only_what_comes_after() {
    let found = of_handlers(
        r#"
        struct Close;
        struct Shipped { name: String }
        struct Event { name: String }
        struct Sale { name: String }
        async fn insert(db: &sqlx::PgPool, name: &str) {
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(name).execute(db).await.unwrap();
        }
        async fn on_close(State(queue): State<tokio::sync::mpsc::Sender<Close>>) {
            queue.send(Close).await.unwrap();
        }
        async fn session(db: sqlx::PgPool, mut queue: tokio::sync::mpsc::Receiver<Close>) {
            insert(&db, "opened").await;
            tokio::select! {
                _ = queue.recv() => sqlx::query("DELETE FROM sessions WHERE id = 1").execute(&db).await.unwrap(),
                _ = tokio::time::sleep(std::time::Duration::from_secs(9)) => insert(&db, "closed").await,
            }
        }
        async fn on_shipped(State(queue): State<tokio::sync::mpsc::Sender<Shipped>>, Json(order): Json<Order>) {
            queue.send(Shipped { name: order.name }).await.unwrap();
        }
        fn ship(db: sqlx::PgPool, mut queue: tokio::sync::mpsc::Receiver<Shipped>) {
            tokio::spawn(async move {
                loop {
                    tokio::select! {
                        _ = tokio::signal::ctrl_c() => break,
                        Some(shipped) = queue.recv() => insert(&db, &shipped.name).await,
                    }
                }
            });
        }
        async fn on_event(State(events): State<tokio::sync::broadcast::Sender<Event>>, Json(order): Json<Order>) {
            let _ = events.send(Event { name: order.name });
        }
        async fn on_sale(State(sales): State<tokio::sync::broadcast::Sender<Sale>>, Json(order): Json<Order>) {
            let _ = sales.send(Sale { name: order.name });
        }
        async fn sell(db: sqlx::PgPool, mut sales: tokio::sync::broadcast::Receiver<Sale>) {
            while let Ok(sale) = sales.recv().await {
                insert(&db, &sale.name).await;
            }
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /close idempotent effects",
            "POST /event idempotent effects",
            "POST /sale not-idempotent none",
            "POST /shipped not-idempotent none",
        ]
    );
}

#[test]
fn who_answers_that_a_row_was_there_has_a_unique_key_in_mind() {
    let found = of_handlers_with(
        r#"
        async fn on_caught(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), Error> {
            match sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(order.name).execute(&db).await {
                Ok(_) => Ok(()),
                Err(sqlx::Error::Database(e)) if e.is_unique_violation() => Err(Error::Conflict),
                Err(e) => Err(e.into()),
            }
        }
        fn is_unique(error: &sqlx::Error) -> bool { matches!(error, sqlx::Error::Database(e) if e.is_unique_violation()) }
        async fn on_caught_by_helper(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), Error> {
            match sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(order.name).execute(&db).await {
                Ok(_) => Ok(()),
                Err(e) if is_unique(&e) => return Err(Error::Conflict),
                Err(e) => Err(e.into()),
            }
        }
        async fn on_retried(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), Error> {
            loop {
                match sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await {
                    Err(sqlx::Error::Database(e)) if e.is_unique_violation() => continue,
                    _ => return Ok(()),
                }
            }
        }
        async fn on_only_random(State(db): State<sqlx::PgPool>) -> Result<(), Error> {
            match sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(Uuid::new_v4().to_string()).execute(&db).await {
                Err(sqlx::Error::Database(e)) if e.is_unique_violation() => Err(Error::Conflict),
                _ => Ok(()),
            }
        }
    "#,
        "",
    );
    assert_eq!(
        found,
        [
            "POST /caught idempotent natural-key",
            "POST /caught_by_helper idempotent natural-key",
            "POST /only_random not-idempotent none",
            "POST /retried not-idempotent none",
        ]
    );
}

#[test]
fn what_is_merged_into_a_document_is_there_the_second_time() {
    let found = of_handlers_with(
        r#"
        async fn on_merge(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("UPDATE carts SET tags = tags || $2 WHERE id = $1").bind(Uuid::nil()).bind(order.name).execute(&db).await.unwrap();
        }
        async fn on_append(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("UPDATE carts SET words = words || $2 WHERE id = $1").bind(Uuid::nil()).bind(order.name).execute(&db).await.unwrap();
        }
        async fn on_literal(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("UPDATE settings SET server = server || '{\"a\": 1}' WHERE id = $1").bind(Uuid::nil()).execute(&db).await.unwrap();
        }
        async fn on_excluded(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("INSERT INTO carts (id, name, tags) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET tags = carts.tags || EXCLUDED.tags").bind(Uuid::nil()).bind(order.name).bind("x").execute(&db).await.unwrap();
        }
    "#,
        "CREATE TABLE carts (id UUID PRIMARY KEY, name TEXT NOT NULL, tags JSONB NOT NULL, words TEXT[] NOT NULL);",
    );
    assert_eq!(
        found,
        [
            "POST /append not-idempotent none",
            "POST /excluded idempotent upsert",
            "POST /literal idempotent effects",
            "POST /merge idempotent effects",
        ]
    );
}

#[test]
fn what_is_set_aside_makes_way_for_another_row() {
    let found = of_handlers_with(
        r#"
        async fn on_random(State(db): State<sqlx::PgPool>, NoApi(mut rng): NoApi<BoxRng>, Json(order): Json<Order>) {
            let token: String = rand::distributions::Alphanumeric.sample_string(&mut rng, 12);
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(token).bind(order.name).execute(&db).await.unwrap();
        }
        async fn on_rotate(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), Error> {
            sqlx::query("UPDATE access SET revoked_at = now() WHERE owner = $1 AND revoked_at IS NULL").bind(&order.name).execute(&db).await?;
            sqlx::query("INSERT INTO access (id, owner, token) VALUES ($1, $2, $3)").bind(Uuid::new_v4()).bind(&order.name).bind(Uuid::new_v4().to_string()).execute(&db).await?;
            Ok(())
        }
        async fn on_open(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), Error> {
            sqlx::query("INSERT INTO access (id, owner, token) VALUES ($1, $2, $3)").bind(Uuid::new_v4()).bind(&order.name).bind("x").execute(&db).await?;
            Ok(())
        }
    "#,
        "CREATE TABLE access (id UUID PRIMARY KEY, owner TEXT NOT NULL, token TEXT NOT NULL UNIQUE, revoked_at TIMESTAMP);\n\
         CREATE UNIQUE INDEX one_open ON access (owner) WHERE revoked_at IS NULL;",
    );
    assert_eq!(
        found,
        [
            "POST /open idempotent natural-key",
            "POST /random not-idempotent none",
            "POST /rotate not-idempotent none",
        ]
    );
}

#[test]
fn what_is_pushed_onto_a_statement_is_part_of_it() {
    let found = of_handlers_with(
        r#"
        async fn on_claim(State(db): State<sqlx::PgPool>) -> Result<Json<Vec<Order>>, Error> {
            let mut query = sqlx::QueryBuilder::new("UPDATE tasks SET ");
            query.push(format!("added_at = {}, status = ", 1));
            query.push_bind(Status::Processing);
            query.push(" WHERE id IN (SELECT id FROM tasks WHERE status = ");
            query.push_bind(Status::Pending);
            query.push(" ORDER BY added_at");
            query.push(" LIMIT ");
            query.push_bind(1);
            query.push(") RETURNING *");
            let rows = query.build_query_as::<Order>().fetch_all(&db).await?;
            Ok(Json(rows))
        }
        async fn on_claim_cte(State(db): State<sqlx::PgPool>) -> Result<Json<Vec<Order>>, Error> {
            let mut query: sqlx::QueryBuilder<sqlx::Sqlite> = sqlx::QueryBuilder::new("WITH selected AS (SELECT id FROM tasks WHERE status = ");
            query.push_bind(Status::Pending);
            query.push(" LIMIT ");
            query.push_bind(1);
            query.push(" FOR UPDATE SKIP LOCKED) UPDATE tasks SET status = ");
            query.push_bind(Status::Processing);
            query.push(" FROM selected WHERE tasks.id = selected.id RETURNING *");
            let rows = query.build_query_as::<Order>().fetch_all(&db).await?;
            Ok(Json(rows))
        }
        async fn on_set(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), Error> {
            let mut query = sqlx::QueryBuilder::new("UPDATE tasks SET status = ");
            query.push_bind("done").push(" WHERE id = ").push_bind(order.name);
            query.build().execute(&db).await?;
            Ok(())
        }
    "#,
        "CREATE TABLE tasks (id TEXT PRIMARY KEY, status TEXT NOT NULL, added_at BIGINT);",
    );
    assert_eq!(
        found,
        [
            "POST /claim not-idempotent none",
            "POST /claim_cte not-idempotent none",
            "POST /set idempotent effects",
        ]
    );
}

#[test]
fn what_belongs_to_a_row_is_of_the_table_that_is_asked_for() {
    let model = |name: &str, table: &str, more: &str| {
        format!(
            "mod {name} {{ use sea_orm::entity::prelude::*;
                #[derive(Clone, Debug, DeriveEntityModel)] #[sea_orm(table_name = \"{table}\")]
                pub struct Model {{ #[sea_orm(primary_key)] pub id: Uuid, {more} }} }}\n"
        )
    };
    let models = [
        model("user", "users", "pub name: String"),
        model("cert", "certs", "pub user_id: Uuid, pub serial: String"),
        model("revocation", "revocations", "pub serial: String"),
    ];
    let handler = r#"
        async fn on_revoke(State(db): State<sea_orm::DatabaseConnection>, Json(id): Json<Uuid>) -> Result<(), sea_orm::DbErr> {
            let user = user::Entity::find().filter(user::Column::Name.eq("me")).one(&db).await?.unwrap();
            let Some(cert) = user.find_related(cert::Entity).filter(cert::Column::Id.eq(id)).one(&db).await? else { return Ok(()) };
            revocation::ActiveModel { id: Set(Uuid::new_v4()), serial: Set(cert.serial.clone()) }.insert(&db).await?;
            cert.delete(&db).await?;
            Ok(())
        }
    "#;
    let found = of_handlers(&(models.concat() + handler));
    assert_eq!(found, ["POST /revoke idempotent effects"]);
}

#[test]
fn of_several_types_the_one_that_was_passed_is_meant() {
    let found = of_handlers(
        r#"
        trait Kept { async fn keep(&self, db: &sqlx::PgPool); }
        struct Note { name: String }
        struct Mark { name: String }
        impl Kept for Note {
            async fn keep(&self, db: &sqlx::PgPool) {
                sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&self.name).execute(db).await.unwrap();
            }
        }
        impl Kept for Mark {
            async fn keep(&self, db: &sqlx::PgPool) {
                sqlx::query("UPDATE orders SET total = 1 WHERE name = $1").bind(&self.name).execute(db).await.unwrap();
            }
        }
        async fn twice_removed<T: Kept>(db: &sqlx::PgPool, input: T) { removed(db, input).await }
        async fn removed(db: &sqlx::PgPool, input: impl Kept) { input.keep(db).await }
        async fn on_mark(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            twice_removed(&db, Mark { name: order.name }).await;
        }
        async fn on_note(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            twice_removed(&db, Note { name: order.name }).await;
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /mark idempotent effects",
            "POST /note not-idempotent none",
        ]
    );
}

#[test]
fn a_hash_is_made_of_what_is_hashed_and_a_built_request_is_what_it_was_built_as() {
    let found = of_handlers(
        r#"
        use std::hash::{DefaultHasher, Hash, Hasher};
        async fn keep(db: &sqlx::PgPool, hash: u64) {
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, 'x')").bind(hash as i64).execute(db).await.unwrap();
        }
        async fn on_given(State(db): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let hash = { let mut s = DefaultHasher::new(); order.name.hash(&mut s); s.finish() };
            keep(&db, hash).await;
        }
        async fn on_new(State(db): State<sqlx::PgPool>) {
            let token = Uuid::new_v4().to_string();
            let hash = { let mut s = DefaultHasher::new(); token.hash(&mut s); s.finish() };
            keep(&db, hash).await;
        }
        async fn on_asking(State(client): State<reqwest::Client>) {
            let request = client.get("https://prices.example/a").build().unwrap();
            client.execute(request).await.unwrap();
        }
        async fn on_ordering(State(client): State<reqwest::Client>) {
            let request = client.post("https://suppliers.example/orders").build().unwrap();
            client.execute(request).await.unwrap();
        }
    "#,
    );
    assert_eq!(
        found,
        [
            "POST /asking idempotent effects",
            "POST /given idempotent natural-key",
            "POST /new not-idempotent none",
            "POST /ordering not-idempotent none",
        ]
    );
}

#[test]
fn a_value_that_is_read_and_written_back_with_more_adds_up() {
    let code = r#"
        use axum::{Json, Router, extract::{Path, State}, routing::post};
        use sqlx::PgPool;
        #[derive(sqlx::FromRow)]
        struct Item { id: i64, stock: i64, price: i64, expires_at: i64 }
        async fn item(db: &PgPool, id: i64) -> Item {
            sqlx::query_as("SELECT * FROM items WHERE id = $1").bind(id).fetch_one(db).await.unwrap()
        }
        async fn set_stock(db: &PgPool, id: i64, stock: i64) {
            sqlx::query("UPDATE items SET stock = $2 WHERE id = $1").bind(id).bind(stock).execute(db).await.unwrap();
        }
        async fn take(State(db): State<PgPool>, Path(id): Path<i64>, Json(count): Json<i64>) {
            let item = item(&db, id).await;
            set_stock(&db, id, item.stock - count).await;
        }
        async fn refill(State(db): State<PgPool>, Path(id): Path<i64>, Json(count): Json<i64>) {
            let mut stock: i64 = sqlx::query_scalar("SELECT stock FROM items WHERE id = $1").bind(id).fetch_one(&db).await.unwrap();
            stock += count;
            sqlx::query("UPDATE items SET stock = $2 WHERE id = $1").bind(id).bind(stock).execute(&db).await.unwrap();
        }
        async fn lend(State(db): State<PgPool>, Path(id): Path<i64>, Json(count): Json<i64>) {
            let item = item(&db, id).await;
            let left = item.stock.checked_sub(count).unwrap();
            sqlx::query!("UPDATE items SET stock = $2 WHERE id = $1", id, left).execute(&db).await.unwrap();
        }
        async fn price(State(db): State<PgPool>, Path(id): Path<i64>, Json(fee): Json<i64>) {
            let item = item(&db, id).await;
            let total = item.price + fee;
            sqlx::query("UPDATE orders SET total = $2 WHERE id = $1").bind(id).bind(total).execute(&db).await.unwrap();
        }
        async fn total(State(db): State<PgPool>, Path(id): Path<i64>) {
            let items: Vec<Item> = sqlx::query_as("SELECT * FROM items").fetch_all(&db).await.unwrap();
            let mut total = 0;
            for item in items { total = total + item.price; }
            sqlx::query("UPDATE items SET total = $2 WHERE id = $1").bind(id).bind(total).execute(&db).await.unwrap();
        }
        async fn number(State(db): State<PgPool>, Path(id): Path<i64>) {
            let last: i64 = sqlx::query_scalar("SELECT max(number) FROM notes WHERE item = $1").bind(id).fetch_one(&db).await.unwrap();
            sqlx::query("INSERT INTO notes (item, number) VALUES ($1, $2)").bind(id).bind(last + 1).execute(&db).await.unwrap();
        }
        async fn note(State(db): State<PgPool>, Path(id): Path<i64>, Json(number): Json<i64>) {
            sqlx::query("INSERT INTO notes (item, number) VALUES ($1, $2)").bind(id).bind(number + 1).execute(&db).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/take/{id}", post(take)).route("/refill/{id}", post(refill)).route("/lend/{id}", post(lend))
                .route("/price/{id}", post(price)).route("/total/{id}", post(total)).route("/number/{id}", post(number)).route("/note/{id}", post(note));
            axum::serve(listener, app).await;
        }
    "#;
    let schema =
        "CREATE TABLE notes (id serial PRIMARY KEY, item int, number int, UNIQUE (item, number));";
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
        ("migrations/1_notes.sql", schema),
    ]);
    assert_eq!(
        found,
        [
            "POST /lend/{id} not-idempotent none",
            "POST /note/{id} idempotent natural-key",
            "POST /number/{id} not-idempotent none",
            "POST /price/{id} idempotent effects",
            "POST /refill/{id} not-idempotent none",
            "POST /take/{id} not-idempotent none",
            "POST /total/{id} idempotent effects",
        ]
    );
}

#[test]
fn what_a_closure_tells_is_told_by_the_function_that_runs_it() {
    let code = r#"
        use axum::{Json, Router, extract::{Path, State}, routing::post};
        use diesel::prelude::*;
        diesel::table! { members (id) { id -> Integer, name -> Text } }
        diesel::table! { events (id) { id -> Integer, name -> Text } }
        #[derive(Queryable)]
        struct Member { id: i32, name: String }
        struct Pool { inner: r2d2::Pool<PgConnection> }
        impl Pool {
            async fn run<F, R>(&self, job: F) -> R where F: FnOnce(&mut PgConnection) -> R + Send + 'static, R: Send + 'static {
                let mut connection = self.inner.get().unwrap();
                tokio::task::spawn_blocking(move || job(&mut connection)).await.unwrap()
            }
        }
        async fn add(State(pool): State<Pool>, Path(name): Path<String>) -> Result<(), Failure> {
            let wanted = name.clone();
            let known = pool.run(move |c| members::table.filter(members::name.eq(wanted)).first::<Member>(c).optional()).await?;
            if known.is_some() {
                return Err(Failure::Conflict);
            }
            pool.run(move |c| diesel::insert_into(members::table).values(members::name.eq(name)).execute(c)).await?;
            Ok(())
        }
        async fn leave(State(pool): State<Pool>, Path(id): Path<i32>) -> Result<(), Failure> {
            let member = pool.run(move |c| members::table.find(id).first::<Member>(c)).await?;
            pool.run(move |c| diesel::delete(members::table.find(member.id)).execute(c)).await?;
            pool.run(move |c| diesel::insert_into(events::table).values(events::name.eq("left")).execute(c)).await?;
            Ok(())
        }
        async fn visit(State(pool): State<Pool>, Path(id): Path<i32>) -> Result<(), Failure> {
            pool.run(move |c| members::table.find(id).first::<Member>(c)).await?;
            pool.run(move |c| diesel::insert_into(events::table).values(events::name.eq("came")).execute(c)).await?;
            Ok(())
        }
        async fn main() {
            let app = Router::new().route("/members/{name}", post(add)).route("/leave/{id}", post(leave)).route("/visit/{id}", post(visit));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("club", &["axum", "diesel", "r2d2"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /leave/{id} idempotent effects",
            "POST /members/{name} idempotent natural-key",
            "POST /visit/{id} not-idempotent none",
        ]
    );
}

#[test]
fn what_every_implementation_finds_out_is_found_out_whichever_is_run() {
    let code = r#"
        use axum::{Router, extract::{Path, State}, routing::post};
        use std::sync::Arc;
        #[async_trait::async_trait]
        trait Tickets {
            async fn claim(&self, code: &str) -> Result<Ticket, Failure>;
            async fn burn(&self, code: &str) -> Result<(), Failure>;
            async fn log_in(&self, code: &str) -> Result<(), Failure>;
        }
        struct Postgres { db: sqlx::PgPool }
        struct Lite { db: sqlx::SqlitePool }
        struct Memory { all: Vec<Ticket> }
        #[async_trait::async_trait]
        impl Tickets for Postgres {
            async fn claim(&self, code: &str) -> Result<Ticket, Failure> {
                let ticket = sqlx::query_as("SELECT * FROM tickets WHERE code = $1").bind(code).fetch_one(&self.db).await?;
                sqlx::query("DELETE FROM tickets WHERE code = $1").bind(code).execute(&self.db).await?;
                Ok(ticket)
            }
            async fn burn(&self, code: &str) -> Result<(), Failure> {
                sqlx::query("INSERT INTO burnt (code) VALUES ($1)").bind(code).execute(&self.db).await?;
                Ok(())
            }
            async fn log_in(&self, code: &str) -> Result<(), Failure> {
                sqlx::query("INSERT INTO visits (code) VALUES ($1)").bind(code).execute(&self.db).await?;
                Ok(())
            }
        }
        #[async_trait::async_trait]
        impl Tickets for Lite {
            async fn claim(&self, code: &str) -> Result<Ticket, Failure> {
                let ticket = sqlx::query_as("SELECT * FROM tickets WHERE code = ?").bind(code).fetch_one(&self.db).await?;
                sqlx::query("DELETE FROM tickets WHERE code = ?").bind(code).execute(&self.db).await?;
                Ok(ticket)
            }
            async fn burn(&self, code: &str) -> Result<(), Failure> {
                sqlx::query("INSERT INTO burnt (code) VALUES (?)").bind(code).execute(&self.db).await?;
                Ok(())
            }
            async fn log_in(&self, code: &str) -> Result<(), Failure> {
                sqlx::query("INSERT INTO visits (code) VALUES (?)").bind(code).execute(&self.db).await?;
                Ok(())
            }
        }
        #[async_trait::async_trait]
        impl Tickets for Memory {
            async fn claim(&self, code: &str) -> Result<Ticket, Failure> { self.all.first().cloned().ok_or(Failure) }
            async fn burn(&self, code: &str) -> Result<(), Failure> { Ok(()) }
            async fn log_in(&self, code: &str) -> Result<(), Failure> { Ok(()) }
        }
        async fn claim(State(tickets): State<Arc<dyn Tickets>>, Path(code): Path<String>) -> Result<(), Failure> {
            tickets.claim(&code).await?;
            tickets.log_in(&code).await?;
            Ok(())
        }
        async fn burn(State(tickets): State<Arc<dyn Tickets>>, Path(code): Path<String>) -> Result<(), Failure> {
            tickets.burn(&code).await?;
            tickets.log_in(&code).await
        }
        async fn visit(State(tickets): State<Arc<dyn Tickets>>, Path(code): Path<String>) -> Result<(), Failure> {
            tickets.burn(&code).await.ok();
            tickets.log_in(&code).await
        }
        async fn main() {
            let app = Router::new().route("/claim/{code}", post(claim)).route("/burn/{code}", post(burn)).route("/visit/{code}", post(visit));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("door", &["axum", "sqlx"])),
        ("src/main.rs", code),
        (
            "migrations/1_burnt.sql",
            "CREATE TABLE burnt (code text PRIMARY KEY);",
        ),
    ]);
    assert_eq!(
        found,
        [
            "POST /burn/{code} idempotent natural-key",
            "POST /claim/{code} idempotent effects",
            "POST /visit/{code} not-idempotent none",
        ]
    );
}

#[test]
fn every_path_is_served_and_a_request_of_unknown_method_is_not_called_repeatable() {
    let code = r#"
        use actix_web::{web, App, HttpServer};
        struct Hooks { client: reqwest::Client }
        async fn forward(db: web::Data<sqlx::PgPool>, hooks: web::Data<Hooks>, method: web::Path<String>) {
            sqlx::query("UPDATE hooks SET state = 'sent' WHERE id = 1").execute(db.get_ref()).await.unwrap();
            let method = method.into_inner().parse().unwrap();
            hooks.client.request(method, "https://a.example/hooks").send().await.unwrap();
        }
        async fn add(db: web::Data<sqlx::PgPool>) {
            sqlx::query("INSERT INTO hooks (name) VALUES ('a')").execute(db.get_ref()).await.unwrap();
        }
        async fn main() {
            HttpServer::new(|| App::new()
                .route("/", web::post().to(add))
                .route("/forward", web::post().to(forward))
                .service(web::resource(["/hooks", "/v2/hooks"]).route(web::post().to(add)))
            ).bind("0.0.0.0:80").unwrap().run().await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("hooks", &["actix-web", "reqwest", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST / not-idempotent none",
            "POST /forward unknown none",
            "POST /hooks not-idempotent none",
            "POST /v2/hooks not-idempotent none",
        ]
    );
}

#[test]
fn a_path_is_found_in_an_associated_constant() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        pub trait Route { fn route() -> &'static str; }
        pub trait SimpleRoute { const PATH: &'static str; }
        impl<T: SimpleRoute> Route for T { fn route() -> &'static str { Self::PATH } }
        struct Token; impl SimpleRoute for Token { const PATH: &'static str = "/token"; }
        struct Orders; impl Orders { pub const PATH: &'static str = "/orders"; fn name() -> &'static str { Self::PATH } }
        async fn add(State(db): State<sqlx::PgPool>) {
            sqlx::query("INSERT INTO hooks (name) VALUES ('a')").execute(&db).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route(Token::route(), post(add)).route(Orders::PATH, post(add)).route(Orders::name(), axum::routing::put(add));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("hooks", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /orders not-idempotent none",
            "POST /token not-idempotent none",
            "PUT /orders not-idempotent none",
        ]
    );
}

#[test]
fn what_is_made_with_a_source_of_randomness_is_another_one_every_time() {
    let code = r#"
        use axum::{Json, Router, extract::State, routing::post};
        fn token(rng: &mut impl rand::RngCore) -> String { Alphanumeric.sample_string(rng, 12) }
        async fn chosen(State(db): State<sqlx::PgPool>, Json(form): Json<Form>) {
            let mut rng = rand::thread_rng();
            let token = form.token.unwrap_or_else(|| token(&mut rng));
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(token).execute(&db).await.unwrap();
        }
        async fn sent(State(db): State<sqlx::PgPool>, Json(form): Json<Form>) {
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(form.token).execute(&db).await.unwrap();
        }
        async fn made<R: rand::Rng>(db: &sqlx::PgPool, rng: &mut R) {
            let token = Kind::Personal.issue(rng);
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(token).execute(db).await.unwrap();
        }
        async fn issued(State(db): State<sqlx::PgPool>) { made(&db, &mut BoxRng).await; }
        async fn main() {
            let app = Router::new().route("/chosen", post(chosen)).route("/sent", post(sent)).route("/issued", post(issued));
            axum::serve(listener, app).await;
        }
    "#;
    let schema = "CREATE TABLE tokens (id serial PRIMARY KEY, token text UNIQUE);";
    let found = labels(&[
        ("Cargo.toml", &manifest("tokens", &["axum", "rand", "sqlx"])),
        ("src/main.rs", code),
        ("migrations/1_tokens.sql", schema),
    ]);
    assert_eq!(
        found,
        [
            "POST /chosen not-idempotent none",
            "POST /issued not-idempotent none",
            "POST /sent idempotent natural-key",
        ]
    );
}

#[test]
fn what_a_function_is_told_to_do_is_what_it_does() {
    let code = r#"
        use axum::{Json, Router, extract::{Path, State}, routing::{post, put}};
        use deadpool_postgres::Pool;
        struct Store { pool: Pool, http: reqwest::Client }
        impl Store {
            async fn run(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Failure> {
                let client = self.pool.get().await?;
                let statement = client.prepare_cached(sql).await?;
                Ok(client.execute(&statement, values).await?)
            }
            async fn once(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Failure> { self.run(sql, values).await }
            fn ask(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder { self.http.request(method, reqwest::Url::parse(path).unwrap()) }
            async fn tell(&self, method: reqwest::Method, path: &str) { self.http.request(method, path).send().await; }
        }
        async fn add(State(store): State<Store>, Path(name): Path<String>) -> Result<(), Failure> {
            let sql = "INSERT INTO notes (name) VALUES ($1)";
            store.once(sql, &[&name]).await?;
            Ok(())
        }
        async fn join(State(store): State<Store>, Path(name): Path<String>) -> Result<(), Failure> {
            store.once("INSERT INTO members (id, name) VALUES ($1, $2)", &[&Uuid::new_v4(), &name]).await?;
            Ok(())
        }
        async fn rotate(State(store): State<Store>, Path(name): Path<String>) -> Result<(), Failure> {
            let secret = uuid::Uuid::new_v4();
            store.run("UPDATE members SET token = $1 WHERE name = $2", &[&secret, &name]).await?;
            Ok(())
        }
        async fn rename(State(store): State<Store>, Path(name): Path<String>, Json(other): Json<String>) -> Result<(), Failure> {
            store.run("UPDATE members SET name = $1 WHERE name = $2", &[&other, &name]).await?;
            Ok(())
        }
        async fn look(State(store): State<Store>) { store.ask(reqwest::Method::GET, "http://a.example/x").send().await; }
        async fn act(State(store): State<Store>) { store.ask(reqwest::Method::POST, "http://a.example/x").send().await; }
        async fn token(State(store): State<Store>) { store.ask(reqwest::Method::POST, "http://a.example/connect/token").send().await; }
        async fn see(State(store): State<Store>) { store.tell(reqwest::Method::GET, "http://a.example/x").await; }
        async fn order(State(store): State<Store>) { store.tell(reqwest::Method::POST, "http://a.example/x").await; }
        async fn main() {
            let app = Router::new().route("/add/{name}", post(add)).route("/join/{name}", post(join)).route("/rotate/{name}", put(rotate))
                .route("/rename/{name}", post(rename)).route("/look", post(look)).route("/act", post(act)).route("/see", post(see)).route("/order", post(order)).route("/token", post(token));
            axum::serve(listener, app).await;
        }
    "#;
    let schema = "CREATE TABLE members (id uuid PRIMARY KEY, name text UNIQUE, token text);";
    let dependencies = ["axum", "deadpool-postgres", "reqwest", "uuid"];
    let found = labels(&[
        ("Cargo.toml", &manifest("club", &dependencies)),
        ("src/main.rs", code),
        ("migrations/1_members.sql", schema),
    ]);
    assert_eq!(
        found,
        [
            "POST /act not-idempotent none",
            "POST /add/{name} not-idempotent none",
            "POST /join/{name} idempotent natural-key",
            "POST /look idempotent effects",
            "POST /order not-idempotent none",
            "POST /rename/{name} idempotent effects",
            "POST /see idempotent effects",
            "POST /token idempotent effects",
            "PUT /rotate/{name} not-idempotent none",
        ]
    );
}

#[test]
fn commands_that_wait_for_each_other_do_what_each_does() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        struct Store { redis: redis::aio::MultiplexedConnection }
        async fn list(State(mut store): State<Store>) {
            redis::pipe().atomic().set("a", 1).rpush("list", "v").exec_async(&mut store.redis).await.unwrap();
        }
        async fn later(State(mut store): State<Store>) {
            let mut pipe = redis::pipe();
            pipe.cmd("RPUSH").arg("list").arg("v");
            pipe.set("a", 1).ignore();
            pipe.query_async::<()>(&mut store.redis).await.unwrap();
        }
        async fn set(State(mut store): State<Store>) {
            redis::pipe().set("a", 1).expire("a", 60).exec_async(&mut store.redis).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/list", post(list)).route("/later", post(later)).route("/set", post(set));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("lists", &["axum", "redis"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /later not-idempotent none",
            "POST /list not-idempotent none",
            "POST /set idempotent effects",
        ]
    );
}

#[test]
fn a_collection_that_is_passed_is_the_one_that_is_written() {
    let code = r#"
        use axum::{Json, Router, extract::{Path, State}, routing::post};
        use mongodb::{Database, bson::doc};
        struct Store { db: Database }
        static LOGS: &str = "audit_logs";
        static PAGES: &str = "pages";
        impl Store {
            fn col<T>(&self, collection: &str) -> mongodb::Collection<T> { self.db.collection(collection) }
            async fn add<T>(&self, collection: &'static str, page: T) { self.col::<T>(collection).insert_one(page).await.unwrap(); }
        }
        async fn write(State(store): State<Store>, Json(page): Json<Page>) { store.add(PAGES, page).await; }
        async fn note(State(store): State<Store>, Json(page): Json<Page>) { store.add(LOGS, page).await; }
        async fn main() {
            let app = Router::new().route("/write", post(write)).route("/note", post(note));
            axum::serve(listener, app).await;
        }
    "#;
    let files = [
        ("Cargo.toml", manifest("pages", &["axum", "mongodb"])),
        ("src/main.rs", code.to_owned()),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    assert_eq!(
        labels(&files),
        [
            "POST /note idempotent effects",
            "POST /write not-idempotent none"
        ]
    );
    let endpoints = system(&files).system.endpoints;
    let write = endpoints.iter().find(|endpoint| endpoint.path == "/write");
    let said = &write.expect("it is served").evidence[0].reason;
    assert_eq!(said, "each time a row is inserted into `pages`");
}

#[test]
fn a_record_that_is_asked_for_its_state_and_leaves_it_is_worked_on_once() {
    let code = r#"
        use axum::{Router, extract::{Path, State}, routing::post};
        use sqlx::PgPool;
        enum Stage { Pending, Done }
        #[derive(sqlx::FromRow)]
        struct Job { id: i64, stage: Stage, owner: i64, revoked: Option<i64> }
        impl Job {
            fn is_revoked(&self) -> bool { self.revoked.is_some() }
            fn is_pending(&self) -> bool { matches!(self.stage, Stage::Pending) }
            fn is_public(&self) -> bool { self.owner == 0 }
        }
        async fn job(db: &PgPool, id: i64) -> Result<Job, Failure> {
            Ok(sqlx::query_as("SELECT * FROM jobs WHERE id = $1").bind(id).fetch_one(db).await?)
        }
        async fn tell(db: &PgPool, id: i64) -> Result<(), Failure> {
            sqlx::query("INSERT INTO messages (job) VALUES ($1)").bind(id).execute(db).await?;
            Ok(())
        }
        async fn revoke(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<(), Failure> {
            let job = job(&db, id).await?;
            if job.is_revoked() { return Err(Failure::Conflict); }
            sqlx::query("UPDATE jobs SET revoked_at = now() WHERE id = $1").bind(id).execute(&db).await?;
            tell(&db, id).await
        }
        async fn finish(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<(), Failure> {
            let job = job(&db, id).await?;
            if !job.is_pending() { return Err(Failure::Conflict); }
            sqlx::query("UPDATE jobs SET finished_at = now() WHERE id = $1").bind(id).execute(&db).await?;
            tell(&db, id).await
        }
        async fn start(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<(), Failure> {
            let job = job(&db, id).await?;
            if !matches!(job.stage, Stage::Pending) { return Err(Failure::Conflict); }
            sqlx::query("UPDATE jobs SET started_at = now() WHERE id = $1").bind(id).execute(&db).await?;
            tell(&db, id).await
        }
        async fn publish(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<(), Failure> {
            let job = job(&db, id).await?;
            if !job.is_public() { return Err(Failure::Forbidden); }
            sqlx::query("UPDATE jobs SET published_at = now() WHERE id = $1").bind(id).execute(&db).await?;
            tell(&db, id).await
        }
        async fn main() {
            let app = Router::new().route("/revoke/{id}", post(revoke)).route("/finish/{id}", post(finish))
                .route("/start/{id}", post(start)).route("/publish/{id}", post(publish));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("jobs", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /finish/{id} idempotent effects",
            "POST /publish/{id} not-idempotent none",
            "POST /revoke/{id} idempotent effects",
            "POST /start/{id} idempotent effects",
        ]
    );
}

#[test]
fn what_is_behind_a_trait_a_closure_or_a_model_is_followed() {
    let code = r#"
        use actix_web::{web, App, HttpServer};
        use sea_orm::{ActiveModelTrait, DatabaseConnection};
        trait Users { async fn insert_user(&self, name: String) -> Result<(), Failure>; }
        trait Admin { async fn add(&self, name: String) -> Result<(), Failure>; }
        struct Store { db: sqlx::PgPool, orm: DatabaseConnection }
        impl Users for Store {
            async fn insert_user(&self, name: String) -> Result<(), Failure> {
                sqlx::query("INSERT INTO users (name) VALUES ($1)").bind(name).execute(&self.db).await?;
                Ok(())
            }
        }
        impl<H: Users> Admin for H { async fn add(&self, name: String) -> Result<(), Failure> { <H as Users>::insert_user(self, name).await } }
        struct Db { pool: sqlx::PgPool }
        impl Db { async fn add_row(&mut self) { sqlx::query("INSERT INTO rows (a) VALUES (1)").execute(&self.pool).await.unwrap(); } }
        impl Store {
            async fn within<F, R>(&self, job: F) -> R where F: AsyncFnOnce(&mut Db) -> R { let mut db = Db { pool: self.db.clone() }; job(&mut db).await }
        }
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "tokens")]
        pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub hash: String }
        async fn add(store: web::Data<Store>, name: web::Path<String>) { store.add(name.into_inner()).await.unwrap(); }
        async fn within(store: web::Data<Store>) { store.within(async |db| { db.add_row().await }).await; }
        async fn log_in(store: web::Data<Store>) { Model { id: 0, hash: make() }.into_active_model().insert(&store.orm).await.unwrap(); }
        async fn charge(store: web::Data<Store>, bank: web::Data<bank::Client>) { bank.charge(100).await.unwrap(); }
        async fn pay() { bank::pay(100).await.unwrap(); }
        async fn look(bank: web::Data<bank::Client>) { bank.get_balance().await.unwrap(); }
        async fn main() {
            HttpServer::new(|| App::new()
                .service(web::scope("/api").configure(|cfg| { cfg.route("/users/{name}", web::post().to(add)); }))
                .route("/within", web::post().to(within)).route("/login", web::post().to(log_in))
                .route("/charge", web::post().to(charge)).route("/pay", web::post().to(pay)).route("/look", web::post().to(look))
            ).bind("0.0.0.0:80").unwrap().run().await;
        }
    "#;
    let dependencies = ["actix-web", "bank", "sea-orm", "sqlx"];
    let found = labels(&[
        ("Cargo.toml", &manifest("hooks", &dependencies)),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /api/users/{name} not-idempotent none",
            "POST /charge unknown none",
            "POST /login not-idempotent none",
            "POST /look idempotent effects",
            "POST /pay unknown none",
            "POST /within not-idempotent none",
        ]
    );
}

#[test]
fn what_is_new_in_one_value_of_a_type_is_not_new_in_one_that_was_read() {
    let code = r#"
        #[macro_use] extern crate rocket;
        use rocket::{State, request::{FromRequest, Outcome, Request}};
        use mongodb::{Collection, bson::doc};
        use serde::{Deserialize, Serialize};
        #[derive(Serialize, Deserialize)]
        struct Session { id: String, name: String }
        struct Store { sessions: Collection<Session> }
        impl Store {
            async fn save(&self, session: &Session) {
                self.sessions.update_one(doc! { "_id": &session.id }, doc! { "$set": { "name": &session.name } }).upsert(true).await.unwrap();
            }
            async fn find(&self, id: &str) -> Session { self.sessions.find_one(doc! { "_id": id }).await.unwrap().unwrap() }
        }
        struct Ticket { token: String }
        #[rocket::async_trait]
        impl<'r> FromRequest<'r> for Ticket {
            type Error = Failure;
            async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Failure> {
                let store = request.rocket().state::<Store>().unwrap();
                let token = request.headers().get_one("X-Ticket").unwrap();
                sqlx::query("SELECT * FROM tickets WHERE token = $1").bind(token).fetch_one(&store.db).await.unwrap();
                sqlx::query("DELETE FROM tickets WHERE token = $1").bind(token).execute(&store.db).await.unwrap();
                Outcome::Success(Ticket { token })
            }
        }
        #[post("/login?<name>")]
        async fn log_in(store: &State<Store>, name: String) {
            let session = Session { id: ulid::Ulid::new().to_string(), name };
            store.save(&session).await;
        }
        #[post("/touch?<id>")]
        async fn touch(store: &State<Store>, id: String) {
            let session = store.find(&id).await;
            store.save(&session).await;
        }
        #[post("/sure")]
        async fn sure(db: &State<sqlx::PgPool>, ticket: Ticket) { sqlx::query("INSERT INTO visits (a) VALUES (1)").execute(db).await.unwrap(); }
        #[post("/maybe")]
        async fn maybe(db: &State<sqlx::PgPool>, ticket: Option<Ticket>) { sqlx::query("INSERT INTO visits (a) VALUES (1)").execute(db).await.unwrap(); }
        #[launch]
        fn rocket() -> _ { rocket::build().mount("/", routes![log_in, touch, sure, maybe]) }
    "#;
    let dependencies = ["rocket", "mongodb", "serde", "sqlx", "ulid"];
    let found = labels(&[
        ("Cargo.toml", &manifest("doors", &dependencies)),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /login not-idempotent none",
            "POST /maybe not-idempotent none",
            "POST /sure idempotent effects",
            "POST /touch idempotent effects",
        ]
    );
}

#[test]
fn what_is_asked_for_is_told_from_what_there_is() {
    let code = r#"
        use axum::{Json, Router, extract::{Path, State}, routing::post};
        use sqlx::PgPool;
        use serde::Deserialize;
        #[derive(Deserialize)]
        struct Tenant { id: String, name: String }
        #[derive(sqlx::FromRow)]
        struct Token { id: i64, consumed: Option<i64> }
        impl Token { fn is_valid(&self) -> bool { self.consumed.is_none() } }
        struct App { db: PgPool, salt: String }
        impl App {
            fn new(db: PgPool) -> Self { Self { db, salt: uuid::Uuid::new_v4().to_string() } }
            fn name_of(&self, name: &str) -> String { format!("source:{name}") }
        }
        // The client says the id.
        async fn tenant(State(db): State<PgPool>, Json(tenant): Json<Tenant>) {
            sqlx::query("INSERT INTO tenants (id, name) VALUES ($1, $2)").bind(tenant.id).bind(tenant.name).execute(&db).await.unwrap();
        }
        // What is not read of a record says nothing of what its method gives.
        async fn source(State(app): State<App>, Path(name): Path<String>) {
            let app = App::new(app.db);
            sqlx::query("INSERT INTO sources (name) VALUES ($1)").bind(app.name_of(&name)).execute(&app.db).await.unwrap();
        }
        // Every repeat takes the next one.
        async fn next(State(db): State<PgPool>) {
            let id: i64 = sqlx::query_scalar("SELECT id FROM jobs WHERE taken = false ORDER BY id LIMIT 1").fetch_one(&db).await.unwrap();
            sqlx::query("DELETE FROM jobs WHERE id = $1").bind(id).execute(&db).await.unwrap();
            sqlx::query("INSERT INTO runs (job) VALUES ($1)").bind(id).execute(&db).await.unwrap();
        }
        async fn take(State(db): State<PgPool>, Path(id): Path<i64>) {
            let id: i64 = sqlx::query_scalar("SELECT id FROM jobs WHERE id = $1").bind(id).fetch_one(&db).await.unwrap();
            sqlx::query("DELETE FROM jobs WHERE id = $1").bind(id).execute(&db).await.unwrap();
            sqlx::query("INSERT INTO runs (job) VALUES ($1)").bind(id).execute(&db).await.unwrap();
        }
        // The name of a function does not make a log of whatever it writes.
        async fn log_workout(State(db): State<PgPool>) { sqlx::query("INSERT INTO workouts (a) VALUES (1)").execute(&db).await.unwrap(); }
        async fn log_event(State(db): State<PgPool>) { sqlx::query("INSERT INTO user_events (a) VALUES (1)").execute(&db).await.unwrap(); }
        // One way looks, the other one does not.
        async fn either(State(db): State<PgPool>, Json(tenant): Json<Tenant>) -> Result<(), Failure> {
            let known = if tenant.name.is_empty() {
                sqlx::query_as::<_, Token>("SELECT * FROM runs WHERE job = $1").bind(&tenant.id).fetch_optional(&db).await?
            } else {
                None
            };
            if known.is_none() {
                sqlx::query("INSERT INTO runs (job) VALUES ($1)").bind(tenant.id).execute(&db).await?;
            }
            Ok(())
        }
        async fn found(db: &PgPool, token: &str) -> Result<Option<Token>, Failure> {
            Ok(sqlx::query_as("SELECT * FROM tokens WHERE token = $1").bind(token).fetch_optional(db).await?)
        }
        async fn refresh(State(db): State<PgPool>, Path(token): Path<String>) -> Result<(), Failure> {
            let token = found(&db, &token).await?
                .filter(|token| token.is_valid())
                .ok_or(Failure::Unauthorized)?;
            sqlx::query("UPDATE tokens SET consumed_at = now() WHERE id = $1").bind(token.id).execute(&db).await?;
            sqlx::query("INSERT INTO runs (job) VALUES ($1)").bind(token.id).execute(&db).await?;
            Ok(())
        }
        async fn progress(State(db): State<PgPool>, Path(name): Path<String>) {
            sqlx::query("INSERT INTO progress (name, step) VALUES ($1, 1) ON CONFLICT (name) WHERE ended IS NULL DO UPDATE SET step = 1").bind(name).execute(&db).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/tenants", post(tenant)).route("/sources/{name}", post(source)).route("/next", post(next))
                .route("/take/{id}", post(take)).route("/workouts", post(log_workout)).route("/events", post(log_event))
                .route("/either", post(either)).route("/refresh/{token}", post(refresh)).route("/progress/{name}", post(progress));
            axum::serve(listener, app).await;
        }
    "#;
    let schema = "CREATE TABLE tenants (id text PRIMARY KEY, name text); CREATE TABLE sources (id serial PRIMARY KEY, name text UNIQUE);";
    let dependencies = ["axum", "serde", "sqlx", "uuid"];
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &dependencies)),
        ("src/main.rs", code),
        ("migrations/1_shop.sql", schema),
    ]);
    assert_eq!(
        found,
        [
            "POST /either not-idempotent none",
            "POST /events idempotent effects",
            "POST /next not-idempotent none",
            "POST /progress/{name} idempotent upsert",
            "POST /refresh/{token} idempotent effects",
            "POST /sources/{name} idempotent natural-key",
            "POST /take/{id} idempotent effects",
            "POST /tenants idempotent natural-key",
            "POST /workouts not-idempotent none",
        ]
    );
}

#[test]
fn a_function_that_a_trait_gives_runs_what_the_type_has() {
    let code = r#"
        use axum::{Json, Router, routing::post};
        use sqlx::PgPool;
        trait FromId: Sized {
            async fn known(db: &PgPool, id: &str) -> Option<Self>;
            async fn fetched(db: &PgPool, id: &str) -> Self;
            async fn from_id(db: &PgPool, id: &str) -> Self {
                match Self::known(db, id).await { Some(known) => known, None => Self::fetched(db, id).await }
            }
        }
        struct Blog { id: i64 }
        struct Post { id: i64 }
        impl FromId for Blog {
            async fn known(db: &PgPool, id: &str) -> Option<Self> { sqlx::query_as("SELECT id FROM blogs WHERE a = $1").bind(id).fetch_optional(db).await.unwrap() }
            async fn fetched(db: &PgPool, id: &str) -> Self { sqlx::query_as("SELECT id FROM blogs WHERE b = $1").bind(id).fetch_one(db).await.unwrap() }
        }
        impl FromId for Post {
            async fn known(db: &PgPool, id: &str) -> Option<Self> { None }
            async fn fetched(db: &PgPool, id: &str) -> Self { sqlx::query("INSERT INTO posts (name) VALUES ($1)").bind(id).execute(db).await.unwrap(); Post { id: 1 } }
        }
        async fn blog(db: PgPool, Json(id): Json<String>) { Blog::from_id(&db, &id).await; }
        async fn note(db: PgPool, Json(id): Json<String>) { Post::from_id(&db, &id).await; }
        async fn main() {
            let app = Router::new().route("/blogs", post(blog)).route("/posts", post(note));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("blogs", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /blogs idempotent effects",
            "POST /posts not-idempotent none",
        ]
    );
}

#[test]
fn what_a_macro_writes_is_read_where_it_is_called() {
    let macros = r#"
        macro_rules! insert {
            ($table:literal, $new:ty) => {
                pub async fn insert(db: &PgPool, new: $new) {
                    sqlx::query(concat!("INSERT INTO ", $table, " (name) VALUES ($1)")).bind(new.name).execute(db).await.unwrap();
                }
            };
        }
        macro_rules! handlers {
            ($($name:ident => $table:literal),* $(,)?) => {
                $(async fn $name(db: PgPool) { sqlx::query(concat!("DELETE FROM ", $table)).execute(&db).await.unwrap(); })*
            };
        }
        macro_rules! endless { ($($t:tt)*) => { endless!($($t)* x); fn never() {} } }
    "#;
    let code = r#"
        #[macro_use]
        mod macros;
        use axum::{Json, Router, routing::post};
        use sqlx::PgPool;
        struct New { name: String }
        struct App;
        struct Key;
        impl App { insert!("apps", New); }
        impl Key { insert!("keys", New); }
        handlers! { clear_apps => "apps", clear_keys => "keys" }
        endless!(x);
        async fn app(db: PgPool, Json(name): Json<String>) { App::insert(&db, New { name }).await; }
        async fn key(db: PgPool, Json(name): Json<String>) { Key::insert(&db, New { name }).await; }
        async fn main() {
            let app = Router::new().route("/apps", post(app)).route("/keys", post(key))
                .route("/apps/clear", post(clear_apps)).route("/keys/clear", post(clear_keys));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("apps", &["axum", "sqlx"])),
        ("src/main.rs", code),
        ("src/macros.rs", macros),
        (
            "migrations/1.sql",
            "CREATE TABLE keys (id serial PRIMARY KEY, name text UNIQUE);",
        ),
    ]);
    assert_eq!(
        found,
        [
            "POST /apps not-idempotent none",
            "POST /apps/clear idempotent effects",
            "POST /keys idempotent natural-key",
            "POST /keys/clear idempotent effects",
        ]
    );
}

#[test]
fn a_transaction_is_stopped_only_by_what_somebody_looks_at() {
    let found = of_handlers(
        r#"
        // Nobody looks whether anything was closed.
        async fn on_unasked(State(db): State<PgPool>, Json(id): Json<i64>) {
            let mut tx = db.begin().await.unwrap();
            sqlx::query("UPDATE orders SET closed_at = now() WHERE id = $1 AND closed_at IS NULL").bind(id).execute(&mut *tx).await.unwrap();
            sqlx::query("INSERT INTO payments (order_id) VALUES ($1)").bind(id).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        async fn on_asked(State(db): State<PgPool>, Json(id): Json<i64>) -> Result<(), Failure> {
            let mut tx = db.begin().await.unwrap();
            sqlx::query("INSERT INTO payments (order_id) VALUES ($1)").bind(id).execute(&mut *tx).await.unwrap();
            let closed = sqlx::query("UPDATE orders SET closed_at = now() WHERE id = $1 AND closed_at IS NULL").bind(id).execute(&mut *tx).await?;
            if closed.rows_affected() == 0 { return Err(Failure::Conflict); }
            tx.commit().await.unwrap();
            Ok(())
        }
        // The row that is removed is one that was just made.
        async fn on_outbox(State(db): State<PgPool>, Json(name): Json<String>) {
            let mut tx = db.begin().await.unwrap();
            let id: i64 = sqlx::query_scalar("INSERT INTO outbox (name) VALUES ($1) RETURNING id").bind(name).fetch_one(&mut *tx).await.unwrap();
            sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        // A link for a password is another one each time, though there is one for a name.
        async fn on_link(State(db): State<PgPool>, Json(name): Json<String>) {
            let token = uuid::Uuid::new_v4();
            sqlx::query("DELETE FROM tokens WHERE token = $1").bind(&name).execute(&db).await.unwrap();
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(&name).bind(token).execute(&db).await.unwrap();
        }
        async fn on_toggle(State(db): State<PgPool>, Json(id): Json<i64>) {
            let liked: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM likes WHERE post = $1)").bind(id).fetch_one(&db).await.unwrap();
            if liked {
                sqlx::query("DELETE FROM likes WHERE post = $1").bind(id).execute(&db).await.unwrap();
            } else {
                sqlx::query("INSERT INTO likes (post) VALUES ($1)").bind(id).execute(&db).await.unwrap();
            }
        }
        async fn on_block(State(db): State<PgPool>, Json(id): Json<i64>) {
            let site = sqlx::query!("SELECT id, blocked FROM sites WHERE id = $1", id).fetch_one(&db).await.unwrap();
            sqlx::query("UPDATE sites SET blocked = $1 WHERE id = $2").bind(!site.blocked).bind(id).execute(&db).await.unwrap();
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /asked idempotent effects",
            "POST /block not-idempotent none",
            "POST /link not-idempotent none",
            "POST /outbox not-idempotent none",
            "POST /toggle not-idempotent none",
            "POST /unasked not-idempotent none",
        ]
    );
}

#[test]
fn queued_commands_do_what_they_say_under_the_names_they_are_given() {
    let code = r#"
        use axum::{Json, Router, routing::post};
        use redis::{AsyncCommands, aio::ConnectionManager};
        async fn log_in(mut redis: ConnectionManager, Json(user): Json<String>) {
            let token = uuid::Uuid::new_v4().to_string();
            let mut pipe = redis::pipe();
            pipe.atomic().hset(&user, &token, "here").set_ex(format!("session:{token}"), "1", 60).hlen(&user);
            let n: usize = pipe.query_async(&mut redis).await.unwrap();
        }
        async fn remember(mut redis: ConnectionManager, Json(user): Json<String>) {
            let _: () = redis::cmd("SETEX").arg(&user).arg(60).arg("here").query_async(&mut redis).await.unwrap();
        }
        async fn line(mut redis: ConnectionManager, Json(user): Json<String>) {
            let _: () = redis::cmd("LPUSHX").arg(&user).arg("here").query_async(&mut redis).await.unwrap();
        }
        // The copy says nothing of what is done beside it.
        async fn copied(mut redis: ConnectionManager, Json(user): Json<String>) {
            somewhere_else::hand_over(&user).await.unwrap();
            let _: () = redis.set(&user, "here").await.unwrap();
        }
        async fn taken(redis: &mut ConnectionManager, key: &str) -> Result<Option<String>, Failure> {
            Ok(redis::cmd("GETDEL").arg(key).query_async(redis).await?)
        }
        async fn confirm(mut redis: ConnectionManager, Json(code): Json<String>) -> Result<(), Failure> {
            let user = taken(&mut redis, &code).await?.ok_or(Failure::Unknown)?;
            let _: () = redis.lpush("confirmed", user).await?;
            Ok(())
        }
        async fn main() {
            let app = Router::new().route("/login", post(log_in)).route("/remember", post(remember))
                .route("/line", post(line)).route("/copied", post(copied)).route("/confirm", post(confirm)).fallback(line);
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("sessions", &["axum", "redis", "somewhere-else", "uuid"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "ANY /{fallback} not-idempotent none",
            "POST /confirm idempotent effects",
            "POST /copied unknown none",
            "POST /line not-idempotent none",
            "POST /login not-idempotent none",
            "POST /remember idempotent effects",
        ]
    );
}

#[test]
fn names_and_statements_are_followed_through_other_packages_and_schemas() {
    let api = "pub mod web_framework { pub use actix_web::*; }\n";
    let code = r#"
        mod redis;
        use ::redis::{AsyncCommands, aio::ConnectionManager};
        use shop_api::web_framework::{self as actix_web};
        use actix_web::{web, App, HttpServer};
        use async_graphql::{EmptySubscription, MergedObject, Object, Schema};
        struct Query;
        struct Posts;
        struct Users;
        #[derive(MergedObject)]
        struct Mutation(Posts, Users);
        #[Object]
        impl Posts { async fn add(&self, db: sqlx::PgPool, name: String) -> bool { sqlx::query("INSERT INTO posts (name) VALUES ($1)").bind(name).execute(&db).await.unwrap(); true } }
        #[Object]
        impl Users { async fn rename(&self, db: sqlx::PgPool, name: String) -> bool { sqlx::query("UPDATE users SET name = $1").bind(name).execute(&db).await.unwrap(); true } }
        async fn all(schema: web::Data<Schema<Query, Mutation, EmptySubscription>>, request: web::Json<String>) { schema.execute(request).await; }
        async fn users(schema: web::Data<Schema<Query, Users, EmptySubscription>>, request: web::Json<String>) { schema.execute(request).await; }
        async fn queued(redis: web::Data<ConnectionManager>, name: web::Json<String>) { let _: () = redis.lpush("names", name).await.unwrap(); }
        async fn scoped(db: web::Data<sea_orm::DatabaseConnection>, schema: web::Json<String>) {
            let set = format!("SET search_path TO \"{}\";", schema);
            db.execute(sea_orm::Statement::from_string(sea_orm::DatabaseBackend::Postgres, set)).await.unwrap();
        }
        async fn nothing() -> &'static str { "not found" }
        fn configure(cfg: &mut web::ServiceConfig) {
            cfg.service(web::resource("/graphql").route(web::post().to(all)))
                .service(web::resource("/users").route(web::post().to(users)))
                .service(web::resource("/queued").route(web::post().to(queued)))
                .service(web::resource("/scoped").route(web::post().to(scoped)))
                .default_service(web::route().to(nothing));
        }
        async fn main() { HttpServer::new(|| App::new().configure(configure)).bind("0.0.0.0:80").unwrap().run().await; }
    "#;
    let shop = "[package]\nname = \"shop\"\n[dependencies]\nshop-api = { path = \"../api\" }\nredis = \"0.27\"\nsqlx = \"0.8\"\nsea-orm = \"1\"\nasync-graphql = \"7\"\n";
    let found = labels(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"api\", \"shop\"]\n"),
        ("api/Cargo.toml", &manifest("shop-api", &["actix-web"])),
        ("api/src/lib.rs", api),
        ("shop/Cargo.toml", shop),
        ("shop/src/main.rs", code),
        ("shop/src/redis.rs", "pub fn other() {}"),
    ]);
    assert_eq!(
        found,
        [
            "POST /graphql not-idempotent none",
            "POST /queued not-idempotent none",
            "POST /scoped idempotent effects",
            "POST /users idempotent effects",
        ]
    );
}

#[test]
fn a_statement_is_what_was_put_together_piece_by_piece() {
    let found = of_handlers(
        r#"
        async fn on_pieces(State(db): State<PgPool>, Json(all): Json<Vec<Order>>) {
            let mut builder = sqlx::QueryBuilder::new("INSERT INTO orders (id, name) ");
            builder.push_values(all.iter(), |mut row, order| { row.push_bind(order.id).push_bind(&order.name); });
            builder.push(" ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name");
            builder.build().execute(&db).await.unwrap();
        }
        async fn on_rows(State(db): State<PgPool>, Json(all): Json<Vec<Order>>) {
            let mut builder = sqlx::QueryBuilder::new("INSERT INTO notes (name) ");
            builder.push_values(all.iter(), |mut row, order| { row.push_bind(&order.name); });
            builder.build().execute(&db).await.unwrap();
        }
        async fn on_vouched(State(db): State<PgPool>, Json(order): Json<Order>) {
            sqlx::query(sqlx::AssertSqlSafe(format!("INSERT INTO {table} (name) VALUES ($1) ON CONFLICT DO NOTHING", table = table()))).bind(order.name).execute(&db).await.unwrap();
        }
        async fn on_vouched_again(State(db): State<PgPool>, Json(order): Json<Order>) {
            let text = format!("INSERT INTO {table} (name) VALUES ($1)", table = table());
            sqlx::query(sqlx::AssertSqlSafe(&*text)).bind(order.name).execute(&db).await.unwrap();
        }
        // The column has another name by now, and the clause speaks of some key.
        async fn on_any_key(State(db): State<PgPool>, Json(order): Json<Order>) {
            sqlx::query("INSERT INTO tokens (value, name) VALUES (?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name)").bind(order.name).bind(order.amount).execute(&db).await.unwrap();
        }
        async fn on_new_key(State(db): State<PgPool>, Json(order): Json<Order>) {
            sqlx::query("INSERT INTO tokens (token, name) VALUES (?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name)").bind(Uuid::new_v4()).bind(order.name).execute(&db).await.unwrap();
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /any_key idempotent upsert",
            "POST /new_key not-idempotent none",
            "POST /pieces idempotent upsert",
            "POST /rows not-idempotent none",
            "POST /vouched idempotent upsert",
            "POST /vouched_again not-idempotent none",
        ]
    );
}

#[test]
fn a_late_failure_undoes_what_came_before_it() {
    let found = of_handlers(
        r#"
        async fn on_rolled_back(State(db): State<PgPool>, Json(order): Json<Order>) -> Result<i64, Failure> {
            let mut tx = db.begin().await?;
            let id = sqlx::query("INSERT INTO notes (name) VALUES ('x')").execute(&mut *tx).await.map(|row| row.last_insert_id())?;
            let second = sqlx::query("INSERT INTO marks (note) VALUES ($1)").bind(id).execute(&mut *tx).await;
            if let Err(error) = second { drop(tx.rollback().await); return Err(error.into()); }
            let third = sqlx::query("INSERT INTO orders (name) VALUES ($1)").bind(order.name).execute(&mut *tx).await.map_err(|_| Failure::Taken);
            match third {
                Ok(_) => { drop(tx.commit().await); Ok(id) }
                Err(error) => { drop(tx.rollback().await); Err(error) }
            }
        }
        // Without a transaction the note is there whatever becomes of the order.
        async fn on_left(State(db): State<PgPool>, Json(order): Json<Order>) -> Result<(), Failure> {
            sqlx::query("INSERT INTO notes (name) VALUES ('x')").execute(&db).await?;
            let second = sqlx::query("INSERT INTO orders (name) VALUES ($1)").bind(order.name).execute(&db).await;
            match second { Ok(_) => Ok(()), Err(error) => Err(error.into()) }
        }
        // There is one row of settings, and it is made when somebody looks for it.
        async fn on_settings(State(db): State<PgPool>, Json(order): Json<Order>) {
            let known = sqlx::query("SELECT id, name FROM settings").fetch_optional(&db).await.unwrap();
            if known.is_none() {
                sqlx::query("INSERT INTO settings (name) VALUES ('new')").execute(&db).await.unwrap();
            }
            sqlx::query("UPDATE settings SET name = $1").bind(order.name).execute(&db).await.unwrap();
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /left not-idempotent none",
            "POST /rolled_back idempotent natural-key",
            "POST /settings idempotent effects",
        ]
    );
}

#[test]
fn a_client_of_an_unknown_library_may_do_what_it_says() {
    let code = r#"
        use axum::{Json, Router, extract::State, routing::post};
        use std::sync::Arc;
        struct Wallet { node: Arc<paying_node::Node> }
        async fn paid(State(wallet): State<Arc<Wallet>>, Json(amount): Json<i64>) { wallet.node.payments().send_to_address(amount).unwrap(); }
        async fn shown(State(wallet): State<Arc<Wallet>>, Json(amount): Json<i64>) -> i64 { wallet.node.payments().balance_of(amount).unwrap() }
        async fn main() { axum::serve(listener, Router::new().route("/paid", post(paid)).route("/shown", post(shown))).await; }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("purse", &["axum", "paying-node"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        ["POST /paid unknown none", "POST /shown idempotent effects"]
    );
}

/// What a GET may write without anybody minding, and what not.
#[test]
fn a_get_may_count_and_fill_in_what_was_missing() {
    let code = r#"
        use axum::{Router, extract::{Path, State, ws::WebSocketUpgrade}, routing::get};
        use sqlx::PgPool;
        async fn counted(State(db): State<PgPool>, Path(id): Path<i64>) { sqlx::query("UPDATE books SET downloads = downloads + 1, updated_at = now() WHERE id = $1").bind(id).execute(&db).await.unwrap(); }
        async fn filled(State(db): State<PgPool>, Path(id): Path<i64>) {
            if sqlx::query("SELECT theme FROM settings WHERE reader = $1").bind(id).fetch_optional(&db).await.unwrap().is_none() {
                sqlx::query("INSERT INTO settings (reader) VALUES ($1)").bind(id).execute(&db).await.unwrap();
            }
        }
        async fn unseen(State(db): State<PgPool>, Path(id): Path<i64>) { sqlx::query(&format!("UPDATE readers SET {} WHERE id = $1", columns())).bind(id).execute(&db).await.unwrap(); }
        async fn upgraded(State(db): State<PgPool>, socket: WebSocketUpgrade) { sqlx::query("UPDATE readers SET name = 'x'").execute(&db).await.unwrap(); }
        async fn changed(State(db): State<PgPool>, Path(id): Path<i64>) { sqlx::query("UPDATE readers SET blocked = true WHERE id = $1").bind(id).execute(&db).await.unwrap(); }
        #[cfg(debug_assertions)]
        async fn only_at_home(State(db): State<PgPool>) { sqlx::query("DELETE FROM readers").execute(&db).await.unwrap(); }
        async fn main() {
            let app = Router::new().route("/a/{id}", get(counted)).route("/b/{id}", get(filled)).route("/c", get(upgraded)).route("/d/{id}", get(changed)).route("/e", get(only_at_home)).route("/f/{id}", get(unseen));
            axum::serve(listener, app).await;
        }
    "#;
    let analysis = system(&[
        ("Cargo.toml", &manifest("library", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    let endpoints = analysis.system.endpoints.iter();
    let alarming = endpoints.filter(|endpoint| endpoint.writes_though_safe.is_some());
    let alarming: Vec<&str> = alarming.map(|endpoint| endpoint.path.as_str()).collect();
    assert_eq!(alarming, ["/d/{id}", "/f/{id}"]);
}

#[test]
fn a_key_among_other_headers_counts_for_those_who_look_at_it() {
    let code = r#"
        use axum::{Router, extract::{FromRequestParts, State}, http::request::Parts, routing::post};
        use sqlx::PgPool;
        struct Headers { tags: String, idempotency_key: Option<String> }
        impl<S> FromRequestParts<S> for Headers {
            type Rejection = ();
            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ()> {
                let idempotency_key = parts.headers.get("Idempotency-Key").map(text);
                Ok(Self { tags: text(parts.headers.get("x-tags")), idempotency_key })
            }
        }
        async fn tagged(headers: Headers, State(db): State<PgPool>) { sqlx::query("INSERT INTO notes (tags) VALUES ($1)").bind(headers.tags).execute(&db).await.unwrap(); }
        async fn keyed(headers: Headers, State(db): State<PgPool>) {
            if let Some(key) = headers.idempotency_key { remember(&key).await; }
            sqlx::query("INSERT INTO notes (tags) VALUES ($1)").bind(headers.tags).execute(&db).await.unwrap();
        }
        async fn main() { axum::serve(listener, Router::new().route("/tagged", post(tagged)).route("/keyed", post(keyed))).await; }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("notes", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /keyed not-idempotent optional-key",
            "POST /tagged not-idempotent none",
        ]
    );
}

#[test]
fn a_check_that_fails_the_request_keeps_nothing_apart() {
    let found = of_handlers(
        r#"
        async fn on_invite(State(db): State<PgPool>, Json(order): Json<Order>) -> Result<(), Failure> {
            let known = sqlx::query("SELECT id FROM orders WHERE name = $1").bind(&order.name).fetch_optional(&db).await?;
            if known.is_some() { return Err(Failure::Conflict); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await?;
            if order.amount > limit() { return Err(Failure::TooMany); }
            sqlx::query("INSERT INTO orders (name) VALUES ($1)").bind(&order.name).execute(&db).await?;
            Ok(())
        }
        // Where it goes on without the order, the note is there twice.
        async fn on_maybe(State(db): State<PgPool>, Json(order): Json<Order>) -> Result<(), Failure> {
            let known = sqlx::query("SELECT id FROM orders WHERE name = $1").bind(&order.name).fetch_optional(&db).await?;
            if known.is_some() { return Err(Failure::Conflict); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&db).await?;
            if order.amount > limit() { return Ok(()); }
            sqlx::query("INSERT INTO orders (name) VALUES ($1)").bind(&order.name).execute(&db).await?;
            Ok(())
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /invite idempotent natural-key",
            "POST /maybe not-idempotent none",
        ]
    );
}

#[test]
fn what_hands_a_call_on_does_what_the_others_do() {
    let found = of_handlers(
        r#"
        use sqlx::PgPool;
        use std::sync::Arc;
        trait Queue { async fn put(&self, order: &Order) -> Result<(), Failure>; }
        impl Queue for Arc<dyn Queue> { async fn put(&self, order: &Order) -> Result<(), Failure> { (**self).put(order).await } }
        struct DbQueue { db: PgPool }
        impl Queue for DbQueue {
            async fn put(&self, order: &Order) -> Result<(), Failure> {
                sqlx::query("INSERT INTO jobs (id, name) VALUES (gen_random_uuid(), $1)").bind(&order.name).execute(&self.db).await?;
                Ok(())
            }
        }
        async fn on_invite(State(queue): State<Arc<dyn Queue>>, Json(order): Json<Order>) { queue.put(&order).await.unwrap(); }

        // What a trait gives to whatever is a connection.
        trait Orders<'c>: sqlx::Acquire<'c, Database = Postgres> + Sized {
            async fn keep(self, order: &Order) { let mut c = self.acquire().await.unwrap(); sqlx::query("INSERT INTO jobs (name) VALUES ($1)").bind(&order.name).execute(&mut *c).await.unwrap(); }
        }
        impl<'c, T> Orders<'c> for T where T: sqlx::Acquire<'c, Database = Postgres> + Sized {}
        async fn on_maybe(State(db): State<PgPool>, Json(order): Json<Order>) {
            let mut tx = db.begin().await.unwrap();
            tx.keep(&order).await.unwrap();
            tx.commit().await.unwrap();
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /invite not-idempotent none",
            "POST /maybe not-idempotent none",
        ]
    );
}

#[test]
fn a_statement_that_is_passed_is_the_one_that_is_run() {
    let found = of_handlers(
        r#"
        trait Api {
            async fn run<'a>(&mut self, query: sqlx::query::Query<'a, Postgres, PgArguments>) -> Result<(), Failure>;
            async fn fetch_maybe<'a, O>(&mut self, query: sqlx::query::QueryAs<'a, Postgres, O, PgArguments>) -> Result<Option<O>, Failure>;
            async fn fetch_only<'a, O>(&mut self, query: sqlx::query::QueryAs<'a, Postgres, O, PgArguments>) -> Result<O, Failure> { Ok(self.fetch_maybe(query).await?.unwrap()) }
        }
        struct PgApi { pool: PgPool }
        impl Api for PgApi {
            async fn run<'a>(&mut self, query: sqlx::query::Query<'a, Postgres, PgArguments>) -> Result<(), Failure> { query.execute(&self.pool).await?; Ok(()) }
            async fn fetch_maybe<'a, O>(&mut self, query: sqlx::query::QueryAs<'a, Postgres, O, PgArguments>) -> Result<Option<O>, Failure> { Ok(query.fetch_optional(&self.pool).await?) }
        }
        // Which one it is, only the parameter says.
        trait Pool { type Connection: Api; fn writing(&self) -> Self::Connection; }
        struct PgOnly { pool: PgPool }
        impl Pool for PgOnly { type Connection = PgApi; fn writing(&self) -> PgApi { PgApi { pool: self.pool.clone() } } }
        struct Repo<P: Pool> { db: P }
        impl<P: Pool> Repo<P> {
            fn writing(&self) -> P::Connection { self.db.writing() }
            async fn within<R, F>(&self, run: F) -> Result<R, Failure> where F: FnOnce(&mut <P as Pool>::Connection) -> BoxFuture<Result<R, Failure>> { let mut tx = self.writing(); run(&mut tx).await }
            async fn add(&self, name: &str) -> Token { self.writing().fetch_only(sqlx::query_as(indoc! { r"INSERT INTO tokens (name) VALUES ($1) RETURNING id" }).bind(name)).await.unwrap() }
            async fn keep(&self, name: &str) { self.within(|tx| async move { tx.run(sqlx::query("INSERT INTO tokens (name) VALUES ($1) ON CONFLICT (name) DO NOTHING").bind(name)).await }.boxed()).await.unwrap(); }
        }
        async fn on_invite(State(repo): State<Repo<PgOnly>>, Json(order): Json<Order>) { repo.add(&order.name).await; }
        async fn on_maybe(State(repo): State<Repo<PgOnly>>, Json(order): Json<Order>) { repo.keep(&order.name).await; }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /invite not-idempotent none",
            "POST /maybe idempotent upsert",
        ]
    );
}

#[test]
fn a_select_may_be_there_for_what_its_function_does() {
    let found = of_handlers(
        r#"
        async fn on_invite(State(db): State<PgPool>, Json(order): Json<Order>) {
            sqlx::query("SELECT * FROM pgmq.send('orders', $1) AS id").bind(&order.name).execute(&db).await.unwrap();
        }
        async fn on_maybe(State(db): State<PgPool>, Json(order): Json<Order>) {
            sqlx::query("SELECT billing.charge_account($1)").bind(&order.name).execute(&db).await.unwrap();
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /invite not-idempotent none",
            "POST /maybe unknown none"
        ]
    );
}

#[test]
fn a_procedure_of_an_audited_service_does_what_its_function_does() {
    let shop = r#"
        use axum::{Router, extract::State, routing::post};
        use tonic::transport::Channel;
        pub mod stock { tonic::include_proto!("stock"); }
        use stock::stock_client::StockClient;
        #[derive(Clone)] struct App { stock: StockClient<Channel> }
        // Put into a box, and awaited with an end, it is one call all the same.
        async fn label(State(app): State<App>) { tokio::time::timeout(LIMIT, Box::pin(app.stock.clone().name_item(stock::Item {}))).await.unwrap(); }
        async fn order(State(app): State<App>) { app.stock.clone().take_item(stock::Item {}).await.unwrap(); }
        async fn look(State(app): State<App>) { Box::pin(app.stock.clone().get_item(stock::Item {})).await.unwrap(); }
        async fn main() { axum::serve(listener, Router::new().route("/label", post(label)).route("/order", post(order)).route("/look", post(look))).await; }
    "#;
    let stock = r#"
        pub mod stock { tonic::include_proto!("stock"); }
        use stock::stock_server::Stock;
        use sqlx::PgPool;
        struct Service { db: PgPool }
        #[tonic::async_trait]
        impl Stock for Service {
            async fn name_item(&self, request: Request<stock::Item>) -> Result<Response<()>, Status> { sqlx::query("UPDATE items SET name = 'x' WHERE id = $1").bind(request.into_inner().id).execute(&self.db).await.unwrap(); Ok(Response::new(())) }
            async fn take_item(&self, request: Request<stock::Item>) -> Result<Response<()>, Status> { sqlx::query("UPDATE items SET stock = stock - 1 WHERE id = $1").bind(request.into_inner().id).execute(&self.db).await.unwrap(); Ok(Response::new(())) }
            async fn get_item(&self, request: Request<stock::Item>) -> Result<Response<()>, Status> { Ok(Response::new(())) }
        }
        // Who only hands requests on serves nothing.
        #[tonic::async_trait]
        impl Stock for Box<dyn Stock> {
            async fn name_item(&self, request: Request<stock::Item>) -> Result<Response<()>, Status> { self.as_ref().name_item(request).await }
        }
        async fn main() { tonic::transport::Server::builder().serve(address).await; }
    "#;
    let found = labels(&[
        ("shop/Cargo.toml", &manifest("shop", &["axum", "tonic"])),
        ("shop/src/main.rs", shop),
        ("stock/Cargo.toml", &manifest("stock", &["tonic", "sqlx"])),
        ("stock/src/main.rs", stock),
    ]);
    assert_eq!(
        found,
        [
            "GRPC /Stock/GetItem idempotent effects",
            "GRPC /Stock/NameItem idempotent effects",
            "GRPC /Stock/TakeItem not-idempotent none",
            "POST /label idempotent effects",
            "POST /look idempotent effects",
            "POST /order not-idempotent none",
        ]
    );
}

#[test]
fn what_is_handed_over_and_kept_out_of_sight_is_not_called_repeatable() {
    let found = of_handlers(
        r#"
        use tokio::sync::mpsc::Sender;
        enum Message { Report(String) }
        struct Sink { messages: tokio::sync::mpsc::Receiver<Message>, file: tokio::fs::File }
        impl Sink {
            async fn run(mut self) { while let Some(Message::Report(text)) = self.messages.recv().await { self.file.write_all(text.as_bytes()).await.unwrap(); } }
        }
        async fn on_invite(State(sink): State<Sender<Message>>, Json(order): Json<Order>) { sink.send(Message::Report(order.name)).await.unwrap(); }
        "#,
    );
    assert_eq!(found, ["POST /invite unknown none"]);
}

#[test]
fn a_record_that_is_written_whole_names_its_keys_once_more() {
    let code = r#"
        use axum::{Router, extract::{Json, Path, State}, routing::post};
        use diesel::prelude::*;
        use serde::Deserialize;
        #[derive(Deserialize)] struct Edit { name: String }
        #[derive(AsChangeset)] #[diesel(table_name = crate::schema::addons)]
        struct AddonPatch { id: i64, tenant_id: i64, name: String }
        impl AddonPatch {
            async fn patch(&self, db: &mut PgConnection) { diesel::update(addons::table).filter(addons::id.eq(self.id)).filter(addons::tenant_id.eq(self.tenant_id)).set(self).execute(db).await.unwrap(); }
        }
        async fn edit(State(db): State<Db>, Path((tenant_id, id)): Path<(i64, i64)>, Json(edit): Json<Edit>) {
            let db = &mut db.get().await.unwrap();
            db.transaction(|db| async move {
                AddonPatch { id, tenant_id, name: edit.name }.patch(db).await;
                diesel::insert_into(outbox::table).values(outbox::name.eq("edited")).execute(db).await.unwrap();
            }).await;
        }
        async fn main() { axum::serve(listener, Router::new().route("/addons/{tenant_id}/{id}", post(edit))).await; }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("addons", &["axum", "diesel", "serde"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(found, ["POST /addons/{tenant_id}/{id} not-idempotent none"]);
}

#[test]
fn what_is_done_with_a_variant_is_what_its_arm_does() {
    let found = of_handlers(
        r#"
        use tokio::sync::mpsc::{Receiver, Sender};
        enum Notice { Sent(String), Kept(String) }
        async fn note(db: &PgPool, notice: Notice) {
            match notice {
                Notice::Sent(name) => { sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(name).execute(db).await.unwrap(); }
                Notice::Kept(name) => { sqlx::query("UPDATE orders SET total = 0 WHERE name = $1").bind(name).execute(db).await.unwrap(); }
            }
        }
        async fn on_keep(State(db): State<PgPool>, Json(order): Json<Order>) { note(&db, Notice::Kept(order.name)).await; }
        async fn on_note(State(db): State<PgPool>, Json(order): Json<Order>) { let notice = Notice::Sent(order.name); note(&db, notice).await; }
        async fn on_either(State(db): State<PgPool>, Json(order): Json<Order>) {
            let mut notice = Notice::Kept(order.name.clone());
            if order.amount > 1 { notice = Notice::Sent(order.name); }
            note(&db, notice).await;
        }
        enum Task { Add(String), Drop(String), Rest }
        async fn worker(mut tasks: Receiver<Task>, db: PgPool) { while let Some(task) = tasks.recv().await { work(task, &db).await; } }
        async fn work(task: Task, db: &PgPool) {
            match task {
                Task::Add(name) => { sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(name).execute(db).await.unwrap(); }
                Task::Drop(name) => { sqlx::query("DELETE FROM notes WHERE name = $1").bind(name).execute(db).await.unwrap(); }
                Task::Rest => {}
            }
        }
        async fn on_add(State(tasks): State<Sender<Task>>, Json(order): Json<Order>) { tasks.send(Task::Add(order.name)).await.unwrap(); }
        async fn on_drop(State(tasks): State<Sender<Task>>, Json(order): Json<Order>) { tasks.send(Task::Drop(order.name)).await.unwrap(); }
        async fn on_rest(State(tasks): State<Sender<Task>>) { tasks.send(Task::Rest).await.unwrap(); }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /add not-idempotent none",
            "POST /drop idempotent effects",
            "POST /either not-idempotent none",
            "POST /keep idempotent effects",
            "POST /note not-idempotent none",
            "POST /rest unknown none",
        ]
    );
}

#[test]
fn what_is_put_under_a_new_id_is_another_one_every_time() {
    let found = of_handlers(
        r#"
        use aws_sdk_s3::Client;
        #[derive(Deserialize)] struct Filter { filter_id: Option<String>, owner: String }
        trait Stored { fn path(&self) -> String; }
        impl Stored for Filter { fn path(&self) -> String { format!("{}.json", self.filter_id.as_ref().unwrap()) } }
        async fn put(client: &Client, stored: &dyn Stored) { client.put_object().bucket("filters").key(stored.path()).send().await.unwrap(); }
        async fn on_new(State(client): State<Client>, Json(mut filter): Json<Filter>) { filter.filter_id = Some(Uuid::new_v4().to_string()); put(&client, &filter).await; }
        async fn on_same(State(client): State<Client>, Json(mut filter): Json<Filter>) { filter.owner = "me".to_string(); put(&client, &filter).await; }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /new not-idempotent none",
            "POST /same idempotent effects"
        ]
    );
}

#[test]
fn who_says_which_revision_he_expects_changes_it_once() {
    let found = of_handlers(
        r#"
        #[derive(Deserialize)] struct Edit { expected_revision: i64, name: String }
        struct Page { id: i64, revision: i64 }
        async fn page(db: &PgPool) -> Page { sqlx::query_as("SELECT id, revision FROM pages").fetch_one(db).await.unwrap() }
        async fn on_guarded(State(db): State<PgPool>, Json(edit): Json<Edit>) -> Result<(), Failure> {
            let page = page(&db).await;
            if edit.expected_revision != page.revision { return Err(Failure::Conflict); }
            sqlx::query("INSERT INTO page_revisions (id, page_id, revision, name) VALUES (gen_random_uuid(), $1, $2, $3)").bind(page.id).bind(page.revision + 1).bind(edit.name).execute(&db).await?;
            Ok(())
        }
        // Nothing moves on what is compared.
        async fn on_noted(State(db): State<PgPool>, Json(edit): Json<Edit>) -> Result<(), Failure> {
            let page = page(&db).await;
            if edit.expected_revision != page.revision { return Err(Failure::Conflict); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(edit.name).execute(&db).await?;
            Ok(())
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /guarded idempotent precondition",
            "POST /noted not-idempotent none",
        ]
    );
}

#[test]
fn what_is_written_in_the_process_stays_all_the_same() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use rusqlite::params;
        use std::sync::{Arc, Mutex};
        type Db = Arc<Mutex<rusqlite::Connection>>;
        async fn add(State(db): State<Db>, body: String) {
            let db = db.lock().unwrap();
            db.execute("BEGIN IMMEDIATE", []).unwrap();
            db.prepare_cached("INSERT INTO notes (name) VALUES (?1)").unwrap().execute(params![body]).unwrap();
            db.execute("COMMIT", []).unwrap();
        }
        trait Sql { fn with<R>(&self, run: impl FnOnce(&rusqlite::Connection) -> R) -> R; fn run(&self, sql: &str, name: &str) { self.with(|db| db.execute(sql, params![name]).unwrap()); } }
        struct Store(Db);
        impl Sql for Store { fn with<R>(&self, run: impl FnOnce(&rusqlite::Connection) -> R) -> R { run(&self.0.lock().unwrap()) } }
        async fn path(State(db): State<Db>, body: String) { rusqlite::Connection::execute(&db.lock().unwrap(), "INSERT INTO notes (name) VALUES (?1)", params![body]).unwrap(); }
        async fn drop_it(State(db): State<Db>, body: String) { Store(db).run("DELETE FROM notes WHERE name = ?1", &body); }
        async fn count(State(db): State<Db>, body: String) { Store(db).run("UPDATE notes SET times = times + 1 WHERE name = ?1", &body); }
        async fn main() { axum::serve(listener, Router::new().route("/add", post(add)).route("/drop", post(drop_it)).route("/count", post(count)).route("/path", post(path))).await; }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("notes", &["axum", "rusqlite"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /add not-idempotent none",
            "POST /count not-idempotent none",
            "POST /drop idempotent effects",
            "POST /path not-idempotent none",
        ]
    );
}

#[test]
fn whatever_an_unknown_call_is_given_it_may_do_anything() {
    let found = of_handlers(
        r#"
        fn price() -> u8 { 1 }
        async fn tracked<F, U>(run: F) -> U where F: Future<Output = U> { run.await }
        async fn on_charge(Json(order): Json<Order>) { let client = charges::Client::new("u").unwrap(); client.charge(price()).await.unwrap(); }
        async fn on_track(Json(order): Json<Order>) { let client = charges::Client::new("u").unwrap(); tracked(client.charge(1)).await.unwrap(); }
        async fn on_limit(Json(order): Json<Order>) { let client = charges::Client::new("u").unwrap(); tokio::time::timeout(LIMIT, client.charge(1)).await.unwrap(); }
        async fn on_wait(Json(order): Json<Order>) { tokio::time::sleep(LIMIT).await; async { eyre::Ok(price()) }.await.unwrap(); }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /charge unknown none",
            "POST /limit unknown none",
            "POST /track unknown none",
            "POST /wait idempotent effects",
        ]
    );
}

#[test]
fn a_message_is_known_by_the_type_of_the_system_in_it() {
    let found = of_handlers(
        r#"
        use tokio::sync::{mpsc::{Receiver, Sender}, oneshot};
        struct Receipt { name: String }
        async fn worker(mut receipts: Receiver<(Receipt, oneshot::Sender<()>)>, db: PgPool) {
            while let Some((receipt, answer)) = receipts.recv().await { sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(receipt.name).execute(&db).await.unwrap(); }
        }
        async fn on_pay(State(receipts): State<Sender<(Receipt, oneshot::Sender<()>)>>, Json(order): Json<Order>) {
            let (answer, answered) = oneshot::channel();
            receipts.send((Receipt { name: order.name }, answer)).await.unwrap();
        }
        async fn on_tell(State(names): State<Sender<String>>, Json(order): Json<Order>) { names.send(order.name).await.unwrap(); }
        "#,
    );
    assert_eq!(
        found,
        ["POST /pay not-idempotent none", "POST /tell unknown none"]
    );
}

#[test]
fn a_function_that_is_passed_by_its_name_is_run() {
    let found = of_handlers(
        r#"
        async fn keep(db: PgPool, name: String) -> Result<(), Failure> { sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(name).execute(&db).await?; Ok(()) }
        async fn apply<F, Fut>(db: PgPool, name: String, run: F) -> Result<(), Failure> where F: FnOnce(PgPool, String) -> Fut, Fut: Future<Output = Result<(), Failure>> { run(db, name).await }
        async fn on_passed(State(db): State<PgPool>, Json(order): Json<Order>) { apply(db, order.name, keep).await.unwrap(); }
        async fn on_named(State(db): State<PgPool>, Json(order): Json<Order>) { let run = keep; run(db, order.name).await.unwrap(); }
        "#,
    );
    assert_eq!(
        found,
        [
            "POST /named not-idempotent none",
            "POST /passed not-idempotent none",
        ]
    );
}

#[test]
fn what_takes_the_next_row_takes_another_one_each_time() {
    let handlers = r#"
        async fn on_claim(State(pool): State<sqlx::PgPool>) {
            sqlx::query("UPDATE notes SET state = 'taken' WHERE id = (SELECT id FROM notes WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)")
                .execute(&pool).await.unwrap();
        }
        async fn on_claim_common(State(pool): State<sqlx::PgPool>) {
            let row = sqlx::query("WITH due AS (SELECT id FROM notes WHERE state = $1 LIMIT 1 FOR UPDATE SKIP LOCKED) UPDATE notes SET state = $2 FROM due WHERE notes.id = due.id RETURNING notes.id")
                .bind("new").bind("taken").fetch_optional(&pool).await.unwrap();
            if let Some(row) = row {
                println!("{row:?}");
            }
        }
        async fn on_claim_two_steps(State(pool): State<sqlx::PgPool>) {
            let mut tx = pool.begin().await.unwrap();
            let Some(note) = sqlx::query_as::<_, Note>("SELECT id, name FROM notes WHERE state = 'new' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
                .fetch_optional(&mut *tx).await.unwrap() else { return };
            sqlx::query("UPDATE notes SET state = 'taken' WHERE id = $1").bind(note.id).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        async fn on_pop(State(pool): State<sqlx::PgPool>) {
            sqlx::query("DELETE FROM notes WHERE id = (SELECT id FROM notes ORDER BY id LIMIT 1) RETURNING name")
                .fetch_optional(&pool).await.unwrap();
        }
        async fn on_rename_first(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("UPDATE notes SET name = $1 WHERE id = (SELECT id FROM notes ORDER BY id LIMIT 1)")
                .bind(order.name).execute(&pool).await.unwrap();
        }
        async fn on_use(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("UPDATE tokens SET name = 'used' WHERE token = (SELECT token FROM tokens WHERE token = $1 AND name = 'new' LIMIT 1)")
                .bind(order.name).execute(&pool).await.unwrap();
        }
        async fn on_use_of(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let note = sqlx::query_as::<_, Note>("SELECT id, name FROM notes WHERE name = $1 AND state = 'new' LIMIT 1")
                .bind(order.name).fetch_one(&pool).await.unwrap();
            sqlx::query("UPDATE notes SET state = 'taken' WHERE id = $1").bind(note.id).execute(&pool).await.unwrap();
        }
        #[derive(sqlx::FromRow)]
        struct Note { id: i64, name: String }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /claim not-idempotent none",
            "POST /claim_common not-idempotent none",
            "POST /claim_two_steps not-idempotent none",
            "POST /pop not-idempotent none",
            "POST /rename_first idempotent effects",
            "POST /use idempotent effects",
            "POST /use_of idempotent effects",
        ]
    );
}

#[test]
fn a_method_that_one_type_alone_has_is_that_one_whatever_it_is_called_on() {
    let handlers = r#"
        struct Ledger { pool: sqlx::PgPool }
        impl Ledger {
            async fn write_note(&self, name: &str) {
                sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(name).execute(&self.pool).await.unwrap();
            }
            async fn file(&self, name: &str) {
                sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(name).execute(&self.pool).await.unwrap();
            }
        }
        trait Journal { async fn enter(&self, name: &str); }
        impl<T: AsLedger> Journal for T {
            async fn enter(&self, name: &str) { self.as_ledger().write_note(name).await }
        }
        trait Checked { fn or_fail(self) -> Self; }
        impl<T> Checked for T { fn or_fail(self) -> Self { self } }
        // Nothing is known of what `ledgers()` gives.
        async fn on_written(State(app): State<App>, Json(order): Json<Order>) {
            app.ledgers().first_of("eu").write_note(&order.name).await;
        }
        async fn on_entered(State(app): State<App>, Json(order): Json<Order>) {
            app.ledgers().first_of("eu").enter(&order.name).await;
        }
        // Others may have a method of one word.
        async fn on_filed(State(app): State<App>, Json(order): Json<Order>) {
            app.ledgers().first_of("eu").file(&order.name).await;
        }
        async fn on_found(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let rows = sqlx::query("UPDATE notes SET name = 'seen' WHERE name = 'new' AND kind = $1 RETURNING id")
                .bind(order.name).fetch_all(&pool).await.or_fail().unwrap();
            for row in rows {
                reqwest::Client::new().post("https://mail.example/send").body(format!("{row:?}")).send().await.unwrap();
            }
        }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /entered not-idempotent none",
            "POST /filed unknown none",
            "POST /found idempotent effects",
            "POST /written not-idempotent none",
        ]
    );
}

/// A service that keeps what it has in memory.
const IN_MEMORY: &str = r#"
        use axum::{Router, extract::{Json, Path, State}, routing::{delete, patch, post}};
        use dashmap::DashMap;
        use std::collections::{HashMap, HashSet};
        use std::sync::{Arc, Mutex, RwLock, atomic::{AtomicU64, Ordering}};
        use uuid::Uuid;
        type Db = Arc<RwLock<HashMap<Uuid, Todo>>>;
        #[derive(Clone)]
        struct Todo { id: Uuid, text: String, done: bool }
        #[derive(serde::Deserialize)]
        struct New { text: String, amount: i64 }
        #[derive(Clone)]
        struct App {
            db: Db,
            list: Arc<Mutex<Vec<Todo>>>,
            named: Arc<DashMap<String, Todo>>,
            tags: Arc<Mutex<HashSet<String>>>,
            next_id: Arc<AtomicU64>,
            balances: Arc<tokio::sync::RwLock<HashMap<String, i64>>>,
            numbered: Arc<Mutex<HashMap<u64, Todo>>>,
            page_cache: Arc<Mutex<Vec<String>>>,
            waiting: Arc<Mutex<HashMap<Uuid, tokio::sync::oneshot::Sender<String>>>>,
            ledger: Arc<Mutex<Ledger>>,
        }
        struct Ledger { entries: Vec<String> }
        impl Ledger {
            fn note(&mut self, text: String) { self.entries.push(text); }
        }
        async fn create(State(app): State<App>, Json(new): Json<New>) {
            let todo = Todo { id: Uuid::new_v4(), text: new.text, done: false };
            app.db.write().unwrap().insert(todo.id, todo.clone());
        }
        async fn change(State(app): State<App>, Path(id): Path<Uuid>, Json(new): Json<New>) -> Result<(), StatusCode> {
            let mut todo = app.db.read().unwrap().get(&id).cloned().ok_or(StatusCode::NOT_FOUND)?;
            todo.text = new.text;
            app.db.write().unwrap().insert(todo.id, todo);
            Ok(())
        }
        async fn remove(State(app): State<App>, Path(id): Path<Uuid>) { app.db.write().unwrap().remove(&id); }
        async fn toggle(State(app): State<App>, Path(id): Path<Uuid>) {
            let mut db = app.db.write().unwrap();
            if let Some(todo) = db.get_mut(&id) { todo.done = !todo.done; }
        }
        async fn finish(State(app): State<App>, Path(id): Path<Uuid>) {
            let mut list = app.list.lock().unwrap();
            if let Some(todo) = list.iter_mut().find(|todo| todo.id == id) { todo.done = true; }
        }
        async fn push(State(app): State<App>, Json(new): Json<New>) {
            app.list.lock().unwrap().push(Todo { id: Uuid::new_v4(), text: new.text, done: false });
        }
        async fn push_once(State(app): State<App>, Json(new): Json<New>) -> Result<(), StatusCode> {
            let mut list = app.list.lock().unwrap();
            if list.iter().any(|todo| todo.text == new.text) { return Err(StatusCode::CONFLICT); }
            list.push(Todo { id: Uuid::new_v4(), text: new.text, done: false });
            Ok(())
        }
        async fn push_else(State(app): State<App>, Json(new): Json<New>) -> StatusCode {
            let mut list = app.list.lock().unwrap();
            list.iter().find(|todo| todo.text == new.text).cloned().map(|_| StatusCode::CONFLICT).unwrap_or_else(|| {
                list.push(Todo { id: Uuid::new_v4(), text: new.text.clone(), done: false });
                StatusCode::CREATED
            })
        }
        async fn push_after(State(app): State<App>, Json(new): Json<New>) -> StatusCode {
            let mut list = app.list.lock().unwrap();
            for todo in list.iter() {
                if todo.text == new.text { return StatusCode::BAD_REQUEST; }
            }
            list.push(Todo { id: Uuid::new_v4(), text: new.text, done: false });
            StatusCode::CREATED
        }
        async fn put(State(app): State<App>, Json(new): Json<New>) {
            app.named.insert(new.text.clone(), Todo { id: Uuid::new_v4(), text: new.text, done: false });
        }
        async fn tag(State(app): State<App>, Json(new): Json<New>) { app.tags.lock().unwrap().insert(new.text); }
        async fn pop(State(app): State<App>) { app.list.lock().unwrap().pop(); }
        async fn pay(State(app): State<App>, Json(new): Json<New>) {
            let mut balances = app.balances.write().await;
            *balances.entry(new.text).or_insert(0) += new.amount;
        }
        async fn number(State(app): State<App>, Json(new): Json<New>) {
            let id = app.next_id.fetch_add(1, Ordering::SeqCst);
            app.numbered.lock().unwrap().insert(id, Todo { id: Uuid::nil(), text: new.text, done: false });
        }
        async fn note(State(app): State<App>, Json(new): Json<New>) { app.ledger.lock().unwrap().note(new.text); }
        // A copy, a handle of what is going on, and what the request alone has.
        async fn visit(State(app): State<App>, Json(new): Json<New>) { app.page_cache.lock().unwrap().push(new.text); }
        async fn wait(State(app): State<App>) {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            app.waiting.lock().unwrap().insert(Uuid::new_v4(), sender);
        }
        async fn words(Json(new): Json<New>) -> String {
            let mut words = Vec::new();
            words.push(new.text);
            words.join(" ")
        }
        #[tokio::main]
        async fn main() {
            let app = Router::new()
                .route("/create", post(create)).route("/change/{id}", patch(change)).route("/remove/{id}", delete(remove))
                .route("/toggle/{id}", post(toggle)).route("/finish/{id}", post(finish))
                .route("/push", post(push)).route("/push_once", post(push_once)).route("/push_else", post(push_else)).route("/push_after", post(push_after))
                .route("/put", post(put)).route("/tag", post(tag)).route("/pop", post(pop)).route("/pay", post(pay))
                .route("/number", post(number)).route("/note", post(note))
                .route("/visit", post(visit)).route("/wait", post(wait)).route("/words", post(words))
                .with_state(app());
            axum::serve(listener, app).await;
        }
    "#;

/// Its labels, with these packages.
fn in_memory(packages: &[&str]) -> Vec<String> {
    let manifest = manifest("todos", packages);
    labels(&[
        ("Cargo.toml", manifest.as_str()),
        ("src/main.rs", IN_MEMORY),
    ])
}

#[test]
fn what_a_service_without_a_store_keeps_in_memory_is_its_state() {
    let packages = ["axum", "dashmap", "serde", "tokio", "uuid"];
    assert_eq!(
        in_memory(&packages),
        [
            "DELETE /remove/{id} idempotent method",
            "PATCH /change/{id} idempotent effects",
            "POST /create not-idempotent none",
            "POST /finish/{id} idempotent effects",
            "POST /note not-idempotent none",
            "POST /number not-idempotent none",
            "POST /pay not-idempotent none",
            "POST /pop not-idempotent none",
            "POST /push not-idempotent none",
            "POST /push_after idempotent natural-key",
            "POST /push_else idempotent natural-key",
            "POST /push_once idempotent natural-key",
            "POST /put idempotent effects",
            "POST /tag idempotent effects",
            "POST /toggle/{id} not-idempotent none",
            "POST /visit idempotent effects",
            "POST /wait idempotent effects",
            "POST /words idempotent effects",
        ]
    );
}

#[test]
fn beside_a_store_what_is_kept_in_memory_is_a_copy() {
    let packages = ["axum", "dashmap", "serde", "sqlx", "tokio", "uuid"];
    let found = in_memory(&packages);
    assert!(
        found.iter().all(|label| label.contains(" idempotent ")),
        "{found:?}"
    );
}

#[test]
fn what_is_written_into_a_text_makes_it_what_it_is() {
    let handlers = r#"
        use std::fmt::Write;
        fn code() -> String {
            let mut code = String::new();
            let mut rng = rand::rng();
            for _ in 0..43 {
                let byte: u8 = rng.random();
                write!(&mut code, "{byte:02x}").unwrap();
            }
            code
        }
        fn joined() -> String {
            let mut code = String::new();
            code.push_str(&Uuid::new_v4().to_string());
            code
        }
        async fn on_code(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let code = code();
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(code).bind(order.name).execute(&pool).await.unwrap();
        }
        async fn on_joined(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let code = joined();
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(code).bind(order.name).execute(&pool).await.unwrap();
        }
        async fn on_named(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let mut code = String::new();
            write!(code, "order-{}", order.name).unwrap();
            sqlx::query("INSERT INTO tokens (token, name) VALUES ($1, $2)").bind(code).bind(order.name).execute(&pool).await.unwrap();
        }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /code not-idempotent none",
            "POST /joined not-idempotent none",
            "POST /named idempotent natural-key",
        ]
    );
}

#[test]
fn what_is_popped_from_a_list_of_redis_is_the_next_one() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use redis::AsyncCommands;
        async fn pop(State(client): State<redis::Client>) {
            let mut con = client.get_multiplexed_async_connection().await.unwrap();
            let _: Option<String> = con.lpop("jobs", None).await.unwrap();
        }
        async fn command(State(client): State<redis::Client>) {
            let mut con = client.get_multiplexed_async_connection().await.unwrap();
            let _: Option<String> = redis::cmd("SPOP").arg("jobs").query_async(&mut con).await.unwrap();
        }
        async fn trim(State(client): State<redis::Client>) {
            let mut con = client.get_multiplexed_async_connection().await.unwrap();
            let _: () = con.ltrim("jobs", 0, 9).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/pop", post(pop)).route("/command", post(command)).route("/trim", post(trim));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("jobs", &["axum", "redis"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /command not-idempotent none",
            "POST /pop not-idempotent none",
            "POST /trim idempotent effects",
        ]
    );
}

#[test]
fn a_part_of_a_tuple_is_where_it_comes_from_itself() {
    let handlers = r#"
        async fn on_optional(State(pool): State<sqlx::PgPool>, Json(order): Json<Card>) {
            let (name, amount) = if let Some(card) = &order.card { (Some(card.clone()), Some(1)) } else { (None, None) };
            sqlx::query("INSERT INTO orders (name, total) VALUES ($1, $2)").bind(name).bind(amount).execute(&pool).await.unwrap();
        }
        async fn on_given(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            let (id, name) = (Uuid::new_v4(), order.name);
            sqlx::query("INSERT INTO orders (id, name) VALUES ($1, $2)").bind(id).bind(name).execute(&pool).await.unwrap();
        }
        // What is listed is no tuple: each turn gives the parts of one of them.
        async fn on_listed(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            for (token, name) in [(Uuid::new_v4().to_string(), order.name.clone()), (order.name.clone(), order.name)] {
                sqlx::query("INSERT INTO tokens (name, token) VALUES ($1, $2)").bind("x").bind(name + &token).execute(&pool).await.unwrap();
            }
        }
        async fn on_second(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            for (name, token) in [(order.name.clone(), Uuid::new_v4().to_string()), (order.name.clone(), order.name)] {
                sqlx::query("INSERT INTO tokens (name, token) VALUES ($1, $2)").bind(name).bind(token).execute(&pool).await.unwrap();
            }
        }
        #[derive(Deserialize)]
        struct Card { card: Option<String> }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /given idempotent natural-key",
            "POST /listed not-idempotent none",
            "POST /optional not-idempotent none",
            "POST /second not-idempotent none",
        ]
    );
}

#[test]
fn a_row_that_others_are_joined_to_is_found_by_what_was_inserted() {
    let handlers = r#"
        async fn on_joined(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), String> {
            let exists = sqlx::query("SELECT n.id, t.token FROM notes n JOIN tokens t ON t.name = n.name WHERE n.name = $1")
                .bind(&order.name).fetch_optional(&pool).await.unwrap().is_some();
            if exists { return Err("exists".into()); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&pool).await.unwrap();
            Ok(())
        }
        // What is asked of the other table, nobody has inserted.
        async fn on_other(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) -> Result<(), String> {
            let exists = sqlx::query("SELECT n.id FROM notes n JOIN tokens t ON t.name = n.name WHERE n.name = $1 AND t.token = $2")
                .bind(&order.name).bind("x").fetch_optional(&pool).await.unwrap().is_some();
            if exists { return Err("exists".into()); }
            sqlx::query("INSERT INTO notes (name) VALUES ($1)").bind(&order.name).execute(&pool).await.unwrap();
            Ok(())
        }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /joined idempotent natural-key",
            "POST /other not-idempotent none",
        ]
    );
}

#[test]
fn a_table_that_the_program_makes_when_it_starts_has_its_keys() {
    let code = r#"
        use axum::{Router, extract::{Json, State}, routing::post};
        #[derive(serde::Deserialize)]
        struct New { name: String, email: String }
        async fn user(State(pool): State<sqlx::SqlitePool>, Json(new): Json<New>) {
            sqlx::query("insert into users (name, email) values (?1, ?2)").bind(new.name).bind(new.email).execute(&pool).await.unwrap();
        }
        async fn note(State(pool): State<sqlx::SqlitePool>, Json(new): Json<New>) {
            sqlx::query("insert into notes (name) values (?1)").bind(new.name).execute(&pool).await.unwrap();
        }
        async fn tag(State(pool): State<sqlx::SqlitePool>, Json(new): Json<New>) {
            sqlx::query("insert into tags (name) values (?1)").bind(new.name).execute(&pool).await.unwrap();
        }
        const NOTES: &str = "CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);";
        async fn main() {
            let pool = sqlx::SqlitePool::connect("sqlite://shop.db").await.unwrap();
            sqlx::query("create table if not exists users ( name text primary key, email text );").execute(&pool).await.unwrap();
            sqlx::query(NOTES).execute(&pool).await.unwrap();
            sqlx::query!("CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT); CREATE UNIQUE INDEX tags_name ON tags (name)").execute(&pool).await.unwrap();
            let app = Router::new().route("/users", post(user)).route("/notes", post(note)).route("/tags", post(tag)).with_state(pool);
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "serde", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /notes not-idempotent none",
            "POST /tags idempotent natural-key",
            "POST /users idempotent natural-key",
        ]
    );
}

#[test]
fn a_macro_writes_what_it_writes_wherever_it_is_defined() {
    let code = r#"
        mod users;
        mod service;
        fn main() { actix_web::App::new().service(users::register); }
    "#;
    let users = r#"
        use actix_web::{post, web::{Data, Json}};
        use crate::service::injected;
        injected!(Register; pool: Data<sqlx::PgPool>);
        impl Register {
            async fn run(&self, name: &str) -> Result<(), sqlx::Error> {
                sqlx::query("INSERT INTO accounts (name) VALUES ($1)").bind(name).execute(&**self.pool).await?;
                Ok(())
            }
        }
        #[post("/register")]
        pub async fn register(name: Json<String>, register: Register) -> String {
            let Ok(_) = register.run(&name).await else { return "no".into() };
            "yes".into()
        }
    "#;
    let service = r#"
        macro_rules! injected {
            ($name: ident; $($field: ident: $ty: ty),*) => {
                pub struct $name { $($field: $ty),* }
                impl $name { pub fn new($($field: $ty),*) -> Self { Self { $($field),* } } }
            };
        }
        pub(crate) use injected;
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["actix-web", "sqlx"])),
        ("src/main.rs", code),
        ("src/users.rs", users),
        ("src/service.rs", service),
    ]);
    assert_eq!(found, ["POST /register not-idempotent none"]);
}

#[test]
fn a_key_of_rows_that_are_not_deleted_holds_for_a_new_row() {
    let code = r#"
        use axum::{Router, extract::{Json, State}, routing::post};
        #[derive(serde::Deserialize)]
        struct New { name: String, ended_at: Option<String> }
        async fn shop(State(pool): State<sqlx::PgPool>, Json(new): Json<New>) {
            sqlx::query("INSERT INTO shops (id, name, deleted_at) VALUES ($1, $2, NULL)").bind(uuid::Uuid::new_v4()).bind(new.name).execute(&pool).await.unwrap();
        }
        async fn stay(State(pool): State<sqlx::PgPool>, Json(new): Json<New>) {
            sqlx::query("INSERT INTO stays (id, name, ended_at) VALUES ($1, $2, $3)").bind(uuid::Uuid::new_v4()).bind(new.name).bind(new.ended_at).execute(&pool).await.unwrap();
        }
        async fn home(State(pool): State<sqlx::PgPool>, Json(new): Json<New>) {
            sqlx::query("INSERT INTO homes (id, name) VALUES ($1, $2)").bind(uuid::Uuid::new_v4()).bind(new.name).execute(&pool).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/shops", post(shop)).route("/stays", post(stay)).route("/homes", post(home));
            axum::serve(listener, app).await;
        }
    "#;
    let tables = "CREATE TABLE shops (id uuid PRIMARY KEY, name text, deleted_at timestamptz);
        CREATE UNIQUE INDEX ON shops (name) WHERE deleted_at IS NULL;
        CREATE TABLE stays (id uuid PRIMARY KEY, name text, ended_at timestamptz);
        CREATE UNIQUE INDEX ON stays (name) WHERE ended_at IS NULL;
        CREATE TABLE homes (id uuid PRIMARY KEY, name text, main boolean);
        CREATE UNIQUE INDEX ON homes (name) WHERE main;";
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "serde", "sqlx", "uuid"]),
        ),
        ("src/main.rs", code),
        ("migrations/1.sql", tables),
    ]);
    assert_eq!(
        found,
        [
            "POST /homes not-idempotent none",
            "POST /shops idempotent natural-key",
            "POST /stays not-idempotent none",
        ]
    );
}

#[test]
fn a_field_that_is_never_new_is_not_so_because_of_the_id_beside_it() {
    let code = r#"
        use axum::{Router, extract::{Json, State}, routing::post};
        #[derive(serde::Deserialize)]
        struct New { name: String }
        struct Shop { id: uuid::Uuid, name: String, token: String }
        #[derive(sqlx::FromRow)]
        struct Row { id: uuid::Uuid, name: String, token: String }
        impl Row { fn from_model(shop: Shop) -> Self { Self { id: shop.id, name: shop.name, token: shop.token } } }
        fn made(new: New) -> Row {
            Row::from_model(Shop { id: uuid::Uuid::new_v4(), name: new.name, token: uuid::Uuid::new_v4().to_string() })
        }
        async fn by_name(State(pool): State<sqlx::PgPool>, Json(new): Json<New>) { insert(&pool, made(new)).await }
        async fn insert(pool: &sqlx::PgPool, row: Row) {
            sqlx::query("INSERT INTO shops (id, name) VALUES ($1, $2)").bind(row.id).bind(&row.name).execute(pool).await.unwrap();
        }
        async fn by_token(State(pool): State<sqlx::PgPool>, Json(new): Json<New>) { insert_token(&pool, made(new)).await }
        async fn insert_token(pool: &sqlx::PgPool, row: Row) {
            sqlx::query("INSERT INTO tokens (id, token) VALUES ($1, $2)").bind(row.id).bind(&row.token).execute(pool).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/shops", post(by_name)).route("/tokens", post(by_token));
            axum::serve(listener, app).await;
        }
    "#;
    let tables = "CREATE TABLE shops (id uuid PRIMARY KEY, name text UNIQUE);
        CREATE TABLE tokens (id uuid PRIMARY KEY, token text UNIQUE);";
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "serde", "sqlx", "uuid"]),
        ),
        ("src/main.rs", code),
        ("migrations/1.sql", tables),
    ]);
    assert_eq!(
        found,
        [
            "POST /shops idempotent natural-key",
            "POST /tokens not-idempotent none",
        ]
    );
}

#[test]
fn a_digest_of_what_is_new_is_new() {
    let handlers = r#"
        fn digest(text: &str) -> String {
            let mut hasher = sha2::Sha256::new();
            hasher.update(text.as_bytes());
            format!("{:x}", hasher.finalize())
        }
        async fn on_random(State(pool): State<sqlx::PgPool>) {
            let token = uuid::Uuid::new_v4().to_string();
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(digest(&token)).execute(&pool).await.unwrap();
        }
        async fn on_sent(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(digest(&order.name)).execute(&pool).await.unwrap();
        }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /random not-idempotent none",
            "POST /sent idempotent natural-key",
        ]
    );
}

#[test]
fn what_is_written_as_it_was_is_found_again() {
    let handlers = r#"
        struct User { id: i64, name: String, code: String }
        #[derive(sqlx::FromRow)]
        struct Row { id: i64, name: String, code: String }
        async fn found(pool: &sqlx::PgPool, name: &str) -> User {
            let row: Row = sqlx::query_as("SELECT id, name, code FROM users WHERE name = $1").bind(name).fetch_one(pool).await.unwrap();
            User { id: row.id, name: row.name, code: row.code }
        }
        async fn save(pool: &sqlx::PgPool, user: &User) {
            sqlx::query("UPDATE users SET name = $2, code = $3 WHERE id = $1").bind(user.id).bind(&user.name).bind(&user.code).execute(pool).await.unwrap();
        }
        async fn on_code(State(pool): State<sqlx::PgPool>, State(mailer): State<lettre::SmtpTransport>, Json(order): Json<Order>) {
            let mut user = found(&pool, &order.name).await;
            user.code = uuid::Uuid::new_v4().to_string();
            save(&pool, &user).await;
            lettre::Transport::send(&mailer, &lettre::Message::builder()).unwrap();
        }
        // Under another name it is not found again.
        async fn on_rename(State(pool): State<sqlx::PgPool>, State(mailer): State<lettre::SmtpTransport>, Json(order): Json<Order>) {
            let user = found(&pool, &order.name).await;
            sqlx::query("UPDATE users SET name = 'gone' WHERE id = $1").bind(user.id).execute(&pool).await.unwrap();
            lettre::Transport::send(&mailer, &lettre::Message::builder()).unwrap();
        }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /code not-idempotent none",
            "POST /rename idempotent effects",
        ]
    );
}

#[test]
fn a_flag_that_is_turned_is_another_one_each_time_and_what_a_derive_writes_is_not_seen() {
    let handlers = r#"
        #[derive(Model)]
        struct Shop { name: String }
        async fn on_turned(State(pool): State<sqlx::PgPool>) {
            sqlx::query("UPDATE shops SET open = (NOT open) WHERE id = $1").bind(1).execute(&pool).await.unwrap();
        }
        async fn on_shut(State(pool): State<sqlx::PgPool>) {
            sqlx::query("UPDATE shops SET open = (NOT true) WHERE id = $1").bind(1).execute(&pool).await.unwrap();
        }
        async fn on_derived(State(pool): State<sqlx::PgPool>, Json(order): Json<Order>) {
            Shop::rename(&pool, &order.name).await.unwrap();
        }
        async fn on_asked(State(http): State<reqwest::Client>, State(config): State<Config>) {
            http.post(config.validation_url).send().await.unwrap();
        }
        struct Config { validation_url: String }
    "#;
    assert_eq!(
        of_handlers(handlers),
        [
            "POST /asked idempotent effects",
            "POST /derived unknown none",
            "POST /shut idempotent effects",
            "POST /turned not-idempotent none",
        ]
    );
}

#[test]
fn what_stands_at_a_place_of_a_list_is_another_thing_once_it_was_taken_out() {
    let code = r#"
        use axum::{Router, routing::delete, extract::{Path, State}};
        use std::sync::{Arc, Mutex};
        struct Post { id: u32 }
        type Posts = Arc<Mutex<Vec<Post>>>;
        async fn by_place(State(posts): State<Posts>, Path(index): Path<usize>) { posts.lock().unwrap().remove(index); }
        async fn by_id(State(posts): State<Posts>, Path(id): Path<u32>) {
            let mut posts = posts.lock().unwrap();
            if let Some(place) = posts.iter().position(|post| post.id == id) { posts.remove(place); }
        }
        async fn by_found(State(posts): State<Posts>, Path(id): Path<u32>) {
            let mut posts = posts.lock().unwrap();
            let place = posts.iter().position(|post| post.id == id).unwrap();
            posts.swap_remove(place);
        }
        async fn main() {
            let app = Router::new().route("/places/{i}", delete(by_place)).route("/posts/{i}", delete(by_id)).route("/found/{i}", delete(by_found));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "DELETE /found/{i} idempotent method",
            "DELETE /places/{i} not-idempotent none",
            "DELETE /posts/{i} idempotent method",
        ]
    );
}

#[test]
fn a_port_of_the_machine_is_that_of_the_service_behind_it() {
    let gateway = r#"
        use axum::{Router, routing::post};
        async fn sign_up(body: String) { reqwest::Client::new().post("http://localhost:8081/api/users").body(body).send().await.unwrap(); }
        async fn notify(body: String) { reqwest::Client::new().post("http://localhost:8082/api/users").body(body).send().await.unwrap(); }
        async fn main() {
            let app = Router::new().route("/users", post(sign_up)).route("/notes", post(notify));
            axum::serve(listener, app).await;
        }
    "#;
    let users = r#"
        use axum::{Router, extract::State, routing::post};
        async fn add(State(pool): State<sqlx::PgPool>, name: String) {
            sqlx::query("INSERT INTO users (name) VALUES ($1) ON CONFLICT DO NOTHING").bind(name).execute(&pool).await.unwrap();
        }
        async fn main() { axum::serve(listener, Router::new().route("/api/users", post(add))).await; }
    "#;
    let compose = "services:\n  gateway: {build: gateway, ports: ['8080:8080']}\n  people: {build: users, ports: ['8081:80']}\n";
    let found = labels(&[
        (
            "gateway/Cargo.toml",
            &manifest("gateway", &["axum", "reqwest"]),
        ),
        ("gateway/src/main.rs", gateway),
        ("users/Cargo.toml", &manifest("users", &["axum", "sqlx"])),
        ("users/src/main.rs", users),
        (
            "users/migrations/1.sql",
            "CREATE TABLE users (name text PRIMARY KEY);",
        ),
        ("compose.yaml", compose),
    ]);
    assert_eq!(
        found,
        [
            "POST /api/users idempotent upsert",
            "POST /notes not-idempotent none",
            "POST /users idempotent effects",
        ]
    );
}

#[test]
fn who_asks_for_the_state_of_a_row_does_nothing_twice() {
    let code = r#"
        use axum::{Router, extract::{Path, State}, routing::post};
        use sqlx::{PgPool, Row};
        #[derive(sqlx::FromRow)] struct Order { id: i64, status: String }
        impl Order { fn is_paid(&self) -> bool { self.status == "paid" } }
        fn ensure_open(order: &Order) -> Result<(), String> {
            if order.status != "open" { return Err("it is not open".into()); }
            Ok(())
        }
        async fn pay(pool: &PgPool, id: i64) {
            sqlx::query("UPDATE orders SET status = 'paid' WHERE id = $1").bind(id).execute(pool).await.unwrap();
            sqlx::query("INSERT INTO payments (body) VALUES ('paid')").execute(pool).await.unwrap();
        }
        async fn scalar(State(pool): State<PgPool>, Path(id): Path<i64>) {
            let status: String = sqlx::query_scalar("SELECT status FROM orders WHERE id = $1").bind(id).fetch_one(&pool).await.unwrap();
            if status == "paid" { return; }
            pay(&pool, id).await;
        }
        async fn tuple(State(pool): State<PgPool>, Path(id): Path<i64>) {
            let row: Option<(i64, String)> = sqlx::query_as("SELECT id, status FROM orders WHERE id = $1").bind(id).fetch_optional(&pool).await.unwrap();
            match row { Some((_, status)) if status == "paid" => return, None => return, _ => {} }
            pay(&pool, id).await;
        }
        async fn get(State(pool): State<PgPool>, Path(id): Path<i64>) {
            let row = sqlx::query("SELECT status FROM orders WHERE id = $1").bind(id).fetch_one(&pool).await.unwrap();
            let status: String = row.get("status");
            match status.as_str() { "paid" => return, _ => {} }
            pay(&pool, id).await;
        }
        async fn method(State(pool): State<PgPool>, Path(id): Path<i64>) {
            let order: Order = sqlx::query_as("SELECT * FROM orders WHERE id = $1").bind(id).fetch_one(&pool).await.unwrap();
            if order.is_paid() { return; }
            pay(&pool, id).await;
        }
        async fn check(State(pool): State<PgPool>, Path(id): Path<i64>) {
            let order: Order = sqlx::query_as("SELECT * FROM orders WHERE id = $1").bind(id).fetch_one(&pool).await.unwrap();
            ensure_open(&order).unwrap();
            pay(&pool, id).await;
        }
        async fn there(State(pool): State<PgPool>, Path(id): Path<i64>) {
            let Some(_status): Option<String> = sqlx::query_scalar("SELECT status FROM orders WHERE id = $1").bind(id).fetch_optional(&pool).await.unwrap() else { return };
            pay(&pool, id).await;
        }
        async fn main() {
            let app = Router::new().route("/scalar/{id}", post(scalar)).route("/tuple/{id}", post(tuple)).route("/get/{id}", post(get))
                .route("/method/{id}", post(method)).route("/check/{id}", post(check)).route("/there/{id}", post(there));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /check/{id} idempotent effects",
            "POST /get/{id} idempotent effects",
            "POST /method/{id} idempotent effects",
            "POST /scalar/{id} idempotent effects",
            "POST /there/{id} not-idempotent none",
            "POST /tuple/{id} idempotent effects",
        ]
    );
}

#[test]
fn what_is_made_anew_for_each_request_is_no_key() {
    let code = r#"
        use axum::{Router, extract::{Json, State}, routing::post};
        use sqlx::PgPool;
        #[derive(Clone)] struct App { pool: PgPool, client: reqwest::Client }
        fn token() -> String { uuid::Uuid::new_v4().to_string() }
        async fn charge(client: &reqwest::Client, key: &str) {
            client.post("https://bank.example/charges").header("Idempotency-Key", key).send().await.unwrap();
        }
        async fn own_key(State(app): State<App>, Json(order): Json<String>) { charge(&app.client, &order).await; }
        async fn new_key(State(app): State<App>) { charge(&app.client, &token()).await; }
        async fn rotated(State(app): State<App>, Json(owner): Json<String>) {
            sqlx::query("INSERT INTO secrets (owner, secret) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET secret = excluded.secret")
                .bind(owner).bind(token()).execute(&app.pool).await.unwrap();
        }
        async fn kept(State(app): State<App>, Json(owner): Json<String>) {
            sqlx::query("INSERT INTO secrets (owner, secret) VALUES ($1, $2) ON CONFLICT (owner) DO UPDATE SET seen = true")
                .bind(owner).bind(token()).execute(&app.pool).await.unwrap();
        }
        async fn by_name(State(app): State<App>, Json(given): Json<Option<String>>) {
            let id = given.unwrap_or_else(token);
            sqlx::query("INSERT INTO tickets (id) VALUES ($1) ON CONFLICT (id) DO NOTHING").bind(id).execute(&app.pool).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/own_key", post(own_key)).route("/new_key", post(new_key)).route("/rotated", post(rotated))
                .route("/kept", post(kept)).route("/by_name", post(by_name));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "reqwest", "sqlx", "uuid"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /by_name not-idempotent none",
            "POST /kept idempotent upsert",
            "POST /new_key not-idempotent none",
            "POST /own_key idempotent effects",
            "POST /rotated not-idempotent none",
        ]
    );
}

#[test]
fn a_prepared_statement_writes_what_it_is_run_with() {
    let code = r#"
        use axum::{Router, extract::{Json, State}, routing::post};
        use rusqlite::{Connection, params};
        use std::sync::{Arc, Mutex};
        fn insert(db: &Connection, codes: &[String]) {
            let mut statement = db.prepare("INSERT INTO codes (code) VALUES (?1)").unwrap();
            for code in codes { statement.execute(params![code]).unwrap(); }
        }
        async fn made(State(db): State<Arc<Mutex<Connection>>>) { insert(&db.lock().unwrap(), &[uuid::Uuid::new_v4().to_string()]); }
        async fn given(State(db): State<Arc<Mutex<Connection>>>, Json(codes): Json<Vec<String>>) { insert(&db.lock().unwrap(), &codes); }
        async fn main() {
            let app = Router::new().route("/made", post(made)).route("/given", post(given));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "rusqlite", "uuid"]),
        ),
        (
            "migrations/1.sql",
            "CREATE TABLE codes (code TEXT PRIMARY KEY);",
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /given idempotent natural-key",
            "POST /made not-idempotent none",
        ]
    );
}

#[test]
fn a_trait_that_is_given_to_all_who_have_another_one_is_followed() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use sqlx::PgPool;
        #[async_trait::async_trait]
        trait Store: Send + Sync + 'static where Self: Sized { async fn insert_role(pool: &PgPool); }
        #[async_trait::async_trait]
        trait Roles where Self: Store { async fn create_role(pool: &PgPool) { Self::insert_role(pool).await } }
        #[async_trait::async_trait]
        impl<T> Roles for T where T: Store {}
        struct Postgres;
        #[async_trait::async_trait]
        impl Store for Postgres {
            async fn insert_role(pool: &PgPool) { sqlx::query("INSERT INTO roles (name) VALUES ('new')").execute(pool).await.unwrap(); }
        }
        async fn create<S: Store>(State(pool): State<PgPool>) { S::create_role(&pool).await; }
        async fn lost<S: Store>(State(pool): State<PgPool>) { S::nobody_has_this(&pool).await; }
        async fn main() {
            let app = Router::new().route("/roles", post(create::<Postgres>)).route("/lost", post(lost::<Postgres>));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["async-trait", "axum", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        ["POST /lost unknown none", "POST /roles not-idempotent none",]
    );
}

#[test]
fn what_a_macro_is_told_to_call_it_calls() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use sqlx::PgPool;
        mod visits {
            pub async fn note(pool: &sqlx::PgPool) { sqlx::query("INSERT INTO visits (page) VALUES ('home')").execute(pool).await.unwrap(); }
        }
        struct Pages { pool: PgPool }
        impl Pages {
            async fn add(&self) { sqlx::query("INSERT INTO pages (name) VALUES ('new')").execute(&self.pool).await.unwrap(); }
            async fn hide(&self) { sqlx::query("UPDATE pages SET hidden = true").execute(&self.pool).await.unwrap(); }
        }
        macro_rules! noted { ($what:ident, $pool:expr) => { async { $what::note($pool).await } }; }
        macro_rules! inner { ($self:expr, $method:ident) => {{ let pages = $self; pages.$method().await }}; }
        macro_rules! outer { ($self:expr, $method:ident) => {{ inner!($self, $method) }}; }
        async fn visit(State(pool): State<PgPool>) { tokio::join!(noted!(visits, &pool)); }
        async fn add(State(pages): State<Pages>) { outer!(pages, add); }
        async fn hide(State(pages): State<Pages>) { outer!(pages, hide); }
        async fn main() {
            let app = Router::new().route("/visits", post(visit)).route("/add", post(add)).route("/hide", post(hide));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx", "tokio"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /add not-idempotent none",
            "POST /hide idempotent effects",
            "POST /visits not-idempotent none",
        ]
    );
}

#[test]
fn a_key_that_counts_rows_without_a_value_as_alike_is_one() {
    let code = r#"
        use axum::{Router, extract::{Json, State}, routing::post};
        use sqlx::PgPool;
        async fn alike(State(pool): State<PgPool>, Json(name): Json<String>) {
            sqlx::query("INSERT INTO views (id, name) (SELECT $1, $2 WHERE EXISTS (SELECT 1 FROM owners))")
                .bind(uuid::Uuid::new_v4()).bind(name).execute(&pool).await.unwrap();
        }
        async fn apart(State(pool): State<PgPool>, Json(name): Json<String>) {
            sqlx::query("INSERT INTO pages (id, name) VALUES ($1, $2)").bind(uuid::Uuid::new_v4()).bind(name).execute(&pool).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/views", post(alike)).route("/pages", post(apart));
            axum::serve(listener, app).await;
        }
    "#;
    let schema = "
        CREATE TABLE views (id uuid PRIMARY KEY, name text NOT NULL, deleted_at timestamptz, UNIQUE NULLS NOT DISTINCT (name, deleted_at));
        CREATE TABLE pages (id uuid PRIMARY KEY, name text NOT NULL, deleted_at timestamptz, UNIQUE (name, deleted_at));
    ";
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx", "uuid"])),
        ("migrations/1.sql", schema),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /pages not-idempotent none",
            "POST /views idempotent natural-key",
        ]
    );
}

#[test]
fn a_key_that_middleware_hands_on_is_honoured_by_those_who_look_at_it() {
    let code = r#"
        use axum::{Extension, Router, extract::{Request, State}, http::HeaderMap, middleware::Next, response::Response, routing::post};
        use sqlx::PgPool;
        #[derive(Clone)] struct Metadata { idempotency_key: Option<String> }
        async fn metadata(headers: HeaderMap, mut request: Request, next: Next) -> Response {
            let idempotency_key = headers.get("idempotency-key").map(|value| value.to_str().unwrap().to_owned());
            request.extensions_mut().insert(Metadata { idempotency_key });
            next.run(request).await
        }
        async fn insert(pool: &PgPool) { sqlx::query("INSERT INTO orders (state) VALUES ('new')").execute(pool).await.unwrap(); }
        async fn blind(State(pool): State<PgPool>) { insert(&pool).await; }
        async fn careful(State(pool): State<PgPool>, Extension(metadata): Extension<Metadata>) {
            sqlx::query("INSERT INTO answers (key) VALUES ($1)").bind(metadata.idempotency_key).execute(&pool).await.unwrap();
            insert(&pool).await;
        }
        async fn main() {
            let app = Router::new().route("/blind", post(blind)).route("/careful", post(careful)).layer(axum::middleware::from_fn(metadata));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /blind not-idempotent none",
            "POST /careful not-idempotent optional-key",
        ]
    );
}

#[test]
fn a_connection_of_any_type_is_no_statement() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use sea_orm::{entity::prelude::*, *};
        async fn page<S: SelectorTrait + Send + Sync>(db: &impl ConnectionTrait, mut cursor: Cursor<S>) { cursor.first(10).all(db).await.unwrap(); }
        async fn one<C, V>(db: &C, statement: Statement) where C: ConnectionTrait, V: FromQueryResult { V::find_by_statement(statement).one(db).await.unwrap(); }
        async fn pages(State(db): State<DatabaseConnection>) { page(&db, Entity::find().cursor_by(Column::Id)).await; }
        async fn ones(State(db): State<DatabaseConnection>) { one::<_, Model>(&db, statement()).await; }
        async fn main() {
            let app = Router::new().route("/pages", post(pages)).route("/ones", post(ones));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sea-orm"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /ones idempotent effects",
            "POST /pages idempotent effects",
        ]
    );
}

#[test]
fn a_path_goes_up_as_many_modules_as_it_says() {
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        (
            "migrations/1.sql",
            "CREATE TABLE orders (id BIGINT PRIMARY KEY);",
        ),
        (
            "src/main.rs",
            "mod store; mod api;\nasync fn main() { axum::serve(listener, axum::Router::new().route(\"/orders\", axum::routing::post(api::v1::orders::add))).await; }\n",
        ),
        (
            "src/store.rs",
            "pub async fn add(db: &sqlx::PgPool) { sqlx::query(\"INSERT INTO orders DEFAULT VALUES\").execute(db).await.unwrap(); }\n",
        ),
        ("src/api/mod.rs", "pub mod v1;\n"),
        ("src/api/v1/mod.rs", "pub mod orders;\n"),
        (
            "src/api/v1/orders.rs",
            "use super::super::super::store;\nuse axum::extract::State;\npub async fn add(State(db): State<sqlx::PgPool>) { store::add(&db).await; }\n",
        ),
    ]);
    assert_eq!(found, ["POST /orders not-idempotent none"]);
}

#[test]
fn a_table_that_stands_in_its_module_is_looked_up() {
    let code = r#"
        use axum::{Router, Json, extract::State, routing::post};
        mod schema { diesel::table! { rates (id) { id -> Int4, post_id -> Int4, author_id -> Int4, value -> Int4, } } }
        mod rates {
            use diesel::prelude::*;
            use crate::schema::rates::dsl::*;
            pub struct Rate { pub id: i32 }
            pub struct NewRate { pub post_id: i32, pub author_id: i32 }
            pub fn find(rate: &NewRate, db: &mut PgConnection) -> Option<Rate> {
                let found = rates.filter(post_id.eq(rate.post_id).and(author_id.eq(rate.author_id))).load::<Rate>(db).unwrap();
                if found.len() > 0 { return Some(found[0].to_owned()); }
                None
            }
            pub fn named(rate: &NewRate, db: &mut PgConnection) -> Option<Rate> {
                use crate::schema::rates::dsl::{author_id, post_id, rates};
                rates.filter(post_id.eq(rate.post_id)).filter(author_id.eq(rate.author_id)).first::<Rate>(db).optional().unwrap()
            }
            pub fn add(rate: &NewRate, db: &mut PgConnection) { diesel::insert_into(rates).values(rate).execute(db).unwrap(); }
        }
        struct App { pool: Pool }
        async fn by_glob(State(app): State<App>, Json(rate): Json<rates::NewRate>) -> Result<(), Error> {
            let mut db: diesel::PgConnection = app.pool.get().unwrap();
            if rates::find(&rate, &mut db).is_some() { return Err(Error::Conflict); }
            rates::add(&rate, &mut db);
            Ok(())
        }
        async fn by_name(State(app): State<App>, Json(rate): Json<rates::NewRate>) -> Result<(), Error> {
            let mut db: diesel::PgConnection = app.pool.get().unwrap();
            if rates::named(&rate, &mut db).is_some() { return Err(Error::Conflict); }
            rates::add(&rate, &mut db);
            Ok(())
        }
        async fn unasked(State(app): State<App>, Json(rate): Json<rates::NewRate>) {
            let mut db: diesel::PgConnection = app.pool.get().unwrap();
            rates::add(&rate, &mut db);
        }
        async fn main() {
            let app = Router::new().route("/glob", post(by_glob)).route("/name", post(by_name)).route("/unasked", post(unasked));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "diesel"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /glob idempotent natural-key",
            "POST /name idempotent natural-key",
            "POST /unasked not-idempotent none",
        ]
    );
}

#[test]
fn an_actor_does_what_its_handler_of_the_message_does() {
    let code = r#"
        use actix::{Actor, Addr, Context, Handler, Message, Recipient};
        use actix_web::{App, HttpResponse, HttpServer, post, web};
        struct Store { db: sqlx::PgPool }
        impl Actor for Store { type Context = Context<Self>; }
        struct Add; struct Publish { id: i64 }
        impl Message for Add { type Result = Result<(), Error>; }
        impl Message for Publish { type Result = Result<(), Error>; }
        impl Handler<Add> for Store {
            type Result = ResponseFuture<Result<(), Error>>;
            fn handle(&mut self, _: Add, _: &mut Context<Self>) -> Self::Result {
                let db = self.db.clone();
                Box::pin(async move { sqlx::query("INSERT INTO orders (id) VALUES (DEFAULT)").execute(&db).await?; Ok(()) })
            }
        }
        impl Handler<Publish> for Store {
            type Result = ResponseFuture<Result<(), Error>>;
            fn handle(&mut self, publish: Publish, _: &mut Context<Self>) -> Self::Result {
                let db = self.db.clone();
                Box::pin(async move { sqlx::query("UPDATE orders SET published = true WHERE id = $1").bind(publish.id).execute(&db).await?; Ok(()) })
            }
        }
        #[post("/orders")]
        async fn add(store: web::Data<Addr<Store>>) -> HttpResponse { store.send(Add).await.unwrap().unwrap(); HttpResponse::Ok().finish() }
        #[post("/orders/{id}/publish")]
        async fn publish(store: web::Data<Recipient<Publish>>, id: web::Path<i64>) -> HttpResponse {
            store.send(Publish { id: *id }).await.unwrap().unwrap();
            HttpResponse::Ok().finish()
        }
        #[actix_web::main]
        async fn main() { HttpServer::new(|| App::new().service(add).service(publish)).bind("0.0.0.0:80").unwrap().run().await.unwrap() }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["actix", "actix-web", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /orders not-idempotent none",
            "POST /orders/{id}/publish idempotent effects",
        ]
    );
}

#[test]
fn a_request_whose_path_asks_for_a_number_changes_nothing() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        async fn quote(State(http): State<reqwest::Client>) { http.post("http://quotes/getquote").send().await.unwrap(); }
        async fn estimate(State(http): State<reqwest::Client>) { http.post("http://quotes/calculate-costs").send().await.unwrap(); }
        async fn order(State(http): State<reqwest::Client>) { http.post("http://quotes/mailing-list").send().await.unwrap(); }
        async fn main() {
            let app = Router::new().route("/quote", post(quote)).route("/estimate", post(estimate)).route("/order", post(order));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "reqwest"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /estimate idempotent effects",
            "POST /order not-idempotent none",
            "POST /quote idempotent effects",
        ]
    );
}

#[test]
fn a_schema_changes_what_its_mutations_change() {
    let code = r#"
        use axum::{Extension, Json, Router, extract::State, routing::post};
        mod one {
            use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};
            pub struct Query;
            #[Object] impl Query { async fn one(&self) -> i32 { 1 } }
            pub type Posts = Schema<Query, EmptyMutation, EmptySubscription>;
        }
        mod two {
            use juniper::{EmptyMutation, EmptySubscription, RootNode, graphql_object};
            pub struct App { pub db: sqlx::PgPool }
            pub struct Query; pub struct Mutation;
            #[graphql_object(context = App)]
            impl Mutation { async fn add(app: &App) -> i32 { sqlx::query("INSERT INTO posts DEFAULT VALUES").execute(&app.db).await.unwrap(); 1 } }
            pub type Posts = RootNode<'static, Query, Mutation, EmptySubscription<App>>;
            pub type Read = RootNode<'static, Query, EmptyMutation<App>, EmptySubscription<App>>;
        }
        async fn ask(Extension(schema): Extension<one::Posts>, request: Request) { schema.execute(request).await; }
        async fn change(Extension(schema): Extension<std::sync::Arc<two::Posts>>, State(db): State<sqlx::PgPool>, Json(request): Json<juniper::http::GraphQLRequest>) {
            request.execute(&schema, &two::App { db }).await;
        }
        async fn read(Extension(schema): Extension<std::sync::Arc<two::Read>>, State(db): State<sqlx::PgPool>, Json(request): Json<juniper::http::GraphQLRequest>) {
            request.execute(&schema, &two::App { db }).await;
        }
        async fn main() {
            let app = Router::new().route("/ask", post(ask)).route("/change", post(change)).route("/read", post(read));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["async-graphql", "axum", "juniper", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /ask idempotent effects",
            "POST /change not-idempotent none",
            "POST /read idempotent effects",
        ]
    );
}

#[test]
fn what_a_trait_object_behind_a_lock_counts_stays() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use std::sync::{Arc, RwLock};
        trait Network { fn book(&mut self); }
        struct Ledger { balance: u32 }
        impl Network for Ledger { fn book(&mut self) { self.balance += 1; } }
        #[derive(Clone)] struct App { network: Arc<RwLock<dyn Network>> }
        async fn up(State(app): State<App>) { app.network.write().unwrap().book(); }
        async fn main() { axum::serve(listener, Router::new().route("/up", post(up))).await; }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(found, ["POST /up not-idempotent none"]);
}

#[test]
fn what_middleware_asks_somebody_changes_nothing() {
    let code = r#"
        use axum::{Router, extract::{Path, Request, State}, middleware::{self, Next}, response::Response, routing::post};
        async fn may_pass(State(http): State<reqwest::Client>, request: Request, next: Next) -> Result<Response, StatusCode> {
            let asked = http.execute(head_of(&request)).await;
            match asked.is_ok_and(|answer| answer.status().is_success()) {
                true => Ok(next.run(request).await),
                false => Err(StatusCode::UNAUTHORIZED),
            }
        }
        async fn drain(State(db): State<sqlx::PgPool>, Path(id): Path<i64>) {
            sqlx::query("UPDATE drones SET draining = true WHERE id = $1").bind(id).execute(&db).await.unwrap();
        }
        async fn main() {
            let app = Router::new().route("/drones/{id}/drain", post(drain)).layer(middleware::from_fn_with_state(http, may_pass));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "reqwest", "sqlx"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(found, ["POST /drones/{id}/drain idempotent effects"]);
}

#[test]
fn a_record_that_a_function_makes_is_as_new_as_what_that_function_is_given() {
    let code = r#"
        use axum::{Router, extract::State, routing::post, Json};
        use diesel::prelude::*;
        mod schema {
            diesel::table! { roles (id) { id -> Integer, user_id -> Integer, shop_id -> Integer } }
            diesel::table! { users (id) { id -> Integer, uuid -> Text, email -> Text, admin -> Bool } }
        }
        use schema::{roles as roles_table, users};
        #[derive(Insertable)]
        #[diesel(table_name = roles_table)]
        struct NewRole { user_id: i32, shop_id: i32 }
        impl NewRole {
            fn of(invite: &Invite, user_id: i32) -> Result<Self, Error> {
                if invite.shop_id == 0 { return Err(Error::Shop); }
                Ok(NewRole { user_id, shop_id: invite.shop_id })
            }
        }
        #[derive(Insertable)]
        #[diesel(table_name = users)]
        struct NewUser { uuid: Uuid, email: String, admin: bool }
        impl NewUser {
            fn new(email: String) -> Self { Self { uuid: Uuid::new_v4(), email, admin: false } }
        }
        #[derive(Queryable)]
        struct User { id: i32, uuid: Uuid, email: String, admin: bool }
        #[derive(serde::Deserialize)]
        struct Invite { shop_id: i32, user_id: i32 }
        #[derive(serde::Deserialize)]
        struct SignUp { email: String, invite: Invite }
        async fn accept(State(pool): State<Pool>, Json(invite): Json<Invite>) {
            let mut conn = pool.get().unwrap();
            let role = NewRole::of(&invite, invite.user_id).unwrap();
            diesel::insert_into(roles_table::table).values(&role).execute(&mut conn).unwrap();
        }
        async fn sign_up(State(pool): State<Pool>, Json(body): Json<SignUp>) {
            let mut conn = pool.get().unwrap();
            let user = NewUser::new(body.email);
            diesel::insert_into(users::table).values(&user).execute(&mut conn).unwrap();
        }
        async fn guest(State(pool): State<Pool>) {
            let mut conn = pool.get().unwrap();
            let user = NewUser::new(Uuid::new_v4().to_string());
            diesel::insert_into(users::table).values(&user).execute(&mut conn).unwrap();
            let found = users::table.filter(users::uuid.eq(user.uuid)).first::<User>(&mut conn).unwrap();
            let role = NewRole::of(&Invite { shop_id: 1, user_id: 1 }, found.id).unwrap();
            diesel::insert_into(roles_table::table).values(&role).execute(&mut conn).unwrap();
        }
        fn main() { axum::serve(listener, Router::new().route("/accept", post(accept)).route("/sign-up", post(sign_up)).route("/guests", post(guest))); }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "diesel", "serde", "uuid"]),
        ),
        (
            "migrations/1/up.sql",
            "CREATE TABLE roles (id INT PRIMARY KEY, user_id INT NOT NULL, shop_id INT NOT NULL, UNIQUE (user_id, shop_id));\n\
             CREATE TABLE users (id INT PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, admin BOOLEAN NOT NULL);",
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /accept idempotent natural-key",
            "POST /guests not-idempotent none",
            "POST /sign-up idempotent natural-key",
        ]
    );
}

#[test]
fn a_condition_that_something_else_can_meet_stops_no_repeat() {
    let code = r#"
        use axum::{Router, extract::{State, Path}, routing::post};
        use sqlx::PgPool;
        struct Item { id: i64, status: String }
        async fn load(pool: &PgPool, id: i64) -> Result<Item, Error> {
            sqlx::query_as!(Item, "SELECT id, status FROM items WHERE id = $1", id).fetch_one(pool).await
        }
        async fn note(pool: &PgPool, id: i64) -> Result<(), Error> {
            sqlx::query!("INSERT INTO notes (item_id) VALUES ($1)", id).execute(pool).await?;
            Ok(())
        }
        async fn approve(pool: &PgPool, id: i64) -> Result<(), Error> {
            sqlx::query!("UPDATE items SET status = 'approved' WHERE id = $1", id).execute(pool).await?;
            Ok(())
        }
        async fn either(State(pool): State<PgPool>, user: User, Path(id): Path<i64>) -> Result<(), Error> {
            let item = load(&pool, id).await?;
            if !(user.is_admin() || item.status == "draft") { return Err(Error::Denied); }
            note(&pool, id).await?;
            approve(&pool, id).await
        }
        async fn unless(State(pool): State<PgPool>, user: User, Path(id): Path<i64>) -> Result<(), Error> {
            let item = load(&pool, id).await?;
            if !user.is_admin() && item.status == "approved" { return Err(Error::Denied); }
            note(&pool, id).await?;
            approve(&pool, id).await
        }
        async fn both(State(pool): State<PgPool>, user: User, Path(id): Path<i64>) -> Result<(), Error> {
            let item = load(&pool, id).await?;
            if !user.is_admin() || item.status != "draft" { return Err(Error::Denied); }
            note(&pool, id).await?;
            approve(&pool, id).await
        }
        async fn unasked(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<(), Error> {
            let mut tx = pool.begin().await?;
            sqlx::query!("DELETE FROM details WHERE item_id = $1", id).execute(&mut tx).await?;
            sqlx::query!("INSERT INTO notes (item_id) VALUES ($1)", id).execute(&mut tx).await?;
            tx.commit().await?;
            Ok(())
        }
        async fn unfollow(State(pool): State<PgPool>, Path(id): Path<i64>) -> Result<(), Error> {
            let follows = sqlx::query!("SELECT EXISTS (SELECT 1 FROM follows WHERE item_id = $1)", id).fetch_one(&pool).await?.exists.unwrap_or(false);
            if follows {
                sqlx::query!("UPDATE items SET followers = followers - 1 WHERE id = $1", id).execute(&pool).await?;
                sqlx::query!("DELETE FROM follows WHERE item_id = $1", id).execute(&pool).await?;
            }
            Ok(())
        }
        fn main() {
            let app = Router::new().route("/either/{id}", post(either)).route("/unless/{id}", post(unless)).route("/both/{id}", post(both))
                .route("/unasked/{id}", post(unasked)).route("/unfollow/{id}", post(unfollow));
            axum::serve(listener, app);
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("items", &["axum", "sqlx"])),
        (
            "migrations/1.sql",
            "CREATE TABLE items (id BIGINT PRIMARY KEY, status TEXT NOT NULL, followers INT NOT NULL);\n\
             CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, item_id BIGINT NOT NULL);\n\
             CREATE TABLE details (id BIGSERIAL PRIMARY KEY, item_id BIGINT NOT NULL);\n\
             CREATE TABLE follows (id BIGSERIAL PRIMARY KEY, item_id BIGINT NOT NULL);",
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /both/{id} idempotent effects",
            "POST /either/{id} not-idempotent none",
            "POST /unasked/{id} not-idempotent none",
            "POST /unfollow/{id} idempotent effects",
            "POST /unless/{id} not-idempotent none",
        ]
    );
}

#[test]
fn what_lies_in_a_store_of_the_process_itself_is_kept() {
    let code = r#"
        use axum::{Router, extract::State, routing::post, Json};
        use std::sync::Arc;
        struct App { sled: sled::Db, rocks: Arc<rocksdb::DB>, redb: redb::Database, env: heed::Env, names: heed::Database<Str, Str> }
        #[derive(serde::Deserialize)]
        struct Body { name: String }
        async fn sled_new(State(app): State<Arc<App>>, Json(b): Json<Body>) { app.sled.insert(uuid::Uuid::new_v4().as_bytes(), b.name.as_bytes()).unwrap(); }
        async fn sled_named(State(app): State<Arc<App>>, Json(b): Json<Body>) { app.sled.open_tree("names").unwrap().insert(b.name.as_bytes(), b"x").unwrap(); }
        async fn sled_number(State(app): State<Arc<App>>, Json(b): Json<Body>) { let id = app.sled.generate_id().unwrap(); app.sled.insert(id.to_be_bytes(), b.name.as_bytes()).unwrap(); }
        async fn rocks_named(State(app): State<Arc<App>>, Json(b): Json<Body>) { app.rocks.put(b.name.as_bytes(), b"x").unwrap(); }
        async fn rocks_batch(State(app): State<Arc<App>>, Json(b): Json<Body>) { let mut batch = rocksdb::WriteBatch::default(); batch.put(uuid::Uuid::new_v4().as_bytes(), b"x"); app.rocks.write(batch).unwrap(); }
        async fn redb_new(State(app): State<Arc<App>>, Json(b): Json<Body>) { let tx = app.redb.begin_write().unwrap(); tx.open_table(NAMES).unwrap().insert(uuid::Uuid::new_v4().to_string(), &1).unwrap(); tx.commit().unwrap(); }
        async fn heed_named(State(app): State<Arc<App>>, Json(b): Json<Body>) { let mut tx = app.env.write_txn().unwrap(); app.names.put(&mut tx, &b.name, "x").unwrap(); tx.commit().unwrap(); }
        async fn heed_new(State(app): State<Arc<App>>, Json(b): Json<Body>) { let mut tx = app.env.write_txn().unwrap(); app.names.put(&mut tx, &uuid::Uuid::new_v4().to_string(), "x").unwrap(); tx.commit().unwrap(); }
        fn main() {
            let app = Router::new().route("/sled-new", post(sled_new)).route("/sled-named", post(sled_named)).route("/sled-number", post(sled_number))
                .route("/rocks-named", post(rocks_named)).route("/rocks-batch", post(rocks_batch)).route("/redb-new", post(redb_new))
                .route("/heed-named", post(heed_named)).route("/heed-new", post(heed_new));
            axum::serve(listener, app);
        }
    "#;
    let crates = ["axum", "heed", "redb", "rocksdb", "serde", "sled", "uuid"];
    let found = labels(&[
        ("Cargo.toml", &manifest("names", &crates)),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /heed-named idempotent effects",
            "POST /heed-new not-idempotent none",
            "POST /redb-new not-idempotent none",
            "POST /rocks-batch not-idempotent none",
            "POST /rocks-named idempotent effects",
            "POST /sled-named idempotent effects",
            "POST /sled-new not-idempotent none",
            "POST /sled-number not-idempotent none",
        ]
    );
}

#[test]
fn the_fields_of_a_struct_come_from_where_it_was_made() {
    let code = r#"
        use axum::{Router, extract::{State, Path}, routing::put, Json};
        use chrono::Utc;
        use sqlx::PgPool;
        use std::sync::Arc;
        use uuid::Uuid;
        struct Upload { name: String, at: i64, id: Uuid }
        trait Wrap<T> { fn wrap(self, message: &str) -> Result<T, Error>; }
        impl<T, E> Wrap<T> for Result<T, E> { fn wrap(self, message: &str) -> Result<T, Error> { self.map_err(|error| Error::new(message, error)) } }
        #[async_trait::async_trait]
        trait Host { async fn upload(&self, name: &str) -> Result<Upload, Error>; }
        struct Cloud { base: String }
        #[async_trait::async_trait]
        impl Host for Cloud { async fn upload(&self, name: &str) -> Result<Upload, Error> { Ok(Upload { name: name.to_string(), at: Utc::now().timestamp(), id: Uuid::new_v4() }) } }
        struct Disk { base: String }
        #[async_trait::async_trait]
        impl Host for Disk { async fn upload(&self, name: &str) -> Result<Upload, Error> { Ok(Upload { name: format!("{}/{name}", self.base), at: Utc::now().timestamp(), id: Uuid::new_v4() }) } }
        async fn set(pool: PgPool, id: i64, icon: String) {
            sqlx::query("UPDATE items SET icon = $1 WHERE id = $2").bind(icon).bind(id).execute(&pool).await.unwrap();
        }
        async fn by_hash(State(pool): State<PgPool>, State(host): State<Arc<dyn Host>>, Path(id): Path<i64>, bytes: Bytes) {
            let upload = host.upload(&format!("icons/{}", sha1(&bytes))).await.wrap("upload").unwrap().clone();
            set(pool, id, upload.name).await;
        }
        async fn by_chance(State(pool): State<PgPool>, State(host): State<Arc<dyn Host>>, Path(id): Path<i64>) {
            let Upload { name, .. } = host.upload(&Uuid::new_v4().to_string()).await.unwrap();
            set(pool, id, name).await;
        }
        async fn by_id(State(pool): State<PgPool>, State(host): State<Arc<dyn Host>>, Path(id): Path<i64>) {
            let upload = host.upload("icon").await.unwrap();
            set(pool, id, upload.id.to_string()).await;
        }
        struct Draft { name: String }
        impl Draft { fn of(name: String) -> Self { Self { name } } fn random() -> Self { Self { name: Uuid::new_v4().to_string() } } }
        async fn drafted(State(pool): State<PgPool>, Path(id): Path<i64>, Json(name): Json<String>) { let draft = Draft::of(name); set(pool, id, draft.name).await; }
        async fn random(State(pool): State<PgPool>, Path(id): Path<i64>) { let draft = Draft::random(); set(pool, id, draft.name).await; }
        async fn other(State(pool): State<PgPool>, Path(id): Path<i64>, Json(name): Json<String>) {
            let draft = drafts(&name).and_then(|draft| Ok(Draft { name: Uuid::new_v4().to_string() })).unwrap();
            set(pool, id, draft.name).await;
        }
        fn drafts(name: &str) -> Result<Draft, Error> { Ok(Draft { name: name.to_owned() }) }
        async fn changed(State(pool): State<PgPool>, State(host): State<Arc<dyn Host>>, Path(id): Path<i64>) {
            let mut upload = host.upload("icon").await.unwrap();
            let lent = &mut upload;
            lent.name = Uuid::new_v4().to_string();
            set(pool, id, upload.name).await;
        }
        fn main() {
            let hosts: Vec<Arc<dyn Host>> = vec![Arc::new(Cloud { base: base() }), Arc::new(Disk { base: base() })];
            let app = Router::new().route("/by-hash/{id}", put(by_hash)).route("/by-chance/{id}", put(by_chance)).route("/by-id/{id}", put(by_id))
                .route("/drafted/{id}", put(drafted)).route("/random/{id}", put(random)).route("/other/{id}", put(other)).route("/changed/{id}", put(changed));
            axum::serve(listener, app);
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("items", &["axum", "chrono", "sqlx", "uuid"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "PUT /by-chance/{id} not-idempotent none",
            "PUT /by-hash/{id} idempotent method",
            "PUT /by-id/{id} not-idempotent none",
            "PUT /changed/{id} not-idempotent none",
            "PUT /drafted/{id} idempotent method",
            "PUT /other/{id} not-idempotent none",
            "PUT /random/{id} not-idempotent none",
        ]
    );
}

#[test]
fn what_a_trait_gives_runs_for_the_type_that_is_passed() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use sqlx::PgPool;
        use std::sync::Arc;
        struct Shelf;
        struct Cart;
        trait Owned {
            async fn owner(&self, db: &PgPool) -> i64;
            async fn firm(&self, db: &PgPool) -> i64 { self.owner(db).await }
        }
        impl Owned for Shelf { async fn owner(&self, db: &PgPool) -> i64 { sqlx::query_scalar("SELECT id FROM owners").fetch_one(db).await.unwrap() } }
        impl Owned for Cart { async fn owner(&self, db: &PgPool) -> i64 { sqlx::query_scalar("INSERT INTO owners (n) VALUES (1) RETURNING id").fetch_one(db).await.unwrap() } }
        async fn ask<T: Owned>(of: &T, db: &PgPool) -> i64 { of.firm(db).await }
        async fn shelf(State(db): State<PgPool>) { ask(&Shelf, &db).await; }
        async fn cart(State(db): State<PgPool>) { ask(&Cart, &db).await; }
        async fn ask_by_trait<T: Owned>(of: &T, db: &PgPool) -> i64 { Owned::firm(of, db).await }
        async fn written(State(db): State<PgPool>) { <Shelf as Owned>::firm(&Shelf, &db).await; <Shelf as Owned>::owner(&Shelf, &db).await; ask_by_trait(&Shelf, &db).await; }
        async fn written_cart(State(db): State<PgPool>) { ask_by_trait(&Cart, &db).await; }

        struct Silent;
        struct Table { db: PgPool }
        trait Sink { async fn produce(&self, text: &str); }
        impl Sink for Silent { async fn produce(&self, text: &str) {} }
        impl Sink for Table { async fn produce(&self, text: &str) { sqlx::query("INSERT INTO texts (n) VALUES ($1)").bind(text).execute(&self.db).await.unwrap(); } }
        trait Audit { async fn audit(&self, db: &PgPool) {} }
        struct Log<S> { inner: S }
        impl<S: Audit> Audit for Log<S> { async fn audit(&self, db: &PgPool) { self.inner.audit(db).await } }
        impl Audit for Shelf {}
        impl Audit for Cart { async fn audit(&self, db: &PgPool) { sqlx::query("INSERT INTO audits (n) VALUES (1)").execute(db).await.unwrap(); } }
        async fn audit<A: Audit>(of: &A, db: &PgPool) { of.audit(db).await }
        async fn wrapped(State(db): State<PgPool>) { audit(&Log { inner: Cart }, &db).await; }
        async fn by_impl(sink: Arc<impl Sink + 'static>) { sink.produce("x").await; }
        async fn by_bound<S>(sink: Arc<S>) where S: Sink { sink.produce("x").await; }
        async fn silent(State(db): State<PgPool>) { by_impl(Arc::new(Silent)).await; by_bound(Arc::new(Silent)).await; }
        async fn table(State(db): State<PgPool>) { by_bound(Arc::new(Table { db })).await; }
        async fn main() {
            let app = Router::new().route("/shelf", post(shelf)).route("/cart", post(cart)).route("/wrapped", post(wrapped)).route("/written", post(written)).route("/written-cart", post(written_cart)).route("/silent", post(silent)).route("/table", post(table));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        ("Cargo.toml", &manifest("shop", &["axum", "sqlx"])),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /cart not-idempotent none",
            "POST /shelf idempotent effects",
            "POST /silent idempotent effects",
            "POST /table not-idempotent none",
            "POST /wrapped not-idempotent none",
            "POST /written idempotent effects",
            "POST /written-cart not-idempotent none",
        ]
    );
}

#[test]
fn a_statement_in_pieces_is_read_of_a_macro_that_nobody_knows() {
    let code = r#"
        use axum::{Router, extract::State, routing::post};
        use fragments::{query_all, query_all_as};
        use sqlx::PgPool;
        const COLUMNS: &str = "id, name";
        async fn set(State(db): State<PgPool>) { query_all_as!(Scope, "UPDATE scopes SET x = $1 WHERE scope = $2 RETURNING ", COLUMNS; x, scope).fetch_one(&db).await.unwrap(); }
        async fn add(State(db): State<PgPool>) { query_all!("WITH t AS (INSERT INTO tickets (kind) VALUES ($1) RETURNING id) SELECT ", fragments::ALL, " FROM t"; kind).map(|row| row.id).fetch_one(&db).await.unwrap(); }
        async fn look(State(db): State<PgPool>) { query_all_as!(Scope, "SELECT ", COLUMNS, " FROM scopes WHERE scope = $1"; scope).fetch_optional(&db).await.unwrap(); }
        async fn timed(State(db): State<PgPool>) { timed!("SELECT 1 FROM tokens", sqlx::query("INSERT INTO tokens (n) VALUES (1)")).execute(&db).await.unwrap(); }
        async fn filled(State(db): State<PgPool>) { filled!("UPDATE counters SET n = {sum} WHERE k = $1", sum = "n + 1").execute(&db).await.unwrap(); }
        async fn strange(State(db): State<PgPool>) { strange!(Scope, COLUMNS; scope).fetch_one(&db).await.unwrap(); }
        async fn main() {
            let app = Router::new().route("/set", post(set)).route("/add", post(add)).route("/look", post(look)).route("/timed", post(timed)).route("/filled", post(filled)).route("/strange", post(strange));
            axum::serve(listener, app).await;
        }
    "#;
    let found = labels(&[
        (
            "Cargo.toml",
            &manifest("shop", &["axum", "sqlx", "fragments"]),
        ),
        ("src/main.rs", code),
    ]);
    assert_eq!(
        found,
        [
            "POST /add not-idempotent none",
            "POST /filled unknown none",
            "POST /look idempotent effects",
            "POST /set idempotent effects",
            "POST /strange unknown none",
            "POST /timed unknown none",
        ]
    );
}

/// Functions that tell something by what they give, and who heeds that and who does not.
const ANSWERS: &str = r#"
        use axum::{Json, Router, extract::{Path, State}, routing::post};
        use sqlx::PgPool;
        async fn find(db: &PgPool, id: i64) -> Result<Option<Job>, Error> { sqlx::query_as!(Job, "SELECT id, query FROM jobs WHERE id = $1", id).fetch_optional(db).await }
        async fn put(db: &PgPool, id: i64) -> Result<(), Error> {
            sqlx::query("UPDATE counters SET n = n + 1 WHERE k = 'jobs'").execute(db).await?;
            sqlx::query("INSERT INTO jobs (id) VALUES ($1)").bind(id).execute(db).await?;
            Ok(())
        }
        async fn known(db: &PgPool, id: i64) -> Result<Option<String>, Error> {
            if let Some(job) = find(db, id).await? { return Ok(Some(job.query)); }
            Ok(None)
        }
        async fn is_new(db: &PgPool, id: i64) -> Result<bool, Error> {
            if find(db, id).await?.is_some() { return Ok(false); }
            Ok(true)
        }
        async fn maybe(db: &PgPool, id: i64, late: bool) -> Result<Option<String>, Error> {
            if late { return Ok(Some("late".to_owned())); }
            if let Some(job) = find(db, id).await? { return Ok(Some(job.query)); }
            Ok(None)
        }
        async fn by_option(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<String, Error> {
            if let Some(known) = known(&db, id).await? { return Ok(known); }
            put(&db, id).await?;
            Ok(String::new())
        }
        async fn by_bool(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<(), Error> {
            if is_new(&db, id).await? { put(&db, id).await?; }
            Ok(())
        }
        async fn turned(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<(), Error> {
            if !is_new(&db, id).await? { put(&db, id).await?; }
            Ok(())
        }
        async fn by_chance(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<String, Error> {
            if let Some(known) = maybe(&db, id, now() > noon()).await? { return Ok(known); }
            sqlx::query("UPDATE counters SET n = n + 1 WHERE k = 'jobs'").execute(&db).await?;
            Ok(String::new())
        }
        fn ensure(done: u64) -> Result<(), Error> { match done { 0 => Err(Error::Exists), 1 => Ok(()), _ => panic!() } }
        fn ensure_one(done: PgQueryResult) -> Result<(), Error> { if done.rows_affected() != 1 { return Err(Error::Exists); } Ok(()) }
        fn log(done: u64) -> Result<(), Error> { if done > 0 { return Err(Error::Exists); } Ok(()) }
        async fn ensured(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            let mut tx = db.begin().await?;
            ensure(sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&mut *tx).await?.rows_affected())?;
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&mut *tx).await?;
            tx.commit().await
        }
        async fn ensured_one(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            ensure_one(sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?)?;
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            Ok(())
        }
        fn too_many(done: u64) -> Result<(), Error> { if done > 1 { return Err(Error::Exists); } Ok(()) }
        async fn unheeded(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            let _ = ensure(sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?.rows_affected());
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            Ok(())
        }
        async fn swallowed(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            ensure(sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?.rows_affected()).or(Ok(()))?;
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            Ok(())
        }
        async fn too_late(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            let done = sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?.rows_affected();
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            ensure(done)?;
            Ok(())
        }
        async fn at_times(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            let done = sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?.rows_affected();
            if strict() { ensure(done)?; }
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            Ok(())
        }
        async fn bounded(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            too_many(sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?.rows_affected())?;
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            Ok(())
        }
        async fn take(db: &PgPool, id: i64) -> Result<Option<String>, Error> {
            if let Some(job) = find(db, id).await? {
                sqlx::query("DELETE FROM jobs WHERE id = $1").bind(id).execute(db).await?;
                return Ok(Some(job.query));
            }
            Ok(None)
        }
        async fn taken(State(db): State<PgPool>, Path(id): Path<i64>) -> Result<String, Error> {
            if let Some(known) = take(&db, id).await? { return Ok(known); }
            put(&db, id).await?;
            Ok(String::new())
        }
        async fn logged(State(db): State<PgPool>, Json(name): Json<String>) -> Result<(), Error> {
            log(sqlx::query("INSERT INTO peers (endpoint) VALUES ($1) ON CONFLICT DO NOTHING").bind(&name).execute(&db).await?.rows_affected())?;
            sqlx::query("INSERT INTO tokens (token) VALUES ($1)").bind(&name).execute(&db).await?;
            Ok(())
        }
        async fn main() {
            let app = Router::new().route("/by-option/{id}", post(by_option)).route("/by-bool/{id}", post(by_bool)).route("/turned/{id}", post(turned))
                .route("/unheeded", post(unheeded)).route("/swallowed", post(swallowed)).route("/too-late", post(too_late)).route("/at-times", post(at_times))
                .route("/bounded", post(bounded)).route("/taken/{id}", post(taken)).route("/by-chance/{id}", post(by_chance)).route("/ensured", post(ensured)).route("/ensured-one", post(ensured_one)).route("/logged", post(logged));
            axum::serve(listener, app).await;
        }
    "#;

#[test]
fn a_function_tells_by_where_it_returns_and_by_what_it_refuses() {
    let schema = r"
        CREATE TABLE jobs (id BIGINT PRIMARY KEY, query TEXT);
        CREATE TABLE peers (id BIGSERIAL PRIMARY KEY, endpoint TEXT NOT NULL UNIQUE);
        CREATE TABLE tokens (id BIGSERIAL PRIMARY KEY, token TEXT);
        CREATE TABLE counters (k TEXT PRIMARY KEY, n BIGINT);
    ";
    let found = labels(&[
        ("Cargo.toml", &manifest("jobs", &["axum", "sqlx"])),
        ("migrations/1.sql", schema),
        ("src/main.rs", ANSWERS),
    ]);
    assert_eq!(
        found,
        [
            "POST /at-times not-idempotent none",
            "POST /bounded not-idempotent none",
            "POST /by-bool/{id} idempotent natural-key",
            "POST /by-chance/{id} not-idempotent none",
            "POST /by-option/{id} idempotent natural-key",
            "POST /ensured idempotent upsert",
            "POST /ensured-one idempotent upsert",
            "POST /logged not-idempotent none",
            "POST /swallowed not-idempotent none",
            "POST /taken/{id} not-idempotent none",
            "POST /too-late not-idempotent none",
            "POST /turned/{id} not-idempotent none",
            "POST /unheeded not-idempotent none",
        ]
    );
}

#[test]
fn a_patch_with_the_body_of_a_put_sets_what_that_sets() {
    let contract = r#"
openapi: 3.0.3
info: {title: Sites, version: "1"}
servers: [{url: "https://a.example/main"}, {url: "https://b.example/test"}, {url: "https://b.example/base"}, {url: "http://localhost:8080"}]
paths:
  /sites/{id}:
    put: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
    patch: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
  /others/{id}:
    put: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
    patch: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Change'}}}}, responses: {"200": {description: ok}}}
  /everything/{id}:
    patch:
      requestBody: {content: {application/json-patch+json: {schema: {type: object}}, application/json: {schema: {type: object}}, text/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
  /lists/{id}:
    patch: {requestBody: {content: {application/json-patch+json: {schema: {type: object}}}}, responses: {"200": {description: ok}}}
  /said/{id}:
    put: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
    patch: {description: Not idempotent. Every call appends., requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
  /named/{id}:
    put: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
    patch: {operationId: incrementSize, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Site'}}}}, responses: {"200": {description: ok}}}
  /flows:
    post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {"201": {description: ok}, "409": {description: Ensure the name of the flow is unique.}}}
components:
  schemas:
    Site: {type: object, properties: {name: {type: string}, size: {type: integer}}}
    Change: {type: object, properties: {name: {type: string}, growth: {type: integer}}}
"#;
    let analysis = system(&[("openapi.yaml", contract)]);
    let mut shown: Vec<String> = analysis
        .system
        .endpoints
        .iter()
        .filter(|endpoint| matches!(endpoint.method.as_str(), "PATCH" | "POST"))
        .map(|endpoint| {
            let why = &endpoint.evidence[0].reason;
            let patch = why.contains("JSON Patch may append");
            format!("{} {} {patch}", endpoint.name(), endpoint.label.name())
        })
        .collect();
    shown.sort_unstable();
    assert_eq!(
        shown,
        [
            "PATCH /everything/{id} not-idempotent false",
            "PATCH /lists/{id} not-idempotent true",
            "PATCH /named/{id} not-idempotent false",
            "PATCH /others/{id} not-idempotent false",
            "PATCH /said/{id} not-idempotent false",
            "PATCH /sites/{id} idempotent false",
            "POST /flows idempotent false",
        ]
    );
}

#[test]
fn implementations_that_hand_on_to_each_other_come_to_an_end() {
    let kinds: String = (0..14)
        .map(|number| {
            format!(
                "struct Kind{number} {{ next: Arc<dyn Look>, db: PgPool }}
                 impl Look for Kind{number} {{ async fn look(&self, id: i64) -> i64 {{
                     sqlx::query(\"SELECT a FROM t{number} WHERE id = $1\").bind(id).fetch_all(&self.db).await.unwrap();
                     self.next.look(id).await }} }}\n"
            )
        })
        .collect();
    let made: String = (0..14)
        .map(|number| {
            format!(
                "let look: Arc<dyn Look> = Arc::new(Kind{number} {{ next: look, db: db.clone() }});"
            )
        })
        .collect();
    let code = format!(
        "use axum::{{Router, extract::{{Path, State}}, routing::post}};
         use sqlx::PgPool;
         use std::sync::Arc;
         trait Look {{ async fn look(&self, id: i64) -> i64; }}
         {kinds}
         async fn ask(State(look): State<Arc<dyn Look>>, Path(id): Path<i64>) {{ look.look(id).await; }}
         async fn add(State(look): State<Arc<dyn Look>>, State(db): State<PgPool>, Path(id): Path<i64>) {{
             look.look(id).await;
             sqlx::query(\"INSERT INTO seen (id) VALUES ($1)\").bind(id).execute(&db).await.unwrap();
         }}
         async fn main() {{
             let look: Arc<dyn Look> = first();
             {made}
             axum::serve(listener, Router::new().route(\"/ask/{{id}}\", post(ask)).route(\"/add/{{id}}\", post(add))).await;
         }}"
    );
    let found = labels(&[
        ("Cargo.toml", &manifest("looks", &["axum", "sqlx"])),
        ("src/main.rs", &code),
    ]);
    assert_eq!(
        found,
        [
            "POST /add/{id} not-idempotent none",
            "POST /ask/{id} idempotent effects",
        ]
    );
}
