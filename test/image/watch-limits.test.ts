// Proves that a watch lives within the limits of the chart, however often it is asked and however much it has to put back.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { thinPod } from '../support/node/multus-pod.ts';
import { startMirror } from '../support/node/node-mirror.ts';
import { type Container, type ContainerSpec, ended } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import type { ThrowawayNode } from '../throwaway-node/node.ts';
import { buildImage, type BuiltImage, contentOf, ownArch, remove } from './built-image.ts';
import { binDir, bootNodeWith, installer, limits } from './image-on-node.ts';
import { makeDisk } from './loop-disk.ts';
import { type MemoryPeak, withPeak } from './process-peak.ts';

const mebibyte = 1024 * 1024;
const shell = { hostPath: '/bin/busybox', containerPath: '/node/busybox', readonly: true };

let built: BuiltImage;

beforeAll(() => {
  built = buildImage({ args: ['--arch', ownArch] });
});

afterAll(() => remove(built));

/**
 * The image's own command line, with a shell of the node's around it: told to end, it ends the watch and writes what the
 * kernel has counted. The memory is limited as in the chart; the processor is not, for hundreds of repairs take their time.
 */
function countedWatch(): ContainerSpec {
  const { Entrypoint } = contentOf(built, ownArch).config.config;
  const counted =
    '/node/busybox cat /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null || /node/busybox cat /sys/fs/cgroup/memory.events';
  const script = `${Entrypoint.join(' ')} watch & watch=$!; trap 'kill $watch' TERM; wait $watch; wait $watch; echo "ended with $?"; ${counted}`;
  return installer(built, '', {
    name: 'watch',
    privileged: false,
    dropAllCapabilities: true,
    seccomp: 'RuntimeDefault',
    memoryLimitBytes: limits.memoryLimitBytes,
    command: [shell.containerPath, 'sh', '-c', script],
    mounts: [binDir, shell],
    env: { CNI_PLUGINS_REPAIR_BUDGET: '100000', CNI_PLUGINS_SHARE_MOUNTS: 'off' },
  });
}

const at = 'http://127.0.0.1:19917';

async function scrape(node: ThrowawayNode, times: number): Promise<void> {
  await node.host(`curl --silent --fail --output /dev/null '${at}/metrics?[1-${times}]'`);
}

const plugins = ['bridge', 'host-device', 'host-local', 'ipvlan', 'loopback', 'macvlan', 'portmap', 'static'];

/** Removes all plugins each time they are back: eight repairs a round. */
async function repairs(node: ThrowawayNode, rounds: number): Promise<void> {
  await node.host(`cd /opt/cni/bin; for round in $(seq ${rounds}); do rm ${plugins.join(' ')}
    for name in ${plugins.join(' ')}; do until [ -e $name ]; do sleep 0.02; done; done; done`);
}

function anonymous(peak: MemoryPeak): number {
  return Math.round(peak.anonymous / mebibyte);
}

async function readyOn(node: ThrowawayNode): Promise<true> {
  return eventually('it is ready', 60_000, async () =>
    node.host(`curl --silent --fail ${at}/readyz`).then(
      () => true as const,
      () => undefined,
    ),
  );
}

describeOnNode('a watch under 50 MiB', () => {
  it('does not grow over two thousand scrapes and five hundred repairs, and is never killed', async () => {
    using disk = makeDisk();
    await using node = await bootNodeWith(built, { preinit: disk.mountOn('/opt/cni/bin') });
    await using mirror = await startMirror(node);
    const sandbox = await node.cri.runSandbox(thinPod);
    expect(ended(await node.cri.runToEnd(sandbox, installer(built, mirror.url), 120_000))).toMatchObject({
      exitCode: 0,
    });
    const container: Container = await node.cri.run(sandbox, countedWatch());
    await readyOn(node);
    const warm = await withPeak(node, '/usr/bin/node', async () => {
      await scrape(node, 500);
      await repairs(node, 20);
    });

    const long = await withPeak(node, '/usr/bin/node', async () => {
      await scrape(node, 1500);
      await repairs(node, 43);
    });

    await node.cri.stopContainer(container, 10);
    const end = await node.cri.awaitEnd(container);
    expect(end.stdout).toContain('ended with 0');
    expect(end.stdout).toMatch(/^oom_kill 0$/m);
    console.log(`watching: anonymous ${anonymous(warm.peak)} MiB, later ${anonymous(long.peak)} MiB`);
    expect(anonymous(long.peak)).toBeLessThanOrEqual(32);
    expect(anonymous(long.peak) - anonymous(warm.peak)).toBeLessThanOrEqual(5);
  });
});
