import type { Queryable } from '../../infra/postgres.js';
import { hashIdentity, readIdentity } from '../../shared/identity.js';
import type { UserRow } from '../../shared/user-row.js';
import type { OtpRepo } from '../otp/otp.repo.js';

/** Forgets the codes that wait to be used for an account. */
export type ForgetCodes = (tx: Queryable, user: Pick<UserRow, 'email' | 'phone_e164'>) => Promise<void>;

export function createForgetCodes({ codes }: { codes: Pick<OtpRepo, 'forget'> }): ForgetCodes {
  return async function forgetCodes(tx, { email, phone_e164: phone }) {
    const identities = [email, phone].flatMap((text) => (text === null ? [] : (readIdentity(text) ?? [])));
    await codes.forget(tx, identities.map(hashIdentity));
  };
}
