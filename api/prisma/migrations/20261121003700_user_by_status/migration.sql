-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
-- No sign-in changes its columns, so that sign-ins need not touch it (HOT).
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_shown_status_idx" ON "user" ("user_shown_status"("status"), "created_at", "user_id");
