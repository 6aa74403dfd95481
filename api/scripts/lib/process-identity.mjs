import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @returns when the process was started, in the system's own words, or '' when it is gone.
 * With the number it names a process for good: a number alone is given out again.
 */
export function startOfProcess(pid) {
  if (!isAlive(pid)) return '';
  if (process.platform === 'linux') {
    try {
      // Field 22 of proc(5); the name before it may hold spaces and brackets, so count from its last one.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
      return fields[0] === 'Z' ? '' : fields[19];
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
      throw error;
    }
  }
  if (process.platform === 'win32') return 'alive';
  return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
