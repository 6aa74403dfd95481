/** Makes the data of an answer as JSON text, piece by piece; nothing is made before it is asked for. */
export type Pieces = () => AsyncGenerator<string, void>;

/** Data that is sent while it is being read, because there may be too much of it to hold. */
export class Streamed {
  constructor(readonly read: Pieces) {}
}

/**
 * What a handler returns in place of its data. The pieces together are JSON that fits the response schema, which documents
 * them; whoever makes them sees to it that nothing else is in them. What fails before the first piece is answered like any
 * other failure.
 */
export function streamed(read: Pieces): Streamed {
  return new Streamed(read);
}
