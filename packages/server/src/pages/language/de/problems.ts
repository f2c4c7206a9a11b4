import type { Texts } from '../texts.ts'

export const problems: Texts['problems'] = {
  unknown: {
    title: 'Bei uns ist etwas schiefgegangen',
    text: 'Versuchen Sie es in einigen Minuten noch einmal. Bleibt es so, nennen Sie dem Support die Referenz unten.',
  },
  not_found: {
    title: 'Unter dieser Adresse ist nichts',
    text: 'Prüfen Sie die Adresse, oder gehen Sie dahin zurück, woher Sie kamen.',
  },
  invalid_request: {
    title: 'Etwas fehlt oder hat die falsche Form',
    text: 'Prüfen Sie Ihre Angaben, und senden Sie sie noch einmal.',
  },
  malformed_body: {
    title: 'Das Formular war nicht zu lesen',
    text: 'Gehen Sie zurück, laden Sie die Seite neu, und füllen Sie sie noch einmal aus.',
  },
  csrf_token_invalid: {
    title: 'Diese Seite war zu lange offen',
    text: 'Gehen Sie zurück, laden Sie die Seite neu, und senden Sie sie noch einmal. Cookies müssen erlaubt sein.',
  },
  origin_refused: {
    title: 'Diese Seite wurde unter einer anderen Adresse geöffnet',
    text: 'Verwenden Sie die Adresse Ihrer Organisation genau so, wie Sie sie erhalten haben.',
  },
  tenant_not_found: {
    title: 'Unter dieser Adresse ist niemand',
    text: 'Verwenden Sie den Link genau so, wie er in Ihrer Nachricht steht.',
  },
  tenant_suspended: {
    title: 'Diese Organisation ist zurzeit geschlossen',
    text: 'Fragen Sie ihre Verwaltung, oder versuchen Sie es später.',
  },
  too_many_requests: {
    title: 'Zu viele Versuche',
    text: 'Warten Sie eine Minute, und versuchen Sie es dann noch einmal.',
  },
  overloaded: {
    title: 'Der Server ist ausgelastet',
    text: 'Versuchen Sie es gleich noch einmal.',
  },
  database_unavailable: {
    title: 'Der Dienst ist gerade nicht verfügbar',
    text: 'Versuchen Sie es in einigen Minuten noch einmal.',
  },
  registration_closed: {
    title: 'Die Registrierung ist geschlossen',
    text: 'Neue Mitglieder kommen nur auf Einladung. Fragen Sie Ihre Verwaltung.',
  },
  email_invalid: {
    title: 'Das ist keine E-Mail-Adresse',
    text: 'Geben Sie eine einfache Adresse ein, zum Beispiel ada@example.com.',
  },
  token_invalid: {
    title: 'Dieser Link gilt nicht mehr',
    text: 'Er wurde benutzt oder durch einen neueren ersetzt, ist abgelaufen oder unvollständig.',
  },
  current_password_wrong: {
    title: 'Das aktuelle Passwort stimmt nicht',
    text: 'Versuchen Sie es noch einmal. Nach mehreren Fehlversuchen müssen Sie kurz warten.',
  },
  password_too_short: {
    title: 'Das Passwort ist zu kurz',
    text: 'Mehrere unverwandte Wörter ergeben ein langes Passwort, das leicht zu merken ist.',
  },
  password_too_long: {
    title: 'Das Passwort ist zu lang',
    text: 'Höchstens 256 Zeichen sind möglich.',
  },
  password_unsupported_characters: {
    title: 'Das Passwort hat ein Zeichen, das nicht verwendet werden kann',
    text: 'Buchstaben, Ziffern, Zeichen und Leerzeichen aller Sprachen sind willkommen; geben Sie es neu ein.',
  },
  password_too_common: {
    title: 'Viele Leute verwenden dieses Passwort',
    text: 'Angreifer probieren es zuerst. Wählen Sie eines, das sonst niemand hat.',
  },
  password_too_weak: {
    title: 'Das Passwort ist leicht zu erraten',
    text: 'Nehmen Sie mehrere unverwandte Wörter; nicht Ihren Namen, Ihre Adresse oder Wiederholungen.',
  },
  password_reused: {
    title: 'Sie hatten dieses Passwort schon einmal',
    text: 'Wählen Sie eines, das für dieses Konto neu ist.',
  },
  password_needs_letters_and_digits: {
    title: 'Das Passwort braucht Buchstaben und Ziffern',
    text: 'Ihre Organisation verlangt von beidem mindestens eines.',
  },
  password_breached: {
    title: 'Dieses Passwort ist aus einem Datenleck bekannt',
    text: 'Wählen Sie ein anderes, und ändern Sie es überall, wo Sie es sonst verwenden.',
  },
  factor_code_wrong: {
    title: 'Der Code stimmt nicht',
    text: 'Geben Sie den Code ein, den die App jetzt zeigt; jeder gilt einmal.',
  },
  factor_limit_reached: {
    title: 'Davon gibt es schon genug',
    text: 'Entfernen Sie einen Eintrag, den Sie nicht mehr brauchen.',
  },
  factor_required: {
    title: 'Das ist Ihr letzter zweiter Schritt',
    text: 'Ihre Organisation verlangt einen. Fügen Sie einen anderen hinzu, bevor Sie diesen entfernen.',
  },
  factor_missing: {
    title: 'Es gibt nichts, was Ersatzcodes ersetzen könnten',
    text: 'Fügen Sie zuerst eine Authenticator-App oder einen Passkey hinzu.',
  },
  factor_not_found: {
    title: 'Diesen Eintrag gibt es nicht mehr',
    text: 'Er wurde schon entfernt, oder die Einrichtung hat zu lange gedauert. Beginnen Sie noch einmal.',
  },
  mfa_disabled: {
    title: 'Ihre Organisation verwendet keinen zweiten Schritt',
    text: 'Fragen Sie Ihre Verwaltung.',
  },
  webauthn_credential_not_found: {
    title: 'Diesen Passkey gibt es nicht mehr',
    text: 'Er wurde schon entfernt.',
  },
  webauthn_registration_refused: {
    title: 'Der Passkey wurde nicht angenommen',
    text: 'Es hat zu lange gedauert, oder er ist schon registriert. Versuchen Sie es noch einmal.',
  },
  authenticator_not_allowed: {
    title: 'Ihre Organisation erlaubt diese Art von Schlüssel nicht',
    text: 'Verwenden Sie einen, den Ihre Verwaltung genannt hat.',
  },
  attestation_required: {
    title: 'Ihre Organisation muss wissen, wer diesen Schlüssel hergestellt hat',
    text: 'Verwenden Sie einen, den Ihre Verwaltung genannt hat. Ein Passkey, der in einem Konto liegt, sagt es nicht.',
  },
  attestation_metadata_outdated: {
    title: 'Dieser Schlüssel lässt sich im Augenblick nicht prüfen',
    text: 'Fragen Sie Ihre Verwaltung.',
  },
  captcha_required: {
    title: 'Die Aufgabe wurde nicht gelöst',
    text: 'Ihr Browser löst sie, während Sie warten. Senden Sie das Formular noch einmal.',
  },
  name_screening_unavailable: {
    title: 'Das geht gerade nicht',
    text: 'Versuchen Sie es später, oder sagen Sie es dem Betreiber.',
  },
  captcha_unavailable: {
    title: 'Das Formular lässt sich im Augenblick nicht prüfen',
    text: 'Versuchen Sie es in einer Minute noch einmal.',
  },
  invalid_email_sign_in: {
    title: 'Dieser Link oder Code gilt hier nicht',
    text: 'Er gilt einmal, zehn Minuten lang, in dem Browser, der ihn angefordert hat. Fordern Sie einen neuen an.',
  },
  email_sign_in_disabled: {
    title: 'Per E-Mail kann man sich hier nicht anmelden',
    text: 'Ihre Organisation verwendet das nicht. Nehmen Sie Ihr Passwort oder einen Passkey.',
  },
  risk_refused: {
    title: 'Das sieht ungewöhnlich aus, darum halten wir hier an',
    text: 'Nichts wurde geändert. Versuchen Sie es von einem Ort und einem Gerät, die Sie oft nutzen, mit Ihrem zweiten Schritt; oder fragen Sie Ihre Administratoren.',
  },
  session_policy_changed: {
    title: 'Bitte melden Sie sich noch einmal an',
    text: 'Ihre Organisation verlangt mehr, als diese Sitzung bewiesen hat. Darum ist sie beendet.',
  },
  sms_disabled: {
    title: 'Ihre Organisation verwendet keine SMS',
    text: 'Wählen Sie einen anderen Weg.',
  },
  sms_destination_refused: {
    title: 'An diese Nummer gehen keine SMS',
    text: 'Ihre Organisation verwendet keine Nummern aus diesem Land. Wählen Sie einen anderen Weg.',
  },
  sms_limit_reached: {
    title: 'Es wurden zu viele Nachrichten gesendet',
    text: 'Warten Sie eine Weile, oder wählen Sie einen anderen Weg.',
  },
  device_not_found: { title: 'Dieses Gerät ist weg', text: 'Es wurde schon vergessen.' },
  factor_secret_unavailable: {
    title: 'Dieser zweite Schritt lässt sich im Augenblick nicht prüfen',
    text: 'Versuchen Sie es später noch einmal, oder wählen Sie einen anderen Weg.',
  },
  grant_not_found: {
    title: 'Diese Anwendung ist nicht verbunden',
    text: 'Sie wurde bereits getrennt.',
  },
  session_not_found: { title: 'Diese Sitzung ist vorbei', text: 'Sie wurde schon beendet.' },
}
