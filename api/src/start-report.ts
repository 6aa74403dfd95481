import type { Config } from './config.js';
import { carriersOf } from './infra/senders.js';
import type { Logger } from './infra/logger.js';

/**
 * Tells the operator what a configuration means: one line of which channel is carried by whom, and a warning for each way
 * to pass without a code that was sent. Never a code, an address or a credential.
 */
export function reportStart(config: Pick<Config, 'otp' | 'email' | 'twilio' | 'smsGateway' | 'mailboxChannels' | 'apiMode'>, logger: Logger, now: () => number = Date.now): void {
  logger.info('Messages are sent', carriersOf(config));
  const { testCodes, testCodesUntil = 0, masterCode } = config.otp;
  if (testCodes.length > 0 && now() < testCodesUntil) logger.warn('TEST_OTPS is on: fixed codes open the listed accounts', { identities: testCodes.length, until: new Date(testCodesUntil).toISOString() });
  if (masterCode !== undefined) logger.warn('MASTER_OTP is on: one code opens every account, until the setting is removed');
}
