-- Notes the memberships that were there before the triggers. A window of users at a time, each committed by itself. Repeatable.
-- Who changes a membership meanwhile is noted by the trigger. A membership and its account stay as they are until its window
-- is committed; nobody is waited for, because who has one locked may be waiting for another: the window is looked at again.
DO $$
DECLARE
  after_user uuid := '00000000-0000-0000-0000-000000000000';
  last_user uuid;
  is_noted boolean;
BEGIN
  LOOP
    last_user := COALESCE((SELECT "user_id" FROM "user_group" WHERE "user_id" > after_user ORDER BY "user_id" OFFSET 1999 LIMIT 1), 'ffffffff-ffff-ffff-ffff-ffffffffffff');

    FOR look IN 0..100 LOOP
      -- Planned anew each time: the table that is filled here was empty when it began.
      -- Nothing is noted that is not there, so as many are all.
      EXECUTE $counting$
        SELECT (SELECT count(*) FROM "user_group" WHERE "user_id" > $1 AND "user_id" <= $2)
          = (SELECT count(*) FROM "user_group_history" WHERE "user_id" > $1 AND "user_id" <= $2 AND "ended_at" IS NULL)
      $counting$ INTO is_noted USING after_user, last_user;
      EXIT WHEN is_noted;
      PERFORM pg_sleep(0.02) WHERE look > 0;
      EXECUTE $noting$
        INSERT INTO "user_group_history" ("user_id", "group_id", "began_at")
        SELECT m."user_id", m."group_id", LEAST(m."assigned_at" AT TIME ZONE 'UTC', now())
        FROM "user_group" m JOIN "user" u USING ("user_id") WHERE m."user_id" > $1 AND m."user_id" <= $2
        FOR KEY SHARE OF u, m SKIP LOCKED
        ON CONFLICT DO NOTHING
      $noting$ USING after_user, last_user;
      COMMIT;
    END LOOP;
    IF NOT is_noted THEN
      RAISE lock_not_available USING MESSAGE = 'a membership or its account stays locked';
    END IF;

    EXIT WHEN last_user = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    after_user := last_user;
  END LOOP;

  INSERT INTO "grant_history_start" ("recorded_since") VALUES (clock_timestamp()) ON CONFLICT DO NOTHING;
END $$;
