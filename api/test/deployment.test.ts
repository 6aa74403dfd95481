import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT_DIR } from '../src/config.js';
import { environmentSchema } from '../src/config.schema.js';
import { render } from './nginx-server.js';

const inRoot = (path: string) => resolve(ROOT_DIR, path);
const read = (path: string) => readFileSync(inRoot(path), 'utf8');
const run = (command: string, args: string[], env: NodeJS.ProcessEnv = process.env) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT_DIR, encoding: 'utf8', env });
  return { status, said: stdout + stderr };
};
const tool = (name: string, ...args: string[]) => run(process.execPath, [inRoot(`node_modules/.bin/${name}`), ...args]);

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'tessera-deployment-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('docker-compose.yaml', () => {
  const compose = read('docker-compose.yaml');
  /** The lines of one service. */
  const service = (name: string) => new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)*)`, 'm').exec(compose)?.[1] ?? '';
  /** The names and values of its environment. */
  const environment = (name: string) => {
    const block = /^    environment:\n((?:      .*\n)*)/m.exec(service(name))?.[1] ?? '';
    return Object.fromEntries([...block.matchAll(/^      ([A-Z_0-9]+): (.*)$/gm)].map(([, key = '', value = '']) => [key, value]));
  };

  it('passes the linter without a warning', () => {
    expect(tool('dclint', '--max-warnings', '0', 'docker-compose.yaml')).toMatchObject({ status: 0 });
  });

  it('D-15: publishes nothing but nginx, and pgAdmin to this machine alone, when it is asked for', () => {
    const published = [...compose.matchAll(/^      - '(.*):\d+'$/gm)].map(([, address]) => address);
    expect(published).toEqual(['0.0.0.0:${PROXY_PORT:-8900}', '127.0.0.1:${PGADMIN_PORT:-5050}']);
    expect(service('pgadmin')).toMatch(/^    profiles:\n      - tools$/m);
    // Whatever needs a service of a profile starts it.
    for (const name of ['api', 'nginx', 'db', 'redis']) expect({ name, asks: /pgadmin|- tools$/m.test(service(name)) }).toEqual({ name, asks: false });
  });

  it('D-15: knows no other service: a tool that is added is thought about', () => {
    const services = compose.slice(compose.indexOf('\nservices:'), compose.indexOf('\nnetworks:'));
    expect([...services.matchAll(/^  (\w+):$/gm)].map(([, name]) => name).sort()).toEqual(['api', 'db', 'nginx', 'pgadmin', 'redis']);
  });

  it('carries no password: every one must be given (G-12)', () => {
    const secrets = [...compose.matchAll(/^ +\w*(?:PASSWORD|SECRET): (.*)$/gm)].map(([, value]) => value);
    expect(secrets.length).toBeGreaterThan(3);
    for (const secret of secrets) expect(secret).toMatch(/^\$\{.*:\?set \w+ in \.env.*\}$/);
  });

  it.each(['api', 'nginx', 'redis'])('gives %s a read-only disk, no capabilities and no way to more (G-12)', (name) => {
    expect(service(name)).toMatch(/^    read_only: true$/m);
    expect(service(name)).toMatch(/^    cap_drop:\n      - ALL$/m);
    expect(service(name)).toContain('no-new-privileges:true');
  });

  it('sets only what the API reads, and sends it to its own database and Redis', () => {
    const api = environment('api');
    expect(Object.keys(api).filter((name) => !(name in environmentSchema.shape))).toEqual([]);
    expect(api).toMatchObject({ API_HOST: '0.0.0.0', DATABASE_HOST: 'db', DATABASE_URL: '""', REDIS_URL: 'redis://redis:6379', PM2_INSTANCES: '"1"' });
    expect(compose).toContain(`- subnet: ${api['TRUSTED_PROXIES']}`);
  });

  it('explains every variable that it alone reads', () => {
    const header = compose.slice(0, compose.indexOf('\nname:'));
    const names = new Set([...compose.matchAll(/(?<!\$)\$\{([A-Z_0-9]+)/g)].map(([, name = '']) => name));
    for (const name of names) expect({ name, known: name in environmentSchema.shape || header.includes(name) }).toEqual({ name, known: true });
  });

  it('gives nginx every variable of its template and every file it includes', () => {
    const wanted = new Set([...read('nginx/conf.d/tessera.conf.template').matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
    const { NGINX_ENVSUBST_FILTER: filter = '', ...given } = environment('nginx');
    expect(new Set(Object.keys(given))).toEqual(wanted);
    for (const name of wanted) expect(name).toMatch(new RegExp(filter.replace('$$', '$')));
    expect('HOSTNAME').not.toMatch(new RegExp(filter.replace('$$', '$')));

    const mounted = [...service('nginx').matchAll(/^      - \.\/(\S+):\/etc\/nginx\/\S+:ro$/gm)].map(([, path = '']) => path);
    for (const path of mounted) expect({ path, exists: existsSync(inRoot(path)) }).toEqual({ path, exists: true });
    expect(mounted).toEqual(expect.arrayContaining(readdirSync(inRoot('nginx')).filter((name) => name.endsWith('.conf')).map((name) => `nginx/${name}`)));
  });
});

describe('api/Dockerfile', () => {
  const dockerfile = read('api/Dockerfile');

  it('passes the linter', () => expect(tool('dockerfilelint', 'api/Dockerfile')).toMatchObject({ status: 0 }));

  it('builds with the commands that are used outside of it', () => {
    const scripts = (JSON.parse(read('api/package.json')) as { scripts: Record<string, string> }).scripts;
    const commands = [...dockerfile.matchAll(/^RUN (npm .*)$/gm)].map(([, command = '']) => command);
    expect(commands.map((command) => command.split(' ')[1])).toEqual(['ci', 'run', 'prune']);
    for (const command of commands) expect(command.startsWith('npm run') ? scripts[command.split(' ')[2] ?? ''] : 'npm').toBeDefined();
  });

  it('runs the built server, as a user who cannot change it (G-12)', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM'));
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^CMD \["node", "api\/dist\/server\.js"\]$/m);
    expect(last).not.toMatch(/--chown/);
  });

  it('takes nothing from the checkout but what is named, and no secret', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored.find((line) => line && !line.startsWith('#'))).toBe('*');
    expect(ignored).toContain('**/.env');
    for (const [, sources = ''] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const source of sources.split(' ')) expect({ source, exists: existsSync(inRoot(source)) }).toEqual({ source, exists: true });
    }
  });
});

describe('ecosystem.config.js', () => {
  type App = { script: string; cwd: string; exec_mode: string; instances: number | string; wait_ready: boolean; kill_timeout: number };
  /** As PM2 loads it. */
  const load = (environment: Record<string, string> = {}) => {
    const { status, said } = run(process.execPath, ['--no-warnings', '-p', 'JSON.stringify(require("./ecosystem.config.js").apps)'], { PATH: process.env['PATH'], ...environment });
    expect({ status, said }).toEqual({ status: 0, said: expect.stringMatching(/^\[/) });
    return (JSON.parse(said) as App[])[0] as App;
  };

  it('runs one worker that reloads without a gap', () => {
    expect(load()).toMatchObject({ cwd: ROOT_DIR, exec_mode: 'cluster', instances: 1, wait_ready: true });
  });

  it('runs as many as PM2_INSTANCES says', () => {
    expect(load({ PM2_INSTANCES: '4' }).instances).toBe(4);
    expect(load({ PM2_INSTANCES: 'max' }).instances).toBe('max');
  });

  it('kills a worker only after the time that the worker gives itself (F16)', () => {
    expect(load().kill_timeout).toBeGreaterThan((environmentSchema.parse({}).SHUTDOWN_TIMEOUT_SECONDS + 10) * 1_000);
    expect(load({ SHUTDOWN_TIMEOUT_SECONDS: '60' }).kill_timeout).toBeGreaterThan(70_000);
  });

  it('names the file that the build makes', () => {
    const { script } = load();
    expect(existsSync(inRoot(script.replace('/dist/', '/src/').replace(/\.js$/, '.ts')))).toBe(true);
    if (existsSync(inRoot('api/dist'))) expect(existsSync(inRoot(script))).toBe(true);
  });
});

describe('nginx/render.sh', () => {
  const template = read('nginx/conf.d/tessera.conf.template');
  const rendered = (prefix: string) => readFileSync(join(prefix, 'conf.d/tessera.conf'), 'utf8');

  it('gives what the official image would make of the template', () => {
    const prefix = join(scratch, 'plain');
    expect(render(prefix, { MODE: '/prod/v2/', API_INTERNAL_PORT: '4000', API_HOST: '0.0.0.0', SERVER_NAME: 'api.example.com', PROXY_PORT: '8080' })).toMatchObject({ status: 0 });
    const values: Record<string, string> = { MODE: 'prod/v2', API_INTERNAL_PORT: '4000', API_UPSTREAM_HOST: '127.0.0.1', SERVER_NAME: 'api.example.com', NGINX_LISTEN: '8080', NGINX_ACCESS_LOG: 'logs/access.log', NGINX_ERROR_LOG: 'logs/error.log' };
    expect(rendered(prefix)).toBe(template.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
  });

  it('reads the .env file of the checkout, and the environment wins over it', () => {
    cpSync(inRoot('nginx'), join(scratch, 'checkout/nginx'), { recursive: true });
    writeFileSync(join(scratch, 'checkout/.env'), 'MODE="v9" # the prefix\nAPI_INTERNAL_PORT=4100\n# SERVER_NAME=no\nNGINX_LISTEN=9000 # here\n');
    const prefix = join(scratch, 'from-file');
    expect(render(prefix, { API_INTERNAL_PORT: '4200' }, join(scratch, 'checkout/nginx/render.sh'))).toMatchObject({ status: 0 });
    expect(rendered(prefix)).toMatch(/server 127\.0\.0\.1:4200 [^]*listen 9000 [^]*server_name _;[^]*\^\/\*v9\//);
  });

  it.each([
    ['SERVER_NAME', 'a; include /etc/passwd'],
    ['SERVER_NAME', 'a\nb'],
    ['MODE', 'v1){}'],
    ['NGINX_LISTEN', 'http'],
    ['API_INTERNAL_PORT', '0'],
    ['NGINX_ACCESS_LOG', '$host'],
  ])('refuses %s=%j: it would become part of the configuration', (name, value) => {
    const prefix = join(scratch, 'refused');
    const { status, said } = render(prefix, { [name]: value });
    expect(status).toBe(1);
    expect(said).toMatch(new RegExp(`^render\\.sh: ${name}=.* cannot be used`, 's'));
    expect(existsSync(prefix)).toBe(false);
  });
});

describe('D-15: in production no tool for the database is there', () => {
  type Package = { scripts: Record<string, string>; dependencies: Record<string, string> };
  const root = JSON.parse(read('package.json')) as Package;
  const api = JSON.parse(read('api/package.json')) as Package;
  const STUDIO = /studio|pgadmin/i;

  it('nginx leads to the API and to nothing else', () => {
    const configuration = readdirSync(inRoot('nginx'), { recursive: true, encoding: 'utf8' }).filter((path) => /\.(conf|template)$/.test(path)).map((path) => read(join('nginx', path))).join('\n');
    const directives = (name: RegExp) => new Set([...configuration.matchAll(name)].map(([, value]) => value));
    expect(directives(/^\s*\w+_pass (.*);/gm)).toEqual(new Set(['http://tessera_api']));
    expect(directives(/^\s*upstream (\w+)/gm)).toEqual(new Set(['tessera_api']));
    expect(directives(/^\s*server (\S+)[^{]*;/gm)).toEqual(new Set(['${API_UPSTREAM_HOST}:${API_INTERNAL_PORT}']));
    expect(directives(/^\s*(root|alias) /gm)).toEqual(new Set());
  });

  it.each(['api/Dockerfile', 'ecosystem.config.js', 'reload.sh', 'api/scripts/start.mjs'])('%s starts none', (path) => expect(read(path)).not.toMatch(STUDIO));

  it('the script that starts Prisma Studio is called by none of the others', () => {
    for (const { scripts } of [root, api]) expect(Object.entries(scripts).filter(([, command]) => STUDIO.test(command)).map(([name]) => name)).toEqual(['prisma:studio']);
  });

  it('the image leaves out the packages that bring one', () => {
    expect(Object.keys(api.dependencies).filter((name) => name === 'prisma' || STUDIO.test(name))).toEqual([]);
    expect(read('api/Dockerfile')).toMatch(/^RUN npm prune --omit=dev --omit=optional .*\n+FROM [^]*^COPY --from=build/m);
    // Nor does another package bring one along: with both left out, so is whatever either wants.
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }> };
    expect(Object.entries(packages).filter(([path, { dev, devOptional, optional }]) => /node_modules\/(prisma|@prisma\/studio[^/]*)$/.test(path) && !dev && !devOptional && !optional).map(([path]) => path)).toEqual([]);
  });
});

describe('the shell scripts', () => {
  it('ask npm for scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const asked = [...read('reload.sh').matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(asked).toEqual(expect.arrayContaining(['build', 'migrate:deploy']));
    for (const name of asked) expect(Object.keys(scripts)).toContain(name);
  });

  it.each(['reload.sh', 'nginx/render.sh'])('%s can be run, and every shell can read it', (path) => {
    expect(statSync(inRoot(path)).mode & 0o111).toBe(0o111);
    expect(run('sh', ['-n', path])).toEqual({ status: 0, said: '' });
    expect(run('bash', ['-n', path])).toEqual({ status: 0, said: '' });
    expect(run('sh', [path, '--help'])).toEqual({ status: 0, said: expect.stringMatching(/^Usage: /) });
    expect(run('sh', [path, '--nonsense'])).toMatchObject({ status: 2 });
  });
});
