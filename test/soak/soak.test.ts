// Promise: whatever happens to a node, for however long, its plugins are back in a minute, and the watch takes no more of it.

import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seededNumbers } from '../support/seeded.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { makeDisk } from '../throwaway-node/lasting-disk.ts';
import { ApiOfOneNode } from './api-outages.ts';
import { type Pace, Soak } from './soak.ts';
import { SoakedNode } from './soaked-node.ts';

/** make soak HOURS=24 SEED=7 */
const asked = process.env['SOAK_MINUTES'];
const seed = Number(process.env['SOAK_SEED'] ?? 24);
const durationMs = Number(asked ?? 10) * 60_000;
const chance = seededNumbers(seed);

/** One happening upon the other. */
const lively: Pace = () => chance() * 4000;

/** The time is filled with one round: what runs beside it on CI needs the processors. */
const calm: Pace = (toCome, leftMs) => {
  const share = Math.max(leftMs, 0) / (toCome + 1);
  return toCome === 0 ? share + timerSlackMs : share * (0.5 + chance());
};
/** A timer may be that much early, and then another round would begin. */
const timerSlackMs = 10;

describeOnNode(
  'a watch on a node to which things happen',
  () => {
    it('keeps what it promises', { timeout: durationMs + 300_000 }, async () => {
      await using scratch = await mkdtempDisposable(join(tmpdir(), 'soak-'));
      const disk = join(scratch.path, 'disk');
      await makeDisk(disk);
      const lines: string[] = [];
      const tell = (line: string): void => void lines.push(line);
      await using api = new ApiOfOneNode();
      await using soaked = new SoakedNode({ disk, api, tell });
      const pace = asked === undefined ? calm : lively;
      const soak = new Soak(soaked, api, { chance, durationMs, pace, warmUpMs: 20_000 }, tell);
      console.log(`SEED=${seed}`);
      try {
        await soak.run();
      } catch (error) {
        const story = [`SEED=${seed}`, ...lines.slice(-60), await soaked.words(), soak.summary()];
        throw new Error(story.join('\n'), { cause: error });
      }
      console.log(soak.summary());
      expect(soak.counts.size).toBeGreaterThan(10);
      expect(api.writes).toBeGreaterThan(0);
    });
  },
  ['openssl', 'mkfs.ext4'],
);
