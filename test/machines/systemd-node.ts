// A machine that is a node as most are: systemd, cgroup v2, AppArmor, and a containerd that runs pods.

import { buildSync } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import { type BuiltImage, imageForNode } from '../image/built-image.ts';
import { project } from '../support/project.ts';
import type { PluginsArchive } from '../support/node/plugins-archive.ts';
import { busyboxImage, pauseImage } from '../throwaway-node/images.ts';
import { acceleratorFor } from './accelerator.ts';
import { guestPackages } from './guest-packages.ts';
import { bootMachine, type Machine } from './machine.ts';
import type { PodRequest, PodResults } from './pods-in-guest.ts';
import { cargoOf } from './scratch-drive.ts';
import { systemDrive } from './system-drive.ts';
import { systemdDrive } from './systemd-root.ts';

/** Debian's, or the one that test/setup/tools.sh builds. */
export type Runtime = 'containerd 1.6' | 'containerd 2';

export const containerd2 = join(project, 'build/tools/containerd');

export interface SystemdNodeOptions {
  readonly built: BuiltImage;
  readonly archive: PluginsArchive;
  readonly runtime: Runtime;
  /** Shell code that runs before containerd starts. */
  readonly beforeRuntime: string;
}

export class SystemdNode implements AsyncDisposable {
  readonly machine: Machine;
  readonly #undo: AsyncDisposableStack;
  #pods = 0;

  constructor(machine: Machine, undo: AsyncDisposableStack) {
    this.machine = machine;
    this.#undo = undo;
  }

  /** Runs the containers one after the other in a new pod, which is gone afterwards. */
  async runPod(request: PodRequest): Promise<PodResults> {
    this.#pods += 1;
    const pod = { ...request.pod, name: `${request.pod.name}-${this.#pods}` };
    const client = '/system/image/usr/bin/node /cargo/pods-in-guest.cjs';
    const input = JSON.stringify({ ...request, pod });
    return JSON.parse(await this.machine.run(`${client} <<'END'\n${input}\nEND`, 900_000)) as PodResults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

/** Takes a minute under emulation. The caller says `await using`, or disposes it. */
export async function bootSystemdNode(options: SystemdNodeOptions): Promise<SystemdNode> {
  await using undo = new AsyncDisposableStack();
  const cargo = undo.use(cargoOf(await filesFor(options)));
  const root = undo.use(systemdDrive());
  const drives = [systemDrive(options.built, 'amd64'), root.drive, cargo.drive];
  const accelerator = await acceleratorFor('amd64');
  const kernelArguments = ['machine.root=/dev/vdb', 'rw'];
  const machine = undo.use(
    await bootMachine({ arch: 'amd64', accelerator, drives, kernelArguments, memoryMebibytes: 1536 }),
  );
  await machine.run(startRuntime(options), 400_000);
  return new SystemdNode(machine, undo.move());
}

async function filesFor({ built, archive, runtime }: SystemdNodeOptions): Promise<Record<string, Buffer>> {
  const images = [await pauseImage(), await busyboxImage(), imageForNode(built)];
  const tarred = images.map((image, index) => [`image-${index}.tar`, tarOf(image.layout)] as const);
  const programs = ['containerd', 'containerd-shim-runc-v2', 'ctr'];
  const config = runtime === 'containerd 2' ? 'containerd-2.toml' : 'containerd-1.toml';
  return {
    ...Object.fromEntries(tarred),
    ...(runtime === 'containerd 2'
      ? Object.fromEntries(programs.map((name) => [name, readFileSync(join(containerd2, name))]))
      : {}),
    'config.toml': confining(readFileSync(join(project, 'test/throwaway-node', config), 'utf8')),
    busybox: readFileSync(guestPackages('amd64').busybox),
    'pods-in-guest.cjs': clientProgram(),
    'cri.proto': readFileSync(join(project, 'test/throwaway-node/cri.proto')),
    [`cni-plugins-linux-amd64-${archive.version}.tgz`]: readFileSync(archive.path),
  };
}

/** A throw-away node has no AppArmor. */
function confining(config: string): Buffer {
  return Buffer.from(config.replace('disable_apparmor = true', 'disable_apparmor = false'));
}

function tarOf(directory: string): Buffer {
  const scratch = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    run('tar', ['-C', directory, '-cf', join(scratch, 'tar'), '.']);
    return readFileSync(join(scratch, 'tar'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function clientProgram(): Buffer {
  const { outputFiles } = buildSync({
    entryPoints: [join(import.meta.dirname, 'pods-in-guest.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
  });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

function startRuntime({ runtime, beforeRuntime }: SystemdNodeOptions): string {
  const programs = runtime === 'containerd 2' ? '/cargo' : '/usr/bin';
  return `
mount -o ro /dev/vdc /cargo
mkdir -p /etc/containerd /etc/systemd/system/containerd.service.d
cp /cargo/config.toml /etc/containerd/
cat >/etc/systemd/system/containerd.service.d/test.conf <<END
[Service]
ExecStart=
ExecStart=${programs}/containerd
Environment=PATH=${programs}:/usr/sbin:/usr/bin:/sbin:/bin
END
systemctl daemon-reload
${beforeRuntime}
systemctl start containerd
for image in /cargo/image-*.tar; do ${programs}/ctr --namespace k8s.io images import "$image"; done`;
}
