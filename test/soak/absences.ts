// How long each wanted plugin was not there or not whole: the promise of a watch, measured. Pure.

/** What was seen of the node at one look. */
export interface Look {
  /** Milliseconds of a clock that only goes forward. */
  readonly atMs: number;
  /** Those that a pod would miss, of the ones that are wanted. */
  readonly missing: readonly string[];
  /** For how long, in all, the machine had kept the watch from its work by then. */
  readonly hinderedMs: number;
}

/** From the first look that missed it to the last, so a look's time shorter than it was; as if the machine were idle. */
export interface Absence {
  readonly plugin: string;
  readonly ms: number;
  /** Not in `ms`: the watch would have worked, but had no processor or no answer from the disk. */
  readonly hinderedMs: number;
}

export class Absences {
  readonly #since = new Map<string, Look>();
  longest: Absence = { plugin: 'none', ms: 0, hinderedMs: 0 };

  note(look: Look): void {
    for (const name of this.#since.keys()) if (!look.missing.includes(name)) this.#since.delete(name);
    for (const plugin of look.missing) {
      const since = this.#since.get(plugin) ?? look;
      this.#since.set(plugin, since);
      const hinderedMs = look.hinderedMs - since.hinderedMs;
      const ms = look.atMs - since.atMs - hinderedMs;
      if (ms > this.longest.ms) this.longest = { plugin, ms, hinderedMs };
    }
  }

  /** Nothing is wanted, or nobody could look: what was counted so far is not gone on with. */
  forget(): void {
    this.#since.clear();
  }
}
