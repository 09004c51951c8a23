// Proves that a start on a healthy node leaves no trace on it.

import { expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  binDir,
  bootInstallerNode,
  hostProc,
  installer,
  runIn,
  runInstaller,
} from '../support/node/installer-container.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { thinPod } from '../support/node/multus-pod.ts';
import { programsStarted } from '../support/node/program-trace.ts';

/** All that a write would change: the names, inodes, sizes, modes, modification and change times of bin dir and state dir. */
async function traces(node: ThrowawayNode): Promise<string[]> {
  const listing = await node.host(String.raw`find /opt/cni -printf '%p %i %s %m %T@ %C@\n'`);
  return listing.trimEnd().split('\n').toSorted();
}

describeOnNode(
  'a second start on a healthy node',
  () => {
    it('writes nothing, asks nobody, and starts no program', async () => {
      await using node = await bootInstallerNode();
      await using mirror = await startMirror(node);
      const fromMirror = installer({
        mounts: [binDir, hostProc],
        env: { CNI_PLUGINS_ARCHIVE: '', CNI_PLUGINS_MIRRORS: mirror.url },
      });
      const first = await runInstaller(node, fromMirror);
      expect(first).toMatchObject({ exitCode: 0, report: { outcome: 'installed' } });
      const [before, requests] = [await traces(node), mirror.requests()];
      expect(before).toContainEqual(expect.stringContaining('/.cni-plugins-installer/'));
      expect(requests).toContainEqual(expect.stringContaining('/v1.9.1/cni-plugins-linux-'));

      const sandbox = await node.cri.runSandbox(thinPod);
      const programs = await programsStarted(node, sandbox, async () => {
        const { exitCode, report } = await runIn(sandbox, node, fromMirror);
        expect({ exitCode, report }).toMatchObject({
          exitCode: 0,
          report: { outcome: 'unchanged', plugins: { placed: [], failed: [] }, mounts: { changed: [] } },
        });
      });

      expect(await traces(node)).toEqual(before);
      expect(mirror.requests()).toEqual(requests);
      expect(programs).toEqual(['/usr/bin/node']);
    });

    it('is the same on a bin dir that became read-only', async () => {
      await using node = await bootInstallerNode();
      await runInstaller(node);
      const before = await traces(node);

      const readonly = [{ ...binDir, readonly: true }, hostProc];
      const run = await runInstaller(node, installer({ mounts: readonly, env: { CNI_PLUGINS_ARCHIVE: '' } }));

      expect(run).toMatchObject({ exitCode: 0, report: { outcome: 'unchanged' } });
      expect(await traces(node)).toEqual(before);
    });
  },
  ['strace'],
);
