// The session of a request as better-auth's guide for Express reads it; with `cookieCache`, from a signed cookie for up to five minutes.
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import express from 'express';
import pg from 'pg';
import { serveBench, settings } from '../lib/target.mjs';

const CACHE_SECONDS = 5 * 60;

const { databaseUrl, cookieCache } = settings();
const app = express();
const server = app.listen(0, '127.0.0.1', start);

async function start() {
  const base = `http://127.0.0.1:${server.address().port}`;
  const pool = new pg.Pool({ connectionString: databaseUrl });
  const options = {
    baseURL: base,
    secret: 'known to everybody and good for a benchmark alone',
    database: pool,
    logger: { level: 'error' },
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: cookieCache, maxAge: CACHE_SECONDS } },
  };
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const auth = betterAuth(options);

  app.all('/api/auth/*splat', toNodeHandler(auth));
  app.get('/settings/profile', async (req, res) => {
    const session = await auth.api.getSession({ headers: fromNodeHeaders(req.headers) });
    if (!session) return res.status(401).json({ success: false });
    res.json(session);
  });

  const signedUp = await auth.api.signUpEmail({ body: { name: 'Someone', email: 'someone@example.com', password: 'Correct-horse-7' }, asResponse: true });
  const cookies = signedUp.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  serveBench(
    { url: `${base}/settings/profile`, signOutUrl: `${base}/api/auth/sign-out`, headers: { Cookie: cookies.join('; '), Origin: base } },
    {
      async stop() {
        server.closeAllConnections();
        await pool.end();
      },
    },
  );
}
