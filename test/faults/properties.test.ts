// Promise: whatever sequence of verbs and of others' writes a node sees, an uninstall gives back what was there before us.

import { array, assert, asyncProperty, constantFrom, integer, record, tuple } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWhere, missingForRoot } from '../support/needs.ts';
import { ExpectedNode } from './expected-node.ts';
import { anySteps, type Change, changeOf, contentsBefore, ourSteps, walk } from './node-steps.ts';
import { RealNode } from './real-node.ts';
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
    const kill = record({
      call: constantFrom(
        'rename' as const,
        'link' as const,
        'unlink' as const,
        'fsync' as const,
        'rmdir' as const,
      ),
      when: integer({ min: 1, max: 15 }),
    });
    const killed = array(tuple(ourSteps, kill), { minLength: 1, maxLength: 4 });
    await assert(
      asyncProperty(contentsBefore, killed, async (before, steps) => {
        using node = new RealNode(before, releases);
        const { facts } = node;
        for (const [step, where] of steps) {
          const change = changeOf(step, undefined, node.earlierWish);
          if (change !== undefined && isQuiet(change)) await node.applyKilled(change, where);
        }
        await node.apply({ do: 'uninstall' });

        expect(node.facts).toEqual(facts);
        expect(node.hasStateDir).toBe(false);
      }),
      { numRuns: 25 },
    );
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
  const install = (release: 'old' | 'next', names: readonly string[]): Exclude<Change, { do: 'write' }> => {
    return { do: 'install', wish: { release, names }, policy: 'replace', verb: 'install' };
  };
  // The renames of a run: its lock, its blobs, its intent, then a plugin each, last the ledger.
  const ends = [7, 9, 11, 13].flatMap((first) =>
    [4, 5, 6].map((second): [number, number] => [first, second]),
  );

  it.each(ends)('forget nothing of what was there before both: renames %i and %i', async (first, second) => {
    using releases = layOutReleases();
    using node = new RealNode(before, releases);
    const { facts } = node;
    await node.applyKilled(install('old', tinyNames), { call: 'rename', when: first });
    await node.applyKilled(install('next', ['bridge', 'macvlan']), { call: 'rename', when: second });
    await node.apply({ do: 'uninstall' });

    expect(node.facts).toEqual(facts);
    expect(node.hasStateDir).toBe(false);
  });

  it('leave no set to go back to that never stood', async () => {
    using releases = layOutReleases();
    using node = new RealNode(before, releases);
    const stood = { release: 'old', names: ['bridge', 'static'] } as const;
    await node.apply(install(stood.release, stood.names));
    await node.applyKilled(install('next', tinyNames), { call: 'rename', when: 9 });
    await node.apply(install('next', ['bridge']));

    expect(node.earlierWish).toEqual(stood);
  });
});

/** It comes to its end unless it is killed: nothing that is refused. */
function isQuiet(change: Change): change is Exclude<Change, { do: 'write' }> {
  return change.do === 'uninstall' || (change.do === 'install' && change.policy !== 'fail');
}

/** Compares after every change. */
function stepByStep(node: SimulatedNode | RealNode, expected: ExpectedNode) {
  return async (change: Change, end: 'done' | 'refused'): Promise<void> => {
    expect(end).toBe(await expected.apply(change));
    expect(node.contents).toEqual(expected.contents);
  };
}
