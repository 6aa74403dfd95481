import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runQuietly } from './child.mjs';
import { step } from './progress.mjs';
import { Refusal } from './refusal.mjs';

/** What the tests run beside the server: the names a program goes by, and the packages it comes in. */
const TOOLS = [
  { programs: ['redis-server'], debian: 'redis-server', other: 'redis' },
  { programs: ['nginx'], debian: 'nginx', other: 'nginx' },
  { programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'], debian: 'chromium', other: 'chromium' },
];
/** Where systems keep servers; an ordinary user's PATH may leave it out. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin', '/opt/homebrew/bin'];
const MANAGERS = [
  { program: 'apt-get', command: (tools) => `apt-get update && apt-get install -y --no-install-recommends ${tools.map(({ debian }) => debian).join(' ')}` },
  { program: 'dnf', command: (tools) => `dnf install -y ${tools.map(({ other }) => other).join(' ')}` },
  { program: 'pacman', command: (tools) => `pacman -S ${tools.map(({ other }) => other).join(' ')}` },
  { program: 'brew', command: (tools) => `brew install ${tools.map(({ other }) => other).join(' ')}` },
];

/** The PATH to give to the tests, on which every tool is found. */
export const toolPath = () => [...(process.env.PATH ?? '').split(delimiter), ...SERVER_FOLDERS].join(delimiter);

/**
 * Makes sure that the programs the tests need are there; as root on Debian and its kin, installs those that are not.
 * @throws Refusal with the one command to run
 */
export async function ensureTools() {
  const missing = TOOLS.filter(isMissing);
  if (!missing.length) return;
  const names = missing.map(({ programs }) => programs[0]).join(', ');
  const manager = MANAGERS.find(({ program }) => find(program));
  const command = manager?.command(missing);
  if (manager?.program !== 'apt-get' || process.getuid() !== 0) throw new Refusal(advice(names, command));
  const { code, output } = await step(`Installing ${names} with apt-get (the tests run the real ones)`, () =>
    // The packages would start their servers at once; nobody asked for those. (invoke-rc.d obeys RUNLEVEL)
    runQuietly('sh', ['-c', command], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }),
  );
  if (code !== 0 || missing.some(isMissing)) throw new Refusal(`${output.trimEnd()}\n\n${advice(names, command)}`);
}

const isMissing = ({ programs }) => !programs.some(find);

function advice(names, command) {
  const how = command ? `run\n  ${command.replace(/(^|&& )(?=apt-get|dnf|pacman)/g, '$1sudo ')}` : 'install them';
  return `The tests need ${names} on the PATH: ${how}\nand start them again.`;
}

function find(program) {
  return toolPath()
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path) && isExecutable(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
