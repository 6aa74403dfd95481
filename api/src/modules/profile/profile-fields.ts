import { z } from 'zod';
import { LANGUAGES } from '../../i18n/language.js';
import { MAX_NAME_LENGTH, nameSchema, profileText } from '../../shared/profile-text.js';
import { isCountry } from './countries.js';
import { isTimeZone } from './time-zones.js';

/** Longest texts, in characters. */
const MAX_BIO = 2_000;
const MAX_GENDER = 50;
/** Longer than the rule allows: an account that was taken over may keep the name it has. */
const MAX_GIVEN_USER_NAME = 255;
const OLDEST_BIRTH = Date.UTC(1900, 0, 1);

const dob = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'YYYY-MM-DD' })
  .transform((written) => new Date(written))
  .refine((date) => date.getTime() >= OLDEST_BIRTH && date.getTime() <= Date.now(), { error: 'YYYY-MM-DD, 1900-' });

export const language = z.enum([...LANGUAGES, 'ind']);
export const timezone = z.string().max(MAX_NAME_LENGTH).refine(isTimeZone, { error: 'IANA time zone' });
export const theme = z.enum(['light', 'dark', 'dynamic']);
export const profileAccessibility = z.enum(['public', 'private', 'friends']);

/** Every field that the owner of a profile may write, and no other (D-03). */
export const writableFields = {
  first_name: nameSchema,
  last_name: nameSchema,
  user_name: profileText(MAX_GIVEN_USER_NAME).nullable().describe('2 to 64 letters, digits, `.`, `_`, `-`; unique without regard to capitals; digits alone only if they are your own phone number.'),
  bio: profileText(MAX_BIO).nullable(),
  country: profileText(MAX_NAME_LENGTH).refine(isCountry, { error: 'ISO 3166-1 alpha-2' }).nullable().describe('ISO 3166-1 alpha-2, or the English name.'),
  gender: profileText(MAX_GENDER).nullable(),
  dob: dob.nullable().describe('`YYYY-MM-DD` or an ISO date-time; not before 1900, not in the future.'),
  language,
  timezone: timezone.nullable().describe('IANA, such as `Europe/Berlin`.'),
  theme,
  profile_accessibility: profileAccessibility,
};
