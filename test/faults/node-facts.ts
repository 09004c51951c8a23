// A node as facts that can be compared across copies of it and across runs: no inodes, no clock, no numbers that only grow.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Ledger } from '../../src/node/state/ledger.ts';
import type { TestNode } from '../support/installer.ts';
import { namesIn, snapshotOf, type SnapshotEntry } from '../support/snapshot.ts';

/** What can be said of a file for as long as nobody touches it. */
export interface FileFacts extends Pick<SnapshotEntry, 'kind' | 'mode' | 'owner' | 'content'> {
  /** To the nanosecond for what was there long before the test; what was made meanwhile is just that. */
  readonly modified: string;
}

/** By name. */
export type BinDirFacts = Readonly<Record<string, FileFacts>>;

const stateDirName = '.cni-plugins-installer';

/** Where scenarios have their spare store, so that every call on it is seen. */
export const spareName = '.spare';

/** The bin dir without our state dir. */
export function binDirFacts({ binDir }: TestNode): BinDirFacts {
  const entries = Object.entries(factsBelow(binDir));
  return Object.fromEntries(
    entries.filter(([path]) => ![stateDirName, spareName].includes(path.split('/')[0] ?? '')),
  );
}

function factsBelow(directory: string): BinDirFacts {
  if (!existsSync(directory)) return {};
  const entries = Object.entries(snapshotOf(directory));
  return Object.fromEntries(entries.map(([path, entry]) => [path, factsOf(entry)]));
}

function factsOf({ kind, mode, owner, content, modified }: SnapshotEntry): FileFacts {
  const isOld = Date.now() - Number(modified / 1_000_000n) > 24 * 60 * 60 * 1000;
  return { kind, mode, owner, content, modified: isOld ? String(modified) : 'lately' };
}

/** Our memory of the node. */
export interface StateFacts {
  /** Names in the state dir: nothing temporary, no lock. */
  readonly names: readonly string[];
  readonly ledger: unknown;
  /** Recorded sets, newest first. */
  readonly generations: readonly unknown[];
  readonly blobs: readonly string[];
  readonly originals: BinDirFacts;
  /** Blobs of the spare store, and the sets that it has, newest first. */
  readonly spare: readonly unknown[];
}

/** Undefined where there is no state dir. */
export function stateFacts({ stateDir, binDir }: TestNode): StateFacts | undefined {
  if (!existsSync(stateDir)) return undefined;
  const ledger = join(stateDir, 'ledger.json');
  const spare = join(binDir, spareName);
  return {
    names: namesIn(stateDir),
    ledger: existsSync(ledger) ? withoutNumber(ledger) : undefined,
    generations: generationsIn(stateDir),
    blobs: namesWhereThere(join(stateDir, 'store')),
    originals: factsBelow(join(stateDir, 'originals')),
    spare: [...namesWhereThere(join(spare, 'store')), ...generationsIn(spare)],
  };
}

/** Newest first. */
function generationsIn(directory: string): unknown[] {
  const numbers = namesWhereThere(join(directory, 'generations')).map((name) => parseInt(name));
  return numbers
    .toSorted((a, b) => b - a)
    .map((number) => withoutNumber(join(directory, 'generations', `${number}.json`)));
}

function namesWhereThere(directory: string): string[] {
  return existsSync(directory) ? namesIn(directory) : [];
}

/** A run that was cut off may have used up a number. */
function withoutNumber(path: string): unknown {
  const { generation, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as Ledger;
  return { ...rest, generation: { ...generation, number: 'any' } };
}

/**
 * Equal for two nodes between which no installer can tell a difference: every name with its content and attributes, and
 * which of them are links to one inode. What is left under temporary names only counts as there: it is swept unread.
 */
export function fingerprintOf({ binDir }: TestNode): string {
  const entries = Object.entries(snapshotOf(binDir)).map(([path, entry]): [string, SnapshotEntry] => [
    path.replace(/\/(tmp|locks)\/.*/, '/$1/…'),
    entry,
  ]);
  const firstOf = new Map(entries.toReversed().map(([path, { inode }]) => [inode, path]));
  const lines = entries.map(([path, entry]) =>
    path.endsWith('…') ? path : [path, ...Object.values(factsOf(entry)), firstOf.get(entry.inode)].join('\t'),
  );
  return createHash('sha256')
    .update([...new Set(lines)].join('\n'))
    .digest('hex');
}

/** Each name whose facts are in none of the given versions of the bin dir, with what it is and what it could be. */
export function namesInNoVersion(now: BinDirFacts, versions: readonly BinDirFacts[]): string[] {
  const names = new Set([now, ...versions].flatMap((facts) => Object.keys(facts)));
  return [...names].flatMap((name) => {
    if (versions.some((version) => isDeepStrictEqual(now[name], version[name]))) return [];
    const legal = versions.map((version) => describe(version[name])).join(' or ');
    return [`${name} is ${describe(now[name])}, legal: ${legal}`];
  });
}

function describe(facts: FileFacts | undefined): string {
  if (facts === undefined) return 'absent';
  const { kind, mode, owner, content, modified } = facts;
  return `[${kind} ${mode} ${owner} ${content.slice(0, 8)} ${modified}]`;
}

/** Where two memories differ, in words that fit a line each. */
export function differencesOf(now: StateFacts | undefined, wanted: StateFacts | undefined): string[] {
  const keys = ['names', 'ledger', 'generations', 'blobs', 'originals', 'spare'] as const;
  return keys.flatMap((key) => {
    if (isDeepStrictEqual(now?.[key], wanted?.[key])) return [];
    return [`${key} in the state dir: ${brief(now?.[key])}, wanted ${brief(wanted?.[key])}`];
  });
}

function brief(value: unknown): string {
  return JSON.stringify(value, (key, part: unknown) =>
    ['offered', 'archive', 'schema', 'platform', 'size'].includes(key)
      ? undefined
      : typeof part === 'string'
        ? part.slice(0, 24)
        : part,
  );
}
