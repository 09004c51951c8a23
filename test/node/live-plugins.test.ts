// Proves that plugins are replaced under a node that is using them, and nobody notices.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../throwaway-node/command.ts';
import { RuntimeRefusal } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { bootInstallerNode, current, installer, runInstaller } from '../support/node/installer-container.ts';
import { bridgeNetwork } from '../support/node/networks.ts';
import { deliverArchive, type PluginsArchive, pluginsArchive } from '../support/node/plugins-archive.ts';

const old = 'v1.6.2';

function digest(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** By tar(1), not by the code under test. */
async function digestInArchive({ path }: PluginsArchive, plugin: string): Promise<string> {
  const listing = await run('sh', ['-c', 'tar -xOf "$1" "./$2" | sha256sum', 'sh', path, plugin]);
  return listing.slice(0, 64);
}

/** Starts it on the node, where it stays. Resolves to its pid as seen from here. */
async function startDhcpDaemon(node: ThrowawayNode): Promise<number> {
  await node.host('mkdir -p /run/cni; /opt/cni/bin/dhcp daemon >/run/dhcp.log 2>&1 &');
  return eventually('the dhcp daemon', 10_000, async () => {
    if (!existsSync(join(node.root, 'run/cni/dhcp.sock'))) return undefined;
    return pidOf('/opt/cni/bin/dhcp', node);
  });
}

async function pidOf(program: string, node: ThrowawayNode): Promise<number | undefined> {
  const namespace = readlinkSync(`/proc/${node.pid}/ns/pid`);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const isThere = readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
      return isThere && readlinkSync(`/proc/${pid}/exe`).startsWith(program);
    } catch {
      // It has ended since, or is a kernel thread.
      return false;
    }
  });
  return found === undefined ? undefined : Number(found);
}

describeOnNode('a plugin that is running', () => {
  it('lives on with its old bytes, while its name leads to the new ones', async () => {
    const [before, after] = [pluginsArchive(old), pluginsArchive(current)];
    await using node = await bootInstallerNode();
    await deliverArchive(node, before);
    const onlyDhcp = { env: { CNI_PLUGINS: 'dhcp' } };
    await runInstaller(node, installer(onlyDhcp, before));
    const pid = await startDhcpDaemon(node);

    const { exitCode, report } = await runInstaller(node, installer(onlyDhcp, after));

    expect({ exitCode, report }).toMatchObject({ exitCode: 0, report: { plugins: { placed: ['dhcp'] } } });
    expect(digest(readFileSync(`/proc/${pid}/exe`))).toBe(await digestInArchive(before, 'dhcp'));
    expect(digest(readFileSync(join(node.binDir, 'dhcp')))).toBe(await digestInArchive(after, 'dhcp'));
    expect(await readdir(node.binDir)).toEqual(['.cni-plugins-installer', 'dhcp']);
  });
});

interface Attachments {
  attached: number;
  readonly failures: string[];
}

const enough = '/run/enough';

/** Makes and removes pods until there is enough, and keeps count. */
async function attachPods(node: ThrowawayNode): Promise<Attachments> {
  const seen: Attachments = { attached: 0, failures: [] };
  while (!existsSync(join(node.root, enough))) {
    try {
      const pod = await node.cri.runSandbox({ name: 'pod' });
      if ((await node.cri.sandboxAddress(pod)) !== undefined) seen.attached += 1;
      await node.cri.removeSandbox(pod);
    } catch (error) {
      if (!(error instanceof RuntimeRefusal)) throw error;
      seen.failures.push(error.message);
    }
  }
  return seen;
}

/** Starts plugins as often as the node can, much oftener than pods do, until there is enough. Resolves to what failed. */
async function startPlugins(node: ThrowawayNode): Promise<string> {
  const once = '"/opt/cni/bin/$plugin" 2>/run/said || { echo "$plugin: $?"; cat /run/said; }';
  return node.host(
    `until [ -e ${enough} ]; do for plugin in bridge host-local loopback; do ${once}; done; done`,
  );
}

/** Installs one after the other. Resolves to what each came to: its version, or why it failed. */
async function switchBetween(
  node: ThrowawayNode,
  releases: readonly PluginsArchive[],
): Promise<(string | null)[]> {
  const came: (string | null)[] = [];
  for (const archive of releases) {
    const { report } = await runInstaller(node, installer({}, archive));
    came.push(report.outcome === 'failed' ? report.summary : report.version);
  }
  return came;
}

describeOnNode('an upgrade while pods come and go', () => {
  it('fails no pod and no start of a plugin, forward and back again', async () => {
    const [before, after] = [pluginsArchive(old), pluginsArchive(current)];
    await using node = await bootInstallerNode();
    await deliverArchive(node, before);
    await runInstaller(node, installer({}, before));
    await node.writeCniConfig(bridgeNetwork);

    const using = Promise.all([attachPods(node), startPlugins(node)]);
    const versions = await switchBetween(node, [after, before, after]).finally(() =>
      writeFileSync(join(node.root, enough), ''),
    );
    const [pods, failedStarts] = await using;

    expect(versions).toEqual([current, old, current]);
    expect(pods.failures).toEqual([]);
    expect(pods.attached).toBeGreaterThan(versions.length);
    expect(failedStarts).toBe('');
  });
});
