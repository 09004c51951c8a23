// The wished plugins of a verified archive, into the node's store, or nowhere to learn only their digests.

import { createHash } from 'node:crypto';
import type { Wish } from '../../arguments/parts/wish.ts';
import type { Finding } from '../../failure/finding.ts';
import type { StoredPlugin, PluginSet } from '../../node/state/ledger.ts';
import { fits, freeIn, type Need, onDisk, requireSpace } from '../../node/state/space.ts';
import type { StateDir } from '../../node/state/state-dir.ts';
import { type Blob, BlobWriter, fsyncStore } from '../../node/state/store.ts';
import type { VerifiedArchive } from '../../release/acquire/acquire.ts';
import { type EntrySink, readArchive, type Reading } from '../../release/archive.ts';
import { modeOf, type SetRequest } from '../fulfilment.ts';

export interface ExtractedSet {
  readonly set: PluginSet;
  readonly findings: readonly Finding[];
}

/** Ledger and generation, each with its temporary name: a few blocks. */
const overhead: Need = { bytes: 256 * 1024, files: 2 };

/** Takes one plugin's bytes; exactly one of `finish` and `abandon` ends it. */
interface Destination {
  readonly write: (bytes: Uint8Array) => void;
  readonly finish: () => Blob;
  readonly abandon: () => void;
}

/**
 * Uses the archive up: it is closed, and removed where it was downloaded. What was read into the store until it fails
 * stays there.
 * @throws Failure `content` for an archive that is not acceptable, `node` when the disk has no room.
 */
export async function extractSet(
  archive: VerifiedArchive,
  request: SetRequest,
  stateDir: StateDir,
  signal: AbortSignal,
): Promise<ExtractedSet> {
  const free = freeIn(stateDir.path);
  const need = { ...overhead };
  // Twice: for the blob, and for the copy that will become the plugin. Where that is too much, the rest is read only to
  // learn how much it would have been: whoever makes room wants to do so once.
  const intoStore = (size: number): Destination => {
    need.bytes += 2 * onDisk(size);
    need.files += 2;
    return fits(need, free) ? new BlobWriter(stateDir) : hashOnly(size);
  };
  const extracted = await extract(archive, request, intoStore, signal);
  requireSpace(stateDir.path, need, free);
  fsyncStore(stateDir);
  return extracted;
}

/** The same set, with nothing written anywhere. Uses the archive up. */
export function foreseeContent(
  archive: VerifiedArchive,
  request: SetRequest,
  signal: AbortSignal,
): Promise<ExtractedSet> {
  return extract(archive, request, hashOnly, signal);
}

function hashOnly(size: number): Destination {
  const hash = createHash('sha256');
  return {
    write: (bytes) => void hash.update(bytes),
    finish: () => ({ sha256: hash.digest('hex'), size }),
    abandon: () => undefined,
  };
}

async function extract(
  archive: VerifiedArchive,
  { wish, platform }: SetRequest,
  openDestination: (size: number) => Destination,
  signal: AbortSignal,
): Promise<ExtractedSet> {
  const unpacking = new Unpacking(wish, openDestination);
  const wanted = wish.plugins === 'all' ? 'all' : new Set(wish.plugins);
  try {
    const { fd, origin, contents } = archive;
    const begin = (name: string, size: number): EntrySink => unpacking.begin(name, size);
    const reading = await readArchive({ fd, origin, wanted, contents, begin, signal });
    return {
      set: {
        version: wish.version,
        platform,
        archive: archiveRecordOf(archive),
        offered: reading.offered,
        plugins: unpacking.plugins(),
      },
      findings: [...archive.cautions, ...findingsOf(reading, archive)],
    };
  } finally {
    unpacking.abandonUnfinished();
    await archive.dispose();
  }
}

function archiveRecordOf({ sha256, sha512, basis, origin }: VerifiedArchive): PluginSet['archive'] {
  return { sha256, ...(sha512 !== undefined && { sha512 }), basis, origin };
}

/** Plugins on their way out of the archive, one at a time. */
class Unpacking {
  readonly #done = new Map<string, StoredPlugin>();
  readonly #wish: Wish;
  readonly #openDestination: (size: number) => Destination;
  #unfinished: Destination | undefined;

  constructor(wish: Wish, openDestination: (size: number) => Destination) {
    this.#wish = wish;
    this.#openDestination = openDestination;
  }

  begin(name: string, size: number): EntrySink {
    const destination = this.#openDestination(size);
    this.#unfinished = destination;
    const finish = (): void => {
      this.#unfinished = undefined;
      this.#done.set(name, { ...destination.finish(), mode: modeOf(name, this.#wish) });
    };
    return { write: (bytes) => destination.write(bytes), finish };
  }

  plugins(): Readonly<Record<string, StoredPlugin>> {
    const wanted = [...this.#done].filter(([name]) => !this.#wish.skip.includes(name));
    return Object.fromEntries(wanted.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  abandonUnfinished(): void {
    this.#unfinished?.abandon();
  }
}

function findingsOf(reading: Reading, { origin }: VerifiedArchive): Finding[] {
  const suspicious = reading.suspicious.map((entry): Finding => ({
    code: 'archive-entry-ignored',
    message: `${origin} has ${entry}, which was ignored`,
  }));
  const stripped = reading.strippedBits.map((name): Finding => ({
    code: 'mode-bits-dropped',
    message: `the setuid, setgid or sticky bit of ${name} in ${origin} was not taken over`,
  }));
  return [...suspicious, ...stripped];
}
