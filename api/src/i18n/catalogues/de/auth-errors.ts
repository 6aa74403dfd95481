import type { authErrors as English } from '../en/auth-errors.js';

export const authErrors: typeof English = {
  UNAUTHORIZED: {
    message: 'Bearer-Token fehlt oder ist ungültig, oder die Sitzung ist abgelaufen',
    reason: 'Es wurde kein Token gesendet, oder das gesendete ist ungültig oder abgelaufen.',
    hint: 'Senden Sie ein gültiges Token im Header Authorization oder X-Session-Token oder melden Sie sich erneut an.',
  },
  AUTH_INVALID_CREDENTIALS: {
    message: 'Benutzername oder Passwort falsch',
    hint: 'Prüfen Sie Ihre Eingabe und versuchen Sie es erneut.',
  },
  AUTH_SIGNUP_FAILED: {
    message: 'Das Konto konnte nicht angelegt werden',
    reason: 'Mit diesen Angaben konnte kein Konto angelegt werden.',
    hint: 'Prüfen Sie Ihre Eingabe und fordern Sie einen neuen Code an.',
  },
  AUTH_OTP_INVALID: {
    message: 'Einmalcode falsch oder abgelaufen',
    reason: 'Der Code ist falsch, abgelaufen oder schon verwendet worden.',
    hint: 'Prüfen Sie den Code oder fordern Sie einen neuen an.',
  },
  AUTH_OTP_SEND_FAILED: {
    message: 'Der Einmalcode konnte nicht gesendet werden',
    reason: 'Auf diesem Weg können im Augenblick keine Codes gesendet werden.',
    hint: 'Versuchen Sie es später erneut oder wählen Sie einen anderen Kanal.',
  },
  AUTH_OTP_THROTTLED: {
    message: 'Zu viele Anfragen',
    reason: 'Es wurden zu oft Codes angefordert.',
    hint: 'Warten Sie {{seconds, second}}, bevor Sie einen weiteren Code anfordern.',
  },
  AUTH_CHANNEL_UNSUPPORTED: {
    message: 'Kanal für die Anmeldung nicht unterstützt',
    hint: 'Wählen Sie einen anderen Kanal.',
  },
  AUTH_INVALID_PAYLOAD: {
    message: 'Ungültige Angaben',
    hint: 'Prüfen Sie, ob alle erforderlichen Felder vorhanden und gültig sind.',
  },
  AUTH_PROCESSING_ERROR: {
    message: 'Unerwarteter Fehler bei der Anmeldung',
    reason: 'Bei uns ist etwas schiefgegangen.',
    hint: 'Versuchen Sie es später erneut. Wenn der Fehler bleibt, teilen Sie dem Support die Fehler-ID mit.',
  },
  AUTH_USER_ALREADY_EXISTS: {
    message: 'Das Benutzerkonto besteht bereits',
    reason: 'Der Code war richtig, aber zu dieser E-Mail-Adresse oder Telefonnummer gibt es schon ein Konto.',
    hint: 'Melden Sie sich an, statt sich zu registrieren.',
  },
  TOKEN_DOMAIN_MISMATCH: {
    message: 'Das Token wurde für eine andere Domain ausgestellt',
    reason: 'Das Token wurde für eine andere Website ausgestellt als die, von der es kam.',
    hint: 'Melden Sie sich auf dieser Website erneut an.',
  },
  TOKEN_INVALID: {
    message: 'Das Token wurde widerrufen',
    reason: 'Das Token wurde vor seinem Ablauf zurückgezogen, zum Beispiel durch eine Abmeldung.',
    hint: 'Melden Sie sich erneut an.',
  },
  SESSION_INVALID: {
    message: 'Die Sitzung wurde widerrufen',
    reason: 'Die Sitzung wurde beendet, zum Beispiel durch eine Abmeldung oder ein neues Passwort.',
    hint: 'Melden Sie sich erneut an.',
  },
  SESSION_NOT_FOUND: {
    message: 'Sitzung nicht gefunden',
    reason: 'Sie haben keine solche Sitzung, oder sie ist schon beendet.',
    hint: 'Rufen Sie die Liste Ihrer Sitzungen neu ab.',
  },
  AUTH_INVALID_TOKEN_TYPE: {
    message: 'Der Token-Typ „{{type}}“ ist für die Anmeldung nicht gültig',
    reason: 'Nur ein Access-Token oder ein Session-Token weist eine Anfrage aus.',
    hint: 'Senden Sie das Access-Token oder das Session-Token. Das Refresh-Token dient nur dazu, neue Token zu erhalten.',
  },
  AUTH_INVALID_REFRESH_TOKEN: {
    message: 'Refresh-Token ungültig oder abgelaufen',
    reason: 'Das Refresh-Token stammt nicht von uns, ist abgelaufen oder gehört zu einer beendeten Sitzung.',
    hint: 'Melden Sie sich erneut an.',
  },
  AUTH_REFRESH_REUSED: {
    message: 'Das Refresh-Token wurde bereits verwendet',
    reason: 'Ein Refresh-Token gilt nur einmal. Dieses wurde noch einmal verwendet, deshalb wurde zur Sicherheit die ganze Sitzung beendet.',
    hint: 'Melden Sie sich erneut an.',
  },
  AUTH_CREDENTIALS_CONFLICT: {
    message: 'Zwei verschiedene Anmeldenachweise in einer Anfrage',
    reason: 'Die Header Authorization und X-Session-Token gehören nicht zusammen.',
    hint: 'Senden Sie nur einen der beiden Header.',
  },
  PROFILE_NOT_FOUND: {
    message: 'Benutzerprofil nicht gefunden',
    hint: 'Prüfen Sie die Benutzer-ID.',
  },
  AUTH_PASSWORD_INVALID_OLD: {
    message: 'Das alte Passwort ist falsch',
    hint: 'Prüfen Sie das alte Passwort oder setzen Sie es mit einem Einmalcode zurück.',
  },
  AUTH_FORGOT_PASSWORD_FAILED: {
    message: 'Das Passwort konnte nicht zurückgesetzt werden',
    reason: 'Das Passwort dieses Kontos kann nicht zurückgesetzt werden.',
    hint: 'Wenden Sie sich an den Support.',
  },
  AUTH_PASSWORD_ALREADY_SET: {
    message: 'Es ist bereits ein Passwort gesetzt',
    reason: 'Dieses Konto hat ein Passwort, und nur wer es kennt, darf es ändern.',
    hint: 'Ändern Sie das Passwort oder setzen Sie es mit einem Einmalcode zurück.',
  },
  AUTH_TOO_MANY_ATTEMPTS: {
    message: 'Zu viele Fehlversuche',
    reason: 'Von hier wurde zu oft ein falsches Passwort eingegeben.',
    hint: 'Warten Sie {{seconds, second}}, melden Sie sich mit einem Einmalcode an oder setzen Sie das Passwort zurück.',
  },
  AUTH_PASSWORD_EXPIRED: {
    message: 'Das Passwort ist abgelaufen',
    reason: 'Das Passwort stimmt, ist aber älter, als dieser Server erlaubt.',
    hint: 'Setzen Sie es mit einem Einmalcode zurück.',
  },
  AUTH_REAUTH_REQUIRED: {
    message: 'Bitte bestätigen Sie, dass Sie es sind',
    reason: 'Diese Anmeldung ist zu alt für eine Änderung, die entscheidet, wer sich anmelden darf.',
    hint: 'Senden Sie Ihr Passwort mit oder melden Sie sich neu an und wiederholen Sie die Anfrage.',
  },
  PROFILE_INVALID_OTP: {
    message: 'Einmalcode ungültig oder abgelaufen',
    hint: 'Prüfen Sie den Code oder fordern Sie einen neuen an.',
  },
  PROFILE_INVALID_PAYLOAD: {
    message: 'Ungültige Profildaten',
    hint: 'Korrigieren Sie die unter „details“ genannten Felder.',
  },
  EMAIL_ALREADY_EXISTS: {
    message: 'E-Mail-Adresse bereits vergeben',
    reason: 'Der Code stimmte, aber diese E-Mail-Adresse oder Telefonnummer gehört zu einem anderen Konto.',
    hint: 'Wählen Sie eine andere oder melden Sie sich beim anderen Konto an.',
  },
  CONTACT_UNDO_INVALID: {
    message: 'Dieser Link gilt nicht mehr',
    reason: 'Die Änderung wurde schon rückgängig gemacht, oder die Frist ist abgelaufen.',
    hint: 'Wenden Sie sich an den Support, wenn die Änderung nicht von Ihnen stammt.',
  },
  MEDIA_NOT_FOUND: {
    message: 'Datei nicht gefunden',
    reason: 'Die Datei hat es nie gegeben, oder sie wurde entfernt.',
  },
  MEDIA_TYPE_NOT_SUPPORTED: {
    message: 'Dateityp nicht unterstützt',
    hint: 'Senden Sie ein Bild als JPEG, PNG, WebP, GIF oder AVIF.',
  },
  MEDIA_TOO_LARGE: {
    message: 'Datei zu groß',
    hint: 'Senden Sie eine kleinere Datei.',
  },
  MEDIA_UNREADABLE: {
    message: 'Das Bild kann nicht gelesen werden',
    reason: 'Die Datei ist beschädigt oder unvollständig.',
    hint: 'Senden Sie die Datei noch einmal oder wählen Sie eine andere.',
  },
};
