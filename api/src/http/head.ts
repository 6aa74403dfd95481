import { ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { Step } from './steps.js';

/** Names and values by turns, as `writeHead` takes them. */
export type HeaderLines = readonly string[];

/**
 * The headers that an answer has whoever writes it: collected on the way and written with the status, in one go. Twenty
 * `setHeader` cost more than our whole routing. What is set on the response itself wins over them.
 */
export class Head {
  private lines: string[] = [];

  /** Adds headers of which none is there yet. */
  add(lines: HeaderLines): void {
    for (let at = 0; at < lines.length; at += 1) this.lines.push(lines[at]!);
  }

  /** @param name as it was spelt when it was added */
  get(name: string): string | undefined {
    for (let at = 0; at < this.lines.length; at += 2) if (this.lines[at] === name) return this.lines[at + 1];
    return undefined;
  }

  /** Adds headers in place of those of the same names. */
  replace(lines: HeaderLines): void {
    const kept = this.lines.filter((_text, at) => !isNamed(lines, this.lines[at - (at % 2)]!));
    this.lines = kept.concat(lines);
  }

  /** Takes a header back. @param name as it was spelt when it was added */
  remove(name: string): void {
    this.lines = this.lines.filter((_text, at) => this.lines[at - (at % 2)] !== name);
  }

  /** All of them, with those of whoever writes the answer; not kept, because Node may refuse these. */
  complete(lines: HeaderLines): string[] {
    return this.lines.concat(lines);
  }

  /** Makes them headers of the response like any other, for whoever may want to replace or remove one. */
  moveTo(res: Response): void {
    for (let at = 0; at < this.lines.length; at += 2) {
      const name = this.lines[at]!;
      if (!res.hasHeader(name)) res.setHeader(name, this.lines[at + 1]!);
    }
    this.lines = [];
  }
}

function isNamed(lines: HeaderLines, name: string): boolean {
  return lines.some((text, at) => at % 2 === 0 && text === name);
}

/** Before parts that replace and remove headers of the response: they find there what was collected. */
export function headersOfResponse(): Step {
  return function headersOfResponse(req, res) {
    req.context.head.moveTo(res);
  };
}

/** Begins to collect: whatever writes the head of this response, Node itself included, writes what was collected with it. */
export function collectHead(res: Response): Head {
  res.writeHead = writeHead as Response['writeHead'];
  return new Head();
}

function writeHead(this: Response, status: number, ...rest: unknown[]): Response {
  const { head } = this.req.context;
  const own = rest.length === 0 ? NONE : rest[0];
  // The common case: nothing was set on the response, and Node need not merge.
  if (Array.isArray(own) && this.getHeaderNames().length === 0) return write.call(this, status, head.complete(own as string[]));
  head.moveTo(this);
  return write.call(this, status, ...rest);
}

const NONE: HeaderLines = [];
const write = ServerResponse.prototype.writeHead as (this: Response, ...parts: unknown[]) => Response;
