// From sources to a verified archive: each in turn, through the same verification, every failure remembered.

import { existsSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { digestAlgorithms, digestOpenFile } from '../../lib/files/digest.ts';
import { bundledArchivesPath } from '../../lib/product.ts';
import { isDirectory } from '../../lib/files/file-facts.ts';
import { remedyOf } from '../../failure/codes.ts';
import { Failure } from '../../failure/failure.ts';
import type { Finding } from '../../failure/finding.ts';
import {
  type Candidate,
  type KnownCandidate,
  type Opening,
  openSource,
  type PlainSource,
  readSidecar,
} from './open-source.ts';
import { digestIn } from '../checksum-file.ts';
import { contentsOf } from '../accepted-digests.ts';
import { archiveFileName } from '../upstream.ts';
import type { DownloadEffects } from '../../http/download.ts';
import {
  algorithmsFor,
  cautionAbout,
  type Expectation,
  type KnownExpectation,
  meets,
} from '../expectation.ts';
import { notBundled, notHeld } from './holdings.ts';
import { type Arrival, mismatch } from './mismatch.ts';
import { type Source, sourcesFor } from './sources.ts';
import type { Arch } from '../../lib/architecture.ts';

export interface AcquireRequest extends Omit<Opening, 'algorithms'> {
  readonly version: string;
  readonly arch: Arch;
  readonly expectation: Expectation;
  /** Absolute path of a tarball or directory; when given, nothing else is tried. */
  readonly archive: string | undefined;
  /** A directory with archives of our own image. */
  readonly bundled: string | undefined;
  /** Base URLs that end in a slash. */
  readonly mirrors: readonly URL[];
}

/** An archive whose digest is the expected one, open for reading. */
export interface VerifiedArchive extends Pick<Candidate, 'fd' | 'bytes' | 'dispose'> {
  /** Where it came from, without credentials. */
  readonly origin: string;
  readonly basis: Expectation['basis'];
  readonly sha256: string;
  readonly sha512: string | undefined;
  /** The plugins in it, sorted, where it is upstream's own. */
  readonly contents: readonly string[] | undefined;
  /** What an operator should know of how it was got. */
  readonly cautions: readonly Finding[];
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
      return verified(await openVerified(source, request, effects), source, request, misses);
    } catch (error) {
      effects.signal.throwIfAborted();
      if (!(error instanceof Failure) || !['acquisition', 'digest'].includes(error.kind)) throw error;
      misses.push({ label: source.label, failure: error });
      if (misses.length < sources.length) effects.log.warn(`trying the next source: ${error.message}`);
    }
  }
  throw nothingAcquired(misses, request);
}

/**
 * What the image does not bring along is not worth a line about its absence. Of the names that a directory may have the
 * archive under, only those that are there are tried.
 * @throws Failure `acquisition` where there is none.
 */
function sourcesOf({ archive, bundled, mirrors, version, arch }: AcquireRequest): readonly Source[] {
  const place = archive === undefined ? undefined : { path: archive, isDirectory: isDirectory(archive) };
  const brought = bundled !== undefined && existsSync(join(bundled, version, archiveFileName(version, arch)));
  const sources = sourcesFor(
    { archive: place, bundled: brought ? bundled : undefined, mirrors },
    version,
    arch,
  );
  if (place === undefined) return sources;
  const present = sources.filter((source) => source.kind === 'file' && existsSync(source.path));
  if (present.length > 0) return present;
  if (place.isDirectory) throw notHeld(place.path, version, arch);
  if (place.path === bundledArchivesPath) throw notBundled();
  return sources;
}

