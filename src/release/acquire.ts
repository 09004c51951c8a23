// From sources to a verified archive: each in turn, through the same verification, every failure remembered.

import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { digestOpenFile, type Digests } from '../lib/digest.ts';
import { errnoOf, Failure } from '../lib/failure.ts';
import type { Finding } from '../lib/finding.ts';
import type { Arch } from './catalog.ts';
import {
  defaultMaxBytes,
  discardPartial,
  download,
  type DownloadEffects,
  type DownloadRequest,
} from './download.ts';
import {
  accepted,
  algorithmsFor,
  cautionAbout,
  digestInSidecar,
  type Expectation,
  type KnownExpectation,
  meets,
} from './expectation.ts';
import { type Source, sourcesFor } from './sources.ts';

export interface AcquireRequest {
  readonly version: string;
  readonly arch: Arch;
  readonly expectation: Expectation;
  /** Absolute path of a tarball or directory. */
  readonly archive: string | undefined;
  readonly mirrors: readonly URL[];
  readonly http: Pick<DownloadRequest, 'retries' | 'caPem' | 'proxies' | 'userAgent'>;
  /** Where a download is kept while it is not complete. Asked for only when something is downloaded. */
  readonly downloadsPath: () => string;
}

/** An archive whose digest is the expected one, open for reading. */
export interface VerifiedArchive {
  readonly fd: number;
  readonly bytes: number;
  /** Where it came from, without credentials. */
  readonly origin: string;
  readonly basis: Expectation['basis'];
  readonly sha256: string;
  readonly sha512: string | undefined;
  /** What an operator should know of how it was got. */
  readonly cautions: readonly Finding[];
  /** Closes the file, and removes it where it was downloaded. */
  readonly dispose: () => Promise<void>;
}

/** Why one source did not give the archive. */
interface Miss {
  readonly label: string;
  readonly failure: Failure;
}

/**
 * Tries the sources in order until one gives an archive whose digest is expected.
 * @throws Failure `digest` when at least one gave another archive, else `acquisition`; its details have a line for each
 *   source. Rejects with the signal's reason when aborted.
 */
export async function acquire(request: AcquireRequest, effects: DownloadEffects): Promise<VerifiedArchive> {
  const misses: Miss[] = [];
  const sources = sourcesOf(request);
  for (const source of sources) {
    try {
      const candidate = await openSource(source, request, effects);
      return await verify(candidate, source, request, { effects, misses });
    } catch (error) {
      effects.signal.throwIfAborted();
      if (!(error instanceof Failure) || !['acquisition', 'digest'].includes(error.kind)) throw error;
      misses.push({ label: source.label, failure: error });
      if (misses.length < sources.length) effects.log.warn(`trying the next source: ${error.message}`);
    }
  }
  throw noneOf(misses, request);
}

function sourcesOf(request: AcquireRequest): readonly Source[] {
  const { archive, mirrors, version, arch } = request;
  const place = archive === undefined ? undefined : { path: archive, isDirectory: isDirectory(archive) };
  return sourcesFor({ archive: place, mirrors }, version, arch);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** An archive of which nothing is known yet but its digests. */
interface Candidate {
  readonly fd: number;
  readonly bytes: number;
  readonly digests: Digests;
  readonly dispose: () => Promise<void>;
}

function openSource(source: Source, request: AcquireRequest, effects: DownloadEffects): Promise<Candidate> {
  return source.kind === 'file'
    ? openFile(source.path, request)
    : downloadSource(source.url, request, effects);
}

async function openFile(path: string, request: AcquireRequest): Promise<Candidate> {
  const fd = openLocal(path);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw notHad(`${path} is no file`);
    if (stats.size > defaultMaxBytes) {
      throw notHad(`${path} has ${stats.size} bytes; at most ${defaultMaxBytes} are accepted`);
    }
    const digests = await digestOpenFile(fd, algorithmsFor(request.expectation));
    return { fd, bytes: stats.size, digests, dispose: async () => closeSync(fd) };
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
    const errno = errnoOf(error) ?? 'unknown error';
    const problem = errno === 'ENOENT' ? 'is not there' : `can't be read (${errno})`;
    throw notHad(`the archive ${path} ${problem}`, error);
  }
}

function notHad(message: string, cause?: unknown): Failure {
  return new Failure('acquisition', { code: 'archive-not-had', message, cause });
}

async function downloadSource(
  url: URL,
  request: AcquireRequest,
  effects: DownloadEffects,
): Promise<Candidate> {
  const partialPath = join(request.downloadsPath(), `${basename(url.pathname)}.partial`);
  const algorithms = algorithmsFor(request.expectation);
  const { bytes, sha256, sha512 } = await download(
    { ...request.http, url, partialPath, algorithms },
    effects,
  );
  const fd = openSync(partialPath, 'r');
  const digests = { sha256, ...(sha512 !== undefined && { sha512 }) };
  const dispose = async (): Promise<void> => {
    closeSync(fd);
    await discardPartial(partialPath);
  };
  return { fd, bytes, digests, dispose };
}

