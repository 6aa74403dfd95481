-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_invited_by_user_id_idx" ON "user" ("invited_by_user_id") WHERE "invited_by_user_id" IS NOT NULL;
