import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { acrossFields, type Asked } from './across-fields.js';
import { readIssues, type InputIssue } from './issues.js';
import { createValidator } from './validate.js';

type Fields = { one?: string | undefined; two?: string | undefined };

const schemaWith = (rule: (asked: Asked<Fields>) => void) => z.strictObject({ one: z.string().max(3).optional(), two: z.string().transform((text) => text.length).pipe(z.number().max(3)).transform(String).optional() }).check(acrossFields<Fields>(rule));

describe('a rule across fields', () => {
  it('is asked also where fields are wrong, and is given those that are not', () => {
    const asked: unknown[] = [];
    const schema = schemaWith(({ sound, isGiven, isWrong }) => asked.push([sound, isGiven('one'), isGiven('two'), isWrong]));
    for (const body of [{ one: 'x', two: 'y' }, { one: 5, two: 'y' }, { one: 'x', two: 'long' }, { one: null }, { one: 'long', three: 1 }, {}]) schema.safeParse(body, { reportInput: true });
    expect(asked).toEqual([
      [{ one: 'x', two: '1' }, true, true, false],
      [{ two: '1' }, true, true, true],
      [{ one: 'x' }, true, true, true],
      [{}, true, false, true],
      [{}, true, false, true],
      [{}, false, false, false],
    ]);
  });

  it.each([[[]], [null], ['x'], [undefined]])('is not asked about %j, which has no fields', (body) => {
    const schema = schemaWith(() => {
      throw new Error('it was asked');
    });
    expect(schema.safeParse(body).success).toBe(false);
  });

  it('refuses with a code and values of ours, beside what else is wrong', () => {
    const schema = schemaWith(({ refuse }) => refuse({ path: 'two', code: 'too_long', params: { maximum: 7 } }));
    expect(readIssues(schema.safeParse({ one: 'long' }, { reportInput: true }).error!)).toEqual([{ path: 'one', code: 'too_long', params: { maximum: 3 } }, { path: 'two', code: 'too_long', params: { maximum: 7 } }]);
  });
});

describe('what a validator lists', () => {
  const listed = (schema: z.ZodType, body: unknown, refused: InputIssue[] = []) => {
    const wrong: InputIssue[] = [{ path: 'before', code: 'required' }];
    expect(createValidator(schema)(body, wrong, refused)).toBeUndefined();
    return wrong.map(({ path, code }) => [path, code]);
  };

  it('stands in the order of the fields, then what is not known, then the whole; behind what was wrong before', () => {
    const rule = acrossFields<object>(({ refuse }) => {
      refuse({ path: '', code: 'empty_body' });
      refuse({ path: 'a', code: 'required' });
    });
    const schema = z.strictObject({ a: z.string().optional(), b: z.string(), c: z.array(z.string()) }).check(rule).transform((body) => body.b);
    expect(listed(schema, { z: 1, c: ['x', 5], b: 5 })).toEqual([['before', 'required'], ['a', 'required'], ['b', 'invalid_type'], ['c.1', 'invalid_type'], ['z', 'unrecognized_key'], ['', 'empty_body']]);
  });

  it('E-02, E-04: holds every field with hostile text once, and no rule sees any', () => {
    const seen: unknown[] = [];
    const schema = z.object({ a: z.string(), b: z.object({ c: z.string() }), d: z.string() }).check(acrossFields<{ a: string; b: object; d: string }>(({ sound }) => seen.push(sound)));
    expect(listed(schema, { a: '\0', b: { c: '\ud800' }, d: 'x', e: ['\0'], 'f\0': 1 })).toEqual([['before', 'required'], ['a', 'null_byte'], ['b.c', 'malformed_text'], ['e.0', 'null_byte'], ['', 'null_byte']]);
    expect(seen).toEqual([{ d: 'x' }]);
  });

  it('holds what was refused before the schema was asked, and nothing else of those fields', () => {
    expect(listed(z.object({ a: z.string(), b: z.string() }), { a: ['x', 'y'] }, [{ path: 'a', code: 'repeated_parameter' }])).toEqual([['before', 'required'], ['a', 'repeated_parameter'], ['b', 'required']]);
  });
});
