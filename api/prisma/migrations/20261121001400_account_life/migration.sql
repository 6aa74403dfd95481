-- Nullable and without a default: no row is rewritten.
ALTER TABLE "user"
  ADD COLUMN IF NOT EXISTS "phone_e164" TEXT,
  ADD COLUMN IF NOT EXISTS "password_changed_at" TIMESTAMPTZ(3),
  ADD COLUMN IF NOT EXISTS "deactivated_at" TIMESTAMPTZ(3),
  ADD COLUMN IF NOT EXISTS "erase_after" TIMESTAMPTZ(3),
  ADD COLUMN IF NOT EXISTS "profile_picture_key" TEXT;
