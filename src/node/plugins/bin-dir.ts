// Whether the CNI bin dir can do its work at all: it is there, and its mount lets plugins run.

import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../lib/errno.ts';
import { fsyncDirectory } from '../../lib/files/atomic-file.ts';
import { Failure } from '../../failure/failure.ts';
import { type MeantDirectory, notADirectory } from '../../failure/not-a-directory.ts';
import { provideDirectory } from '../state/provide-directory.ts';
import { refusal } from '../../failure/system-error.ts';
import { whyNoDirectory } from '../../lib/files/no-directory.ts';
import { type Mount, mountContaining, MountinfoError, mountsAbove } from '../../lib/linux/mountinfo.ts';
import type { Premises } from '../state/state-dir.ts';

/** The runtime reads it as root, kubelets and people as others: 0755, under the umask that the process edge sets. */
export function createBinDir(binDir: string): void {
  if (provideDirectory(meantBinDir(binDir))) fsyncDirectory(dirname(binDir));
}

function meantBinDir(path: string): MeantDirectory {
  return { what: 'the CNI bin dir', path, option: '--cni-bin-dir' };
}

/** Whether there is nothing yet, so that it could be made. */
export function isToBeMade(binDir: string): boolean {
  return whyNoDirectory(binDir)?.why === 'nothing';
}

/** @throws Failure `node`: absent, not a directory, or mounted `noexec`. */
export function requireBinDir(binDir: string): void {
  const found = whyNoDirectory(binDir);
  if (found !== undefined) throw notADirectory(meantBinDir(binDir), found) ?? noBinDir(binDir);
  requireExecutableMount(binDir);
}

function noBinDir(binDir: string): Failure {
  return new Failure('bin-dir-absent', {
    message: `the CNI bin dir ${binDir} is not there`,
  });
}

/** On a `noexec` mount every installer can copy, and no runtime can execute (cni-plugin#891). */
function requireExecutableMount(binDir: string): void {
  const mount = ownMountOf(binDir);
  if (mount?.options.includes('noexec') !== true) return;
  throw noExecution(`the CNI bin dir ${binDir}`, `${mount.mountPoint} is mounted noexec`);
}

/** By its file system or by its mount, for whoever asks: root too. */
export function isReadOnly(binDir: string): boolean {
  try {
    accessSync(binDir, constants.W_OK);
    return false;
  } catch (error) {
    return errnoOf(error) === 'EROFS';
  }
}

export function noExecution(place: string, because: string): Failure {
  return new Failure('bin-dir-noexec', { message: `no plugin can run in ${place}: ${because}` });
}

/**
 * Plugins are renamed from the state dir into the bin dir, which works within one mount only: rename(2) says EXDEV also
 * between two mounts of one file system.
 * @throws Failure `node` before anything is written.
 */
export function requireSameMount({ binDir, stateDir }: Premises): void {
  if (ownMountOf(nearestExisting(stateDir.path))?.id === ownMountOf(binDir)?.id) return;
  throw refusal('EXDEV', `to rename plugins from ${stateDir.path} into ${binDir}`);
}

/** Undefined where the table is not understood: what the mount forbids then shows when a plugin is run, or renamed. */
function ownMountOf(existing: string): Mount | undefined {
  const path = realpathSync(existing);
  try {
    return mountContaining(mountsAbove(path, readFileSync('/proc/self/mountinfo', 'utf8')), path);
  } catch (error) {
    if (error instanceof MountinfoError) return undefined;
    throw error;
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}
