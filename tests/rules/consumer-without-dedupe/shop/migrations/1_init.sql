CREATE TABLE balances (
    account BIGINT PRIMARY KEY,
    amount BIGINT NOT NULL
);
CREATE TABLE entries (
    id BIGSERIAL PRIMARY KEY,
    account BIGINT NOT NULL,
    amount BIGINT NOT NULL
);
CREATE TABLE stock (
    book BIGINT PRIMARY KEY,
    level BIGINT NOT NULL
);
