-- A constant default is kept in the catalogue: no row is rewritten.
ALTER TABLE "user" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 0;
