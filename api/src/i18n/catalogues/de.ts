import { authErrors } from './de/auth-errors.js';
import { generalErrors } from './de/general-errors.js';
import type { Catalogue } from './en.js';

export const de: Catalogue = {
  errors: { ...generalErrors, ...authErrors },

  messages: {
    login_successful: 'Anmeldung erfolgreich',
    signup_successful: 'Registrierung erfolgreich',
    otp_sent: 'Einmalcode gesendet',
    tokens_refreshed: 'Token erneuert',
    logged_out: 'Abmeldung erfolgreich. Alle Token und Sitzungen wurden widerrufen.',
    logged_out_here: 'Abmeldung erfolgreich. Diese Sitzung und ihre Token wurden widerrufen.',
    logged_out_elsewhere: 'Ihre anderen Sitzungen wurden abgemeldet. Diese bleibt angemeldet.',
    sessions_fetched: 'Sitzungen abgerufen',
    session_ended: 'Sitzung beendet',
    token_info_retrieved: 'Token-Informationen abgerufen',
    user_data_fetched: 'Benutzerdaten abgerufen',
    profile_fetched: 'Benutzerprofil abgerufen',
    service_healthy: 'Der Dienst arbeitet einwandfrei',
    service_live: 'Der Dienst läuft',
    service_ready: 'Der Dienst ist bereit',
    system_health: 'Systemprüfung abgeschlossen',
    database_healthy: 'Die Datenbank arbeitet einwandfrei',
    storage_healthy: 'Der Speicher arbeitet einwandfrei',
    redis_healthy: 'Redis arbeitet einwandfrei',
    sentry_exception_sent: 'Test-Ausnahme an Sentry gesendet',
    sentry_message_sent: 'Test-Nachricht an Sentry gesendet',
    sentry_async_scheduled: 'Asynchroner Test-Fehler eingeplant',
  },

  validation: {
    required: 'Dieses Feld ist erforderlich',
    invalid_type: 'Falscher Typ, erwartet wird: {{expected}}',
    too_short: 'Zu kurz, die Mindestlänge ist {{minimum}}',
    too_long: 'Zu lang, die Höchstlänge ist {{maximum}}',
    too_small: 'Zu klein, der Mindestwert ist {{minimum}}',
    too_big: 'Zu groß, der Höchstwert ist {{maximum}}',
    invalid_format: 'Nicht im erwarteten Format: {{format}}',
    invalid_value: 'Kein zulässiger Wert, zulässig sind: {{values}}',
    unrecognized_key: 'Unbekanntes Feld: {{key}}',
    null_byte: 'Darf kein NUL-Zeichen enthalten',
    malformed_text: 'Enthält Zeichen, die kein gültiges Unicode sind',
    too_deep: 'Zu tief verschachtelt',
    repeated_parameter: 'Darf nur einmal angegeben werden',
    empty_body: 'Der Anfragetext ist leer',
  },

  mail: {
    one_time_code: {
      subject: 'Ihr Code für {{app}}',
      heading: 'Ihr Einmalcode',
      text: 'Geben Sie diesen Code in {{app}} ein, um fortzufahren. Geben Sie ihn an niemanden weiter.',
      code_label: 'Code',
      expires: 'Der Code ist {{minutes, minute}} gültig und kann einmal verwendet werden.',
      ignore: 'Wenn Sie diesen Code nicht angefordert haben, können Sie diese Nachricht ignorieren.',
      footer: 'Diese Nachricht wurde automatisch von {{app}} gesendet.',
    },
    session_stolen: {
      subject: 'Sicherheitshinweis: Eine Sitzung Ihres Kontos bei {{app}} wurde beendet',
      heading: 'Wir haben eine Ihrer Sitzungen beendet',
      text: 'Ein Anmeldeschlüssel dieser Sitzung wurde ein zweites Mal verwendet, nachdem er ersetzt worden war. Möglicherweise hat ihn jemand kopiert. Zur Sicherheit haben wir die Sitzung beendet. Auf diesem Gerät müssen Sie sich neu anmelden.',
      advice: 'Wenn Ihnen das nicht bekannt vorkommt, ändern Sie Ihr Passwort und melden Sie sich überall ab.',
    },
    new_device: {
      subject: 'Neue Anmeldung bei Ihrem Konto bei {{app}}',
      heading: 'Anmeldung von einem neuen Gerät',
      text: 'Jemand hat sich bei Ihrem Konto von einem Gerät aus angemeldet, das Sie bisher nicht benutzt haben.',
      advice: 'Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, ändern Sie Ihr Passwort und melden Sie sich überall ab.',
    },
    session_facts: {
      time: 'Zeit',
      device: 'Gerät',
      session: 'Beendete Sitzung',
      used_from: 'Erneut verwendet von',
      ip: 'IP-Adresse',
      unknown: 'Unbekannt',
      footer: '{{app}} sendet diese Nachricht automatisch, um Ihr Konto zu schützen.',
    },
  },

  sms: {
    one_time_code: '{{code}} ist Ihr Code für {{app}}. Gültig für {{minutes, minute}}. Geben Sie ihn nicht weiter.',
  },

  mailbox: {
    title: 'Postfach',
    intro: 'Nachrichten, die dieser Entwicklungsserver gesendet hätte. Keine davon hat ihn verlassen.',
    empty: 'Noch keine Nachrichten.',
    channel: 'Kanal',
    to: 'An',
    subject: 'Betreff',
    received: 'Empfangen',
    code: 'Code',
    refresh: 'Aktualisieren',
    clear: 'Alle löschen',
    language: 'Sprache',
    language_name: 'Deutsch',
  },
};
