/** `//x` stands at the server's root, `/x` below the prefix (the notation of the table), `/*` is whatever is below. */
export type BesideTheTable = { paths: readonly string[]; who: string };

/**
 * What answers and is no endpoint of the table, and who sees it (D-01). `docs/permissions.md` shows it, and a test walks
 * the app and finds nothing that stands neither here nor in the table.
 */
export const BESIDE_THE_TABLE: readonly BesideTheTable[] = [
  { paths: ['//.well-known/jwks.json'], who: 'everybody: the public half of the signing keys' },
  { paths: ['//api-docs', '//api-docs/*', '//api-docs.json'], who: 'everybody in development, nobody in production unless `API_DOCS=on`' },
  { paths: ['//metrics'], who: 'who has `METRICS_TOKEN`; nobody when it is not set' },
  { paths: ['/dev/mailbox', '/dev/mailbox/*'], who: 'everybody in development, while messages stay there; nobody in production' },
  { paths: ['/settings/undo-contact-change', '/settings/undo-contact-change/*'], who: 'everybody, by GET: a page that reads nothing, and its files; what it sends by POST is an endpoint of the table' },
];
