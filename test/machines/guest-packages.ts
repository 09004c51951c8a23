// What a machine boots: Debian's kernel for clouds with its modules, and Debian's static busybox, for either architecture.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import { downloadPackages } from '../../image/debian-packages.ts';
import { madeOnce } from '../../image/made-once.ts';
import type { ImageArch } from '../../image/platform.ts';
import { project } from '../support/project.ts';

/** What is made once for all machines. */
export const machinesDir = join(project, 'build/machines');

export interface GuestPackages {
  readonly arch: ImageArch;
  /** Of the kernel, as `uname -r` says it. */
  readonly kernelVersion: string;
  readonly kernel: string;
  /** The directory with the modules and the tables that modprobe(8) reads. */
  readonly modules: string;
  readonly busybox: string;
}

/** Fetched the first time; the newest of the machine's own Debian release. */
export function guestPackages(arch: ImageArch): GuestPackages {
  const root = madeOnce(join(machinesDir, `packages-${arch}`), (unfinished) => unpack(arch, unfinished));
  const [kernelVersion = ''] = readdirSync(join(root, 'lib/modules'));
  return {
    arch,
    kernelVersion,
    kernel: join(root, `boot/vmlinuz-${kernelVersion}`),
    modules: join(root, 'lib/modules', kernelVersion),
    busybox: join(root, 'bin/busybox'),
  };
}

function unpack(arch: ImageArch, root: string): void {
  const scratch = `${root}.apt`;
  const newest = `linux-image-cloud-${arch}`;
  const named = downloadPackages(arch, [newest, 'busybox-static'], scratch);
  const file = (name: string): string => {
    const found = readdirSync(named).find((entry) => entry.startsWith(`${name}_`));
    if (found === undefined) throw new Error(`apt did not bring ${name}`);
    return join(named, found);
  };
  const [image = ''] = run('dpkg-deb', ['--field', file(newest), 'Depends']).split(' ');
  downloadPackages(arch, [image], scratch);
  for (const name of [image, 'busybox-static']) run('dpkg-deb', ['--extract', file(name), root]);
  run('busybox', ['depmod', '-b', root, image.replace('linux-image-', '')]);
}
