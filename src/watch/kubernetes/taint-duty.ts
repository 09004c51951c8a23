// Takes the startup taint off the node once it is proved, whenever it is there; it is never put on.

import { type OwnNode, taintsIn } from '../../kubernetes/own-node.ts';
import type { Log } from '../../lib/log.ts';
import { spread } from '../schedule.ts';
import type { Duty, Observation } from './duty.ts';

export interface TaintSettings {
  readonly key: string;
  readonly random: () => number;
  readonly log: Log;
}

/** As often as the bin dir is looked at: whoever puts the taint back later, a kubelet that registers anew, is met too. */
const lookEveryMs = 30_000;

export class TaintDuty implements Duty {
  readonly object = 'taint';
  readonly what = 'that the node needs its startup taint no more';
  readonly #node: OwnNode;
  readonly #settings: TaintSettings;
  #isProved = false;
  #lookAtMs = 0;

  constructor(node: OwnNode, settings: TaintSettings) {
    this.#node = node;
    this.#settings = settings;
  }

  notice({ standing }: Observation): void {
    this.#isProved = standing.status === 'True';
  }

  dueMs(): number {
    return this.#isProved ? this.#lookAtMs : Infinity;
  }

  async perform(nowMs: number): Promise<void> {
    const { key, random, log } = this.#settings;
    const taints = taintsIn(await this.#node.read());
    if (taints.some((taint) => taint['key'] === key)) {
      await this.#node.removeTaints(taints, key);
      log.info(`the node is proved: its taint ${key} was removed`);
    }
    this.#lookAtMs = nowMs + spread(lookEveryMs, random());
  }
}
