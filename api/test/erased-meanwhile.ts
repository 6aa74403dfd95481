import { signUp, type Account } from './accounts.js';
import type { Answer } from './client.js';
import type { Api } from './harness.js';
import { until } from './until.js';

/** Asks as somebody who is let in and then not there: his account is erased while the request waits for it. */
export async function erasedMeanwhile(api: Api, ask: (person: Account) => Promise<Answer>): Promise<Answer> {
  const person = await signUp(api);
  // The server remembers the session from here on, and does not ask the record for it.
  await api.client.get('/auth/sessions', { token: person.sessionToken });
  let answer: Promise<Answer> | undefined;
  await api.context.db.transaction(async (tx) => {
    await tx.query({ text: 'LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE' });
    await tx.query({ text: 'DELETE FROM "user" WHERE user_id = $1', values: [person.userId] });
    answer = ask(person);
    await until(async () => (await api.sql(`SELECT FROM pg_locks WHERE relation = '"user"'::regclass AND NOT granted`)).length > 0, 20_000);
  });
  return answer!;
}
