// Keeps the condition of the Node true: written when it changes, and now and then to say that somebody still looks.

import { conditionIn, type OwnNode, type SeenCondition } from '../../kubernetes/own-node.ts';
import { timestamp } from '../../kubernetes/timestamp.ts';
import { spread } from '../schedule.ts';
import type { Duty, Observation } from './duty.ts';
import { sameStanding, type NodeStanding } from './standing.ts';

export const conditionType = 'cni-plugins-installer.github.io/Ready';

export interface ConditionSettings {
  readonly heartbeatMs: number;
  readonly random: () => number;
}

/** What follows each other at once is written once. */
const coalesceMs = 1_000;
/** So many changes in this time are written as they come, … */
const burst = 5;
const burstWindowMs = 10 * 60_000;
/** … and more of them no closer than this: each is read by all that watch Nodes. */
const calmMs = 60_000;

export class ConditionDuty implements Duty {
  readonly object = 'condition';
  readonly what = 'the condition of the node';
  readonly #node: OwnNode;
  readonly #settings: ConditionSettings;
  #wanted: NodeStanding | undefined;
  #wantedSinceMs = 0;
  #written: NodeStanding | undefined;
  #seen: SeenCondition | undefined;
  #changesMs: readonly number[] = [];
  #heartbeatAtMs = Infinity;
  #isRead = false;

  constructor(node: OwnNode, settings: ConditionSettings) {
    this.#node = node;
    this.#settings = settings;
  }

  notice({ standing, nowMs }: Observation): void {
    if (sameStanding(this.#wanted, standing)) return;
    this.#wanted = standing;
    this.#wantedSinceMs = nowMs;
  }

  dueMs(): number {
    const wanted = this.#wanted;
    if (wanted === undefined) return Infinity;
    if (sameStanding(this.#written, wanted)) return this.#heartbeatAtMs;
    return Math.max(this.#wantedSinceMs + coalesceMs, earliestChangeMs(this.#changesMs));
  }

  async perform(nowMs: number): Promise<void> {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    await this.#readOnce();
    if (wanted.reason !== 'Starting' || !this.#isFresh(nowMs)) await this.#write(wanted, nowMs);
    if (!sameStanding(this.#written, wanted)) this.#changesMs = [...this.#changesMs.slice(1 - burst), nowMs];
    this.#written = wanted;
    this.#heartbeatAtMs = nowMs + spread(this.#settings.heartbeatMs, this.#settings.random());
  }

  /** Since when it is so is remembered by the Node, not by us. */
  async #readOnce(): Promise<void> {
    if (this.#isRead) return;
    this.#seen = conditionIn(await this.#node.read(), conditionType);
    this.#isRead = true;
  }

  /** What the watch before this one said a moment ago is better than to say that nobody knows, at each roll-out. */
  #isFresh(nowMs: number): boolean {
    const saidMs = Date.parse(this.#seen?.lastHeartbeatTime ?? '');
    return nowMs - saidMs < 2 * this.#settings.heartbeatMs;
  }

  async #write({ status, reason, message }: NodeStanding, nowMs: number): Promise<void> {
    const now = timestamp(nowMs);
    const since = this.#seen?.status === status ? (this.#seen.lastTransitionTime ?? now) : now;
    await this.#node.writeCondition({
      type: conditionType,
      status,
      reason,
      message,
      lastHeartbeatTime: now,
      lastTransitionTime: since,
    });
    this.#seen = { status, lastHeartbeatTime: now, lastTransitionTime: since };
  }
}

/** @param changesMs of the last few changes, oldest first */
function earliestChangeMs(changesMs: readonly number[]): number {
  const [oldest = 0, ...others] = changesMs.slice(-burst);
  const latest = others.at(-1);
  if (changesMs.length < burst || latest === undefined) return 0;
  return Math.min(oldest + burstWindowMs, latest + calmMs);
}
