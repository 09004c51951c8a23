// How long each wanted plugin was not there or not whole: the promise of a watch, measured.

/** What was seen of the node at one look. */
export interface Look {
  /** Milliseconds of a clock that only goes forward. */
  readonly atMs: number;
  /** Those that a pod would miss, of the ones that are wanted. */
  readonly missing: readonly string[];
}

export interface Absence {
  readonly plugin: string;
  readonly ms: number;
}

export class Absences {
  /** A look that comes later than this was late itself: the machine stood still, and so did the watch. */
  readonly #stepMs: number;
  readonly #running = new Map<string, number>();
  #lastMs: number | undefined;
  longest: Absence = { plugin: 'none', ms: 0 };

  /** @param stepMs the longest time that is believed between two looks */
  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  note({ atMs, missing }: Look): void {
    const passedMs = Math.min(atMs - (this.#lastMs ?? atMs), this.#stepMs);
    this.#lastMs = atMs;
    for (const name of this.#running.keys()) if (!missing.includes(name)) this.#running.delete(name);
    for (const plugin of missing) this.#lengthen(plugin, passedMs);
  }

  /** Nothing is wanted, or nobody could look: what was counted so far is not gone on with. */
  forget(): void {
    this.#running.clear();
    this.#lastMs = undefined;
  }

  #lengthen(plugin: string, passedMs: number): void {
    const before = this.#running.get(plugin);
    const ms = before === undefined ? 0 : before + passedMs;
    this.#running.set(plugin, ms);
    if (ms > this.longest.ms) this.longest = { plugin, ms };
  }
}
