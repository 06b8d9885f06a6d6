CREATE TABLE customers (
    id BIGSERIAL PRIMARY KEY,
    email TEXT NOT NULL
);
CREATE TABLE bookings (
    room BIGINT NOT NULL,
    day DATE NOT NULL,
    guest BIGINT NOT NULL
);
CREATE TABLE likes (
    customer BIGINT NOT NULL,
    book BIGINT NOT NULL,
    PRIMARY KEY (customer, book)
);
CREATE TABLE reviews (
    id BIGSERIAL PRIMARY KEY,
    book BIGINT NOT NULL,
    stars INT NOT NULL
);
CREATE TABLE blocked (
    id BIGSERIAL PRIMARY KEY,
    book BIGINT NOT NULL
);
CREATE TABLE roles (
    customer BIGINT NOT NULL,
    role TEXT NOT NULL,
    until DATE,
    UNIQUE (customer, role)
);
