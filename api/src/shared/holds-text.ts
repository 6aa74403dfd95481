/**
 * Whether one of the columns holds a text, in capitals or not; everything does when there is none to look for. What is
 * looked for is compared and never a pattern: `%`, `_` and `\` stand for themselves.
 * @param parameter `$1`
 */
export function holdsText(parameter: string, columns: readonly string[]): string {
  return `(${parameter}::text IS NULL OR ${columns.map((column) => `strpos(lower(${column}), lower(${parameter})) > 0`).join(' OR ')})`;
}
