-- Alone in its file: CONCURRENTLY lets entries be written while the index is built, and cannot run in a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "activity_log_target_user_id_idx" ON "activity_log" ("target_user_id", "created_at") WHERE "target_user_id" IS NOT NULL;
