// Sessions in Redis, looked up at every request, as the README of connect-redis sets them up.
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';
import { sample } from '../lib/sample.mjs';
import { serveBench, settings } from '../lib/target.mjs';

const { redisUrl } = settings();
const redis = createClient({ url: redisUrl });
await redis.connect();

const app = express();
app.use(
  session({
    store: new RedisStore({ client: redis, prefix: 'myapp:' }),
    resave: false,
    saveUninitialized: false,
    secret: 'known to everybody and good for a benchmark alone',
  }),
);
app.post('/sign-in', (req, res) => {
  req.session.user = sample.data;
  res.json({ success: true });
});
app.post('/sign-out', (req, res, next) => req.session.destroy((error) => (error ? next(error) : res.json({ success: true }))));
app.get('/settings/profile', (req, res) => {
  if (!req.session.user) return res.status(401).json({ success: false });
  res.json({ ...sample, data: req.session.user });
});

const server = app.listen(0, '127.0.0.1', async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  const signedIn = await fetch(`${base}/sign-in`, { method: 'POST' });
  const [cookie] = signedIn.headers.getSetCookie()[0].split(';');
  serveBench(
    { url: `${base}/settings/profile`, signOutUrl: `${base}/sign-out`, headers: { Cookie: cookie } },
    {
      async stop() {
        server.closeAllConnections();
        await redis.close();
      },
    },
  );
});
