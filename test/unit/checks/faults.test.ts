// Promises on a node with exactly one fault: exactly its cause is found, whatever follows from it.

import { describe, expect, it } from 'vitest';
import { checkIds } from '../../../src/checks/all.ts';
import type { CheckId } from '../../../src/checks/ids.ts';
import { FakeNode, resultOf, rootIds } from './fake-node.ts';
import { faults } from './faults.ts';

/** These only say what could not be seen; test/unit/checks/healthy.test.ts has them. */
const onlySkipped: ReadonlySet<CheckId> = new Set(['host-proc-absent', 'host-proc-hidden']);

describe('a node with one fault', () => {
  it('is tried for every check', () => {
    const untried = checkIds.filter((id) => faults[id] === undefined && !onlySkipped.has(id));
    expect(untried).toEqual([]);
  });

  it.each(Object.entries(faults))('%s is the one cause that is found', async (id, fault) => {
    using node = new FakeNode();
    const around = fault(node) ?? {};

    const diagnosis = await node.diagnosis(around);

    expect(rootIds(diagnosis)).toEqual([id]);
    expect(resultOf(diagnosis, id).remedy).toMatch(/\S/);
  });
});
