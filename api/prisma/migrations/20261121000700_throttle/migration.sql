-- Counters of attempts that must survive the loss of Redis.
CREATE TABLE "throttle" (
    "bucket" VARCHAR(40) NOT NULL,
    "subject" BYTEA NOT NULL,
    "window_started_at" TIMESTAMPTZ(3) NOT NULL,
    "hits" INTEGER NOT NULL,
    "last_hit_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "throttle_pkey" PRIMARY KEY ("bucket","subject")
);

CREATE INDEX "throttle_last_hit_at_idx" ON "throttle"("last_hit_at");
