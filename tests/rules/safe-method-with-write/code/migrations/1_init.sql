CREATE TABLE orders (id bigserial PRIMARY KEY, book text NOT NULL, status text NOT NULL);
CREATE TABLE subscribers (email text PRIMARY KEY);
CREATE TABLE carts (id bigserial PRIMARY KEY, customer_id bigint NOT NULL);
CREATE TABLE customers (id bigserial PRIMARY KEY, name text NOT NULL, last_seen_at timestamptz);
CREATE TABLE sessions (token text PRIMARY KEY, customer_id bigint NOT NULL);
CREATE TABLE audit_log (id bigserial PRIMARY KEY, what text NOT NULL, customer_id bigint NOT NULL);
CREATE TABLE page_metrics (id bigserial PRIMARY KEY, page text NOT NULL);
