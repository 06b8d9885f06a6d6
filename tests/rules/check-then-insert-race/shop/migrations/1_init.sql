CREATE TABLE customers (
    id BIGSERIAL PRIMARY KEY,
    email TEXT NOT NULL
);
CREATE INDEX customers_email ON customers (email);
CREATE TABLE bookings (
    id BIGSERIAL PRIMARY KEY,
    room BIGINT NOT NULL,
    day DATE NOT NULL,
    guest BIGINT NOT NULL,
    UNIQUE (room, day, guest)
);
CREATE TABLE wishes (
    id BIGSERIAL PRIMARY KEY,
    customer BIGINT NOT NULL,
    book BIGINT NOT NULL
);
CREATE TABLE coupons (
    code TEXT PRIMARY KEY,
    percent INT NOT NULL
);
