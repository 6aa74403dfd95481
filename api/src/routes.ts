import type { Endpoint } from './http/endpoint.js';
import { authRoutes } from './modules/auth/auth.routes.js';
import { healthRoutes } from './modules/health/health.routes.js';
import { picturesRoutes } from './modules/pictures/pictures.routes.js';
import { profileRoutes } from './modules/profile/profile.routes.js';
import { sessionsRoutes } from './modules/sessions/sessions.routes.js';
import type { Services } from './context.js';

/** The table of contents: every endpoint of the API, module by module. */
export function createRoutes(services: Services): Endpoint[] {
  return [
    ...authRoutes(services), // /auth/*, /token
    ...sessionsRoutes(services), // /auth/sessions, /auth/refresh-token, /auth/logout, /auth/token-info, /logout
    ...profileRoutes(services), // /settings/*
    ...picturesRoutes(services), // /settings/profile-picture, /media/profile-pictures/*
    ...healthRoutes(services), // /health/*, //health*
  ];
}
