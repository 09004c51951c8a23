// Promise: when the power is cut, at whatever step, each plugin name leads to a whole old or new plugin, the next run mends all, and what was reported done is done.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestNode } from '../support/installer.ts';
import { describeWhere } from '../support/needs.ts';
import { seededNumbers } from '../support/seeded.ts';
import { type Change, undisturbed } from './change.ts';
import { runToItsEnd } from './ended-run.ts';
import { binDirFacts, namesInNoVersion, spareName, stateFacts } from './node-facts.ts';
import { afterPowerCut, type Luck } from './power-cut/disk.ts';
import { type Operation, operationsIn, straceOptions } from './power-cut/operations.ts';
import { readTree, writeTree } from './power-cut/tree.ts';
import { Recovery, runWithin } from './recovery.ts';
import { copyOf, layOutReleases, type Releases, scenarioNames, scenarioOf } from './scenarios.ts';
import { missingForStrikes } from './struck-run.ts';
import { mutatingCalls } from './trace.ts';
import { twoAtATime } from './two-at-a-time.ts';

/** What lasts, by step: nothing that need not, everything, and some of it, each time some other. */
const draws: readonly ((step: number) => Luck)[] = [
  () => () => false,
  () => () => true,
  ...[1000, 2000, 3000].map((seed) => (step: number) => random(seed + step)),
];

describeWhere(missingForStrikes(), 'a node whose power is cut', () => {
  let releases: Releases;
  beforeAll(() => {
    releases = layOutReleases();
  });
  afterAll(() => releases[Symbol.dispose]());

  it.each(scenarioNames)(
    'has whole plugins, and nothing that the next run does not mend: %s',
    async (name) => {
      using change = await undisturbed(scenarioOf(name, releases));
      const operations = await operationsOf(change);
      const recovery = new Recovery(change, runWithin);
      const disks = operations.flatMap((_operation, step) =>
        draws.map((draw) => ({ step, luck: draw(step) })),
      );

      const complaints = await twoAtATime(disks, ({ step, luck }) =>
        complaintsAfterCut(change, operations.slice(0, step), luck, recovery),
      );

      console.log(
        `${name}: ${disks.length} disks after ${operations.length} steps, ${recovery.distinctNodes} distinct`,
      );
      expect(operations.length).toBeGreaterThan(20);
      expect(complaints).toEqual([]);
    },
  );

  it.each(scenarioNames)('still has what was reported done: %s', async (name) => {
    using change = await undisturbed(scenarioOf(name, releases));
    const operations = await operationsOf(change);
    for (let seed = 0; seed < 40; seed += 1) {
      using node = nodeAfterCut(change, operations, seed === 0 ? () => false : random(seed));

      expect(namesInNoVersion(binDirFacts(node), [change.after])).toEqual([]);
      expect(stateFacts(node)?.ledger).toEqual(change.stateAfter?.ledger);
      expect(existsSync(node.stateDir)).toBe(change.stateAfter !== undefined);
      expect(stateFacts(node)?.spare ?? []).toEqual(
        expect.arrayContaining([...(change.stateAfter?.spare ?? [])]),
      );
      expect(existsSync(join(node.binDir, spareName)) && change.stateAfter === undefined).toBe(false);
    }
  });
});

async function operationsOf({ template, scenario }: Change): Promise<Operation[]> {
  using node = copyOf(template);
  const output = join(node.directory, 'trace');
  const strace = ['strace', ...straceOptions, '-o', output, '-e', `trace=${mutatingCalls.join(',')}`];
  const run = await runToItsEnd(node, scenario.verb, { within: strace });
  if (run.exitStatus !== 0) throw new Error(run.stderr);
  return operationsIn(readFileSync(output, 'utf8'), node.binDir);
}

function nodeAfterCut({ template }: Change, operations: readonly Operation[], luck: Luck): TestNode {
  const node = copyOf(template);
  rmSync(node.binDir, { recursive: true });
  writeTree(afterPowerCut(readTree(template.binDir), operations, luck), node.binDir);
  return node;
}

async function complaintsAfterCut(
  change: Change,
  operations: readonly Operation[],
  luck: Luck,
  recovery: Recovery,
): Promise<string[]> {
  using node = nodeAfterCut(change, operations, luck);
  const torn = namesInNoVersion(binDirFacts(node), [change.before, change.after]);
  const found = [...torn, ...(await recovery.complaints(node))];
  const last = operations.at(-1);
  return found.map(
    (complaint) => `cut after step ${operations.length} (${last?.do} ${last?.path}): ${complaint}`,
  );
}

function random(seed: number): Luck {
  const chance = seededNumbers(seed);
  return () => chance() < 0.5;
}
