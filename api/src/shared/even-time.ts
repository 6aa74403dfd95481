/** A few times what a refusal takes without hashing, so that nearly all leave at the first beat. */
const BEAT_MS = 20;

/**
 * Runs work whose failures must not tell by their time what they found (C-10): a failure leaves at a beat that began with
 * the request, so that the microseconds by which one look-up differs from another are gone. What succeeds is not held.
 * Doing the same work for everybody comes first; this takes what is left.
 */
export async function failEvenly<T>(work: () => Promise<T>): Promise<T> {
  let onBeat: (() => void) | undefined;
  const beats = setInterval(() => onBeat?.(), BEAT_MS);
  try {
    return await work();
  } catch (error) {
    await new Promise<void>((resolve) => (onBeat = resolve));
    throw error;
  } finally {
    clearInterval(beats);
  }
}
