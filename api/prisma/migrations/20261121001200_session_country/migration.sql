-- Where a session was last refreshed from, as a trusted proxy says it. Nullable: no row is rewritten.
ALTER TABLE "session" ADD COLUMN "country" VARCHAR(2);
