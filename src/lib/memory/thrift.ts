// What is done to memory beside Node's streams, or that they made or were given: the one place to stop it, on the day that a
// new Node does not bear it.
//
// Off costs memory and time, and nothing else (docs/decisions/0009).

export const thrift: Readonly<
  Record<'givesBackSpentBuffers' | 'readsPiecesOver' | 'collectsYoungGarbage' | 'inflatesInPlace', boolean>
> = {
  /** Detaches a stream's buffers once they are spent (spent-buffers.ts). */
  givesBackSpentBuffers: true,
  /** Reads into the memory of pieces that Node's HTTP parser has copied (http/pieces/piece-buffer.ts). */
  readsPiecesOver: true,
  /** Calls the collector while a download runs, where Node was started with `--expose-gc` (young-garbage.ts). */
  collectsYoungGarbage: true,
  /** Has zlib fill a buffer of ours, by what Node's own functions are made of (inflate/in-place-inflater.ts). */
  inflatesInPlace: true,
};
