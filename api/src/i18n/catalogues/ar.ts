import { authErrors } from './ar/auth-errors.js';
import { generalErrors } from './ar/general-errors.js';
import type { Catalogue } from './en.js';

export const ar: Catalogue = {
  errors: { ...generalErrors, ...authErrors },

  messages: {
    login_successful: 'تم تسجيل الدخول بنجاح',
    signup_successful: 'تم إنشاء الحساب بنجاح',
    otp_sent: 'تم إرسال رمز التحقق بنجاح',
    tokens_refreshed: 'تم تجديد الرموز المميزة بنجاح',
    logged_out: 'تم تسجيل الخروج بنجاح. أُلغيت جميع الرموز المميزة والجلسات.',
    logged_out_here: 'تم تسجيل الخروج بنجاح. أُلغيت هذه الجلسة ورموزها المميزة.',
    logged_out_elsewhere: 'تم تسجيل الخروج من جلساتك الأخرى. وتبقى هذه الجلسة قائمة.',
    sessions_fetched: 'تم جلب الجلسات بنجاح',
    session_ended: 'تم إنهاء الجلسة بنجاح',
    token_info_retrieved: 'تم جلب معلومات الرموز المميزة بنجاح',
    user_data_fetched: 'تم جلب بيانات المستخدم بنجاح',
    profile_fetched: 'تم جلب الملف الشخصي للمستخدم بنجاح',
    service_healthy: 'الخدمة تعمل بصورة سليمة',
    service_live: 'الخدمة قيد التشغيل',
    service_ready: 'الخدمة جاهزة',
    system_health: 'اكتمل فحص سلامة النظام',
    database_healthy: 'قاعدة البيانات تعمل بصورة سليمة',
    storage_healthy: 'وحدة التخزين تعمل بصورة سليمة',
    redis_healthy: 'تعمل خدمة Redis بصورة سليمة',
    sentry_exception_sent: 'تم إرسال استثناء تجريبي إلى Sentry',
    sentry_message_sent: 'تم إرسال رسالة تجريبية إلى Sentry',
    sentry_async_scheduled: 'تمت جدولة خطأ تجريبي غير متزامن',
  },

  validation: {
    required: 'هذا الحقل مطلوب',
    invalid_type: 'نوع القيمة غير صحيح، النوع المتوقع: {{expected}}',
    too_short: 'القيمة قصيرة جدًا، الحد الأدنى للطول هو {{minimum}}',
    too_long: 'القيمة طويلة جدًا، الحد الأقصى للطول هو {{maximum}}',
    too_small: 'القيمة صغيرة جدًا، الحد الأدنى هو {{minimum}}',
    too_big: 'القيمة كبيرة جدًا، الحد الأقصى هو {{maximum}}',
    invalid_format: 'القيمة ليست بالصيغة المتوقعة: {{format}}',
    invalid_value: 'قيمة غير مقبولة، القيم المقبولة هي: {{values}}',
    unrecognized_key: 'حقل غير معروف: {{key}}',
    null_byte: 'يجب ألا تحتوي القيمة على الحرف NUL',
    malformed_text: 'تحتوي القيمة على محارف غير صالحة وفق معيار Unicode',
    too_deep: 'عدد مستويات التداخل أكبر من المسموح به',
    repeated_parameter: 'لا يجوز ذكره أكثر من مرة واحدة',
    empty_body: 'نص الطلب فارغ',
  },

  mail: {
    one_time_code: {
      subject: 'رمز التحقق الخاص بك في {{app}}',
      heading: 'رمز التحقق الخاص بك',
      text: 'أدخل هذا الرمز في {{app}} للمتابعة، ولا تشاركه مع أي شخص.',
      code_label: 'الرمز',
      expires: 'مدة صلاحية الرمز: {{minutes, minute}}، ويمكن استخدامه مرة واحدة فقط.',
      ignore: 'إذا لم تطلب هذا الرمز، فيمكنك تجاهل هذه الرسالة.',
      footer: 'أُرسلت هذه الرسالة تلقائيًا من {{app}}.',
    },
    session_stolen: {
      subject: 'تنبيه أمني: أُنهيت جلسة في حسابك على {{app}}',
      heading: 'أنهينا إحدى جلساتك',
      text: 'استُخدم مفتاح دخول لهذه الجلسة مرة ثانية بعد استبداله. قد يعني ذلك أن شخصًا ما نسخه، لذلك أنهينا الجلسة حفاظًا على أمانك. عليك تسجيل الدخول من جديد على ذلك الجهاز.',
      advice: 'إذا لم يكن هذا مألوفًا لك، فغيّر كلمة المرور وسجّل الخروج من جميع الأجهزة.',
    },
    new_device: {
      subject: 'تسجيل دخول جديد إلى حسابك على {{app}}',
      heading: 'تسجيل دخول من جهاز جديد',
      text: 'سُجّل الدخول إلى حسابك من جهاز لم تستخدمه من قبل.',
      advice: 'إذا كنت أنت من سجّل الدخول، فلا حاجة إلى أي إجراء. وإن لم تكن أنت، فغيّر كلمة المرور وسجّل الخروج من جميع الأجهزة.',
    },
    session_facts: {
      time: 'الوقت',
      device: 'الجهاز',
      session: 'الجلسة التي أُنهيت',
      used_from: 'استُخدم مجددًا من',
      ip: 'عنوان IP',
      unknown: 'غير معروف',
      footer: 'تُرسل {{app}} هذه الرسالة تلقائيًا لحماية حسابك.',
    },
  },

  sms: {
    one_time_code: '{{code}} هو رمزك في {{app}}. مدة صلاحيته: {{minutes, minute}}. لا تشاركه مع أحد.',
  },

  mailbox: {
    title: 'صندوق البريد',
    intro: 'الرسائل التي كان خادم التطوير هذا سيرسلها. لم تغادره أي رسالة منها.',
    empty: 'لا توجد رسائل بعد.',
    channel: 'القناة',
    to: 'إلى',
    subject: 'الموضوع',
    received: 'وقت الاستلام',
    code: 'الرمز',
    refresh: 'تحديث',
    clear: 'حذف الكل',
    language: 'اللغة',
    language_name: 'العربية',
  },
};
