// What the guard asks of a node, and what it is told. The engine answers.

import type { Generation } from '../node/state/ledger.ts';
import type { Audit } from '../report/audit.ts';
import type { RepairFailureReason } from '../report/metrics.ts';
import type { Glance } from './glance.ts';
import type { PluginTrouble } from './repair-policy.ts';

/** One plugin as an audit found it; without a trouble also where it is another's, which works. */
export interface WatchedPlugin {
  readonly name: string;
  readonly trouble: PluginTrouble | undefined;
  /** What is wrong, in words. */
  readonly because: string | undefined;
}

export interface WatchedAudit {
  /** Differs when the node shall have another set than before: a new release, a rollback, an uninstall. */
  readonly wish: string;
  /** What the ledger says the node shall have; none after an uninstall, or before an install. */
  readonly plugins: readonly WatchedPlugin[];
  /** False where mounts have to be shared and are not. */
  readonly mountsAreFine: boolean;
  /** The recorded set; undefined where there is none. */
  readonly generation: Generation | undefined;
  /** What `verify` would say. */
  readonly audit: Audit;
}

export interface Repair {
  /** Names that were put back. */
  readonly repaired: readonly string[];
  readonly failure: RefusedRepair | undefined;
}

/** Why the node did not let something be put back, and what its operator does about it. */
export interface RefusedRepair {
  readonly reason: RepairFailureReason;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface WatchedNode {
  readonly glance: (names: readonly string[]) => Promise<Glance>;
  /** @param depth `deep` also runs every plugin and reads the store */
  readonly audit: (depth: 'digests' | 'deep') => Promise<WatchedAudit>;
  /** Puts these back as the ledger has them, read again under the lock, from what the node has; never from a network. */
  readonly repair: (names: readonly string[]) => Promise<Repair>;
  /** Who wrote what stands there now, as far as the file itself tells. */
  readonly writerOf: (name: string) => Promise<string>;
}

export interface RepairedPlugin {
  readonly plugin: WatchedPlugin;
  readonly repair: Repair;
}

/** All in one turn; where that fails, one by one, so that no plugin suffers for another. */
export async function repairAll(
  node: Pick<WatchedNode, 'repair'>,
  due: readonly WatchedPlugin[],
): Promise<readonly RepairedPlugin[]> {
  const together = await node.repair(due.map(({ name }) => name));
  if (together.failure === undefined || due.length === 1) {
    return due.map((plugin) => ({ plugin, repair: together }));
  }
  const apart: RepairedPlugin[] = [];
  for (const plugin of due) apart.push({ plugin, repair: await node.repair([plugin.name]) });
  return apart;
}
