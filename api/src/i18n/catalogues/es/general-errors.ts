import type { generalErrors as English } from '../en/general-errors.js';

export const generalErrors: typeof English = {
  INVALID_REQUEST: {
    message: 'Contenido de la solicitud no válido',
    reason: 'La solicitud no tiene la forma esperada.',
    hint: 'Compare la solicitud con la documentación de la API.',
  },
  FORBIDDEN: {
    message: 'Permiso denegado',
    reason: 'Su cuenta no tiene el permiso que requiere esta acción.',
    hint: 'Solicite el permiso a un administrador.',
  },
  ROUTE_NOT_FOUND: {
    message: 'Ruta no encontrada',
    reason: 'No hay ningún punto de acceso en esta dirección.',
    hint: 'Compruebe la ruta y su prefijo.',
  },
  METHOD_NOT_ALLOWED: {
    message: 'Método HTTP no permitido',
    reason: 'Esta dirección existe, pero no admite este método HTTP.',
    hint: 'Use uno de los métodos indicados en el encabezado Allow.',
  },
  TIMEOUT: {
    message: 'Se agotó el tiempo de la solicitud',
    reason: 'La solicitud tardó demasiado y se interrumpió.',
    hint: 'Inténtelo de nuevo más tarde.',
  },
  CONFLICT: {
    message: 'Conflicto con el recurso',
    reason: 'La solicitud no se ajusta al estado actual del recurso.',
    hint: 'Vuelva a cargar el recurso y repita el cambio.',
  },
  TOO_MANY_REQUESTS: {
    message: 'Demasiadas solicitudes',
    reason: 'Han llegado demasiadas solicitudes en muy poco tiempo.',
    hint: 'Espere el tiempo que indica el encabezado Retry-After e inténtelo de nuevo.',
  },
  VALIDATION_ERROR: {
    message: 'Error de validación',
    reason: 'Faltan uno o varios campos o no son válidos.',
    hint: 'Corrija los campos indicados en details.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'Servicio no disponible',
    reason: 'El servicio no puede atender esta solicitud en este momento.',
    hint: 'Inténtelo de nuevo pasado el tiempo que indica el encabezado Retry-After.',
  },
  INTERNAL_ERROR: {
    message: 'Error interno del servidor',
    reason: 'Se ha producido un problema por nuestra parte.',
    hint: 'Inténtelo de nuevo más tarde. Si el error persiste, facilite su identificador al servicio de asistencia.',
  },
  REQUEST_TOO_LARGE: {
    message: 'Solicitud demasiado grande',
    reason: 'El cuerpo de la solicitud es mayor de lo que admite este punto de acceso.',
    hint: 'Envíe menos datos o un archivo más pequeño.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: 'Tipo de contenido no admitido',
    reason: 'Este punto de acceso no admite este tipo de contenido.',
    hint: 'Envíe el tipo de contenido que indica la documentación de la API.',
  },
  URI_TOO_LONG: {
    message: 'URL de la solicitud demasiado larga',
    reason: 'La dirección con sus parámetros es más larga de lo que admite el servidor.',
    hint: 'Acorte los parámetros de la dirección.',
  },
  HEADERS_TOO_LARGE: {
    message: 'Encabezados de la solicitud demasiado grandes',
    reason: 'Los encabezados, incluidas las cookies, son mayores de lo que admite el servidor.',
    hint: 'Quite los encabezados y las cookies que no sean necesarios.',
  },
  DUPLICATE_ENTRY: {
    message: 'No se permiten entradas duplicadas',
    reason: 'Un valor que debe ser único ya está en uso.',
    hint: 'Elija otro valor.',
  },
  HEALTH_CHECK_FAILED: {
    message: 'Falló la comprobación de estado',
    reason: 'Al menos una parte del servicio no funciona correctamente.',
    hint: 'Inténtelo de nuevo en unos instantes.',
  },
  DATABASE_UNHEALTHY: {
    message: 'La base de datos no funciona correctamente',
    reason: 'La base de datos no responde como debería.',
    hint: 'Inténtelo de nuevo en unos instantes. Los operadores encontrarán la causa en el registro del servidor.',
  },
  STORAGE_UNHEALTHY: {
    message: 'El almacenamiento no funciona correctamente',
    reason: 'El almacenamiento de archivos no responde como debería.',
    hint: 'Inténtelo de nuevo en unos instantes. Los operadores encontrarán la causa en el registro del servidor.',
  },
  REDIS_HEALTH_CHECK_FAILED: {
    message: 'Falló la comprobación de estado de Redis',
    reason: 'Redis no responde como debería.',
    hint: 'Inténtelo de nuevo en unos instantes. Los operadores encontrarán la causa en el registro del servidor.',
  },
};
