import type { Catalogue } from './en.js';
import { authErrors } from './id/auth-errors.js';
import { generalErrors } from './id/general-errors.js';

export const id: Catalogue = {
  errors: { ...generalErrors, ...authErrors },

  messages: {
    login_successful: 'Berhasil masuk',
    signup_successful: 'Pendaftaran berhasil',
    otp_sent: 'Kode OTP berhasil dikirim',
    tokens_refreshed: 'Token berhasil diperbarui',
    logged_out: 'Berhasil keluar. Semua token dan sesi telah dicabut.',
    logged_out_here: 'Berhasil keluar. Sesi ini dan tokennya telah dicabut.',
    logged_out_elsewhere: 'Sesi Anda yang lain telah dikeluarkan. Sesi ini tetap aktif.',
    sessions_fetched: 'Sesi berhasil diambil',
    session_ended: 'Sesi berhasil diakhiri',
    token_info_retrieved: 'Informasi token berhasil diambil',
    user_data_fetched: 'Data pengguna berhasil diambil',
    profile_fetched: 'Profil pengguna berhasil diambil',
    service_healthy: 'Layanan berfungsi dengan baik',
    service_live: 'Layanan sedang berjalan',
    service_ready: 'Layanan siap digunakan',
    system_health: 'Pemeriksaan kondisi sistem selesai',
    database_healthy: 'Basis data berfungsi dengan baik',
    storage_healthy: 'Penyimpanan berfungsi dengan baik',
    redis_healthy: 'Redis berfungsi dengan baik',
    sentry_exception_sent: 'Pengecualian uji telah dikirim ke Sentry',
    sentry_message_sent: 'Pesan uji telah dikirim ke Sentry',
    sentry_async_scheduled: 'Kesalahan asinkron uji telah dijadwalkan',
  },

  validation: {
    required: 'Kolom ini wajib diisi',
    invalid_type: 'Tipe salah, tipe yang diharapkan: {{expected}}',
    too_short: 'Terlalu pendek, panjang minimum adalah {{minimum}}',
    too_long: 'Terlalu panjang, panjang maksimum adalah {{maximum}}',
    too_small: 'Terlalu kecil, nilai minimum adalah {{minimum}}',
    too_big: 'Terlalu besar, nilai maksimum adalah {{maximum}}',
    invalid_format: 'Tidak sesuai dengan format yang diharapkan: {{format}}',
    invalid_value: 'Nilai tidak diterima, nilai yang diterima: {{values}}',
    unrecognized_key: 'Kolom tidak dikenal: {{key}}',
    null_byte: 'Tidak boleh mengandung karakter NUL',
    malformed_text: 'Mengandung karakter yang bukan Unicode yang sah',
    too_deep: 'Tingkat penyarangan terlalu dalam',
    repeated_parameter: 'Hanya boleh diberikan satu kali',
    empty_body: 'Isi permintaan kosong',
  },

  mail: {
    one_time_code: {
      subject: 'Kode {{app}} Anda',
      heading: 'Kode sekali pakai Anda',
      text: 'Masukkan kode ini di {{app}} untuk melanjutkan. Jangan berikan kode ini kepada siapa pun.',
      code_label: 'Kode',
      expires: 'Kode berlaku selama {{minutes, minute}} dan hanya dapat digunakan satu kali.',
      ignore: 'Jika Anda tidak meminta kode ini, Anda dapat mengabaikan pesan ini.',
      footer: 'Pesan ini dikirim secara otomatis oleh {{app}}.',
    },
    session_stolen: {
      subject: 'Pemberitahuan keamanan: satu sesi akun {{app}} Anda diakhiri',
      heading: 'Kami mengakhiri salah satu sesi Anda',
      text: 'Kunci masuk sesi ini digunakan untuk kedua kalinya setelah diganti. Mungkin seseorang telah menyalinnya, jadi demi keamanan kami mengakhiri sesi itu. Anda perlu masuk lagi di perangkat tersebut.',
      advice: 'Jika Anda tidak mengenali ini, ubah kata sandi Anda dan keluar dari semua perangkat.',
    },
    new_device: {
      subject: 'Ada yang masuk ke akun {{app}} Anda dari perangkat baru',
      heading: 'Masuk dari perangkat baru',
      text: 'Seseorang masuk ke akun Anda dari perangkat yang belum pernah Anda gunakan.',
      advice: 'Jika itu Anda, tidak ada yang perlu dilakukan. Jika bukan, ubah kata sandi Anda dan keluar dari semua perangkat.',
    },
    session_facts: {
      time: 'Waktu',
      device: 'Perangkat',
      session: 'Sesi yang diakhiri',
      used_from: 'Digunakan lagi dari',
      ip: 'Alamat IP',
      unknown: 'Tidak diketahui',
      footer: '{{app}} mengirim pesan ini secara otomatis untuk melindungi akun Anda.',
    },
  },

  sms: {
    one_time_code: '{{code}} adalah kode {{app}} Anda. Berlaku selama {{minutes, minute}}. Jangan berikan kepada siapa pun.',
  },

  mailbox: {
    title: 'Kotak surat',
    intro: 'Pesan yang seharusnya dikirim oleh server pengembangan ini. Tidak satu pun dikirim ke luar.',
    empty: 'Belum ada pesan.',
    channel: 'Saluran',
    to: 'Kepada',
    subject: 'Subjek',
    received: 'Diterima',
    code: 'Kode',
    refresh: 'Muat ulang',
    clear: 'Hapus semua',
    language: 'Bahasa',
    language_name: 'Bahasa Indonesia',
  },
};
