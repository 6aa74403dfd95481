import { randomBytes } from 'node:crypto';
import type { Passwords } from '../passwords/passwords.js';

export type FirstAdmin = {
  email: string;
  /** Only set when it was made up here: it is printed once and kept nowhere. */
  generatedPassword: string | undefined;
  hashPassword(): Promise<string>;
};

const DEVELOPMENT_EMAIL = 'admin@example.com';

/**
 * The first super_admin: the configured one; in development, without one, an
 * account with a random password. Nobody else gets one by default (G-12).
 */
export function createFirstAdmin(parts: { passwords: Passwords; admin: Readonly<{ email: string | undefined; password: string | undefined }>; development: boolean }): FirstAdmin | undefined {
  const { email, password } = parts.admin;
  if (!parts.development && !email) return undefined;
  const generatedPassword = password === undefined ? randomBytes(12).toString('base64url') : undefined;
  return {
    email: email ?? DEVELOPMENT_EMAIL,
    generatedPassword,
    hashPassword: () => parts.passwords.hash(password ?? generatedPassword!),
  };
}
