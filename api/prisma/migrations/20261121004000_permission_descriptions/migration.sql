-- What the built-in permissions allow, where nobody has said it yet: new rows get it from the seed.
UPDATE "permission" AS p SET "description" = told.description
FROM (VALUES
    ('view_dashboard', 'See the figures and charts of the dashboard.'),
    ('view_profile', 'See one’s own profile and settings, and what others show of theirs.'),
    ('edit_profile', 'Change one’s own profile, settings, password and contacts, and close one’s own account.'),
    ('view_user', 'See every account in full, whatever its owner shows, with its groups and permissions, and who is invited.'),
    ('add_user', 'Invite people, and take invitations back.'),
    ('edit_user', 'Suspend and reactivate accounts, and see and end their sessions.'),
    ('delete_user', 'Delete accounts.'),
    ('view_permission', 'See all permissions.'),
    ('add_permission', 'Make new permissions.'),
    ('edit_permission', 'Change the name and description of permissions.'),
    ('delete_permission', 'Delete permissions that are not built in.'),
    ('view_group', 'See all groups and what they grant.'),
    ('add_group', 'Make new groups.'),
    ('edit_group', 'Change groups and what they grant, up to what one holds oneself.'),
    ('delete_group', 'Delete groups that are not built in.'),
    ('assign_groups', 'Put accounts into groups and take them out, up to what one holds oneself.'),
    ('view_activity_log', 'Read the activity log of everybody.'),
    ('delete_activity_log', 'Delete old entries of the activity log.'),
    ('add_upload', 'Upload files, and delete one’s own.'),
    ('delete_upload', 'Delete everybody’s uploaded files.')
) AS told (codename, description)
WHERE p.codename = told.codename AND p.description IS NULL;
