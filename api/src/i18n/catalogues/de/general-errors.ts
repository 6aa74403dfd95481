import type { generalErrors as English } from '../en/general-errors.js';

export const generalErrors: typeof English = {
  INVALID_REQUEST: {
    message: 'Ungültiger Inhalt der Anfrage',
    reason: 'Die Anfrage hat nicht die erwartete Form.',
    hint: 'Vergleichen Sie die Anfrage mit der API-Dokumentation.',
  },
  FORBIDDEN: {
    message: 'Zugriff verweigert',
    reason: 'Ihr Konto hat nicht die Berechtigung, die diese Aktion verlangt.',
    hint: 'Bitten Sie eine Administratorin oder einen Administrator um die Berechtigung.',
  },
  ROUTE_NOT_FOUND: {
    message: 'Route nicht gefunden',
    reason: 'Unter dieser Adresse gibt es keinen Endpunkt.',
    hint: 'Prüfen Sie den Pfad und sein Präfix.',
  },
  METHOD_NOT_ALLOWED: {
    message: 'HTTP-Methode nicht erlaubt',
    reason: 'Diese Adresse gibt es, aber nicht für diese HTTP-Methode.',
    hint: 'Verwenden Sie eine der Methoden aus dem Allow-Header.',
  },
  TIMEOUT: {
    message: 'Zeitüberschreitung der Anfrage',
    reason: 'Die Anfrage dauerte zu lange und wurde abgebrochen.',
    hint: 'Versuchen Sie es später erneut.',
  },
  CONFLICT: {
    message: 'Konflikt mit der Ressource',
    reason: 'Die Anfrage passt nicht zum gegenwärtigen Zustand der Ressource.',
    hint: 'Laden Sie die Ressource neu und wiederholen Sie die Änderung.',
  },
  TOO_MANY_REQUESTS: {
    message: 'Zu viele Anfragen',
    reason: 'In zu kurzer Zeit kamen zu viele Anfragen.',
    hint: 'Warten Sie so lange, wie der Retry-After-Header angibt, und versuchen Sie es dann erneut.',
  },
  VALIDATION_ERROR: {
    message: 'Validierung fehlgeschlagen',
    reason: 'Ein oder mehrere Felder fehlen oder sind ungültig.',
    hint: 'Berichtigen Sie die Felder, die unter details aufgeführt sind.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'Dienst nicht verfügbar',
    reason: 'Der Dienst kann diese Anfrage im Augenblick nicht bearbeiten.',
    hint: 'Versuchen Sie es nach der Zeit erneut, die der Retry-After-Header angibt.',
  },
  INTERNAL_ERROR: {
    message: 'Interner Serverfehler',
    reason: 'Bei uns ist etwas schiefgegangen.',
    hint: 'Versuchen Sie es später erneut. Wenn der Fehler bleibt, teilen Sie dem Support die Fehler-ID mit.',
  },
  REQUEST_TOO_LARGE: {
    message: 'Anfrage zu groß',
    reason: 'Die gesendeten Daten sind größer, als dieser Endpunkt annimmt.',
    hint: 'Senden Sie weniger Daten oder eine kleinere Datei.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: 'Medientyp nicht unterstützt',
    reason: 'Dieser Endpunkt nimmt diesen Inhaltstyp nicht an.',
    hint: 'Senden Sie den Inhaltstyp, den die API-Dokumentation nennt.',
  },
  URI_TOO_LONG: {
    message: 'URL der Anfrage zu lang',
    reason: 'Die Adresse mit ihren Parametern ist länger, als der Server annimmt.',
    hint: 'Kürzen Sie die Parameter der Adresse.',
  },
  HEADERS_TOO_LARGE: {
    message: 'Header der Anfrage zu groß',
    reason: 'Die Header samt Cookies sind größer, als der Server annimmt.',
    hint: 'Lassen Sie Header und Cookies weg, die nicht gebraucht werden.',
  },
  DUPLICATE_ENTRY: {
    message: 'Doppelter Eintrag nicht erlaubt',
    reason: 'Ein Wert, der einmalig sein muss, ist bereits vergeben.',
    hint: 'Wählen Sie einen anderen Wert.',
  },
  HEALTH_CHECK_FAILED: {
    message: 'Zustandsprüfung fehlgeschlagen',
    reason: 'Mindestens ein Teil des Dienstes arbeitet nicht einwandfrei.',
    hint: 'Versuchen Sie es gleich noch einmal.',
  },
  DATABASE_UNHEALTHY: {
    message: 'Die Datenbank arbeitet nicht einwandfrei',
    reason: 'Die Datenbank antwortet nicht, wie sie sollte.',
    hint: 'Versuchen Sie es gleich noch einmal. Betreiber finden die Ursache im Serverprotokoll.',
  },
  STORAGE_UNHEALTHY: {
    message: 'Der Speicher arbeitet nicht einwandfrei',
    reason: 'Der Dateispeicher antwortet nicht, wie er sollte.',
    hint: 'Versuchen Sie es gleich noch einmal. Betreiber finden die Ursache im Serverprotokoll.',
  },
  REDIS_HEALTH_CHECK_FAILED: {
    message: 'Zustandsprüfung von Redis fehlgeschlagen',
    reason: 'Redis antwortet nicht, wie es sollte.',
    hint: 'Versuchen Sie es gleich noch einmal. Betreiber finden die Ursache im Serverprotokoll.',
  },
};
