import type { Catalogue } from './en.js';
import { authErrors } from './es/auth-errors.js';
import { generalErrors } from './es/general-errors.js';

export const es: Catalogue = {
  errors: { ...generalErrors, ...authErrors },

  messages: {
    login_successful: 'Inicio de sesión correcto',
    signup_successful: 'Registro completado',
    otp_sent: 'Código de un solo uso enviado',
    tokens_refreshed: 'Tokens renovados correctamente',
    logged_out: 'Sesión cerrada correctamente. Se han revocado todos los tokens y todas las sesiones.',
    logged_out_here: 'Sesión cerrada correctamente. Se han revocado esta sesión y sus tokens.',
    logged_out_elsewhere: 'Se han cerrado sus otras sesiones. Esta sigue abierta.',
    sessions_fetched: 'Sesiones obtenidas correctamente',
    session_ended: 'Sesión finalizada correctamente',
    token_info_retrieved: 'Información de los tokens obtenida correctamente',
    user_data_fetched: 'Datos del usuario obtenidos correctamente',
    profile_fetched: 'Perfil del usuario obtenido correctamente',
    service_healthy: 'El servicio funciona correctamente',
    service_live: 'El servicio está en marcha',
    service_ready: 'El servicio está listo',
    system_health: 'Comprobación del estado del sistema completada',
    database_healthy: 'La base de datos funciona correctamente',
    storage_healthy: 'El almacenamiento funciona correctamente',
    redis_healthy: 'Redis funciona correctamente',
    sentry_exception_sent: 'Excepción de prueba enviada a Sentry',
    sentry_message_sent: 'Mensaje de prueba enviado a Sentry',
    sentry_async_scheduled: 'Error asíncrono de prueba programado',
  },

  validation: {
    required: 'Este campo es obligatorio',
    invalid_type: 'Tipo incorrecto, se esperaba: {{expected}}',
    too_short: 'Demasiado corto, la longitud mínima es {{minimum}}',
    too_long: 'Demasiado largo, la longitud máxima es {{maximum}}',
    too_small: 'Demasiado pequeño, el mínimo es {{minimum}}',
    too_big: 'Demasiado grande, el máximo es {{maximum}}',
    invalid_format: 'No tiene el formato esperado: {{format}}',
    invalid_value: 'Valor no admitido, los valores admitidos son: {{values}}',
    unrecognized_key: 'Campo desconocido: {{key}}',
    null_byte: 'No debe contener el carácter NUL',
    malformed_text: 'Contiene caracteres que no son válidos en Unicode',
    too_deep: 'Demasiados niveles anidados',
    repeated_parameter: 'Solo puede indicarse una vez',
    empty_body: 'El cuerpo de la solicitud está vacío',
  },

  mail: {
    one_time_code: {
      subject: 'Su código de {{app}}',
      heading: 'Su código de un solo uso',
      text: 'Introduzca este código en {{app}} para continuar. No lo comparta con nadie.',
      code_label: 'Código',
      expires: 'El código es válido durante {{minutes, minute}} y solo puede usarse una vez.',
      ignore: 'Si no ha solicitado este código, puede ignorar este mensaje.',
      footer: 'Este mensaje ha sido enviado automáticamente por {{app}}.',
    },
    session_stolen: {
      subject: 'Aviso de seguridad: se ha cerrado una sesión de su cuenta de {{app}}',
      heading: 'Hemos cerrado una de sus sesiones',
      text: 'Una clave de acceso de esta sesión se ha usado por segunda vez después de haber sido sustituida. Es posible que alguien la haya copiado, por lo que hemos cerrado la sesión por seguridad. Tendrá que volver a iniciar sesión en ese dispositivo.',
      advice: 'Si no lo reconoce, cambie su contraseña y cierre la sesión en todos los dispositivos.',
    },
    new_device: {
      subject: 'Nuevo inicio de sesión en su cuenta de {{app}}',
      heading: 'Inicio de sesión desde un dispositivo nuevo',
      text: 'Alguien ha iniciado sesión en su cuenta desde un dispositivo que no había usado antes.',
      advice: 'Si ha sido usted, no tiene que hacer nada. Si no, cambie su contraseña y cierre la sesión en todos los dispositivos.',
    },
    session_facts: {
      time: 'Fecha y hora',
      device: 'Dispositivo',
      session: 'Sesión cerrada',
      used_from: 'Usada de nuevo desde',
      ip: 'Dirección IP',
      unknown: 'Desconocido',
      footer: '{{app}} envía este mensaje automáticamente para proteger su cuenta.',
    },
  },

  sms: {
    one_time_code: '{{code}} es su código de {{app}}. Válido durante {{minutes, minute}}. No lo comparta.',
  },

  mailbox: {
    title: 'Buzón',
    intro: 'Mensajes que este servidor de desarrollo habría enviado. Ninguno ha salido de él.',
    empty: 'Todavía no hay mensajes.',
    channel: 'Canal',
    to: 'Para',
    subject: 'Asunto',
    received: 'Recibido',
    code: 'Código',
    refresh: 'Actualizar',
    clear: 'Eliminar todo',
    language: 'Idioma',
    language_name: 'Español',
  },
};
