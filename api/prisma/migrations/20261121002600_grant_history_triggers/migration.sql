-- Each table is committed by itself: no two tables are locked at once. Repeatable. What is there already is noted together
-- with the trigger, but for the memberships, which may be millions: they follow in the next migration.
-- What is known of the time before: since when it has been there. Those columns hold UTC; what lies ahead is not believed.
DO $$
DECLARE
  target record;
BEGIN
  FOR target IN
    SELECT * FROM (VALUES
      ('group', 'note_group_period', 'UPDATE OF "group_id", "codename", "name", "is_active"',
       'INSERT INTO group_history (group_id, codename, name, is_active, began_at)
        SELECT group_id, codename, name, is_active, LEAST(created_at AT TIME ZONE ''UTC'', now()) FROM "group" ON CONFLICT DO NOTHING'),
      ('permission', 'note_permission_period', 'UPDATE OF "permission_id", "codename", "name", "description", "category"',
       'INSERT INTO permission_history (permission_id, codename, name, description, category, began_at)
        SELECT permission_id, codename, name, description, category, LEAST(created_at AT TIME ZONE ''UTC'', now()) FROM "permission" ON CONFLICT DO NOTHING'),
      ('group_permission', 'note_group_permission_period', 'UPDATE OF "group_id", "permission_id"',
       'INSERT INTO group_permission_history (group_id, permission_id, began_at)
        SELECT group_id, permission_id, LEAST(assigned_at AT TIME ZONE ''UTC'', now()) FROM "group_permission" ON CONFLICT DO NOTHING'),
      ('user_group', 'note_user_group_period', 'UPDATE OF "user_id", "group_id"', NULL)
    ) AS target (table_name, function_name, change, backfill)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'grant_history' AND tgrelid = to_regclass(quote_ident(target.table_name))) THEN
      -- Deferred to the commit, and by their name before those that lock the counter of changes.
      EXECUTE format('CREATE CONSTRAINT TRIGGER "grant_history" AFTER INSERT OR %s OR DELETE ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION %I()',
        target.change, target.table_name, target.function_name);
      EXECUTE format('CREATE TRIGGER "grant_history_emptied" AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION end_all_periods()', target.table_name);
      -- Also for what replication or a restore writes.
      EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER "grant_history", ENABLE ALWAYS TRIGGER "grant_history_emptied"', target.table_name);
      IF target.backfill IS NOT NULL THEN
        EXECUTE target.backfill;
      END IF;
    END IF;
    COMMIT;
  END LOOP;
END $$;
