-- A super administrator holds every permission, so one more changes what he holds.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'permission_made' AND tgrelid = to_regclass('permission')) THEN
    CREATE CONSTRAINT TRIGGER "permission_made" AFTER INSERT ON "permission" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "note_change_for_everybody"();
    ALTER TABLE "permission" ENABLE ALWAYS TRIGGER "permission_made";
  END IF;
END $$;
