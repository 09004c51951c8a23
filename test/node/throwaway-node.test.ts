// Proves that the throw-away node fails, and works, as a real node does, and that nothing of it stays.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { copyFileSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ContainerSpec, ended, RuntimeRefusal, type Sandbox } from '../throwaway-node/cri.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { makeDisk } from '../throwaway-node/lasting-disk.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import { installerImage, installerReference } from '../throwaway-node/images.ts';
import { bootNode, type CniConfig, type ThrowawayNode } from '../throwaway-node/node.ts';

const hostPod = { name: 'multus', hostNetwork: true, hostPid: true };
const makeRootShared = ['nsenter', '--target', '1', '--mount', '--', 'mount', '--make-rshared', '/'];

const bridgeConfig: CniConfig = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.0.0/24' }]] },
    },
  ],
};

function mounting(propagation: 'HostToContainer' | 'Bidirectional'): ContainerSpec {
  const binDir = { hostPath: '/opt/cni/bin', containerPath: '/host/opt/cni/bin', propagation };
  return { command: ['true'], privileged: true, mounts: [binDir] };
}

function refusal(words: string): unknown {
  return expect.objectContaining({
    method: 'CreateContainer',
    details: expect.stringMatching(`: ${words}$`),
  });
}

function tracesOf(name: string): string[] {
  return [
    ...globSync(`/sys/fs/cgroup/**/${name}`),
    ...globSync(join(import.meta.dirname, `../../build/throwaway-node/${name}`)),
  ];
}

describeOnNode('a pod that asks for mount propagation', () => {
  it('is refused on a private root mount, in the very words that real nodes have for it', async () => {
    await using node = await bootNode({ propagation: 'private' });
    const sandbox = await node.cri.runSandbox(hostPod);

    expect(await node.cri.runToEnd(sandbox, mounting('Bidirectional'))).toEqual(
      refusal('path "/opt/cni/bin" is mounted on "/" but it is not a shared mount'),
    );
    expect(await node.cri.runToEnd(sandbox, mounting('HostToContainer'))).toEqual(
      refusal('path "/opt/cni/bin" is mounted on "/" but it is not a shared or slave mount'),
    );
  });

  it('is refused on a slave root mount only what goes back to the host', async () => {
    await using node = await bootNode({ propagation: 'slave' });
    const sandbox = await node.cri.runSandbox(hostPod);

    expect(await node.cri.runToEnd(sandbox, mounting('Bidirectional'))).toEqual(
      refusal('path "/opt/cni/bin" is mounted on "/" but it is not a shared mount'),
    );
    expect(await node.cri.runToEnd(sandbox, mounting('HostToContainer'))).toMatchObject({ exitCode: 0 });
  });

  it('runs on a shared root mount', async () => {
    await using node = await bootNode({ propagation: 'shared' });
    const sandbox = await node.cri.runSandbox(hostPod);

    expect(await node.cri.runToEnd(sandbox, mounting('Bidirectional'))).toMatchObject({ exitCode: 0 });
    expect(await node.cri.runToEnd(sandbox, mounting('HostToContainer'))).toMatchObject({ exitCode: 0 });
  });

  it('runs once a private root mount has been shared from inside the pod', async () => {
    await using node = await bootNode({ propagation: 'private' });
    const sandbox = await node.cri.runSandbox(hostPod);
    const before = await node.mountinfo('/opt/cni/bin');

    ended(await node.cri.runToEnd(sandbox, { command: makeRootShared, privileged: true }));

    expect(before).toMatchObject({ mountPoint: '/', shared: false });
    expect(await node.mountinfo('/opt/cni/bin')).toMatchObject({ mountPoint: '/', shared: true });
    expect(await node.cri.runToEnd(sandbox, mounting('Bidirectional'))).toMatchObject({ exitCode: 0 });
  });
});

