async fn f(p: sqlx::PgPool) { sqlx::query("INSERT INTO é (🚀) VALUES (").execute(&p).await; sqlx::query(&format!("UPDATE {} SET é = é + {}", a, b)).execute(&p).await; sqlx::query!("delete from t where é = $1; é", x).execute(&p).await; }
fn main() { f(); }
