import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { authErrors } from '../../shared/auth-errors.js';
import { checkCodeBody, checkedSchema, messageSchema, sendCodeBody, type CodeRules } from './otp.schema.js';
import type { OtpService } from './otp.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

export function otpRoutes({ otp }: { otp: Pick<OtpService, 'send' | 'check' | 'canSend' | 'requiresPurpose'> }): Endpoint[] {
  const rules: CodeRules = { canSend: (channel) => otp.canSend(channel), requiresPurpose: () => otp.requiresPurpose() };

  return [
    endpoint({
      method: 'POST',
      path: '/auth/send-one-time-password',
      summary: 'Send a one-time code',
      description: 'Answers the same whether or not an account exists. A code lives ten minutes and takes five tries.',
      tag,
      access: 'public',
      limit: 'otp_send',
      request: { body: sendCodeBody(rules) },
      response: messageSchema,
      message: 'otp_sent',
      invalid,
      errors: [authErrors.AUTH_CHANNEL_UNSUPPORTED, authErrors.AUTH_OTP_SEND_FAILED, authErrors.AUTH_OTP_THROTTLED],
      audit: ['code_sent'],
      async handler({ body, language, origin }) {
        await otp.send({ identity: body.identity, channel: body.channel, purpose: body.purpose ?? 'any', language, origin });
        return { message: 'OTP sent successfully' };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/auth/verify-one-time-password',
      summary: 'Check a one-time code without using it up',
      description: 'The code can still be used where it belongs. Every check counts as one of its five tries, a right one too.',
      tag,
      access: 'public',
      limit: 'auth',
      failsEvenly: true,
      request: { body: checkCodeBody(rules) },
      response: checkedSchema,
      message: 'otp_verified',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_CHANNEL_UNSUPPORTED],
      audit: ['code_checked', 'code_failed'],
      async handler({ body, origin }) {
        await otp.check({ identity: body.identity, written: body.user_id, channel: body.channel, purpose: body.purpose, code: body.otp, origin });
        return { user_id: body.user_id };
      },
    }),
  ];
}
