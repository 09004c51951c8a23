// What runs a dynamically linked plugin with the node's own loader. Loaded where there is such a plugin.

import type { RunOnHost } from '../../node/plugins/proof.ts';
import { hostProcOf } from './host-proc.ts';

interface Surroundings {
  readonly inContainer: boolean;
  readonly busybox: string | undefined;
}

export function hostRunner(wantedHostProc: string, { inContainer, busybox }: Surroundings): RunOnHost {
  return async (program) => {
    const { runInHost } = await import('../../node/mounts/host-programs.ts');
    const { path: hostProc } = hostProcOf(wantedHostProc, { inContainer });
    return runInHost({ hostProc, busybox }, program);
  };
}
