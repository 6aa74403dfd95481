import type { NextFunction, Request, RequestHandler, Response } from 'express';

/**
 * A part of a request's way, without Express's `next`: it is over when it returns, or when what it returns is
 * settled. It ends the way by throwing, or by answering.
 */
export type Step = (req: Request, res: Response) => void | Promise<void>;

/** Several steps as one. Nothing is waited for where there is nothing to wait for: a promise costs as much as most steps. */
export function inOrder(...steps: readonly Step[]): Step {
  function walk(req: Request, res: Response, from: number): void | Promise<void> {
    for (let at = from; at < steps.length; at += 1) {
      const waiting = steps[at]!(req, res);
      if (waiting) return waiting.then(() => (res.writableEnded ? undefined : walk(req, res, at + 1)));
      if (res.writableEnded) return;
    }
  }
  return (req, res) => walk(req, res, 0);
}

/** Steps as one middleware: each layer of Express's router has a price of its own. */
export function middleware(...steps: readonly Step[]): RequestHandler {
  const walk = inOrder(...steps);
  function middleware(req: Request, res: Response, next: NextFunction): void | Promise<void> {
    const waiting = walk(req, res);
    if (waiting) return waiting.then(() => onward(res, next));
    onward(res, next);
  }
  // Whoever walks the stack of the app sees what stands in it (D-01).
  return Object.defineProperty(middleware, 'name', { value: steps.map(({ name }) => name).join(' ') });
}

function onward(res: Response, next: NextFunction): void {
  if (!res.writableEnded) next();
}
