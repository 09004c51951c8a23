// What a process that stays takes of its node: descriptors, memory that is its own, and what it watches.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface VitalSigns {
  readonly descriptors: number;
  readonly anonymousKiB: number;
  readonly inotifyWatches: number;
}

/** @param directory of the process in a procfs; undefined once it has ended */
export function vitalSigns(directory: string): VitalSigns | undefined {
  try {
    const descriptors = readdirSync(join(directory, 'fd'));
    const status = readFileSync(join(directory, 'status'), 'utf8');
    return {
      descriptors: descriptors.length,
      anonymousKiB: Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]),
      inotifyWatches: descriptors.reduce((sum, name) => sum + watchesOf(join(directory, 'fdinfo', name)), 0),
    };
  } catch {
    return undefined;
  }
}

/** Descriptors come and go while they are counted. */
function watchesOf(path: string): number {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('inotify wd:')).length;
  } catch {
    return 0;
  }
}

/** The middle one of each sign: a request or a repair that is under way just then does not count. */
export function usualSigns(seen: readonly VitalSigns[]): VitalSigns {
  return {
    descriptors: median(seen.map(({ descriptors }) => descriptors)),
    anonymousKiB: median(seen.map(({ anonymousKiB }) => anonymousKiB)),
    inotifyWatches: median(seen.map(({ inotifyWatches }) => inotifyWatches)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** What its collector of garbage leaves until later is no leak. */
const slack: VitalSigns = { descriptors: 3, anonymousKiB: 12 * 1024, inotifyWatches: 0 };

/** One phrase for each sign that has grown from the first to the last. */
export function growth(first: VitalSigns, last: VitalSigns): readonly string[] {
  const signs = ['descriptors', 'anonymousKiB', 'inotifyWatches'] as const;
  return signs
    .filter((sign) => last[sign] > first[sign] + slack[sign])
    .map((sign) => `${sign} of the watch grew from ${first[sign]} to ${last[sign]}`);
}
