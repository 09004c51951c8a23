// What is known of the daemon and its leases, for whoever asks: probes, metrics, doctor.

import type { LeaseNews } from './daemon-log.ts';

export const adoptionResults = ['same', 'moved', 'unknown', 'failed'] as const;

/**
 * What came of the CHECK of one attachment: the address that it has; another one; the daemon has a lease, but does not let
 * the address be seen; none.
 */
export type AdoptionResult = (typeof adoptionResults)[number];

export interface DaemonView {
  /** It runs, and has answered when it was last looked at. */
  readonly isUp: boolean;
  /** What stands in its way; undefined where nothing does. */
  readonly waitsFor: string | undefined;
  /** Each attachment of the node was tried since the last start. */
  readonly hasAdopted: boolean;
  readonly leases: number;
  readonly restarts: number;
  readonly readopted: Readonly<Record<AdoptionResult, number>>;
  readonly expired: number;
  readonly isOutdated: boolean;
  readonly lastLookMs: number;
}

export class DaemonRecord {
  readonly #now: () => number;
  readonly #readopted = { same: 0, moved: 0, unknown: 0, failed: 0 };
  readonly #leases = new Set<string>();
  #isUp = false;
  #waitsFor: string | undefined;
  #hasAdopted = false;
  #starts = 0;
  #expired = 0;
  #isOutdated = false;
  #lastLookMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#lastLookMs = now();
  }

  view(): DaemonView {
    return {
      isUp: this.#isUp,
      waitsFor: this.#waitsFor,
      hasAdopted: this.#hasAdopted,
      leases: this.#leases.size,
      restarts: Math.max(this.#starts - 1, 0),
      readopted: { ...this.#readopted },
      expired: this.#expired,
      isOutdated: this.#isOutdated,
      lastLookMs: this.#lastLookMs,
    };
  }

  /** The loop lives. */
  looked(): void {
    this.#lastLookMs = this.#now();
  }

  /** @returns whether that is news */
  waits(because: string): boolean {
    const isNews = because !== this.#waitsFor;
    this.#waitsFor = because;
    return isNews;
  }

  starts(): void {
    this.#starts += 1;
    this.#waitsFor = undefined;
    this.#hasAdopted = false;
    this.#isOutdated = false;
    this.#leases.clear();
  }

  answers(isUp: boolean): void {
    this.#isUp = isUp;
  }

  /** With it go all its leases: a daemon remembers none. */
  ended(): void {
    this.#isUp = false;
    this.#leases.clear();
  }

  adopted(result: AdoptionResult): void {
    this.#readopted[result] += 1;
  }

  adoptionIsOver(): void {
    this.#hasAdopted = true;
  }

  /** @returns whether that is news */
  isOutdated(isOutdated: boolean): boolean {
    const isNews = isOutdated && !this.#isOutdated;
    this.#isOutdated = isOutdated;
    return isNews;
  }

  note({ client, what }: LeaseNews): void {
    if (what === 'kept') this.#leases.add(client);
    else this.#leases.delete(client);
    if (what === 'expired') this.#expired += 1;
  }
}
