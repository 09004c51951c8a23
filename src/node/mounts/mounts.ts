// Makes the node's mounts shared in the namespaces that matter, and proves it by reading again.

import type { Log } from '../../lib/log.ts';
import { readAppArmorProfile, readMissingCapabilities } from './capabilities.ts';
import { readConfiningType } from '../../lib/linux/selinux.ts';
import { mountInside } from './mount-inside.ts';
import {
  findMountNamespaces,
  type MountNamespace,
  type MountTable,
  type NamespaceName,
  readMountTable,
} from './mount-namespaces.ts';
import { resolveInRoot } from './path-in-root.ts';
import { describeObstacle, type Obstacle, type SharingFinding } from './sharing-obstacles.ts';
import {
  changedMountPoints,
  distinctMountPoints,
  isShared,
  neededMounts,
  type NeededMount,
  planSharing,
  type RequestedPath,
  type SeenPropagation,
  type SharingMode,
} from './sharing-plan.ts';

export interface SharingRequest {
  readonly mode: SharingMode;
  /** Absolute paths on the host whose mounts must be shared. */
  readonly paths: readonly string[];
  /**
   * A procfs that shows the host's process ids: `/host/proc`, or `/proc` in a pod with hostPID or outside a container.
   * The caller vouches for it: a container's own procfs makes the container itself look like the node.
   */
  readonly hostProc: string;
  /** A static busybox in our own root directory, with the applets nsenter, mount and true. */
  readonly busybox: string | undefined;
}

