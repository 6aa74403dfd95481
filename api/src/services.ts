import type { Config } from './config.js';
import { createTellDevice } from './http/device-token.js';
import type { Translator } from './i18n/translator.js';
import { deriveKey } from './infra/app-keys.js';
import type { ErrorReporter } from './infra/error-reporter.js';
import type { FileStore } from './infra/file-store.js';
import type { Images } from './infra/images.js';
import type { Jobs } from './infra/jobs.js';
import type { Logger } from './infra/logger.js';
import type { Database } from './infra/postgres.js';
import type { Senders } from './infra/senders.js';
import type { SigningKey } from './infra/signing-keys.js';
import type { Store } from './infra/store.js';
import type { WorkerPool } from './infra/worker-pool.js';
import { createAccountRepo } from './modules/account/account.repo.js';
import { createAccountService } from './modules/account/account.service.js';
import { createErasureRepo } from './modules/account/erasure.repo.js';
import { createErasures } from './modules/account/erasure.service.js';
import { createExportRepo } from './modules/account/export.repo.js';
import { createAccountExport } from './modules/account/export.service.js';
import { createAssertNotLastSuperAdmin } from './modules/account/last-super-admin.js';
import { createSuperAdminsRepo } from './modules/account/super-admins.repo.js';
import { createActivityRepo } from './modules/activity/activity.repo.js';
import { createActivityService } from './modules/activity/activity.service.js';
import { createByCode } from './modules/auth/by-code.js';
import { createComingBack } from './modules/auth/coming-back.js';
import { createOpening } from './modules/auth/opening.js';
import { createSignIn } from './modules/auth/sign-in.service.js';
import { createSignUp } from './modules/auth/sign-up.service.js';
import { createPasswordAttempts } from './modules/passwords/password-attempts.js';
import { createPasswordServices } from './modules/passwords/password-services.js';
import { createPasswords } from './modules/passwords/passwords.js';
import { createFirstAdmin } from './modules/auth/first-admin.js';
import { createBudgetsRepo } from './modules/budgets/budgets.repo.js';
import { createDeviceTokens } from './modules/devices/device-tokens.js';
import { createContactChanges } from './modules/contacts/contact-changes.service.js';
import { createContactUndo } from './modules/contacts/contact-undo.service.js';
import { createContactsRepo } from './modules/contacts/contacts.repo.js';
import { createReauthentication } from './modules/contacts/reauthentication.js';
import { createCircuitRepo } from './modules/delivery/circuit.repo.js';
import { createCircuit } from './modules/delivery/circuit.js';
import { createDeliveryRepo } from './modules/delivery/delivery.repo.js';
import { createDelivery } from './modules/delivery/delivery.service.js';
import { createHealthService, type Lifecycle } from './modules/health/health.service.js';
import { createSentryTest } from './modules/health/sentry-test.js';
import { createIdentitiesRepo } from './modules/identities/identities.repo.js';
import { createIdentitiesService } from './modules/identities/identities.service.js';
import { createAcceptanceRepo } from './modules/invitations/acceptance.repo.js';
import { createAcceptance } from './modules/invitations/acceptance.js';
import { createInvitationBudgets } from './modules/invitations/invitation-budgets.js';
import { createInvitationCleanUp } from './modules/invitations/invitation-clean-up.js';
import { createInvitationsRepo } from './modules/invitations/invitations.repo.js';
import { createInvitations } from './modules/invitations/invitations.service.js';
import { createLockout } from './modules/lockout/lockout.js';
import { createLockoutRepo } from './modules/lockout/lockout.repo.js';
import { createAccountNotices } from './modules/messages/account-notices.js';
import { createMessages } from './modules/messages/messages.js';
import { createOutbox } from './modules/messages/outbox.js';
import { createAdminister } from './modules/permissions/administer.js';
import { createRankRepo } from './modules/permissions/rank.repo.js';
import { createMayText } from './modules/otp/may-text.js';
import { createOtpRepo } from './modules/otp/otp.repo.js';
import { CHANNELS, createOtpService } from './modules/otp/otp.service.js';
import { createSendBudgets } from './modules/otp/send-budgets.js';
import { createWithCode } from './modules/otp/with-code.js';
import { createGroupChanges } from './modules/permissions/group-changes.service.js';
import { createGroupDeletion } from './modules/permissions/group-deletion.service.js';
import { createGroupPermissionsRepo } from './modules/permissions/group-permissions.repo.js';
import { createGroupPermissions } from './modules/permissions/group-permissions.service.js';
import { createGroupsRepo } from './modules/permissions/groups.repo.js';
import { createGroupsService } from './modules/permissions/groups.service.js';
import { createNamesRepo } from './modules/permissions/names.repo.js';
import { createPermissionChanges } from './modules/permissions/permission-changes.service.js';
import { createPermissionsRepo } from './modules/permissions/permissions.repo.js';
import { createPermissionsService } from './modules/permissions/permissions.service.js';
import { createUserPermissionsRepo } from './modules/permissions/user-permissions.repo.js';
import { createUserPermissions } from './modules/permissions/user-permissions.service.js';
import { createProfileChanges } from './modules/profile/profile-changes.service.js';
import { createProfileRepo } from './modules/profile/profile.repo.js';
import { createPictureCleanUp } from './modules/pictures/picture-clean-up.js';
import { createPicturesRepo } from './modules/pictures/pictures.repo.js';
import { createPicturesService } from './modules/pictures/pictures.service.js';
import { createProfileService } from './modules/profile/profile.service.js';
import { createAuthenticator } from './modules/sessions/authenticator.js';
import { idleLimitSeconds } from './modules/sessions/idle.js';
import { createSessionCleanUp } from './modules/sessions/session-clean-up.js';
import { createSessionEndsRepo } from './modules/sessions/session-ends.repo.js';
import { createSessionEnds } from './modules/sessions/session-ends.service.js';
import { createSessionFreshnessRepo } from './modules/sessions/session-freshness.repo.js';
import { createSessionFreshness } from './modules/sessions/session-freshness.js';
import { createSessionListRepo } from './modules/sessions/session-list.repo.js';
import { createSessionList } from './modules/sessions/session-list.service.js';
import { createSessionNotices } from './modules/sessions/session-notices.js';
import { createSessionStatesRepo } from './modules/sessions/session-states.repo.js';
import { createSessionStates } from './modules/sessions/session-states.js';
import { createSessionUses } from './modules/sessions/session-uses.js';
import { createSessionsRepo } from './modules/sessions/sessions.repo.js';
import { createSessionsService } from './modules/sessions/sessions.service.js';
import { createTokenInfo } from './modules/sessions/token-info.service.js';
import { createTokens } from './modules/sessions/tokens.js';
import { createUserGroupsRepo } from './modules/users/user-groups.repo.js';
import { createUserGroups } from './modules/users/user-groups.service.js';
import { createUserSessions } from './modules/sessions/user-sessions.service.js';
import { createForgetCodes } from './modules/users/forget-codes.js';
import { createLockRankedUser } from './modules/users/ranked-user.js';
import { createUserClosingRepo } from './modules/users/user-closing.repo.js';
import { createUserDeletion } from './modules/users/user-deletion.service.js';
import { createUserStatus } from './modules/users/user-status.service.js';
import { createUserListRepo } from './modules/users/user-list.repo.js';
import { createUserList } from './modules/users/user-list.service.js';
import { createUsersRepo } from './modules/users/users.repo.js';
import type { Changes } from './shared/changes.js';
import { createTurns } from './shared/turns.js';
import { createUserAgentReader } from './shared/user-agent.js';

