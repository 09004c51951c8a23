// The drive that every machine has first: the image under test, unpacked as a runtime would, and the kernel's modules.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { madeOnce } from '../../image/made-once.ts';
import { type Arch, type BuiltImage, contentOf, unpackInto } from '../image/built-image.ts';
import { guestPackages, machinesDir } from './guest-packages.ts';
import type { Drive } from './qemu.ts';
import { makeFileSystem } from './scratch-drive.ts';

/** Where a container of the image has what is mounted into it. */
const mountPoints = [
  'proc',
  'dev',
  'tmp',
  'releases',
  'host/opt/cni/bin',
  'host/proc',
  'host/var/lib/cni-plugins-installer',
];

/** Made once for each image and kernel; the one before is removed. */
export function systemDrive(built: BuiltImage, arch: Arch): Drive {
  const { kernelVersion } = guestPackages(arch);
  const key = createHash('sha256')
    .update(`${built.platforms[arch]} ${kernelVersion}`)
    .digest('hex')
    .slice(0, 16);
  const name = `system-${arch}-${key}`;
  const file = madeOnce(join(machinesDir, name), (unfinished) => {
    const root = `${unfinished}.root`;
    layOutSystem(root, built, arch);
    makeFileSystem(unfinished, 768, ['mkfs.ext4', '-O', '^has_journal', '-d', root]);
    rmSync(root, { recursive: true });
  });
  for (const other of readdirSync(machinesDir)) {
    if (other.startsWith(`system-${arch}-`) && other !== name) rmSync(join(machinesDir, other));
  }
  return { file };
}

function layOutSystem(root: string, built: BuiltImage, arch: Arch): void {
  const { modules, kernelVersion } = guestPackages(arch);
  unpackInto(join(root, 'image'), contentOf(built, arch));
  for (const path of mountPoints) mkdirSync(join(root, 'image', path), { recursive: true });
  cpSync(modules, join(root, 'modules', kernelVersion), { recursive: true });
}
