-- One row for each sign-in on one device. The table is new and empty, so its foreign key has nothing to check and locks
-- "user" for an instant only.
CREATE TABLE "session" (
    "session_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "user_id" UUID NOT NULL,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "rotated_at" TIMESTAMPTZ(3),
    "confirmed_generation" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoke_reason" VARCHAR(40),
    "ip" VARCHAR(45),
    "user_agent" TEXT,
    "device" VARCHAR(100),
    "browser" VARCHAR(100),
    "os" VARCHAR(100),
    "origin" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("session_id")
);

CREATE INDEX "session_user_id_created_at_idx" ON "session"("user_id", "created_at");
CREATE INDEX "session_revoked_at_idx" ON "session"("revoked_at");
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
