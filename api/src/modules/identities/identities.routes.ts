import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { authErrors } from '../../shared/auth-errors.js';
import { codeBody } from '../../shared/code-body.js';
import type { OtpService } from '../otp/otp.service.js';
import { availabilityBody, availabilitySchema, verifiedSchema } from './identities.schema.js';
import type { IdentitiesService } from './identities.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

export function identitiesRoutes({ identities, otp }: { identities: IdentitiesService; otp: Pick<OtpService, 'canSend'> }): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/auth/check-user-availability',
      summary: 'Ask whether an account exists',
      description: '`available` is true when there is an account. At least one of `user_id`, `phone` and `email`; the first that is given counts.',
      tag,
      access: 'public',
      limit: 'availability',
      request: { body: availabilityBody },
      response: availabilitySchema,
      message: 'user_available',
      invalid,
      audit: 'reads only',
      async handler({ body, reply }) {
        const available = await identities.isTaken(body);
        if (!available) reply.message('user_not_available');
        return { available, first_name: null, last_name: null };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/auth/verify-email-and-phone',
      summary: 'Prove an e-mail address or phone number with a one-time code',
      description: 'Uses the code up and marks the identity of its account as verified. Opens no session.',
      tag,
      access: 'public',
      limit: 'auth',
      failsEvenly: true,
      request: { body: codeBody((channel) => otp.canSend(channel)) },
      response: verifiedSchema,
      message: 'email_verified',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_CHANNEL_UNSUPPORTED],
      audit: ['identity_verified', 'code_failed'],
      async handler({ body, origin, reply }) {
        const { user_id, channel, identity, otp: code } = body;
        await identities.verify({ written: user_id, identity, channel, code, origin });
        reply.message(`${channel}_verified`);
        return { user_id, channel, verified: true as const };
      },
    }),
  ];
}
