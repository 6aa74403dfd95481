import type { TellDevice } from '../../http/device-token.js';
import { endpoint, type Endpoint, type Reply } from '../../http/endpoint.js';
import { authErrors } from '../../shared/auth-errors.js';
import { codeBody } from '../../shared/code-body.js';
import type { OtpService } from '../otp/otp.service.js';
import { passwordBody, signedInSchema } from './auth.schema.js';
import type { SignedIn } from './opening.js';
import type { SignIn } from './sign-in.service.js';
import type { SignUp } from './sign-up.service.js';

const tag = 'Authentication';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;
const COMES_BACK = 'An account that its owner has deactivated, or deleted a short while ago, comes back.';
const DEVICE_TOKEN = 'The answer gives a device token in `X-Device-Token` and as a cookie; sent back in either, it tells this device from strangers when passwords are tried. It authenticates nothing.';

export type AuthRoutesParts = { signUp: SignUp; signIn: SignIn; otp: Pick<OtpService, 'canSend'>; tellDevice: TellDevice };

export function authRoutes({ signUp, signIn, otp, tellDevice }: AuthRoutesParts): Endpoint[] {
  /** The answer of every sign-in, with the device token beside it. */
  function answer(reply: Reply, { answer, deviceToken }: SignedIn): SignedIn['answer'] {
    tellDevice(reply, deviceToken);
    return answer;
  }

  const withCode = codeBody((channel) => otp.canSend(channel));

  return [
    endpoint({
      method: 'POST',
      path: '/auth/verify',
      summary: 'Sign up with a one-time code',
      description: `Creates the account in the group \`user\` and signs it in. No password is set. An account that was invited (\`POST /users\`) gets the groups, names and language of its invitation. ${DEVICE_TOKEN}`,
      tag,
      access: 'public',
      limit: 'auth',
      failsEvenly: true,
      request: { body: withCode },
      response: signedInSchema,
      message: 'signup_successful',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_CHANNEL_UNSUPPORTED, authErrors.AUTH_USER_ALREADY_EXISTS, authErrors.AUTH_SIGNUP_FAILED],
      audit: ['sign_up', 'sign_in_failed', 'invitation_accepted'],
      handler: async ({ body, origin, reply }) => answer(reply, await signUp({ identity: body.identity, written: body.user_id, channel: body.channel, code: body.otp, origin })),
    }),
    endpoint({
      method: 'POST',
      path: '/auth/login-with-otp',
      summary: 'Sign in with a one-time code',
      description: `${COMES_BACK} ${DEVICE_TOKEN}`,
      tag,
      access: 'public',
      limit: 'auth',
      failsEvenly: true,
      request: { body: withCode },
      response: signedInSchema,
      message: 'login_successful',
      invalid,
      errors: [authErrors.AUTH_OTP_INVALID, authErrors.AUTH_INVALID_CREDENTIALS, authErrors.AUTH_CHANNEL_UNSUPPORTED],
      audit: ['sign_in', 'sign_in_failed', 'account_reactivated', 'account_restored'],
      handler: async ({ body, origin, reply }) => answer(reply, await signIn.withCode({ identity: body.identity, written: body.user_id, channel: body.channel, code: body.otp, origin })),
    }),
    endpoint({
      method: 'POST',
      path: '/auth/login-with-password',
      aliases: ['/token'],
      summary: 'Sign in with a password',
      description: `${COMES_BACK} ${DEVICE_TOKEN} Five failures, each within 15 minutes of the one before, make a stranger wait; a device on which the account has signed in before is counted by itself.`,
      tag,
      access: 'public',
      limit: 'auth',
      failsEvenly: true,
      request: { body: passwordBody },
      response: signedInSchema,
      message: 'login_successful',
      invalid,
      errors: [authErrors.AUTH_INVALID_CREDENTIALS, authErrors.AUTH_PASSWORD_EXPIRED, authErrors.AUTH_TOO_MANY_ATTEMPTS],
      audit: ['sign_in', 'sign_in_failed', 'account_reactivated', 'account_restored'],
      handler: async ({ body, origin, reply }) => answer(reply, await signIn.withPassword({ ...body, origin })),
    }),
  ];
}
