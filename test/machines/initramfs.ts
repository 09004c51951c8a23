// The first root of a machine: busybox, the drivers of QEMU's devices, init.sh and agent.sh. All else is on drives.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { run } from '../../image/command.ts';
import { madeOnce } from '../../image/made-once.ts';
import { keyOf } from '../throwaway-node/cache.ts';
import { type GuestPackages, machinesDir } from './guest-packages.ts';

const init = join(import.meta.dirname, 'init.sh');
export const agentScript = join(import.meta.dirname, 'agent.sh');

const drivers = [
  'virtio',
  'virtio_ring',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_blk',
  'virtio_console',
];

/** The path of the archive, made once for each kernel and each state of the scripts. */
export function initramfsOf(packages: GuestPackages): string {
  const key = keyOf(...[init, agentScript].map((path) => readFileSync(path, 'utf8')), ...drivers);
  const name = `initramfs-${packages.arch}-${packages.kernelVersion}-${key}`;
  return madeOnce(join(machinesDir, name), (unfinished) => pack(packages, unfinished));
}

function pack(packages: GuestPackages, output: string): void {
  const root = `${output}.root`;
  const modules = join(root, 'lib/modules', packages.kernelVersion);
  for (const directory of ['bin', 'proc', 'sys', 'dev', 'run'])
    mkdirSync(join(root, directory), { recursive: true });
  mkdirSync(modules, { recursive: true });
  copyFileSync(packages.busybox, join(root, 'bin/busybox'));
  for (const path of driversBelow(packages.modules)) copyFileSync(path, join(modules, basename(path)));
  run('busybox', ['depmod', '-b', root, packages.kernelVersion]);
  copyFileSync(init, join(root, 'init'));
  copyFileSync(agentScript, join(root, 'agent.sh'));
  chmodSync(join(root, 'init'), 0o755);
  writeFileSync(output, archiveOf(root));
  rmSync(root, { recursive: true });
}

function driversBelow(modules: string): string[] {
  const paths = readdirSync(modules, { recursive: true, encoding: 'utf8' });
  return drivers.map((driver) => {
    const path = paths.find((each) => basename(each) === `${driver}.ko`);
    if (path === undefined) throw new Error(`the kernel in ${modules} has no module ${driver}`);
    return join(modules, path);
  });
}

function archiveOf(root: string): Buffer {
  const paths = ['.', ...readdirSync(root, { recursive: true, encoding: 'utf8' })];
  return execFileSync('busybox', ['cpio', '-o', '-H', 'newc'], {
    cwd: root,
    input: paths.join('\n'),
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 1 << 26,
  });
}
