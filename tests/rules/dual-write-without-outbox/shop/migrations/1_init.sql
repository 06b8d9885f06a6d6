CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    book BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'placed'
);
CREATE TABLE order_outbox (
    id BIGSERIAL PRIMARY KEY,
    payload TEXT NOT NULL
);
