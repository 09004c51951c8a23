// Says of a trouble that lasts that it does, but not more often than anybody wants to read.

import type { Log, LogFacts } from '../lib/log.ts';

const everyMs = 60_000;

export class Reminders {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #lastMs = new Map<string, number>();

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** At most once a minute for each subject. */
  warn(subject: string, message: string, facts?: LogFacts): void {
    const nowMs = this.#now();
    if (nowMs - (this.#lastMs.get(subject) ?? -Infinity) < everyMs) return;
    this.#lastMs.set(subject, nowMs);
    this.#log.warn(message, facts);
  }
}
