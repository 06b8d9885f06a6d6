CREATE TABLE orders (
    id UUID PRIMARY KEY,
    book BIGINT NOT NULL
);
CREATE TABLE reviews (
    id BIGSERIAL PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    book BIGINT NOT NULL,
    stars INT NOT NULL
);
CREATE TABLE likes (
    customer_id BIGINT NOT NULL,
    book BIGINT NOT NULL,
    PRIMARY KEY (customer_id, book)
);
CREATE TABLE books (
    id BIGINT PRIMARY KEY,
    free BIGINT NOT NULL
);
CREATE TABLE reservations (
    id BIGINT PRIMARY KEY,
    book BIGINT NOT NULL
);