export type ServicesParts = {
  config: Config;
  logger: Logger;
  lifecycle: Lifecycle;
  translator: Translator;
  errorReporter: ErrorReporter;
  secrets: readonly string[];
  /** Empty with HS256. */
  signingKeys: readonly SigningKey[];
  db: Database;
  store: Store;
  files: FileStore;
  images: Images;
  workerPool: WorkerPool;
  jobs: Jobs;
  /** A channel without a sender is refused. */
  senders: Senders;
  changes: Changes;
};

export type Services = ReturnType<typeof createServices>;

/** The modules, each handed what it needs: a module reaches another through here alone. */
export function createServices(parts: ServicesParts) {
  const { config, logger, db, secrets, changes } = parts;
  const readUserAgent = createUserAgentReader();
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent });
  const users = createUsersRepo();
  const budgets = createBudgetsRepo();
  const passwords = createPasswords({ pool: parts.workerPool, rounds: config.bcryptRounds });
  const circuit = createCircuit({ repo: createCircuitRepo(), logger });
  const delivery = createDelivery({ db, repo: createDeliveryRepo(), circuit, activity, logger });
  const outbox = createOutbox({ jobs: parts.jobs, delivery, senders: parts.senders });
  const sendBudgets = createSendBudgets({ budgets, options: config.otp });
  const mayText = createMayText({ db, sendBudgets });
  const invitationsRepo = createInvitationsRepo();
  const messages = createMessages({ outbox, translator: parts.translator, appName: 'Tessera', supportEmail: config.supportEmail, mayText, isInvited: (invitation) => invitationsRepo.isCurrent(db, invitation) });
  const accountNotices = createAccountNotices({ send: messages.sendAccountNotice, canSend: outbox.canSend, readUserAgent });
  const otpRepo = createOtpRepo();
  const otp = createOtpService({
    db,
    repo: otpRepo,
    budgets,
    activity,
    sendOneTimeCode: messages.sendOneTimeCode,
    channels: new Set(CHANNELS.filter(outbox.canSend)),
    downFor: circuit.isDown,
    keys: secrets.map((secret) => deriveKey(secret, 'otp')),
    options: config.otp,
  });
  const withCode = createWithCode({ db, otp });
  const tokens = createTokens({ secrets, signingKeys: parts.signingKeys }, config.tokens);
  const sessionsRepo = createSessionsRepo();
  const statesRepo = createSessionStatesRepo();
  const states = createSessionStates({ db, repo: statesRepo, changes });
  const { idleSeconds } = config.sessions;
  const uses = createSessionUses({ db, repo: statesRepo, logger, idleSeconds });
  const idleLimit = idleLimitSeconds(idleSeconds);
  const endsRepo = createSessionEndsRepo();
  const listRepo = createSessionListRepo();
  const notices = createSessionNotices({ send: messages.sendSessionNotice, theft: config.sessions.notifyTheft, newDevice: config.sessions.notifyNewDevice });
  const cleanUp = createSessionCleanUp({ db, jobs: parts.jobs, repo: endsRepo });
  const sessionFreshness = createSessionFreshness({ repo: createSessionFreshnessRepo(), reauthSeconds: config.reauthSeconds });
  const options = { ...config.tokens, maxActive: config.sessions.maxActive, idleLimit };
  const sessions = createSessionsService({ db, repo: sessionsRepo, ends: endsRepo, tokens, activity, notices, cleanUp, changes, readUserAgent, options });
  const devices = createDeviceTokens({ keys: secrets.map((secret) => deriveKey(secret, 'device')) });
  const opening = createOpening({ sessions, activity, devices, changes });
  const byCode = createByCode({ withCode, users, opening });
  const comeBack = createComingBack({ users, sessionEnds: endsRepo, activity, notices: accountNotices });
  const lockout = createLockout({ repo: createLockoutRepo(config.lockout), devices });

  const contacts = createContactsRepo();
  const reauthenticate = createReauthentication({ db, freshness: sessionFreshness, users, passwords, attempts: createPasswordAttempts({ budgets, limits: config.lockout }), activity });
  const undoPage = config.publicUrl === undefined ? undefined : `${config.publicUrl}${config.prefix}/settings/undo-contact-change`;
  const assertNotLastSuperAdmin = createAssertNotLastSuperAdmin(createSuperAdminsRepo());
  const ranks = createRankRepo();
  const administer = createAdminister({ db, changes, repo: ranks, inTurn: createTurns({ what: 'changes of rights', atOnce: 1, maxWaitMs: config.database.statementTimeoutMs }) });
  const names = createNamesRepo();
  const permissionsRepo = createPermissionsRepo();
  const groupsRepo = createGroupsRepo();
  const picturesRepo = createPicturesRepo();
  const pictureCleanUp = createPictureCleanUp({ db, jobs: parts.jobs, files: parts.files, repo: picturesRepo });
  const pictures = createPicturesService({ db, users, repo: picturesRepo, files: parts.files, images: parts.images, cleanUp: pictureCleanUp, activity, changes, baseUrl: `${config.publicUrl ?? ''}${config.prefix}` });
  const acceptance = createAcceptance({ repo: createAcceptanceRepo(), users, ranks, activity });
  const invitationBudgets = createInvitationBudgets({ db, logger, budgets, sendBudgets, maxPerDay: config.invitations.maxPerDay });
  const invitationCleanUp = createInvitationCleanUp({ db, jobs: parts.jobs, repo: invitationsRepo });
  const erasures = createErasures({ db, jobs: parts.jobs, repo: createErasureRepo(), activity, erasePicture: pictures.erasePicture });
  const sessionList = createSessionList({ db, repo: listRepo, idleLimit });
  const forgetCodes = createForgetCodes({ codes: otpRepo });
  const lockRankedUser = createLockRankedUser({ users, ranks, assertNotLastSuperAdmin });
  const closing = { administer, lockRankedUser, repo: createUserClosingRepo(), ends: endsRepo, forgetCodes, activity, notices: accountNotices };

  return {
    otp,
    accountNotices,
    sessions,
    sessionEnds: createSessionEnds({ db, repo: endsRepo, activity, changes, administer, ranks, idleLimit }),
    sessionFreshness,
    sessionList,
    userSessions: createUserSessions({ db, administer, ranks, list: sessionList, ends: endsRepo, activity }),
    userStatus: createUserStatus(closing),
    userDeletion: createUserDeletion({ ...closing, erasures, graceDays: config.deletionGraceDays }),
    userList: createUserList({ db, repo: createUserListRepo(), inTurn: createTurns({ what: 'searches in users', atOnce: searchesAtOnce(config), maxWaitMs: config.database.statementTimeoutMs }) }),
    tokenInfo: createTokenInfo({ db, repo: listRepo, tokens, lifetimes: config.tokens, idleLimit }),
    identities: createIdentitiesService({ db, repo: createIdentitiesRepo(), users, withCode, activity }),
    signUp: createSignUp({ byCode, users, passwords, budgets, opening, acceptance, signUpsPerHour: config.limits.signUpPerHour }),
    signIn: createSignIn({ db, byCode, users, passwords, lockout, comeBack, opening, maxAgeDays: config.passwords.maxAgeDays }),
    tellDevice: createTellDevice({ path: config.prefix, secure: config.production }),
    ...createPasswordServices({ db, users, hashing: passwords, budgets, otp, lockout, activity, notices: accountNotices, sessionEnds: endsRepo, freshness: sessionFreshness, changes, serviceName: 'Tessera', rules: config.passwords, limits: config.lockout }),
    account: createAccountService({ db, users, repo: createAccountRepo(), ends: endsRepo, assertNotLastSuperAdmin, activity, notices: accountNotices, erasures, changes, graceDays: config.deletionGraceDays }),
    accountExport: createAccountExport({ db, repo: createExportRepo(), activity }),
    pictures,
    permissions: createPermissionsService({ db, repo: permissionsRepo }),
    permissionChanges: createPermissionChanges({ administer, repo: permissionsRepo, names, activity }),
    groups: createGroupsService({ db, repo: groupsRepo }),
    groupChanges: createGroupChanges({ administer, repo: groupsRepo, names, activity }),
    groupDeletion: createGroupDeletion({ administer, repo: groupsRepo, activity }),
    groupPermissions: createGroupPermissions({ administer, groups: groupsRepo, repo: createGroupPermissionsRepo(), activity }),
    userPermissions: createUserPermissions({ db, repo: createUserPermissionsRepo() }),
    profile: createProfileService({ db, users, changes }),
    contactChanges: createContactChanges({ users, repo: contacts, withCode, reauthenticate, notices: accountNotices, activity, changes, undoPage }),
    contactUndo: createContactUndo({ db, users, repo: contacts, sessionEnds: endsRepo, passwords, activity, changes }),
    profileChanges: createProfileChanges({ db, users, repo: createProfileRepo(), activity, changes }),
    userGroups: createUserGroups({ db, users, ranks, repo: createUserGroupsRepo(), administer, assertNotLastSuperAdmin, activity }),
    invitations: createInvitations({ db, repo: invitationsRepo, users, administer, ranks, budgets: invitationBudgets, activity, send: messages.sendInvitation, canSend: outbox.canSend, downFor: circuit.isDown, options: { ...config.invitations, timezone: config.timezone } }),
    authenticate: createAuthenticator({ db, repo: statesRepo, states, uses, tokens, logger, originBinding: config.tokens.originBinding, localOrigins: !config.production, idleSeconds }),
    health: createHealthService({ lifecycle: parts.lifecycle, database: db, store: parts.store, files: parts.files, logger, production: config.production, environment: publicEnvironment(config) }),
    sentryTest: createSentryTest({ errorReporter: parts.errorReporter, environment: config.sentry.environment }),
    /** Begins what the modules do beside their answers; after the jobs have begun. */
    async start(): Promise<void> {
      await erasures.watch();
      await invitationCleanUp.watch();
    },
    /** Ends what the modules do beside their answers. */
    close: () => uses.close(),
    firstAdmin: createFirstAdmin({ passwords, admin: config.admin, development: config.apiMode === 'development' }),
  };
}

/** A quarter of the connections: the rest is for everybody else. */
function searchesAtOnce({ database }: Config): number {
  return Math.max(1, Math.floor(database.poolMax / 4));
}

/** What health may show outside production (REFERENCE §15). */
function publicEnvironment(config: Config): Record<string, string> {
  return { API_MODE: config.apiMode, MODE: config.prefix.slice(1), TIMEZONE: config.timezone, LOG_LEVEL: config.log.level };
}
