-- What everybody was allowed at any time: a row for each period in which something was so, open at its end while it still
-- is. Triggers write them, so that every way of changing is in them (docs/adr/0017). Without foreign keys to groups and
-- permissions: what was granted stays true when they are deleted. A person's rows go with the account.
CREATE TABLE "group_history" (
    "group_id" UUID NOT NULL,
    "codename" VARCHAR(100) NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "is_active" BOOLEAN NOT NULL,
    "began_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "group_history_pkey" PRIMARY KEY ("group_id", "began_at")
);
CREATE UNIQUE INDEX "group_history_open_key" ON "group_history"("group_id") WHERE "ended_at" IS NULL;

CREATE TABLE "permission_history" (
    "permission_id" UUID NOT NULL,
    "codename" VARCHAR(100) NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    "description" TEXT,
    "category" VARCHAR(50),
    "began_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "permission_history_pkey" PRIMARY KEY ("permission_id", "began_at")
);
CREATE UNIQUE INDEX "permission_history_open_key" ON "permission_history"("permission_id") WHERE "ended_at" IS NULL;

CREATE TABLE "group_permission_history" (
    "group_id" UUID NOT NULL,
    "permission_id" UUID NOT NULL,
    "began_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "group_permission_history_pkey" PRIMARY KEY ("group_id", "permission_id", "began_at")
);
CREATE UNIQUE INDEX "group_permission_history_open_key" ON "group_permission_history"("group_id", "permission_id") WHERE "ended_at" IS NULL;

