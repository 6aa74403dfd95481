// A signed token, verified at every request with a secret that is a string, as the README of passport-jwt sets it up;
// with `keyObject`, as somebody does it who knows what the string costs.
// The profile comes from the claims, so that nothing is looked up; in return a token cannot be revoked.
import { createSecretKey } from 'node:crypto';
import express from 'express';
import jwt from 'jsonwebtoken';
import passport from 'passport';
import { ExtractJwt, Strategy as JwtStrategy } from 'passport-jwt';
import { sample } from '../lib/sample.mjs';
import { serveBench, settings } from '../lib/target.mjs';

const secret = 'known to everybody and good for a benchmark alone';
const secretOrKey = settings().keyObject ? createSecretKey(secret, 'utf8') : secret;
const issuer = 'accounts.example.com';
const audience = 'example.com';

passport.use(
  new JwtStrategy({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey, issuer, audience }, (claims, done) => done(null, claims.profile)),
);

const app = express();
app.get('/settings/profile', passport.authenticate('jwt', { session: false }), (req, res) => void res.json({ ...sample, data: req.user }));

const token = jwt.sign({ profile: sample.data }, secretOrKey, { subject: sample.data.user_id, issuer, audience, expiresIn: '1h' });
const server = app.listen(0, '127.0.0.1', () =>
  serveBench({ url: `http://127.0.0.1:${server.address().port}/settings/profile`, headers: { Authorization: `Bearer ${token}` } }, { stop: async () => server.closeAllConnections() }),
);
