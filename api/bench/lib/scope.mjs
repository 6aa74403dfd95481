/** Keeps what has been started and ends it in the opposite order, also when the work fails or is interrupted. */
export function createScope() {
  const started = [];
  let closing;
  return {
    /** @param thing with `stop()`, or a promise of one @returns the thing */
    keep(thing) {
      // At once, so that what is still starting when we are interrupted is waited for and ended too.
      started.push(thing);
      return thing;
    },
    close() {
      closing ??= end();
      return closing;
    },
  };

  async function end() {
    const failures = [];
    for (const thing of started.splice(0).reverse()) {
      // What could not be started has told so itself, and has nothing to stop.
      const running = await Promise.resolve(thing).catch(() => undefined);
      await running?.stop().catch((error) => failures.push(error));
    }
    if (failures.length) throw new AggregateError(failures, 'Something the benchmark started could not be stopped.');
  }
}
