import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { isCountry } from './countries.js';
import { profileBody } from './profile.schema.js';
import { mayBeUserName } from './user-name.js';

afterEach(() => void jest.restoreAllMocks());

const isGood = (body: object) => profileBody.safeParse(body).success;

describe('a country', () => {
  it.each(['DE', 'KW', 'Germany', 'germany', 'Côte d’Ivoire', "Cote d'Ivoire", 'Bosnia and Herzegovina', 'St. Lucia', 'Saint Lucia', 'Hong Kong', 'United States', 'United States of America', 'Türkiye', 'Turkey', 'South Korea'])('%s is one', (text) => {
    expect(isCountry(text)).toBe(true);
  });

  it.each(['', 'de', 'XX', 'ZZ', 'EU', 'DD', 'Deutschland', 'DEU', ' DE', 'Germany ', 'constructor', 'World', 'DE,FR'])('%j is none', (text) => {
    expect(isCountry(text)).toBe(false);
  });
});

describe('a date of birth', () => {
  it.each(['1990-01-02', '2000-02-29', '1900-01-01', '1990-01-02T00:00:00Z', '1990-01-02T03:04:05.678+05:30'])('%s is one', (dob) => {
    expect(profileBody.parse({ dob }).dob).toEqual(new Date(dob));
  });

  it.each(['', '1990-02-30', '2001-02-29', '1899-12-31', '9999-01-01', '1990-1-2', '02/01/1990', '1990-01-02T00:00:00', '1990-01-02 00:00:00', '0000-00-00', '-000001-01-01', '1990-13-01', '1990-01-02T25:00:00Z', 'now', 0, 631238400000, {}, [], true])('%j is none', (dob) => {
    expect(isGood({ dob })).toBe(false);
  });

  it('may be today, and not tomorrow', () => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-02-28T23:59:59.999Z'));
    expect([isGood({ dob: '2026-02-28' }), isGood({ dob: '2026-03-01' })]).toEqual([true, false]);
  });
});

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Kuwait', 'Etc/GMT+5'])('%s is one', (timezone) => expect(isGood({ timezone })).toBe(true));
  it.each(['', '+02:00', '-05', 'Mars/Olympus', 'Europe', '../../etc/passwd', 'Europe/Berlin\n', 'x'.repeat(5_000)])('%j is none', (timezone) => expect(isGood({ timezone })).toBe(false));
});

describe('choices', () => {
  it('takes what the contract lists, and null only where a field may be empty', () => {
    for (const language of ['en', 'ar', 'fr', 'es', 'de', 'id', 'ind']) expect(isGood({ language })).toBe(true);
    for (const theme of ['light', 'dark', 'dynamic']) expect(isGood({ theme })).toBe(true);
    for (const profile_accessibility of ['public', 'private', 'friends']) expect(isGood({ profile_accessibility })).toBe(true);
    for (const name of ['first_name', 'last_name', 'user_name', 'bio', 'country', 'gender', 'dob', 'timezone']) expect([name, isGood({ [name]: null })]).toEqual([name, true]);
    for (const name of ['language', 'theme', 'profile_accessibility']) for (const value of [null, '', 'EN', 'Light', 'PUBLIC', 'xx']) expect([name, value, isGood({ [name]: value })]).toEqual([name, value, false]);
  });

  it('E-13: a text has so many characters and no more; one that UTF-16 writes in two units counts once', () => {
    for (const [name, most] of [['first_name', 100], ['last_name', 100], ['bio', 2_000], ['gender', 50]] as const) {
      expect([name, isGood({ [name]: 'x'.repeat(most) }), isGood({ [name]: '🦉'.repeat(most) }), isGood({ [name]: 'x'.repeat(most + 1) }), isGood({ [name]: '🦉'.repeat(most + 1) })]).toEqual([name, true, true, false, false]);
    }
  });
});

describe('a user name', () => {
  it.each(['ab', 'amal.haddad', 'a_b-c', '李雷', 'أمل', 'नमस्ते', 'Ωmega', 'a1', '1a', 'x'.repeat(64)])('%s may be one', (name) => expect(mayBeUserName(name, null)).toBe(true));

  it.each(['', 'a', 'x'.repeat(65), 'a b', 'a@b', 'a@b.de', '+49123', '12345', '٠١٢٣', '..', '--', '_._', 'a/b', '../x', "a'b", '<b>', 'a\u202eb', 'a\u200bb', 'ﬁsh', 'Ａnna', 'e\u0301a', '①②', '🦉🦉', 'a\n', 'boss\u034f', 'boss\ufe0f', 'bo\u1160ss', 'boss\u{e0100}'])('C-12: %j may be none', (name) =>
    expect(mayBeUserName(name, null)).toBe(false),
  );

  it('C-11, C-12: digits alone are a phone number, and only its owner may be called so', () => {
    expect([mayBeUserName('4915112345678', '+4915112345678'), mayBeUserName('4915112345678', '+4915112345679'), mayBeUserName('4915112345678', null)]).toEqual([true, false, false]);
  });
});
