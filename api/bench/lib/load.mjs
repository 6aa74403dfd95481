import autocannon from 'autocannon';

/**
 * Sends the target's one request as often as it is answered.
 * @param options.seconds how long, or `options.amount`: how many
 * @returns a sample: requests/s, latency in ms, CPU µs that the target's own process used per request, and how many were not answered with 2xx
 */
export async function load(target, { connections, seconds, amount }) {
  const before = await target.ask('usage');
  const { requests, latency, non2xx, errors, timeouts } = await autocannon({ url: target.url, headers: target.headers, connections, ...(amount ? { amount } : { duration: seconds }) });
  const after = await target.ask('usage');
  return {
    answered: requests.total,
    requestsPerSecond: requests.average,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / requests.total,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    failed: non2xx + errors + timeouts,
  };
}
