// The state of one plugin against what we hold to be ours. Reads and runs; writes nothing.

import { join } from 'node:path';
import type { Observed } from './inventory.ts';
import { type Claim, isExecutable } from './plan.ts';
import { type ProofRequest, whyBroken } from './proof.ts';

/** `changed`: ours, but other bytes. `broken`: can't run, zero bytes too. `foreign`: not ours. */
export type PluginState = 'intact' | 'absent' | 'changed' | 'foreign' | 'not-executable' | 'broken';

export interface Verdict {
  readonly state: PluginState;
  /** Why a plugin is broken. */
  readonly because: string | undefined;
}

export interface Suspect {
  readonly name: string;
  readonly binDir: string;
  readonly observed: Observed;
  readonly claim: Claim | undefined;
  readonly proof: Omit<ProofRequest, 'name' | 'path'>;
}

/** Bytes come first: what has changed is called changed though it may work, unless it can't. */
export async function auditPlugin({ name, binDir, observed, claim, proof }: Suspect): Promise<Verdict> {
  if (observed.kind === 'absent') return { state: 'absent', because: undefined };
  if (observed.kind === 'directory' || observed.kind === 'special') {
    return { state: 'broken', because: `a ${observed.kind} is in its place` };
  }
  if (observed.kind === 'file' && !isExecutable(observed))
    return { state: 'not-executable', because: undefined };
  const because = await whyBroken({ ...proof, name, path: join(binDir, name) });
  if (because !== undefined) return { state: 'broken', because };
  if (claim === undefined) return { state: 'foreign', because: undefined };
  const intact = observed.kind === 'file' && observed.sha256 === claim.sha256;
  return { state: intact ? 'intact' : 'changed', because: undefined };
}
