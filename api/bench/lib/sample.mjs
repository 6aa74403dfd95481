/** An answer of the size and shape of a profile, for the peers that only have to send one. */
export const sample = {
  success: true,
  id: '0088aee8-6d1c-4a44-9a77-6a3c1f1b2c3d',
  message: 'User profile fetched successfully',
  data: {
    user_id: '44ec7c7f-5a1e-4b93-8d5b-0e5d1c2b3a4f', created_at: '2026-11-21T01:43:24.868Z', last_updated: '2026-11-21T01:43:24.868Z', first_name: null, last_name: null,
    country: null, gender: null, dob: null, email: 'someone@example.com', profile_picture_url: null, phone_number: null, auth_type: 'email', is_email_verified: true,
    is_phone_verified: false, email_verified_at: '2026-11-21T01:43:24.868Z', phone_number_verified_at: null, last_sign_in_at: '2026-11-21T01:43:24.868Z', bio: null,
    theme: 'light', profile_accessibility: 'public', user_type: 'customer', user_name: 'someone', language: 'en', status: 'ACTIVE', timezone: null,
    invited_by_user_id: null, is_protected: false, is_trashed: false, is_active: true, is_verified: true,
  },
  timestamp: '2026-11-21T01:43:24.868Z',
};
