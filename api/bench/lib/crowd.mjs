import { query } from './postgres.mjs';

/** Commoner before rarer, of the languages the product speaks and some it does not; beside each what stands for it in an address. */
const FIRST_NAMES = [
  ['Maria', 'maria'], ['محمد', 'mohammed'], ['James', 'james'], ['Sofia', 'sofia'], ['Daniel', 'daniel'], ['فاطمة', 'fatima'], ['Budi', 'budi'], ['Anna', 'anna'], ['José', 'jose'], ['Lukas', 'lukas'],
  ['Emma', 'emma'], ['أحمد', 'ahmed'], ['Siti', 'siti'], ['Éric', 'eric'], ['Laura', 'laura'], ['Thomas', 'thomas'], ['Jürgen', 'juergen'], ['Ana', 'ana'], ['David', 'david'], ['مريم', 'maryam'],
  ['Putri', 'putri'], ['Chloé', 'chloe'], ['Carlos', 'carlos'], ['Olivia', 'olivia'], ['خالد', 'khaled'], ['Agus', 'agus'], ['François', 'francois'], ['Lucía', 'lucia'], ['Peter', 'peter'], ['نورة', 'noura'],
  ['Dewi', 'dewi'], ['Hannah', 'hannah'], ['Miguel', 'miguel'], ['Zoë', 'zoe'], ['Ivan', 'ivan'], ['Jean-Pierre', 'jeanpierre'], ['Wei', 'wei'], ['Aisha', 'aisha'], ['Søren', 'soeren'], ['Ольга', 'olga'],
  ['Bartholomew', 'bartholomew'], ['小明', 'xiaoming'], ['Xiomara', 'xiomara'], ['Kazuo', 'kazuo'], ['Ἰωάννης', 'ioannis'], ['Wolfgang', 'wolfgang'], ['Quentin', 'quentin'], ['Ngozi', 'ngozi'], ['Ximena', 'ximena'], ['Zdeněk', 'zdenek'],
];
const LAST_NAMES = [
  ['Garcia', 'garcia'], ['Müller', 'mueller'], ['Smith', 'smith'], ['العتيبي', 'alotaibi'], ['Martin', 'martin'], ['Santoso', 'santoso'], ['Rodríguez', 'rodriguez'], ['Schmidt', 'schmidt'], ['Johnson', 'johnson'], ['الحربي', 'alharbi'],
  ['Dubois', 'dubois'], ['Wijaya', 'wijaya'], ['López', 'lopez'], ['Weber', 'weber'], ['Brown', 'brown'], ['Lefèvre', 'lefevre'], ['Hidayat', 'hidayat'], ['González', 'gonzalez'], ['Fischer', 'fischer'], ['القحطاني', 'alqahtani'],
  ['Wilson', 'wilson'], ['Moreau', 'moreau'], ['Saputra', 'saputra'], ['Fernández', 'fernandez'], ['Wagner', 'wagner'], ['الشمري', 'alshammari'], ['Taylor', 'taylor'], ['Girard', 'girard'], ['Lestari', 'lestari'], ['Hoffmann', 'hoffmann'],
  ['van der Berg', 'vanderberg'], ['O’Brien', 'obrien'], ['Jensen', 'jensen'], ['Nowak', 'nowak'], ['Ivanova', 'ivanova'], ['Kobayashi', 'kobayashi'], ['王', 'wang'], ['Okonkwo', 'okonkwo'], ['Papadopoulos', 'papadopoulos'], ['Featherstonehaugh', 'featherstonehaugh'],
];
const DOMAINS = ['gmail.com', 'outlook.com', 'yahoo.com', 'hotmail.com', 'icloud.com', 'example.org', 'gmx.de', 'orange.fr', 'mail.example.com', 'kuwait.example.net', 'zephyr-industries.example'];
const COUNTRIES = [['DE', '49151'], ['KW', '9655'], ['US', '1415555'], ['FR', '336'], ['ES', '346'], ['ID', '62812'], ['GB', '4479'], ['SA', '9665'], ['CH', '4179'], ['LI', '4237']];

/**
 * Adds people as a service of some years has them: names of many languages, common ones and rare ones, addresses or numbers,
 * some suspended, some gone, in one statement. The same people every time. Their password opens nothing.
 * @param count how many; the last is the newest
 */
