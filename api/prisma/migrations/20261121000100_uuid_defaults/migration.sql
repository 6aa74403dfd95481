-- The server before this one made its keys in the client. With a default in the database, hand-written SQL may leave
-- them out. The mapping tables' key is found, not named, because a database that was taken over may call it otherwise.
-- Each table is committed by itself: no two tables are locked at once. Repeatable.
DO $$
DECLARE
  target record;
BEGIN
  FOR target IN
    SELECT c.relname AS table_name, a.attname AS column_name
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE i.indisprimary
      AND i.indnkeyatts = 1
      AND c.relnamespace = current_schema()::regnamespace
      AND c.relname IN ('user', 'permission', 'group', 'group_permission', 'user_group', 'activity_log')
      AND a.atttypid IN ('uuid'::regtype, 'text'::regtype)
      AND NOT a.atthasdef
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT gen_random_uuid()', target.table_name, target.column_name);
    COMMIT;
  END LOOP;

  -- Not every database of the server before this one has this column.
  IF NOT EXISTS (
    SELECT FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name = 'group_permission' AND column_name = 'assigned_at'
  ) THEN
    ALTER TABLE "group_permission" ADD COLUMN "assigned_at" TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP;
  END IF;
END $$;
