// Notices that something happened in the bin dir: by inotify where the kernel gives one, else by looking more often.

import { Bell } from '../lib/bell.ts';
import type { RunEffects } from '../lib/effects.ts';
import { type DirectoryWatch, watchDirectory } from '../lib/watch-directory.ts';
import { lookAfter, spread, type Unrest } from './schedule.ts';

export type WatchMode = 'inotify' | 'polling';

const glanceEveryMs: Readonly<Record<WatchMode, number>> = { inotify: 30_000, polling: 10_000 };
const inotifyAgainMs = 5 * 60_000;

const remedies: Readonly<Record<string, string>> = {
  EMFILE: 'raise fs.inotify.max_user_instances on the node, to 1024 for example',
  ENOSPC: 'raise fs.inotify.max_user_watches on the node, to 524288 for example',
};

export class Attention {
  readonly #binDir: string;
  readonly #effects: Pick<RunEffects, 'log' | 'now' | 'random'>;
  readonly #bell = new Bell();
  #watch: DirectoryWatch | undefined;
  #unrest: Unrest | undefined;
  #glanceAtMs = 0;
  #inotifyAtMs = 0;
  #wasRefused = false;

  constructor(binDir: string, effects: Pick<RunEffects, 'log' | 'now' | 'random'>) {
    this.#binDir = binDir;
    this.#effects = effects;
  }

  get mode(): WatchMode {
    return this.#watch === undefined ? 'polling' : 'inotify';
  }

  /** When the next look is due, by the period or by events. */
  get dueMs(): number {
    return Math.min(this.#glanceAtMs, this.#unrest === undefined ? Infinity : lookAfter(this.#unrest));
  }

  /** A look begins: what happened until now is seen by it. */
  lookBegins(): void {
    const { now, random } = this.#effects;
    this.#unrest = undefined;
    if (this.#watch === undefined && now() >= this.#inotifyAtMs) this.#ask();
    this.#glanceAtMs = now() + spread(glanceEveryMs[this.mode], random());
  }

  /** Ends at the given time, when a look is due, or with the signal's reason. */
  async rest(untilMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const waitMs = Math.min(untilMs, this.dueMs) - this.#effects.now();
      if (waitMs <= 0) return signal.throwIfAborted();
      await this.#bell.wait(waitMs, signal);
    }
  }

  /** Something else says that a look is due. */
  stir(): void {
    this.#glanceAtMs = 0;
    this.#bell.ring();
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  #ask(): void {
    const { now, log } = this.#effects;
    const answer = watchDirectory(this.#binDir, {
      onEvent: () => this.#noteEvent(),
      onEnd: (errno) => this.#lose(errno),
    });
    if (typeof answer === 'string') return this.#lose(answer);
    if (this.#wasRefused) log.info(`${this.#binDir} is watched by inotify again`);
    this.#wasRefused = false;
    this.#watch = answer;
    this.#inotifyAtMs = now();
  }

  #lose(errno: string): void {
    const { now, log } = this.#effects;
    this.#watch = undefined;
    this.#inotifyAtMs = now() + inotifyAgainMs;
    if (!this.#wasRefused) {
      log.warn(`${this.#binDir} can't be watched by inotify (${errno}): it is looked at every 10 s instead`, {
        hint: remedies[errno],
      });
    }
    this.#wasRefused = true;
    this.#bell.ring();
  }

  /** The first event ends the rest; the others of a burst only move the time of the look. */
  #noteEvent(): void {
    const nowMs = this.#effects.now();
    const isFirst = this.#unrest === undefined;
    this.#unrest = { firstMs: this.#unrest?.firstMs ?? nowMs, lastMs: nowMs };
    if (isFirst) this.#bell.ring();
  }
}
