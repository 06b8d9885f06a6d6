CREATE UNIQUE INDEX CONCURRENTLY concurrently ON concurrently (CONCURRENTLY);
create unique index concurrently é on é;