export interface SharingEffects {
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** One requested path in one namespace. */
export interface MountSharing {
  readonly path: string;
  readonly mountPoint: string;
  readonly before: SeenPropagation;
  readonly after: SeenPropagation;
  readonly target: NamespaceName;
}

export interface Sharing {
  readonly mode: SharingMode;
  /** Whether the runtime now sees every path on a shared mount; undefined where that could not be looked at. */
  readonly shared: boolean | undefined;
  /** Mount points whose propagation is another than before, in any of the namespaces; sorted. */
  readonly changed: readonly string[];
  readonly mounts: readonly MountSharing[];
  /** Why something is not shared or not known. Empty under `off`: who asked for nothing is told of nothing. */
  readonly findings: readonly SharingFinding[];
}

/**
 * Makes the mounts of the paths shared, in the mount namespaces of the container runtime and of PID 1.
 *
 * Starts no program where all is shared already, or under `off`. What it reports is what was read afterwards, never an
 * exit status. It does not throw when something is missing or forbidden: that is a finding, and `shared` is not true.
 *
 * @throws the signal's reason, once it is aborted; calls of mount(8) that ended before then have had their effect
 */
export async function shareNeededMounts(request: SharingRequest, effects: SharingEffects): Promise<Sharing> {
  const surroundings = findMountNamespaces(request.hostProc);
  if (!surroundings.visible) return unseenSharing(request, surroundings.reason);
  const outcomes: NamespaceOutcome[] = [];
  for (const namespace of surroundings.namespaces) {
    const before = await lookAround(request, namespace);
    const { ownPid } = surroundings;
    const outcome = await shareIn(before, { request, signal: effects.signal, ownPid });
    logOutcome(outcome, effects.log);
    outcomes.push(outcome);
  }
  return summarize(request, outcomes);
}

/** The same answer without acting: `before` is `after`, and what is not shared is a finding. Needs no busybox. */
export async function inspectMounts(request: SharingRequest): Promise<Sharing> {
  const surroundings = findMountNamespaces(request.hostProc);
  if (!surroundings.visible) return unseenSharing(request, surroundings.reason);
  const views = await Promise.all(surroundings.namespaces.map((namespace) => lookAround(request, namespace)));
  return summarize(
    request,
    views.map((view) => namespaceOutcome(view, view, 'mount-not-shared')),
  );
}

/** A namespace as it was at one time, seen from the requested paths. */
interface View {
  readonly namespace: MountNamespace;
  readonly paths: readonly RequestedPath[];
  readonly needed: readonly NeededMount[];
}

/** What became of one namespace. */
interface NamespaceOutcome {
  readonly name: NamespaceName;
  readonly shared: boolean | undefined;
  readonly changed: readonly string[];
  readonly mounts: readonly MountSharing[];
  readonly obstacle: Obstacle | undefined;
}

async function lookAround(request: SharingRequest, namespace: MountNamespace): Promise<View> {
  const root = `${request.hostProc}/${namespace.pid}/root`;
  const paths = await Promise.all(
    request.paths.map(async (asked) => ({ asked, resolved: await resolveInRoot(root, asked) })),
  );
  return viewOf(namespace, paths);
}

function lookAgain(request: SharingRequest, { namespace, paths }: View): View {
  return viewOf({ ...namespace, table: readMountTable(request.hostProc, namespace.pid) }, paths);
}

function viewOf(namespace: MountNamespace, paths: readonly RequestedPath[]): View {
  return { namespace, paths, needed: neededMounts(mountsIn(namespace.table), paths) };
}

function mountsIn(table: MountTable): Extract<MountTable, { readable: true }>['mounts'] {
  return table.readable ? table.mounts : [];
}

interface SharingAttempt {
  readonly request: SharingRequest;
  readonly signal: AbortSignal;
  readonly ownPid: number;
}

async function shareIn(before: View, { request, signal, ownPid }: SharingAttempt): Promise<NamespaceOutcome> {
  const { name: of, pid, table } = before.namespace;
  const plan = table.readable ? planSharing(request.mode, before.needed) : [];
  if (plan.length === 0) return namespaceOutcome(before, before, 'mount-not-shared');
  const { hostProc, busybox } = request;
  const refusal = await mountInside(plan, { of, pid, hostProc, ownPid, busybox, signal });
  return namespaceOutcome(before, lookAgain(request, before), refusal ?? 'sharing-had-no-effect');
}

/**
 * Compares two looks at one namespace. The obstacle stands only where the second look found something unshared: when
 * it did not, whatever went wrong on the way does not matter.
 */
function namespaceOutcome(
  before: View,
  after: View,
  obstacle: Obstacle | 'mount-not-shared' | 'sharing-had-no-effect',
): NamespaceOutcome {
  const { name, pid, table } = after.namespace;
  const unshared = after.needed.filter((mount) => !isShared(mount.propagation));
  const facts = {
    name,
    changed: changedMountPoints(mountsIn(before.namespace.table), mountsIn(table)),
    mounts: after.needed.map((mount, index) => compared(name, before.needed[index] ?? mount, mount)),
  };
  if (!table.readable) {
    const why = 'mounts-not-readable';
    return { ...facts, shared: undefined, obstacle: { why, of: name, pid, reason: table.reason } };
  }
  if (unshared.length === 0) return { ...facts, shared: true, obstacle: undefined };
  const mountPoints = distinctMountPoints(unshared);
  return {
    ...facts,
    shared: false,
    obstacle: typeof obstacle === 'string' ? { why: obstacle, of: name, mountPoints } : obstacle,
  };
}

function compared(target: NamespaceName, before: NeededMount, after: NeededMount): MountSharing {
  const { path, mountPoint } = after;
  return { path, mountPoint, before: before.propagation, after: after.propagation, target };
}

function summarize(request: SharingRequest, outcomes: readonly NamespaceOutcome[]): Sharing {
  const obstacles = outcomes.flatMap(({ obstacle }) => obstacle ?? []);
  return {
    mode: request.mode,
    shared: outcomes[0]?.shared,
    changed: [...new Set(outcomes.flatMap(({ changed }) => changed))].sort(),
    mounts: outcomes.flatMap(({ mounts }) => mounts),
    findings: describe(request.mode, obstacles),
  };
}

function unseenSharing(request: SharingRequest, reason: string): Sharing {
  const obstacle: Obstacle = { why: 'host-proc-absent', hostProc: request.hostProc, reason };
  const findings = describe(request.mode, [obstacle]);
  return { mode: request.mode, shared: undefined, changed: [], mounts: [], findings };
}

function describe(mode: SharingMode, obstacles: readonly Obstacle[]): SharingFinding[] {
  if (mode === 'off' || obstacles.length === 0) return [];
  const confinement = {
    missing: readMissingCapabilities(),
    profile: readAppArmorProfile(),
    selinuxType: readConfiningType(),
  };
  return obstacles.map((obstacle) => describeObstacle(obstacle, confinement));
}

function logOutcome({ name, mounts, changed }: NamespaceOutcome, log: Log): void {
  const write = changed.length > 0 ? log.info : log.debug;
  for (const mountPoint of distinctMountPoints(mounts)) {
    const held = mounts.filter((mount) => mount.mountPoint === mountPoint);
    const [first] = held;
    if (first === undefined) continue;
    const turn =
      first.before === first.after ? `is ${first.after}` : `was ${first.before} and is ${first.after} now`;
    write(`Mount ${mountPoint} ${turn}`, { namespace: name, paths: held.map(({ path }) => path) });
  }
}
