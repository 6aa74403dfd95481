import { randomUUID } from 'node:crypto';
import type { AddOptions, Jobs } from '../../infra/jobs.js';
import type { Mail } from '../../infra/mailer.js';
import type { Queryable } from '../../infra/postgres.js';
import { SendError } from '../../infra/send-error.js';
import type { MessageChannel, Senders } from '../../infra/senders.js';
import type { TextMessage } from '../../infra/text-sender.js';
import type { Delivery } from '../delivery/delivery.service.js';

/** A message that is ready to leave. */
export type Outgoing = ({ channel: 'email' } & Omit<Mail, 'id'>) | ({ channel: 'sms' | 'whatsapp' } & Omit<TextMessage, 'id'>);

/** Puts a message into the caller's transaction. */
export type Queue<Content> = (tx: Queryable, content: Content, options?: Pick<AddOptions, 'notAfter' | 'key'>) => Promise<void>;

/** What is asked of a message before each try. */
export type Conditions<Content> = {
  /** A message that may not leave is refused for good, and reported. */
  mayLeave?: (content: Content) => Promise<boolean>;
  /** A message that nobody needs any more is dropped without a word. */
  isWanted?: (content: Content) => Promise<boolean>;
};

/** How the version before this one queued an e-mail; some may not have left when it is replaced, and some are queued beside us (F23). */
type FlatPayload<Content> = { id: string } & Omit<Content, 'channel'>;

export type Outbox = ReturnType<typeof createOutbox>;

/** Runs of a job that a killed worker used up before it had tried. */
const SPARE_RUNS = 5;
/** Keeps machines from answering (RFC 3834 §5). */
const MACHINE_MADE = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * Messages as sealed jobs: one is put into the caller's transaction, and a worker renders it and
 * hands it to its provider. So the answer takes the same time however slow the provider is (F12,
 * C-10), and a rollback sends nothing.
 */
export function createOutbox({ jobs, delivery, senders }: { jobs: Jobs; delivery: Pick<Delivery, 'deliver' | 'expire'>; senders: Senders }) {
  return {
    canSend: (channel: MessageChannel): boolean => senders[channel] !== undefined,

    /** Says how messages of a kind are made and how often one is tried. */
    kind<Content extends object>(kind: string, tries: number, render: (content: Content) => Outgoing, { mayLeave, isWanted }: Conditions<Content> = {}): Queue<Content> {
      type Payload = { id: string; content: Content };
      jobs.handle<Payload | FlatPayload<Content>>(
        kind,
        async (payload, { attempt, maxAttempts }) => {
          const { id, content } = nested(payload);
          if (isWanted && !(await isWanted(content))) return;
          const outgoing = render(content);
          await delivery.deliver({ id, kind, channel: outgoing.channel }, { most: tries, isLastRun: attempt >= maxAttempts }, async () => {
            if (mayLeave) await assertMayLeave(() => mayLeave(content));
            await send(id, outgoing);
          });
        },
        {
          async expired(payload) {
            const { id, content } = nested(payload);
            if (isWanted && !(await isWanted(content))) return;
            return delivery.expire({ id, kind, channel: render(content).channel });
          },
        },
      );
      return (tx, content, options) => jobs.add(tx, kind, { id: randomUUID(), content } satisfies Payload, { ...options, maxAttempts: tries + SPARE_RUNS });
    },
  };

  /** @throws SendError */
  async function assertMayLeave(ask: () => Promise<boolean>): Promise<void> {
    const may = await ask().catch((cause: unknown) => {
      throw new SendError('not_taken', 'BUDGET_UNKNOWN', { cause, sparesChannel: true });
    });
    if (!may) throw new SendError('refused', 'BUDGET_USED_UP');
  }

  async function send(id: string, outgoing: Outgoing): Promise<void> {
    if (outgoing.channel === 'email') await senderOf('email').send({ id, ...outgoing, headers: { ...MACHINE_MADE, ...outgoing.headers } });
    else await senderOf(outgoing.channel).send({ id, ...outgoing });
  }

  /** Asked again when the message leaves: a restart may have taken the provider away. */
  function senderOf<C extends MessageChannel>(channel: C): NonNullable<Senders[C]> {
    const sender = senders[channel];
    if (!sender) throw new SendError('not_taken', 'NO_PROVIDER');
    return sender;
  }
}

function nested<Content extends object>(payload: { id: string; content: Content } | FlatPayload<Content>): { id: string; content: Content } {
  if ('content' in payload) return payload;
  const { id, ...content } = payload;
  return { id, content: { channel: 'email', ...content } as unknown as Content };
}
