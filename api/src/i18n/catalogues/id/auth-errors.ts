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
    reason: 'Kode terlalu sering diminta.',
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
  AUTH_PASSWORD_INVALID_OLD: {
    message: 'Kata sandi lama salah',
    hint: 'Periksa kata sandi lama atau atur ulang dengan kode sekali pakai.',
  },
  AUTH_FORGOT_PASSWORD_FAILED: {
    message: 'Gagal mengatur ulang kata sandi',
    reason: 'Kata sandi akun ini tidak dapat diatur ulang.',
    hint: 'Hubungi tim dukungan.',
  },
  AUTH_PASSWORD_ALREADY_SET: {
    message: 'Kata sandi sudah ditetapkan',
    reason: 'Akun ini memiliki kata sandi, dan hanya yang mengetahuinya yang boleh mengubahnya.',
    hint: 'Ubah kata sandi atau atur ulang dengan kode sekali pakai.',
  },
  AUTH_TOO_MANY_ATTEMPTS: {
    message: 'Terlalu banyak percobaan gagal',
    reason: 'Kata sandi yang salah terlalu sering dimasukkan dari sini.',
    hint: 'Tunggu {{seconds, second}}, masuk dengan kode sekali pakai, atau atur ulang kata sandi.',
  },
  AUTH_PASSWORD_EXPIRED: {
    message: 'Kata sandi telah kedaluwarsa',
    reason: 'Kata sandi benar, tetapi usianya melebihi batas yang diizinkan server ini.',
    hint: 'Atur ulang dengan kode sekali pakai.',
  },
  AUTH_REAUTH_REQUIRED: {
    message: 'Mohon konfirmasi bahwa ini memang Anda',
    reason: 'Sesi ini sudah terlalu lama untuk perubahan yang menentukan siapa yang boleh masuk.',
    hint: 'Sertakan kata sandi Anda, atau masuk lagi lalu ulangi permintaan.',
  },
  PROFILE_INVALID_OTP: {
    message: 'Kode sekali pakai tidak valid atau kedaluwarsa',
    hint: 'Periksa kode atau minta yang baru.',
  },
  PROFILE_INVALID_PAYLOAD: {
    message: 'Data profil tidak valid',
    hint: 'Perbaiki kolom yang tercantum di rincian.',
  },
  EMAIL_ALREADY_EXISTS: {
    message: 'Email sudah digunakan',
    reason: 'Kodenya benar, tetapi alamat email atau nomor telepon ini milik akun lain.',
    hint: 'Pilih yang lain, atau masuk ke akun lain tersebut.',
  },
  CONTACT_UNDO_INVALID: {
    message: 'Tautan ini tidak berlaku lagi',
    reason: 'Perubahan sudah dibatalkan, atau waktunya telah habis.',
    hint: 'Hubungi tim dukungan jika bukan Anda yang mengubahnya.',
  },
  MEDIA_NOT_FOUND: {
    message: 'File tidak ditemukan',
    reason: 'File ini tidak pernah ada atau sudah dihapus.',
  },
  MEDIA_TYPE_NOT_SUPPORTED: {
    message: 'Jenis berkas tidak didukung',
    hint: 'Kirim gambar JPEG, PNG, WebP, GIF, atau AVIF.',
  },
  MEDIA_TOO_LARGE: {
    message: 'Berkas terlalu besar',
    hint: 'Kirim berkas yang lebih kecil.',
  },
  MEDIA_UNREADABLE: {
    message: 'Gambar tidak dapat dibaca',
    reason: 'File rusak atau tidak lengkap.',
    hint: 'Kirim ulang file itu atau pilih file lain.',
  },
};
