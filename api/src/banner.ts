import type { Config } from './config.js';
import { mailboxChannelsOf } from './infra/senders.js';
import type { FirstAdmin } from './modules/auth/first-admin.js';

export type Progress = (sentence: string) => void;

/** Says on the terminal what the start is doing; elsewhere (PM2, a container) the log says enough. */
export function createProgress(shown: boolean): Progress {
  return (sentence) => void (shown && process.stdout.write(`  ${sentence}\n`));
}

/** What a person who has just started the server wants to know. The password is shown this once and stored nowhere. */
export function printBanner({ config, address, admin }: { config: Config; address: { url: string }; admin: FirstAdmin | undefined }): void {
  if (config.apiMode !== 'development') return;
  const kept = mailboxChannelsOf(config);
  const lines = [
    '',
    '  Tessera is ready.',
    '',
    `  API        ${address.url}${config.prefix}`,
    ...(config.docs ? [`  Docs       ${address.url}/api-docs`] : []),
    ...(kept.length > 0 ? [`  Mailbox    ${address.url}${config.prefix}/dev/mailbox   (codes that would be sent by ${kept.join(', ').replace('email', 'e-mail')})`] : []),
    ...(admin ? ['', '  Administrator, shown this once:', `    e-mail    ${admin.email}`, ...(admin.generatedPassword ? [`    password  ${admin.generatedPassword}`] : ['    password  the one in ADMIN_PASSWORD'])] : []),
    '',
    '  Ctrl-C stops everything.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
