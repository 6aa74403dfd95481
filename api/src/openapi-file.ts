import { createTranslator } from './i18n/translator.js';
import { createOpenApi } from './http/openapi.js';
import { createRoutes } from './routes.js';
import type { Services } from './context.js';
import { VERSION } from './version.js';

/** The OpenAPI document as the checked-in file holds it: for the default prefix, from the table alone, without any service. */
export function openApiText(): string {
  const endpoints = createRoutes(unwired());
  return `${JSON.stringify(createOpenApi(endpoints, { prefix: '/api/v1', version: VERSION, translator: createTranslator() }), null, 2)}\n`;
}

/** The table names services only inside handlers, which documentation never calls. */
function unwired(): Services {
  return {} as Services;
}
