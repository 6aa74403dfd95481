import { setTimeout as delay } from 'node:timers/promises';
import { Violation } from '../lib/violation.js';
import { GUARDING_PERMISSION } from '../lib/people.js';
import type { Fact } from './account-facts.js';
import { burst } from './burst.js';
import { refreshDevice, refreshTwice, useDevice } from './devices.js';
import { endAllInDatabase, endSession, signOut } from './owner.js';
import type { Client, Person } from './person.js';
import { signIn } from './sign-in.js';
import { refreshLoot, replay, steal, useLoot } from './thief.js';
import type { World } from './world.js';

const MOST_DEVICES = 3;
/** Surely beyond the race window, whatever the database rounds. */
const BEYOND_MS = 60;

type Step = 'sign in' | 'use' | 'refresh' | 'refresh twice' | 'lose a refresh' | 'wait' | 'sign out' | 'end a session' | 'end all in the database' | 'suspend' | 'change groups' | 'steal' | 'use loot' | 'refresh loot' | 'replay' | 'burst';

/** One person's life, a step after the other; the lives of others go on beside it. */
export async function live(world: World, person: Person): Promise<void> {
  while (world.goesOn()) {
    world.step();
    const step = chooseStep(person);
    world.journal.count(`step: ${step}`);
    await take(world, person, step);
  }
}

function chooseStep({ random, clients, loot, sessions, usable, isSteady }: Person): Step {
  const when = (is: boolean, weight: number) => (is ? weight : 0);
  const some = clients.length > 0;
  const ends = some && !isSteady;
  return random.weighted<Step>({
    'sign in': when(clients.length < MOST_DEVICES, some ? 6 : 60),
    use: when(some, 30),
    refresh: when(some, 18),
    'refresh twice': when(some, 6),
    'lose a refresh': when(some, 8),
    wait: 4,
    'sign out': when(ends, 5),
    'end a session': when(ends, 4),
    'end all in the database': when(ends, 1),
    suspend: usable.value ? when(!isSteady, 1) : 20,
    'change groups': when(some, 3),
    steal: when(some, 6),
    'use loot': when(loot.length > 0, isSteady ? 25 : 6),
    'refresh loot': when(loot.length > 0 && !isSteady, 5),
    replay: when(sessions.length > clients.length, 4),
    burst: when(some, 2),
  });
}

async function take(world: World, person: Person, step: Step): Promise<void> {
  const { random } = person;
  const device = (): Client => random.pick(person.clients);
  switch (step) {
    case 'sign in':
      return void (await signIn(world, person));
    case 'use':
      return useDevice(world, person, device());
    case 'refresh': {
      const client = device();
      return refreshDevice(world, person, client, { tabs: random.chance(0.4) ? client.tabs : 1, cut: 0.1, persistent: true });
    }
    case 'refresh twice':
      return refreshTwice(world, person, device());
    case 'lose a refresh':
      return refreshDevice(world, person, device(), { tabs: 1, cut: 1, persistent: random.chance(0.4) });
    case 'wait':
      return delay(world.rules.raceMs + BEYOND_MS);
    case 'sign out':
      return signOut(world, person, device());
    case 'end a session':
      return endSession(world, person, device());
    case 'end all in the database':
      return endAllInDatabase(world, person);
    case 'suspend':
      return suspend(world, person);
    case 'change groups':
      return changeGroups(world, person);
    case 'steal':
      return steal(world, person);
    case 'use loot':
      return useLoot(world, person);
    case 'refresh loot':
      return refreshLoot(world, person);
    case 'replay':
      return replay(world, person);
    case 'burst':
      return burst(world, person, [device().session]);
  }
}

/** Suspends the account, or lets it back in: its sessions rest meanwhile, and nothing of them is honoured. */
async function suspend(world: World, person: Person): Promise<void> {
  const { usable, account } = person;
  const to = !usable.value;
  await change(world, person, usable, to, to ? 'reactivated' : 'suspended', `UPDATE "user" SET status = $2 WHERE user_id = $1`, [account.userId, to ? 'ACTIVE' : 'SUSPENDED']);
}

/** Gives or takes the one permission that the probe needs, in one of the three ways there are. */
async function changeGroups(world: World, person: Person): Promise<void> {
  const { userId, groupId } = person.account;
  const ways: [Fact, string, string, unknown[]][] = [
    [person.member, 'INSERT INTO user_group (user_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', 'DELETE FROM user_group WHERE user_id = $1 AND group_id = $2', [userId, groupId]],
    [person.groupActive, 'UPDATE "group" SET is_active = true WHERE group_id = $1', 'UPDATE "group" SET is_active = false WHERE group_id = $1', [groupId]],
    [
      person.groupGrants,
      'INSERT INTO group_permission (group_id, permission_id) SELECT $1, permission_id FROM permission WHERE codename = $2 ON CONFLICT DO NOTHING',
      'DELETE FROM group_permission WHERE group_id = $1 AND permission_id = (SELECT permission_id FROM permission WHERE codename = $2)',
      [groupId, GUARDING_PERMISSION],
    ],
  ];
  // What was taken is most often given back first: all three together grant it.
  const taken = ways.filter(([fact]) => !fact.value);
  const [fact, give, take, values] = person.random.pick(taken.length > 0 && person.random.chance(0.8) ? taken : ways);
  await change(world, person, fact, !fact.value, `${fact === person.member ? 'group' : fact === person.groupActive ? 'group’s activity' : 'group’s permission'} ${fact.value ? 'taken' : 'given'}`, fact.value ? take : give, values);
}

/** Either value may be obeyed for a while; most often it is waited for, so that the new one alone may. */
async function change(world: World, person: Person, fact: Fact, to: boolean, what: string, statement: string, values: unknown[]): Promise<void> {
  await fact.change(to, () => world.fleet.sql(statement, values));
  world.journal.note(person.name, `${what} [${performance.now().toFixed(0)}]`);
  world.journal.count(`account: ${what}`);
  if (person.random.chance(0.8)) await delay(Math.max(0, fact.sureFrom - performance.now()));
  await burst(world, person, person.clients.map(({ session }) => session));
}

/** At the end, with everything healed: every device works, and what is over is over everywhere. */
export async function lastDay(world: World, person: Person): Promise<void> {
  for (const fact of [person.usable, person.member, person.groupActive, person.groupGrants]) await delay(Math.max(0, fact.sureFrom - performance.now()));
  for (const client of [...person.clients]) {
    await useDevice(world, person, client);
    if (person.clients.includes(client)) await refreshDevice(world, person, client, { tabs: client.tabs, persistent: true });
  }
  await burst(world, person, person.sessions);
  if (!person.usable.value) return;
  const client = await signIn(world, person);
  if (!client) throw new Violation('B-04', `${person.name} could not sign in at the end`);
  await useDevice(world, person, client);
}
