import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { OtpService } from '../otp/otp.service.js';
import { codeBody, messageSchema, passwordBody, sendCodeBody, signedInSchema } from './auth.schema.js';
import type { AuthService } from './auth.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

export function authRoutes({ auth, otp }: { auth: AuthService; otp: OtpService }): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/auth/send-one-time-password',
      summary: 'Send a one-time code',
      description: 'Answers the same whether or not an account exists. A code lives ten minutes and takes five tries.',
      tag,
      access: 'public',
      limit: 'otp_send',
      request: { body: sendCodeBody },
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
      path: '/auth/verify',
      summary: 'Sign up with a one-time code',
      description: 'Creates the account in the group `user` and signs it in. No password is set.',
      tag,
      access: 'public',
      limit: 'auth',
      request: { body: codeBody },
      response: signedInSchema,
      message: 'signup_successful',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_CHANNEL_UNSUPPORTED, authErrors.AUTH_USER_ALREADY_EXISTS, authErrors.AUTH_SIGNUP_FAILED],
      audit: ['sign_up', 'sign_in_failed'],
      handler: ({ body, origin }) => auth.signUp({ identity: body.identity, written: body.user_id, channel: body.channel, code: body.otp, origin }),
    }),
    endpoint({
      method: 'POST',
      path: '/auth/login-with-otp',
      summary: 'Sign in with a one-time code',
      tag,
      access: 'public',
      limit: 'auth',
      request: { body: codeBody },
      response: signedInSchema,
      message: 'login_successful',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_INVALID_CREDENTIALS, authErrors.AUTH_CHANNEL_UNSUPPORTED],
      audit: ['sign_in', 'sign_in_failed'],
      handler: ({ body, origin }) => auth.signInWithCode({ identity: body.identity, written: body.user_id, channel: body.channel, code: body.otp, origin }),
    }),
    endpoint({
      method: 'POST',
      path: '/auth/login-with-password',
      aliases: ['/token'],
      summary: 'Sign in with a password',
      tag,
      access: 'public',
      limit: 'auth',
      request: { body: passwordBody },
      response: signedInSchema,
      message: 'login_successful',
      invalid,
      errors: [authErrors.AUTH_INVALID_CREDENTIALS],
      audit: ['sign_in', 'sign_in_failed'],
      handler: ({ body, origin }) => auth.signInWithPassword({ ...body, origin }),
    }),
  ];
}
