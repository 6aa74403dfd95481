CREATE TABLE "contact_change" (
  "contact_change_id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "user_id" UUID NOT NULL,
  "kind" VARCHAR(10) NOT NULL,
  "old_value" TEXT,
  "new_value" TEXT NOT NULL,
  "old_verified_at" TIMESTAMPTZ(3),
  "token_hash" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "undone_at" TIMESTAMPTZ(3),
  CONSTRAINT "contact_change_pkey" PRIMARY KEY ("contact_change_id"),
  CONSTRAINT "contact_change_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("user_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "contact_change_token_hash_key" ON "contact_change" ("token_hash");
CREATE INDEX "contact_change_user_id_created_at_idx" ON "contact_change" ("user_id", "created_at");
CREATE INDEX "contact_change_expires_at_idx" ON "contact_change" ("expires_at");
