import autocannon from 'autocannon';

/** Loads a target for so many seconds. CPU is what the target's own process used, divided by the requests it answered. */
export async function load(target, { connections, seconds }) {
  const before = await target.usage();
  const result = await autocannon({ url: target.url, headers: target.headers, connections, duration: seconds });
  const after = await target.usage();
  const answered = result.requests.total;
  return {
    requestsPerSecond: result.requests.average,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / answered,
    p99Ms: result.latency.p99,
    failed: result.non2xx + result.errors + result.timeouts,
    extra: after.counters && `${answered} requests, ${after.counters.postgres - before.counters.postgres} Postgres statements, ${after.counters.store - before.counters.store} store commands`,
  };
}
