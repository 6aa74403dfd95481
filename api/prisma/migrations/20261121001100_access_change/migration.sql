-- The record announces its own changes: whatever decides about access (accounts, sessions, groups and what they grant)
-- leaves a numbered row here in the same transaction, whoever makes the change and with whatever program. Workers that
-- remember what they have read follow the numbers, which have no gaps (docs/adr/0009).
CREATE TABLE "access_version" (
    "only_row" BOOLEAN NOT NULL DEFAULT true,
    "version" BIGINT NOT NULL,

    CONSTRAINT "access_version_pkey" PRIMARY KEY ("only_row"),
    CONSTRAINT "access_version_only_row_check" CHECK ("only_row")
);
INSERT INTO "access_version" ("version") VALUES (0);

CREATE TABLE "access_change" (
    "version" BIGINT NOT NULL,
    "user_id" UUID,
    "transaction_id" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "access_change_pkey" PRIMARY KEY ("version")
);
CREATE INDEX "access_change_transaction_id_idx" ON "access_change"("transaction_id");
CREATE INDEX "access_change_created_at_idx" ON "access_change"("created_at");

-- Which workers may remember something, and how far each has followed.
CREATE TABLE "worker_lease" (
    "worker_id" UUID NOT NULL,
    "renewals" BIGINT NOT NULL DEFAULT 0,
    "seen" BIGINT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "worker_lease_pkey" PRIMARY KEY ("worker_id")
);

-- Notes that something about a user has changed, or, with null, about everybody; once in a transaction. The counter's row
-- stays locked until the transaction is committed, so numbers become visible in their order and none is left out.
CREATE FUNCTION "note_access_change"(changed_user uuid) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  next_version bigint;
BEGIN
  IF EXISTS (SELECT FROM "access_change" WHERE "transaction_id" = txid_current() AND "user_id" IS NOT DISTINCT FROM changed_user) THEN
    RETURN;
  END IF;
  UPDATE "access_version" SET "version" = "version" + 1 RETURNING "version" INTO next_version;
  INSERT INTO "access_change" ("version", "user_id", "transaction_id") VALUES (next_version, changed_user, txid_current());
  PERFORM pg_notify('tessera_access_change', '');
END $$;

CREATE FUNCTION "note_user_change"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- Nobody can remember an account that this very transaction makes. (One that it changes has announced itself.)
    IF NOT EXISTS (SELECT FROM "user" u WHERE u."user_id" = NEW.user_id AND u.xmin::text = (txid_current() % 4294967296)::text) THEN
      PERFORM "note_access_change"(NEW.user_id);
    END IF;
    RETURN NULL;
  END IF;
  PERFORM "note_access_change"(OLD.user_id);
  IF TG_OP = 'UPDATE' THEN
    PERFORM "note_access_change"(NEW.user_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION "note_change_for_everybody"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM "note_access_change"(NULL);
  RETURN NULL;
END $$;

-- The version of a profile, which session tokens carry, follows the profile by itself.
CREATE FUNCTION "advance_user_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
