// The audit of a node and a look at its mounts, as one account. Pure.

import type { Arch } from '../../lib/architecture.ts';
import type { Sharing } from '../../node/mounts/mounts.ts';
import { advisoriesOf } from '../../release/catalog.ts';
import type { Audit } from '../../report/audit.ts';
import type { NodeAudit } from './audit-node.ts';

export interface AuditSurroundings {
  /** The node's. */
  readonly arch: Arch;
  /** Undefined where nobody looked at the mounts. */
  readonly sharing: Sharing | undefined;
}

export function wholeAudit(
  { generation, plugins, notes, findings }: NodeAudit,
  { arch, sharing }: AuditSurroundings,
): Audit {
  return {
    version: generation?.version,
    platform: generation?.platform ?? `linux/${arch}`,
    generation: generation?.number,
    plugins,
    mounts: (sharing?.mounts ?? []).map(({ path, mountPoint, after }) => ({
      path,
      mountPoint,
      propagation: after,
    })),
    advisories: generation === undefined ? [] : advisoriesOf(generation.version),
    notes,
    findings: [...findings, ...(sharing?.findings ?? [])],
  };
}
