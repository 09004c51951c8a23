// Lets things happen to a node with a watch, round after round, and holds the watch to what it promises all the while.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Absences } from './absences.ts';
import type { ApiOfOneNode } from './api-outages.ts';
import { type Happening, round } from './deck.ts';
import { Happenings } from './happenings.ts';
import { Hindrance } from './hindrance.ts';
import { missingIn, presentIn } from './plugin-files.ts';
import { type Life, type SoakedNode, spare } from './soaked-node.ts';
import { growth, usualSigns, type VitalSigns } from './vital-signs.ts';

export interface SoakSettings {
  readonly chance: () => number;
  /** At least one round is gone through, and each to its end. */
  readonly durationMs: number;
  readonly pace: Pace;
  /** Of a life of the watch, before what it takes is looked at. */
  readonly warmUpMs: number;
}

/**
 * How many milliseconds to rest after a happening.
 * @param toCome happenings of the round that are still to come
 * @param leftMs until the time is over; negative when it is
 */
export type Pace = (toCome: number, leftMs: number) => number;

const lookEveryMs = 250;
const signsEveryMs = 1000;
/** What a watch promises: no plugin that works is wanting for longer. */
const longestAbsenceMs = 61_000;

export class Soak {
  readonly counts = new Map<Happening, number>();
  readonly absences = new Absences();
  readonly #soaked: SoakedNode;
  readonly #api: ApiOfOneNode;
  readonly #settings: SoakSettings;
  readonly #happenings: Happenings;
  readonly #hindrance = new Hindrance();
  readonly #over = new AbortController();
  #violation: Error | undefined;
  #signsAtMs = 0;

  constructor(soaked: SoakedNode, api: ApiOfOneNode, settings: SoakSettings, tell: (line: string) => void) {
    this.#soaked = soaked;
    this.#api = api;
    this.#settings = settings;
    const witness = { tell, look: () => this.#look() };
    this.#happenings = new Happenings(soaked, api, settings.chance, witness);
  }

  /** Rejects with the first promise that is broken. */
  async run(): Promise<void> {
    await this.#happenings.begin();
    const loops = [this.#loop(() => this.#look(), lookEveryMs), this.#loop(() => this.#supervise(), 100)];
    try {
      await this.#goThroughRounds();
      await this.#happenings.settle();
    } finally {
      this.#over.abort();
      await Promise.all(loops);
    }
    this.#throwViolation();
    await this.#expectCleanEnd();
  }

  summary(): string {
    const counts = [...this.counts].map(([happening, count]) => `${happening} ${count}`);
    const { plugin, ms, hinderedMs } = this.absences.longest;
    const [first, last] = this.#signs();
    return [
      counts.join(', '),
      `lives of the watch: ${this.#soaked.lives.length}; writes to the API: ${this.#api.writes}`,
      `longest absence: ${inSeconds(ms)} (${plugin}), and ${inSeconds(hinderedMs)} in which the machine kept the watch waiting`,
      `the longest life, first and last: ${toldOf(first)}; ${toldOf(last)}`,
    ].join('\n');
  }

  async #goThroughRounds(): Promise<void> {
    const { chance, durationMs, pace } = this.#settings;
    const endMs = performance.now() + durationMs;
    do {
      const happenings = round(chance);
      for (const [index, happening] of happenings.entries()) {
        this.#throwViolation();
        this.counts.set(happening, (this.counts.get(happening) ?? 0) + 1);
        await this.#happenings.let(happening);
        await delay(pace(happenings.length - index - 1, endMs - performance.now()));
      }
      // What a verb mends as it passes by, the watch need not. Here is none.
      this.#happenings.harmAll();
      await this.#untilWhole();
    } while (performance.now() < endMs);
  }

  async #loop(step: () => Promise<void> | void, everyMs: number): Promise<void> {
    try {
      while (!this.#over.signal.aborted) {
        await step();
        await delay(everyMs);
      }
    } catch (error) {
      this.#violation ??= error as Error;
    }
  }

  #throwViolation(): void {
    if (this.#violation !== undefined) throw this.#violation;
  }