/** Nothing reads the archive's content before this has returned. */
async function openVerified(
  source: Source,
  request: AcquireRequest,
  effects: DownloadEffects,
): Promise<Candidate> {
  const opening = { ...request, algorithms: algorithmsFor(request.expectation) };
  const { known, candidate } = await openKnown(source, opening, effects);
  try {
    if (meets(known, candidate.digests)) return candidate;
    throw mismatch(await arrivalOf(candidate, source), { ...request, known });
  } catch (error) {
    await candidate.dispose();
    // A mirror must not be blamed for what an earlier run left: the second try begins with nothing.
    if (candidate.resumed && error instanceof Failure && error.kind === 'digest') {
      return openVerified(source, request, effects);
    }
    throw error;
  }
}

async function openKnown(
  source: Source,
  opening: AcquireRequest & Opening,
  effects: DownloadEffects,
): Promise<KnownCandidate> {
  if (source.kind === 'registry') {
    const { openFromRegistry } = await import('../registry/open-registry.ts');
    return openFromRegistry(source, opening, effects);
  }
  // First what is small: where the sidecar is of no use, the archive need not come.
  const known = await knownExpectation(source, opening, effects);
  return { known, candidate: await openSource(source, opening, effects) };
}

/** Looked at closely only where it is not what it should be. */
async function arrivalOf({ fd, bytes, contentType }: Candidate, { label }: Source): Promise<Arrival> {
  const head = Buffer.alloc(Math.min(bytes, 128));
  readSync(fd, head, 0, head.length, 0);
  return { label, bytes, contentType, head, digests: await digestOpenFile(fd, digestAlgorithms) };
}

async function knownExpectation(
  source: PlainSource,
  opening: Opening & { readonly expectation: Expectation },
  effects: DownloadEffects,
): Promise<KnownExpectation> {
  if (opening.expectation.basis !== 'sidecar') return opening.expectation;
  const fileName = basename(source.kind === 'file' ? source.path : source.url.pathname);
  const hex = digestIn(await readSidecar(source, opening, effects), fileName, 'sha256');
  if (hex !== undefined) return { basis: 'sidecar', digests: { sha256: [hex], sha512: [] } };
  throw new Failure('sidecar-unusable', {
    message: `${source.label}.sha256 has no SHA-256 of ${fileName}`,
    hint: 'give the digest with --sha256 (CNI_PLUGINS_SHA256)',
  });
}

function verified(
  { fd, bytes, digests, dispose }: Candidate,
  source: Source,
  { expectation, version, arch }: AcquireRequest,
  misses: readonly Miss[],
): VerifiedArchive {
  const caution = cautionAbout(expectation, digests);
  return {
    fd,
    bytes,
    dispose,
    origin: source.label,
    basis: expectation.basis,
    sha256: digests.sha256 ?? '',
    sha512: digests.sha512,
    contents: contentsOf(version, arch, digests),
    cautions: [
      ...(caution === undefined ? [] : [{ code: 'archive-trust', message: caution } as const]),
      ...misses.filter(({ failure }) => failure.kind === 'digest').map(mismatchElsewhere),
    ],
  };
}

function mismatchElsewhere({ label, failure }: Miss): Finding {
  return {
    code: 'mirror-mismatch',
    message: failure.brief ?? `${label} serves another archive than expected: ${failure.message}`,
    hint: remedyOf('mirror-mismatch'),
  };
}

function nothingAcquired(misses: readonly Miss[], { version, arch, archive }: AcquireRequest): Failure {
  const [first, ...more] = misses;
  if (first !== undefined && more.length === 0) return first.failure;
  const otherArchive = misses.find(({ failure }) => failure.kind === 'digest')?.failure;
  const none = `none of ${misses.length} sources gave the archive of ${version} for linux/${arch}`;
  return new Failure(otherArchive?.code ?? 'archive-unavailable', {
    message: `${none}: ${misses.map(({ failure }) => failure.message).join(' | ')}`,
    brief: `${none}: ${misses.map(({ failure }) => failure.brief ?? failure.message).join(' | ')}`,
    hint: otherArchive?.hint ?? (archive === undefined ? undefined : first?.failure.hint),
    details: misses.map(({ label, failure }) => `${label}: ${failure.message}`),
  });
}
