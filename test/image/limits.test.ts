// Proves that the installer lives within the limits of the documented manifest, as the kernel enforces and counts them.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Mirror, startMirror } from '../support/node/node-mirror.ts';
import { thinPod } from '../support/node/multus-pod.ts';
import { type ContainerSpec, ended } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { buildImage, type BuiltImage, contentOf, ownArch, remove } from './built-image.ts';
import { makeDisk } from './loop-disk.ts';
import { binDir, bootNodeWith, defaultPlugins, hostProc, installer, limits } from './image-on-node.ts';
import { withPeak } from './process-peak.ts';

const mebibyte = 1024 * 1024;

const shell = { hostPath: '/bin/busybox', containerPath: '/node/busybox', readonly: true };

/** On that disk too, by a mount of its own: what is kept there is copied. */
const spare = { hostPath: '/opt/cni/bin/.spare', containerPath: '/host/var/lib/cni-plugins-installer' };

let built: BuiltImage;

beforeAll(() => {
  built = buildImage({ args: ['--arch', ownArch] });
});

afterAll(() => remove(built));

/**
 * The image's own command line, with a shell of the node's around it, since the image has none: when the installer has
 * ended it writes what the kernel has counted in the container's cgroup, which is gone together with the container.
 */
function countedInstaller(mirror: Mirror): ContainerSpec {
  const { Entrypoint } = contentOf(built, ownArch).config.config;
  const v1 =
    'cd /sys/fs/cgroup/memory && /node/busybox cat memory.oom_control memory.limit_in_bytes memory.max_usage_in_bytes';
  // A privileged container sees the cgroups of the whole node there.
  const own = '$(/node/busybox sed s/^0::// /proc/self/cgroup)';
  const v2 = `cd "/sys/fs/cgroup/${own}" && /node/busybox cat memory.events memory.max memory.peak`;
  const script = `${Entrypoint.join(' ')} || exit; (${v1}) 2>/dev/null || (${v2})`;
  return installer(built, mirror.url, {
    ...limits,
    command: [shell.containerPath, 'sh', '-c', script],
    env: { CNI_PLUGINS_SPARE_STORE: spare.containerPath },
    mounts: [binDir, hostProc, spare, shell],
  });
}

/** `oom_kill` of the cgroup, and the limit that it really had. */
function countedBy(output: string): { oomKills: number; limitBytes: number; peakBytes: number } {
  const [limitBytes = 0, peakBytes = 0] = [...output.matchAll(/^(\d+)$/gm)].map(([, text]) => Number(text));
  return { oomKills: Number(/^oom_kill (\d+)$/m.exec(output)?.[1] ?? Number.NaN), limitBytes, peakBytes };
}

/** What the installer said of its failure, for whoever reads that of the test. */
function failureOf({ stderr }: { readonly stderr: string }): string {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('error: '))
    .join('\n');
}

describeOnNode('under 50 MiB and 100m CPU', () => {
  it('downloads and installs the default plugins, and starts again on them, without an OOM kill', async () => {
    using disk = makeDisk();
    await using node = await bootNodeWith(built, { preinit: disk.mountOn('/opt/cni/bin') });
    await node.host(`mkdir ${spare.hostPath}`);
    await using mirror = await startMirror(node);
    const sandbox = await node.cri.runSandbox(thinPod);
    const start = async () => ended(await node.cri.runToEnd(sandbox, countedInstaller(mirror), 120_000));

    const first = await withPeak(node, '/usr/bin/node', start);
    const second = await withPeak(node, '/usr/bin/node', start);

    for (const { result } of [first, second]) {
      expect({ ...result, failure: failureOf(result) }).toMatchObject({
        exitCode: 0,
        reason: 'Completed',
        failure: '',
      });
      expect(countedBy(result.stdout)).toMatchObject({ oomKills: 0, limitBytes: limits.memoryLimitBytes });
    }
    expect(JSON.parse(first.result.terminationMessage ?? '')).toMatchObject({
      outcome: 'installed',
      plugins: { placed: defaultPlugins },
      mounts: { shared: true },
    });
    expect(JSON.parse(second.result.terminationMessage ?? '')).toMatchObject({ outcome: 'unchanged' });
    const kept = await node.host(`ls ${spare.hostPath}/store | wc -l`);
    expect(Number(kept)).toBe(defaultPlugins.length);
    const inMebibytes = ({ peak }: typeof first): string =>
      `resident ${(peak.resident / mebibyte).toFixed(0)} MiB, anonymous ${(peak.anonymous / mebibyte).toFixed(0)} MiB`;
    console.log(
      `installing: ${inMebibytes(first)}, ${JSON.stringify(countedBy(first.result.stdout))}, ${first.result.terminationMessage?.match(/"durationMs":\d+/)?.[0]}`,
    );
    console.log(
      `nothing to do: ${inMebibytes(second)}, ${second.result.terminationMessage?.match(/"durationMs":\d+/)?.[0]}`,
    );
    // What can't be given back; the rest of the resident memory is the page cache's.
    expect(first.peak.anonymous).toBeLessThan(40 * mebibyte);
    expect(second.peak.anonymous).toBeLessThan(20 * mebibyte);
  });
});
