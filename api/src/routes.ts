import type { Endpoint } from './http/endpoint.js';
import { accountRoutes } from './modules/account/account.routes.js';
import { authRoutes } from './modules/auth/auth.routes.js';
import { contactsRoutes } from './modules/contacts/contacts.routes.js';
import { healthRoutes } from './modules/health/health.routes.js';
import { identitiesRoutes } from './modules/identities/identities.routes.js';
import { invitationsRoutes } from './modules/invitations/invitations.routes.js';
import { otpRoutes } from './modules/otp/otp.routes.js';
import { passwordsRoutes } from './modules/passwords/passwords.routes.js';
import { groupsRoutes } from './modules/permissions/groups.routes.js';
import { permissionsRoutes } from './modules/permissions/permissions.routes.js';
import { userPermissionsRoutes } from './modules/permissions/user-permissions.routes.js';
import { picturesRoutes } from './modules/pictures/pictures.routes.js';
import { profileRoutes } from './modules/profile/profile.routes.js';
import { settingsRoutes } from './modules/profile/settings.routes.js';
import { sessionsRoutes } from './modules/sessions/sessions.routes.js';
import { userGroupsRoutes } from './modules/users/user-groups.routes.js';
import { userSessionsRoutes } from './modules/sessions/user-sessions.routes.js';
import { userAdminRoutes } from './modules/users/user-admin.routes.js';
import { userListRoutes } from './modules/users/user-list.routes.js';
import type { Services } from './context.js';

/** The table of contents: every endpoint of the API, module by module. */
export function createRoutes(services: Services): Endpoint[] {
  return [
    ...authRoutes(services), // /auth/*, /token
    ...otpRoutes(services), // /auth/send-one-time-password, /auth/verify-one-time-password
    ...identitiesRoutes(services), // /auth/check-user-availability, /auth/verify-email-and-phone
    ...passwordsRoutes(services), // /auth/set-password, /auth/change-password, /auth/forget-password
    ...sessionsRoutes(services), // /auth/sessions, /auth/refresh-token, /auth/logout, /auth/token-info, /logout
    ...profileRoutes(services), // /settings/profile*
    ...settingsRoutes(services), // /settings, and its one-field routes
    ...contactsRoutes(services), // /settings/change-email, change-phone, send-phone-otp, undo-contact-change
    ...accountRoutes(services), // /settings/deactivate-account, /settings/delete-account, /settings/export
    ...picturesRoutes(services), // /settings/profile-picture, /media/profile-pictures/*
    ...permissionsRoutes(services), // /permissions/*
    ...groupsRoutes(services), // /groups/*
    ...userGroupsRoutes(services), // /users/me/groups, /users/:user_id/groups
    ...userPermissionsRoutes(services), // /users/me/permissions, /users/:user_id/permissions
    ...userAdminRoutes(services), // /users/:user_id, /users/:user_id/status
    ...userSessionsRoutes(services), // /users/:user_id/sessions
    ...invitationsRoutes(services), // POST /users, /invitations
    ...userListRoutes(services), // /users, /users/:user_id
    ...healthRoutes(services), // /health/*, //health*
  ];
}
