-- From here on one e-mail address is one account, whatever its capitals. The server before this one looked addresses up
-- without regard to case but kept them unique with regard to it, so two accounts may share one.
-- Only people can say which of them stays: this stops before anything is changed.
DO $$
DECLARE
  shared bigint;
BEGIN
  SELECT count(*) INTO shared
  FROM (SELECT FROM "user" WHERE "email" IS NOT NULL GROUP BY lower("email") HAVING count(*) > 1) AS same_address;

  IF shared > 0 THEN
    RAISE EXCEPTION '% e-mail address(es) belong to more than one account, written with other capitals: change or remove all but one account of each, then migrate again. They are listed by: SELECT lower(email), array_agg(user_id) FROM "user" GROUP BY 1 HAVING count(*) > 1', shared;
  END IF;
END $$;
