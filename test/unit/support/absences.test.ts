// Promise: the soak counts an absence as what a pod would have met, less what the machine itself kept the watch from its work.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Absences, type Look } from '../../soak/absences.ts';
import { Hindrance, type Standing, standingOf } from '../../soak/hindrance.ts';
import { eventually } from '../../throwaway-node/eventually.ts';

function longestOf(...looks: readonly Partial<Look>[]) {
  const absences = new Absences();
  for (const look of looks) absences.note({ atMs: 0, missing: [], hinderedMs: 0, ...look });
  return absences.longest;
}

describe('an absence', () => {
  it('lasts from the first look that missed the plugin to the last, however far the looks are apart', () => {
    const longest = longestOf(
      { atMs: 5, missing: ['tap'] },
      { atMs: 9000, missing: ['tap'] },
      { atMs: 9250 },
    );

    expect(longest).toEqual({ plugin: 'tap', ms: 8995, hinderedMs: 0 });
  });

  it('is another one where the plugin was there in between', () => {
    const longest = longestOf(
      { atMs: 0, missing: ['tap', 'bridge'] },
      { atMs: 500, missing: ['bridge'] },
      { atMs: 600, missing: ['tap', 'bridge'] },
      { atMs: 900, missing: ['tap'] },
    );

    expect(longest).toEqual({ plugin: 'bridge', ms: 600, hinderedMs: 0 });
  });

  it('is shorter by what hindered the watch meanwhile, not before', () => {
    const longest = longestOf(
      { atMs: 0, hinderedMs: 700 },
      { atMs: 250, hinderedMs: 800, missing: ['tap'] },
      { atMs: 60_250, hinderedMs: 1000, missing: ['tap'] },
    );

    expect(longest).toEqual({ plugin: 'tap', ms: 59_800, hinderedMs: 200 });
  });
});

/** In milliseconds on a run queue; `disk` for one that waits for a disk. */
function standing(threads: Readonly<Record<string, number | 'disk'>>): Standing {
  const entries = Object.entries(threads).map(
    ([thread, wait]) =>
      [thread, { queuedMs: wait === 'disk' ? 0 : wait, isAtDisk: wait === 'disk' }] as const,
  );
  return new Map(entries);
}

describe('a hindrance', () => {
  it.each([
    ['as long as the thread was queued that was queued most', { a: 50, b: 10 }, { a: 90, b: 60 }, 50],
    ['never longer than the time that passed', { a: 0 }, { a: 4000 }, 250],
    ['all of the time where the disk did not answer from look to look', { a: 'disk' }, { a: 'disk' }, 250],
    ['nothing where the disk answered in between', { a: 7 }, { a: 'disk' }, 0],
    ['nothing of a thread that is new, and may be of another process', { a: 50 }, { b: 5000 }, 0],
    ['nothing of a process that came after, under the same number', { a: 5000 }, { a: 50 }, 0],
    ['nothing where there is no process', { a: 50 }, {}, 0],
  ] as const)('is %s', (_name, before, after, expected) => {
    const hindrance = new Hindrance();
    hindrance.note(1000, standing(before));
    hindrance.note(1250, standing(after));

    expect(hindrance.ms).toBe(expected);
  });

  it('is read from the kernel: of a process that wants every processor, among many such', async () => {
    const busy = Array.from({ length: availableParallelism() + 4 }, () =>
      spawn('sh', ['-c', 'while :; do :; done']),
    );
    const directory = `/proc/${busy[0]?.pid}`;
    const hindrance = new Hindrance();
    try {
      const queued = await eventually('it is queued', 20_000, async () => {
        hindrance.note(performance.now(), standingOf(directory));
        return hindrance.ms > 20 ? hindrance.ms : undefined;
      });

      expect(queued).toBeGreaterThan(20);
    } finally {
      for (const one of busy) one.kill('SIGKILL');
    }
  });

  it('is nothing of a process that is not there', () => {
    expect(standingOf('/proc/0')).toEqual(new Map());
  });
});