  #look(): void {
    if (!this.#soaked.isOn) return this.absences.forget();
    const { binDir } = this.#soaked.node;
    this.#expectLedgersParse();
    const { unwanted, isWanted } = this.#happenings;
    if (!isWanted) {
      const back = presentIn(binDir).filter((name) => unwanted?.has(name));
      if (back.length > 0) throw new Error(`${back.join(', ')} came back after an uninstall`);
      return this.absences.forget();
    }
    const missing = missingIn(binDir);
    const atMs = performance.now();
    if (missing.length > 0) this.#hindrance.note(atMs, this.#soaked.standing);
    this.absences.note({ atMs, missing, hinderedMs: this.#hindrance.ms });
    const { plugin, ms } = this.absences.longest;
    if (ms > longestAbsenceMs) throw new Error(`${plugin} was not there for ${inSeconds(ms)}`);
  }

  #expectLedgersParse(): void {
    const { root, binDir } = this.#soaked.node;
    for (const directory of [join(binDir, ownDir), join(root, spare.hostPath)]) {
      const text = textOf(join(directory, 'ledger.json'));
      if (text !== undefined) JSON.parse(text);
    }
  }

  /** As a kubelet: what ended is started again. */
  async #supervise(): Promise<void> {
    const { life } = this.#soaked;
    if (life === undefined || this.#happenings.isBusyWithNode) return;
    if (!this.#soaked.isAlive(life)) return this.#happenings.exclusively(() => this.#replace(life));
    if (performance.now() < this.#signsAtMs) return;
    this.#signsAtMs = performance.now() + signsEveryMs;
    const isWarm = performance.now() - life.bornMs > this.#settings.warmUpMs;
    const signs = this.#soaked.signsOf(life);
    if (isWarm && signs !== undefined) life.signs.push(signs);
  }

  async #replace(life: Life): Promise<void> {
    const { exitCode, reason, stderr, terminationMessage = '' } = await this.#soaked.endOf(life);
    const wasDetached = exitCode === 0 && terminationMessage.includes('was replaced');
    const isAllowed = life.hands.has('killed') || (life.hands.has('bin dir replaced') && wasDetached);
    if (!isAllowed && !(life.hands.has('restarted') && exitCode === 0)) {
      throw new Error(`the watch ended by itself with ${exitCode} (${reason}): ${stderr.slice(-3000)}`);
    }
    await this.#soaked.startWatch();
  }

  /** The looking goes on, and has its own limit. */
  async #untilWhole(): Promise<void> {
    while (missingIn(this.#soaked.node.binDir).length > 0) {
      this.#throwViolation();
      await delay(lookEveryMs);
    }
  }

  async #expectCleanEnd(): Promise<void> {
    const { root, binDir } = this.#soaked.node;
    const faults = [
      ...(await this.#happenings.end()),
      ...leftIn(join(binDir, ownDir)),
      ...leftIn(join(root, spare.hostPath)),
      ...this.#growth(),
    ];
    if (faults.length > 0) throw new Error(faults.join('; '));
  }

  /** Nothing can be told of a watch that was not there long enough. */
  #growth(): readonly string[] {
    const [first, last] = this.#signs();
    return first.descriptors === 0 ? ['no life of the watch was long enough'] : growth(first, last);
  }

  /** Of the life that was longest: what it took at first, and at last. */
  #signs(): [VitalSigns, VitalSigns] {
    const all = [...this.#soaked.lives.map(({ signs }) => signs), this.#soaked.life?.signs ?? []];
    const [longest = []] = all.toSorted((a, b) => b.length - a.length);
    const third = Math.ceil(longest.length / 3);
    return [usualSigns(longest.slice(0, third)), usualSigns(longest.slice(-third))];
  }
}

const ownDir = '.cni-plugins-installer';

/** Temporary files, and locks that nobody holds any more. */
function leftIn(stateDir: string): readonly string[] {
  return ['tmp', 'locks', 'downloads']
    .filter((name) => existsSync(join(stateDir, name)))
    .flatMap((name) =>
      readdirSync(join(stateDir, name)).map((file) => `${name}/${file} was left in ${stateDir}`),
    );
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function toldOf({ descriptors, anonymousKiB, inotifyWatches }: VitalSigns): string {
  return `${descriptors} descriptors, ${(anonymousKiB / 1024).toFixed(1)} MiB anonymous, ${inotifyWatches} inotify watches`;
}
