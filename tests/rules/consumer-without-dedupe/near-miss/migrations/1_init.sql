CREATE TABLE processed (
    message_id UUID PRIMARY KEY
);
CREATE TABLE balances (
    account BIGINT PRIMARY KEY,
    amount BIGINT NOT NULL
);
CREATE TABLE entries (
    id BIGSERIAL PRIMARY KEY,
    message_id UUID NOT NULL UNIQUE,
    amount BIGINT NOT NULL
);
CREATE TABLE customers (
    id BIGINT PRIMARY KEY,
    email TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
