// What is done to memory that Node's streams made or were given: the one place to stop it, on the day that a new Node does not bear it.
//
// Off costs memory and time, and nothing else (docs/decisions/0009).

export const thrift: Readonly<
  Record<'givesBackSpentBuffers' | 'readsPiecesOver' | 'collectsYoungGarbage', boolean>
> = {
  /** Detaches a stream's buffers once they are spent (spent-buffers.ts). */
  givesBackSpentBuffers: true,
  /** Reads into the memory of pieces that Node's HTTP parser has copied (http/pieces/piece-buffer.ts). */
  readsPiecesOver: true,
  /** Calls the collector while a download runs, where Node was started with `--expose-gc` (young-garbage.ts). */
  collectsYoungGarbage: true,
};
