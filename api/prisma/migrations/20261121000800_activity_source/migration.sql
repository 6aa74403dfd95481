-- The entries there are so far were all made by clients: nothing else wrote any. From here on the server writes too, and
-- an entry says whose word it is. Constant defaults are kept in the catalogue: no row is rewritten.
ALTER TABLE "activity_log"
  ADD COLUMN "source" VARCHAR(10) NOT NULL DEFAULT 'client',
  ADD COLUMN "target_user_id" UUID;
ALTER TABLE "activity_log" ALTER COLUMN "source" SET DEFAULT 'server';
