export const identityAuditEvents = {
  'user.registered': 'Someone registered a new address.',
  'user.registration_repeated': 'Someone registered an address that has a user already.',
  'user.registration_refused':
    'Someone tried to register while registration was closed, without a challenge that was asked for, or at a high risk. `reason` says which.',
  'user.email_verified': 'A user proved to control the address.',
  'user.email_verification_requested': 'Someone asked for another verification message.',
  'user.email_verification_refused': 'A verification token was not valid.',
  'user.password_reset_requested': 'Someone asked to reset a password.',
  'user.password_reset': 'A user chose a new password with a reset token.',
  'user.password_reset_refused': 'A reset token was not valid.',
  'user.password_reset_demanded':
    'An administrator had a reset message sent; all sessions of the user ended.',
  'user.unlock_requested': 'Someone asked to end the delay of an account.',
  'user.unlocked': 'A user ended the delay of the own account, with a token of a message.',
  'user.unlock_refused': 'An unlock token was not valid.',
  'user.password_changed': 'A user changed the own password.',
  'user.password_change_refused': 'A password change came without the right current password.',
  'user.password_change_demanded':
    'A password must be replaced before it opens another session. `reason` says why.',
  'user.breach_check_unavailable':
    'Breached passwords could not be looked up; a password was accepted without it.',
  'user.created': 'An administrator created a user.',
  'user.invited': 'An administrator invited a user.',
  'user.invitation_accepted': 'An invited user chose a password.',
  'user.invitation_refused': 'An invitation token was not valid.',
  'user.suspended':
    'An administrator suspended a user, or a name on the sanctions list did (`reason`: `screening`); all sessions ended.',
  'user.resumed':
    'An administrator resumed a suspended user; with `reason`: `screening`, by clearing the last hit.',
  'user.deleted': 'A user was deleted, by an administrator or by themselves.',
  'user.deletion_refused': 'Someone tried to delete the own account without the right password.',
  'user.profile_updated': 'A user changed the own profile.',
  'user.email_change_requested': 'A user asked for another address; nothing has changed yet.',
  'user.email_changed': 'A user proved the new address; it is theirs now, and all sessions ended.',
  'user.email_change_refused': 'A token to confirm or undo another address was not valid.',
  'user.email_change_undone':
    'Whoever reads the mail of the old address did not want another one; all sessions ended.',
} as const
