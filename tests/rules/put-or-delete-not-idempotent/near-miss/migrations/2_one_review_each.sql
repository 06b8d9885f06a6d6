CREATE UNIQUE INDEX reviews_one_each ON reviews (customer_id, book);
