// Codes of mounts that are not shared, or of which nobody can tell: a warning, or exit status 8 where sharing is required.

import type { CodeEntry } from './entry.ts';

const privilege =
  'run this container privileged, or as uid 0 with the capabilities SYS_ADMIN, SYS_CHROOT and SYS_PTRACE';
const securityPage = 'the hint names the capability that is missing; [security.md](security.md)';

export const sharingCodes = {
  'host-proc-absent': {
    means: "the host's `/proc` is not mounted",
    remedy: 'mount the hostPath /proc read-only at /host/proc, or give the pod hostPID',
  },
  'mounts-not-readable': {
    means: "the mounts of the runtime or of PID 1 can't be read",
    remedy:
      'mount the hostPath /proc without hidepid, and run this container privileged; where a security module hides the process, what it sees has to be checked on the host',
  },
  'mount-not-shared': {
    means: 'mounts that Multus needs are not shared, and were not to be changed',
    remedy:
      'run the installer with --share-mounts=rshared, or `mount --make-rshared /` on the host after every boot',
  },
  'busybox-absent': {
    means: 'the container has no static busybox to share mounts with',
    remedy: 'use the image as it is published, or put a static busybox into yours',
  },
  'busybox-not-startable': {
    means: "busybox could not be started in the host's mount namespace",
    remedy:
      'see that busybox is static and built for the node, and that the host has its procfs at /proc; where both hold, a security module forbids the start: run this container privileged',
  },
  'namespace-not-enterable': {
    means: 'a capability is missing, or AppArmor, SELinux or seccomp forbids it',
    remedy: privilege,
    page: securityPage,
  },
  'mount-refused': {
    means: 'the kernel refused mount(8): a capability is missing, or a security module forbids it',
    remedy: privilege,
    page: securityPage,
  },
  'mount-unfinished': {
    means: 'mount(8) did not end in time',
    remedy: 'look for a hanging file system on the node, then start the pod again',
  },
  'sharing-had-no-effect': {
    means: "`/host/proc` is not the host's, or another mount covers the one that was shared",
    remedy:
      "see that the procfs is the host's and not this container's, and use --share-mounts=rshared: targeted does not reach a mount that is covered by another one",
    page: 'with our chart `mountPropagation.mode=rshared`',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
