// Tells what keeps this process from entering a mount namespace: capabilities that it lacks, a profile that confines it.

import { readFileSync } from 'node:fs';

/** What entering the host's mount namespace takes, with bit numbers of linux/capability.h. */
const needed = [
  { name: 'SYS_ADMIN', bit: 21n },
  { name: 'SYS_CHROOT', bit: 18n },
  { name: 'SYS_PTRACE', bit: 19n },
] as const;

export type NeededCapability = (typeof needed)[number]['name'];

/** The needed ones that are not effective; undefined where procfs does not tell. */
export function readMissingCapabilities(
  statusFile = '/proc/self/status',
): readonly NeededCapability[] | undefined {
  try {
    return missingCapabilities(readFileSync(statusFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The needed ones that `CapEff` of a proc_pid_status(5) text lacks; undefined where the text has no such line. */
export function missingCapabilities(status: string): readonly NeededCapability[] | undefined {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (mask === undefined) return undefined;
  const effective = BigInt(`0x${mask}`);
  return needed.filter(({ bit }) => ((effective >> bit) & 1n) === 0n).map(({ name }) => name);
}

/** The AppArmor profile that is enforced on this process; undefined where none is, or none can be seen. */
export function readAppArmorProfile(contextFile = '/proc/self/attr/current'): string | undefined {
  try {
    return appArmorProfile(readFileSync(contextFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** SELinux has its context in that file too, and the kernel may end it with a NUL. */
export function appArmorProfile(context: string): string | undefined {
  return /^(.+) \(enforce\)[\n\0]*$/.exec(context)?.[1];
}
