// From sources to a verified archive: each in turn, through the same verification, every failure remembered.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Digests } from '../lib/files/digest.ts';
import { isDirectory } from '../lib/files/file-facts.ts';
import { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import { type Candidate, type Opening, openSource, readSidecar } from './open-source.ts';
import { digestIn } from './checksum-file.ts';
import { contentsOf } from './accepted-digests.ts';
import { archiveFileName } from './upstream.ts';
import type { DownloadEffects } from '../http/download.ts';
import {
  accepted,
  algorithmsFor,
  cautionAbout,
  type Expectation,
  type KnownExpectation,
  meets,
} from './expectation.ts';
import { type Source, sourcesFor } from './sources.ts';
import type { Arch } from '../lib/architecture.ts';

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
  throw noneOf(misses, request);
}

/** What the image does not bring along is not worth a line about its absence. */
function sourcesOf({ archive, bundled, mirrors, version, arch }: AcquireRequest): readonly Source[] {
  const place = archive === undefined ? undefined : { path: archive, isDirectory: isDirectory(archive) };
  const brought = bundled !== undefined && existsSync(join(bundled, version, archiveFileName(version, arch)));
  const sources = sourcesFor(
    { archive: place, bundled: brought ? bundled : undefined, mirrors },
    version,
    arch,
  );
  return archive === undefined ? sources : presentAmong(sources);
}

/** Of the names that a directory may have the archive under; all of them where it has none. */
function presentAmong(sources: readonly Source[]): readonly Source[] {
  const present = sources.filter((source) => source.kind === 'file' && existsSync(source.path));
  return present.length === 0 ? sources : present;
}

/** Nothing reads the archive's content before this has returned. */
async function openVerified(
  source: Source,
  request: AcquireRequest,
  effects: DownloadEffects,
): Promise<Candidate> {
  const opening = { ...request, algorithms: algorithmsFor(request.expectation) };
  // First what is small: where the sidecar is of no use, the archive need not come.
  const known = await knownExpectation(source, opening, effects);
  const candidate = await openSource(source, opening, effects);
  try {
    if (meets(known, candidate.digests)) return candidate;
    throw mismatch(source.label, candidate.digests, known, request.version);
  } catch (error) {
    await candidate.dispose();
    // A mirror must not be blamed for what an earlier run left: the second try begins with nothing.
    if (candidate.resumed && error instanceof Failure && error.kind === 'digest') {
      return openVerified(source, request, effects);
    }
    throw error;
  }
}

async function knownExpectation(
  source: Source,
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
    message: `${label} serves another archive than expected: ${failure.message}`,
    hint: 'see who put it there; another source gave the right one',
  };
}

function mismatch(label: string, digests: Digests, known: KnownExpectation, version: string): Failure {
  const sides = Object.entries(accepted(known)).map(
    ([algorithm, hexes]) =>
      `${algorithm} is ${Object.entries(digests).find(([name]) => name === algorithm)?.[1]}, wanted ${hexes.join(' or ')}`,
  );
  return new Failure('digest-mismatch', {
    message: `${label} is not the expected archive: its ${sides.join('; its ')}`,
    hint: hintForMismatch(known, version),
  });
}

function hintForMismatch({ basis }: KnownExpectation, version: string): string {
  switch (basis) {
    case 'given':
      return 'see whether the digest belongs to this version and platform, and whether the file is the one you meant';
    case 'sidecar':
      return `the archive or the sidecar beside it is damaged or was replaced; compare both with upstream's release ${version}`;
    case 'catalog':
      return (
        `the file is damaged, rebuilt, or tampered with; compare it with upstream's release ${version}. ` +
        'Upstream has replaced assets before (v1.4.1). If you trust the file, give its digest with --sha256'
      );
  }
}

function noneOf(misses: readonly Miss[], { version, arch, archive }: AcquireRequest): Failure {
  const [first, ...more] = misses;
  if (first !== undefined && more.length === 0) return first.failure;
  const otherArchive = misses.find(({ failure }) => failure.kind === 'digest')?.failure;
  return new Failure(otherArchive?.code ?? 'archive-unavailable', {
    message: `none of ${misses.length} sources gave the archive of ${version} for linux/${arch}: ${misses.map(({ failure }) => failure.message).join(' | ')}`,
    hint: otherArchive?.hint ?? (archive === undefined ? undefined : first?.failure.hint),
    details: misses.map(({ label, failure }) => `${label}: ${failure.message}`),
  });
}
