CREATE UNIQUE INDEX customers_email ON customers (email);
ALTER TABLE bookings ADD CONSTRAINT one_guest UNIQUE (day, room);
