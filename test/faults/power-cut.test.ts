// Promise: when the power is cut, at whatever step, each plugin name leads to a whole old or new plugin, the next run mends all, and what was reported done is done.

import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNode, type TestNode } from '../support/installer.ts';
import { describeWhere } from '../support/needs.ts';
import { seededNumbers } from '../support/seeded.ts';
import { type Change, undisturbed } from './change.ts';
import { runToItsEnd } from './ended-run.ts';
import { binDirFacts, namesInNoVersion, spareName, stateFacts } from './node-facts.ts';
import { afterPowerCut, type Luck } from './power-cut/disk.ts';
import { type Operation, operationsIn, straceOptions } from './power-cut/operations.ts';
import { printOf, readTree, type Tree, writeTree } from './power-cut/tree.ts';
import { Recovery, runWithin } from './recovery.ts';
import {
  copyOf,
  layOutReleases,
  type Scenario,
  type ScenarioName,
  scenarioNames,
  scenarioOf,
} from './scenarios.ts';
import { missingForStrikes } from './struck-run.ts';
import { mutatingCalls } from './trace.ts';
import { twoAtATime } from './two-at-a-time.ts';

/** What lasts, by step: nothing that need not, everything, and some of it, each time some other. */
const draws: readonly ((step: number) => Luck)[] = [
  () => () => false,
  () => () => true,
  ...[1000, 2000, 3000].map((seed) => (step: number) => random(seed + step)),
];

/** What a run does to the disk, one operation after the other. */
interface Story extends Disposable {
  readonly change: Change;
  readonly operations: readonly Operation[];
}

/** What may be left when the power is cut after some of them. */
interface Disk {
  readonly operations: readonly Operation[];
  readonly tree: Tree;
}

describeWhere(missingForStrikes(), 'a node whose power is cut', () => {
  const undo = new DisposableStack();
  const stories = new Map<ScenarioName, Story>();
  beforeAll(async () => {
    const releases = undo.use(layOutReleases());
    for (const name of scenarioNames) stories.set(name, undo.use(await storyOf(scenarioOf(name, releases))));
  });
  afterAll(() => undo.dispose());
  const told = (name: ScenarioName): Story => {
    const story = stories.get(name);
    if (story === undefined) throw new Error(`${name} was not recorded`);
    return story;
  };

  it.each(scenarioNames)(
    'has whole plugins, and nothing that the next run does not mend: %s',
    async (name) => {
      const { change, operations } = told(name);
      const recovery = new Recovery(change, runWithin);
      const disks = operations.flatMap((_operation, step) =>
        draws.map((draw) => diskAfterCut(change, operations.slice(0, step), draw(step))),
      );

      const distinct = noneTwice(disks);
      const complaints = await twoAtATime(distinct, (disk) => complaintsAfterCut(disk, change, recovery));

      console.log(
        `${name}: ${disks.length} disks after ${operations.length} steps, ${distinct.length} of them distinct, ` +
          `and ${recovery.distinctNodes} distinct nodes that came of them`,
      );
      expect(operations.length).toBeGreaterThan(20);
      expect(complaints).toEqual([]);
    },
  );

  it.each(scenarioNames)('still has what was reported done: %s', async (name) => {
    const { change, operations } = told(name);
    const disks = Array.from({ length: 40 }, (_none, seed) =>
      diskAfterCut(change, operations, seed === 0 ? () => false : random(seed)),
    );
    for (const disk of noneTwice(disks)) {
      using node = nodeWith(disk);

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

async function storyOf(scenario: Scenario): Promise<Story> {
  const change = await undisturbed(scenario);
  return { change, operations: await operationsOf(change), [Symbol.dispose]: () => change[Symbol.dispose]() };
}

async function operationsOf({ template, scenario }: Change): Promise<Operation[]> {
  using node = copyOf(template);
  const output = join(node.directory, 'trace');
  const strace = ['strace', ...straceOptions, '-o', output, '-e', `trace=${mutatingCalls.join(',')}`];
  const run = await runToItsEnd(node, scenario.verb, { within: strace });
  if (run.exitStatus !== 0) throw new Error(run.stderr);
  return operationsIn(readFileSync(output, 'utf8'), node.binDir);
}

function diskAfterCut({ template }: Change, operations: readonly Operation[], luck: Luck): Disk {
  return { operations, tree: afterPowerCut(readTree(template.binDir), operations, luck) };
}

/** Much of what luck decides is the same for what stands on the disk in the end. */
function noneTwice(disks: readonly Disk[]): Disk[] {
  return [...Map.groupBy(disks, ({ tree }) => printOf(tree)).values()].flatMap((alike) => alike.slice(0, 1));
}

function nodeWith({ tree }: Disk): TestNode {
  const node = createNode();
  rmdirSync(node.binDir);
  writeTree(tree, node.binDir);
  return node;
}

async function complaintsAfterCut(
  { operations, tree }: Disk,
  change: Change,
  recovery: Recovery,
): Promise<string[]> {
  using node = nodeWith({ operations, tree });
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
