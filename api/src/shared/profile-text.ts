import { z } from 'zod';

/** Longest first or last name, in characters. */
export const MAX_NAME_LENGTH = 100;

/** A text of a profile. Kept byte for byte (E-04). A character counts as one, also where UTF-16 needs two units for it. */
export const profileText = (maximum: number) =>
  z
    .string()
    .superRefine((value, context) => {
      if (value.length > maximum && [...value].length > maximum) context.addIssue({ code: 'too_big', origin: 'string', maximum, inclusive: true, input: value });
    })
    .meta({ maxLength: maximum });

/** A first or last name; null where there is none. */
export const nameSchema = profileText(MAX_NAME_LENGTH).nullable();