describeOnNode('a container on a throw-away node', () => {
  let node: ThrowawayNode;
  let sandbox: Sandbox;

  beforeAll(async () => {
    node = await bootNode();
    sandbox = await node.cri.runSandbox(hostPod);
  });

  afterAll(() => node.stop());

  it('hands back what it wrote, how it ended, and its termination message', async () => {
    const script = 'echo out; echo err >&2; printf why >/dev/termination-log; exit 3';

    expect(await node.cri.runToEnd(sandbox, { command: ['sh', '-c', script] })).toEqual({
      exitCode: 3,
      reason: 'Error',
      stdout: 'out\n',
      stderr: 'err\n',
      terminationMessage: 'why',
    });
  });

  it('is confined as its spec says', async () => {
    const script = 'id -u; grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status; touch /file';

    const { stdout, stderr } = ended(
      await node.cri.runToEnd(sandbox, {
        command: ['sh', '-c', script],
        uid: 1000,
        dropAllCapabilities: true,
        addCapabilities: ['CHOWN'],
        noNewPrivs: true,
        readonlyRootfs: true,
      }),
    );

    expect(stdout.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      '1000',
      'CapBnd: 0000000000000001',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
    expect(stderr).toContain('Read-only file system');
  });

  it('is killed when it outgrows its memory limit', async () => {
    const hungry = { command: ['tail', '/dev/zero'], memoryLimitBytes: 16 * 1024 * 1024 };

    expect(await node.cri.runToEnd(sandbox, hungry)).toMatchObject({ reason: 'OOMKilled' });
  });

  it('runs further commands for as long as it stays', async () => {
    const container = await node.cri.run(sandbox, { command: ['sleep', '1000'] });

    expect(await node.cri.exec(container, ['sh', '-c', 'echo out; exit 4'])).toEqual({
      exitCode: 4,
      stdout: 'out\n',
      stderr: '',
    });

    await node.cri.stopContainer(container, 0);
    expect(await node.cri.awaitEnd(container)).toMatchObject({ exitCode: 137 });
    await node.cri.removeContainer(container);
  });
});

describeOnNode('a throw-away node', () => {
  it('names the CNI plugin that is missing, and networks pods once it is there', async () => {
    await using node = await bootNode();
    copyFileSync('/usr/lib/cni/loopback', join(node.binDir, 'loopback'));
    await node.writeCniConfig(bridgeConfig);

    await expect(node.cri.runSandbox({ name: 'early' })).rejects.toMatchObject({
      method: 'RunPodSandbox',
      details: expect.stringContaining('failed to find plugin "bridge" in path [/opt/cni/bin]'),
    });

    await node.host('cp /usr/lib/cni/bridge /usr/lib/cni/host-local /opt/cni/bin');
    const late = await node.cri.runSandbox({ name: 'late' });
    expect(await node.cri.sandboxAddress(late)).toMatch(/^10\.244\.0\.\d+$/);
    await node.cri.removeSandbox(late);
  });

  it('leaves no process, cgroup or directory behind when it is stopped', async () => {
    const node = await bootNode();
    const name = (await node.host('hostname')).trim();
    await node.cri.run(await node.cri.runSandbox(hostPod), { command: ['sleep', '1000'] });
    expect(tracesOf(name)).not.toEqual([]);

    await node.stop();

    expect(tracesOf(name)).toEqual([]);
    expect(existsSync(`/proc/${node.pid}`)).toBe(false);
    expect(existsSync(`/proc/${node.runtimePid}`)).toBe(false);
  });

  it('goes away even when the process that booted it is killed', async () => {
    const library = join(import.meta.dirname, '../throwaway-node/node.ts');
    const script = `const { bootNode } = await import(${JSON.stringify(library)});
      const node = await bootNode();
      process.stdout.write(await node.host('hostname'));`;
    const booter = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    const [output] = await once(booter.stdout.setEncoding('utf8'), 'data');
    const name = String(output).trim();
    expect(tracesOf(name)).not.toEqual([]);

    booter.kill('SIGKILL');

    await eventually('the end of the node', 10_000, async () =>
      tracesOf(name).length === 0 ? true : undefined,
    );
  });
});

describeOnNode('booting a throw-away node', () => {
  it('can put the runtime into a mount namespace of its own', async () => {
    const runtimeCommand = ['unshare', '--mount', '--propagation', 'private', 'containerd'];
    await using node = await bootNode({ propagation: 'shared', runtimeCommand });
    const sandbox = await node.cri.runSandbox(hostPod);

    expect(await node.mountinfo('/')).toMatchObject({ shared: true });
    expect(await node.mountinfo('/', node.runtimePid)).toMatchObject({ shared: false });
    expect(await node.cri.runToEnd(sandbox, mounting('Bidirectional'))).toBeInstanceOf(RuntimeRefusal);
  });

  it('can leave it without any network but the loopback', async () => {
    await using node = await bootNode({ network: 'loopback' });

    expect(await node.host('ls /sys/class/net')).toBe('lo\n');
  });

  it('runs the commands that prepare it, with its environment', async () => {
    await using node = await bootNode({ preinit: 'echo "$COLOUR" >/etc/colour', env: { COLOUR: 'red' } });

    expect(await node.host('cat /etc/colour')).toBe('red\n');
  });

  it('finds on its disk what the node before has left there, images too, and nothing of its mounts', async () => {
    await using scratch = await mkdtempDisposable(join(tmpdir(), 'disk-'));
    const disk = join(scratch.path, 'disk');
    await makeDisk(disk);
    {
      await using before = await bootNode({ disk });
      await before.host('echo kept >/opt/cni/bin/kept && mount --make-rshared /');
    }
    await using node = await bootNode({ disk, images: [] });

    expect(await node.host('cat /opt/cni/bin/kept')).toBe('kept\n');
    expect(await node.mountinfo('/')).toMatchObject({ shared: false });
    expect(await node.cri.imageReferences()).toContain('localhost/busybox:test');
  });

  it('sees a directory of this machine, and can write nothing to it', async () => {
    await using scratch = await mkdtempDisposable(join(tmpdir(), 'bound-'));
    writeFileSync(join(scratch.path, 'file'), 'from outside');
    await using node = await bootNode({ binds: { '/run/bound': scratch.path } });

    expect(await node.host('cat /run/bound/file')).toBe('from outside');
    await expect(node.host('echo >/run/bound/file')).rejects.toThrow('Read-only file system');
  });

  it('says what went wrong when they fail', async () => {
    await expect(bootNode({ preinit: 'echo no such luck; exit 1' })).rejects.toThrow('no such luck');
  });

  it('serves the installer image, whose entry point is the bundle', async () => {
    const bundleDir = mkdtempSync(join(tmpdir(), 'bundle-'));
    writeFileSync(
      join(bundleDir, 'cni-plugins-installer.js'),
      'console.log(process.pid, import.meta.filename);',
    );
    await using node = await bootNode({ images: [await installerImage(bundleDir)] });
    rmSync(bundleDir, { recursive: true });
    const sandbox = await node.cri.runSandbox({ name: 'multus', hostNetwork: true });

    expect(await node.cri.runToEnd(sandbox, { image: installerReference })).toMatchObject({
      exitCode: 0,
      stdout: '1 /app/cni-plugins-installer.js\n',
    });
  });
});