interface Circumstances {
  readonly effects: DownloadEffects;
  readonly misses: readonly Miss[];
}

/** Nothing reads the archive's content before this has said yes. */
async function verify(
  candidate: Candidate,
  source: Source,
  request: AcquireRequest,
  { effects, misses }: Circumstances,
): Promise<VerifiedArchive> {
  try {
    const { digests } = candidate;
    const known = await knownExpectation(source, request, effects);
    if (!meets(known, digests)) throw mismatch(source.label, digests, known, request.version);
    const caution = cautionAbout(request.expectation, digests);
    return {
      ...candidate,
      origin: source.label,
      basis: request.expectation.basis,
      sha256: digests.sha256 ?? '',
      sha512: digests.sha512,
      cautions: [
        ...(caution === undefined ? [] : [{ code: 'archive-trust', message: caution }]),
        ...misses.filter(({ failure }) => failure.kind === 'digest').map(mismatchElsewhere),
      ],
    };
  } catch (error) {
    await candidate.dispose();
    throw error;
  }
}

function mismatchElsewhere({ label, failure }: Miss): Finding {
  return {
    code: 'mirror-mismatch',
    message: `${label} serves another archive than expected: ${failure.message}`,
    hint: 'see who put it there; another source gave the right one',
  };
}

async function knownExpectation(
  source: Source,
  request: AcquireRequest,
  effects: DownloadEffects,
): Promise<KnownExpectation> {
  if (request.expectation.basis !== 'sidecar') return request.expectation;
  const fileName = basename(source.kind === 'file' ? source.path : source.url.pathname);
  const hex = digestInSidecar(await readSidecar(source, request, effects), fileName);
  if (hex !== undefined) return { basis: 'given', digests: { sha256: [hex], sha512: [] } };
  throw new Failure('digest', {
    code: 'sidecar-unusable',
    message: `${source.label}.sha256 has no SHA-256 of ${fileName}`,
    hint: 'give the digest with --sha256 (CNI_PLUGINS_SHA256)',
  });
}

async function readSidecar(
  source: Source,
  request: AcquireRequest,
  effects: DownloadEffects,
): Promise<string> {
  if (source.kind === 'file') return readLocalSidecar(`${source.path}.sha256`);
  const url = new URL(source.url);
  url.pathname += '.sha256';
  const partialPath = join(request.downloadsPath(), basename(url.pathname));
  try {
    await download({ ...request.http, url, partialPath, maxBytes: 64 * 1024 }, effects);
    return readFileSync(partialPath, 'utf8');
  } finally {
    await discardPartial(partialPath);
  }
}

function readLocalSidecar(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw notHad(`the sidecar ${path} can't be read (${errnoOf(error) ?? 'unknown error'})`, error);
  }
}

function mismatch(label: string, digests: Digests, known: KnownExpectation, version: string): Failure {
  const sides = Object.entries(accepted(known)).map(
    ([algorithm, hexes]) =>
      `${algorithm} is ${Object.entries(digests).find(([name]) => name === algorithm)?.[1]}, wanted ${hexes.join(' or ')}`,
  );
  return new Failure('digest', {
    code: 'digest-mismatch',
    message: `${label} is not the expected archive: its ${sides.join('; its ')}`,
    hint: hintForMismatch(known, version),
  });
}

function hintForMismatch(known: KnownExpectation, version: string): string {
  if (known.basis === 'given') {
    return 'see whether the digest belongs to this version and platform, and whether the file is the one you meant';
  }
  return (
    `the file is damaged, rebuilt, or tampered with; compare it with upstream's release ${version}. ` +
    'Upstream has replaced assets before (v1.4.1). If you trust the file, give its digest with --sha256'
  );
}

function noneOf(misses: readonly Miss[], { version, arch, archive }: AcquireRequest): Failure {
  const [first, ...more] = misses;
  if (first !== undefined && more.length === 0) return withHint(first.failure, archive);
  const kind = misses.some(({ failure }) => failure.kind === 'digest') ? 'digest' : 'acquisition';
  return new Failure(kind, {
    code: kind === 'digest' ? 'digest-mismatch' : 'archive-not-had',
    message: `none of ${misses.length} sources gave the archive of ${version} for linux/${arch}: ${misses.map(({ failure }) => failure.message).join(' | ')}`,
    hint: hintFor(archive),
    details: misses.map(({ label, failure }) => `${label}: ${failure.message}`),
  });
}

function withHint(failure: Failure, archive: string | undefined): Failure {
  const { kind, code, message, hint = hintFor(archive), cause } = failure;
  return new Failure(kind, { code, message, hint, cause });
}

function hintFor(archive: string | undefined): string {
  return archive === undefined
    ? 'see that a mirror is reachable (--mirror, HTTPS_PROXY), or give the tarball with --archive'
    : 'see that the tarball is mounted into the container, under the name that --archive gives';
}
