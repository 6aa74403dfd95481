-- Nullable and without a default: no row is rewritten.
ALTER TABLE "user" ADD COLUMN IF NOT EXISTS "closed_by_admin_at" TIMESTAMPTZ(3);

CREATE TABLE "invitation" (
  "invitation_id" UUID NOT NULL DEFAULT gen_random_uuid(),
  "kind" VARCHAR(10) NOT NULL,
  "identity_key" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "first_name" TEXT,
  "last_name" TEXT,
  "language" VARCHAR(10) NOT NULL,
  "group_ids" UUID[],
  "invited_by_user_id" UUID,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "invitation_pkey" PRIMARY KEY ("invitation_id"),
  CONSTRAINT "invitation_invited_by_user_id_fkey" FOREIGN KEY ("invited_by_user_id") REFERENCES "user" ("user_id") ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "invitation_identity_key_key" ON "invitation" ("identity_key");
CREATE INDEX "invitation_created_at_invitation_id_idx" ON "invitation" ("created_at", "invitation_id");
CREATE INDEX "invitation_invited_by_user_id_idx" ON "invitation" ("invited_by_user_id");
CREATE INDEX "invitation_expires_at_idx" ON "invitation" ("expires_at");
