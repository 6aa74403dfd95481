-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
-- Without a pending list: a search would read it from end to end, and one sign-up in many would write it out for all.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_search_idx" ON "user" USING gin ("user_search_text"("first_name", "last_name", "user_name", "email", "phone_number", "phone_e164") gin_trgm_ops) WITH (fastupdate = off);