CREATE TABLE "user_group_history" (
    "user_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "began_at" TIMESTAMPTZ(6) NOT NULL,
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "user_group_history_pkey" PRIMARY KEY ("user_id", "group_id", "began_at"),
    CONSTRAINT "user_group_history_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("user_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "user_group_history_open_key" ON "user_group_history"("user_id", "group_id") WHERE "ended_at" IS NULL;

-- Since when nothing is missing. What is known of earlier times is what was still there then.
CREATE TABLE "grant_history_start" (
    "only_row" BOOLEAN NOT NULL DEFAULT true,
    "recorded_since" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "grant_history_start_pkey" PRIMARY KEY ("only_row"),
    CONSTRAINT "grant_history_start_only_row_check" CHECK ("only_row")
);

-- The moment of all that this transaction changes: one clock value, read at the commit, when whatever it changes is locked.
-- Kept as microseconds since the epoch: how a session writes dates does not matter then. Called by the functions below alone.
CREATE FUNCTION "grant_time"() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
  kept constant text := current_setting('tessera.grant_time', true);
  this_transaction constant text := txid_current()::text;
  now_at timestamptz;
BEGIN
  IF split_part(kept, ':', 1) = this_transaction THEN
    RETURN 'epoch'::timestamptz + split_part(kept, ':', 2)::bigint * interval '1 microsecond';
  END IF;
  now_at := clock_timestamp();
  PERFORM set_config('tessera.grant_time', concat_ws(':', this_transaction, (extract(epoch FROM now_at) * 1000000)::bigint), true);
  RETURN now_at;
END $$;
REVOKE EXECUTE ON FUNCTION "grant_time"() FROM PUBLIC;

-- Each function compares what is with what is noted, and makes the note right. So it does not matter how often it is called
-- nor in which order: what was taken away and given back in one transaction has no gap, what came and went leaves nothing.
-- A clock that steps back makes no period end before it began, nor begin before the one before it has ended.
CREATE FUNCTION "note_group_period"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  moment constant timestamptz := "grant_time"();
  subject constant uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.group_id ELSE NEW.group_id END;
BEGIN
  UPDATE "group_history" h SET ended_at = GREATEST(moment, h.began_at)
    WHERE h.ended_at IS NULL AND h.group_id IN (subject, OLD.group_id)
      AND NOT EXISTS (SELECT FROM "group" g WHERE g.group_id = h.group_id AND (g.codename, g.name, g.is_active) = (h.codename, h.name, h.is_active));
  DELETE FROM "group_history" WHERE group_id IN (subject, OLD.group_id) AND ended_at = began_at;
  INSERT INTO "group_history" (group_id, codename, name, is_active, began_at)
    SELECT g.group_id, g.codename, g.name, g.is_active, GREATEST(moment, (SELECT max(h.ended_at) FROM "group_history" h WHERE h.group_id = g.group_id))
    FROM "group" g WHERE g.group_id = subject ON CONFLICT (group_id) WHERE ended_at IS NULL DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION "note_permission_period"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  moment constant timestamptz := "grant_time"();
  subject constant uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.permission_id ELSE NEW.permission_id END;
BEGIN
  UPDATE "permission_history" h SET ended_at = GREATEST(moment, h.began_at)
    WHERE h.ended_at IS NULL AND h.permission_id IN (subject, OLD.permission_id)
      AND NOT EXISTS (SELECT FROM "permission" p WHERE p.permission_id = h.permission_id
        AND (p.codename, p.name, p.description, p.category) IS NOT DISTINCT FROM (h.codename, h.name, h.description, h.category));
  DELETE FROM "permission_history" WHERE permission_id IN (subject, OLD.permission_id) AND ended_at = began_at;
  INSERT INTO "permission_history" (permission_id, codename, name, description, category, began_at)
    SELECT p.permission_id, p.codename, p.name, p.description, p.category, GREATEST(moment, (SELECT max(h.ended_at) FROM "permission_history" h WHERE h.permission_id = p.permission_id))
    FROM "permission" p WHERE p.permission_id = subject ON CONFLICT (permission_id) WHERE ended_at IS NULL DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION "note_group_permission_period"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  moment constant timestamptz := "grant_time"();
  is_empty boolean;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE "group_permission_history" h SET ended_at = GREATEST(moment, h.began_at)
      WHERE h.group_id = OLD.group_id AND h.permission_id = OLD.permission_id AND h.ended_at IS NULL
        AND NOT EXISTS (SELECT FROM "group_permission" m WHERE m.group_id = h.group_id AND m.permission_id = h.permission_id)
      RETURNING h.ended_at = h.began_at INTO is_empty;
    IF is_empty THEN
      DELETE FROM "group_permission_history" WHERE group_id = OLD.group_id AND permission_id = OLD.permission_id AND ended_at = began_at;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "group_permission_history" (group_id, permission_id, began_at)
      SELECT m.group_id, m.permission_id,
        GREATEST(moment, (SELECT max(h.ended_at) FROM "group_permission_history" h WHERE h.group_id = m.group_id AND h.permission_id = m.permission_id))
      FROM "group_permission" m WHERE m.group_id = NEW.group_id AND m.permission_id = NEW.permission_id
      ON CONFLICT (group_id, permission_id) WHERE ended_at IS NULL DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION "note_user_group_period"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  moment constant timestamptz := "grant_time"();
  is_empty boolean;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE "user_group_history" h SET ended_at = GREATEST(moment, h.began_at)
      WHERE h.user_id = OLD.user_id AND h.group_id = OLD.group_id AND h.ended_at IS NULL
        AND NOT EXISTS (SELECT FROM "user_group" m WHERE m.user_id = h.user_id AND m.group_id = h.group_id)
      RETURNING h.ended_at = h.began_at INTO is_empty;
    IF is_empty THEN
      DELETE FROM "user_group_history" WHERE user_id = OLD.user_id AND group_id = OLD.group_id AND ended_at = began_at;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "user_group_history" (user_id, group_id, began_at)
      SELECT m.user_id, m.group_id, GREATEST(moment, (SELECT max(h.ended_at) FROM "user_group_history" h WHERE h.user_id = m.user_id AND h.group_id = m.group_id))
      FROM "user_group" m WHERE m.user_id = NEW.user_id AND m.group_id = NEW.group_id
      ON CONFLICT (user_id, group_id) WHERE ended_at IS NULL DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

-- TRUNCATE: all of it has ended.
CREATE FUNCTION "end_all_periods"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  history constant text := TG_TABLE_NAME || '_history';
BEGIN
  EXECUTE format('UPDATE %I SET ended_at = GREATEST($1, began_at) WHERE ended_at IS NULL', history) USING "grant_time"();
  EXECUTE format('DELETE FROM %I WHERE ended_at = began_at', history);
  RETURN NULL;
END $$;

-- Whoever changes a row need not be allowed to write here himself, and cannot lead the functions to tables of his own.
DO $$
DECLARE
  function_name text;
BEGIN
  FOREACH function_name IN ARRAY ARRAY['note_group_period', 'note_permission_period', 'note_group_permission_period', 'note_user_group_period', 'end_all_periods'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SET search_path = %I, pg_temp', function_name, current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %I() FROM PUBLIC', function_name);
  END LOOP;
END $$;
