// What inflates a raw deflate stream (RFC 1951) piece by piece, in constant memory.

/** Made with the one who takes the output: each part is lent to it until it returns, in order. */
export interface Inflater extends Disposable {
  /**
   * Hands on what the piece inflates to. Resolves to how many of its bytes belong to the stream: to fewer than it has, once
   * the stream has ended within it or before.
   * @throws InflateError; or what whoever takes the output throws. Nothing can be written afterwards.
   */
  write(piece: Buffer): Promise<number>;
}

/** The bytes are no deflate stream. */
export class InflateError extends Error {
  override readonly name = 'InflateError';
}
