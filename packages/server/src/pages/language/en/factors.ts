export const factors = {
  enrollTitle: 'Protect your account',
  enrollLead:
    'Your organisation asks for a second step at every sign-in. An authenticator app on your phone is all you need; it takes a minute.',
  enrollPasskeyLead:
    'Your organisation asks for a passkey or a security key at every sign-in. Your device may be all you need; it takes a minute.',
  enrollButton: 'Set up an authenticator app',
  setupManual: 'Can not scan it?',
  setupConfirm: 'Confirm the code',
  setupRestart: 'Begin again with a new QR code',
  stepScan: 'Scan',
  stepSave: 'Save backup codes',
  codesTitle: 'Save your backup codes',
  codesLead:
    'If you lose your phone or your key, each of these codes lets you in once. You see them only now. Keep them where you keep other important papers.',
  codesList: 'Your backup codes',
  codesDownload: 'Download as text file',
  codesFile: 'backup-codes.txt',
  codesSaved: 'I have saved these codes',
  passkeyTitle: 'Create a passkey',
  passkeyLead:
    'Sign in with your fingerprint, your face or the PIN of this device. Nobody can phish a passkey.',
  passkeyName: 'Name of this passkey',
  passkeyNameHint: 'So that you recognise it later, for example “Phone”.',
  passkeyButton: 'Create passkey',
  passkeyFailed: 'The passkey was not created. You can try again.',
  passkeyNeedsScript: 'Passkeys need JavaScript. Allow it for this page and load it again.',
  totpName: 'Authenticator app',
  hotpName: 'Token that shows codes',
  smsName: 'Codes by SMS to {number}',
  smsHint: 'SMS can be intercepted: an app or a passkey is safer.',
}
