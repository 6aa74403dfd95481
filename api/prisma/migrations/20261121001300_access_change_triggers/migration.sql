-- Each table is committed by itself: no two tables are locked at once. Repeatable.
-- The triggers are deferred to the commit, so that the counter is locked for the commit alone.
DO $$
DECLARE
  target record;
BEGIN
  FOR target IN
    SELECT * FROM (VALUES
      ('session_change', 'session', 'AFTER UPDATE OF "revoked_at", "expires_at", "user_id"',
       'WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at OR OLD.user_id IS DISTINCT FROM NEW.user_id)', 'note_user_change'),
      ('session_deleted', 'session', 'AFTER DELETE', 'WHEN (OLD.revoked_at IS NULL AND OLD.expires_at > now())', 'note_user_change'),
      ('user_change', 'user', 'AFTER UPDATE',
       -- A sign-in and a stronger hash of the same password change nothing that is decided by.
       $when$WHEN ((to_jsonb(OLD) - '{last_sign_in_at,last_updated,password}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{last_sign_in_at,last_updated,password}'::text[]))$when$, 'note_user_change'),
      ('user_deleted', 'user', 'AFTER DELETE', '', 'note_user_change'),
      ('user_group_change', 'user_group', 'AFTER INSERT OR UPDATE OR DELETE', '', 'note_user_change'),
      ('group_change', 'group', 'AFTER UPDATE OR DELETE', '', 'note_change_for_everybody'),
      ('permission_change', 'permission', 'AFTER UPDATE OR DELETE', '', 'note_change_for_everybody'),
      ('group_permission_change', 'group_permission', 'AFTER INSERT OR UPDATE OR DELETE', '', 'note_change_for_everybody')
    ) AS change (trigger_name, table_name, event, condition, function_name)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = target.trigger_name AND tgrelid = to_regclass(quote_ident(target.table_name))) THEN
      EXECUTE format('CREATE CONSTRAINT TRIGGER %I %s ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW %s EXECUTE FUNCTION %I()',
        target.trigger_name, target.event, target.table_name, target.condition, target.function_name);
      -- Also for what replication or a restore writes.
      EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', target.table_name, target.trigger_name);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = target.table_name || '_emptied' AND tgrelid = to_regclass(quote_ident(target.table_name))) THEN
      EXECUTE format('CREATE TRIGGER %I AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION note_change_for_everybody()',
        target.table_name || '_emptied', target.table_name);
    END IF;
    COMMIT;
  END LOOP;

  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'user_version' AND tgrelid = to_regclass('"user"')) THEN
    -- Neither a sign-in nor a new password is part of what tokens say; whoever sets the version himself is left alone.
    CREATE TRIGGER "user_version" BEFORE UPDATE ON "user" FOR EACH ROW
      WHEN (OLD.version = NEW.version AND (to_jsonb(OLD) - '{last_sign_in_at,last_updated,password}'::text[]) IS DISTINCT FROM (to_jsonb(NEW) - '{last_sign_in_at,last_updated,password}'::text[]))
      EXECUTE FUNCTION "advance_user_version"();
  END IF;
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'user_made' AND tgrelid = to_regclass('"user"')) THEN
    CREATE TRIGGER "user_made" AFTER INSERT ON "user" FOR EACH ROW EXECUTE FUNCTION "note_user_made"();
  END IF;
END $$;
