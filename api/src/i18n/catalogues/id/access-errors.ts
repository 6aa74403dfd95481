import type { accessErrors as English } from '../en/access-errors.js';

export const accessErrors: typeof English = {
  USER_NOT_FOUND: {
    message: 'Pengguna tidak ditemukan',
    reason: 'Tidak ada pengguna dengan ID ini.',
    hint: 'Periksa ID tersebut, atau cari di daftar pengguna.',
  },
  PERMISSION_NOT_FOUND: {
    message: 'Izin tidak ditemukan',
    reason: 'Tidak ada izin dengan ID ini.',
    hint: 'Muat ulang daftar izin.',
  },
  PERMISSION_UPDATE_FAILED: {
    message: 'Gagal memperbarui izin',
    reason: 'Nama dan nama kode izin bawaan tidak dapat diubah.',
    hint: 'Ubah deskripsi atau kategorinya, atau buat izin Anda sendiri.',
  },
  PERMISSION_DELETE_FAILED: {
    message: 'Gagal menghapus izin',
    reason: 'Izin bawaan tidak dapat dihapus.',
    hint: 'Cabut izin ini dari grup yang tidak seharusnya memilikinya.',
  },
  GROUP_NOT_FOUND: {
    message: 'Grup tidak ditemukan',
    reason: 'Tidak ada grup dengan ID ini.',
    hint: 'Muat ulang daftar grup.',
  },
  GROUP_UPDATE_FAILED: {
    message: 'Gagal memperbarui grup',
    reason: 'Nama dan nama kode grup sistem tidak dapat diubah, dan super_admin selalu aktif.',
    hint: 'Ubah deskripsinya, atau buat grup Anda sendiri.',
  },
  GROUP_DELETE_FAILED: {
    message: 'Gagal menghapus grup',
    reason: 'Grup sistem tidak dapat dihapus.',
    hint: 'Sebagai gantinya, nonaktifkan grup tersebut.',
  },
  GROUP_ASSIGN_PERMISSIONS_FAILED: {
    message: 'Gagal memberikan izin kepada grup',
    reason: 'Salah satu izin dalam daftar tidak ada atau tercantum dua kali, atau grup tersebut adalah super_admin, yang selalu memiliki semua izin.',
    hint: 'Muat ulang daftar izin dan kirim masing-masing satu kali saja.',
  },
  GROUP_ASSIGN_USERS_FAILED: {
    message: 'Gagal menetapkan grup untuk pengguna',
    reason: 'Salah satu grup dalam daftar tidak ada, tidak aktif, atau tercantum dua kali.',
    hint: 'Muat ulang daftar grup dan kirim masing-masing satu kali saja.',
  },
  PERMISSION_DENIED: {
    message: 'Izin ditolak',
    reason: 'Tidak seorang pun boleh memberikan, mengubah, atau mencabut lebih dari yang dimilikinya sendiri.',
    hint: 'Izin yang kurang tercantum di details. Mintalah bantuan kepada orang yang memilikinya.',
  },
  GROUP_DENIED: {
    message: 'Akses grup ditolak',
    reason: 'Hanya super administrator yang boleh melakukan ini.',
    hint: 'Mintalah bantuan kepada super administrator.',
  },
  USER_STATUS_CONFLICT: {
    message: 'Status akun ini tidak memungkinkan tindakan tersebut',
    reason: 'Akun tidak berada dalam keadaan yang diperlukan tindakan ini: akun ditutup oleh pemiliknya atau akan segera dihapus.',
    hint: 'Muat ulang pengguna. Akun yang ditutup oleh pemiliknya akan pulih ketika pemiliknya masuk.',
  },
  OWN_ACCOUNT: {
    message: 'Ini akun Anda sendiri',
    reason: 'Administrator tidak menutup akunnya sendiri di sini.',
    hint: 'Gunakan pengaturan Anda, atau mintalah bantuan kepada administrator lain.',
  },
  LAST_SUPER_ADMIN: {
    message: 'Harus ada super administrator lain',
    reason: 'Akun ini satu-satunya super administrator, dan tidak ada yang dapat menunjuk yang baru.',
    hint: 'Tunjuk super administrator lain terlebih dahulu.',
  },
  INVITATION_NOT_FOUND: {
    message: 'Undangan tidak ditemukan',
    reason: 'Undangan telah diterima, ditarik kembali, atau kedaluwarsa.',
    hint: 'Muat ulang daftar undangan.',
  },
};
