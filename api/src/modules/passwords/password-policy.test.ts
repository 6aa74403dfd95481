import { describe, expect, it } from '@jest/globals';
import { createCommonPasswords } from './common-passwords.js';
import { createPasswordChecks } from './password-checks.js';
import { countCharacters, findWeaknesses, holdsUserInfo, type PasswordOwner } from './password-policy.js';

const RULES = { minLength: 8, requireUppercase: true, requireLowercase: true, requireNumbers: true, requireSymbols: true, preventCommon: true, preventUserInfo: true };
const NO_RULES = { minLength: 1, requireUppercase: false, requireLowercase: false, requireNumbers: false, requireSymbols: false, preventCommon: false, preventUserInfo: false };
const codes = (password: string, change = {}) => findWeaknesses(password, { ...RULES, ...change }).map(({ code }) => code);

describe('the characters of a password', () => {
  it('every rule that is not kept is named, at once', () => {
    expect(findWeaknesses('', { ...RULES, minLength: 12 })).toEqual([
      { path: 'password', code: 'password_too_short', params: { minimum: 12 } },
      { path: 'password', code: 'password_uppercase' },
      { path: 'password', code: 'password_lowercase' },
      { path: 'password', code: 'password_number' },
      { path: 'password', code: 'password_symbol' },
    ]);
    expect(findWeaknesses('Abcdef1!', RULES)).toEqual([]);
  });

  it.each([
    ['requireUppercase', 'abcdef1!', 'password_uppercase'],
    ['requireLowercase', 'ABCDEF1!', 'password_lowercase'],
    ['requireNumbers', 'Abcdefg!', 'password_number'],
    ['requireSymbols', 'Abcdefg1', 'password_symbol'],
  ])('%s can be turned off, and is the only one that misses in %s', (rule, password, code) => {
    expect(codes(password)).toEqual([code]);
    expect(codes(password, { [rule]: false })).toEqual([]);
  });

  it.each([...'!@#$%^&*(),.?":{}|<>', ..."-_=+[];'/\\~`§€¿。🔑"])('%s is a symbol', (symbol) => expect(codes(`Abcdef1${symbol}`)).toEqual([]));

  it.each([' ', 'ä', '\t', '\u200b'])('%j is none', (character) => expect(codes(`Abcdef1${character}`)).toEqual(['password_symbol']));

  it.each([
    ['Greek', 'Ωμέγα-2026'],
    ['Cyrillic', 'Пароль-12'],
    ['with Arabic digits', 'Abcdefg-٤٢'],
    ['German', 'Äöüäöü1!'],
  ])('letters and digits of other scripts count: %s', (_what, password) => expect(codes(password)).toEqual([]));

  it('a script without capitals has neither capitals nor small letters', () => {
    expect(codes('كلمةسرية-12')).toEqual(['password_uppercase', 'password_lowercase']);
    expect(codes('密码密码密码-12')).toEqual(['password_uppercase', 'password_lowercase']);
  });

  it('a character is one, however many units or bytes it takes', () => {
    expect(countCharacters('🔑é')).toBe(2);
    expect(codes('Aa1🔑🔑🔑🔑')).toEqual(['password_too_short']);
    expect(codes('Aa1🔑🔑🔑🔑🔑')).toEqual([]);
  });
});

describe('what its owner is called', () => {
  const owner: PasswordOwner = { email: 'Maria.Lind@mail.example', user_name: 'lindworm', first_name: 'Anna Sofía', last_name: "O'Neil", phone_e164: '+4930123456', phone_number: { phone: '+49 171 9999999' } };

  it.each([
    'x-maria.lind@MAIL.example-9', 'Maria.Lind-9', '9MARIA.LIND!', 'my-LindWorm-9', 'Hi-anna sofía-9', 'Hi-Anna-9', 'Hi-SOFÍA-9', 'Hi-Sofi\u0301a-9', "o'neil-Rocks-9", 'Call-4930123456!', 'Call-491719999999!', 'Ａｎｎａ-rocks-9',
  ])('%s is refused (C-18)', (password) => expect(holdsUserInfo(password, owner)).toBe(true));

  it.each(['Correct-horse-7', 'Lind-9-abcdef', 'mail.example-9A', 'Ann-a-9-abcdef', '4930123-Abcdef'])('%s is let pass', (password) => expect(holdsUserInfo(password, owner)).toBe(false));

  it('what is shorter than four characters stands in too many words', () => {
    const short: PasswordOwner = { email: 'jo@x', user_name: 'al', first_name: 'Bo', last_name: 'Lee', phone_e164: null, phone_number: { phone: 12 } };
    expect(holdsUserInfo('Jolly-also-Boleefly-9', short)).toBe(false);
    expect(holdsUserInfo('My-jo@x-Abc-9', short)).toBe(true);
  });

  it('an account without names refuses nothing', () => {
    const nobody: PasswordOwner = { email: null, user_name: null, first_name: null, last_name: '   ', phone_e164: null, phone_number: null };
    expect(holdsUserInfo('Anything    9!', nobody)).toBe(false);
    expect(holdsUserInfo('', nobody)).toBe(false);
  });
});

describe('what a password shows by itself', () => {
  const history = { holds: () => Promise.resolve(false), keep: () => Promise.resolve() };
  const found = (password: string, change = {}, confirmation = password) => {
    const checks = createPasswordChecks({ rules: { ...NO_RULES, preventCommon: true, ...change }, serviceName: 'Tessera', common: createCommonPasswords(), history });
    return checks.ofPassword({ password, confirmation }).map(({ path, code }) => [path, code]);
  };

  it.each(['123456', 'password', 'PASSWORD', 'P@ssw0rd', '!QAZ2wsx', 'qwertyuiop', 'iloveyou', 'Football'])('%s is one of the list, in any case (C-18)', (password) => {
    expect(found(password)).toEqual([['password', 'password_common']]);
    expect(found(password, { preventCommon: false })).toEqual([]);
  });

  it.each(['Passw0rd!2', 'P@ssw0rd ', 'correct horse battery', 'password\u200b', 'constructor', '__proto__'])('%j is not: only the whole of a password is compared', (password) => expect(found(password)).toEqual([]));

  it('the list is the whole one', async () => {
    const { dictionary } = await import('@zxcvbn-ts/language-common');
    const words = dictionary['passwords-common'];
    expect(words).toHaveLength(49_233);
    const common = createCommonPasswords();
    expect(words.filter((word) => !common.includes(word))).toEqual([]);
  });

  it('the name of the service is refused with what is common (C-18, ASVS 6.2.11)', () => {
    expect(found('My-tessera-99')).toEqual([['password', 'password_service_name']]);
    expect(found('My-tessera-99', { preventCommon: false })).toEqual([]);
  });

  it('two that differ by a byte are not the same', () => {
    expect(found('Nine-Lives-9', {}, 'Nine-Lives-9 ')).toEqual([['confirm_password', 'passwords_differ']]);
    expect(found('\u00e9', {}, 'e\u0301')).toEqual([['confirm_password', 'passwords_differ']]);
  });

  it('E-16: 1,024 characters of any kind are looked at in no time', async () => {
    const name = 'a'.repeat(500);
    for (const password of ['a'.repeat(1_024), '@'.repeat(1_024), ' '.repeat(1_024), '\ufdfa'.repeat(1_024)]) {
      const before = process.cpuUsage();
      found(password, RULES);
      holdsUserInfo(password, { email: `${'@'.repeat(2_000)}x`, user_name: name, first_name: ' '.repeat(5_000), last_name: name, phone_e164: null, phone_number: null });
      // What tries every way through a text takes minutes.
      expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
    }
  });
});
