import type { authErrors as English } from '../en/auth-errors.js';

export const authErrors: typeof English = {
  UNAUTHORIZED: {
    message: 'Token Bearer tidak ada atau tidak valid, atau sesi telah kedaluwarsa',
    reason: 'Tidak ada token yang dikirim, atau token yang dikirim tidak valid atau telah kedaluwarsa.',
    hint: 'Kirim token yang valid di header Authorization atau X-Session-Token, atau masuk kembali.',
  },
  AUTH_INVALID_CREDENTIALS: {
    message: 'Nama pengguna atau kata sandi salah',
    hint: 'Periksa data yang Anda masukkan, lalu coba lagi.',
  },
  AUTH_SIGNUP_FAILED: {
    message: 'Gagal membuat akun',
    reason: 'Akun tidak dapat dibuat dengan data ini.',
    hint: 'Periksa data yang Anda masukkan dan mintalah kode baru.',
  },
  AUTH_OTP_INVALID: {
    message: 'Kode OTP salah atau telah kedaluwarsa',
    reason: 'Kode salah, telah kedaluwarsa, atau sudah digunakan.',
    hint: 'Periksa kode atau mintalah kode baru.',
  },
  AUTH_OTP_SEND_FAILED: {
    message: 'Gagal mengirim kode OTP',
    reason: 'Kode tidak dapat dikirim dengan cara ini untuk saat ini.',
    hint: 'Coba lagi nanti atau pilih saluran lain.',
  },
  AUTH_OTP_THROTTLED: {
    message: 'Terlalu banyak permintaan',
    reason: 'Sebuah kode baru saja diminta.',
    hint: 'Tunggu {{seconds, second}} sebelum meminta kode lagi.',
  },
  AUTH_CHANNEL_UNSUPPORTED: {
    message: 'Saluran autentikasi tidak didukung',
    hint: 'Pilih saluran lain.',
  },
  AUTH_INVALID_PAYLOAD: {
    message: 'Data yang dikirim tidak valid',
    hint: 'Pastikan semua kolom wajib telah diisi dan valid.',
  },
  AUTH_PROCESSING_ERROR: {
    message: 'Kesalahan tak terduga saat autentikasi',
    reason: 'Terjadi masalah di pihak kami.',
    hint: 'Coba lagi nanti. Jika kesalahan terus terjadi, sampaikan ID kesalahan kepada tim dukungan.',
  },
  AUTH_USER_ALREADY_EXISTS: {
    message: 'Pengguna sudah ada',
    reason: 'Kode benar, tetapi alamat email atau nomor telepon ini sudah memiliki akun.',
    hint: 'Silakan masuk, tidak perlu mendaftar.',
  },
  TOKEN_DOMAIN_MISMATCH: {
    message: 'Token diterbitkan untuk domain lain',
    reason: 'Token diterbitkan untuk situs web yang berbeda dari situs yang mengirimnya.',
    hint: 'Masuk kembali di situs web ini.',
  },
  TOKEN_INVALID: {
    message: 'Token telah dicabut',
    reason: 'Token ditarik sebelum masa berlakunya habis, misalnya karena Anda keluar.',
    hint: 'Silakan masuk kembali.',
  },
  SESSION_INVALID: {
    message: 'Sesi telah dicabut',
    reason: 'Sesi telah diakhiri, misalnya karena Anda keluar atau mengganti kata sandi.',
    hint: 'Silakan masuk kembali.',
  },
  SESSION_NOT_FOUND: {
    message: 'Sesi tidak ditemukan',
    reason: 'Anda tidak memiliki sesi seperti itu, atau sesi itu sudah berakhir.',
    hint: 'Ambil kembali daftar sesi Anda.',
  },
  AUTH_INVALID_TOKEN_TYPE: {
    message: "Jenis token '{{type}}' tidak berlaku untuk autentikasi",
    reason: 'Hanya token akses atau token sesi yang mengautentikasi permintaan.',
    hint: 'Kirim token akses atau token sesi. Token penyegaran hanya untuk memperoleh token baru.',
  },
  AUTH_INVALID_REFRESH_TOKEN: {
    message: 'Token penyegaran tidak valid atau telah kedaluwarsa',
    reason: 'Token penyegaran bukan milik layanan ini, telah kedaluwarsa, atau termasuk dalam sesi yang telah berakhir.',
    hint: 'Silakan masuk kembali.',
  },
  AUTH_REFRESH_REUSED: {
    message: 'Token penyegaran sudah pernah digunakan',
    reason: 'Token penyegaran hanya berlaku satu kali. Token ini digunakan lagi, sehingga seluruh sesi diakhiri demi keamanan.',
    hint: 'Silakan masuk kembali.',
  },
  AUTH_CREDENTIALS_CONFLICT: {
    message: 'Dua kredensial berbeda dalam satu permintaan',
    reason: 'Header Authorization dan X-Session-Token tidak saling cocok.',
    hint: 'Kirim salah satu header saja.',
  },
  PROFILE_NOT_FOUND: {
    message: 'Profil pengguna tidak ditemukan',
    hint: 'Periksa ID pengguna.',
  },
};
