import { afterEach, expect, it, jest } from '@jest/globals';
import { quietChanges } from '../../../test/quiet-changes.js';
import { usualUser } from '../../../test/token-subjects.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createProfileService } from './profile.service.js';

afterEach(() => void jest.restoreAllMocks());

it('a remembered profile is read again after five minutes, for a sign-in is not announced', async () => {
  let reads = 0;
  const findById = async () => usualUser({ last_sign_in_at: new Date((reads += 1)) });
  const service = createProfileService({ db: { query: () => Promise.reject(new Error('no')) }, users: { ...createUsersRepo(), findById }, changes: { ...quietChanges, current: () => true } });
  const shown = async () => (await service.of('ann')).last_sign_in_at;
  const first = await shown();
  expect([await shown(), reads]).toEqual([first, 1]);
  const { now } = performance;
  jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 5 * 60_000);
  expect([(await shown()) === first, reads]).toEqual([false, 2]);
});
