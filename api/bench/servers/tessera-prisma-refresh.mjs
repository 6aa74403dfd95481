// The whole stack, but for one thing: what rotates a refresh token is a Prisma transaction, written as people write them.
import { serveTessera } from '../lib/tessera.mjs';

const GROUPS_AND_PERMISSIONS = { user_groups: { include: { group: { include: { group_permissions: { include: { permission: true } } } } } } };

await serveTessera((context) => {
  let rotations = 0;
  const send = context.db.query;
  // The service asks for its one statement as ever, and is answered with a row of the same shape.
  context.db.query = async (statement) => {
    if (statement.name !== 'session_rotate') return send(statement);
    rotations += 1;
    const row = await rotate(context.db.prisma, statement.values);
    return { rows: row ? [row] : [], rowCount: row ? 1 : 0 };
  };
  return { rotations: () => rotations };
});

function rotate(prisma, [sessionId, generation, ip, userAgent, device, browser, os, origin]) {
  return prisma.$transaction(async (tx) => {
    const session = await tx.session.findUnique({ where: { session_id: sessionId }, include: { user: true } });
    if (!session || session.generation !== generation || session.revoked_at || session.expires_at <= new Date() || !mayUse(session.user)) return undefined;
    const now = new Date();
    const rotated = await tx.session.update({
      // Of two at once the second finds the generation gone.
      where: { session_id: sessionId, generation },
      data: { generation: generation + 1, rotated_at: now, last_seen_at: now, confirmed_generation: generation, ip, user_agent: userAgent, device, browser, os, origin: origin ?? session.origin },
    });
    await tx.activityLog.create({
      data: {
        user_id: session.user_id, session_id: sessionId, action: 'session_refreshed', module: 'sessions', level: 'info', message: 'Refreshed a session',
        ip_address: ip, user_agent: userAgent, device, browser, os, endpoint: '/auth/refresh-token', method: 'POST', status_code: 200, metadata: { generation: generation + 1 },
      },
    });
    const { user_groups: memberships, ...user } = await tx.user.findUniqueOrThrow({ where: { user_id: session.user_id }, include: GROUPS_AND_PERMISSIONS });
    const groups = memberships.map(({ group }) => group).filter(({ is_active: active }) => active);
    const permissions = groups.flatMap(({ group_permissions: granted }) => granted.map(({ permission }) => permission.codename));
    return { ...rotated, ...user, groups: groups.map(({ codename }) => codename).sort(), permissions: [...new Set(permissions)].sort() };
  });
}

const mayUse = (user) => user.is_active && user.is_verified && !user.is_trashed && !['SUSPENDED', 'DELETED'].includes(user.status?.toUpperCase());
