// The demo with a real container runtime: a node that Multus can't work on, our init container, and the cure.

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import {
  type ContainerSpec,
  type EndedContainer,
  RuntimeRefusal,
  type Sandbox,
} from '../throwaway-node/cri.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import {
  bootInstallerNode,
  installer,
  type InstallerRun,
  runIn,
} from '../support/node/installer-container.ts';
import { installMultusBinary, mountOfMultus, thinPod } from '../support/node/multus-pod.ts';
import { macvlanNetwork } from '../support/node/networks.ts';
import type { PluginsArchive } from '../support/node/plugins-archive.ts';
import { showCauses, showCausesGone } from './doctor-act.ts';
import { showWatch } from './watch-act.ts';
import { act, elapsed, fact, given, meanwhile, quoteError, quoteLog, say, title } from './narration.ts';

/** Rejects as soon as something is not as it is told. */
export async function demonstrateOnNode(archive: PluginsArchive): Promise<void> {
  title("A Kubernetes node on which Multus can't work, and its cure");
  const pid = await tellStory(archive);
  assert(!existsSync(`/proc/${pid}`), 'the node should be gone');
  say();
  say(`All of it happened on a real container runtime, in ${elapsed()}. The node is gone again.`);
}

/** Resolves to the number that the node's first process had. */
async function tellStory(archive: PluginsArchive): Promise<number> {
  const booting = bootInstallerNode({ propagation: 'private' });
  await using node = await meanwhile('starting a node; the first time that takes half a minute', booting);
  await node.writeCniConfig(macvlanNetwork);
  const multus = await node.cri.runSandbox(thinPod);
  await introduce(node, archive);

  act(1, 'What goes wrong');
  const unshared = await showUnsharedMount(node, multus);
  say();
  const missing = await showMissingPlugin(node);
  const errors = [unshared, missing];

  act(2, 'Why? `doctor` looks');
  await showCauses(node, multus, errors);

  act(3, 'Our init container runs first in the Multus pod');
  await cure(node, multus);

  act(4, 'The same two again');
  await showMultusRunning(node, multus);
  await showPodsWithNetwork(node);
  await showSecondStart(node, multus);
  await showCausesGone(node, multus, errors);

  act(5, 'And it stays so: `watch`');
  await showWatch(node, multus);
  return node.pid;
}

async function introduce(node: ThrowawayNode, { version, origin }: PluginsArchive): Promise<void> {
  const { shared } = await node.mountinfo('/opt/cni/bin');
  assert.equal(shared, false, 'the mount of the CNI bin dir should be private');
  assert.deepEqual(readdirSync(node.binDir), [], 'the CNI bin dir should be empty');
  given('node', `containerd ${await node.cri.version()}, started for this demo; this machine stays as it is`);
  given('', 'its / is private, and its /opt/cni/bin is empty');
  given('pods', "as in Multus' manifests, with busybox in place of Multus' own programs");
  given('plugins', `${version}, ${origin === 'upstream' ? "upstream's release" : origin}`);
}

async function showUnsharedMount(node: ThrowawayNode, multus: Sandbox): Promise<string> {
  say(
    'Multus wants to share /opt/cni/bin with the host (mountPropagation: Bidirectional). The runtime says:',
  );
  const refusal = await node.cri.runToEnd(multus, installMultusBinary);
  assert(refusal instanceof RuntimeRefusal, 'the runtime should have refused Multus on a private /');
  const essence = 'path "/opt/cni/bin" is mounted on "/" but it is not a shared mount';
  requireWords(refusal, essence);
  quoteError(refusal.details, essence);
  return refusal.details;
}

async function showMissingPlugin(node: ThrowawayNode): Promise<string> {
  say('A pod asks for a macvlan network. The runtime says:');
  const essence = 'failed to find plugin "macvlan" in path [/opt/cni/bin]';
  const refusal = await refusedPod(node, essence);
  requireWords(refusal, essence);
  quoteError(refusal.details, essence);
  return refusal.details;
}

/** The runtime sets up loopback and macvlan at once and reports what it misses first, so it may take a few tries. */
async function refusedPod(node: ThrowawayNode, words: string, tries = 20): Promise<RuntimeRefusal> {
  const refusal = await node.cri.runSandbox({ name: 'app' }).catch((error: unknown) => error);
  assert(refusal instanceof RuntimeRefusal, 'the runtime should have refused a pod without its plugin');
  return refusal.details.includes(words) || tries <= 1 ? refusal : refusedPod(node, words, tries - 1);
}

function requireWords({ details }: RuntimeRefusal, words: string): void {
  assert(details.includes(words), `the runtime refused for another reason than expected: ${details}`);
}

async function cure(node: ThrowawayNode, multus: Sandbox): Promise<void> {
  const startMs = performance.now();
  const run = await runIn(multus, node, installer());
  quoteLog(run.stderr);
  requireReport(run, 'installed');
  say();
  say(`It ended with status 0 after ${elapsed(startMs)}.`);
}

function requireReport({ exitCode, report, stderr }: InstallerRun, outcome: string): void {
  assert.equal(exitCode, 0, `the installer failed with status ${exitCode}:\n${stderr}`);
  assert.equal(report.outcome, outcome, `the installer's report says: ${report.summary}`);
  assert.equal(report.mounts?.shared, true, `the mounts should be shared: ${report.summary}`);
}

async function showMultusRunning(node: ThrowawayNode, multus: Sandbox): Promise<void> {
  await succeed(node, multus, installMultusBinary);
  const { mountPoint } = await node.mountinfo(mountOfMultus);
  assert.equal(mountPoint, mountOfMultus, 'what Multus mounted should have reached the host');
  fact(`Multus' container ran, and what it mounted at ${mountOfMultus} has reached the host`);
}

async function showPodsWithNetwork(node: ThrowawayNode): Promise<void> {
  const app = await node.cri.runSandbox({ name: 'app' });
  const client = await node.cri.runSandbox({ name: 'client' });
  const address = await node.cri.sandboxAddress(app);
  assert(address !== undefined, 'the pod should have an address');
  const { stdout } = await succeed(node, app, { command: ['ip', '-oneline', '-4', 'address'] });
  assert(stdout.includes(` ${address}/24 `), `the pod's own view lacks ${address}:\n${stdout}`);
  await succeed(node, client, { command: ['ping', '-c', '1', '-W', '5', address] });
  fact(`The pod runs with macvlan address ${address}, and another pod can ping it`);
}

async function succeed(node: ThrowawayNode, sandbox: Sandbox, spec: ContainerSpec): Promise<EndedContainer> {
  const end = await node.cri.runToEnd(sandbox, spec);
  if (end instanceof RuntimeRefusal) throw end;
  assert.equal(end.exitCode, 0, `${spec.name ?? spec.command?.join(' ')} failed:\n${end.stderr}`);
  return end;
}

async function showSecondStart(node: ThrowawayNode, multus: Sandbox): Promise<void> {
  const run = await runIn(multus, node, installer());
  requireReport(run, 'unchanged');
  fact(`A second start of the init container finds nothing to do: ${run.stderr.trim()}`);
}
