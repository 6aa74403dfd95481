import type { Database } from '../../infra/postgres.js';
import type { Changes } from '../../shared/changes.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import type { Lockout } from '../lockout/lockout.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { OtpService } from '../otp/otp.service.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { SessionFreshness } from '../sessions/session-freshness.js';
import type { UsersRepo } from '../users/users.repo.js';
import { createCommonPasswords } from './common-passwords.js';
import { createPasswordAttempts } from './password-attempts.js';
import { createPasswordChecks } from './password-checks.js';
import { createPasswordHistory } from './password-history.js';
import { createPasswordHistoryRepo } from './password-history.repo.js';
import type { PasswordRules } from './password-policy.js';
import { createRecordRenewal } from './password-renewal.js';
import { createPasswordReset } from './password-reset.service.js';
import { createPasswordsRepo } from './passwords.repo.js';
import { createPasswordsService } from './passwords.service.js';
import type { Passwords } from './passwords.js';

export type PasswordServicesParts = {
  db: Database;
  users: UsersRepo;
  hashing: Passwords;
  budgets: BudgetsRepo;
  otp: OtpService;
  lockout: Lockout;
  activity: ActivityService;
  notices: AccountNotices;
  sessionEnds: SessionEndsRepo;
  freshness: SessionFreshness;
  changes: Changes;
  serviceName: string;
  rules: PasswordRules & Readonly<{ historyCount: number }>;
  limits: Readonly<{ maxFailures: number; windowSeconds: number }>;
};

/** The parts of this module, put together. */
export function createPasswordServices({ hashing: passwords, rules, notices, budgets, limits, serviceName, ...shared }: PasswordServicesParts) {
  const history = createPasswordHistory({ repo: createPasswordHistoryRepo(), passwords, count: rules.historyCount });
  const checks = createPasswordChecks({ rules, serviceName, common: createCommonPasswords(), history });
  const parts = {
    ...shared,
    passwords,
    repo: createPasswordsRepo(),
    checks,
    attempts: createPasswordAttempts({ budgets, limits }),
    recordRenewal: createRecordRenewal({ history, activity: shared.activity, notices }),
  };
  return { passwords: createPasswordsService(parts), passwordReset: createPasswordReset(parts), passwordChecks: checks };
}
