// A disk of a throw-away node's own. All else of such a node is a tmpfs, whose files the kernel counts as the memory of
// whoever wrote them and can't give back: no measure of a container that writes to a real node.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../support/project.ts';

export interface Disk extends Disposable {
  /** Shell commands for NodeOptions.preinit: mounts the disk on that directory of the node. */
  mountOn(directory: string): string;
}

/** A file of this machine behind a loop device, with an empty ext4. Disposed after the node that has it mounted. */
export function makeDisk(sizeMebibytes = 512): Disk {
  const scratch = mkdtempSync(join(project, 'build/image/disk-'));
  const file = join(scratch, 'disk');
  execFileSync('truncate', [`--size=${sizeMebibytes}M`, file]);
  execFileSync('mkfs.ext4', ['-q', '-F', file]);
  const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
  const numbers = `b 7 ${device.replace('/dev/loop', '')}`;
  return {
    mountOn: (directory) => `mknod /dev/disk ${numbers}; mount -t ext4 /dev/disk ${directory}`,
    [Symbol.dispose]() {
      execFileSync('losetup', ['--detach', device]);
      rmSync(scratch, { recursive: true });
    },
  };
}
