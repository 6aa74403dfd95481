import type { generalErrors as English } from '../en/general-errors.js';

export const generalErrors: typeof English = {
  INVALID_REQUEST: {
    message: 'Contenu de la requête non valide',
    reason: 'La requête n’a pas la forme attendue.',
    hint: 'Comparez la requête avec la documentation de l’API.',
  },
  FORBIDDEN: {
    message: 'Autorisation refusée',
    reason: 'Votre compte ne dispose pas de l’autorisation nécessaire à cette action.',
    hint: 'Demandez l’autorisation à un administrateur.',
  },
  ROUTE_NOT_FOUND: {
    message: 'Route introuvable',
    reason: 'Il n’y a aucun point d’accès à cette adresse.',
    hint: 'Vérifiez le chemin et son préfixe.',
  },
  METHOD_NOT_ALLOWED: {
    message: 'Méthode HTTP non autorisée',
    reason: 'Cette adresse existe, mais elle n’accepte pas cette méthode HTTP.',
    hint: 'Utilisez une des méthodes indiquées dans l’en-tête Allow.',
  },
  TIMEOUT: {
    message: 'Délai de la requête dépassé',
    reason: 'La requête a pris trop de temps et a été interrompue.',
    hint: 'Réessayez plus tard.',
  },
  CONFLICT: {
    message: 'Conflit avec la ressource',
    reason: 'La requête ne correspond pas à l’état actuel de la ressource.',
    hint: 'Rechargez la ressource et refaites la modification.',
  },
  TOO_MANY_REQUESTS: {
    message: 'Trop de requêtes',
    reason: 'Trop de requêtes sont arrivées en trop peu de temps.',
    hint: 'Attendez la durée indiquée dans l’en-tête Retry-After, puis réessayez.',
  },
  VALIDATION_ERROR: {
    message: 'Échec de la validation',
    reason: 'Un ou plusieurs champs manquent ou ne sont pas valides.',
    hint: 'Corrigez les champs indiqués dans details.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'Service indisponible',
    reason: 'Le service ne peut pas traiter cette requête pour le moment.',
    hint: 'Réessayez après le délai indiqué dans l’en-tête Retry-After.',
  },
  INTERNAL_ERROR: {
    message: 'Erreur interne du serveur',
    reason: 'Un problème est survenu de notre côté.',
    hint: 'Réessayez plus tard. Si l’erreur persiste, communiquez son identifiant à l’assistance.',
  },
  REQUEST_TOO_LARGE: {
    message: 'Requête trop volumineuse',
    reason: 'Le corps de la requête est plus volumineux que ce point d’accès ne l’accepte.',
    hint: 'Envoyez moins de données ou un fichier plus petit.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: 'Type de média non pris en charge',
    reason: 'Ce point d’accès n’accepte pas ce type de contenu.',
    hint: 'Envoyez le type de contenu indiqué dans la documentation de l’API.',
  },
  URI_TOO_LONG: {
    message: 'URL de la requête trop longue',
    reason: 'L’adresse et ses paramètres sont plus longs que le serveur ne l’accepte.',
    hint: 'Raccourcissez les paramètres de l’adresse.',
  },
  HEADERS_TOO_LARGE: {
    message: 'En-têtes de la requête trop volumineux',
    reason: 'Les en-têtes, cookies compris, sont plus volumineux que le serveur ne l’accepte.',
    hint: 'Retirez les en-têtes et les cookies inutiles.',
  },
  DUPLICATE_ENTRY: {
    message: 'Doublon non autorisé',
    reason: 'Une valeur qui doit être unique est déjà utilisée.',
    hint: 'Choisissez une autre valeur.',
  },
  HEALTH_CHECK_FAILED: {
    message: 'Échec du contrôle d’état',
    reason: 'Au moins une partie du service ne fonctionne pas correctement.',
    hint: 'Réessayez dans un instant.',
  },
  DATABASE_UNHEALTHY: {
    message: 'La base de données ne fonctionne pas correctement',
    reason: 'La base de données ne répond pas comme elle le devrait.',
    hint: 'Réessayez dans un instant. Les exploitants trouveront la cause dans le journal du serveur.',
  },
  STORAGE_UNHEALTHY: {
    message: 'Le stockage ne fonctionne pas correctement',
    reason: 'Le stockage des fichiers ne répond pas comme il le devrait.',
    hint: 'Réessayez dans un instant. Les exploitants trouveront la cause dans le journal du serveur.',
  },
  REDIS_HEALTH_CHECK_FAILED: {
    message: 'Échec du contrôle d’état de Redis',
    reason: 'Redis ne répond pas comme il le devrait.',
    hint: 'Réessayez dans un instant. Les exploitants trouveront la cause dans le journal du serveur.',
  },
};
