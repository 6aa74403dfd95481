import type { ZodType } from 'zod';
import type { Language } from '../i18n/language.js';
import type { MessageKey } from '../i18n/translator.js';
import type { CustomPermission, GroupCodename, PermissionCodename } from '../shared/permission-catalogue.js';
import type { Principal, RequestOrigin } from '../shared/principal.js';
import type { ErrorDefinition } from './errors.js';
import type { FileRule, ReceivedFile } from './multipart.js';
import type { LimitName } from './rate-limit.js';
import type { Streamed } from './streamed.js';

/** Who may call: written where the route is written. A permission that is not in the catalogue does not compile, unless it is said to be a custom one. */
export type Access = 'public' | 'session' | { permission: PermissionCodename | CustomPermission } | { group: GroupCodename };

/** What a handler gets. With `access: 'public'` there is no `principal`: using one does not compile. */
export type Call<A extends Access, P, Q, B, F = undefined> = {
  params: P;
  query: Q;
  body: B;
  /** The one file of a multipart body, where the endpoint asks for one. It is gone when the handler is done. */
  file: F extends FileRule ? ReceivedFile : undefined;
  language: Language;
  origin: RequestOrigin;
  principal: A extends 'public' ? undefined : Principal;
  reply: Reply;
};

/** The few things a handler may say beside its data. */
export type Reply = {
  /** Replaces the endpoint's usual message. */
  message(key: MessageKey, params?: Record<string, string | number>): void;
  meta(meta: Record<string, unknown>): void;
  header(name: string, value: string): void;
};

export type EndpointSpec<A extends Access, P, Q, B, R, F = undefined> = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/{MODE}`; a path that begins with `//` stands at the server's root. */
  path: string;
  /** Other spellings that old clients use: same handler, answered with a `Deprecation` header. */
  aliases?: readonly string[];
  /** The endpoint itself is only there for old clients: answered like an alias, and with a `Link` to the successor where there is one. */
  deprecated?: true | { successor: string };
  summary: string;
  description?: string;
  /** The section of the documentation. */
  tag: string;
  access: A;
  /** A limit of its own beside the general one. */
  limit?: LimitName;
  /** Its failures leave at a beat, so that their time does not tell what they found: for whatever is tried on accounts by strangers (C-10). */
  failsEvenly?: true;
  /** A body or a file, not both. */
  request?: { params?: ZodType<P>; query?: ZodType<Q>; body?: ZodType<B>; file?: F };
  /** The shape of `data`. The answer is parsed by it, so an undeclared field cannot leak. Or `bytesOf(type)`, for an answer that is no JSON. */
  response: ZodType<R>;
  message: MessageKey;
  /** Of success; 200 unless said. */
  status?: 200 | 201;
  /** The error that malformed input gets here. */
  invalid?: ErrorDefinition;
  /** Every failure this endpoint may answer, beyond those of its access, limit and input. */
  errors?: readonly ErrorDefinition[];
  /** The activity entries it leaves, or why there is none. */
  audit: readonly string[] | 'reads only';
  /** Data that may be too much to hold is `streamed(…)`. */
  handler(call: Call<A, P, Q, B, F>): Promise<NoInfer<R> | Streamed> | NoInfer<R> | Streamed;
};

/** An endpoint whose types have been checked and forgotten: what the table holds. */
export type Endpoint = Omit<EndpointSpec<Access, unknown, unknown, unknown, unknown, FileRule | undefined>, 'handler'> & {
  handler(call: Call<Access, unknown, unknown, unknown, FileRule | undefined>): unknown;
};

/**
 * One object from which come validation, types, access control, rate limit,
 * documentation with its failures, and the deprecated aliases.
 */
export function endpoint<A extends Access, P = undefined, Q = undefined, B = undefined, R = unknown, F extends FileRule | undefined = undefined>(spec: EndpointSpec<A, P, Q, B, R, F>): Endpoint {
  // The caller's types were checked against its own schemas above; the table calls the handler with values those schemas made.
  return Object.freeze(spec);
}
