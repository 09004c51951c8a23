// From a release's archive, wherever it comes from, to a set of plugins in the node's store.

import { mkdirSync } from 'node:fs';
import type { Config, Wish } from '../config.ts';
import { deadline } from '../lib/deadline.ts';
import { Failure } from '../lib/failure.ts';
import type { Finding } from '../lib/finding.ts';
import type { StoredPlugin } from '../node/ledger.ts';
import type { PluginSet } from '../node/next-ledger.ts';
import { requireSpace } from '../node/space.ts';
import type { StateDir } from '../node/state-dir.ts';
import { BlobWriter, fsyncStore } from '../node/store.ts';
import { acquire, type VerifiedArchive } from '../release/acquire.ts';
import { type EntrySink, readArchive, type Reading } from '../release/archive.ts';
import { readAuthorities } from './authorities.ts';
import type { Effects } from './effects.ts';
import { modeOf, type Request } from './wish.ts';

export interface FetchedSet {
  readonly set: PluginSet;
  readonly findings: readonly Finding[];
}

/** @throws Failure `acquisition`, `digest`, `content`, `node`; what was read into the store until then may stay there. */
export async function fetchSet(
  request: Request,
  config: Config,
  stateDir: StateDir,
  effects: Effects,
): Promise<FetchedSet> {
  const archive = await acquireFor(request, config, stateDir, effects);
  try {
    effects.log.info(`verified ${archive.origin}`, { sha256: archive.sha256, by: archive.basis });
    const { plugins, reading } = await extract(archive, request, stateDir, effects);
    return {
      set: {
        version: request.wish.version,
        platform: request.platform,
        archive: recordOf(archive),
        offered: reading.offered,
        plugins,
      },
      findings: [...archive.cautions, ...findingsOf(reading, archive)],
    };
  } finally {
    await archive.dispose();
  }
}

/** How much of the run's time getting the archive may take: what is left has to do for an earlier set, if it fails. */
const shareOfTime = 0.8;

async function acquireFor(
  request: Request,
  config: Config,
  stateDir: StateDir,
  effects: Effects,
): Promise<VerifiedArchive> {
  const totalMs = config.run.timeoutMs * shareOfTime;
  const time = deadline(totalMs, effects.signal, () => tooLate(totalMs));
  const { archive, mirrors, retries, caFile } = config.source;
  const { proxies, userAgent, bundledArchives: bundled } = effects;
  const downloadsPath = (): string => {
    mkdirSync(stateDir.downloadsPath, { recursive: true });
    return stateDir.downloadsPath;
  };
  const http = { retries, caPem: readAuthorities(caFile), proxies, userAgent, timing: { totalMs } };
  const { wish, expectation } = request;
  try {
    return await acquire(
      {
        version: wish.version,
        arch: config.arch,
        expectation,
        archive,
        bundled,
        mirrors,
        http,
        downloadsPath,
      },
      { ...effects, signal: time.signal },
    );
  } finally {
    time.cancel();
  }
}

function tooLate(totalMs: number): Failure {
  return new Failure('acquisition', {
    code: 'timeout',
    message: `the archive was not there after ${totalMs} ms`,
    hint: 'give a longer --timeout (CNI_PLUGINS_TIMEOUT), or a mirror that is nearer; the next run goes on from here',
  });
}

function recordOf({ sha256, sha512, basis, origin }: VerifiedArchive): PluginSet['archive'] {
  return { sha256, ...(sha512 !== undefined && { sha512 }), basis, origin };
}

interface Extraction {
  readonly plugins: Readonly<Record<string, StoredPlugin>>;
  readonly reading: Reading;
}

async function extract(
  archive: VerifiedArchive,
  request: Request,
  stateDir: StateDir,
  effects: Effects,
): Promise<Extraction> {
  const { wish } = request;
  const unpacking = new Unpacking(stateDir, wish);
  try {
    const reading = await readArchive({
      fd: archive.fd,
      origin: archive.origin,
      wanted: wish.plugins === 'all' ? 'all' : new Set(wish.plugins),
      begin: (name, size) => unpacking.begin(name, size),
      signal: effects.signal,
    });
    fsyncStore(stateDir);
    const wanted = unpacking.plugins.filter(([name]) => !wish.skip.includes(name));
    return { plugins: Object.fromEntries(wanted.toSorted(([a], [b]) => (a < b ? -1 : 1))), reading };
  } finally {
    unpacking.abandonUnfinished();
  }
}

/** Plugins on their way from the archive into the store, one at a time. */
class Unpacking {
  readonly plugins: [string, StoredPlugin][] = [];
  readonly #stateDir: StateDir;
  readonly #wish: Wish;
  #unfinished: BlobWriter | undefined;
  #reservedBytes = 0;

  constructor(stateDir: StateDir, wish: Wish) {
    this.#stateDir = stateDir;
    this.#wish = wish;
  }

  /** There must be room for this blob, and for the copies of all so far that will become the plugins. */
  begin(name: string, size: number): EntrySink {
    this.#reservedBytes += size;
    requireSpace(this.#stateDir.path, size + this.#reservedBytes);
    const blob = new BlobWriter(this.#stateDir);
    this.#unfinished = blob;
    const finish = (): void => {
      this.#unfinished = undefined;
      this.plugins.push([name, { ...blob.finish(), mode: modeOf(name, this.#wish) }]);
    };
    return { write: (bytes) => blob.write(bytes), finish };
  }

  abandonUnfinished(): void {
    this.#unfinished?.abandon();
  }
}

function findingsOf(reading: Reading, archive: VerifiedArchive): Finding[] {
  const suspicious = reading.suspicious.map((entry) => ({
    code: 'archive-entry-ignored',
    message: `${archive.origin} has ${entry}, which was ignored`,
  }));
  const stripped = reading.strippedBits.map((name) => ({
    code: 'mode-bits-dropped',
    message: `the setuid, setgid or sticky bit of ${name} in ${archive.origin} was not taken over`,
  }));
  return [...suspicious, ...stripped];
}
