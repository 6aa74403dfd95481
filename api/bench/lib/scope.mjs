/** Keeps what has been started and ends it in the opposite order, also when the work fails or is interrupted. */
export function createScope() {
  const started = [];
  let closing;
  return {
    /** @param thing with `stop()`, or a promise of one @returns the thing */
    async keep(thing) {
      const kept = await thing;
      started.push(kept);
      return kept;
    },
    close() {
      closing ??= end();
      return closing;
    },
  };

  async function end() {
    const failures = [];
    for (const thing of started.splice(0).reverse()) await thing.stop().catch((error) => failures.push(error));
    if (failures.length) throw new AggregateError(failures, 'Something the benchmark started could not be stopped.');
  }
}
