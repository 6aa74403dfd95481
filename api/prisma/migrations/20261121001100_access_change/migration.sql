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
-- A transaction keeps in a setting of its own what it has noted: `id:count:last`. After a thousand users it notes
-- everybody, once: workers forget everything then anyway, and a change of a million users stays as cheap as one.
CREATE FUNCTION "note_access_change"(changed_user uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  this_transaction constant bigint := txid_current();
  noted constant text := current_setting('tessera.noted', true);
  is_mine constant boolean := COALESCE(split_part(noted, ':', 1) = this_transaction::text, false);
  count_so_far constant integer := CASE WHEN is_mine THEN split_part(noted, ':', 2)::integer ELSE 0 END;
  subject uuid := changed_user;
  next_version bigint;
BEGIN
  IF is_mine AND (split_part(noted, ':', 3) IN ('everybody', COALESCE(changed_user::text, 'everybody'))
    OR EXISTS (SELECT FROM "access_change" WHERE "transaction_id" = this_transaction AND "user_id" = changed_user)) THEN
    RETURN;
  END IF;
  IF count_so_far >= 999 THEN
    subject := NULL;
  END IF;
  UPDATE "access_version" SET "version" = "version" + 1 RETURNING "version" INTO next_version;
  INSERT INTO "access_change" ("version", "user_id", "transaction_id") VALUES (next_version, subject, this_transaction);
  PERFORM set_config('tessera.noted', concat_ws(':', this_transaction, count_so_far + 1, COALESCE(subject::text, 'everybody')), true);
  PERFORM pg_notify('tessera_access_change', '');
END $$;

-- The account that this transaction made last: nobody can remember anything of it yet.
CREATE FUNCTION "note_user_made"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM set_config('tessera.made', concat_ws(':', txid_current(), NEW.user_id), true);
  RETURN NULL;
END $$;

CREATE FUNCTION "note_user_change"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF current_setting('tessera.made', true) IS DISTINCT FROM concat_ws(':', txid_current(), NEW.user_id) THEN
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

CREATE FUNCTION "note_change_for_everybody"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
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

-- Whoever changes a row need not be allowed to write here himself, and cannot lead the functions to tables of his own.
DO $$
DECLARE
  signature text;
BEGIN
  FOREACH signature IN ARRAY ARRAY['note_access_change(uuid)', 'note_user_made()', 'note_user_change()', 'note_change_for_everybody()'] LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', signature);
  END LOOP;
END $$;
