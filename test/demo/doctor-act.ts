// The demo's act of `doctor`: both error texts pasted as they are, the two causes, and that they are gone after the cure.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binDir, hostProc } from '../support/node/installer-container.ts';
import { ended, type EndedContainer, type HostPathMount, type Sandbox } from '../throwaway-node/cri.ts';
import { installerReference } from '../throwaway-node/images.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { fact, quoteLog, say } from './narration.ts';

const confDir: HostPathMount = {
  hostPath: '/etc/cni/net.d',
  containerPath: '/host/etc/cni/net.d',
  readonly: true,
};
const pasted: HostPathMount = { hostPath: '/var/tmp/pasted', containerPath: '/pasted', readonly: true };

export async function showCauses(node: ThrowawayNode, pod: Sandbox, texts: readonly string[]): Promise<void> {
  say('Both of them, pasted as they are into `doctor --explain -`, on this node:');
  say();
  const { exitCode, stdout } = await explain(node, pod, texts);
  quoteLog(stdout);
  assert.equal(exitCode, 9, 'doctor should have found something');
  for (const cause of ['mount-not-shared', 'plugin-absent']) {
    const here = new RegExp(String.raw`yes, and here is why: [^>]*\(${cause}\)\s+what to do: \S`);
    assert.match(stdout, here, `doctor should have found ${cause}`);
  }
  assert.match(stdout, /nothing else found/, 'there are two causes and no more');
}

export async function showCausesGone(
  node: ThrowawayNode,
  pod: Sandbox,
  texts: readonly string[],
): Promise<void> {
  const { exitCode, stdout } = await explain(node, pod, texts);
  assert.equal(stdout.match(/that text, but not on this node now/g)?.length, 2, stdout);
  assert.equal(exitCode, 0, stdout);
  fact('Of both texts `doctor` says: that text, but not on this node now');
}

/** As in a debug container: it may look at all of the node. */
async function explain(node: ThrowawayNode, pod: Sandbox, texts: readonly string[]): Promise<EndedContainer> {
  const directory = join(node.root, pasted.hostPath);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'errors'), texts.join('\n'));
  const end = await node.cri.runToEnd(
    pod,
    {
      name: 'doctor',
      image: installerReference,
      args: ['doctor', '--explain', `${pasted.containerPath}/errors`],
      privileged: true,
      mounts: [{ ...binDir, readonly: true }, hostProc, confDir, pasted],
    },
    60_000,
  );
  return ended(end);
}
