export const keyAuditEvents = {
  'signing_key.created': 'The first signing keys of an algorithm were made for a tenant.',
  'signing_key.rotated': 'The next signing key became active; the one before it signs no more.',
  'signing_key.retired':
    'The tenant no longer signs with the algorithm of this key: it signs no more.',
  'signing_key.revoked': 'A signing key was withdrawn: tokens that it signed are refused.',
  'signing_key.removed': 'A retired signing key is no longer published; its last token expired.',
} as const
