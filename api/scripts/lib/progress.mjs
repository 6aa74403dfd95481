const TICK_MS = 1_000;

/**
 * Runs `work` under one line on stderr that says what is being done and, in the end, how long it took:
 * "Installing the packages … 23.4 s". On a terminal the seconds count while it works.
 */
export async function step(title, work) {
  const terminal = process.stderr.isTTY;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  process.stderr.write(`${title} … `);
  const ticker = terminal && setInterval(() => process.stderr.write(`\r${title} … ${Math.floor(seconds())} s`), TICK_MS);
  try {
    const result = await work();
    process.stderr.write(`${terminal ? `\r${title} … ` : ''}${seconds().toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write(`${terminal ? `\r${title} … ` : ''}stopped after ${seconds().toFixed(1)} s\n`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}
