CREATE TABLE books (
    id          uuid PRIMARY KEY,
    title       text   NOT NULL,
    author      text   NOT NULL,
    price_cents bigint NOT NULL CHECK (price_cents >= 0),
    stock       jsonb  NOT NULL DEFAULT '{"on_hand": 0, "deliveries": []}'
);

-- An order outlives its book, hence no foreign key on book_id.
CREATE TABLE orders (
    id             uuid PRIMARY KEY,
    book_id        uuid        NOT NULL,
    quantity       integer     NOT NULL CHECK (quantity > 0),
    total_cents    bigint      NOT NULL,
    customer_email text        NOT NULL,
    placed_at      timestamptz NOT NULL DEFAULT now()
);

-- Refunds are payments of a negative amount; they may come without a key.
CREATE TABLE payments (
    id              uuid PRIMARY KEY,
    idempotency_key text UNIQUE,
    order_id        uuid        NOT NULL REFERENCES orders (id),
    amount_cents    bigint      NOT NULL,
    status          text        NOT NULL,
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE shipments (
    id            uuid PRIMARY KEY,
    order_id      uuid        NOT NULL REFERENCES orders (id),
    tracking_code text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE subscribers (
    email text PRIMARY KEY
);
