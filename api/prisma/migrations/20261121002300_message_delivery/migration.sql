CREATE TABLE "message_delivery" (
  "message_id" UUID NOT NULL,
  "kind" VARCHAR(40) NOT NULL,
  "channel" VARCHAR(10) NOT NULL,
  "state" VARCHAR(10) NOT NULL,
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "reason" VARCHAR(100),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "message_delivery_pkey" PRIMARY KEY ("message_id")
);
CREATE INDEX "message_delivery_state_changed_at_idx" ON "message_delivery" ("state", "changed_at");
CREATE INDEX "message_delivery_created_at_idx" ON "message_delivery" ("created_at");

CREATE TABLE "delivery_channel" (
  "channel" VARCHAR(10) NOT NULL,
  "failures" INTEGER NOT NULL DEFAULT 0,
  "down_until" TIMESTAMPTZ(3),
  "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "delivery_channel_pkey" PRIMARY KEY ("channel")
);
