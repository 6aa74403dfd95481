-- Alone in its file: CONCURRENTLY lets entries be written while the index is built, and cannot run in a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "activity_log_user_id_created_at_idx" ON "activity_log" ("user_id", "created_at");
