// What this machine, or this pod, is called.

import { readFileSync } from 'node:fs';

/** The kernel's word for it, proc_sys_kernel(5). Node's own module for that is 100 KiB of each start. */
export function hostName(): string {
  return readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
}
