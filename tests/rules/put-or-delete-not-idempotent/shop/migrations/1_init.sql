CREATE TABLE books (
    id BIGINT PRIMARY KEY,
    price BIGINT NOT NULL,
    lent BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE cart_lines (
    id BIGSERIAL PRIMARY KEY,
    cart_id BIGINT NOT NULL,
    book BIGINT NOT NULL
);
CREATE INDEX cart_lines_cart ON cart_lines (cart_id);
CREATE TABLE customers (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    feed_token TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE addresses (
    customer_id BIGINT PRIMARY KEY,
    street TEXT NOT NULL
);
