/** The value that so many per cent of them do not exceed; NaN of none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN;
}

/** "p50 1.2, p99 3.4, most 5.6 ms of 100" */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const [median, high, most] = [50, 99, 100].map((percent) => percentile(values, percent).toFixed(1));
  return `p50 ${median}, p99 ${high}, most ${most} ms of ${values.length}`;
}
