import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { ExportPosition, ExportRepo } from './export.repo.js';
import { EXPORT_LISTS, USER_SECTION, type ExportSection } from './export.schema.js';

export type AccountExportParts = { db: Queryable; repo: ExportRepo; activity: Pick<ActivityService, 'record'> };

export type AccountExport = ReturnType<typeof createAccountExport>;

/** Everything that is stored about a person, for that person (GDPR art. 15 and 20). */
export function createAccountExport({ db, repo, activity }: AccountExportParts) {
  return {
    /**
     * The export as JSON text (`exportSchema`), a batch of rows a piece, each read when it is asked for.
     * @throws ApiError PROFILE_NOT_FOUND, before the first piece
     */
    async *of({ userId }: Pick<Principal, 'userId'>, origin: RequestOrigin): AsyncGenerator<string, void> {
      const generatedAt = new Date().toISOString();
      const { rows: [user] } = await repo.read(db, USER_SECTION, userId);
      if (!user) throw new ApiError(profileErrors.PROFILE_NOT_FOUND);
      // Before anything of it leaves (H-02).
      await activity.record(db, origin, { action: 'account_exported', userId, status: 200 });
      yield `{"generated_at":"${generatedAt}","user":${JSON.stringify(user)}`;
      for (const [name, section] of Object.entries<ExportSection>(EXPORT_LISTS)) {
        yield `,"${name}":[`;
        yield* rowsOf(section, userId);
        yield ']';
      }
      yield '}';
    },
  };

  async function* rowsOf(section: ExportSection, userId: string): AsyncGenerator<string, void> {
    let separator = '';
    let after: ExportPosition | undefined;
    do {
      const { rows, next } = await repo.read(db, section, userId, after);
      if (rows.length > 0) yield separator + rows.map((row) => JSON.stringify(row)).join(',');
      separator = ',';
      after = next;
    } while (after !== undefined);
  }
}
