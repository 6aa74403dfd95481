-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
-- A short pending list (kilobytes): every search reads it from end to end, and a sign-up that fills it writes it out for all.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_search_idx" ON "user" USING gin ("user_search_text"("first_name", "last_name", "user_name", "email", "phone_number", "phone_e164") gin_trgm_ops) WITH (gin_pending_list_limit = 256);
