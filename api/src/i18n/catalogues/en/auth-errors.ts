/**
 * Failures of signing up and in, of tokens and of profiles.
 * No text here may tell whether an account exists to somebody who has not proved that it is theirs.
 */
export const authErrors = {
  UNAUTHORIZED: {
    message: 'Missing or invalid Bearer token or Expired session',
    reason: 'No token was sent, or the one that was sent is not valid or has expired.',
    hint: 'Send a valid token in the Authorization or X-Session-Token header, or sign in again.',
  },
  AUTH_INVALID_CREDENTIALS: {
    message: 'Invalid username or password',
    hint: 'Check what you entered and try again.',
  },
  AUTH_SIGNUP_FAILED: {
    message: 'Failed to create account',
    reason: 'An account could not be created with these details.',
    hint: 'Check what you entered and ask for a new code.',
  },
  AUTH_OTP_INVALID: {
    message: 'Invalid or expired OTP',
    reason: 'The code is wrong, has expired or has been used already.',
    hint: 'Check the code or ask for a new one.',
  },
  AUTH_OTP_SEND_FAILED: {
    message: 'Failed to send OTP',
    reason: 'Codes cannot be sent this way at the moment.',
    hint: 'Try again later or choose another channel.',
  },
  AUTH_OTP_THROTTLED: {
    message: 'Too many requests',
    reason: 'Codes were requested too often.',
    hint: 'Wait {{seconds, second}} before you ask for another code.',
  },
  AUTH_CHANNEL_UNSUPPORTED: {
    message: 'Unsupported authentication channel',
    hint: 'Choose another channel.',
  },
  AUTH_INVALID_PAYLOAD: {
    message: 'Invalid payload',
    hint: 'Check that every required field is there and valid.',
  },
  AUTH_PROCESSING_ERROR: {
    message: 'Unexpected error during authentication',
    reason: 'Something went wrong on our side.',
    hint: 'Try again later. If it keeps happening, give the error id to support.',
  },
  AUTH_USER_ALREADY_EXISTS: {
    message: 'User already exists',
    reason: 'The code was right, but this e-mail address or phone number has an account already.',
    hint: 'Sign in instead of signing up.',
  },
  TOKEN_DOMAIN_MISMATCH: {
    message: 'Token was issued for a different domain',
    reason: 'The token was issued to another website than the one that sent it.',
    hint: 'Sign in again on this website.',
  },
  TOKEN_INVALID: {
    message: 'Token has been revoked',
    reason: 'The token was withdrawn before it expired, for example by signing out.',
    hint: 'Sign in again.',
  },
  SESSION_INVALID: {
    message: 'Session has been revoked',
    reason: 'The session was ended, for example by signing out or by changing the password.',
    hint: 'Sign in again.',
  },
  SESSION_NOT_FOUND: {
    message: 'Session not found',
    reason: 'There is no such session of yours, or it has ended already.',
    hint: 'Get the list of your sessions again.',
  },
  AUTH_INVALID_TOKEN_TYPE: {
    message: "Token type '{{type}}' is not valid for authentication",
    reason: 'Only an access token or a session token authenticates a request.',
    hint: 'Send the access token or the session token. The refresh token is only for getting new tokens.',
  },
  AUTH_INVALID_REFRESH_TOKEN: {
    message: 'Invalid or expired refresh token',
    reason: 'The refresh token is not one of ours, has expired or belongs to a session that has ended.',
    hint: 'Sign in again.',
  },
  AUTH_REFRESH_REUSED: {
    message: 'Refresh token has already been used',
    reason: 'A refresh token works once. This one was used again, so the whole session was ended for safety.',
    hint: 'Sign in again.',
  },
  AUTH_CREDENTIALS_CONFLICT: {
    message: 'Two different credentials in one request',
    reason: 'The Authorization and X-Session-Token headers do not belong together.',
    hint: 'Send only one of the two headers.',
  },
  PROFILE_NOT_FOUND: {
    message: 'User profile not found',
    hint: 'Check the user id.',
  },
  AUTH_PASSWORD_INVALID_OLD: {
    message: 'Old password is incorrect',
    hint: 'Check the old password, or reset it with a one-time code.',
  },
  AUTH_FORGOT_PASSWORD_FAILED: {
    message: 'Failed to reset password',
    reason: 'The password of this account cannot be reset.',
    hint: 'Ask support for help.',
  },
  AUTH_PASSWORD_ALREADY_SET: {
    message: 'A password is already set',
    reason: 'This account has a password, and only somebody who knows it may change it.',
    hint: 'Change the password, or reset it with a one-time code.',
  },
  AUTH_TOO_MANY_ATTEMPTS: {
    message: 'Too many failed attempts',
    reason: 'A wrong password was given too often from here.',
    hint: 'Wait {{seconds, second}}, sign in with a one-time code, or reset the password.',
  },
  AUTH_PASSWORD_EXPIRED: {
    message: 'Password has expired',
    reason: 'The password is right, but older than this server allows.',
    hint: 'Reset it with a one-time code.',
  },
  AUTH_REAUTH_REQUIRED: {
    message: 'Please confirm that it is you',
    reason: 'This sign-in is too old for a change that decides who may sign in.',
    hint: 'Send your password along, or sign in again and repeat the request.',
  },
  PROFILE_INVALID_OTP: {
    message: 'Invalid or expired OTP',
    hint: 'Check the code or ask for a new one.',
  },
  PROFILE_INVALID_PAYLOAD: {
    message: 'Invalid profile payload',
    hint: 'Correct the fields that are listed under details.',
  },
  EMAIL_ALREADY_EXISTS: {
    message: 'Email already exists',
    reason: 'The code was right, but this e-mail address or phone number belongs to another account.',
    hint: 'Choose another one, or sign in to the other account.',
  },
  CONTACT_UNDO_INVALID: {
    message: 'This link is no longer valid',
    reason: 'The change has been undone already, or the time for it is over.',
    hint: 'Ask support for help if you did not make the change.',
  },
  MEDIA_NOT_FOUND: {
    message: 'Media file not found',
    reason: 'The file was never there or has been removed.',
  },
  MEDIA_TYPE_NOT_SUPPORTED: {
    message: 'Unsupported media type',
    hint: 'Send a JPEG, PNG, WebP, GIF or AVIF image.',
  },
  MEDIA_TOO_LARGE: {
    message: 'Media file too large',
    hint: 'Send a smaller file.',
  },
  MEDIA_UNREADABLE: {
    message: 'The image cannot be read',
    reason: 'The file is damaged or incomplete.',
    hint: 'Send the file again, or another one.',
  },
};
