import type { Texts } from '../texts.ts'

export const otpSetup: Texts['otpSetup'] = {
  totp: {
    title: 'Authenticator-App einrichten',
    lead: 'Öffnen Sie die App, fügen Sie ein Konto hinzu, und scannen Sie diesen Code.',
    qrCode: 'QR-Code für Ihre Authenticator-App',
    manualLead: 'Geben Sie stattdessen diesen Schlüssel in die App ein:',
    code: 'Code, den die App zeigt',
    againTitle: 'Authenticator-App bestätigen',
    againLead:
      'Geben Sie die sechs Ziffern ein, die die App für das eben hinzugefügte Konto zeigt.',
  },
  hotp: {
    title: 'Token einrichten',
    lead: 'Übertragen Sie diesen Schlüssel auf Ihren Token, und drücken Sie für den ersten Code seine Taste.',
    qrCode: 'QR-Code für Ihren Token',
    manualLead: 'Geben Sie diesen Schlüssel mit dem Zähler 0 in den Token ein:',
    code: 'Code, den der Token zeigt',
    againTitle: 'Token bestätigen',
    againLead:
      'Drücken Sie die Taste des Tokens, und geben Sie die sechs Ziffern ein, die er zeigt.',
  },
}