export async function addCrowd(url, count) {
  const indexes = await query(url, `SELECT format('DROP INDEX %I', indexname) AS drop, indexdef AS create FROM pg_indexes JOIN pg_index i ON i.indexrelid = indexname::regclass WHERE tablename IN ('user', 'user_group') AND NOT i.indisunique`);
  // As a restore does it: an index made of all at once takes a fraction of the time.
  for (const index of indexes) await query(url, index.drop);
  await insertPeople(url, count);
  for (const index of indexes) await query(url, index.create);
  // What autovacuum would have done by the time so many had come.
  await query(url, 'VACUUM ANALYZE "user"');
  await query(url, 'VACUUM ANALYZE user_group');
}

async function insertPeople(url, count) {
  await query(
    url,
    `WITH people AS (
       INSERT INTO "user" (created_at, last_updated, first_name, last_name, country, email, phone_number, phone_e164, user_name, user_type, status, password, auth_type, language, theme, profile_accessibility, is_active, is_verified, is_email_verified, is_phone_verified)
       SELECT timestamp '2021-01-01' + n * (interval '1826 days' / $1), timestamp '2021-01-01' + n * (interval '1826 days' / $1),
         CASE WHEN bare THEN NULL ELSE $2::jsonb -> f ->> 0 END, CASE WHEN bare THEN NULL ELSE $3::jsonb -> l ->> 0 END, CASE WHEN bare THEN NULL ELSE $5::jsonb -> c ->> 0 END,
         CASE WHEN by_mail THEN address || '@' || ($4::jsonb ->> d) END,
         CASE WHEN NOT by_mail OR n % 7 = 0 THEN jsonb_build_object('phone', '+' || phone) END, CASE WHEN NOT by_mail THEN '+' || phone END,
         CASE WHEN n % 50 = 0 THEN NULL ELSE address END, CASE WHEN n % 20 = 0 THEN 'business' WHEN n % 1000 = 1 THEN 'admin' ELSE 'customer' END,
         CASE WHEN s < 90 THEN 'ACTIVE' WHEN s < 93 THEN 'Active' WHEN s < 97 THEN 'INACTIVE' WHEN s < 98 THEN NULL WHEN s < 99 THEN 'DELETED' ELSE 'SUSPENDED' END,
         '!', CASE WHEN by_mail THEN 'email' ELSE 'phone' END, 'en', 'light', 'public', s < 93, true, by_mail, NOT by_mail
       FROM (
         SELECT n, f, l, (hashint4extended(n, 4) & 1023) % 10 < 7 AS by_mail, (hashint4extended(n, 5) & 1023) % 10 = 0 AS bare, (hashint4extended(n, 6) & 65535) % 100 AS s,
           floor(jsonb_array_length($4::jsonb) * power((hashint4extended(n, 7) & 1048575) / 1048576.0, 3))::int AS d, c,
           ($2::jsonb -> f ->> 1) || CASE WHEN n % 3 = 0 THEN '.' ELSE '' END || ($3::jsonb -> l ->> 1) || scattered AS address,
           ($5::jsonb -> c ->> 1) || lpad(scattered::text, 7, '0') AS phone
         FROM (
           SELECT n, (n::bigint * 7368787) % 9999991 AS scattered, floor(jsonb_array_length($2::jsonb) * power((hashint4extended(n, 1) & 1048575) / 1048576.0, 2))::int AS f,
             floor(jsonb_array_length($3::jsonb) * power((hashint4extended(n, 2) & 1048575) / 1048576.0, 2))::int AS l,
             floor(jsonb_array_length($5::jsonb) * power((hashint4extended(n, 3) & 1048575) / 1048576.0, 2))::int AS c
           FROM generate_series(1, $1::int) n) drawn) shaped
       RETURNING user_id, user_type)
     INSERT INTO user_group (user_id, group_id)
     SELECT people.user_id, g.group_id FROM people, "group" g WHERE g.codename = 'user' OR (g.codename = 'business' AND people.user_type = 'business') OR (g.codename = 'developer' AND people.user_type = 'admin')`,
    [count, JSON.stringify(FIRST_NAMES), JSON.stringify(LAST_NAMES), JSON.stringify(DOMAINS), JSON.stringify(COUNTRIES)],
  );
}
