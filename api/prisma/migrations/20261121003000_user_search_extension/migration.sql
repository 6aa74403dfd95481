-- pg_trgm comes with PostgreSQL, its Docker image and every hosted one that we know of, and is "trusted": whoever may create
-- in the database may create it. Where this role may not, an administrator of the database runs, once and in this database,
--   CREATE EXTENSION pg_trgm;
-- and the migration is tried again. Where the package is missing (Debian: postgresql-contrib), it is installed first.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'The extension pg_trgm, by which users are searched, is missing and this role may not create it: have an administrator run "CREATE EXTENSION pg_trgm" in this database' USING ERRCODE = SQLSTATE, DETAIL = SQLERRM;
  WHEN undefined_file OR feature_not_supported THEN
    RAISE EXCEPTION 'The extension pg_trgm, by which users are searched, is not installed on this database server: install the package that PostgreSQL''s additional modules come in (postgresql-contrib)' USING ERRCODE = SQLSTATE, DETAIL = SQLERRM;
END $$;
