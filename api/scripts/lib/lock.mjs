import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './paths.mjs';
import { startOfProcess } from './process-identity.mjs';
import { step } from './progress.mjs';
import { Refusal } from './refusal.mjs';
import { readStamp, writeStamp } from './stamp.mjs';

const LOCK = join(ROOT, '.setup-lock');
const OWNER = join(LOCK, 'owner.json');
const POLL_MS = 200;
const HEARTBEAT_MS = 2_000;
/** A holder on another machine (a shared folder) is believed dead after so many missed heartbeats. */
const SILENT_MS = 60_000;
const LONGEST_WAIT_MS = 20 * 60_000;

let held = false;

/**
 * Runs `work` while no other process installs, generates or builds in this checkout; waits its turn if it must.
 * A lock whose holder died is taken over, and what that holder's child was still doing is ended first.
 */
export async function withLock(work) {
  if (held) return work();
  if (!(tryAcquire() || ((await takeOver()) && tryAcquire()))) {
    await step('Waiting for another command that is preparing this checkout', acquire);
  }
  held = true;
  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  heartbeat.unref();
  try {
    sweep();
    return await work();
  } finally {
    clearInterval(heartbeat);
    release();
    held = false;
  }
}

/** Notes the child that works for the holder, so that whoever takes over from a killed holder can end it. */
export function noteChild(pid) {
  if (held) writeStamp(OWNER, { ...self(), child: { pid, start: startOfProcess(pid) } });
}

function tryAcquire() {
  const draft = mkdtempSync(`${LOCK}-`);
  writeStamp(join(draft, 'owner.json'), self());
  try {
    // A rename onto a folder that is not empty fails: of any number of comers one wins, its name already inside.
    renameSync(draft, LOCK);
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES', 'EBUSY'].includes(error.code) && exists(LOCK)) return false;
    throw error;
  }
}

async function acquire() {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (!tryAcquire()) {
    if (await takeOver()) continue;
    if (Date.now() > deadline) throw new Refusal(`Another command holds ${LOCK} and does not finish: end it, or remove that folder, and try again.`);
    await sleep(POLL_MS);
  }
}

/**
 * Takes an abandoned lock away; of several who see it, one does, and looks again before it does.
 * @returns whether the lock may now be asked for again at once
 */
async function takeOver() {
  if (!isAbandoned()) return false;
  const turn = `${LOCK}-breaker`;
  try {
    mkdirSync(turn);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (ageMs(turn) > SILENT_MS) rmSync(turn, { recursive: true, force: true });
    return false;
  }
  try {
    if (!isAbandoned()) return false;
    await endChild(readStamp(OWNER)?.child);
    release();
    return true;
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}

function release() {
  const gone = `${LOCK}-${process.pid}-${Date.now()}`;
  try {
    renameSync(LOCK, gone);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(gone, { recursive: true, force: true });
}

function isAbandoned() {
  const owner = readStamp(OWNER);
  const silent = ageMs(LOCK) > SILENT_MS;
  if (!owner || owner.machine !== machine()) return silent;
  return startOfProcess(owner.pid) !== owner.start;
}

async function endChild(child) {
  const works = () => child?.start && startOfProcess(child.pid) === child.start;
  if (!works()) return;
  try {
    process.kill(child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code === 'EPERM') throw new Refusal(`Process ${child.pid} of another user is still preparing this checkout: end it and try again.`);
    if (error.code !== 'ESRCH') throw error;
  }
  while (works()) await sleep(POLL_MS);
}

/** Drafts of commands that were killed while they asked for the lock. */
function sweep() {
  for (const name of readdirSync(ROOT)) {
    const path = join(ROOT, name);
    if (path.startsWith(`${LOCK}-`) && ageMs(path) > SILENT_MS) rmSync(path, { recursive: true, force: true });
  }
}

const self = () => ({ pid: process.pid, start: startOfProcess(process.pid), machine: machine() });

/** Where process numbers mean the same: this boot of this machine, and in it this container. */
const machine = () =>
  process.platform === 'linux' ? `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${statSync('/proc/self/ns/pid').ino}` : hostname();

/** Tells waiters that we live; a lock that somebody took away by hand is not ours to mourn. */
function beat() {
  if (exists(LOCK)) utimesSync(LOCK, new Date(), new Date());
}

const exists = (path) => ageMs(path) !== undefined;

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
