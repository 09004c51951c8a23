// A recorded set again, without a network: from the node's spare store, or the archives that our image brings along.

import type { Arch } from '../lib/architecture.ts';
import { Failure } from '../failure/failure.ts';
import type { Generation } from '../node/state/ledger.ts';
import type { Premises, StateDir } from '../node/state/state-dir.ts';
import type { Effects, Supply } from './context.ts';
import { acquireVerified, extractSet } from './archive/from-archive.ts';
import type { PresentSet, SetRequest } from './fulfilment.ts';
import { makeSetPresent } from './make-present.ts';
import type { Rules } from './plan-set.ts';

export interface RestoreRequest {
  /** What shall stand: as it was recorded, known by the digest of its archive. */
  readonly generation: Generation;
  readonly premises: Premises;
  readonly rules: Rules;
}

const timeoutMs = 5 * 60_000;

/**
 * The whole set on a node that has lost its record of it; nothing where somebody has recorded another set meanwhile.
 * @throws Failure `acquisition` where neither the spare store nor the image has it; `plugin`, `node` as for any switch
 */
export async function restoreSet(
  { generation, premises, rules: judging }: RestoreRequest,
  effects: Effects,
): Promise<PresentSet> {
  const own = Object.keys(generation.plugins).filter((name) => generation.kept[name] === undefined);
  const request = requestFor(generation, own);
  const rules = { ...judging, onConflict: 'replace' } as const;
  try {
    const supply = noNetwork(rules.arch);
    return await makeSetPresent({ premises, rules, request, supply, effects, onlyUnrecorded: true });
  } catch (error) {
    throw isAboutSources(error) ? nowhereWhole(generation, premises.spare, error) : error;
  }
}

function isAboutSources(error: unknown): error is Failure {
  return error instanceof Failure && error.kind === 'acquisition';
}

function nowhereWhole(
  { version, plugins }: Generation,
  spare: StateDir | undefined,
  cause: Failure,
): Failure {
  const places = [spare?.path, 'this image'].filter((place) => place !== undefined);
  return new Failure('set-incomplete', {
    message: `the bin dir was made anew, and ${version} can't be put into it: it is not whole in ${places.join(', nor in ')}`,
    hint: `restart Multus' pod: its init container installs ${version} again`,
    plugins: Object.keys(plugins),
    cause,
  });
}

/** Blobs of the set that the store has lost. Under the node's lock. */
export async function refillStore(
  { generation, premises, rules: { arch } }: RestoreRequest,
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
  const source = { archive: undefined, mirrors: [], retries: 0, caFile: undefined, registryAuth: undefined };
  return { arch, source, timeoutMs };
}
