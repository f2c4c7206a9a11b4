export const oauthAuditEvents = {
  'client.created': 'An administrator registered an OAuth client.',
  'client.registered': 'Someone with an initial access token registered an OAuth client.',
  'client.registration_token_issued':
    'An administrator made an initial access token: whoever has it may register clients.',
  'client.updated': 'An administrator changed the registration of an OAuth client.',
  'client.deleted': 'An administrator deleted an OAuth client, with its grants and tokens.',
  'client.secret_rotated': 'An administrator gave a client a new secret.',
  'trusted_issuer.created': 'An administrator made the assertions of an issuer count.',
  'trusted_issuer.deleted': 'An administrator ended the trust in an issuer.',
  'oauth.assertion_accepted':
    'A client brought the assertion of a trusted issuer about a user (RFC 7523).',
  'oauth.token_issued': 'A client got an access token.',
  'oauth.token_refused': 'A client asked for a token and was refused.',
  'oauth.token_revoked': 'A client revoked a token of its own.',
  'oauth.authorization_refused': 'An authorization request was refused.',
  'oauth.consent_given': 'A user allowed a client to act for them.',
  'oauth.consent_denied': 'A user refused what a client asked for.',
  'oauth.request_approved': 'A user approved what a client had asked for from elsewhere.',
  'oauth.request_denied': 'A user refused what a client had asked for from elsewhere.',
  'oauth.consent_revoked': 'A user or an administrator disconnected a client.',
} as const
