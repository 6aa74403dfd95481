// PM2 on a machine of your own: npm run pm2:start, and ./reload.sh for a new version.
// PM2 loads this file with require(), which for an ES module needs Node.js 20.19 or newer.
// No secret stands here: PM2 shows and saves what it reads, so the server reads .env by itself.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

const root = import.meta.dirname;
const file = resolve(root, '.env');
const environment = { ...(existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}), ...process.env };
const setting = (name, otherwise) => environment[name]?.trim() || otherwise;

const instances = setting('PM2_INSTANCES', '1');
const shutdownSeconds = Number(setting('SHUTDOWN_TIMEOUT_SECONDS', '15'));

export const apps = [
  {
    name: 'tessera-api',
    cwd: root,
    script: 'api/dist/server.js',
    env: { NODE_ENV: 'production' },

    // A cluster of one still reloads without a gap; more than one needs Redis, as the server says when it is missing.
    exec_mode: 'cluster',
    instances: instances === 'max' ? 'max' : Number(instances),

    // The old worker goes only when the new one says that it can answer.
    wait_ready: true,
    listen_timeout: 60_000,
    // The server ends by itself, at the latest ten seconds after its own time; only a hung one is killed.
    kill_timeout: (shutdownSeconds + 15) * 1_000,

    max_memory_restart: '1G',
    // A server that cannot start is tried again ever more slowly.
    exp_backoff_restart_delay: 200,

    // One file for all workers, in PM2's own folder; every line carries its time and its worker already.
    merge_logs: true,
    time: false,
  },
];
