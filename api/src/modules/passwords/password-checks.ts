import { ApiError } from '../../http/errors.js';
import type { InputIssue } from '../../http/issues.js';
import type { Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { UserRow } from '../../shared/user-row.js';
import type { CommonPasswords } from './common-passwords.js';
import type { PasswordHistory } from './password-history.js';
import { findWeaknesses, holdsName, holdsUserInfo, type PasswordOwner, type PasswordRules } from './password-policy.js';

/** A password somebody wants to have, and the same once more. */
export type WantedPassword = Readonly<{ password: string; confirmation: string }>;

export type PasswordChecksParts = { rules: PasswordRules; serviceName: string; common: CommonPasswords; history: PasswordHistory };

export type PasswordChecks = ReturnType<typeof createPasswordChecks>;

/** What is wrong with a new password, apart by what one has to know to tell. */
export function createPasswordChecks({ rules, serviceName, common, history }: PasswordChecksParts) {
  return {
    /** What the password shows by itself; without the same once more, nothing is said of that. */
    ofPassword({ password, confirmation }: Pick<WantedPassword, 'password'> & Partial<WantedPassword>): InputIssue[] {
      const issues = findWeaknesses(password, rules);
      if (rules.preventCommon && common.includes(password)) issues.push({ path: 'password', code: 'password_common' });
      if (rules.preventCommon && holdsName(password, serviceName)) issues.push({ path: 'password', code: 'password_service_name', params: { word: serviceName } });
      if (confirmation !== undefined && password !== confirmation) issues.push({ path: 'confirm_password', code: 'passwords_differ' });
      return issues;
    },

    /** What only who knows the account can tell: nobody else may be answered with it. */
    ofOwner(password: string, owner: PasswordOwner): InputIssue[] {
      return rules.preventUserInfo && holdsUserInfo(password, owner) ? [{ path: 'password', code: 'password_user_info' }] : [];
    },

    /** What only its owner may learn: that he has, or had, this password. */
    async ofHistory(db: Queryable, user: Pick<UserRow, 'user_id' | 'password'>, password: string): Promise<InputIssue[]> {
      return (await history.holds(db, user, password)) ? [{ path: 'password', code: 'password_reused' }] : [];
    },
  };
}

/** @throws ApiError AUTH_INVALID_PAYLOAD that lists every one, when there is any: those of the password, then those of the same once more */
export function assertNone(issues: readonly InputIssue[]): void {
  const isOfPassword = ({ path }: InputIssue) => path === 'password';
  if (issues.length > 0) throw new ApiError(authErrors.AUTH_INVALID_PAYLOAD, { issues: [...issues.filter(isOfPassword), ...issues.filter((issue) => !isOfPassword(issue))] });
}
