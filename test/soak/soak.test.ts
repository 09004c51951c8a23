// Promise: whatever happens to a node, for however long, its plugins are back in a minute, and the watch takes no more of it.

import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { seededNumbers } from '../support/seeded.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { makeDisk } from '../throwaway-node/lasting-disk.ts';
import { ApiOfOneNode } from './api-outages.ts';
import { Soak } from './soak.ts';
import { SoakedNode } from './soaked-node.ts';

/** make soak HOURS=24 SEED=7; one round where nobody says how long. */
const minutes = Number(process.env['SOAK_MINUTES'] ?? 0);
const seed = Number(process.env['SOAK_SEED'] ?? 24);
const isLong = minutes > 0;

/** As it is set by default where there is time; else with a budget that is never used up, so that no minute is waited for. */
const words = isLong ? ['--period', '30s'] : ['--period', '3s', '--repair-budget', '100'];
const durationMs = minutes * 60_000;

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
      await using soaked = new SoakedNode({ disk, api, words, tell });
      const pace = isLong ? { restMs: 4000, warmUpMs: 20_000 } : { restMs: 600, warmUpMs: 4000 };
      const soak = new Soak(soaked, api, { chance: seededNumbers(seed), durationMs, ...pace }, tell);
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
