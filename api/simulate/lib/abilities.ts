import type { Fleet } from './fleet.js';

/** What the built server can do, read from its own OpenAPI document. */
export type Abilities = {
  /** Logout of this session or the others alone, and sessions that can be listed and ended one by one. */
  sessions: boolean;
};

export async function readAbilities({ workers: [worker] }: Fleet): Promise<Abilities> {
  const { answer } = await worker!.wire.exchange({ method: 'GET', path: '/api-docs.json' });
  return { sessions: Object.keys(answer!.body.paths as object).some((path) => path.endsWith('/auth/sessions')) };
}
