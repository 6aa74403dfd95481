/** The middle of a list of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least of the numbers that `percent` percent of them do not exceed; 0 of none. */
export function percentile(numbers, percent) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/** A table in fixed columns: words to the left, numbers to the right. */
export function printTable(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('   ');
  for (const cells of [head, widths.map((width) => '-'.repeat(width)), ...rows]) console.log(line(cells));
}

/**
 * Something the product promises, beside what was measured.
 * @param exact no noise of the machine can excuse it: the run fails when it is not met, also without `--strict`
 */
export const claim = (text, measured, met, { exact = false } = {}) => ({ text, measured, met, exact });

export function printClaims(claims) {
  for (const { text, measured, met } of claims) console.log(`claim: ${text} · measured: ${measured} · ${met ? 'ok' : 'NOT MET'}`);
}
