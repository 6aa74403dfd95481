import { Router, type NextFunction, type Request, type Response } from 'express';
import swaggerUi from 'swagger-ui-express';
import { sendJson } from './envelope.js';
import { middleware, type Step } from './steps.js';

/** Swagger UI carries its styles inline; its scripts are files of ours. */
const PAGE_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

/**
 * `//api-docs.json`, the OpenAPI document, and `//api-docs`, the page that shows it. It stands where nobody has been
 * identified yet: caches may keep its files, so none may come with somebody's renewed token (B-19).
 * @param limit counts its requests, by address
 */
export function docsRouter(document: Record<string, unknown>, limit: Step): Router {
  const json = JSON.stringify(document);
  const router = Router();
  router.use(['/api-docs.json', '/api-docs'], middleware(limit));
  router.get('/api-docs.json', (_req, res) => sendJson(res, 200, json));
  router.use('/api-docs', pagePolicy, swaggerUi.serve, swaggerUi.setup(document, { customSiteTitle: 'Tessera API', swaggerOptions: { persistAuthorization: true, displayRequestDuration: true } }));
  return router;
}

function pagePolicy(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('Content-Security-Policy', PAGE_POLICY);
  next();
}
