// Where the processes of the host are seen from here.

import { existsSync } from 'node:fs';
import { showsRuntime } from '../../node/mounts/mount-namespaces.ts';

export interface HostProc {
  readonly path: string;
  /** We are in a container, so that there is a host to speak of. */
  readonly ofHost: boolean;
}

/**
 * The host's procfs where it was mounted for us, else our own `/proc` where it shows the host: in a pod with hostPID,
 * or outside a container. In any other container the place that was asked for is named in the finding.
 */
export function hostProcOf(wanted: string, { inContainer }: { readonly inContainer: boolean }): HostProc {
  if (existsSync(wanted)) return { path: wanted, ofHost: true };
  if (showsRuntime('/proc')) return { path: '/proc', ofHost: true };
  return { path: inContainer ? wanted : '/proc', ofHost: inContainer };
}
