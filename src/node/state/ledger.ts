// The node's memory of what we did: which set stands, what each name held before us. JSON under the state dir.

import { readFileSync } from 'node:fs';
import { makeDirectory } from '../../lib/files/make-directory.ts';
import { writeFileDurably } from '../../lib/files/atomic-file.ts';
import { Failure } from '../../failure/failure.ts';
import type { StateDir } from './state-dir.ts';
import { namesIn } from '../../lib/files/file-facts.ts';
import { hexLength } from '../../lib/files/digest.ts';
import { isRecord } from '../../lib/record.ts';
import { isPluginName } from '../../lib/text/plugin-name.ts';
import { errnoOf } from '../../lib/errno.ts';
import { trustBases, type TrustBasis } from '../../lib/trust-basis.ts';

/** A plugin as we placed it; its bytes are in the store under their digest. */
export interface StoredPlugin {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface ArchiveRecord {
  readonly sha256: string;
  readonly sha512?: string;
  readonly basis: TrustBasis;
  /** Where it came from, without credentials. */
  readonly origin: string;
}

/** One complete set of plugins. Numbers only ever grow. */
export interface Generation {
  readonly number: number;
  readonly version: string;
  /** `linux/amd64`. */
  readonly platform: string;
  readonly archive: ArchiveRecord;
  /** Every plugin the release has, wanted or not: what `all` means. */
  readonly offered: readonly string[];
  readonly plugins: Readonly<Record<string, StoredPlugin>>;
  /** Names left to others under the policy `keep`, with the digest that was seen to work. */
  readonly kept: Readonly<Record<string, string>>;
  /** What those said of themselves when they were seen to work. Absent where nothing is known of any. */
  readonly introduced?: Readonly<Record<string, Introduced>>;
}

/** What a plugin that others placed says of itself. */
export interface Introduced {
  /** `v1.6.2`; absent where it says none. */
  readonly version?: string;
  /** CNI spec versions, in its own order; none where it does not say. */
  readonly specVersions: readonly string[];
}

/** A set of plugins that could stand on the node: a generation that has no number yet. */
export type PluginSet = Omit<Generation, 'number' | 'kept' | 'introduced'>;

/**
 * What stood under a name before us: nothing; a file with the very bytes we wanted, which we only adopted; or
 * something that now waits under `originals/`.
 */
export type Original = 'nothing' | 'equal' | 'displaced';

/** The content of `ledger.json`, and of each `generations/<n>.json`, which is the ledger as that switch was to leave it. */
export interface Ledger {
  readonly schema: 1;
  readonly generation: Generation;
  /** Has exactly the names that we own. */
  readonly originals: Readonly<Record<string, Original>>;
}

/** What could be read of the ledger file. */
export type LedgerReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'ledger'; readonly ledger: Ledger }
  | { readonly kind: 'unreadable'; readonly because: string };

/** @throws Failure `node` for a ledger of a newer schema, which is not ours to interpret or to touch. */
export function readLedger(stateDir: StateDir): LedgerReading {
  return readLedgerFile(stateDir.ledgerPath);
}

function readLedgerFile(path: string): LedgerReading {
  const text = readIfThere(path);
  return text === undefined ? { kind: 'none' } : parseLedger(text, path);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Pure. Says no to anything that is not whole: a half-believed ledger is worse than none. */
export function parseLedger(text: string, path: string): LedgerReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', because: text.trim() === '' ? 'it is empty' : 'it is not JSON' };
  }
  if (isRecord(value) && typeof value['schema'] === 'number' && value['schema'] > 1) {
    throw newerSchema(path, value['schema']);
  }
  return isLedger(value)
    ? { kind: 'ledger', ledger: value }
    : { kind: 'unreadable', because: 'it lacks what a ledger has' };
}

function newerSchema(path: string, schema: number): Failure {
  return new Failure('ledger-newer', {
    message: `the ledger ${path} has schema ${schema}, this installer knows 1; nothing was touched`,
  });
}

