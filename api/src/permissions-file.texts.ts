import { PERSONAL_DATA } from './modules/account/personal-data.js';
import { KEPT_BACK } from './modules/profile/shown-profile.js';
import { shortProfileSchema } from './modules/profile/profile.schema.js';
import { userSchema } from './shared/user-view.js';

/** What no table of `docs/permissions.md` can say. Lists of fields come from the shapes themselves. */

const fields = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
const keptFromEverybody = Object.entries(PERSONAL_DATA.user.columns).filter(([, { exported }]) => !exported).map(([name]) => name);

export const INTRODUCTION = `# Who may do what

Written by \`npm run permissions\` from the catalogue (\`src/shared/permission-catalogue.ts\`) and the table of endpoints (\`src/routes.ts\`): change those, not this file. \`.ci/run\` fails when it is out of date, and \`test/permission-matrix.test.ts\` asks every route as everybody in the tables below. ✔ may, – may not.

A user holds what the active groups he is in grant, and nothing by himself. Members of \`super_admin\` hold every permission, those included that are made later. A change is obeyed by the next request that is sent after its answer, on every worker. A refusal (403) says what is missing.`;

export const RANK = `- Nobody gives, changes or takes away more than he holds. A group can be given, taken away, changed or deleted only by who holds all that it grants, or would grant if it were active; a permission can be put into a group, or taken out, only by who holds it.
- An account and its groups can be changed only by who holds all that the account holds, or would hold if all its groups were active. Equals may act on each other.
- Super administrators alone give and take \`super_admin\`, and act on its members and on protected accounts (\`is_protected\`).
- The last super administrator who can sign in is not removed, demoted, suspended or deleted, whatever comes at once.
- Built-in groups and permissions keep their codename, their name and their existence, and \`super_admin\` stays active.
- A permission that is made at run time opens nothing by itself; an endpoint of one’s own module asks for it with \`customPermission('codename')\`.`;

export const FIELDS = `- **One’s own account**: all of \`User\`, that is ${fields(Object.keys(userSchema.shape))}.
- **With \`view_user\`**: all of \`User\` of everybody, whatever the account’s \`profile_accessibility\` says.
- **Without it**, of a profile that is \`public\`: the same keys, with ${fields(Object.keys(KEPT_BACK))} null. Of every other: ${fields(Object.keys(shortProfileSchema.shape))}.
- **Nobody, himself included**: ${fields(keptFromEverybody)}; hashes, one-time codes, tokens, and where files lie.`;

export const WITHIN_A_ROUTE = `- \`GET /settings/profile/:user_id\` shows as much as the section above says.
- \`DELETE /auth/sessions/:session_id\` ends one’s own sessions, and with \`edit_user\` those of others.
- Routes that give, change or take away rights, and those that act on the account of another, keep the rules of rank and answer 403 \`PERMISSION_DENIED\` or \`GROUP_DENIED\` beyond them.`;

export const BESIDE = 'What is no endpoint of the table, and who sees it. `/*` is whatever is below.';
