// Tidying of the state dir: the one place from which anything of ours is removed there.
//
// What may lie there, and who removes it:
//
//   tmp/          work under way               the step that made it, at its end; else the next turn, at its beginning
//   locks/        sockets of who works, waits  its owner; a dead one's, whoever meets it (lib/files/lock.ts)
//   downloads/    archives not yet whole       the download, once it is over (http/partial-file.ts); else it is resumed
//   store/        plugins by digest            a turn that fails, what it brought; a switch, what no set it keeps needs
//   originals/    what we displaced            restoring, which moves it; else a switch, once the ledger gave the name back
//   generations/  recorded sets, and intents   a switch that is undone, its intent; one that is done, all but the last two
//   ledger.json   what stands                  uninstall, last of all
//
// Empty directories go at the end of a turn. Anything else is somebody else's, and stays. Everything here but `isUntidy`
// is called under the node's lock (engine/turns.ts), and only there: what looks like rubbish may be another's work.

import { existsSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../lib/errno.ts';
import { fsyncDirectory } from '../../lib/files/atomic-file.ts';
import { lstatIfThere, namesIn } from '../../lib/files/file-facts.ts';
import { removeFile, removeFlatDirectory, tidyAway } from '../../lib/files/remove.ts';
import { generationNumbers, type Ledger, recordedDigests } from './ledger.ts';
import type { StateDir } from './state-dir.ts';

/**
 * A run that was cut off after it had recorded its set left work in progress, a generation or an original too many; or
 * another installer is at work just now. Looks only.
 */
export function isUntidy(
  stateDir: StateDir,
  ledger: Ledger | undefined,
  generations: readonly Ledger[],
): boolean {
  if (existsSync(stateDir.temporaryPath) || existsSync(stateDir.locksPath)) return true;
  if (generations.length > generationsKept) return true;
  return ledger !== undefined && givenBack(stateDir, ledger, generations).length > 0;
}

/** Removes what an installer that was killed left behind. At the beginning of a turn. */
export function sweepTemporaries(stateDir: StateDir): void {
  for (const name of namesIn(stateDir.temporaryPath)) removeFile(join(stateDir.temporaryPath, name));
}

/** Work that is over; what the node does not let go, the next turn sweeps. */
export function discard(temporaries: Iterable<string>): void {
  for (const path of temporaries) tidyAway(path);
}

/**
 * What a turn that failed brought into the store is taken out again; what was there before and what a recorded set needs
 * stay. Should the node refuse that too, the error that brought us here is the one to tell.
 */
export function takeBackBlobs(stateDir: StateDir, before: readonly string[]): void {
  try {
    collectBlobs(stateDir, new Set([...before, ...recordedDigests(stateDir)]));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/** The intent of a switch that was undone. */
export function withdrawIntent(stateDir: StateDir, intent: Ledger): void {
  removeFile(stateDir.generationPath(intent.generation.number));
}

/** Switches that were cut off after what stood: now that this one is carried out, nobody can come back to them. */
export function forgetIntentsBetween(stateDir: StateDir, before: Ledger, after: Ledger): void {
  const isBetween = (number: number): boolean =>
    number > before.generation.number && number < after.generation.number;
  forgetGenerations(stateDir, generationNumbers(stateDir).filter(isBetween));
}

const generationsKept = 2;

/**
 * Forgets what nobody can come back to: all but the current generation and the one before. The originals first: which
 * of them are ours to drop is known from the generations.
 */
export function retainTwoGenerations(stateDir: StateDir, current: Ledger, history: readonly Ledger[]): void {
  for (const name of givenBack(stateDir, current, history)) removeFile(stateDir.originalPath(name));
  const previous = history.find(
    ({ generation: { number } }) =>
      number < current.generation.number && lstatIfThere(stateDir.generationPath(number)) !== undefined,
  );
  const kept = previous === undefined ? [current] : [current, previous];
  const numbers = new Set(kept.map(({ generation }) => generation.number));
  forgetGenerations(
    stateDir,
    generationNumbers(stateDir).filter((number) => !numbers.has(number)),
  );
  const plugins = kept.flatMap(({ generation }) => Object.values(generation.plugins));
  collectBlobs(stateDir, new Set(plugins.map(({ sha256 }) => sha256)));
}

/** Sets by number. */
export function forgetGenerations(stateDir: StateDir, numbers: readonly number[]): void {
  for (const number of numbers) removeFile(stateDir.generationPath(number));
}

/** All blobs but these. */
export function collectBlobs(stateDir: StateDir, keep: ReadonlySet<string>): void {
  for (const name of namesIn(stateDir.storePath)) {
    if (!keep.has(name.replace(/^sha256-/, ''))) removeFile(join(stateDir.storePath, name));
  }
}

/** Names whose original still waits although the ledger, the last of this history, has given the name back. */
function givenBack(stateDir: StateDir, ledger: Ledger, history: readonly Ledger[]): readonly string[] {
  const once = new Set(history.flatMap(({ originals }) => Object.keys(originals)));
  const waiting = namesIn(stateDir.originalsPath).filter((name) => once.has(name));
  return waiting.filter((name) => ledger.originals[name] !== 'displaced');
}

/**
 * Takes back directories that hold nothing. Leaves whatever has content, and whatever the node does not let go: the run
 * itself is over, and the next one tidies again. At the end of a turn.
 */
export function removeEmptyDirectories(stateDir: StateDir): void {
  tidyAwayEmpty(
    stateDir.temporaryPath,
    stateDir.downloadsPath,
    stateDir.storePath,
    stateDir.originalsPath,
    stateDir.generationsPath,
  );
}

/** What is left of a state dir without content, once the lock is released: with somebody else's in it, it stays. */
export function removeEmptyStateDir(stateDir: StateDir): void {
  tidyAwayEmpty(stateDir.locksPath, stateDir.path);
}

/** Once this returns, a state dir that was removed does not come back with the power. */
export function fsyncRemoval(stateDir: StateDir): void {
  if (lstatIfThere(stateDir.path) === undefined) fsyncDirectory(dirname(stateDir.path));
}

function tidyAwayEmpty(...directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

/**
 * Removes all content of the state dir, the ledger last, also on the disk: until then a second attempt still knows what
 * is whose. The locks stay, ours is among them.
 */
export function clearStateDir(stateDir: StateDir): void {
  const directories = [
    stateDir.storePath,
    stateDir.downloadsPath,
    stateDir.temporaryPath,
    stateDir.originalsPath,
    stateDir.generationsPath,
  ];
  for (const directory of directories) removeFlatDirectory(directory);
  fsyncDirectory(stateDir.path);
  removeFile(stateDir.ledgerPath);
  fsyncDirectory(stateDir.path);
}
