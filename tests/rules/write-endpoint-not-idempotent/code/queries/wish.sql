-- Another wish of the same book.
INSERT INTO wishes (book) VALUES ($1);
