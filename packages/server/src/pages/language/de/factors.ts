import type { Texts } from '../texts.ts'

export const factors: Texts['factors'] = {
  enrollTitle: 'Schützen Sie Ihr Konto',
  enrollLead:
    'Ihre Organisation verlangt bei jeder Anmeldung einen zweiten Schritt. Eine Authenticator-App auf Ihrem Telefon genügt; es dauert eine Minute.',
  enrollPasskeyLead:
    'Ihre Organisation verlangt bei jeder Anmeldung einen Passkey oder Sicherheitsschlüssel. Vielleicht genügt Ihr Gerät; es dauert eine Minute.',
  enrollButton: 'Authenticator-App einrichten',
  setupManual: 'Scannen geht nicht?',
  setupConfirm: 'Code bestätigen',
  setupRestart: 'Mit einem neuen QR-Code beginnen',
  stepScan: 'Scannen',
  stepSave: 'Ersatzcodes sichern',
  codesTitle: 'Sichern Sie Ihre Ersatzcodes',
  codesLead:
    'Wenn Sie Ihr Telefon oder Ihren Schlüssel verlieren, lässt Sie jeder dieser Codes einmal hinein. Sie sehen sie nur jetzt. Bewahren Sie sie bei Ihren wichtigen Unterlagen auf.',
  codesList: 'Ihre Ersatzcodes',
  codesDownload: 'Als Textdatei laden',
  codesFile: 'ersatzcodes.txt',
  codesSaved: 'Ich habe diese Codes gesichert',
  passkeyTitle: 'Passkey anlegen',
  passkeyLead:
    'Melden Sie sich mit Fingerabdruck, Gesicht oder der PIN dieses Geräts an. Einen Passkey kann Ihnen niemand entlocken.',
  passkeyName: 'Name dieses Passkeys',
  passkeyNameHint: 'Damit Sie ihn später wiedererkennen, zum Beispiel „Telefon“.',
  passkeyButton: 'Passkey anlegen',
  passkeyFailed: 'Der Passkey wurde nicht angelegt. Sie können es noch einmal versuchen.',
  passkeyNeedsScript:
    'Passkeys brauchen JavaScript. Erlauben Sie es für diese Seite, und laden Sie sie neu.',
  totpName: 'Authenticator-App',
  hotpName: 'Token, der Codes zeigt',
  smsName: 'Codes als SMS an {number}',
  smsHint: 'SMS lassen sich abfangen: eine App oder ein Passkey ist sicherer.',
}
