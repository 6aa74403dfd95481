import Bowser from 'bowser';
import { createBoundedMap } from './bounded-map.js';

export type ClientFacts = { device: string | null; browser: string | null; os: string | null };

const NOTHING: ClientFacts = Object.freeze({ device: null, browser: null, os: null });
const DEVICES: Record<string, string> = { desktop: 'Desktop', mobile: 'Mobile', tablet: 'Tablet', tv: 'TV', bot: 'Bot' };
/** Longer than any browser's; what is beyond is nobody's name, and parsing it would only cost time (E-16). */
const MAX_LENGTH = 512;
const COLUMN_LENGTH = 100;
const REMEMBERED = 500;

export type ReadUserAgent = (header: string | undefined) => ClientFacts;

/** Makes the reader of `User-Agent` headers: device, browser and system, null where it does not say. */
export function createUserAgentReader(): ReadUserAgent {
  // Browsers are few and parsing is slow; a flood of made-up ones must not grow the memory.
  const known = createBoundedMap<string, ClientFacts>(REMEMBERED);
  return function readUserAgent(header) {
    if (!header) return NOTHING;
    const text = header.slice(0, MAX_LENGTH);
    const remembered = known.get(text);
    if (remembered) return remembered;
    const { browser, os, platform } = Bowser.parse(text);
    const facts = Object.freeze({ device: DEVICES[platform.type ?? ''] ?? null, browser: name(browser.name), os: name(os.name) });
    known.set(text, facts);
    return facts;
  };
}

function name(text: string | undefined): string | null {
  return text ? text.slice(0, COLUMN_LENGTH) : null;
}
