#!/usr/bin/env node
// `npm start`: from a fresh clone to a running server. Only Node.js itself may be imported until the packages are there.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
const { ensureRunnable } = await import('./lib/ready.mjs');
await main(ensureRunnable);
await import('../dist/server.js');
