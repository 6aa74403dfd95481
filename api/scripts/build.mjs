#!/usr/bin/env node
// `npm run build`: compiles src into dist when it changed, installing and generating first where that is needed.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
const { ensureReady } = await import('./lib/ready.mjs');
await main(ensureReady);
