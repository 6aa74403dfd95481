import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { createRedisServer, type RedisServer } from '../../test/redis-server.js';
import { connectRedisStore } from '../../test/redis-store.js';
import { standStill } from '../../test/standing-clock.js';
import { until } from '../../test/until.js';
import { createMailbox, type MailboxNews } from './mailbox.js';
import { createMemoryStore } from './memory-store.js';
import { createRedisStore } from './redis.js';
import { StoreUnavailableError, type Store } from './store.js';

const mail = { to: 'mina@example.com', subject: 'Your code', text: 'Code:\n\n042137\n', html: '<p>042137</p>' };
const logger = createRecordingLogger();

let redis: RedisServer;
const stores: Store[] = [];
const keep = (store: Store): Store => {
  stores.push(store);
  return store;
};

beforeAll(async () => {
  redis = await createRedisServer();
});
afterEach(async () => {
  jest.useRealTimers();
  for (const store of stores.splice(0)) await store.close();
});
afterAll(() => redis.stop());

/** The mailbox as two users of it see it: parts of one process, or two processes. */
const pairs = {
  'one process': async () => {
    const store = keep(createMemoryStore());
    return [store, store] as const;
  },
  'two processes': async () => [keep(await connectRedisStore(redis.url)), keep(await connectRedisStore(redis.url))] as const,
};

describe.each(Object.entries(pairs))('a mailbox in %s', (_name, makeStores) => {
  it('shows what either side was given, newest first, and tells of it', async () => {
    const [here, there] = (await makeStores()).map((store) => createMailbox(store, logger));
    standStill('setTimeout');
    const news: MailboxNews[] = [];
    const unwatch = await there!.watch((each) => void news.push(each));
    await here!.send(mail);
    await until(() => news.length === 1);
    await there!.send({ ...mail, subject: 'The second' });
    expect(await here!.list()).toMatchObject([{ subject: 'The second' }, mail]);
    await here!.clear();
    expect(await there!.list()).toEqual([]);
    await until(() => news.length === 3);
    await unwatch();
    await here!.send(mail);
    await here!.clear();
    expect(news).toEqual(['changed', 'changed', 'changed']);
  });
});

describe('a mailbox', () => {
  it('says in the log to whom, and what', async () => {
    await createMailbox(keep(createMemoryStore()), logger).send(mail);
    expect(logger.lines.at(-1)).toEqual({ level: 'info', message: 'A message was put into the mailbox', fields: { channel: 'email', to: mail.to, subject: mail.subject, text: mail.text } });
  });

  it('keeps it where nobody can be told', async () => {
    const store = keep(createMemoryStore());
    const mailbox = createMailbox({ ...store, publish: () => Promise.reject(new StoreUnavailableError('TIMEOUT')) }, logger, 0);
    await mailbox.send(mail);
    expect(await mailbox.list()).toMatchObject([mail]);
  });

  it('does not take what the store stays away from: it may be sent again, and the channel is none the worse', async () => {
    const store = keep(createMemoryStore());
    const push = () => Promise.reject(new StoreUnavailableError('TIMEOUT'));
    await expect(createMailbox({ ...store, push }, logger, 0).send(mail)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'STORE_AWAY', sparesChannel: true });
  });

  it('refuses what a mail server would refuse (E-21)', async () => {
    const mailbox = createMailbox(keep(createMemoryStore()), logger);
    await expect(mailbox.send({ ...mail, to: 'a@example.com\r\nBcc: b@example.com' })).rejects.toMatchObject({ outcome: 'refused' });
    expect(await mailbox.list()).toEqual([]);
  });

  it('keeps text messages beside the mails, and says how they would have gone', async () => {
    const mailbox = createMailbox(keep(createMemoryStore()), logger);
    await mailbox.send(mail);
    await mailbox.texts('whatsapp').send({ id: '1', to: '+96550000001', text: '042137 is your code.', code: '042137' });
    expect(await mailbox.list()).toMatchObject([{ channel: 'whatsapp', to: '+96550000001', text: '042137 is your code.', code: '042137' }, { channel: 'email', to: mail.to }]);
    await expect(mailbox.texts('sms').send({ id: '2', to: '50000001', text: 'no number of the world' })).rejects.toMatchObject({ outcome: 'refused' });
  });

  it.each(['took it and answered too late', 'was away for a moment'])('keeps a message once, and tells of it, where the store %s', async (how) => {
    const store = keep(createMemoryStore());
    /** Every first answer is lost. */
    const losing = <Asked extends unknown[]>(ask: (...asked: Asked) => Promise<void>) => {
      let asked = 0;
      return async (...values: Asked): Promise<void> => {
        asked += 1;
        if (asked > 1 || how.startsWith('took')) await ask(...values);
        if (asked === 1) throw new StoreUnavailableError('TIMEOUT');
      };
    };
    const mailbox = createMailbox({ ...store, push: losing(store.push), publish: losing(store.publish) }, logger);
    const news: MailboxNews[] = [];
    await mailbox.watch((each) => void news.push(each));
    await mailbox.send(mail);
    expect(await mailbox.list()).toMatchObject([mail]);
    await until(() => news.includes('changed'));
  });

  it('tells its watchers when it is closed', async () => {
    const mailbox = createMailbox(keep(createMemoryStore()), logger);
    const news: MailboxNews[] = [];
    await mailbox.watch((each) => void news.push(each));
    await mailbox.close();
    expect(news).toEqual(['closed']);
  });

  it('loses nothing, and keeps nothing twice, while its store is away for a moment', async () => {
    const lines = createRecordingLogger();
    const server = await createRedisServer();
    const store = await createRedisStore({ url: server.url }, lines);
    const mailbox = createMailbox(store, lines);
    // Taken and held: when nobody waits for the answer any more, it is in the list all the same.
    server.freeze();
    const sent = mailbox.send(mail);
    await until(() => !store.available());
    server.thaw();
    await sent;
    await until(() => store.available());
    expect(await mailbox.list()).toMatchObject([mail]);
    expect(await mailbox.list()).toHaveLength(1);
    await store.close();
    await server.stop();
  });
});
