// Promise: whatever sequence of verbs and of others' writes a node sees, an uninstall gives back what was there before us.

import { matchesGlob } from 'node:path';
import { array, assert, asyncProperty, double, tuple } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWhere, missingForRoot } from '../support/needs.ts';
import { ExpectedNode } from './expected-node.ts';
import { anySteps, type Change, changeOf, contentsBefore, ourSteps, type Verb, walk } from './node-steps.ts';
import { type Aim, RealNode } from './real-node.ts';
import { layOutReleases, type Releases } from './scenarios.ts';
import { SimulatedNode } from './simulated-node.ts';
import { missingForStrikes } from './struck-run.ts';
import { tinyNames } from './tiny-plugins.ts';

describe('any sequence of verbs and of writes by others, decided in memory', () => {
  it('leads step by step to what one expects of each name, and back at uninstall', async () => {
    await assert(
      asyncProperty(contentsBefore, array(anySteps, { maxLength: 12 }), async (before, steps) => {
        const node = new SimulatedNode(before);
        await walk(node, steps, stepByStep(node, new ExpectedNode(before)));

        expect(node.originals).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('makes no new generation of a set that stands', async () => {
    await assert(
      asyncProperty(contentsBefore, array(anySteps, { maxLength: 12 }), async (before, steps) => {
        const node = new SimulatedNode(before);
        await walk(node, steps, async (change, end) => {
          const { earlierWish } = node;
          if (change.do === 'install' && end === 'done') await node.apply(change);

          expect(node.earlierWish).toEqual(earlierWish);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('gives every name back exactly, where others kept out of it after us', async () => {
    await assert(
      asyncProperty(contentsBefore, array(ourSteps, { maxLength: 12 }), async (before, steps) => {
        const node = new SimulatedNode(before);
        await walk(node, steps);

        expect(node.contents).toEqual(before);
        expect(node.originals).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });
});

describeWhere(missingForRoot(), 'any sequence of verbs and of writes by others, on a real directory', () => {
  let releases: Releases;
  beforeAll(() => {
    releases = layOutReleases();
  });
  afterAll(() => releases[Symbol.dispose]());

  it('leads step by step to what one expects of each name, and back at uninstall', async () => {
    await assert(
      asyncProperty(contentsBefore, array(anySteps, { maxLength: 8 }), async (before, steps) => {
        using node = new RealNode(before, releases);
        await walk(node, steps, stepByStep(node, new ExpectedNode(before)));

        expect(node.hasStateDir).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('gives every file back with owner, mode, times and target, where others kept out of it after us', async () => {
    await assert(
      asyncProperty(contentsBefore, array(ourSteps, { maxLength: 6 }), async (before, steps) => {
        using node = new RealNode(before, releases);
        const { facts } = node;
        await walk(node, steps);

        expect(node.facts).toEqual(facts);
        expect(node.hasStateDir).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

describeWhere(missingForStrikes(), 'any sequence of verbs, each of them killed anywhere', () => {
  it('still gives every file back with owner, mode, times and target', async () => {
    using releases = layOutReleases();
    let kills = 0;
    const howFar = double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const killed = array(tuple(ourSteps, howFar), { minLength: 1, maxLength: 4 });
    await assert(
      asyncProperty(contentsBefore, killed, async (before, steps) => {
        using node = new RealNode(before, releases);
        const { facts } = node;
        for (const [step, where] of steps) {
          const change = changeOf(step, undefined, node.earlierWish);
          if (change === undefined || !isQuiet(change)) continue;
          if ((await node.applyKilled(change, partOfTheWay(where))) === 'killed') kills += 1;
        }
        await node.apply({ do: 'uninstall' });

        expect(node.facts).toEqual(facts);
        expect(node.hasStateDir).toBe(false);
      }),
      { numRuns: 25 },
    );

    // What was wished for already, or never was, changes nothing: those alone come to their end.
    expect(kills).toBeGreaterThan(15);
  });
});

describeWhere(missingForStrikes(), 'an install that is killed, and another that is killed after it', () => {
  const before = {
    bridge: 'script',
    dummy: 'absent',
    macvlan: 'link',
    static: 'old',
    tap: 'vendor',
  } as const;
  const install = (release: 'old' | 'next', names: readonly string[]): Verb => {
    return { do: 'install', wish: { release, names }, policy: 'replace', verb: 'install' };
  };
  const ends = ['generations/*', 'dummy', 'tap', 'ledger.json'].flatMap((first) =>
    ['generations/*', 'bridge', 'macvlan'].map((second): [string, string] => [first, second]),
  );

  it.each(ends)(
    'forget nothing of what was there before both: before %s, then before %s',
    async (first, second) => {
      using releases = layOutReleases();
      using node = new RealNode(before, releases);
      const { facts } = node;
      const end = [
        await node.applyKilled(install('old', tinyNames), beforeRenameTo(first)),
        await node.applyKilled(install('next', ['bridge', 'macvlan']), beforeRenameTo(second)),
      ];
      await node.apply({ do: 'uninstall' });

      expect(end).toEqual(['killed', 'killed']);
      expect(node.facts).toEqual(facts);
      expect(node.hasStateDir).toBe(false);
    },
  );

  it('leave no set to go back to that never stood', async () => {
    using releases = layOutReleases();
    using node = new RealNode(before, releases);
    const stood = { release: 'old', names: ['bridge', 'static'] } as const;
    await node.apply(install(stood.release, stood.names));
    const end = await node.applyKilled(install('next', tinyNames), beforeRenameTo('macvlan'));
    await node.apply(install('next', ['bridge']));

    expect(end).toBe('killed');
    expect(node.earlierWish).toEqual(stood);
  });
});

/** @param share of the calls that change the node, at least 0, less than 1 */
function partOfTheWay(share: number): Aim {
  return (points) => points[Math.floor(share * points.length)];
}

/** @param target a name in the bin dir, or a pattern for one of our own files */
function beforeRenameTo(target: string): Aim {
  const isTarget = (path = ''): boolean =>
    matchesGlob(path, target) || matchesGlob(path, `${ownDir}/${target}`);
  return (points) => points.find(({ name, paths }) => name.startsWith('rename') && isTarget(paths.at(-1)));
}

const ownDir = '.cni-plugins-installer';

/** It comes to its end unless it is killed: nothing that is refused. */
function isQuiet(change: Change): change is Verb {
  return change.do === 'uninstall' || (change.do === 'install' && change.policy !== 'fail');
}

/** Compares after every change. */
function stepByStep(node: SimulatedNode | RealNode, expected: ExpectedNode) {
  return async (change: Change, end: 'done' | 'refused'): Promise<void> => {
    expect(end).toBe(await expected.apply(change));
    expect(node.contents).toEqual(expected.contents);
  };
}
