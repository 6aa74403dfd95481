-- Alone in its file: CONCURRENTLY lets sign-ups go on while the index is built, and cannot run in a transaction.
-- The pending list is short for the same reasons as that of user_search_idx.
-- Only of whom something is written in other characters than ASCII.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "user_search_letters_idx" ON "user" USING gin ("user_search_letters"("user_search_text"("first_name", "last_name", "user_name", "email", "phone_number", "phone_e164"))) WITH (gin_pending_list_limit = 256)
  WHERE octet_length("user_search_text"("first_name", "last_name", "user_name", "email", "phone_number", "phone_e164")) > length("user_search_text"("first_name", "last_name", "user_name", "email", "phone_number", "phone_e164"));
