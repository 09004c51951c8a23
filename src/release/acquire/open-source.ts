// An archive of which nothing is known yet but its digests: a local file, or a download.

import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DigestAlgorithm, digestOpenFile, type Digests } from '../../lib/files/digest.ts';
import { Failure } from '../../failure/failure.ts';
import type { DownloadEffects, DownloadRequest } from '../../http/download.ts';
import type { KnownExpectation } from '../expectation.ts';
import type { Source } from './sources.ts';
import { errnoOf, systemReason } from '../../lib/errno.ts';

/** Upstream's largest archive has 57 MB. */
export const maxArchiveBytes = 256 * 1024 * 1024;

/** Of a sidecar, or the manifest of an image: what registries accept at most. */
const maxTextBytes = 4 * 1024 * 1024;

export interface Candidate {
  /** Open for reading: what is verified is what will be unpacked, whatever happens to the name. */
  readonly fd: number;
  readonly bytes: number;
  /** What its server calls it; undefined for a local file. */
  readonly contentType: string | undefined;
  readonly digests: Digests;
  /** Part of it came from an earlier run, and may have been of another file. */
  readonly resumed: boolean;
  /** Closes the file, and removes it where it was downloaded. */
  readonly dispose: () => Promise<void>;
}

/** One beside what it has to be, which only its source may have said. */
export interface KnownCandidate {
  readonly known: KnownExpectation;
  readonly candidate: Candidate;
}

export interface Opening {
  readonly algorithms: readonly DigestAlgorithm[];
  readonly http: Pick<DownloadRequest, 'retries' | 'caPem' | 'proxies' | 'userAgent' | 'timing'> & {
    /** A docker config.json, read where a registry is asked. */
    readonly registryAuth: string | undefined;
  };
  /** Where a download is kept while it is not complete. Asked for only when something is downloaded. */
  readonly downloadsPath: () => string;
}

/** A source whose archive has an address of its own. */
export type PlainSource = Exclude<Source, { kind: 'registry' }>;

/** @throws Failure `acquisition` when the source does not give a file of an acceptable size. */
export function openSource(
  source: PlainSource,
  opening: Opening,
  effects: DownloadEffects,
): Promise<Candidate> {
  return source.kind === 'file'
    ? openFile(source.path, opening.algorithms)
    : openDownload({ url: source.url, name: basename(source.url.pathname) }, opening, effects);
}

async function openFile(path: string, algorithms: readonly DigestAlgorithm[]): Promise<Candidate> {
  const fd = openLocal(path);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw unavailable(`${path} is not a file`);
    if (stats.size > maxArchiveBytes) {
      throw unavailable(`${path} has ${stats.size} bytes; at most ${maxArchiveBytes} are accepted`);
    }
    const digests = await digestOpenFile(fd, algorithms);
    return {
      fd,
      bytes: stats.size,
      contentType: undefined,
      digests,
      resumed: false,
      dispose: async () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openLocal(path: string): number {
  try {
    // Not blocking: a FIFO in the place of an archive must not hold the node.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const problem =
      errnoOf(error) === 'ENOENT'
        ? 'is not there'
        : `can't be read: ${systemReason(error) ?? 'unknown error'}`;
    throw unavailable(`the archive ${path} ${problem}`, error);
  }
}

function unavailable(message: string, cause?: unknown): Failure {
  const hint =
    'see that the tarball is mounted into the container, under the name that --archive (or a file: mirror) gives; ' +
    'an image volume is dropped in silence by Kubernetes before 1.35 without its feature gate ImageVolume';
  return new Failure('archive-unavailable', { message, hint, cause });
}

/** What comes by HTTP. */
export interface WantedDownload extends Pick<DownloadRequest, 'url' | 'access' | 'accept'> {
  /** What it is called on disk while it is not complete. */
  readonly name: string;
}

export async function openDownload(
  wanted: WantedDownload,
  opening: Opening,
  effects: DownloadEffects,
): Promise<Candidate> {
  const { download, discardPartial } = await import('../../http/download.ts');
  const partialPath = join(opening.downloadsPath(), partialName(wanted));
  const { algorithms, http } = opening;
  const asked = { what: 'the archive', partialPath, algorithms, maxBytes: maxArchiveBytes };
  const got = await download({ ...http, ...wanted, ...asked }, effects);
  const fd = openSync(partialPath, 'r');
  const { bytes, contentType, resumedFrom, sha256, sha512 } = got;
  return {
    fd,
    bytes,
    contentType,
    digests: { sha256, ...(sha512 !== undefined && { sha512 }) },
    resumed: resumedFrom > 0,
    dispose: async () => {
      closeSync(fd);
      discardPartial(partialPath);
    },
  };
}

/** One name for each address: mirrors must not throw each other's beginnings away. */
function partialName({ url, name }: WantedDownload): string {
  const address = createHash('sha256').update(url.href).digest('hex').slice(0, 12);
  return `${name}.${address}.partial`;
}

/** The text of the file that upstream publishes beside each archive. */
export function readSidecar(
  source: PlainSource,
  opening: Opening,
  effects: DownloadEffects,
): Promise<string> {
  return source.kind === 'file'
    ? readLocalSidecar(source.path)
    : downloadSidecar(source.url, opening, effects);
}

async function readLocalSidecar(archivePath: string): Promise<string> {
  // Where there is no archive either, that is what is said.
  closeSync(openLocal(archivePath));
  const path = `${archivePath}.sha256`;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unavailable(`the sidecar ${path} can't be read: ${systemReason(error) ?? 'unknown error'}`, error);
  }
}

function downloadSidecar(archive: URL, opening: Opening, effects: DownloadEffects): Promise<string> {
  const url = new URL(archive);
  url.pathname += '.sha256';
  return downloadText({ url, name: basename(url.pathname), what: 'its sidecar' }, opening, effects);
}

/** A small file, of which nothing is left behind. */
export async function downloadText(
  wanted: WantedDownload & Pick<DownloadRequest, 'what'>,
  { http, downloadsPath }: Opening,
  effects: DownloadEffects,
): Promise<string> {
  const { download, discardPartial } = await import('../../http/download.ts');
  const partialPath = join(downloadsPath(), partialName(wanted));
  try {
    await download({ ...http, ...wanted, partialPath, maxBytes: maxTextBytes }, effects);
    return readFileSync(partialPath, 'utf8');
  } finally {
    discardPartial(partialPath);
  }
}
