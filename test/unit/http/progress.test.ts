// Progress in one line.

import { expect, test } from 'vitest';
import { createProgressMeter, progressLine } from '../../../src/http/progress.ts';

test.each([
  [
    { bytes: 17_952_000, total: 52_800_000, elapsedMs: 5_800, alreadyHad: 0 },
    'downloading 34% of 52.8 MB, 3.1 MB/s, 12 s left',
  ],
  [
    { bytes: 52_799_999, total: 52_800_000, elapsedMs: 10_000, alreadyHad: 0 },
    'downloading 99% of 52.8 MB, 5.3 MB/s, 1 s left',
  ],
  [
    { bytes: 52_800_000, total: 52_800_000, elapsedMs: 10_000, alreadyHad: 0 },
    'downloading 100% of 52.8 MB, 5.3 MB/s, 0 s left',
  ],
  [
    { bytes: 30_000_000, total: 50_000_000, elapsedMs: 10_000, alreadyHad: 20_000_000 },
    'downloading 60% of 50.0 MB, 1.0 MB/s, 20 s left',
  ],
  [
    { bytes: 1_000_000, total: 50_000_000, elapsedMs: 10_000, alreadyHad: 0 },
    'downloading 2% of 50.0 MB, 0.1 MB/s, 9 min left',
  ],
  [{ bytes: 1_000_000, total: undefined, elapsedMs: 1_000, alreadyHad: 0 }, 'downloading 1.0 MB, 1.0 MB/s'],
  [{ bytes: 0, total: 50_000_000, elapsedMs: 5_000, alreadyHad: 0 }, 'downloading 0% of 50.0 MB'],
  [{ bytes: 5, total: 10, elapsedMs: 0, alreadyHad: 0 }, 'downloading 50% of 0.0 MB'],
])('%j reads as %j', (progress, line) => {
  expect(progressLine(progress)).toBe(line);
});

test('a meter keeps its distance between lines', () => {
  let nowMs = 0;
  const lines: string[] = [];
  const view = { everyMs: 5_000, show: (line: string) => lines.push(line) };
  const show = createProgressMeter(0, 100, view, () => nowMs);

  for (const atMs of [0, 4_999, 5_000, 6_000, 9_999, 10_000]) {
    nowMs = atMs;
    show(50);
  }

  expect(lines).toHaveLength(2);
});
