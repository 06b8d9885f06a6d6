CREATE TABLE orders (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL,
    book text NOT NULL
);

CREATE TABLE answered_requests (
    idempotency_key text PRIMARY KEY,
    status integer NOT NULL
);

CREATE TABLE refunds (
    id bigserial PRIMARY KEY,
    order_id bigint NOT NULL
);

CREATE TABLE payments (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL UNIQUE,
    amount bigint NOT NULL
);

-- What was asked of the bank, with the key that it was sent; for the books only.
CREATE TABLE transfers (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL,
    amount bigint NOT NULL
);

CREATE TABLE bookings (
    id bigserial PRIMARY KEY,
    idempotency_key text NOT NULL,
    room text NOT NULL
);
