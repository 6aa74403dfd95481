import type { accessErrors as English } from '../en/access-errors.js';

export const accessErrors: typeof English = {
  USER_NOT_FOUND: {
    message: 'Usuario no encontrado',
    reason: 'No hay ningún usuario con este identificador.',
    hint: 'Compruebe el identificador o busque en la lista de usuarios.',
  },
  PERMISSION_NOT_FOUND: {
    message: 'Permiso no encontrado',
    reason: 'No hay ningún permiso con este identificador.',
    hint: 'Vuelva a cargar la lista de permisos.',
  },
  PERMISSION_UPDATE_FAILED: {
    message: 'No se pudo actualizar el permiso',
    reason: 'El nombre y el nombre en clave de un permiso integrado no se pueden cambiar.',
    hint: 'Cambie su descripción o su categoría, o cree un permiso propio.',
  },
  PERMISSION_DELETE_FAILED: {
    message: 'No se pudo eliminar el permiso',
    reason: 'Un permiso integrado no se puede eliminar.',
    hint: 'Quíteselo a los grupos que no deban tenerlo.',
  },
  GROUP_NOT_FOUND: {
    message: 'Grupo no encontrado',
    reason: 'No hay ningún grupo con este identificador.',
    hint: 'Vuelva a cargar la lista de grupos.',
  },
  GROUP_UPDATE_FAILED: {
    message: 'No se pudo actualizar el grupo',
    reason: 'El nombre y el nombre en clave de un grupo del sistema no se pueden cambiar, y super_admin está siempre activo.',
    hint: 'Cambie su descripción o cree un grupo propio.',
  },
  GROUP_DELETE_FAILED: {
    message: 'No se pudo eliminar el grupo',
    reason: 'Un grupo del sistema no se puede eliminar.',
    hint: 'En su lugar, desactive el grupo.',
  },
  GROUP_ASSIGN_PERMISSIONS_FAILED: {
    message: 'No se pudieron asignar los permisos al grupo',
    reason: 'Un permiso de la lista no existe o está repetido, o el grupo es super_admin, que siempre tiene todos los permisos.',
    hint: 'Vuelva a cargar la lista de permisos y envíe cada uno una sola vez.',
  },
  GROUP_ASSIGN_USERS_FAILED: {
    message: 'No se pudieron asignar los grupos al usuario',
    reason: 'Un grupo de la lista no existe, no está activo o está repetido.',
    hint: 'Vuelva a cargar la lista de grupos y envíe cada uno una sola vez.',
  },
  PERMISSION_DENIED: {
    message: 'Permiso denegado',
    reason: 'Nadie puede conceder, cambiar ni quitar más de lo que tiene.',
    hint: 'Los permisos que faltan se indican en details. Pídaselo a alguien que los tenga.',
  },
  GROUP_DENIED: {
    message: 'Acceso al grupo denegado',
    reason: 'Solo un superadministrador puede hacer esto.',
    hint: 'Pídaselo a un superadministrador.',
  },
  USER_STATUS_CONFLICT: {
    message: 'El estado de esta cuenta no lo permite',
    reason: 'La cuenta no está en el estado que requiere esta acción: la ha cerrado su titular o está a punto de borrarse.',
    hint: 'Vuelva a cargar el usuario. Una cuenta cerrada por su titular se recupera cuando este inicia sesión.',
  },
  OWN_ACCOUNT: {
    message: 'Esta es su propia cuenta',
    reason: 'Los administradores no cierran aquí su propia cuenta.',
    hint: 'Use sus ajustes o pídaselo a otro administrador.',
  },
  LAST_SUPER_ADMIN: {
    message: 'Debe haber otro superadministrador',
    reason: 'Esta cuenta es la única superadministradora y nadie podría nombrar a otra persona.',
    hint: 'Nombre primero a otro superadministrador.',
  },
  INVITATION_NOT_FOUND: {
    message: 'Invitación no encontrada',
    reason: 'La invitación se ha aceptado, se ha retirado o ha caducado.',
    hint: 'Vuelva a cargar la lista de invitaciones.',
  },
};
