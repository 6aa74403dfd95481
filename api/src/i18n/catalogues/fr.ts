import type { Catalogue } from './en.js';
import { authErrors } from './fr/auth-errors.js';
import { generalErrors } from './fr/general-errors.js';

export const fr: Catalogue = {
  errors: { ...generalErrors, ...authErrors },

  messages: {
    login_successful: 'Connexion réussie',
    signup_successful: 'Inscription réussie',
    otp_sent: 'Code à usage unique envoyé',
    tokens_refreshed: 'Jetons renouvelés',
    logged_out: 'Déconnexion réussie. Tous les jetons et toutes les sessions ont été révoqués.',
    logged_out_here: 'Déconnexion réussie. Cette session et ses jetons ont été révoqués.',
    logged_out_elsewhere: 'Vos autres sessions ont été déconnectées. Celle-ci reste ouverte.',
    sessions_fetched: 'Sessions récupérées',
    session_ended: 'Session terminée',
    token_info_retrieved: 'Informations sur les jetons récupérées',
    user_data_fetched: 'Données de l’utilisateur récupérées',
    profile_fetched: 'Profil de l’utilisateur récupéré',
    service_healthy: 'Le service fonctionne correctement',
    service_live: 'Le service est en marche',
    service_ready: 'Le service est prêt',
    system_health: 'Contrôle de l’état du système terminé',
    database_healthy: 'La base de données fonctionne correctement',
    storage_healthy: 'Le stockage fonctionne correctement',
    redis_healthy: 'Redis fonctionne correctement',
    sentry_exception_sent: 'Exception de test envoyée à Sentry',
    sentry_message_sent: 'Message de test envoyé à Sentry',
    sentry_async_scheduled: 'Erreur asynchrone de test programmée',
  },

  validation: {
    required: 'Ce champ est obligatoire',
    invalid_type: 'Type incorrect, type attendu : {{expected}}',
    too_short: 'Trop court, la longueur minimale est de {{minimum}}',
    too_long: 'Trop long, la longueur maximale est de {{maximum}}',
    too_small: 'Trop petit, le minimum est de {{minimum}}',
    too_big: 'Trop grand, le maximum est de {{maximum}}',
    invalid_format: 'Format incorrect, format attendu : {{format}}',
    invalid_value: 'Valeur non acceptée, valeurs possibles : {{values}}',
    unrecognized_key: 'Champ inconnu : {{key}}',
    null_byte: 'Ne doit pas contenir de caractère NUL',
    malformed_text: 'Contient des caractères qui ne sont pas valides en Unicode',
    too_deep: 'Trop de niveaux imbriqués',
    repeated_parameter: 'Ne peut être indiqué qu’une seule fois',
    empty_body: 'Le corps de la requête est vide',
  },

  mail: {
    one_time_code: {
      subject: 'Votre code {{app}}',
      heading: 'Votre code à usage unique',
      text: 'Saisissez ce code dans {{app}} pour continuer. Ne le communiquez à personne.',
      code_label: 'Code',
      expires: 'Le code est valable {{minutes, minute}} et ne sert qu’une fois.',
      ignore: 'Si vous n’avez pas demandé ce code, vous pouvez ignorer ce message.',
      footer: 'Ce message a été envoyé automatiquement par {{app}}.',
    },
    session_stolen: {
      subject: 'Avis de sécurité : une session de votre compte {{app}} a été fermée',
      heading: 'Nous avons fermé une de vos sessions',
      text: 'Une clé de connexion de cette session a été utilisée une deuxième fois après avoir été remplacée. Il se peut que quelqu’un l’ait copiée : par sécurité, nous avons fermé la session. Vous devrez vous reconnecter sur cet appareil.',
      advice: 'Si cela ne vous dit rien, changez votre mot de passe et déconnectez-vous partout.',
    },
    new_device: {
      subject: 'Nouvelle connexion à votre compte {{app}}',
      heading: 'Connexion depuis un nouvel appareil',
      text: 'Quelqu’un s’est connecté à votre compte depuis un appareil que vous n’aviez pas encore utilisé.',
      advice: 'Si c’était vous, vous n’avez rien à faire. Sinon, changez votre mot de passe et déconnectez-vous partout.',
    },
    session_facts: {
      time: 'Date et heure',
      device: 'Appareil',
      session: 'Session fermée',
      used_from: 'Utilisée à nouveau depuis',
      ip: 'Adresse IP',
      unknown: 'Inconnu',
      footer: '{{app}} envoie ce message automatiquement pour protéger votre compte.',
    },
  },

  sms: {
    one_time_code: '{{code}} est votre code {{app}}. Valable {{minutes, minute}}. Ne le communiquez à personne.',
  },

  mailbox: {
    title: 'Boîte de réception',
    intro: 'Messages que ce serveur de développement aurait envoyés. Aucun ne l’a quitté.',
    empty: 'Aucun message pour le moment.',
    channel: 'Canal',
    to: 'À',
    subject: 'Objet',
    received: 'Reçu',
    code: 'Code',
    refresh: 'Actualiser',
    clear: 'Tout supprimer',
    language: 'Langue',
    language_name: 'Français',
  },
};
