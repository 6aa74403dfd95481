import type { authErrors as English } from '../en/auth-errors.js';

export const authErrors: typeof English = {
  UNAUTHORIZED: {
    message: 'Jeton Bearer absent ou non valide, ou session expirée',
    reason: 'Aucun jeton n’a été envoyé, ou celui qui l’a été n’est pas valide ou a expiré.',
    hint: 'Envoyez un jeton valide dans l’en-tête Authorization ou X-Session-Token, ou reconnectez-vous.',
  },
  AUTH_INVALID_CREDENTIALS: {
    message: 'Nom d’utilisateur ou mot de passe incorrect',
    hint: 'Vérifiez votre saisie et réessayez.',
  },
  AUTH_SIGNUP_FAILED: {
    message: 'Impossible de créer le compte',
    reason: 'Aucun compte n’a pu être créé avec ces informations.',
    hint: 'Vérifiez votre saisie et demandez un nouveau code.',
  },
  AUTH_OTP_INVALID: {
    message: 'Code à usage unique incorrect ou expiré',
    reason: 'Le code est faux, a expiré ou a déjà été utilisé.',
    hint: 'Vérifiez le code ou demandez-en un nouveau.',
  },
  AUTH_OTP_SEND_FAILED: {
    message: 'Impossible d’envoyer le code à usage unique',
    reason: 'Aucun code ne peut être envoyé par ce moyen pour le moment.',
    hint: 'Réessayez plus tard ou choisissez un autre canal.',
  },
  AUTH_OTP_THROTTLED: {
    message: 'Trop de requêtes',
    reason: 'Des codes ont été demandés trop souvent.',
    hint: 'Attendez {{seconds, second}} avant de demander un autre code.',
  },
  AUTH_CHANNEL_UNSUPPORTED: {
    message: 'Canal d’authentification non pris en charge',
    hint: 'Choisissez un autre canal.',
  },
  AUTH_INVALID_PAYLOAD: {
    message: 'Données envoyées non valides',
    hint: 'Vérifiez que tous les champs obligatoires sont présents et valides.',
  },
  AUTH_PROCESSING_ERROR: {
    message: 'Erreur inattendue lors de l’authentification',
    reason: 'Un problème est survenu de notre côté.',
    hint: 'Réessayez plus tard. Si l’erreur persiste, communiquez son identifiant à l’assistance.',
  },
  AUTH_USER_ALREADY_EXISTS: {
    message: 'L’utilisateur existe déjà',
    reason: 'Le code était correct, mais cette adresse e-mail ou ce numéro de téléphone a déjà un compte.',
    hint: 'Connectez-vous au lieu de vous inscrire.',
  },
  TOKEN_DOMAIN_MISMATCH: {
    message: 'Le jeton a été émis pour un autre domaine',
    reason: 'Le jeton a été émis pour un autre site que celui qui l’a envoyé.',
    hint: 'Reconnectez-vous sur ce site.',
  },
  TOKEN_INVALID: {
    message: 'Le jeton a été révoqué',
    reason: 'Le jeton a été retiré avant son expiration, par exemple lors d’une déconnexion.',
    hint: 'Reconnectez-vous.',
  },
  SESSION_INVALID: {
    message: 'La session a été révoquée',
    reason: 'La session a pris fin, par exemple lors d’une déconnexion ou d’un changement de mot de passe.',
    hint: 'Reconnectez-vous.',
  },
  SESSION_NOT_FOUND: {
    message: 'Session introuvable',
    reason: 'Vous n’avez pas de session de ce nom, ou elle est déjà terminée.',
    hint: 'Demandez à nouveau la liste de vos sessions.',
  },
  AUTH_INVALID_TOKEN_TYPE: {
    message: 'Le type de jeton « {{type}} » ne permet pas l’authentification',
    reason: 'Seul un jeton d’accès ou de session authentifie une requête.',
    hint: 'Envoyez le jeton d’accès ou de session. Le jeton de renouvellement ne sert qu’à obtenir de nouveaux jetons.',
  },
  AUTH_INVALID_REFRESH_TOKEN: {
    message: 'Jeton de renouvellement non valide ou expiré',
    reason: 'Le jeton de renouvellement ne vient pas de nous, a expiré ou appartient à une session terminée.',
    hint: 'Reconnectez-vous.',
  },
  AUTH_REFRESH_REUSED: {
    message: 'Le jeton de renouvellement a déjà été utilisé',
    reason: 'Un jeton de renouvellement ne sert qu’une fois. Celui-ci a été réutilisé ; par sécurité, toute la session a été fermée.',
    hint: 'Reconnectez-vous.',
  },
  AUTH_CREDENTIALS_CONFLICT: {
    message: 'Deux identifications différentes dans une même requête',
    reason: 'Les en-têtes Authorization et X-Session-Token ne vont pas ensemble.',
    hint: 'N’envoyez qu’un seul des deux en-têtes.',
  },
  PROFILE_NOT_FOUND: {
    message: 'Profil de l’utilisateur introuvable',
    hint: 'Vérifiez l’identifiant de l’utilisateur.',
  },
  AUTH_PASSWORD_INVALID_OLD: {
    message: 'L’ancien mot de passe est incorrect',
    hint: 'Vérifiez l’ancien mot de passe ou réinitialisez-le avec un code à usage unique.',
  },
  AUTH_FORGOT_PASSWORD_FAILED: {
    message: 'La réinitialisation du mot de passe a échoué',
    reason: 'Le mot de passe de ce compte ne peut pas être réinitialisé.',
    hint: 'Contactez l’assistance.',
  },
  AUTH_PASSWORD_ALREADY_SET: {
    message: 'Un mot de passe est déjà défini',
    reason: 'Ce compte a un mot de passe, et seule une personne qui le connaît peut le changer.',
    hint: 'Changez le mot de passe ou réinitialisez-le avec un code à usage unique.',
  },
  AUTH_TOO_MANY_ATTEMPTS: {
    message: 'Trop de tentatives infructueuses',
    reason: 'Un mot de passe erroné a été saisi trop souvent depuis cet endroit.',
    hint: 'Attendez {{seconds, second}}, connectez-vous avec un code à usage unique ou réinitialisez le mot de passe.',
  },
  AUTH_PASSWORD_EXPIRED: {
    message: 'Le mot de passe a expiré',
    reason: 'Le mot de passe est correct, mais plus ancien que ce serveur ne l’autorise.',
    hint: 'Réinitialisez-le avec un code à usage unique.',
  },
  AUTH_REAUTH_REQUIRED: {
    message: 'Veuillez confirmer que c’est bien vous',
    reason: 'Cette connexion est trop ancienne pour une modification qui détermine qui peut se connecter.',
    hint: 'Joignez votre mot de passe, ou reconnectez-vous et répétez la requête.',
  },
  PROFILE_INVALID_OTP: {
    message: 'Code à usage unique invalide ou expiré',
    hint: 'Vérifiez le code ou demandez-en un nouveau.',
  },
  PROFILE_INVALID_PAYLOAD: {
    message: 'Données de profil invalides',
    hint: 'Corrigez les champs indiqués dans les détails.',
  },
  EMAIL_ALREADY_EXISTS: {
    message: 'Cette adresse e-mail est déjà utilisée',
    reason: 'Le code était correct, mais cette adresse ou ce numéro appartient à un autre compte.',
    hint: 'Choisissez-en un autre ou connectez-vous à l’autre compte.',
  },
  CONTACT_UNDO_INVALID: {
    message: 'Ce lien n’est plus valable',
    reason: 'La modification a déjà été annulée, ou le délai est écoulé.',
    hint: 'Contactez l’assistance si vous n’êtes pas à l’origine de la modification.',
  },
  MEDIA_NOT_FOUND: {
    message: 'Fichier introuvable',
    reason: 'Ce fichier n’a jamais existé ou a été supprimé.',
  },
  MEDIA_TYPE_NOT_SUPPORTED: {
    message: 'Type de fichier non pris en charge',
    hint: 'Envoyez une image JPEG, PNG, WebP, GIF ou AVIF.',
  },
  MEDIA_TOO_LARGE: {
    message: 'Fichier trop volumineux',
    hint: 'Envoyez un fichier plus petit.',
  },
  MEDIA_UNREADABLE: {
    message: 'Impossible de lire l’image',
    reason: 'Le fichier est endommagé ou incomplet.',
    hint: 'Envoyez à nouveau le fichier ou choisissez-en un autre.',
  },
};
