import type { Texts } from '../texts.ts'

export const links: Texts['links'] = {
  registerTitle: 'Konto anlegen',
  registerLead: 'Es dauert eine Minute. Ihre Adresse bestätigen Sie mit einer Nachricht von uns.',
  registerButton: 'Konto anlegen',
  haveAccount: 'Sie haben schon ein Konto?',
  name: 'Ihr Name',
  sentTitle: 'Sehen Sie in Ihre Post',
  registeredLead:
    'Wir haben eine Nachricht an Ihre Adresse gesendet. Öffnen Sie den Link darin, um die Adresse zu bestätigen; es kann eine Minute dauern.',
  forgotTitle: 'Passwort zurücksetzen',
  forgotLead:
    'Nennen Sie uns Ihre Adresse. Wenn es dazu ein Konto gibt, senden wir Ihnen einen Link für ein neues Passwort.',
  forgotButton: 'Link senden',
  forgotSentLead:
    'Wenn es zu der Adresse ein Konto gibt, ist eine Nachricht mit einem Link unterwegs. Der Link gilt einmal und nur kurze Zeit.',
  resendLead: 'Wir senden Ihnen noch eine Nachricht mit einem Link.',
  resentLead: 'Wenn die Adresse auf ihre Bestätigung wartet, ist eine neue Nachricht unterwegs.',
  nothingArrived:
    'Nichts angekommen? Sehen Sie in den Spam-Ordner, oder versuchen Sie es in einer Minute noch einmal.',

  verifyTitle: 'E‑Mail-Adresse bestätigen',
  verifyLead: 'Ein Klick zeigt, dass diese Adresse Ihnen gehört, und schließt die Anmeldung ab.',
  verifyButton: 'Adresse bestätigen',
  verifyDoneTitle: 'Ihre Adresse ist bestätigt',
  verifyDoneLead: 'Sie können sich jetzt anmelden.',
  verifyNewLink:
    'Wenn Sie schon bestätigt haben, melden Sie sich einfach an. Sonst erhalten Sie beim Anmelden eine neue Nachricht.',
  resetTitle: 'Neues Passwort wählen',
  resetLead: 'Das neue Passwort gilt sofort.',
  resetButton: 'Neues Passwort speichern',
  resetDoneTitle: 'Ihr Passwort ist geändert',
  resetDoneLead:
    'Alle Sitzungen auf allen Geräten wurden beendet, und andere Links zum Zurücksetzen gelten nicht mehr. Melden Sie sich mit dem neuen Passwort an.',
  resetNewLink:
    'Fordern Sie eine neue Nachricht zum Zurücksetzen an, und nehmen Sie den Link der neuesten.',
  inviteTitle: 'Einladung annehmen',
  inviteLead: 'Wählen Sie ein Passwort, und Ihr Konto ist bereit.',
  inviteButton: 'Einladung annehmen',
  inviteDoneTitle: 'Willkommen an Bord',
  inviteDoneLead: 'Ihr Konto ist bereit. Melden Sie sich mit Ihrem neuen Passwort an.',
  inviteNewLink:
    'Wenn Sie schon angenommen haben, melden Sie sich einfach an. Sonst fragen Sie, wer Sie eingeladen hat.',
  linkCode: 'Code aus Ihrer Nachricht',
  linkCodeHint: 'Der Teil des Links in Ihrer Nachricht, der auf das Zeichen # folgt.',
  notExpecting:
    'Nichts geschieht, bevor Sie den Knopf drücken. Sie haben das nicht erwartet? Schließen Sie die Seite.',

  magicRequestTitle: 'Per E‑Mail anmelden',
  magicRequestLead:
    'Ohne Passwort: wir senden eine Nachricht an Ihre Adresse, die Sie einmal hineinlässt.',
  magicSendLink: 'Link senden',
  magicSendCode: 'Code senden',
  magicSentLead:
    'Wenn sich die Adresse so anmelden darf, ist eine Nachricht mit einem Link unterwegs. Öffnen Sie ihn innerhalb von zehn Minuten in diesem Browser.',
  magicCodeLead:
    'Wenn sich die Adresse so anmelden darf, ist eine Nachricht mit einem Code unterwegs. Geben Sie ihn innerhalb von zehn Minuten hier ein.',
  magicCode: 'Code aus der Nachricht',
  magicAgain: 'Neue Nachricht senden',
  magicTitle: 'Mit diesem Link anmelden',
  magicLead: 'Ein Klick meldet Sie an, wenn Sie den Link in diesem Browser angefordert haben.',
  magicButton: 'Anmelden',
  magicNewLink:
    'Links gelten einmal, zehn Minuten lang, in dem Browser, der sie angefordert hat. Fordern Sie dort einen neuen an.',

  delayOffer: 'Müssen Sie nach Fehlversuchen warten?',
  delayTitle: 'Wartezeit beenden',
  delayLead:
    'Nach mehreren Fehlversuchen müssen alle warten, auch Sie. Nennen Sie uns Ihre Adresse: wenn ihr Konto wartet, senden wir Ihnen einen Link, der das beendet.',
  delaySentLead:
    'Wenn es zu der Adresse ein Konto gibt, ist eine Nachricht mit einem Link unterwegs. Der Link gilt einmal und nur kurze Zeit.',
  unlockTitle: 'Wartezeit beenden',
  unlockLead:
    'Nach Fehlversuchen muss Ihr Konto warten. Ein Klick beendet das, und ändert sonst nichts.',
  unlockButton: 'Wartezeit beenden',
  unlockDoneTitle: 'Die Wartezeit ist vorbei',
  unlockDoneLead:
    'Sie können sich jetzt anmelden. Wenn die Fehlversuche nicht von Ihnen waren, hilft ein Passkey.',
  unlockNewLink:
    'Vielleicht ist die Wartezeit schon vorbei: versuchen Sie sich anzumelden, oder fordern Sie eine neue Nachricht an.',

  confirmEmailTitle: 'Neue Adresse bestätigen',
  confirmEmailLead: 'Ein Klick macht dies zur Adresse Ihres Kontos. Danach melden Sie sich neu an.',
  confirmEmailButton: 'Diese Adresse verwenden',
  confirmEmailDoneTitle: 'Ihre Adresse ist geändert',
  confirmEmailDoneLead: 'Alle Sitzungen wurden beendet. Melden Sie sich mit der neuen Adresse an.',
  confirmEmailNewLink:
    'Fordern Sie die Änderung in Ihrem Konto noch einmal an, und nehmen Sie den neuesten Link.',
  undoEmailTitle: 'Alte Adresse behalten',
  undoEmailLead:
    'Ein Klick nimmt die Änderung Ihrer Adresse zurück, ob sie geschehen ist oder nicht, und meldet alle ab.',
  undoEmailButton: 'Meine Adresse behalten',
  undoEmailDoneTitle: 'Ihre Adresse bleibt, wie sie war',
  undoEmailDoneLead:
    'Alle Sitzungen wurden beendet. Setzen Sie jetzt Ihr Passwort zurück: wer die andere Adresse wollte, war angemeldet.',
  undoEmailNewLink:
    'Wenn Ihre Adresse gegen Ihren Willen geändert wurde, sagen Sie es jetzt Ihren Administratoren.',

  passwordHint: 'Mindestens {minimum} Zeichen. Ein paar unverwandte Wörter eignen sich gut.',
  rules: {
    not_common: 'Keines, das viele Leute verwenden',
    not_guessable: 'Kein Muster, kein Datum und keine Tastenreihe',
    not_about_yourself: 'Nicht Ihr Name oder Ihre Adresse',
    letters_and_digits: 'Mit Buchstaben und Ziffern',
    not_used_before: 'Keines, das Sie schon einmal hatten',
  },
  meter: 'Länge des Passworts',
}
