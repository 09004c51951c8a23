// Finds the mount namespaces that decide about sharing, the runtime's and PID 1's, and reads what is mounted in them.
//
// Reads procfs synchronously: the kernel answers from memory, and a thread pool for that would be most of the cost.

import { readFileSync, readlinkSync } from 'node:fs';
import { type Mount, MountinfoError, parseMountinfo } from '../../lib/linux/mountinfo.ts';
import { errnoOf } from '../../lib/errno.ts';

/** Whose namespace it is. `runtime` also stands for PID 1 where the two share one. */
export type NamespaceName = 'runtime' | 'pid 1';

/** What could be seen of a namespace. Being unable to look has its own name, so that it is never taken for "nothing". */
export type MountTable =
  | { readonly readable: true; readonly mounts: readonly Mount[] }
  | { readonly readable: false; readonly reason: string };

export interface MountNamespace {
  readonly name: NamespaceName;
  /** A process that lives in it, by its number in the host's procfs. */
  readonly pid: number;
  readonly table: MountTable;
}

/** What the host's procfs tells about this process and the namespaces around it. */
export type Surroundings =
  | { readonly visible: true; readonly ownPid: number; readonly namespaces: readonly MountNamespace[] }
  /** There is no procfs at that place, or none in which we appear. */
  | { readonly visible: false; readonly reason: string };

/** A process as far as it is needed to tell its mount namespace from another's. */
interface ProcessView {
  readonly pid: number;
  /** `mnt:[4026531841]`; undefined without the right to ptrace(2) the process. */
  readonly namespace: string | undefined;
  /** Read when it is asked for: a busy node's has some hundred lines, and of most ancestors nobody wants it. */
  readonly table: () => MountTable;
}

/** Parents looked at before the search for the runtime is given up: a shell, an init and a wrapper are usual. */
const maxAncestors = 64;

/**
 * The distinct mount namespaces of the runtime and PID 1, the runtime's first. Outside a container that is one: our own.
 *
 * The runtime is known by its namespace alone: containerd-shim and conmon, our ancestors, inherit it. It is not found
 * when the process was put into the container from outside its tree of processes (nsenter); then PID 1 is the only one.
 *
 * @param hostProc a procfs that shows the host's process ids; that of a container without hostPID answers for the
 *   container itself, which can't be told apart from running outside a container.
 */
export function findMountNamespaces(hostProc: string): Surroundings {
  const ownPid = readOwnPid(hostProc);
  if (typeof ownPid === 'string') return { visible: false, reason: ownPid };
  const own = viewProcess(hostProc, ownPid);
  const runtime = findRuntime(hostProc, own);
  const init = viewProcess(hostProc, 1);
  return { visible: true, ownPid, namespaces: distinctNamespaces(own, runtime, init) };
}

/** Reads the mounts that a process of the host sees. Needs no privilege: the kernel lets everybody read mountinfo. */
export function readMountTable(hostProc: string, pid: number): MountTable {
  try {
    return { readable: true, mounts: parseMountinfo(readFileSync(`${hostProc}/${pid}/mountinfo`, 'utf8')) };
  } catch (error) {
    return { readable: false, reason: reasonUnreadable(error) };
  }
}

function distinctNamespaces(
  own: ProcessView,
  runtime: ProcessView | undefined,
  init: ProcessView,
): MountNamespace[] {
  // Our own entry in procfs can always be opened, PID 1's only with SYS_PTRACE.
  const first = sameNamespace(own, init) ? own : init;
  const initNamespace: MountNamespace = { name: 'pid 1', pid: first.pid, table: first.table() };
  if (runtime === undefined) return [initNamespace];
  const runtimeNamespace: MountNamespace = { name: 'runtime', pid: runtime.pid, table: runtime.table() };
  return sameNamespace(runtime, init) ? [runtimeNamespace] : [runtimeNamespace, initNamespace];
}

function findRuntime(hostProc: string, own: ProcessView): ProcessView | undefined {
  let pid = own.pid;
  for (let climbed = 0; climbed < maxAncestors; climbed += 1) {
    pid = readParentPid(hostProc, pid);
    if (pid === 0) return undefined;
    const ancestor = viewProcess(hostProc, pid);
    if (!sameNamespace(ancestor, own)) return ancestor;
  }
  return undefined;
}

/**
 * Whether two processes see the same mounts. Where a link of a namespace can't be read the mounts' ids decide: they are
 * unique across namespaces, so one in common is proof. With nothing to compare, they are taken for different.
 */
function sameNamespace(one: ProcessView, other: ProcessView): boolean {
  if (one.pid === other.pid) return true;
  if (one.namespace !== undefined && other.namespace !== undefined) return one.namespace === other.namespace;
  return haveMountInCommon(one.table(), other.table());
}

function haveMountInCommon(one: MountTable, other: MountTable): boolean {
  if (!one.readable || !other.readable) return false;
  const ids = new Set(one.mounts.map((mount) => mount.id));
  return other.mounts.some((mount) => ids.has(mount.id));
}

function viewProcess(hostProc: string, pid: number): ProcessView {
  const namespace = orUndefined(() => readlinkSync(`${hostProc}/${pid}/ns/mnt`));
  let table: MountTable | undefined;
  return { pid, namespace, table: () => (table ??= readMountTable(hostProc, pid)) };
}

/** The host's number of this process, or why procfs does not tell it. */
function readOwnPid(hostProc: string): number | string {
  try {
    const target = readlinkSync(`${hostProc}/self`);
    return /^[1-9]\d*$/.test(target) ? Number(target) : `${hostProc}/self leads to ${target}`;
  } catch (error) {
    return reasonUnreadable(error);
  }
}

/** The parent's number; 0 where there is none in this procfs, or none can be read. */
function readParentPid(hostProc: string, pid: number): number {
  const status = orUndefined(() => readFileSync(`${hostProc}/${pid}/status`, 'utf8'));
  return Number(/^PPid:\s*(\d+)$/m.exec(status ?? '')?.[1] ?? 0);
}

/** What a process shows depends on our privileges, and on whether it still is there. */
function orUndefined(look: () => string): string | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function reasonUnreadable(error: unknown): string {
  const reason = errnoOf(error) ?? (error instanceof MountinfoError ? error.message : undefined);
  if (reason === undefined) throw error;
  return reason;
}

/**
 * Whether this procfs shows the runtime among our ancestors: it does in a pod with hostPID, where `/proc` then serves as
 * the host's procfs. It does not where a pod only shares its process namespace among its own containers.
 */
export function showsRuntime(procfs: string): boolean {
  const ownPid = readOwnPid(procfs);
  if (typeof ownPid === 'string') return false;
  return findRuntime(procfs, viewProcess(procfs, ownPid)) !== undefined;
}
