import { authErrors } from './en/auth-errors.js';
import { generalErrors } from './en/general-errors.js';

/** English, and the shape that every other language has to have. Errors are written in two files, by topic. */
export const en = {
  errors: { ...generalErrors, ...authErrors },

  messages: {
    login_successful: 'Login successful',
    signup_successful: 'Signup successful',
    otp_sent: 'OTP sent successfully',
    tokens_refreshed: 'Tokens refreshed successfully',
    logged_out: 'Logged out successfully. All tokens and sessions have been revoked.',
    logged_out_here: 'Logged out successfully. This session and its tokens have been revoked.',
    logged_out_elsewhere: 'Your other sessions have been signed out. This one stays signed in.',
    sessions_fetched: 'Sessions retrieved successfully',
    session_ended: 'Session ended successfully',
    token_info_retrieved: 'Token information retrieved successfully',
    user_data_fetched: 'Successfully fetched user data',
    profile_fetched: 'User profile fetched successfully',
    service_healthy: 'Service is healthy',
    service_live: 'Service is live',
    service_ready: 'Service is ready',
    system_health: 'System health check completed',
    database_healthy: 'Database is healthy',
    storage_healthy: 'Storage is healthy',
    redis_healthy: 'Redis is healthy',
    sentry_exception_sent: 'Test exception sent to Sentry',
    sentry_message_sent: 'Test message sent to Sentry',
    sentry_async_scheduled: 'Test async error scheduled',
  },

  validation: {
    required: 'This field is required',
    invalid_type: 'Wrong type, expected: {{expected}}',
    too_short: 'Too short, the minimum length is {{minimum}}',
    too_long: 'Too long, the maximum length is {{maximum}}',
    too_small: 'Too small, the minimum is {{minimum}}',
    too_big: 'Too big, the maximum is {{maximum}}',
    invalid_format: 'Not in the expected format: {{format}}',
    invalid_value: 'Not an accepted value, accepted are: {{values}}',
    unrecognized_key: 'Unknown field: {{key}}',
    null_byte: 'Must not contain a NUL character',
    malformed_text: 'Contains characters that are not valid Unicode',
    too_deep: 'Nested too deeply',
    repeated_parameter: 'May be given only once',
    empty_body: 'The request body is empty',
  },

  mail: {
    one_time_code: {
      subject: 'Your {{app}} code',
      heading: 'Your one-time code',
      text: 'Enter this code in {{app}} to continue. Do not share it with anyone.',
      code_label: 'Code',
      expires: 'The code is valid for {{minutes, minute}} and works once.',
      ignore: 'If you did not ask for this code, you can ignore this message.',
      footer: 'This message was sent automatically by {{app}}.',
    },
    session_stolen: {
      subject: 'Security notice: a session of your {{app}} account was ended',
      heading: 'We ended one of your sessions',
      text: 'A sign-in key of this session was used a second time after it had been replaced. That can mean that somebody copied it, so we ended the session for safety. You will have to sign in again on that device.',
      advice: 'If you do not recognise this, change your password and sign out everywhere.',
    },
    new_device: {
      subject: 'New sign-in to your {{app}} account',
      heading: 'A sign-in from a new device',
      text: 'Somebody signed in to your account from a device that you have not used before.',
      advice: 'If it was you, you need not do anything. If it was not you, change your password and sign out everywhere.',
    },
    session_facts: {
      time: 'Time',
      device: 'Device',
      session: 'Session that was ended',
      used_from: 'Used again from',
      ip: 'IP address',
      unknown: 'Unknown',
      footer: '{{app}} sends this message automatically to protect your account.',
    },
  },

  sms: {
    one_time_code: '{{code}} is your {{app}} code. Valid for {{minutes, minute}}. Do not share it.',
  },

  mailbox: {
    title: 'Mailbox',
    intro: 'Messages that this development server would have sent. None of them has left it.',
    empty: 'No messages yet.',
    channel: 'Channel',
    to: 'To',
    subject: 'Subject',
    received: 'Received',
    code: 'Code',
    refresh: 'Refresh',
    clear: 'Delete all',
    language: 'Language',
    language_name: 'English',
  },
};

/** The shape of a language: the same keys, with `reason` and `hint` exactly where English has them. */
export type Catalogue = typeof en;
