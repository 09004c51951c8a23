// What runs a dynamically linked plugin with the node's own loader. Loaded where there is such a plugin.

import type { RunOnHost } from '../../node/plugins/proof.ts';
import { hostProcOf } from './host-proc.ts';

interface RunnersPlace {
  readonly inContainer: boolean;
  readonly busybox: string | undefined;
}

export function hostRunner(wantedHostProc: string, { inContainer, busybox }: RunnersPlace): RunOnHost {
  return async (program) => {
    const { runInHost } = await import('../../node/mounts/host-programs.ts');
    const { path: hostProc } = hostProcOf(wantedHostProc, { inContainer });
    return runInHost({ hostProc, busybox }, program);
  };
}
