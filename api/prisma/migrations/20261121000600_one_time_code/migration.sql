-- One live code for each identity and purpose; what is asked for anew replaces it.
CREATE TABLE "one_time_code" (
    "code_id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "identity_hash" BYTEA NOT NULL,
    "purpose" VARCHAR(20) NOT NULL,
    "channel" VARCHAR(10) NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "consumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_code_pkey" PRIMARY KEY ("code_id")
);

CREATE INDEX "one_time_code_expires_at_idx" ON "one_time_code"("expires_at");
CREATE UNIQUE INDEX "one_time_code_identity_hash_purpose_key" ON "one_time_code"("identity_hash", "purpose");
