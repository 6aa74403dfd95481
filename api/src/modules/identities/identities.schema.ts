import { z } from 'zod';
import { channelSchema, identifierSchema } from '../../shared/code-body.js';
import { readEmail, readIdentity, readPhone, type Identity } from '../../shared/identity.js';

/** What is asked about: an identity, a user name, or, where text can be either, both. */
export type Asked = { identity: Identity | undefined; userName: string | undefined };

const given = identifierSchema.nullish();

/** At least one of three; the first of them is what is asked about (REFERENCE §9.12). */
export const availabilityBody = z
  .strictObject({
    user_id: given.describe('An e-mail address, a phone number or a user name.'),
    phone: given.describe('A phone number; asked about when `user_id` is not given.'),
    email: given.describe('An e-mail address; asked about when neither of the others is given.'),
  })
  .transform(({ user_id, phone, email }, context): Asked => {
    if (user_id != null) return { identity: readIdentity(user_id), userName: user_id };
    const [path, format, identity] = phone != null ? ['phone', 'phone', readPhone(phone)] as const : ['email', 'e-mail', email == null ? undefined : readEmail(email)] as const;
    if (identity) return { identity, userName: undefined };
    if (phone == null && email == null) context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['user_id'] });
    else context.addIssue({ code: 'custom', path: [path], message: format });
    return z.NEVER;
  });

/** `available` is true when the account exists, as clients know it. Whose it is nobody is told: the names are always null (C-09). */
export const availabilitySchema = z.object({ available: z.boolean(), first_name: z.null(), last_name: z.null() });

export const verifiedSchema = z.object({ user_id: z.string(), channel: channelSchema, verified: z.literal(true) });
