import type { accessErrors as English } from '../en/access-errors.js';

export const accessErrors: typeof English = {
  USER_NOT_FOUND: {
    message: 'Benutzer nicht gefunden',
    reason: 'Es gibt keinen Benutzer mit dieser ID.',
    hint: 'Prüfen Sie die ID oder suchen Sie in der Liste der Benutzer.',
  },
  PERMISSION_NOT_FOUND: {
    message: 'Berechtigung nicht gefunden',
    reason: 'Es gibt keine Berechtigung mit dieser ID.',
    hint: 'Laden Sie die Liste der Berechtigungen neu.',
  },
  PERMISSION_UPDATE_FAILED: {
    message: 'Die Berechtigung konnte nicht geändert werden',
    reason: 'Name und Codename einer eingebauten Berechtigung können nicht geändert werden.',
    hint: 'Ändern Sie ihre Beschreibung oder Kategorie oder legen Sie eine eigene Berechtigung an.',
  },
  PERMISSION_DELETE_FAILED: {
    message: 'Die Berechtigung konnte nicht gelöscht werden',
    reason: 'Eine eingebaute Berechtigung kann nicht gelöscht werden.',
    hint: 'Entziehen Sie sie den Gruppen, die sie nicht haben sollen.',
  },
  GROUP_NOT_FOUND: {
    message: 'Gruppe nicht gefunden',
    reason: 'Es gibt keine Gruppe mit dieser ID.',
    hint: 'Laden Sie die Liste der Gruppen neu.',
  },
  GROUP_UPDATE_FAILED: {
    message: 'Die Gruppe konnte nicht geändert werden',
    reason: 'Name und Codename einer Systemgruppe können nicht geändert werden, und super_admin ist immer aktiv.',
    hint: 'Ändern Sie ihre Beschreibung oder legen Sie eine eigene Gruppe an.',
  },
  GROUP_DELETE_FAILED: {
    message: 'Die Gruppe konnte nicht gelöscht werden',
    reason: 'Eine Systemgruppe kann nicht gelöscht werden.',
    hint: 'Deaktivieren Sie die Gruppe stattdessen.',
  },
  GROUP_ASSIGN_PERMISSIONS_FAILED: {
    message: 'Die Berechtigungen konnten der Gruppe nicht zugewiesen werden',
    reason: 'Eine Berechtigung in der Liste gibt es nicht, oder sie steht zweimal darin, oder die Gruppe ist super_admin, die immer alle Berechtigungen hat.',
    hint: 'Laden Sie die Liste der Berechtigungen neu und senden Sie jede nur einmal.',
  },
  GROUP_ASSIGN_USERS_FAILED: {
    message: 'Die Gruppen konnten dem Benutzer nicht zugewiesen werden',
    reason: 'Eine Gruppe in der Liste gibt es nicht, oder sie ist nicht aktiv oder steht zweimal darin.',
    hint: 'Laden Sie die Liste der Gruppen neu und senden Sie jede nur einmal.',
  },
  PERMISSION_DENIED: {
    message: 'Berechtigung verweigert',
    reason: 'Niemand darf mehr vergeben, ändern oder entziehen, als er selbst hat.',
    hint: 'Die fehlenden Berechtigungen sind unter details aufgeführt. Wenden Sie sich an jemanden, der sie hat.',
  },
  GROUP_DENIED: {
    message: 'Zugriff auf die Gruppe verweigert',
    reason: 'Nur ein Super-Administrator darf das tun.',
    hint: 'Wenden Sie sich an einen Super-Administrator.',
  },
  USER_STATUS_CONFLICT: {
    message: 'Der Status dieses Kontos lässt das nicht zu',
    reason: 'Das Konto ist nicht in dem Zustand, den diese Aktion verlangt: Es wurde von seinem Inhaber geschlossen oder wird bald gelöscht.',
    hint: 'Laden Sie den Benutzer neu. Ein Konto, das sein Inhaber geschlossen hat, wird durch dessen Anmeldung wiederhergestellt.',
  },
  OWN_ACCOUNT: {
    message: 'Das ist Ihr eigenes Konto',
    reason: 'Das eigene Konto wird in der Verwaltung nicht geschlossen.',
    hint: 'Verwenden Sie Ihre Einstellungen oder bitten Sie eine andere Administratorin oder einen anderen Administrator.',
  },
  LAST_SUPER_ADMIN: {
    message: 'Es muss einen weiteren Super-Administrator geben',
    reason: 'Dieses Konto ist der einzige Super-Administrator, und niemand könnte einen neuen ernennen.',
    hint: 'Ernennen Sie zuerst einen anderen Super-Administrator.',
  },
  INVITATION_NOT_FOUND: {
    message: 'Einladung nicht gefunden',
    reason: 'Die Einladung wurde angenommen oder zurückgezogen, oder sie ist abgelaufen.',
    hint: 'Laden Sie die Liste der Einladungen neu.',
  },
};
