export const webauthnAuditEvents = {
  'webauthn.registration_started':
    'A user who proved to be there again may register an authenticator.',
  'webauthn.registered': 'A user registered a passkey or security key; it counts from now on.',
  'webauthn.registration_refused':
    'A registration came without the right proof, or its attestation was not accepted.',
  'webauthn.challenged': 'An authenticator was asked to sign a challenge for a sign-in.',
  'webauthn.renamed': 'A user gave a credential another name.',
  'webauthn.removed': 'A user removed a credential; all other sessions ended.',
  'webauthn.removal_refused': 'A removal came without the right password or factor.',
  'webauthn.clone_suspected':
    'The signature counter of a credential did not grow: there may be a copy of its key. It is refused from now on.',
} as const
