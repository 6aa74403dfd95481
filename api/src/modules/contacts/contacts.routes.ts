import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { ApiError } from '../../http/errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { OtpService } from '../otp/otp.service.js';
import type { ContactChanges } from './contact-changes.service.js';
import type { ContactUndo } from './contact-undo.service.js';
import { presentChangedEmail, presentChangedPhone } from './contacts.presenter.js';
import { changedEmailSchema, changedPhoneSchema, changeEmailBody, changePhoneBody, phoneCodeBody, phoneCodeSchema, undoBody, undoneSchema } from './contacts.schema.js';

const tag = 'Profile and settings';
const invalid = profileErrors.PROFILE_INVALID_PAYLOAD;
const changeErrors = [profileErrors.PROFILE_INVALID_OTP, profileErrors.EMAIL_ALREADY_EXISTS, authErrors.AUTH_REAUTH_REQUIRED, authErrors.AUTH_TOO_MANY_ATTEMPTS];
const changeDescription =
  'The code was sent to the new one. The old one is told, with a link that undoes the change for 72 hours. If you signed in too long ago, send your password along, or sign in again.';

export type ContactsRoutesParts = { otp: Pick<OtpService, 'send'>; contactChanges: ContactChanges; contactUndo: ContactUndo };

export function contactsRoutes({ otp, contactChanges, contactUndo }: ContactsRoutesParts): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/settings/send-phone-otp',
      summary: 'Send a code to your new phone number',
      description: 'Answers the same whether or not another account has the number.',
      tag,
      access: { permission: 'edit_profile' },
      limit: 'otp_send',
      request: { body: phoneCodeBody },
      response: phoneCodeSchema,
      message: 'otp_sent',
      invalid,
      errors: [authErrors.AUTH_CHANNEL_UNSUPPORTED, authErrors.AUTH_OTP_THROTTLED, authErrors.AUTH_OTP_SEND_FAILED],
      audit: ['code_sent'],
      async handler({ body: { phone, channel }, language, origin }) {
        if (channel !== 'sms' && channel !== 'whatsapp') throw new ApiError(authErrors.AUTH_CHANNEL_UNSUPPORTED, { details: { channel } });
        await otp.send({ identity: phone, channel, purpose: 'verify', language, origin });
        return { message: 'OTP sent successfully' };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/settings/change-email',
      summary: 'Change your e-mail address',
      description: changeDescription,
      tag,
      access: { permission: 'edit_profile' },
      limit: 'auth',
      request: { body: changeEmailBody },
      response: changedEmailSchema,
      message: 'email_changed',
      invalid,
      errors: [...changeErrors, authErrors.AUTH_CHANNEL_UNSUPPORTED],
      audit: ['email_changed', 'identity_verified', 'contact_change_failed'],
      handler: async ({ principal, body, origin }) => presentChangedEmail(await contactChanges.change(principal, { identity: body.new_email, code: body.otp, password: body.password, origin })),
    }),
    endpoint({
      method: 'POST',
      path: '/settings/change-phone',
      summary: 'Change your phone number',
      description: changeDescription,
      tag,
      access: { permission: 'edit_profile' },
      limit: 'auth',
      request: { body: changePhoneBody },
      response: changedPhoneSchema,
      message: 'phone_changed',
      invalid,
      errors: changeErrors,
      audit: ['phone_changed', 'identity_verified', 'contact_change_failed'],
      handler: async ({ principal, body, origin }) => presentChangedPhone(await contactChanges.change(principal, { identity: body.new_phone, code: body.otp, password: body.password, origin })),
    }),
    endpoint({
      method: 'POST',
      path: '/settings/undo-contact-change',
      summary: 'Undo a change of e-mail address or phone number',
      description: 'With the token of the notice that the old one got. Puts the old one back, undoes what was changed after it, signs every device out, and makes the password unusable.',
      tag,
      access: 'public',
      limit: 'auth',
      request: { body: undoBody },
      response: undoneSchema,
      message: 'contact_change_undone',
      invalid,
      errors: [profileErrors.CONTACT_UNDO_INVALID, profileErrors.EMAIL_ALREADY_EXISTS],
      audit: ['contact_change_undone'],
      handler: async ({ body, origin }) => ({ kind: await contactUndo.undo(body.token, origin) }),
    }),
  ];
}
