// The command line of one machine. Pure.

import type { ImageArch } from '../../image/platform.ts';

/** Where the bytes of one of its drives are; the first one is /dev/vda. */
export type Drive =
  /** A file of this machine. Default: no machine writes to it. */
  | { readonly file: string; readonly writable?: true }
  /** The socket of a server that speaks NBD. */
  | { readonly nbd: string };

export type Accelerator = 'kvm' | 'tcg';

/** Where the cable of its network card ends: in a tap device that is there. */
export interface Socket {
  readonly device: string;
  /** The path of the network namespace that has it. */
  readonly namespace: string;
}

export interface MachineSpec {
  readonly arch: ImageArch;
  readonly accelerator: Accelerator;
  readonly kernel: string;
  readonly initramfs: string;
  /** Beside those that every machine has. */
  readonly kernelArguments: readonly string[];
  readonly memoryMebibytes: number;
  readonly drives: readonly Drive[];
  /** Default: it has no network card. */
  readonly network?: Socket | undefined;
  /** The socket where its agent calls. */
  readonly agent: string;
  /** The file for what its kernel says. */
  readonly console: string;
}

const architectures = {
  amd64: { program: 'qemu-system-x86_64', board: ['-M', 'q35'], emulated: 'max', console: 'ttyS0' },
  arm64: {
    program: 'qemu-system-aarch64',
    board: ['-M', 'virt'],
    emulated: 'cortex-a72',
    console: 'ttyAMA0',
  },
} as const;

/** The program that emulates machines of this architecture. */
export function qemuFor(arch: ImageArch): string {
  return architectures[arch].program;
}

/** The program and its arguments. The machine has no screen, and ends when its kernel panics. */
export function qemuCommand(spec: MachineSpec): string[] {
  const { program, board, emulated, console } = architectures[spec.arch];
  const append = [`console=${console}`, 'quiet', 'panic=-1', ...spec.kernelArguments].join(' ');
  const engine =
    spec.accelerator === 'kvm'
      ? ['-accel', 'kvm', '-cpu', 'host']
      : ['-accel', 'tcg,thread=multi', '-cpu', emulated];
  const options = [
    board,
    engine,
    ['-smp', '2', '-m', String(spec.memoryMebibytes)],
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ['-kernel', spec.kernel, '-initrd', spec.initramfs, '-append', append],
    ['-serial', `file:${spec.console}`],
    ['-chardev', `socket,id=agent,path=${spec.agent}`],
    ['-device', 'virtio-serial-pci', '-device', 'virtserialport,chardev=agent,name=agent'],
    ...spec.drives.map(driveArguments),
  ];
  const { network } = spec;
  if (network === undefined) return [program, ...options.flat()];
  return [
    'nsenter',
    `--net=${network.namespace}`,
    '--',
    program,
    ...options.flat(),
    ...cardArguments(network),
  ];
}

/** It boots from no network, and so needs no ROM. */
function cardArguments({ device }: Socket): string[] {
  const cable = `tap,id=cable,ifname=${device},script=no,downscript=no`;
  return ['-netdev', cable, '-device', 'virtio-net-pci,netdev=cable,romfile='];
}

function driveArguments(drive: Drive, index: number): string[] {
  const name = `drive${index}`;
  const backend =
    'file' in drive
      ? `driver=file,node-name=${name},filename=${drive.file},read-only=${drive.writable ? 'off' : 'on'}`
      : `driver=nbd,node-name=${name},server.type=unix,server.path=${drive.nbd}`;
  return ['-blockdev', backend, '-device', `virtio-blk-pci,drive=${name},write-cache=on`];
}
