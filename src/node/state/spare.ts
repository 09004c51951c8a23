// The spare store: plugins by digest once more, with the sets that they belong to, outside the bin dir. It outlives a bin dir
// that is removed and made anew, which takes the store along (kubernetes#115629, rke2#10634).
//
// It has the layout of a state dir as far as that is needed: store/, generations/ and tmp/. No ledger, no originals: nothing
// in it says what stands on the node. It is written and cleared under the node's lock alone, which lies in the state dir.

import { rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { errnoOf } from '../../lib/errno.ts';
import { fsyncDirectory } from '../../lib/files/atomic-file.ts';
import { lstatIfThere, namesIn } from '../../lib/files/file-facts.ts';
import { removeFile, removeFlatDirectory } from '../../lib/files/remove.ts';
import { collectBlobs, forgetGenerations, sweepTemporaries } from './housekeeping.ts';
import {
  generationNumbers,
  type Ledger,
  readGenerations,
  recordIntent,
  type StoredPlugin,
} from './ledger.ts';
import { prepareSpare } from './prepare.ts';
import { onDisk, requireSpace } from './space.ts';
import type { StateDir } from './state-dir.ts';
import { blobDigests, bringBlob, fsyncStore } from './store.ts';

/** Whether it differs from what is recorded, by names and sizes. Looks only. */
export function isSpareBehind(spare: StateDir, generations: readonly Ledger[]): boolean {
  const plugins = pluginsOfGenerations(generations);
  const recorded = new Set(generations.map(({ generation }) => generation.number));
  const has = generationNumbers(spare);
  const isSameSets = has.length === recorded.size && has.every((number) => recorded.has(number));
  const hasNoMore = blobDigests(spare).length <= plugins.length;
  return !isSameSets || !hasNoMore || lackingInSpare(spare, plugins).length > 0;
}

/**
 * Brings it to what the state dir has recorded: first what it lacks, then the sets, then away with what no set needs. It has at
 * every instant what a set it names needs.
 * @throws Failure `node` without the space; Node's own error when the node refuses
 */
export async function fillSpare(stateDir: StateDir, spare: StateDir): Promise<void> {
  const generations = readGenerations(stateDir);
  const plugins = pluginsOfGenerations(generations);
  prepareSpare(spare);
  sweepTemporaries(spare);
  const lacking = lackingInSpare(spare, plugins);
  const bytes = lacking.reduce((sum, { size }) => sum + onDisk(size), 0);
  requireSpace(spare.path, { bytes, files: lacking.length });
  for (const { sha256 } of lacking) await bringBlob(sha256, { from: stateDir, to: spare });
  if (lacking.length > 0) fsyncStore(spare);
  const known = readGenerations(spare);
  const fresh = generations.filter((one) => !known.some((other) => isDeepStrictEqual(one, other)));
  for (const generation of fresh) recordIntent(spare, generation);
  const numbers = new Set(generations.map(({ generation }) => generation.number));
  forgetGenerations(
    spare,
    generationNumbers(spare).filter((number) => !numbers.has(number)),
  );
  collectBlobs(spare, new Set(plugins.map(({ sha256 }) => sha256)));
}

function pluginsOfGenerations(generations: readonly Ledger[]): readonly StoredPlugin[] {
  const plugins = generations.flatMap(({ generation }) => Object.values(generation.plugins));
  return [...new Map(plugins.map((plugin) => [plugin.sha256, plugin])).values()];
}

function lackingInSpare(spare: StateDir, plugins: readonly StoredPlugin[]): readonly StoredPlugin[] {
  return plugins.filter(({ sha256, size }) => lstatIfThere(spare.blobPath(sha256))?.size !== size);
}

/** There is something of ours in it. */
export function holdsSpare({ path, storePath, generationsPath, temporaryPath }: StateDir): boolean {
  const ours = new Set([storePath, generationsPath, temporaryPath]);
  return namesIn(path).some((name) => ours.has(join(path, name)));
}

/** Gives it back, the sets first; the directory itself where nothing else is in it, and it is not a mount. */
export function clearSpare(spare: StateDir): void {
  for (const number of generationNumbers(spare)) removeFile(spare.generationPath(number));
  for (const directory of [spare.generationsPath, spare.storePath, spare.temporaryPath]) {
    removeFlatDirectory(directory);
  }
  if (lstatIfThere(spare.path) === undefined) return;
  fsyncDirectory(spare.path);
  try {
    rmdirSync(spare.path);
    fsyncDirectory(dirname(spare.path));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
