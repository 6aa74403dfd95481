-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "user_phone_e164_key" ON "user" ("phone_e164");
