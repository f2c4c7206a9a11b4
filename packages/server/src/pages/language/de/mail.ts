import type { Texts } from '../texts.ts'

const NOT_YOU =
  'Wenn Sie das nicht waren, ändern Sie jetzt Ihr Passwort und sagen Sie es Ihrer Administration.'

export const mail: Texts['mail'] = {
  validUntil: 'Der Link gilt einmal, bis {until}.',
  valid: 'Der Link gilt einmal.',

  messages: {
    verify_email: {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse für {tenant}',
      lines: [
        'Bestätigen Sie, dass diese Adresse Ihnen gehört, um die Anmeldung bei {tenant} abzuschließen:',
        '',
        '{link}',
        '',
        '{validity}',
        'Wenn Sie kein Konto angelegt haben, beachten Sie diese Nachricht nicht; ohne den Link geschieht nichts.',
      ],
    },
    already_registered: {
      subject: 'Sie haben schon ein Konto bei {tenant}',
      lines: [
        'Jemand, wahrscheinlich Sie, wollte mit dieser Adresse ein Konto bei {tenant} anlegen.',
        'Sie haben schon eines: Melden Sie sich an, oder setzen Sie Ihr Passwort zurück, wenn Sie es vergessen haben.',
        'Wenn Sie das nicht waren, müssen Sie nichts tun.',
      ],
    },
    reset_password: {
      subject: 'Setzen Sie Ihr Passwort für {tenant} zurück',
      lines: [
        'Wählen Sie ein neues Passwort für {tenant}:',
        '',
        '{link}',
        '',
        '{validity}',
        'Wenn Sie nicht darum gebeten haben, beachten Sie diese Nachricht nicht; Ihr Passwort bleibt, wie es ist.',
      ],
    },
    unlock_account: {
      subject: 'Melden Sie sich wieder an bei {tenant}',
      lines: [
        'Nach mehreren missglückten Anmeldungen lässt Ihr Konto bei {tenant} alle warten.',
        'Dieser Link beendet die Wartezeit, wenn es eine gibt, und ändert sonst nichts:',
        '',
        '{link}',
        '',
        '{validity}',
        'Wenn Sie nicht darum gebeten haben, beachten Sie diese Nachricht nicht; Ihr Konto bleibt geschützt.',
      ],
    },
    password_changed: {
      subject: 'Ihr Passwort für {tenant} wurde geändert',
      lines: [
        'Das Passwort Ihres Kontos bei {tenant} wurde geändert, am {time}.',
        'Wenn Sie das nicht waren, setzen Sie Ihr Passwort jetzt zurück und sagen Sie es Ihrer Administration.',
      ],
    },
    invitation: {
      subject: 'Sie sind eingeladen zu {tenant}',
      lines: [
        'Sie wurden zu {tenant} eingeladen. Wählen Sie ein Passwort, um anzunehmen:',
        '',
        '{link}',
        '',
        '{validity}',
      ],
    },
    confirm_email_change: {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse für {tenant}',
      lines: [
        'Jemand, wahrscheinlich Sie, möchte diese Adresse für ein Konto bei {tenant} verwenden:',
        '',
        '{link}',
        '',
        '{validity}',
        'Wenn Sie das nicht waren, beachten Sie diese Nachricht nicht; ohne den Link geschieht nichts.',
      ],
    },
    email_in_use: {
      subject: 'Diese Adresse hat ein Konto bei {tenant}',
      lines: [
        'Jemand, wahrscheinlich Sie, wollte diese Adresse für ein anderes Konto bei {tenant} verwenden.',
        'Sie hat schon ein Konto, darum wurde nichts geändert. Wenn Sie das nicht waren, müssen Sie nichts tun.',
      ],
    },
    email_change_requested: {
      subject: 'Eine andere E-Mail-Adresse wurde verlangt bei {tenant}',
      lines: [
        'Jemand, wahrscheinlich Sie, möchte diese Adresse Ihres Kontos bei {tenant} ersetzen, verlangt am {time}.',
        'Wenn Sie das nicht waren, halten Sie es hier auf, auch wenn es schon geschehen ist; setzen Sie dann Ihr Passwort zurück:',
        '',
        '{link}',
        '',
        '{validity}',
      ],
    },
    email_changed: {
      subject: 'Ihre E-Mail-Adresse für {tenant} wurde geändert',
      lines: [
        'Ihr Konto bei {tenant} hat eine andere Adresse, seit {time}; diese gilt dort nicht mehr.',
        'Wenn Sie das nicht waren, nutzen Sie den Link unserer Nachricht davor und sagen Sie es Ihrer Administration.',
      ],
    },
    email_change_undone: {
      subject: 'Ihre E-Mail-Adresse für {tenant} bleibt, wie sie war',
      lines: [
        'Dies ist die Adresse Ihres Kontos bei {tenant}, und alle wurden abgemeldet.',
        'Setzen Sie jetzt Ihr Passwort zurück: Wer die andere Adresse verlangt hat, war angemeldet.',
      ],
    },
    sign_in_link: {
      subject: 'Ihr Link zur Anmeldung bei {tenant}',
      lines: [
        'Melden Sie sich an bei {tenant}:',
        '',
        '{link}',
        '',
        'Er gilt einmal, bis {until}, und nur für die Person, die darum gebeten hat.',
        'Geben Sie ihn nie weiter. Wenn Sie nicht darum gebeten haben, beachten Sie diese Nachricht nicht.',
      ],
    },
    sign_in_code: {
      subject: 'Ihr Code für {tenant}',
      lines: [
        'Melden Sie sich mit diesem Code an bei {tenant}:',
        '',
        'Ihr Code: {code}',
        '',
        'Er gilt einmal, bis {until}, und nur für die Person, die darum gebeten hat.',
        'Geben Sie ihn nie weiter. Wenn Sie nicht darum gebeten haben, beachten Sie diese Nachricht nicht.',
      ],
    },
    new_device: {
      subject: 'Neue Anmeldung an Ihrem Konto bei {tenant}',
      lines: [
        'Jemand hat sich an Ihrem Konto bei {tenant} angemeldet, auf einem Gerät, das dafür noch nicht benutzt wurde.',
        '',
        'Gerät:   {device}',
        'Zeit:    {time}',
        'Adresse: {address}',
        '',
        'Wenn Sie das waren, müssen Sie nichts tun.',
        'Wenn nicht, ändern Sie jetzt Ihr Passwort: Das meldet alle Geräte ab.',
      ],
    },
    factor_added: {
      subject: 'Ein zweiter Faktor kam hinzu bei {tenant}',
      lines: ['{factor} kam zu Ihrem Konto bei {tenant} hinzu, am {time}.', NOT_YOU],
    },
    factor_removed: {
      subject: 'Ein zweiter Faktor wurde entfernt bei {tenant}',
      lines: ['Ein zweiter Faktor Ihres Kontos bei {tenant} wurde entfernt, am {time}.', NOT_YOU],
    },
    backup_codes_made: {
      subject: 'Neue Ersatzcodes bei {tenant}',
      lines: [
        'Neue Ersatzcodes ersetzen die alten Ihres Kontos bei {tenant}, seit {time}.',
        NOT_YOU,
      ],
    },
    backup_code_used: {
      subject: 'Ein Ersatzcode wurde benutzt bei {tenant}',
      lines: ['Ein Ersatzcode wurde für Ihr Konto bei {tenant} benutzt, am {time}.', NOT_YOU],
    },
    clone_suspected: {
      subject:
        'Vielleicht gibt es eine Kopie Ihres Passkeys oder Sicherheitsschlüssels bei {tenant}',
      lines: [
        'Vielleicht wurde eine Kopie eines Passkeys oder Sicherheitsschlüssels, der jetzt gesperrt ist, für Ihr Konto bei {tenant} benutzt, am {time}.',
        NOT_YOU,
      ],
    },
  },

  factors: {
    any: 'Ein zweiter Faktor',
    totp: 'Eine Authenticator-App',
    hotp: 'Ein Gerät, das Codes zeigt',
    sms: 'Eine Telefonnummer für Codes per SMS (die abgefangen werden können: Eine App oder ein Passkey ist sicherer)',
  },

  smsCode: '{code} ist Ihr Code für {tenant}. Sagen Sie ihn niemandem.',
}
