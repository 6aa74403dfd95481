import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../../../test/harness.js';
import { adminToken, createLister, storeFiller, storeUsers, type StoredUser } from '../../../test/listed-users.js';

/** Older than what fills the database, so that nobody of them is among the first who are looked at. */
const OLD = new Date('2020-01-02T03:04:05.000Z');

const PEOPLE: Record<string, StoredUser> = {
  ada: { first_name: 'Ada', last_name: 'Byron-King', email: 'Ada.Lovelace@Example.com', user_name: 'adalove' },
  zoe: { first_name: 'Zoë', last_name: 'van der Berg', user_name: 'Z_o%e\\', phone_number: { phone: '+49 (151) 234-567.8' } },
  eric: { first_name: 'ÉRIC', last_name: 'O’Brien', email: 'eric@Straße.example', phone_number: { phone: '96550001122' }, phone_e164: '+96550001122' },
  fatima: { first_name: 'فاطمة', last_name: 'الحربي', user_name: 'fatima_h' },
  ming: { first_name: '小明', last_name: '王', user_name: 'ming' },
  olga: { first_name: 'Ольга', last_name: 'Иванова', user_name: 'olga' },
  smile: { first_name: '🙂 Smile', last_name: '🙃🙂🙃', user_name: 'smile--er' },
  odd: { phone_number: ['+4915199'], email: null, user_name: 'odd', first_name: null },
  long: { first_name: 'x'.repeat(99) + 'y', user_name: 'long' },
};

/** Who is found by what. */
const FOUND: [search: string, names: string[]][] = [
  ['ada', ['ada']],
  ['ADA', ['ada']],
  ['lovelace', ['ada']],
  ['yron', ['ada']],
  ['byron-king', ['ada']],
  ['king', ['ada', 'ming'].slice(0, 1)],
  ['ada byron', ['ada']],
  ['  byron \t ada ', ['ada']],
  ['ada zoë', []],
  ['nobody', []],
  ['by', ['ada']],
  ['yr', []],
  ['lo', ['long']],
  ['de', ['zoe']],
  ['zo', ['zoe']],
  ['e', ['eric']],
  ['é', ['eric']],
  ['éric', ['eric']],
  ['Éric o’b', ['eric']],
  ['zoe', []],
  ['straße', ['eric']],
  ['der berg', ['zoe']],
  ['z_o', ['zoe']],
  ['z%o', []],
  ['_o%', ['zoe']],
  ['%e\\', ['zoe']],
  ['\\e%', []],
  ['%', []],
  ['_', []],
  ['\\', []],
  ['%%%', []],
  ['___', []],
  ['---', []],
  ['e--e', ['smile']],
  ['+49 151 2345678', ['zoe']],
  ['0049151 234 5678', ['zoe']],
  ['(151)234-56', ['zoe']],
  ['151', ['zoe']],
  ['49', ['zoe']],
  ['15', []],
  ['+49', ['zoe']],
  ['+9', ['eric']],
  ['+4 9', ['zoe']],
  ['+15', []],
  ['zoë +49', ['zoe']],
  ['+', []],
  ['+965 5000-1122', ['eric']],
  ['zoë +49-151', ['zoe']],
  ['4915199', []],
  ['فاطمة', ['fatima']],
  ['اطم', ['fatima']],
  ['فا', ['fatima']],
  ['اط', []],
  ['الحربي فاطمة', ['fatima']],
  ['fatima الحر', ['fatima']],
  ['小明', ['ming']],
  ['王', ['ming']],
  ['明', []],
  ['ольга', ['olga']],
  ['ИВАНОВА', ['olga']],
  ['🙂', ['smile']],
  ['🙂🙃', []],
  ['🙃🙂🙃', ['smile']],
  ['\u200ffatima', []],
  ['x'.repeat(100), []],
  ['x'.repeat(99) + 'y', ['long']],
  ['a b c d e', []],
  [`'; DROP TABLE "user"; --`, []],
  ['$1', []],
  ['[a-z]+.*', []],
];

let api: Api;
let lister: ReturnType<typeof createLister>;
const names = new Map<string, string>();
beforeAll(async () => {
  api = await startApi();
  const ids = await storeUsers(api, Object.values(PEOPLE).map((person) => ({ ...person, created_at: OLD })));
  Object.keys(PEOPLE).forEach((name, index) => names.set(ids[index]!, name));
  lister = createLister(api, await adminToken(api));
});
afterAll(() => api.close());

const found = async (query: Record<string, string>) => (await lister.ids(query)).flatMap((id) => names.get(id) ?? []).sort();

describe('search among few users', () => {
  it.each(FOUND)('%s', async (search, expected) => {
    expect(await found({ search })).toEqual(expected);
  });

  it('does not take what has been left out or is too much', async () => {
    for (const search of ['', ' ', '\t', 'x'.repeat(101), 'a b c d e f', '\0', 'a\0b']) {
      const answer = await lister.list({ search });
      expect({ search, status: answer.status, path: answer.body.error?.details.errors[0].path }).toEqual({ search, status: 400, path: 'search' });
    }
  });
});

describe('search among more users than are looked at in their order', () => {
  beforeAll(() => storeFiller(api, 12_000), 300_000);

  it.each(FOUND)('%s', async (search, expected) => {
    expect(await found({ search, created_to: '2021-01-01' })).toEqual(expected);
    // Among everybody, in the middle of another order.
    expect(await found({ search, sort: 'email' })).toEqual(expected);
    if (expected.length > 0) expect(await found({ search, sort: '-created_at' })).toEqual(expected);
  });

  it('pages through what few match and what all match, each once', async () => {
    expect(await lister.ids({ search: 'filler', country: 'zz', limit: 100, created_to: '2020-01-03' })).toEqual([]);
    const old = Array.from({ length: 60 }, (_, index) => ({ user_name: `rarely${index}`, created_at: new Date(OLD.getTime() + Math.floor(index / 7)) }));
    const ids = await storeUsers(api, old);
    for (const sort of ['created_at', '-created_at', 'user_name', '-user_name', 'email', '-email']) {
      const seen = await lister.ids({ search: 'rarely', limit: 13, sort });
      expect([...seen].sort()).toEqual([...ids].sort());
    }
  });
});
