import { deriveKey } from '../src/infra/app-keys.js';
import { hashCode } from '../src/modules/otp/code-hash.js';
import { createOtpRepo, type Purpose } from '../src/modules/otp/otp.repo.js';
import type { Channel } from '../src/shared/code-body.js';
import { hashIdentity, readIdentity } from '../src/shared/identity.js';
import type { Api } from './harness.js';

/** Puts a live code where one that was sent would be: for numbers, to which nothing can be sent here, and for two codes of one address. */
export async function plantCode(api: Api, to: string, code: string, { purpose = 'verify', channel = 'sms' }: { purpose?: Purpose; channel?: Channel } = {}): Promise<string> {
  const identity = readIdentity(to)!;
  const key = deriveKey(api.context.config.jwtSecrets![0]!, 'otp');
  await createOtpRepo().replace(api.context.db, { identityHash: hashIdentity(identity), purpose, channel, codeHash: hashCode(key, { identity, channel, purpose }, code), lifeSeconds: 600 });
  return code;
}
