import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createResponder, ResponseShapeError } from './responder.js';

const schema = z.object({ name: z.string() });

describe('what leaves is parsed', () => {
  it('C-21: a field the schema does not name cannot leak', () => {
    expect(createResponder(schema)({ name: 'a', password: '$2b$12$x' })).toBe('{"name":"a"}');
    expect(createResponder(schema)(Object.freeze({ name: 'a', password: '$2b$12$x' }))).toBe('{"name":"a"}');
  });

  it('an answer that does not fit is a bug, and is not sent', () => {
    expect(() => createResponder(schema)({ name: 7 })).toThrow(ResponseShapeError);
  });

  it('remembers a frozen object, and only that', () => {
    const present = createResponder(schema);
    const open = { name: 'before' };
    present(open);
    open.name = 'after';
    expect(present(open)).toBe('{"name":"after"}');
    const frozen = Object.freeze({ name: 'same' });
    expect(present(frozen)).toBe(present(frozen));
  });
});
