import type { authErrors as English } from '../en/auth-errors.js';

export const authErrors: typeof English = {
  UNAUTHORIZED: {
    message: 'Falta el token Bearer, no es válido o la sesión ha caducado',
    reason: 'No se envió ningún token, o el enviado no es válido o ha caducado.',
    hint: 'Envíe un token válido en el encabezado Authorization o X-Session-Token, o inicie sesión de nuevo.',
  },
  AUTH_INVALID_CREDENTIALS: {
    message: 'Nombre de usuario o contraseña incorrectos',
    hint: 'Compruebe los datos introducidos e inténtelo de nuevo.',
  },
  AUTH_SIGNUP_FAILED: {
    message: 'No se pudo crear la cuenta',
    reason: 'No ha sido posible crear una cuenta con estos datos.',
    hint: 'Compruebe los datos introducidos y solicite un código nuevo.',
  },
  AUTH_OTP_INVALID: {
    message: 'Código de un solo uso incorrecto o caducado',
    reason: 'El código es incorrecto, ha caducado o ya se ha utilizado.',
    hint: 'Compruebe el código o solicite uno nuevo.',
  },
  AUTH_OTP_SEND_FAILED: {
    message: 'No se pudo enviar el código de un solo uso',
    reason: 'En este momento no se pueden enviar códigos por este medio.',
    hint: 'Inténtelo de nuevo más tarde o elija otro canal.',
  },
  AUTH_OTP_THROTTLED: {
    message: 'Demasiadas solicitudes',
    reason: 'Se ha solicitado un código hace un momento.',
    hint: 'Espere {{seconds, second}} antes de solicitar otro código.',
  },
  AUTH_CHANNEL_UNSUPPORTED: {
    message: 'Canal de autenticación no admitido',
    hint: 'Elija otro canal.',
  },
  AUTH_INVALID_PAYLOAD: {
    message: 'Datos enviados no válidos',
    hint: 'Compruebe que todos los campos obligatorios estén presentes y sean válidos.',
  },
  AUTH_PROCESSING_ERROR: {
    message: 'Error inesperado durante la autenticación',
    reason: 'Se ha producido un problema por nuestra parte.',
    hint: 'Inténtelo de nuevo más tarde. Si el error persiste, facilite su identificador al servicio de asistencia.',
  },
  AUTH_USER_ALREADY_EXISTS: {
    message: 'El usuario ya existe',
    reason: 'El código era correcto, pero esta dirección de correo o este número de teléfono ya tiene una cuenta.',
    hint: 'Inicie sesión en lugar de registrarse.',
  },
  TOKEN_DOMAIN_MISMATCH: {
    message: 'El token se emitió para otro dominio',
    reason: 'El token se emitió para un sitio web distinto del que lo ha enviado.',
    hint: 'Inicie sesión de nuevo en este sitio web.',
  },
  TOKEN_INVALID: {
    message: 'El token ha sido revocado',
    reason: 'El token se retiró antes de caducar, por ejemplo al cerrar la sesión.',
    hint: 'Inicie sesión de nuevo.',
  },
  SESSION_INVALID: {
    message: 'La sesión ha sido revocada',
    reason: 'La sesión ha terminado, por ejemplo porque se cerró o se cambió la contraseña.',
    hint: 'Inicie sesión de nuevo.',
  },
  SESSION_NOT_FOUND: {
    message: 'Sesión no encontrada',
    reason: 'No tiene ninguna sesión así, o ya ha terminado.',
    hint: 'Vuelva a pedir la lista de sus sesiones.',
  },
  AUTH_INVALID_TOKEN_TYPE: {
    message: 'El tipo de token «{{type}}» no sirve para la autenticación',
    reason: 'Solo un token de acceso o de sesión autentica una solicitud.',
    hint: 'Envíe el token de acceso o el de sesión. El token de renovación solo sirve para obtener tokens nuevos.',
  },
  AUTH_INVALID_REFRESH_TOKEN: {
    message: 'Token de renovación no válido o caducado',
    reason: 'El token de renovación no es nuestro, ha caducado o pertenece a una sesión terminada.',
    hint: 'Inicie sesión de nuevo.',
  },
  AUTH_REFRESH_REUSED: {
    message: 'El token de renovación ya se ha utilizado',
    reason: 'Un token de renovación sirve una sola vez. Este se ha vuelto a usar y, por seguridad, se ha cerrado toda la sesión.',
    hint: 'Inicie sesión de nuevo.',
  },
  AUTH_CREDENTIALS_CONFLICT: {
    message: 'Dos credenciales distintas en una misma solicitud',
    reason: 'Los encabezados Authorization y X-Session-Token no se corresponden.',
    hint: 'Envíe solo uno de los dos encabezados.',
  },
  PROFILE_NOT_FOUND: {
    message: 'Perfil de usuario no encontrado',
    hint: 'Compruebe el identificador del usuario.',
  },
};
