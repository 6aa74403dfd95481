/** Failures of permissions, groups, users and invitations. */
export const accessErrors = {
  USER_NOT_FOUND: {
    message: 'User not found',
    reason: 'There is no user with this id.',
    hint: 'Check the id, or search in the list of users.',
  },
  PERMISSION_NOT_FOUND: {
    message: 'Permission not found',
    reason: 'There is no permission with this id.',
    hint: 'Load the list of permissions again.',
  },
  PERMISSION_UPDATE_FAILED: {
    message: 'Failed to update permission',
    reason: 'The name and codename of a built-in permission cannot be changed.',
    hint: 'Change its description or category, or create a permission of your own.',
  },
  PERMISSION_DELETE_FAILED: {
    message: 'Failed to delete permission',
    reason: 'A built-in permission cannot be deleted.',
    hint: 'Take it away from the groups that should not have it.',
  },
  GROUP_NOT_FOUND: {
    message: 'Group not found',
    reason: 'There is no group with this id.',
    hint: 'Load the list of groups again.',
  },
  GROUP_UPDATE_FAILED: {
    message: 'Failed to update group',
    reason: 'The name and codename of a system group cannot be changed, and super_admin is always active.',
    hint: 'Change its description, or create a group of your own.',
  },
  GROUP_DELETE_FAILED: {
    message: 'Failed to delete group',
    reason: 'A system group cannot be deleted.',
    hint: 'Deactivate the group instead.',
  },
  GROUP_ASSIGN_PERMISSIONS_FAILED: {
    message: 'Failed to assign permissions to group',
    reason: 'A permission in the list does not exist, or is in it twice, or the group is super_admin, which always has every permission.',
    hint: 'Load the list of permissions again and send each once.',
  },
  GROUP_ASSIGN_USERS_FAILED: {
    message: 'Failed to assign groups to user',
    reason: 'A group in the list does not exist, is not active, or is in it twice.',
    hint: 'Load the list of groups again and send each once.',
  },
  PERMISSION_DENIED: {
    message: 'Permission denied',
    reason: 'Nobody may give, change or take away more than he holds himself.',
    hint: 'The missing permissions are listed under details. Ask somebody who has them.',
  },
  GROUP_DENIED: {
    message: 'Group access denied',
    reason: 'Only a super administrator may do this.',
    hint: 'Ask a super administrator.',
  },
  USER_STATUS_CONFLICT: {
    message: 'The status of this account does not allow this',
    reason: 'The account is in another state than this action needs: closed by its owner, or about to be erased.',
    hint: 'Load the user again. An account that its owner has closed comes back when he signs in.',
  },
  OWN_ACCOUNT: {
    message: 'This is your own account',
    reason: 'Administrators do not close their own account here.',
    hint: 'Use your settings, or ask another administrator.',
  },
  LAST_SUPER_ADMIN: {
    message: 'There must be another super administrator',
    reason: 'This account is the only super administrator, and nobody could appoint a new one.',
    hint: 'Make somebody else a super administrator first.',
  },
  INVITATION_NOT_FOUND: {
    message: 'Invitation not found',
    reason: 'The invitation was accepted, withdrawn or has expired.',
    hint: 'Load the list of invitations again.',
  },
};
