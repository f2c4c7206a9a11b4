export const factorAuditEvents = {
  'factor.enrolled': 'A user was shown the secret of a new factor; it does not count yet.',
  'factor.enrollment_refused': 'An enrolment came without the right password or factor.',
  'factor.confirmed': 'A user proved to hold a new factor; it counts from now on.',
  'factor.confirmation_refused': 'A code for a new factor was not right.',
  'factor.removed': 'A user removed a factor; all other sessions ended.',
  'factor.removal_refused': 'A removal came without the right password or factor.',
  'backup_codes.made': 'A user got a new set of backup codes; the one before is dead.',
  'backup_codes.refused': 'A new set of backup codes was asked for without the right password.',
  'backup_code.used': 'A user signed in or proved themselves with a backup code.',
} as const
