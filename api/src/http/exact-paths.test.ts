import { describe, expect, it, jest } from '@jest/globals';
import type { NextFunction, Request, Response } from 'express';
import { createExactPaths } from './exact-paths.js';

const ignore = () => undefined;

describe('paths by their exact spelling', () => {
  it('D-14: only that spelling and that method is served here, every other goes to the routers', () => {
    const paths = createExactPaths();
    const walk = jest.fn<() => void>();
    paths.add('GET', '/me', walk);
    paths.add('GET', '/users/:id', walk);
    const next = jest.fn();
    const ask = (method: string, path: string) => void paths.serve({ method, path } as Request, {} as Response, next as NextFunction);
    for (const [method, path] of [['GET', '/ME'], ['GET', '/me/'], ['GET', '//me'], ['GET', '/m%65'], ['HEAD', '/me'], ['POST', '/me'], ['GET', '/users/:id'], ['__proto__', '/me']] as const) ask(method, path);
    expect([walk.mock.calls.length, next.mock.calls.length]).toEqual([0, 8]);
    ask('GET', '/me');
    expect([walk.mock.calls.length, next.mock.calls.length]).toEqual([1, 8]);
  });

  it('D-14: a path that a pattern before it takes is refused: its other spellings would reach the pattern', () => {
    const paths = createExactPaths();
    paths.add('GET', '/users/:id', ignore);
    expect(() => paths.add('GET', '/users/me', ignore)).toThrow('GET /users/me is never reached: /users/:id stands before it');
    expect(() => paths.add('GET', '/Users/ME', ignore)).toThrow('never reached');
    for (const [method, path] of [['POST', '/users/me'], ['GET', '/users/me/devices'], ['GET', '/users']] as const) expect(() => paths.add(method, path, ignore)).not.toThrow();
  });
});
