import { LANGUAGES } from '../i18n/language.js';

/** The parts of the OpenAPI document that every operation shares. */

const text = { type: 'string' };

export const securitySchemes = {
  sessionToken: { type: 'apiKey', in: 'header', name: 'X-Session-Token', description: 'A session token (recommended) or an access token.' },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access or a session token.' },
};

export const languageParameters = {
  Language: { name: 'X-Lang', in: 'header', required: false, description: 'Language of the messages; `?lang=` wins over it, the account’s language and `Accept-Language` come after.', schema: { type: 'string', enum: LANGUAGES } },
};

export const headerParameters = [{ $ref: '#/components/parameters/Language' }];

export const responseHeaders = {
  RenewedSessionToken: {
    description: 'A new session token of the same session and with the same end, when the profile or the permissions in the presented one are out of date: use it from now on.',
    schema: { type: 'string' },
  },
};

export const renewedTokenHeader = { 'X-Session-Token': { $ref: '#/components/headers/RenewedSessionToken' } };

export const errorSchema = {
  type: 'object',
  required: ['success', 'error_key', 'message', 'path', 'error'],
  properties: {
    success: { const: false },
    error_key: { ...text, description: 'Stable name of the failure.' },
    message: text,
    path: text,
    error: {
      type: 'object',
      required: ['id', 'code', 'message', 'timestamp'],
      properties: {
        id: { ...text, description: 'The request id, also in `X-Request-Id`.' },
        code: { type: 'integer', description: 'Stable number of the failure.' },
        message: text,
        reason: text,
        hint: text,
        details: { type: 'object', additionalProperties: true },
        timestamp: { type: 'string', format: 'date-time' },
      },
    },
  },
};

export function successSchema(message: string, data: Record<string, unknown>): Record<string, unknown> {
  return {
    type: 'object',
    required: ['success', 'id', 'message', 'data', 'timestamp'],
    properties: {
      success: { const: true },
      id: { ...text, description: 'The request id, also in `X-Request-Id`.' },
      message: { ...text, examples: [message] },
      data,
      timestamp: { type: 'string', format: 'date-time' },
      meta: { type: 'object', additionalProperties: true },
    },
  };
}
