#!/usr/bin/env node
// `npm run dev`: the server, built and started anew whenever a source changes; while the sources do not compile, the last one stays up.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
await main(async () => (await import('./lib/dev-server.mjs')).runDevServer());
