// The process was asked to stop: the reason with which every wait ends.

const statusOf = { SIGINT: 130, SIGTERM: 143 } as const;

/** By the shell's convention the exit status is 128 and the signal's number. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly exitStatus: number;

  constructor(by: keyof typeof statusOf) {
    super(`stopped by ${by}; nothing is half done`);
    this.exitStatus = statusOf[by];
  }
}
