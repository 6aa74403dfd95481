import { documentedRoutes } from './documented-routes.js';
import { createTranslator } from './i18n/translator.js';
import { createOpenApi } from './http/openapi.js';
import { VERSION } from './version.js';

/** The OpenAPI document as the checked-in file holds it: for the default prefix, from the table alone. */
export function openApiText(): string {
  return `${JSON.stringify(createOpenApi(documentedRoutes(), { prefix: '/api/v1', version: VERSION, translator: createTranslator() }), null, 2)}\n`;
}
