// Promises about a bin dir that the node's runtime does not use: whoever fills it says so, at each start, with the right one.

import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { layOutRelease } from '../support/release-archives.ts';

/** Of the made-up host: the runtime of its pods, Docker's, the shim that started us, and ourselves. */
const [runtime, docker, shim, own] = [800, 810, 900, 901];

type Files = Readonly<Record<string, string>>;

/** A procfs in which a runtime runs pods, configured by these files; the mounts are this machine's. */
function hostProc(node: TestNode, files: Files, name = 'containerd'): string {
  const directory = join(node.directory, 'host-proc');
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  const addProcess = (pid: number, comm: string, parent: number): void => {
    write(`${pid}/stat`, `${pid} (${comm}) S ${'0 '.repeat(18)}0 0\n`);
    write(`${pid}/cmdline`, `/usr/bin/${comm}\0`);
    write(`${pid}/status`, `Name:\t${comm}\nPPid:\t${parent}\n`);
    write(`${pid}/mountinfo`, readFileSync('/proc/self/mountinfo', 'utf8'));
    mkdirSync(join(directory, `${pid}/ns`));
    symlinkSync(`mnt:[${pid === own ? 200 : 100}]`, join(directory, `${pid}/ns/mnt`));
  };
  addProcess(1, 'systemd', 0);
  addProcess(runtime, name, 1);
  addProcess(docker, 'containerd', 1);
  addProcess(shim, 'containerd-shim', 1);
  addProcess(own, 'node', shim);
  symlinkSync(String(own), join(directory, 'self'));
  // What it would do is no matter: it runs no pods.
  const unused = looksIn(realpathSync(node.binDir));
  write(`${docker}/root/etc/containerd/config.toml`, `disabled_plugins = ["cri"]\n${unused}`);
  mkdirSync(join(directory, `${runtime}/root`));
  for (const [path, text] of Object.entries(files)) write(`${runtime}/root${path}`, text);
  return directory;
}

function looksIn(binDir: string): string {
  return `version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n  bin_dir = "${binDir}"\n`;
}

const mainFile = '/etc/containerd/config.toml';

async function install(node: TestNode, procfs: string): Promise<Run> {
  const { path, sha256 } = layOutRelease(node.archives);
  return runInstaller(node, ['--archive', path, '--sha256', sha256, '--host-proc', procfs]);
}

const elsewhere = expect.stringMatching(
  /^containerd looks for plugins in \/opt\/cni\/bin, but \S+ is \S+\/opt\/cni\/bin of the host \(mount \/opt\/cni\/bin of the host at .*`distribution`/,
);

describe('a bin dir in which the runtime does not look', () => {
  it('is a warning at every start, with the directory that it uses and what to set', async () => {
    using node = createNode();
    const procfs = hostProc(node, {});

    const first = await install(node, procfs);
    const second = await install(node, procfs);

    expect(first).toMatchObject({ exitStatus: 0, report: { outcome: 'installed', warnings: [elsewhere] } });
    expect(first.stderr).toContain('containerd looks for plugins in /opt/cni/bin, but');
    expect(second).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged', warnings: [elsewhere] } });
  });

  it('is not looked for again once the network of the node has its own plugins there', async () => {
    using node = createNode();
    const procfs = hostProc(node, {});
    await install(node, procfs);
    writeFileSync(join(node.binDir, 'cilium-cni'), '#!/bin/sh\n', { mode: 0o755 });

    const { report } = await install(node, procfs);

    expect(report).toMatchObject({ outcome: 'unchanged' });
    expect(report?.warnings).toBeUndefined();
  });
});

describe('a bin dir that the runtime uses is no word worth', () => {
  it.each<[how: string, configured: (binDir: string) => Files, name?: string]>([
    ['by its configuration', (binDir) => ({ [mainFile]: looksIn(binDir) })],
    [
      'by a file that its configuration imports',
      (binDir) => ({
        [mainFile]: `imports = ["conf.d/*.toml"]\n${looksIn('/opt/cni/bin')}`,
        '/etc/containerd/conf.d/10-cni.toml': looksIn(binDir),
      }),
    ],
    [
      "by a file in CRI-O's directory of them, which goes before its main one",
      (binDir) => ({
        '/etc/crio/crio.conf': '[crio.network]\nplugin_dirs = ["/opt/cni/bin/"]\n',
        '/etc/crio/crio.conf.d/10-cni.conf': `[crio.network]\nplugin_dirs = [\n  "/usr/libexec/cni",\n  "${binDir}",\n]\n`,
      }),
      'crio',
    ],
  ])('%s', async (_how, configured, name) => {
    using node = createNode();

    const { report } = await install(node, hostProc(node, configured(realpathSync(node.binDir)), name));

    expect(report?.warnings).toBeUndefined();
  });

  it('by a link that leads to it', async () => {
    using node = createNode();
    const procfs = hostProc(node, {});
    const root = join(procfs, `${runtime}/root`);
    mkdirSync(join(root, 'opt/cni'), { recursive: true });
    symlinkSync(realpathSync(node.binDir), join(root, 'opt/cni/bin'));

    const { report } = await install(node, procfs);

    expect(report?.warnings).toBeUndefined();
  });

  it('as far as anybody can tell who can not look into the runtime', async () => {
    using node = createNode();
    const nothing = join(node.directory, 'nothing');
    mkdirSync(nothing);

    const { report } = await install(node, nothing);

    expect(report?.warnings).toBeUndefined();
  });
});
