// Keeps Kubernetes told how this node stands. Whatever becomes of that, the guard goes on.

import { ApiTrouble } from '../../kubernetes/api-trouble.ts';
import type { WriteObserver } from '../../kubernetes/write-result.ts';
import { Bell } from '../../lib/bell.ts';
import type { RunEffects } from '../../lib/effects.ts';
import type { GuardObserver } from '../guard.ts';
import { Reminders } from '../reminders.ts';
import type { WatchedPlugin } from '../watched-node.ts';
import type { Duty } from './duty.ts';
import type { EventsDuty } from './events-duty.ts';
import { type WholeSight, nodeStanding } from './standing.ts';
import { apiRetryDelayMs } from './when-to-retry.ts';

/** While something is in the balance the node is looked at this often: a trouble counts only after a moment. */
const unsettledMs = 1_000;
const restMs = 60_000;

/** A duty, and how its last tries went. */
interface Charge {
  readonly duty: Duty;
  failures: number;
  notBeforeMs: number;
}

export interface Duties {
  readonly duties: readonly Duty[];
  /** The one of them that is also told what passes between two looks. */
  readonly events: EventsDuty | undefined;
  /** Is told of each try that did not succeed. */
  readonly observe?: WriteObserver;
}

export class Herald implements Partial<GuardObserver> {
  readonly #look: () => WholeSight;
  readonly #events: EventsDuty | undefined;
  readonly #effects: RunEffects;
  readonly #observe: WriteObserver | undefined;
  readonly #charges: readonly Charge[];
  readonly #reminders: Reminders;
  readonly #bell = new Bell();

  constructor(look: () => WholeSight, { duties, events, observe }: Duties, effects: RunEffects) {
    this.#look = look;
    this.#events = events;
    this.#effects = effects;
    this.#observe = observe;
    this.#charges = duties.map((duty) => ({ duty, failures: 0, notBeforeMs: 0 }));
    this.#reminders = new Reminders(effects.log, effects.now);
  }

  audited(): void {
    this.#bell.ring();
  }

  repaired({ name, because = name }: WatchedPlugin): void {
    const message = `${because}; it was put back`;
    this.#events?.add({ reason: 'CNIPluginRepaired', about: name, message }, this.#effects.now());
    this.#bell.ring();
  }

  repairFailed(): void {
    this.#bell.ring();
  }

  /** Rejects with the signal's reason, once it is aborted. */
  async run(signal: AbortSignal): Promise<never> {
    for (;;) {
      const isUnsettled = this.#notice();
      for (const charge of this.#charges) await this.#attempt(charge, signal);
      const dueMs = Math.min(...this.#charges.map(nextMs));
      const waitMs = Math.min(dueMs - this.#effects.now(), isUnsettled ? unsettledMs : restMs);
      await this.#bell.wait(waitMs, signal);
    }
  }

  #notice(): boolean {
    const nowMs = this.#effects.now();
    const sight = this.#look();
    const standing = nodeStanding(sight, nowMs);
    for (const { duty } of this.#charges) duty.notice({ sight, standing, nowMs });
    return standing.status !== 'True' || sight.view.troubles.length > 0;
  }

  async #attempt(charge: Charge, signal: AbortSignal): Promise<void> {
    const { now, random } = this.#effects;
    if (nextMs(charge) > now()) return;
    try {
      await charge.duty.perform(now());
      charge.failures = 0;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ApiTrouble)) throw error;
      this.#observe?.(charge.duty.object, error.kind);
      charge.failures += 1;
      charge.notBeforeMs = now() + apiRetryDelayMs(error, charge.failures, random());
      this.#reminders.warn(
        'kubernetes',
        `Kubernetes could not be told ${charge.duty.what}: ${error.message}`,
      );
    }
  }
}

function nextMs({ duty, notBeforeMs }: Charge): number {
  return Math.max(duty.dueMs(), notBeforeMs);
}
