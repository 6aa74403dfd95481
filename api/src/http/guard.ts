import type { Request } from 'express';
import { SUPER_ADMIN, type Principal } from '../shared/principal.js';
import { unauthorized } from './credentials.js';
import type { Access } from './endpoint.js';
import { ApiError, httpErrors } from './errors.js';

/** Lets a request pass or throws: 401 without a good credential, 403 without the right. Errors deny (D-08). */
export type Guard = (req: Request) => Principal | undefined;

/** The guard of an endpoint, built once from its `access`. */
export function createGuard(access: Access): Guard {
  if (access === 'public') return () => undefined;
  const allowed = decide(access);
  return function guard(req) {
    const { principal, credentialError } = req.context;
    if (credentialError !== undefined) throw credentialError as Error;
    if (principal === undefined) throw unauthorized();
    if (!allowed(principal)) throw forbidden(access);
    return principal;
  };
}

function decide(access: Exclude<Access, 'public'>): (principal: Principal) => boolean {
  if (access === 'session') return () => true;
  if ('group' in access) return ({ groups }) => groups.has(access.group);
  return ({ groups, permissions }) => permissions.has(access.permission) || groups.has(SUPER_ADMIN);
}

/** The refusal of whoever lacks what an endpoint asks for: it says what that is. */
export function forbidden(access: Access): ApiError {
  return new ApiError(httpErrors.FORBIDDEN, { details: typeof access === 'string' ? undefined : missing(access) });
}

function missing(access: Exclude<Access, 'public' | 'session'>): Record<string, unknown> {
  return 'group' in access
    ? { message: `Missing required group: ${access.group}`, required_groups: [access.group] }
    : { message: `Missing required permission. Required one of: ${access.permission}`, required_permissions: [access.permission] };
}
