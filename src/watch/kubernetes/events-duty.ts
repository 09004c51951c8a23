// Writes Events on the Node: transitions only, each series once in ten minutes, what comes in between counted.

import { ApiTrouble } from '../../kubernetes/api-trouble.ts';
import type { NodeEvents, SeriesState } from '../../kubernetes/node-events.ts';
import type { Duty, Observation } from './duty.ts';
import {
  eventTypeOf,
  type Matters,
  mattersIn,
  newMatters,
  type Occurrence,
  seriesOf,
} from './occurrences.ts';

/** What is known of one series. */
interface Series {
  readonly latest: Occurrence;
  /** How often it has occurred, those that are not written yet among them. */
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly written: { readonly name: string; readonly atMs: number; readonly count: number } | undefined;
}

const seriesPauseMs = 10 * 60_000;
/** The API server forgets an Event an hour after its last change; before that it is not taken for known. */
const rememberedMs = 50 * 60_000;
/** More subjects than this at once are one trouble, which the condition and the log tell. */
const mostSeries = 50;

export class EventsDuty implements Duty {
  readonly object = 'event';
  readonly what = 'what has happened on the node';
  readonly #events: NodeEvents;
  readonly #series = new Map<string, Series>();
  #matters: Matters = new Map();

  constructor(events: NodeEvents) {
    this.#events = events;
  }

  notice({ sight, nowMs }: Observation): void {
    const now = mattersIn(sight, nowMs);
    for (const occurrence of newMatters(this.#matters, now)) this.add(occurrence, nowMs);
    this.#matters = now;
  }

  add(occurrence: Occurrence, nowMs: number): void {
    const key = seriesOf(occurrence);
    const before = this.#series.get(key);
    if (before === undefined && this.#series.size >= mostSeries) return;
    this.#series.set(key, {
      latest: occurrence,
      count: (before?.count ?? 0) + 1,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
      written: before?.written,
    });
  }

  dueMs(): number {
    return Math.min(Infinity, ...[...this.#series.values()].map(seriesDueMs));
  }

  async perform(nowMs: number): Promise<void> {
    for (const [key, series] of this.#series) {
      if (seriesDueMs(series) > nowMs) continue;
      if (isWhole(series)) this.#series.delete(key);
      else this.#series.set(key, await this.#write(series, nowMs));
    }
  }

  async #write(series: Series, nowMs: number): Promise<Series> {
    const { count, written } = series;
    const name = (written && (await this.#continue(written.name, series))) ?? (await this.#begin(series));
    return { ...series, written: { name, atMs: nowMs, count } };
  }

  /** Undefined where the API server knows it no more. */
  async #continue(name: string, series: Series): Promise<string | undefined> {
    try {
      await this.#events.continue(name, seriesState(series));
      return name;
    } catch (error) {
      if (error instanceof ApiTrouble && error.kind === 'not-found') return undefined;
      throw error;
    }
  }

  #begin(series: Series): Promise<string> {
    const { reason } = series.latest;
    return this.#events.begin({ reason, type: eventTypeOf(reason) }, seriesState(series));
  }
}

function seriesState({ latest, count, firstMs, lastMs }: Series): SeriesState {
  return { message: latest.message, count, firstMs, lastMs };
}

function isWhole({ count, written }: Series): boolean {
  return written?.count === count;
}

/** When it is written, or, with nothing to write, forgotten. */
function seriesDueMs(series: Series): number {
  const { written } = series;
  if (written === undefined) return 0;
  return written.atMs + (isWhole(series) ? rememberedMs : seriesPauseMs);
}
