-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
-- Not unique: in a database that was taken over two accounts may differ in capitals alone.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_user_name_lower_idx" ON "user" (lower("user_name"));
