import { describe, expect, it } from '@jest/globals';
import { maskValue } from './mask-value.js';

describe('maskValue (H-03)', () => {
  it.each(['password', 'old_password', 'newPassword', 'token', 'refresh_token', 'X-Session-Token', 'x-device-token', 'JWT_SECRET', 'Authorization', 'cookie', 'Set-Cookie', 'api_key', 'apiKey', 'x-api-key', 'otp', 'OTP', 'loginOtp', 'otp_code', 'reset_code', 'auth', 'credentials'])(
    'masks whatever stands under the name %s, at any depth',
    (key) => {
      expect(JSON.stringify(maskValue({ a: [{ b: { [key]: 'hunter2' } }] }))).toContain(`"${key}":"[masked]"`);
      expect(JSON.stringify(maskValue({ [key]: { nested: ['hunter2', 123456] } }))).not.toMatch(/hunter2|123456/);
      expect(JSON.stringify(maskValue({ [key]: 123456 }))).not.toContain('123456');
    },
  );

  it('masks a code of digits, and keeps error codes', () => {
    expect(maskValue({ code: '123456' })).toEqual({ code: '[masked]' });
    expect(maskValue({ code: 1205 })).toEqual({ code: 1205 });
    expect(maskValue({ code: 'ECONNREFUSED' })).toEqual({ code: 'ECONNREFUSED' });
    expect(maskValue({ error: Object.assign(new Error('x'), { code: '23505' }) })).toMatchObject({ error: { code: '23505' } });
    expect(maskValue({ error: Object.assign(new Error('x'), { code: '123456' }) })).toMatchObject({ error: { code: '[masked]' } });
  });

  it('keeps a yes or no under a secret name', () => {
    expect(maskValue({ has_password: true, access_token_revoked: false, token: null })).toEqual({ has_password: true, access_token_revoked: false, token: null });
  });

  it('masks inside keys, too', () => {
    expect(maskValue({ 'john@example.com': 1 })).toEqual({ 'j***@example.com': 1 });
  });

  it('tells an error with its causes, and nothing that a driver hung on it', () => {
    const cause = Object.assign(new Error('duplicate key: postgresql://app:hunter2@db/x'), { code: '23505', detail: 'Failing row contains (john, hunter2)', parameters: ['hunter2'] });
    const error = new TypeError('could not save', { cause });
    const masked = maskValue({ error }) as { error: { stack: string; cause: { stack: string } } };
    expect(masked).toMatchObject({ error: { name: 'TypeError', message: 'could not save', cause: { name: 'Error', message: 'duplicate key: postgresql://app:***@db/x', code: '23505' } } });
    expect(masked.error.stack).toContain('mask-value.test');
    expect(JSON.stringify(masked)).not.toMatch(/hunter2|Failing row/);
  });

  it('tells the parts of an AggregateError', () => {
    expect(maskValue(new AggregateError([new Error('one'), new Error('two')], 'both'))).toMatchObject({ message: 'both', errors: [{ message: 'one' }, { message: 'two' }] });
  });

  it('survives cycles, depth, size and strange values', () => {
    const cycle: Record<string, unknown> = { name: 'x' };
    cycle['self'] = cycle;
    const error = new Error('loop');
    error.cause = error;
    let deep: unknown = 'end';
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key_${index}`, Array.from({ length: 1_000 }, () => 'x')]));
    const strange = {
      big: 10n,
      nan: NaN,
      bytes: Buffer.from('hunter2'),
      date: new Date(0),
      bad: new Date(NaN),
      map: new Map<unknown, unknown>([['password', 'hunter2']]),
      set: new Set([1]),
      url: new URL('https://u:hunter2@example.com/'),
      call() {
        return 1;
      },
      symbol: Symbol('s'),
      get boom() {
        throw new Error('no');
      },
      proxy: new Proxy({}, { ownKeys: () => { throw new Error('no'); } }),
      json: { toJSON: () => ({ password: 'hunter2' }) },
    };
    expect(maskValue(cycle)).toEqual({ name: 'x', self: '[circular]' });
    expect(maskValue(error)).toMatchObject({ cause: '[circular]' });
    expect(JSON.stringify(maskValue(deep)).length).toBeLessThan(200);
    expect(JSON.stringify(maskValue(wide)).length).toBeLessThan(20_000);
    expect(JSON.parse(JSON.stringify(maskValue(strange)))).toEqual({
      big: '10',
      nan: 'NaN',
      bytes: '[7 bytes]',
      date: '1970-01-01T00:00:00.000Z',
      bad: 'Invalid Date',
      map: { password: '[masked]' },
      set: [1],
      url: 'https://***@example.com/',
      call: '[function]',
      symbol: '[symbol]',
      boom: '[unreadable]',
      proxy: '[unreadable]',
      json: { password: '[masked]' },
    });
  });

  it('treats __proto__ as a name like any other (E-08)', () => {
    expect(JSON.stringify(maskValue(JSON.parse('{"__proto__":{"polluted":1}}')))).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
