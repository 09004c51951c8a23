// An oracle for mount propagation that is independent of the code under test.

import { readFile } from 'node:fs/promises';

export interface MountInfo {
  /** Unique on the machine as long as the mount is there, and unchanged by a change of its propagation. */
  readonly id: number;
  readonly mountPoint: string;
  readonly filesystem: string;
  readonly shared: boolean;
  /** The optional fields of proc_pid_mountinfo(5) as they stand there: `shared:1`, `master:2`, or nothing. */
  readonly propagation: string;
}

/** Every mount that this process sees, in the kernel's order. */
export async function mountsOf(pid: number): Promise<MountInfo[]> {
  const table = await readFile(`/proc/${pid}/mountinfo`, 'utf8');
  return table.trimEnd().split('\n').map(parseLine);
}

/** The mount that holds this path for this process; of several on one mount point the one on top. */
export async function mountHolding(path: string, pid: number): Promise<MountInfo> {
  let best: MountInfo | undefined;
  for (const mount of await mountsOf(pid)) {
    if (holds(mount, path) && mount.mountPoint.length >= (best?.mountPoint.length ?? 0)) best = mount;
  }
  if (best === undefined) throw new Error(`process ${pid} has no mount that holds ${path}`);
  return best;
}

function parseLine(line: string): MountInfo {
  const [before = '', after = ''] = line.split(' - ');
  const [id, , , , mountPoint = '', , ...optional] = before.split(' ');
  const propagation = optional.join(' ');
  return {
    id: Number(id),
    mountPoint,
    filesystem: after.split(' ')[0] ?? '',
    shared: propagation.includes('shared:'),
    propagation,
  };
}

function holds({ mountPoint }: MountInfo, path: string): boolean {
  return mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
}
