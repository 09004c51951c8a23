// A machine that is a node as most are: systemd, cgroup v2, AppArmor, and a containerd that runs pods.

import { type BuiltImage, imageForNode } from '../image/built-image.ts';
import { acceleratorFor } from './accelerator.ts';
import { bootMachine, type Machine, type MachineOptions } from './machine.ts';
import { type Files, isBuilt, nodeCargo, type NodeCargo } from './node-cargo.ts';
import type { PodRequest, PodResults } from './pods-in-guest.ts';
import { cargoOf } from './scratch-drive.ts';
import { systemDrive } from './system-drive.ts';
import { systemdDrive } from './systemd-root.ts';

export interface SystemdNodeOptions
  extends
    Pick<NodeCargo, 'archive' | 'runtime'>,
    Partial<Pick<NodeCargo, 'images' | 'cgroups'>>,
    Pick<MachineOptions, 'network' | 'kernelArguments' | 'memoryMebibytes'> {
  readonly built: BuiltImage;
  /** Shell code that runs before containerd starts. */
  readonly beforeRuntime: string;
  /** Beside those that every node has in /cargo. */
  readonly files?: Files;
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
    const input = JSON.stringify({ ...request, pod });
    return JSON.parse(await this.runProgram('pods-in-guest.cjs', input, 900_000)) as PodResults;
  }

  /** Runs a program of /cargo by the image's Node.js. Resolves to its stdout; rejects unless it exits 0. */
  async runProgram(name: string, input = '', timeoutMs = 180_000): Promise<string> {
    const command = `/system/image/usr/bin/node /cargo/${name} <<'END'\n${input}\nEND`;
    return this.machine.run(command, timeoutMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}

/** Takes a minute under emulation. The caller says `await using`, or disposes it. */
export async function bootSystemdNode(options: SystemdNodeOptions): Promise<SystemdNode> {
  await using undo = new AsyncDisposableStack();
  const { built, images = [imageForNode(built)], cgroups = 'runc', files, kernelArguments = [] } = options;
  const cargo = undo.use(cargoOf({ ...(await nodeCargo({ ...options, images, cgroups })), ...files }));
  const root = undo.use(systemdDrive());
  const machine = undo.use(
    await bootMachine({
      arch: 'amd64',
      accelerator: await acceleratorFor('amd64'),
      drives: [systemDrive(built, 'amd64'), root.drive, cargo.drive],
      kernelArguments: ['machine.root=/dev/vdb', 'rw', ...kernelArguments],
      memoryMebibytes: options.memoryMebibytes ?? 1536,
      network: options.network,
    }),
  );
  await machine.run(startRuntime(options), 900_000);
  return new SystemdNode(machine, undo.move());
}

function startRuntime({ runtime, beforeRuntime }: SystemdNodeOptions): string {
  const programs = isBuilt(runtime) ? '/cargo' : '/usr/bin';
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
