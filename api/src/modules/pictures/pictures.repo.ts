import type { Queryable } from '../../infra/postgres.js';

export type PicturesRepo = ReturnType<typeof createPicturesRepo>;

export type Picture = Readonly<{ key: string; url: string }>;

/** Which picture an account shows. */
export function createPicturesRepo() {
  return {
    /** Shows this picture from now on, or none. The row is locked by the caller, who knows which one was shown before. */
    async show(tx: Queryable, userId: string, picture: Picture | undefined): Promise<void> {
      await tx.query({
        name: 'picture_show',
        text: 'UPDATE "user" SET profile_picture_url = $2, profile_picture_key = $3, last_updated = now() WHERE user_id = $1',
        values: [userId, picture?.url ?? null, picture?.key ?? null],
      });
    },

    /** Whether the account shows the picture with this key. */
    async isShown(db: Queryable, userId: string, key: string): Promise<boolean> {
      const { rowCount } = await db.query({ name: 'picture_is_shown', text: 'SELECT 1 FROM "user" WHERE user_id = $1 AND profile_picture_key = $2', values: [userId, key] });
      return rowCount === 1;
    },
  };
}
