-- What an administrator has deleted is not in use until one takes it back. A worker of the version before knows nothing of
-- that decision, and would bring the account back when its owner signs in: this refuses it.
-- NOT VALID: no row is read, so that nobody waits; there is none yet that breaks it.
ALTER TABLE "user" ADD CONSTRAINT "user_closed_by_admin_check" CHECK ("closed_by_admin_at" IS NULL OR NOT "is_active") NOT VALID;
