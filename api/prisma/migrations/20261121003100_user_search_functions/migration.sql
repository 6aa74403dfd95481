-- What the indexes of the list of users are made of. Each is said here once, and statements call it by its name; PostgreSQL
-- puts what it consists of in its place, so that a row costs no call. An index holds what a function gave when the row was
-- written: one that shall give something else gets another name and another index.

-- What is searched: a blank before each word, small letters, numbers as digits alone.
CREATE OR REPLACE FUNCTION "user_search_text"("first_name" text, "last_name" text, "user_name" text, "email" text, "phone_number" jsonb, "phone_e164" text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(' ' || coalesce("first_name", '') || ' ' || coalesce("last_name", '') || ' ' || coalesce("user_name", '') || ' ' || coalesce("email", '')
    || ' ' || translate(coalesce("phone_number" ->> 'phone', ''), '+-/(). ', '') || ' ' || translate(coalesce("phone_e164", ''), '+', ''))
$$;

-- pg_trgm sees letters and digits of the database's own locale. In one of the locale C, as the embedded database is, a name in
-- Arabic or Chinese has none. These are the runs of three characters beyond ASCII, and of one and two at the beginning of a word.
CREATE OR REPLACE FUNCTION "user_search_letters"("search_text" text)
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT run) FROM (
    SELECT substr(kept, place, size) AS run, size
    FROM regexp_replace("search_text", '[\u0021-\u007e]+', '|', 'g') AS kept, generate_series(1, length(kept)) AS place, (VALUES (2), (3)) AS sizes (size)
  ) AS runs
  WHERE length(run) = size AND strpos(run, '|') = 0 AND strpos(substr(run, 2), ' ') = 0 AND (size = 3 OR starts_with(run, ' '))
$$;

-- The status as clients are shown it: whatever is none of the others counts as inactive.
CREATE OR REPLACE FUNCTION "user_shown_status"("status" text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN upper("status" COLLATE "C") IN ('ACTIVE', 'SUSPENDED', 'DELETED', 'INVITED') THEN upper("status" COLLATE "C") ELSE 'INACTIVE' END
$$;

-- Where a name or an address stands among others: by its code points, whatever its capitals and the locale. So much of it that
-- a position fits into a cursor.
CREATE OR REPLACE FUNCTION "user_sort_text"("name" text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT left(lower("name" COLLATE "C"), 100)
$$;
