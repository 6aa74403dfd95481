-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_erase_after_idx" ON "user" ("erase_after") WHERE "erase_after" IS NOT NULL;
