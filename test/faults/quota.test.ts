// Promise: where a quota ends and not the disk, nothing that was there is lost, and the message says that it is the quota.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { refusalOf, type Run } from '../support/installer.ts';
import { describeWhere, listed, missingCommands, missingForMounts } from '../support/needs.ts';
import { binDirFacts, stateFacts } from './node-facts.ts';
import { layOutReleases, type Releases, scenarioOf } from './scenarios.ts';
import { SmallDisk } from './small-disk.ts';

const missing = [missingForMounts(), missingCommands(['mkfs.btrfs', 'btrfs'])].filter(
  (one) => one !== undefined,
);

describeWhere(listed(missing), 'a node whose quota is used up', () => {
  let releases: Releases;
  let first: readonly string[];
  let upgrade: readonly string[];
  beforeAll(() => {
    releases = layOutReleases();
    first = scenarioOf('first install', releases).verb;
    upgrade = scenarioOf('upgrade', releases).verb;
  });
  afterAll(() => releases[Symbol.dispose]());

  it('keeps the old set, says whose limit it is, and has the new one once there is room', async () => {
    await using disk = await SmallDisk.mountWithQuota();
    expect((await disk.run(first)).exitStatus).toBe(0);
    const before = binDirFacts(disk.node);
    for (const limit of ['16k', '64k', '96k', '128k', '160k']) {
      disk.limit(limit);
      const run = await disk.run(upgrade);

      expect([limit, endOf(run)]).toEqual([limit, 'over the quota']);
      expect(binDirFacts(disk.node)).toEqual(before);
    }
    disk.limit('none');
    expect((await disk.run(upgrade)).exitStatus).toBe(0);
    // Not before: over its quota, btrfs does not even let names be removed.
    expect(stateFacts(disk.node)?.names ?? []).not.toContain('tmp');
  });
});

/** Throws where the run did not say that it was the quota. */
function endOf(run: Run): 'whole' | 'over the quota' {
  if (run.exitStatus === 0) return 'whole';
  const { exitStatus, code, message, hint } = refusalOf(run);
  expect({ exitStatus, code }).toEqual({ exitStatus: 6, code: 'node-no-space' });
  expect(message).toContain('disk quota exceeded (EDQUOT)');
  expect(hint).toContain('quota');
  return 'over the quota';
}
