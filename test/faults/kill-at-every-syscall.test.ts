// Promise: whenever the installer is killed, each plugin name leads to a complete old or new plugin, and the next run mends all.
//
// Each run ends before one call. That covers the ends after one as well: nothing but these calls changes the node, so
// after a call is before the next. A power cut loses what was not yet flushed as well: power-cut.test.ts.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWhere } from '../support/needs.ts';
import { type Change, undisturbed } from './change.ts';
import { binDirFacts, namesInNoVersion } from './node-facts.ts';
import { Recovery } from './recovery.ts';
import { copyOf, layOutReleases, type Releases, scenarioNames, scenarioOf } from './scenarios.ts';
import { missingForStrikes, strike } from './struck-run.ts';
import { describePoint, type Point } from './trace.ts';
import { twoAtATime } from './two-at-a-time.ts';

describeWhere(missingForStrikes(), 'an installer that is killed at a system call', () => {
  let releases: Releases;
  beforeAll(() => {
    releases = layOutReleases();
  });
  afterAll(() => releases[Symbol.dispose]());

  it.each(scenarioNames)(
    'leaves no plugin torn, and nothing that the next run does not mend: %s',
    async (name) => {
      using change = await undisturbed(scenarioOf(name, releases));
      // A call that came to nothing leaves the node as the call after it finds it.
      const points = change.points.filter(({ failed }) => !failed);
      const recovery = new Recovery(change);

      const complaints = await twoAtATime(points, (point) => killedAt(point, change, recovery));

      console.log(`${name}: killed at ${points.length} points, ${recovery.distinctNodes} distinct nodes`);
      expect(points.length).toBeGreaterThan(20);
      expect(complaints).toEqual([]);
    },
  );
});

async function killedAt(point: Point, change: Change, recovery: Recovery): Promise<string[]> {
  using node = copyOf(change.template);
  await strike(node, change.scenario.verb, { ...change, point, blow: 'kill' });
  const torn = namesInNoVersion(binDirFacts(node), [change.before, change.after]);
  const found = [...torn, ...(await recovery.complaints(node))];
  return found.map((complaint) => `killed before ${describePoint(point)}: ${complaint}`);
}
