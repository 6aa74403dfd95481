-- The server before this one kept phone numbers as JSON, with or without a plus, and let several accounts have the same.
-- From here on a number is one account's: of several that proved it, the one that was used last. Whoever never proved it
-- does not get it, since it would let him take the sign-in of its owner.
-- Some wrote the zero that they dial at home after the country code. Sign-in reads a number without it, so it is left out
-- where the country leaves it out: in the countries of the list, in no other.
-- A batch of users at a time, each committed by itself. Repeatable.
DO $$
DECLARE
  trunk_zero constant text := '^\+(20|21[1238]|23[1-4]|243|249|25[0124-6]|26[0-5]|27|291|31|32|33|353|355|358|359|370|373|374|375|377|38[01235-79]|40|41|421|423|43|44|46|49|508|51|53|54|55|58|59[013-68]|6[0-46]|686|81|82|84|850|855|856|86|880|886|9[0-58]|96[1-467]|97[0126-7]|99[4-6])0';
BEGIN
  -- A run that gave up its place to the traffic begins again on the same connection.
  DROP TABLE IF EXISTS pg_temp.phone_owner;
  CREATE TEMPORARY TABLE phone_owner ON COMMIT PRESERVE ROWS AS
    SELECT DISTINCT ON (phone) phone, "user_id"
    FROM (
      SELECT regexp_replace('+' || ltrim("phone_number" ->> 'phone', '+'), trunk_zero, '+\1') AS phone, "user_id", "is_active", "last_sign_in_at", "created_at"
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
