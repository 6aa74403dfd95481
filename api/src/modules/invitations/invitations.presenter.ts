import { DEFAULT_LANGUAGE, toLanguage } from '../../i18n/language.js';
import type { InvitationRow } from './invitations.repo.js';
import type { InvitationView } from './invitations.schema.js';

/** An invitation as administrators see it. */
export function presentInvitation(row: InvitationRow): InvitationView {
  return {
    invitation_id: row.invitation_id,
    email: row.kind === 'email' ? row.address : null,
    phone_number: row.kind === 'phone' ? { phone: row.address } : null,
    first_name: row.first_name,
    last_name: row.last_name,
    language: toLanguage(row.language) ?? DEFAULT_LANGUAGE,
    groups: row.groups,
    invited_by_user_id: row.invited_by_user_id,
    created_at: row.created_at.toISOString(),
    sent_at: row.sent_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  };
}
