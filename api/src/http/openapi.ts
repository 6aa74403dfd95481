import { z, type ZodType } from 'zod';
import type { Translator } from '../i18n/translator.js';
import { mediaTypeOf } from './bytes.js';
import type { Access, Endpoint } from './endpoint.js';
import { httpErrors, type ErrorDefinition } from './errors.js';
import type { FileRule } from './multipart.js';
import { absolutePath, successorOf } from './mount.js';
import { shareDefinitions } from './openapi-definitions.js';
import { errorSchema, headerParameters, languageParameters, renewedTokenHeader, responseHeaders, securitySchemes, successSchema } from './openapi-parts.js';

type Json = Record<string, unknown>;
const BINARY = { type: 'string', format: 'binary' };
export type OpenApiOptions = { prefix: string; version: string; translator: Translator };

/**
 * The whole API as an OpenAPI 3.1 document, from the same objects that serve it.
 * @returns a plain object whose key order depends on the table alone
 */
export function createOpenApi(endpoints: readonly Endpoint[], { prefix, version, translator }: OpenApiOptions): Json {
  const paths: Record<string, Json> = {};
  const schemas: Json = { Error: errorSchema };
  for (const endpoint of endpoints) {
    for (const [index, path] of [endpoint.path, ...(endpoint.aliases ?? [])].entries()) {
      const template = absolutePath(path, prefix).replace(/:(\w+)/g, '{$1}');
      const replaced = index > 0 ? `Another spelling of \`${absolutePath(endpoint.path, prefix)}\`, kept for existing clients.` : deprecationSentence(endpoint, prefix);
      const operation = describe(endpoint, translator, replaced);
      paths[template] = { ...paths[template], [endpoint.method.toLowerCase()]: { operationId: operationId(endpoint.method, path), ...operation } };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tessera',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'Accounts, three-token sessions, groups and permissions. Every answer is one envelope; `message`, `reason` and `hint` are translated, keys and codes never.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: shareDefinitions(paths, schemas),
    components: { securitySchemes, schemas, parameters: languageParameters, headers: responseHeaders },
  };
}

function describe(endpoint: Endpoint, translator: Translator, replaced: string | undefined): Json {
  const { request = {}, access } = endpoint;
  return {
    summary: endpoint.summary,
    description: [endpoint.description, accessSentence(access), replaced].filter(Boolean).join('\n\n'),
    tags: [endpoint.tag],
    ...(replaced ? { deprecated: true } : {}),
    security: access === 'public' ? [] : [{ sessionToken: [] }, { bearer: [] }],
    ...requirement(access),
    parameters: [...parameters('path', request.params), ...parameters('query', request.query), ...headerParameters],
    ...(request.body ? { requestBody: { required: !request.body.safeParse({}).success, content: bodyContent(request.body) } } : {}),
    ...(request.file ? { requestBody: { required: true, content: fileContent(request.file) } } : {}),
    responses: { [endpoint.status ?? 200]: success(endpoint, translator), ...failures(endpoint, translator) },
  };
}

function deprecationSentence(endpoint: Endpoint, prefix: string): string | undefined {
  if (!endpoint.deprecated) return undefined;
  const successor = successorOf(endpoint, prefix);
  return successor ? `Kept for existing clients; use \`${successor}\`.` : 'Kept for existing clients.';
}

function bodyContent(body: ZodType): Json {
  const schema = toJsonSchema(body, 'input');
  return { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } };
}

function fileContent({ field }: FileRule): Json {
  return { 'multipart/form-data': { schema: { type: 'object', required: [field], properties: { [field]: BINARY } } } };
}

function success(endpoint: Endpoint, translator: Translator): Json {
  const message = translator.message('en', endpoint.message);
  const mediaType = mediaTypeOf(endpoint.response);
  const content = mediaType ? { [mediaType]: { schema: BINARY } } : { 'application/json': { schema: successSchema(message, toJsonSchema(endpoint.response, 'output')) } };
  return { description: message, ...(endpoint.access === 'public' ? {} : { headers: renewedTokenHeader }), content };
}

/** Every failure by status: the endpoint's own, and those that its access, input and limits bring. */
export function failuresOf(endpoint: Endpoint): ErrorDefinition[] {
  const { access, request } = endpoint;
  return [
    ...(endpoint.errors ?? []),
    ...(request ? [endpoint.invalid ?? httpErrors.VALIDATION_ERROR] : []),
    ...(request?.body ? [httpErrors.INVALID_REQUEST, httpErrors.REQUEST_TOO_LARGE, httpErrors.UNSUPPORTED_MEDIA_TYPE] : []),
    ...(request?.file ? [httpErrors.INVALID_REQUEST, request.file.tooLarge, httpErrors.UNSUPPORTED_MEDIA_TYPE] : []),
    ...(access === 'public' ? [] : [httpErrors.UNAUTHORIZED, httpErrors.AUTH_CREDENTIALS_CONFLICT, httpErrors.TOKEN_DOMAIN_MISMATCH]),
    ...(typeof access === 'object' ? [httpErrors.FORBIDDEN] : []),
    httpErrors.TOO_MANY_REQUESTS,
    httpErrors.INTERNAL_ERROR,
    httpErrors.SERVICE_UNAVAILABLE,
  ];
}

function failures(endpoint: Endpoint, translator: Translator): Json {
  const sentences = new Map<string, Set<string>>();
  for (const { key, code, status } of failuresOf(endpoint)) {
    const known = sentences.get(String(status)) ?? new Set<string>();
    sentences.set(String(status), known.add(`\`${key}\` (${code}): ${translator.error('en', key).message}`));
  }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries([...sentences].map(([status, all]) => [status, { description: [...all].join('\n\n'), content }]));
}

function parameters(place: 'path' | 'query', schema: ZodType | undefined): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, ZodType>).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !field.safeParse(undefined).success,
    schema: toJsonSchema(field, 'input'),
  }));
}

/** A shape that JSON Schema cannot say (a transform) is documented by its input. */
function toJsonSchema(schema: ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }) as Json;
  return rest;
}

function accessSentence(access: Access): string {
  if (access === 'public') return 'Public.';
  if (access === 'session') return 'Needs an access or session token.';
  return 'group' in access ? `Needs membership of the group \`${access.group}\`.` : `Needs the permission \`${access.permission}\`.`;
}

/** The same for programs: OpenAPI itself has scopes for OAuth alone. */
function requirement(access: Access): Json {
  if (typeof access === 'string') return {};
  return 'group' in access ? { 'x-required-group': access.group } : { 'x-required-permission': access.permission };
}

function operationId(method: string, path: string): string {
  const words = path.replace(/[{}:]/g, '').split(/[^A-Za-z0-9]+/).filter(Boolean);
  return [method.toLowerCase(), ...words].map((word, index) => (index ? word[0]?.toUpperCase() + word.slice(1) : word)).join('');
}
