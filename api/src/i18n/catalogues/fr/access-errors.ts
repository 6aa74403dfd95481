import type { accessErrors as English } from '../en/access-errors.js';

export const accessErrors: typeof English = {
  USER_NOT_FOUND: {
    message: 'Utilisateur introuvable',
    reason: 'Il n’y a aucun utilisateur avec cet identifiant.',
    hint: 'Vérifiez l’identifiant ou cherchez dans la liste des utilisateurs.',
  },
  PERMISSION_NOT_FOUND: {
    message: 'Autorisation introuvable',
    reason: 'Il n’y a aucune autorisation avec cet identifiant.',
    hint: 'Rechargez la liste des autorisations.',
  },
  PERMISSION_UPDATE_FAILED: {
    message: 'La modification de l’autorisation a échoué',
    reason: 'Le nom et le nom de code d’une autorisation intégrée ne peuvent pas être modifiés.',
    hint: 'Modifiez sa description ou sa catégorie, ou créez votre propre autorisation.',
  },
  PERMISSION_DELETE_FAILED: {
    message: 'La suppression de l’autorisation a échoué',
    reason: 'Une autorisation intégrée ne peut pas être supprimée.',
    hint: 'Retirez-la aux groupes qui ne doivent pas en disposer.',
  },
  GROUP_NOT_FOUND: {
    message: 'Groupe introuvable',
    reason: 'Il n’y a aucun groupe avec cet identifiant.',
    hint: 'Rechargez la liste des groupes.',
  },
  GROUP_UPDATE_FAILED: {
    message: 'La modification du groupe a échoué',
    reason: 'Le nom et le nom de code d’un groupe système ne peuvent pas être modifiés, et super_admin est toujours actif.',
    hint: 'Modifiez sa description ou créez votre propre groupe.',
  },
  GROUP_DELETE_FAILED: {
    message: 'La suppression du groupe a échoué',
    reason: 'Un groupe système ne peut pas être supprimé.',
    hint: 'Désactivez plutôt le groupe.',
  },
  GROUP_ASSIGN_PERMISSIONS_FAILED: {
    message: 'L’attribution des autorisations au groupe a échoué',
    reason: 'Une autorisation de la liste n’existe pas ou y figure deux fois, ou il s’agit du groupe super_admin, qui dispose toujours de toutes les autorisations.',
    hint: 'Rechargez la liste des autorisations et n’envoyez chacune qu’une fois.',
  },
  GROUP_ASSIGN_USERS_FAILED: {
    message: 'L’attribution des groupes à l’utilisateur a échoué',
    reason: 'Un groupe de la liste n’existe pas, n’est pas actif ou y figure deux fois.',
    hint: 'Rechargez la liste des groupes et n’envoyez chacun qu’une fois.',
  },
  PERMISSION_DENIED: {
    message: 'Autorisation refusée',
    reason: 'Personne ne peut accorder, modifier ou retirer plus que ce dont il dispose lui-même.',
    hint: 'Les autorisations manquantes sont indiquées dans details. Adressez-vous à une personne qui en dispose.',
  },
  GROUP_DENIED: {
    message: 'Accès au groupe refusé',
    reason: 'Seul un super-administrateur peut faire cela.',
    hint: 'Adressez-vous à un super-administrateur.',
  },
  USER_STATUS_CONFLICT: {
    message: 'L’état de ce compte ne le permet pas',
    reason: 'Le compte n’est pas dans l’état que cette action exige : il a été fermé par son titulaire ou va être effacé.',
    hint: 'Rechargez l’utilisateur. Un compte fermé par son titulaire est rétabli dès que celui-ci se connecte.',
  },
  OWN_ACCOUNT: {
    message: 'C’est votre propre compte',
    reason: 'Les administrateurs ne ferment pas leur propre compte ici.',
    hint: 'Utilisez vos paramètres ou adressez-vous à un autre administrateur.',
  },
  LAST_SUPER_ADMIN: {
    message: 'Il faut un autre super-administrateur',
    reason: 'Ce compte est le seul super-administrateur, et personne ne pourrait en nommer un nouveau.',
    hint: 'Nommez d’abord un autre super-administrateur.',
  },
  INVITATION_NOT_FOUND: {
    message: 'Invitation introuvable',
    reason: 'L’invitation a été acceptée ou retirée, ou elle a expiré.',
    hint: 'Rechargez la liste des invitations.',
  },
};