/**
 * Every field, for nothing of a ledger is believed unseen. By hand, and not by the package that reads the bundles' manifest:
 * every start reads a ledger, and has no memory to spare (docs/decisions/0010).
 */
function isLedger(value: unknown): value is Ledger {
  return (
    isRecord(value) &&
    value['schema'] === 1 &&
    isGeneration(value['generation']) &&
    isByPlugin(value['originals'], isOneOf('nothing', 'equal', 'displaced'))
  );
}

function isGeneration(value: unknown): value is Generation {
  return (
    isRecord(value) &&
    isWholeNumber(value['number']) &&
    isWord(value['version']) &&
    isWord(value['platform']) &&
    isArchiveRecord(value['archive']) &&
    isPluginList(value['offered']) &&
    isByPlugin(value['plugins'], isStoredPlugin) &&
    isByPlugin(value['kept'], isSha256) &&
    (value['introduced'] === undefined || isByPlugin(value['introduced'], isIntroduced))
  );
}

function isIntroduced(value: unknown): value is Introduced {
  return (
    isRecord(value) &&
    (value['version'] === undefined || isWord(value['version'])) &&
    Array.isArray(value['specVersions']) &&
    value['specVersions'].every(isWord)
  );
}

function isArchiveRecord(value: unknown): value is ArchiveRecord {
  return (
    isRecord(value) &&
    isSha256(value['sha256']) &&
    (value['sha512'] === undefined || isHex(value['sha512'], hexLength.sha512)) &&
    isOneOf(...trustBases)(value['basis']) &&
    isWord(value['origin'])
  );
}

function isStoredPlugin(value: unknown): value is StoredPlugin {
  return (
    isRecord(value) &&
    isSha256(value['sha256']) &&
    isWholeNumber(value['size']) &&
    isWholeNumber(value['mode']) &&
    value['mode'] <= 0o7777
  );
}

/** A name from a ledger becomes a path in the bin dir; one with a slash must not get that far. */
function isByPlugin(value: unknown, isFact: (fact: unknown) => boolean): boolean {
  return isRecord(value) && Object.entries(value).every(([name, fact]) => isPluginName(name) && isFact(fact));
}

function isPluginList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && isPluginName(name));
}

function isOneOf(...words: readonly string[]): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && words.includes(value);
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isWholeNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isSha256(value: unknown): value is string {
  return isHex(value, hexLength.sha256);
}

function isHex(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
}

/** The generations that are recorded, newest first; unreadable ones are left out. */
export function readGenerations(stateDir: StateDir): Ledger[] {
  return generationNumbers(stateDir)
    .map((number) => readLedgerFile(stateDir.generationPath(number)))
    .flatMap((reading) => (reading.kind === 'ledger' ? [reading.ledger] : []));
}

/** Of the recorded sets, newest first, whether readable or not. */
export function generationNumbers(stateDir: StateDir): number[] {
  return namesIn(stateDir.generationsPath)
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => b - a);
}

/** The digests of all plugins of all recorded sets. */
export function recordedDigests(stateDir: StateDir): string[] {
  const reading = readLedger(stateDir);
  const ledgers = [...readGenerations(stateDir), ...(reading.kind === 'ledger' ? [reading.ledger] : [])];
  return ledgers.flatMap(({ generation }) => Object.values(generation.plugins).map(({ sha256 }) => sha256));
}

/** Records what a switch is about to do. Comes before the first change in the bin dir. */
export function recordIntent(stateDir: StateDir, intent: Ledger): void {
  makeDirectory(stateDir.generationsPath);
  const path = stateDir.generationPath(intent.generation.number);
  writeFileDurably(path, serialise(intent), stateDir.temporary());
}

/** Makes the intent the truth. Comes last. */
export function recordLedger(stateDir: StateDir, ledger: Ledger): void {
  writeFileDurably(stateDir.ledgerPath, serialise(ledger), stateDir.temporary());
}

function serialise(ledger: Ledger): string {
  return `${JSON.stringify(ledger, null, 2)}\n`;
}
