// The process was asked to stop: the reason with which every wait ends.

import { statusOfSignal } from './exit-statuses.ts';

export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly exitStatus: number;

  constructor(by: keyof typeof statusOfSignal) {
    super(`stopped by ${by}; nothing is half done`);
    this.exitStatus = statusOfSignal[by];
  }
}
