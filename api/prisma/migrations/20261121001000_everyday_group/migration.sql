-- Every active user of a database that was taken over is in a group; from here on sign-up sees to it.
-- Done here, once, because looking for such users among a million is too much for every start.
-- A window of users at a time, each committed by itself. Repeatable.
DO $$
DECLARE
  after_user uuid := '00000000-0000-0000-0000-000000000000';
  last_user uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM "user") THEN
    RETURN;
  END IF;

  INSERT INTO "group" ("name", "codename", "is_system", "is_active")
  SELECT CASE WHEN EXISTS (SELECT FROM "group" WHERE "name" = 'User') THEN 'User (user)' ELSE 'User' END, 'user', true, true
  WHERE NOT EXISTS (SELECT FROM "group" WHERE "codename" = 'user');
  COMMIT;

  LOOP
    SELECT "user_id" INTO last_user FROM "user" WHERE "user_id" > after_user ORDER BY "user_id" OFFSET 4999 LIMIT 1;

    INSERT INTO "user_group" ("user_id", "group_id")
    SELECT u."user_id", g."group_id"
    FROM (
      SELECT "user_id" FROM "user" WHERE "user_id" > after_user AND (last_user IS NULL OR "user_id" <= last_user)
      EXCEPT
      SELECT "user_id" FROM "user_group" WHERE "user_id" > after_user AND (last_user IS NULL OR "user_id" <= last_user)
    ) AS ungrouped
    JOIN "user" u USING ("user_id")
    CROSS JOIN "group" g
    WHERE u."is_active" AND g."codename" = 'user'
    FOR KEY SHARE OF u
    ON CONFLICT ("user_id", "group_id") DO NOTHING;
    COMMIT;

    EXIT WHEN last_user IS NULL;
    after_user := last_user;
  END LOOP;
END $$;
