// What SELinux holds this process to, as its procfs shows it.

import { readFileSync } from 'node:fs';

/** By the policies of Fedora, Debian and Bottlerocket: what is under no limit worth naming. */
const unlimited = new Set([
  'spc_t',
  'unconfined_t',
  'unconfined_service_t',
  'container_runtime_t',
  'kernel_t',
  'init_t',
  'super_t',
]);

/** The type that confines this process, `container_t`; undefined where none does, or none can be seen. */
export function readConfiningType(contextFile = '/proc/self/attr/current'): string | undefined {
  try {
    return confiningType(readFileSync(contextFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Other modules have their own words in that file, and the kernel may end it with a NUL. Whether it enforces is not in it. */
export function confiningType(context: string): string | undefined {
  const type = /^[^\s:]+:[^\s:]+:([^\s:]+)(:\S+)?$/.exec(context.replace(/[\n\0]*$/, ''))?.[1];
  return type === undefined || unlimited.has(type) ? undefined : type;
}
