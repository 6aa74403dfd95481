import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { authErrors } from '../../shared/auth-errors.js';
import { messageSchema, sendCodeBody } from './otp.schema.js';
import type { OtpService } from './otp.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

export function otpRoutes({ otp }: { otp: OtpService }): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/auth/send-one-time-password',
      summary: 'Send a one-time code',
      description: 'Answers the same whether or not an account exists. A code lives ten minutes and takes five tries.',
      tag,
      access: 'public',
      limit: 'otp_send',
      request: { body: sendCodeBody((channel) => otp.canSend(channel)) },
      response: messageSchema,
      message: 'otp_sent',
      invalid,
      errors: [authErrors.AUTH_CHANNEL_UNSUPPORTED, authErrors.AUTH_OTP_THROTTLED],
      audit: ['code_sent'],
      async handler({ body, language, origin }) {
        await otp.send({ identity: body.identity, channel: body.channel, purpose: body.purpose ?? 'any', language, origin });
        return { message: 'OTP sent successfully' };
      },
    }),
  ];
}
