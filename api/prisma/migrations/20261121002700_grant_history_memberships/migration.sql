-- Notes the memberships that were there before the triggers. A window of users at a time, each committed by itself. Repeatable.
-- Who changes a membership meanwhile is noted by the trigger. A membership and its account stay as they are until its window
-- is committed; nobody is waited for, because who has one locked may be waiting for another: the window is looked at again.
DO $$
DECLARE
  after_user uuid := '00000000-0000-0000-0000-000000000000';
  last_user uuid;
  looks integer := 0;
BEGIN
  LOOP
    IF looks = 0 THEN
      SELECT "user_id" INTO last_user FROM "user_group" WHERE "user_id" > after_user ORDER BY "user_id" OFFSET 1999 LIMIT 1;
    END IF;

    INSERT INTO "user_group_history" ("user_id", "group_id", "began_at")
    SELECT m."user_id", m."group_id", LEAST(m."assigned_at" AT TIME ZONE 'UTC', now())
    FROM "user_group" m JOIN "user" u USING ("user_id")
    WHERE m."user_id" > after_user AND (last_user IS NULL OR m."user_id" <= last_user)
      AND NOT EXISTS (SELECT FROM "user_group_history" h WHERE h."user_id" = m."user_id" AND h."group_id" = m."group_id" AND h."ended_at" IS NULL)
    FOR KEY SHARE OF u, m SKIP LOCKED
    ON CONFLICT DO NOTHING;
    COMMIT;

    looks := looks + 1;
    IF NOT EXISTS (
      SELECT FROM "user_group" m
      WHERE m."user_id" > after_user AND (last_user IS NULL OR m."user_id" <= last_user)
        AND NOT EXISTS (SELECT FROM "user_group_history" h WHERE h."user_id" = m."user_id" AND h."group_id" = m."group_id" AND h."ended_at" IS NULL)
    ) THEN
      EXIT WHEN last_user IS NULL;
      after_user := last_user;
      looks := 0;
    ELSIF looks > 100 THEN
      RAISE lock_not_available USING MESSAGE = 'a membership or its account stays locked';
    ELSE
      PERFORM pg_sleep(0.02);
    END IF;
  END LOOP;

  INSERT INTO "grant_history_start" ("recorded_since") VALUES (clock_timestamp()) ON CONFLICT DO NOTHING;
END $$;
