// A recorded set again, without a network: from the archives that our image brings along.

import type { Arch } from '../lib/architecture.ts';
import type { Generation } from '../node/state/ledger.ts';
import type { Premises } from '../node/state/state-dir.ts';
import type { Effects, Supply } from './context.ts';
import { acquireVerified, extractSet } from './archive/from-archive.ts';
import type { PresentSet, SetRequest } from './fulfilment.ts';
import { makeSetPresent } from './make-present.ts';

export interface RestoreRequest {
  /** What shall stand: as it was recorded, known by the digest of its archive. */
  readonly generation: Generation;
  readonly premises: Premises;
  readonly arch: Arch;
}

const timeoutMs = 5 * 60_000;

/** The whole set on a node that has lost its record of it. */
export function restoreSet(
  { generation, premises, arch }: RestoreRequest,
  effects: Effects,
): Promise<PresentSet> {
  const own = Object.keys(generation.plugins).filter((name) => generation.kept[name] === undefined);
  const request = requestFor(generation, own);
  const { signal } = effects;
  const rules = { binDir: premises.binDir, arch, onConflict: 'replace', signal } as const;
  return makeSetPresent({ premises, rules, request, supply: noNetwork(arch), effects });
}

/** Blobs of the set that the store has lost. Under the node's lock. */
export async function refillStore(
  { generation, premises, arch }: RestoreRequest,
  names: readonly string[],
  effects: Effects,
): Promise<void> {
  const { stateDir } = premises;
  const request = requestFor(generation, names);
  const archive = await acquireVerified(request, noNetwork(arch), stateDir, effects);
  await extractSet(archive, request, stateDir, effects.signal);
}

function requestFor(generation: Generation, names: readonly string[]): SetRequest {
  const { version, platform, archive, plugins } = generation;
  const modes = new Map(names.map((name) => [name, plugins[name]?.mode ?? 0o755]));
  return {
    wish: { plugins: names, skip: [], version, modes },
    platform,
    expectation: { basis: 'given', digests: { sha256: [archive.sha256], sha512: [] } },
  };
}

function noNetwork(arch: Arch): Supply {
  return { arch, source: { archive: undefined, mirrors: [], retries: 0, caFile: undefined }, timeoutMs };
}
