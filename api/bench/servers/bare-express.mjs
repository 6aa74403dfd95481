import express from 'express';
import { sample } from '../lib/sample.mjs';
import { serveBench } from '../lib/target.mjs';

const app = express();
app.get('/settings/profile', (_req, res) => void res.json(sample));
const server = app.listen(0, '127.0.0.1', () => serveBench({ url: `http://127.0.0.1:${server.address().port}/settings/profile` }, { stop: async () => server.closeAllConnections() }));
