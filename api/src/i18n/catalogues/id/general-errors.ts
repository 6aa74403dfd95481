import type { generalErrors as English } from '../en/general-errors.js';

export const generalErrors: typeof English = {
  INVALID_REQUEST: {
    message: 'Isi permintaan tidak valid',
    reason: 'Permintaan tidak memiliki bentuk yang diharapkan.',
    hint: 'Bandingkan permintaan dengan dokumentasi API.',
  },
  FORBIDDEN: {
    message: 'Izin ditolak',
    reason: 'Akun Anda tidak memiliki izin yang diperlukan untuk tindakan ini.',
    hint: 'Mintalah izin tersebut kepada administrator.',
  },
  ROUTE_NOT_FOUND: {
    message: 'Rute tidak ditemukan',
    reason: 'Tidak ada titik akses di alamat ini.',
    hint: 'Periksa jalur dan awalannya.',
  },
  METHOD_NOT_ALLOWED: {
    message: 'Metode HTTP tidak diizinkan',
    reason: 'Alamat ini ada, tetapi tidak menerima metode HTTP ini.',
    hint: 'Gunakan salah satu metode yang tercantum di header Allow.',
  },
  TIMEOUT: {
    message: 'Waktu permintaan habis',
    reason: 'Permintaan berlangsung terlalu lama dan dihentikan.',
    hint: 'Coba lagi nanti.',
  },
  CONFLICT: {
    message: 'Konflik sumber daya',
    reason: 'Permintaan tidak sesuai dengan keadaan sumber daya saat ini.',
    hint: 'Muat ulang sumber daya, lalu ulangi perubahan.',
  },
  TOO_MANY_REQUESTS: {
    message: 'Terlalu banyak permintaan',
    reason: 'Terlalu banyak permintaan masuk dalam waktu yang terlalu singkat.',
    hint: 'Tunggu selama waktu yang disebutkan di header Retry-After, lalu coba lagi.',
  },
  VALIDATION_ERROR: {
    message: 'Validasi gagal',
    reason: 'Satu atau beberapa kolom belum diisi atau tidak valid.',
    hint: 'Perbaiki kolom yang tercantum di details.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'Layanan tidak tersedia',
    reason: 'Layanan tidak dapat menangani permintaan ini untuk saat ini.',
    hint: 'Coba lagi setelah waktu yang disebutkan di header Retry-After.',
  },
  INTERNAL_ERROR: {
    message: 'Kesalahan internal server',
    reason: 'Terjadi masalah di pihak kami.',
    hint: 'Coba lagi nanti. Jika kesalahan terus terjadi, sampaikan ID kesalahan kepada tim dukungan.',
  },
  REQUEST_TOO_LARGE: {
    message: 'Permintaan terlalu besar',
    reason: 'Isi permintaan lebih besar daripada yang diterima titik akses ini.',
    hint: 'Kirim data yang lebih sedikit atau berkas yang lebih kecil.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: 'Jenis media tidak didukung',
    reason: 'Titik akses ini tidak menerima jenis konten tersebut.',
    hint: 'Kirim jenis konten yang disebutkan dalam dokumentasi API.',
  },
  URI_TOO_LONG: {
    message: 'URL permintaan terlalu panjang',
    reason: 'Alamat beserta parameternya lebih panjang daripada yang diterima server.',
    hint: 'Persingkat parameter alamat.',
  },
  HEADERS_TOO_LARGE: {
    message: 'Header permintaan terlalu besar',
    reason: 'Header, termasuk cookie, lebih besar daripada yang diterima server.',
    hint: 'Hilangkan header dan cookie yang tidak diperlukan.',
  },
  DUPLICATE_ENTRY: {
    message: 'Entri ganda tidak diizinkan',
    reason: 'Nilai yang harus unik sudah digunakan.',
    hint: 'Pilih nilai lain.',
  },
  HEALTH_CHECK_FAILED: {
    message: 'Pemeriksaan kondisi gagal',
    reason: 'Setidaknya satu bagian layanan tidak berfungsi dengan baik.',
    hint: 'Coba lagi sebentar lagi.',
  },
  DATABASE_UNHEALTHY: {
    message: 'Basis data tidak berfungsi dengan baik',
    reason: 'Basis data tidak merespons sebagaimana mestinya.',
    hint: 'Coba lagi sebentar lagi. Operator dapat menemukan penyebabnya di log server.',
  },
  STORAGE_UNHEALTHY: {
    message: 'Penyimpanan tidak berfungsi dengan baik',
    reason: 'Penyimpanan berkas tidak merespons sebagaimana mestinya.',
    hint: 'Coba lagi sebentar lagi. Operator dapat menemukan penyebabnya di log server.',
  },
  REDIS_HEALTH_CHECK_FAILED: {
    message: 'Pemeriksaan kondisi Redis gagal',
    reason: 'Redis tidak merespons sebagaimana mestinya.',
    hint: 'Coba lagi sebentar lagi. Operator dapat menemukan penyebabnya di log server.',
  },
};
