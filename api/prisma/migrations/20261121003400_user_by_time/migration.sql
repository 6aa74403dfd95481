-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
-- No sign-in changes its columns, so that sign-ins need not touch it (HOT).
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_created_at_user_id_idx" ON "user" ("created_at", "user_id");
