import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { OtpService } from '../otp/otp.service.js';
import type { PasswordChecks } from './password-checks.js';
import type { PasswordReset } from './password-reset.service.js';
import { changePasswordBody, forgetPasswordBody, keepsPasswordRules, messageSchema, setPasswordBody } from './passwords.schema.js';
import type { PasswordsService } from './passwords.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

export type PasswordsRoutesParts = { passwords: PasswordsService; passwordReset: PasswordReset; passwordChecks: Pick<PasswordChecks, 'ofPassword'>; otp: Pick<OtpService, 'canSend'> };

export function passwordsRoutes({ passwords, passwordReset, passwordChecks, otp }: PasswordsRoutesParts): Endpoint[] {
  const keepsRules = keepsPasswordRules((wanted) => passwordChecks.ofPassword(wanted));

  return [
    endpoint({
      method: 'POST',
      path: '/auth/set-password',
      summary: 'Set your first password',
      description: 'Only while you have none, and soon after a sign-in. Your sessions stay.',
      tag,
      access: { permission: 'edit_profile' },
      request: { body: setPasswordBody(keepsRules) },
      response: messageSchema,
      message: 'password_set',
      invalid,
      errors: [authErrors.AUTH_PASSWORD_ALREADY_SET, authErrors.AUTH_REAUTH_REQUIRED],
      audit: ['password_set', 'password_change_failed'],
      async handler({ principal, body, origin }) {
        await passwords.set(principal, { password: body.password, confirmation: body.confirm_password }, origin);
        return { message: 'Password set successfully' };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/auth/change-password',
      summary: 'Change your password',
      description: 'Ends your other sessions; the one you are asking with stays.',
      tag,
      access: { permission: 'edit_profile' },
      limit: 'auth',
      request: { body: changePasswordBody(keepsRules) },
      response: messageSchema,
      message: 'password_updated',
      invalid,
      errors: [authErrors.AUTH_PASSWORD_INVALID_OLD, authErrors.AUTH_TOO_MANY_ATTEMPTS],
      audit: ['password_changed', 'password_change_failed'],
      async handler({ principal, body, origin }) {
        await passwords.change(principal, { password: body.password, confirmation: body.confirm_password, oldPassword: body.old_password, named: body.user_id }, origin);
        return { message: 'Password updated successfully' };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/auth/forget-password',
      summary: 'Reset a password with a one-time code',
      description: 'Ends all sessions and opens none. A code whose password is refused can be used again.',
      tag,
      access: 'public',
      limit: 'auth',
      failsEvenly: true,
      request: { body: forgetPasswordBody(keepsRules, (channel) => otp.canSend(channel)) },
      response: messageSchema,
      message: 'password_updated',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_CHANNEL_UNSUPPORTED, authErrors.AUTH_FORGOT_PASSWORD_FAILED],
      audit: ['password_reset', 'password_change_failed'],
      async handler({ body: { user_id: written, otp: code, identity, channel, password, confirm_password: confirmation }, origin }) {
        await passwordReset.reset({ identity, written, channel, code, password, confirmation, origin });
        return { message: 'Password updated successfully' };
      },
    }),
  ];
}
