import type { Response } from 'express';
import { LANGUAGES, type Language } from '../i18n/language.js';
import type { MessageKey, Params, Translator } from '../i18n/translator.js';
import type { Reply } from './endpoint.js';

/** An endpoint's usual message as JSON, put together once for each language. */
export type MessageJson = Readonly<Record<Language, string>>;

export function messageJson(translator: Translator, key: MessageKey): MessageJson {
  return Object.fromEntries(LANGUAGES.map((language) => [language, JSON.stringify(translator.message(language, key))])) as MessageJson;
}

/** What the handler of one request has said beside its data, as JSON. A class, because a literal with methods is four closures a request. */
export class PendingReply implements Reply {
  messageJson: string;
  metaJson: string | undefined;

  constructor(
    usual: MessageJson,
    private readonly translator: Translator,
    private readonly language: Language,
    private readonly res: Response,
  ) {
    this.messageJson = usual[language];
    this.metaJson = undefined;
  }

  message(key: MessageKey, params?: Params): void {
    this.messageJson = JSON.stringify(this.translator.message(this.language, key, params));
  }

  meta(meta: Record<string, unknown>): void {
    this.metaJson = JSON.stringify(meta);
  }

  header(name: string, value: string): void {
    this.res.setHeader(name, value);
  }
}
