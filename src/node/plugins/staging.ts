// Copies of the plugins that a plan will place: whole, durable, with their final mode, on the bin dir's file system.

import { discard } from '../state/housekeeping.ts';
import type { StoredPlugin } from '../state/ledger.ts';
import { onDisk, requireSpace } from '../state/space.ts';
import type { Premises, StateDir } from '../state/state-dir.ts';
import { bringBlob, copyOfBlob, fsyncStore } from '../state/store.ts';
import type { Plan } from './plan.ts';

/** Where each copy lies, by plugin name. Whoever has them discards what was not renamed into place. */
export type Staged = ReadonlyMap<string, string>;

export interface Stage {
  readonly staged: Staged;
  /** Plugins that shall be placed, but of which neither the store nor the spare one has a whole copy. */
  readonly missing: readonly string[];
}

/** @throws Failure `node` when the disk has no room for the copies, before the first is made. */
export async function stage(
  plan: Plan,
  plugins: Readonly<Record<string, StoredPlugin>>,
  { stateDir, spare }: Pick<Premises, 'stateDir' | 'spare'>,
): Promise<Stage> {
  const due = plan.flatMap(({ do: verb, name }): [string, StoredPlugin][] => {
    const plugin = plugins[name];
    return verb === 'place' && plugin !== undefined ? [[name, plugin]] : [];
  });
  const bytes = due.reduce((sum, [, { size }]) => sum + onDisk(size), 0);
  requireSpace(stateDir.path, { bytes, files: due.length });
  const staged = new Map<string, string>();
  try {
    for (const [name, { sha256, mode }] of due) {
      const copy =
        (await copyOfBlob(stateDir, sha256, mode)) ?? (await copyFromSpare(spare, stateDir, sha256, mode));
      if (copy !== undefined) staged.set(name, copy);
    }
  } catch (error) {
    discard(staged.values());
    throw error;
  }
  return { staged, missing: due.map(([name]) => name).filter((name) => !staged.has(name)) };
}

/** The store has a whole blob again, too. */
async function copyFromSpare(
  spare: StateDir | undefined,
  stateDir: StateDir,
  sha256: string,
  mode: number,
): Promise<string | undefined> {
  if (spare === undefined || !(await bringBlob(sha256, { from: spare, to: stateDir }))) return undefined;
  fsyncStore(stateDir);
  return copyOfBlob(stateDir, sha256, mode);
}
