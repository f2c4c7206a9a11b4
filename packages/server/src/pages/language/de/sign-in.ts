import type { Texts } from '../texts.ts'

export const signIn: Texts['signIn'] = {
  title: 'Anmelden',
  lead: 'Willkommen zurück. Melden Sie sich an, um fortzufahren.',
  button: 'Anmelden',
  or: 'oder',
  withPasskey: 'Mit Passkey anmelden',
  passkeyFailed:
    'Der Passkey wurde nicht verwendet. Versuchen Sie es noch einmal, oder nehmen Sie Ihr Passwort.',
  forgot: 'Passwort vergessen?',
  noAccount: 'Neu hier?',
  createAccount: 'Konto anlegen',
  signedInAs: 'Sie sind als {email} angemeldet.',
  goOn: 'Weiter als {email}',
  anotherAccount: 'Oder melden Sie sich unten mit einem anderen Konto an.',
  missing: 'Geben Sie Adresse und Passwort ein.',
  refused: 'Die Adresse oder das Passwort stimmt nicht',
  refusedHelp:
    'Prüfen Sie beides, und versuchen Sie es noch einmal. Nach mehreren Fehlversuchen müssen Sie kurz warten.',
  interrupted: 'Bitte melden Sie sich noch einmal an',
  interruptedHelp: 'Der letzte Schritt hat zu lange gedauert, oder es gab zu viele Versuche.',
  unverifiedTitle: 'Bestätigen Sie Ihre E‑Mail-Adresse',
  unverifiedLead:
    'Ihr Passwort stimmt, aber diese Adresse ist noch nicht bestätigt. Öffnen Sie den Link in unserer Nachricht, und melden Sie sich dann an.',
  resend: 'Nachricht noch einmal senden',

  verifyTitle: 'Bestätigen Sie, dass Sie es sind',
  totpLead: 'Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App jetzt zeigt.',
  totpLabel: 'Code aus der App',
  hotpLead: 'Drücken Sie den Knopf Ihres Tokens, und geben Sie die sechs Ziffern ein.',
  hotpLabel: 'Code aus dem Token',
  smsLead: 'Wir senden einen Code aus sechs Ziffern an Ihr Telefon.',
  smsSentLead:
    'Geben Sie den Code ein, den wir an {number} gesendet haben. Es kann eine Minute dauern.',
  smsLabel: 'Code aus der Nachricht',
  smsSend: 'Code senden',
  smsAgain: 'Neuen Code senden',
  trustDevice: 'Auf diesem Gerät {days} Tage lang nicht danach fragen',
  trustHint: 'Nur dort, wo niemand sonst es benutzen kann.',
  backupLead: 'Geben Sie einen Ihrer aufbewahrten Ersatzcodes ein. Jeder gilt einmal.',
  backupLabel: 'Ersatzcode',
  backupHint: 'Zwölf Zeichen, zum Beispiel 4h7k-m2qx-9tzb',
  webauthnLead: 'Verwenden Sie Ihren Passkey oder Sicherheitsschlüssel.',
  webauthnButton: 'Passkey oder Sicherheitsschlüssel verwenden',
  webauthnWaiting: 'Folgen Sie den Hinweisen Ihres Browsers.',
  webauthnNeedsScript:
    'Ein Passkey braucht JavaScript. Erlauben Sie es für diese Seite, oder wählen Sie einen anderen Weg.',
  confirm: 'Bestätigen',
  triesLeft: 'Noch {count} Versuche',
  oneTryLeft: 'Noch ein Versuch',
  codeRefused: 'Der Code stimmt nicht',
  codeRefusedHelp: 'Jeder Code gilt einmal und nur kurz. Warten Sie auf den nächsten.',
  codeMalformed: 'So sieht kein solcher Code aus',
  digitsMalformedHelp: 'Ein solcher Code hat genau sechs Ziffern.',
  totpMalformedHelp: 'Ein Code aus der App hat genau sechs Ziffern.',
  backupMalformedHelp: 'Ein Ersatzcode hat zwölf Buchstaben und Ziffern.',
  otherWays: 'Andere Wege',
  useTotp: 'Code aus der App verwenden',
  useWebauthn: 'Passkey oder Sicherheitsschlüssel verwenden',
  useHotp: 'Code aus dem Token verwenden',
  useSms: 'Code als SMS erhalten',
  useBackup: 'Kein Zugriff? Ersatzcode verwenden',
  startAgain: 'Als jemand anders anmelden',

  changeTitle: 'Neues Passwort wählen',
  changeReasons: {
    expired: 'Ihr Passwort ist zu alt: Ihre Organisation verlangt von Zeit zu Zeit ein neues.',
    breach:
      'Ihr Passwort ist aus einem Datenleck bekannt. Wählen Sie ein anderes, und ändern Sie es überall, wo Sie es sonst verwenden.',
    administrator: 'Ihre Administratoren bitten Sie, Ihr Passwort zu ersetzen.',
  },
  changeEnds: 'Auf allen anderen Geräten werden Sie abgemeldet.',
  changeButton: 'Speichern und anmelden',

  captchaLead:
    'Ihr Browser löst eine kleine Aufgabe, damit Maschinen nicht schnell Passwörter probieren können.',
  captchaAgain: 'Ihr Passwort wurde nicht aufbewahrt: geben Sie es noch einmal ein.',
  captchaTitle: 'Noch eine Prüfung',
  captchaRunning: 'Ihr Browser löst eine Aufgabe …',
  captchaFailed: 'Ihr Browser konnte die Aufgabe nicht lösen. Laden Sie die Seite neu.',
  captchaNeedsScript:
    'Dieses Formular braucht JavaScript: der Browser muss eine Aufgabe lösen. Erlauben Sie es für diese Seite, und laden Sie sie neu.',
  captchaOfService:
    'Ihre Organisation verwendet das CAPTCHA eines anderen Dienstes, das diese Seite nicht zeigt. Melden Sie sich mit einem Passkey an, nehmen Sie die Anwendung Ihrer Organisation, oder fragen Sie deren Administratoren.',

  stepUpTitle: 'Bestätigen Sie, dass Sie es sind',
  stepUpLead: 'Für Ihr Vorhaben brauchen wir eine frische Bestätigung.',
  stepUpPassword: 'Geben Sie Ihr Passwort noch einmal ein.',
  stepUpUnavailable: 'Sie haben nichts, das dafür stark genug ist',
  stepUpUnavailableHelp:
    'Fügen Sie Ihrem Konto zuerst eine Authenticator-App oder einen Passkey hinzu.',

  signOutTitle: 'Abmelden?',
  signOutLead: 'Sie sind als {email} angemeldet.',
  signOutButton: 'Abmelden',
  signOutEverywhere: 'Überall abmelden',
  signedOutTitle: 'Sie sind abgemeldet',
  signedOutLead: 'Sie können diese Seite schließen.',
}
