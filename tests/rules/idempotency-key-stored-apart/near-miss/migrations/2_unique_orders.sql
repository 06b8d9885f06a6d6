CREATE UNIQUE INDEX orders_by_key ON orders (idempotency_key);
