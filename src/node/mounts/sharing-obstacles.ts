// Words for every reason why a mount is not shared: what was found, and what the operator does next.

import { type CodeOf, remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import { selinuxHint } from '../../failure/selinux-hint.ts';
import type { NeededCapability } from './capabilities.ts';
import type { NamespaceName } from './mount-namespaces.ts';

/** Why sharing could not be obtained, or not be looked at. A closed union: a new reason has to get its words here. */
export type Obstacle =
  | { readonly why: 'host-proc-absent'; readonly hostProc: string; readonly reason: string }
  | {
      readonly why: 'mounts-not-readable';
      readonly of: NamespaceName;
      readonly pid: number;
      readonly reason: string;
    }
  | { readonly why: 'mount-not-shared'; readonly of: NamespaceName; readonly mountPoints: readonly string[] }
  | { readonly why: 'busybox-absent'; readonly busybox: string | undefined }
  | { readonly why: 'busybox-not-startable'; readonly busybox: string; readonly said: string }
  | { readonly why: 'namespace-not-enterable'; readonly of: NamespaceName; readonly said: string }
  | {
      readonly why: 'mount-refused';
      readonly of: NamespaceName;
      readonly call: string;
      readonly said: string;
    }
  | {
      readonly why: 'mount-unfinished';
      readonly of: NamespaceName;
      readonly call: string;
      readonly said: string;
    }
  | {
      readonly why: 'sharing-had-no-effect';
      readonly of: NamespaceName;
      readonly mountPoints: readonly string[];
    };

/** What of this container may be in the way. */
export interface Confinement {
  /** Undefined where capabilities are not known. */
  readonly missing: readonly NeededCapability[] | undefined;
  /** An AppArmor profile that is enforced; undefined where none is known. */
  readonly profile: string | undefined;
  /** A type of SELinux that is under limits; undefined where none is known. */
  readonly selinuxType: string | undefined;
}

/** Why a mount is not shared. */
export type SharingFinding = Finding<CodeOf<'sharing'>>;

/** The finding for an obstacle. Its code is the obstacle's `why`. */
export function describeObstacle(obstacle: Obstacle, confinement: Confinement): SharingFinding {
  return { code: obstacle.why, message: messageOf(obstacle), hint: hintOf(obstacle, confinement) };
}

function messageOf(obstacle: Obstacle): string {
  switch (obstacle.why) {
    case 'host-proc-absent':
      return `the host's processes can't be seen at ${obstacle.hostProc} (${obstacle.reason}), so nobody can tell whether its mounts are shared`;
    case 'mounts-not-readable':
      return `the mounts of ${whose(obstacle.of)} (process ${obstacle.pid}) can't be read: ${obstacle.reason}`;
    case 'mount-not-shared':
      return `in the mount namespace of ${whose(obstacle.of)} these mounts are not shared: ${obstacle.mountPoints.join(', ')}`;
    case 'busybox-absent':
      return `mounts have to be shared, but there is no static busybox ${obstacle.busybox === undefined ? 'in this container' : `at ${obstacle.busybox}`}`;
    case 'busybox-not-startable':
      return `${obstacle.busybox} could not be started: ${obstacle.said}`;
    case 'namespace-not-enterable':
      return `the mount namespace of ${whose(obstacle.of)} can't be entered: ${obstacle.said}`;
    case 'mount-refused':
      return `\`${obstacle.call}\` was refused in the mount namespace of ${whose(obstacle.of)}: ${obstacle.said}`;
    case 'mount-unfinished':
      return `\`${obstacle.call}\` did not finish in the mount namespace of ${whose(obstacle.of)}: ${obstacle.said}`;
    case 'sharing-had-no-effect':
      return `in the mount namespace of ${whose(obstacle.of)} these mounts are still not shared after sharing them without an error: ${obstacle.mountPoints.join(', ')}`;
  }
  return obstacle satisfies never;
}

/** The table's, where it can't be more particular. */
function hintOf(obstacle: Obstacle, confinement: Confinement): string {
  switch (obstacle.why) {
    case 'host-proc-absent':
      return `mount the hostPath /proc read-only at ${obstacle.hostProc}, or give the pod hostPID and name /proc with --host-proc`;
    case 'namespace-not-enterable':
    case 'mount-refused':
      return privilegeHint(confinement) ?? remedyOf(obstacle.why);
    case 'mounts-not-readable':
      return hiddenBySelinux(confinement) ?? remedyOf(obstacle.why);
    case 'mount-not-shared':
    case 'busybox-absent':
    case 'busybox-not-startable':
    case 'mount-unfinished':
    case 'sharing-had-no-effect':
      return remedyOf(obstacle.why);
  }
  return obstacle satisfies never;
}

/** Undefined where nothing is known of capabilities. */
function privilegeHint({ missing, profile, selinuxType }: Confinement): string | undefined {
  if (missing === undefined) return undefined;
  if (missing.length > 0) {
    return `run this container privileged, or as uid 0 with the missing capabilities added: ${missing.join(', ')}`;
  }
  if (profile !== undefined) {
    return `the AppArmor profile ${profile} confines this container: give it \`appArmorProfile: {type: Unconfined}\`, or run it privileged`;
  }
  if (selinuxType !== undefined) return selinuxHint(selinuxType);
  return 'no capability is missing, so AppArmor, SELinux, seccomp or a user namespace forbids it: run this container privileged, with hostUsers not false';
}

/** Without capabilities the kernel hides the mounts of a process too. */
function hiddenBySelinux({ missing, selinuxType }: Confinement): string | undefined {
  return missing?.length === 0 && selinuxType !== undefined ? selinuxHint(selinuxType) : undefined;
}

function whose(name: NamespaceName): string {
  return name === 'runtime' ? 'the container runtime' : 'PID 1';
}
