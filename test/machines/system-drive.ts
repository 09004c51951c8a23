// The drive that every machine has first: the image under test, unpacked as a runtime would, and the kernel's modules.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../image/command.ts';
import { madeOnce } from '../../image/made-once.ts';
import { type Arch, type BuiltImage, contentOf, unpackInto } from '../image/built-image.ts';
import { guestPackages, machinesDir } from './guest-packages.ts';
import type { Drive } from './qemu.ts';

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
    makeFileSystem(root, unfinished, 768);
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

/** A file with an ext4 that has what is in the directory. */
function makeFileSystem(root: string, file: string, mebibytes: number): void {
  writeFileSync(file, '');
  truncateSync(file, mebibytes * 1024 * 1024);
  run('mkfs.ext4', ['-q', '-O', '^has_journal', '-d', root, file]);
}

/** A drive of a test's own with these files, gone with the test. */
export interface Cargo extends Disposable {
  readonly drive: Drive;
}

/** The files by their names on the drive. */
export function cargoOf(files: Readonly<Record<string, Buffer>>): Cargo {
  const scratch = mkdtempSync(join(tmpdir(), 'cargo-'));
  const root = join(scratch, 'root');
  mkdirSync(root);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
  const bytes = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  const file = join(scratch, 'drive');
  makeFileSystem(root, file, Math.ceil(bytes / 1024 / 1024) * 2 + 8);
  return { drive: { file }, [Symbol.dispose]: () => rmSync(scratch, { recursive: true }) };
}
