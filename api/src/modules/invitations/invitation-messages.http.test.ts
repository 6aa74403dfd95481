import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSmtp, type SmtpDouble } from '../../../test/doubles/smtp.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';
import { account } from '../../../test/accounts.js';
import { createInviting } from '../../../test/invitations.js';
import { until } from '../../../test/until.js';

let api: Api;
let smtp: SmtpDouble;
beforeAll(async () => {
  smtp = await startSmtp();
  api = await startApi({ env: { EMAIL_HOST: '127.0.0.1', EMAIL_PORT: String(smtp.port), EMAIL_USE_TLS: 'false', EMAIL_FROM: 'no-reply@example.org', TEST_OTPS: 'accepted@example.com=111111', TEST_OTPS_UNTIL: '2100-01-01', MAILBOX_CHANNELS: 'sms' } });
});
afterAll(async () => {
  await api.close();
  await smtp.close();
});

/** Jobs that nobody is at have their turn after so long. */
const hurry = (after = '0') => api.sql(`UPDATE graphile_worker._private_jobs SET run_at = now() + $1::interval WHERE locked_at IS NULL AND task_id = (SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'invitation') RETURNING id`, [after]);
const works = () => api.sql('DELETE FROM delivery_channel');

describe('a message that has not left yet', () => {
  it('does not leave once its invitation is withdrawn, replaced or accepted, and nobody reports it as lost', async () => {
    const doings = createInviting(api);
    const root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
    smtp.behave({ failWith: 451 });
    const made: Record<string, string> = {};
    for (const name of ['withdrawn', 'replaced', 'accepted', 'kept']) {
      const before = smtp.attempts();
      made[name] = (await doings.invited({ email: `${name}@example.com` }, root)).invitation_id;
      await until(() => smtp.attempts() > before, 30_000);
      await works();
    }
    await until(async () => (await api.sql(`SELECT FROM message_delivery WHERE kind = 'invitation' AND state = 'waiting'`)).length === 4, 30_000);
    // None is tried meanwhile: what was on its way before it was withdrawn may arrive, and failures close the channel for codes.
    await until(async () => (await hurry('1 hour')).length === 4, 30_000);
    await works();

    expect((await doings.withdraw(made['withdrawn']!, root)).status).toBe(200);
    await doings.later();
    // In other capitals it is another recipient to the mail server, and the same person.
    await doings.invited({ email: 'REPLACED@example.com', language: 'de' }, root);
    await api.client.post('/auth/send-one-time-password', { user_id: 'accepted@example.com', channel: 'email' });
    expect((await doings.accept('accepted@example.com', { otp: '111111' })).status).toBe(200);

    smtp.behave({ failWith: undefined });
    await until(async () => {
      await works();
      await hurry();
      return (await doings.waitingJobs()) === 0;
    }, 30_000);
    expect(smtp.messages.map(({ recipients, mail }) => [recipients[0], mail.subject, mail.headers.find(({ key }) => key === 'content-language')?.value]).sort()).toEqual([
      ['REPLACED@example.com', api.context.translator.text('de', 'mail.invitation.subject', { app: 'Tessera' }), 'de'],
      ['kept@example.com', 'You are invited to Tessera', 'en'],
    ]);
    expect(await api.sql(`SELECT metadata FROM activity_log WHERE action = 'message_undelivered'`)).toEqual([]);
  });
});
