// What follows a link of the bin dir on the node. Loaded where there is such a link.

import type { FollowLink } from '../../node/plugins/proof.ts';
import { hostProcOf } from './host-proc.ts';

export function hostFollower(
  wantedHostProc: string,
  { inContainer }: { readonly inContainer: boolean },
): FollowLink {
  return async (path) => {
    const { followOnHost } = await import('../../node/mounts/host-links.ts');
    const { path: hostProc } = hostProcOf(wantedHostProc, { inContainer });
    return followOnHost(path, { hostProc, inContainer });
  };
}
