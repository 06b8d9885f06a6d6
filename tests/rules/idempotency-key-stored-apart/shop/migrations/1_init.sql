CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL,
    book text NOT NULL
);
-- An index for looking it up, and not a unique one.
CREATE INDEX orders_by_key ON orders (idempotency_key);

CREATE TABLE refunds (
    id bigserial PRIMARY KEY,
    order_id bigint NOT NULL
);
CREATE TABLE answered_requests (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL,
    status integer NOT NULL
);

CREATE TABLE payments (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL,
    idempotency_key text NOT NULL,
    amount bigint NOT NULL,
    UNIQUE (customer_id, idempotency_key)
);

CREATE TABLE bookings (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL CONSTRAINT bookings_key UNIQUE,
    room text NOT NULL
);
