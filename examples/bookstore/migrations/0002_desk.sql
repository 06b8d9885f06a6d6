ALTER TABLE books ADD COLUMN reserved integer NOT NULL DEFAULT 0;

CREATE TABLE signups (
    id    uuid PRIMARY KEY,
    email text NOT NULL
);

CREATE TABLE gift_cards (
    id              uuid PRIMARY KEY,
    amount_cents    bigint NOT NULL CHECK (amount_cents > 0),
    idempotency_key text   NOT NULL
);

CREATE TABLE returns (
    id       uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    reason   text NOT NULL
);
