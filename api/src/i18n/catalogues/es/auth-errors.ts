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
    reason: 'Se han solicitado códigos con demasiada frecuencia.',
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
  AUTH_PASSWORD_INVALID_OLD: {
    message: 'La contraseña anterior es incorrecta',
    hint: 'Compruebe la contraseña anterior o restablézcala con un código de un solo uso.',
  },
  AUTH_FORGOT_PASSWORD_FAILED: {
    message: 'No se pudo restablecer la contraseña',
    reason: 'La contraseña de esta cuenta no se puede restablecer.',
    hint: 'Póngase en contacto con el servicio de asistencia.',
  },
  AUTH_PASSWORD_ALREADY_SET: {
    message: 'Ya hay una contraseña establecida',
    reason: 'Esta cuenta tiene una contraseña, y solo quien la conoce puede cambiarla.',
    hint: 'Cambie la contraseña o restablézcala con un código de un solo uso.',
  },
  AUTH_TOO_MANY_ATTEMPTS: {
    message: 'Demasiados intentos fallidos',
    reason: 'Desde aquí se ha introducido demasiadas veces una contraseña incorrecta.',
    hint: 'Espere {{seconds, second}}, inicie sesión con un código de un solo uso o restablezca la contraseña.',
  },
  AUTH_PASSWORD_EXPIRED: {
    message: 'La contraseña ha caducado',
    reason: 'La contraseña es correcta, pero más antigua de lo que permite este servidor.',
    hint: 'Restablézcala con un código de un solo uso.',
  },
  AUTH_REAUTH_REQUIRED: {
    message: 'Confirme que es usted',
    reason: 'Este inicio de sesión es demasiado antiguo para un cambio que decide quién puede iniciar sesión.',
    hint: 'Envíe también su contraseña, o inicie sesión de nuevo y repita la solicitud.',
  },
  PROFILE_INVALID_OTP: {
    message: 'Código de un solo uso no válido o caducado',
    hint: 'Compruebe el código o pida uno nuevo.',
  },
  PROFILE_INVALID_PAYLOAD: {
    message: 'Datos de perfil no válidos',
    hint: 'Corrija los campos indicados en los detalles.',
  },
  EMAIL_ALREADY_EXISTS: {
    message: 'El correo electrónico ya está en uso',
    reason: 'El código era correcto, pero esta dirección o este número pertenece a otra cuenta.',
    hint: 'Elija otro o inicie sesión en la otra cuenta.',
  },
  CONTACT_UNDO_INVALID: {
    message: 'Este enlace ya no es válido',
    reason: 'El cambio ya se ha deshecho o el plazo ha terminado.',
    hint: 'Póngase en contacto con el servicio de asistencia si no hizo usted el cambio.',
  },
  MEDIA_NOT_FOUND: {
    message: 'Archivo no encontrado',
    reason: 'El archivo nunca existió o se ha eliminado.',
  },
  MEDIA_TYPE_NOT_SUPPORTED: {
    message: 'Tipo de archivo no admitido',
    hint: 'Envíe una imagen JPEG, PNG, WebP, GIF o AVIF.',
  },
  MEDIA_TOO_LARGE: {
    message: 'Archivo demasiado grande',
    hint: 'Envíe un archivo más pequeño.',
  },
  MEDIA_UNREADABLE: {
    message: 'No se puede leer la imagen',
    reason: 'El archivo está dañado o incompleto.',
    hint: 'Envíe el archivo de nuevo o elija otro.',
  },
};
