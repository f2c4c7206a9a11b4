export const screeningAuditEvents = {
  'screening_hit.found':
    'The name of a user resembles entries of the sanctions list; an administrator has to decide.',
  'screening_hit.cleared':
    'An administrator decided that a user is not who the list names; the reason is with the hit.',
  'screening_hit.confirmed':
    'An administrator decided that a user is who the list names; the user is suspended.',
} as const
