-- The server before this one kept phone numbers as JSON, with or without a plus, and let several accounts have the same.
-- From here on a number is one account's: of several that proved it, the one that was used last. Whoever never proved it
-- does not get it, since it would let him take the sign-in of its owner.
-- A batch of users at a time, each committed by itself. Repeatable.
DO $$
BEGIN
  CREATE TEMPORARY TABLE phone_owner ON COMMIT PRESERVE ROWS AS
    SELECT DISTINCT ON (phone) phone, "user_id"
    FROM (
      SELECT '+' || ltrim("phone_number" ->> 'phone', '+') AS phone, "user_id", "is_active", "last_sign_in_at", "created_at"
      FROM "user"
      WHERE "is_phone_verified" AND "phone_e164" IS NULL AND jsonb_typeof("phone_number" -> 'phone') = 'string' AND "phone_number" ->> 'phone' ~ '^\+?[1-9][0-9]{1,14}$'
    ) AS proved
    WHERE NOT EXISTS (SELECT FROM "user" taken WHERE taken."phone_e164" = proved.phone)
    ORDER BY phone, "is_active" DESC, "last_sign_in_at" DESC NULLS LAST, "created_at", "user_id";
  COMMIT;

  LOOP
    WITH batch AS (
      DELETE FROM phone_owner WHERE ctid = ANY (ARRAY(SELECT ctid FROM phone_owner LIMIT 2000)) RETURNING phone, "user_id"
    )
    UPDATE "user" u SET "phone_e164" = batch.phone FROM batch WHERE u."user_id" = batch."user_id";
    COMMIT;
    EXIT WHEN NOT EXISTS (SELECT FROM phone_owner);
  END LOOP;

  DROP TABLE phone_owner;
END $$;
