// A vitest `describe` for tests that boot virtual machines.

import type { ImageArch } from '../../image/platform.ts';
import { describeWhere, listed, missingCommands, missingForRoot } from '../support/needs.ts';
import { qemuFor } from './qemu.ts';

const commands = ['busybox', 'setpriv', 'apt-get', 'dpkg-deb', 'mkfs.ext4', 'gcc'];

/** @param alsoNeeded commands beyond those that every machine needs */
export function describeOnMachine(
  arch: ImageArch,
  name: string,
  tests: () => void,
  alsoNeeded: readonly string[] = [],
): void {
  const commandsMissing = missingCommands([qemuFor(arch), ...commands, ...alsoNeeded]);
  const missing = [commandsMissing, missingForRoot()].filter((each) => each !== undefined);
  describeWhere(listed(missing), name, tests);
}
