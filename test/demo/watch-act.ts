// The demo's last act: a hand that deletes a plugin, and a watch that puts it back.

import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binDir } from '../support/node/installer-container.ts';
import type { Container, Sandbox } from '../throwaway-node/cri.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { elapsed, fact, quoteLog, say } from './narration.ts';

export async function showWatch(node: ThrowawayNode, multus: Sandbox): Promise<void> {
  const watch = await node.cri.run(multus, {
    name: 'watch',
    image: installerReference,
    args: ['watch', '--share-mounts', 'off'],
    privileged: false,
    dropAllCapabilities: true,
    mounts: [binDir],
  });
  await eventually('the watch listens', 30_000, async () =>
    node.host('curl --silent --fail http://127.0.0.1:19917/readyz').then(
      () => true as const,
      () => undefined,
    ),
  );
  fact('a container without any capability watches the bin dir');
  const plugin = join(node.binDir, 'macvlan');
  say('rm /opt/cni/bin/macvlan');
  const startMs = performance.now();
  rmSync(plugin);
  await eventually('macvlan is back', 20_000, async () => existsSync(plugin) || undefined);
  const took = elapsed(startMs);
  await node.cri.runSandbox({ name: 'later' });
  fact(`macvlan was back after ${took}, and the next pod has its network`);
  await endOf(node, watch);
}

async function endOf(node: ThrowawayNode, watch: Container): Promise<void> {
  await node.cri.stopContainer(watch, 10);
  const { exitCode, stderr } = await node.cri.awaitEnd(watch);
  assert.equal(exitCode, 0, `the watch should have ended with 0:\n${stderr}`);
  quoteLog(stderr);
}
