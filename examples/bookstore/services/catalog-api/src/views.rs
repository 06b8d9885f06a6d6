//! Counts how often each book is looked at, behind the readers' backs.

use sqlx::PgPool;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

pub struct BookViewed {
    pub book_id: Uuid,
}

/// Starts the counter; what is sent to it waits in memory.
pub fn count_in_background(db: PgPool) -> UnboundedSender<BookViewed> {
    let (views, waiting) = unbounded_channel();
    tokio::spawn(count(db, waiting));
    views
}

async fn count(db: PgPool, mut waiting: UnboundedReceiver<BookViewed>) {
    while let Some(view) = waiting.recv().await {
        let counted = sqlx::query("UPDATE books SET views = views + 1 WHERE id = $1")
            .bind(view.book_id)
            .execute(&db)
            .await;
        if let Err(error) = counted {
            tracing::warn!(%error, "view not counted");
        }
    }
}
