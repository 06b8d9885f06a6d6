CREATE TABLE books (id bigserial PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE orders (id bigserial PRIMARY KEY, book text NOT NULL, status text NOT NULL DEFAULT 'placed');
CREATE TABLE customers (id bigserial PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL);
CREATE TABLE reviews (id uuid PRIMARY KEY, book text NOT NULL, words text NOT NULL);
CREATE TABLE subscribers (email text PRIMARY KEY);
CREATE TABLE payments (id bigserial PRIMARY KEY, idempotency_key text NOT NULL UNIQUE, amount bigint NOT NULL);
