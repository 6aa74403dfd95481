import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { VERSION } from './version.js';

it('the version the server says is the one of its packages', () => {
  const versions = ['../package.json', '../../package.json'].map((path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version as string);
  expect(versions).toEqual([VERSION, VERSION]);
});
