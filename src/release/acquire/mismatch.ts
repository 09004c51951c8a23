// Words for an archive that is not the expected one: what came instead, whose digest was given, and what to do. Pure.

import { Failure } from '../../failure/failure.ts';
import type { Arch } from '../../lib/architecture.ts';
import { megabytes } from '../../lib/byte-size.ts';
import type { DigestAlgorithm, Digests } from '../../lib/files/digest.ts';
import { accepted, type KnownExpectation } from '../expectation.ts';
import { archiveWith, digestedInstead } from './recognise.ts';

/** What came in the place of the archive. */
export interface Arrival {
  /** Where it came from, without credentials. */
  readonly label: string;
  readonly bytes: number;
  /** What its server called it. */
  readonly contentType: string | undefined;
  /** Its first bytes. */
  readonly head: Buffer;
  /** By every algorithm. */
  readonly digests: Digests;
}

export interface ExpectedArchive {
  readonly known: KnownExpectation;
  readonly version: string;
  readonly arch: Arch;
}

export function mismatch(came: Arrival, wanted: ExpectedArchive): Failure {
  const { label, digests } = came;
  const sides = Object.entries(accepted(wanted.known)).map(
    ([algorithm, hexes]) =>
      `${algorithm} is ${digests[algorithm as DigestAlgorithm]}, wanted ${hexes.join(' or ')}`,
  );
  const what = whatCame(came);
  return new Failure('digest-mismatch', {
    message: `${label} is not the expected archive: its ${sides.join('; its ')}; ${what}`,
    brief: `${label} is not the expected archive: ${what}`,
    hint: hintForArrival(came, wanted),
  });
}

function whatCame(came: Arrival): string {
  const other = archiveWith(came.digests);
  if (other !== undefined) return `it is ${other}`;
  const type = came.contentType?.split(';')[0]?.trim() ?? '';
  const size = `it has ${sizeInWords(came.bytes)}${type === '' ? '' : ` of ${printableExcerpt(type)}`}`;
  return isGzip(came) || came.bytes === 0
    ? size
    : `${size} and begins with ${printableExcerpt(came.head.toString('latin1'))}`;
}

function sizeInWords(bytes: number): string {
  if (bytes >= 1e6) return megabytes(bytes);
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}

function isGzip({ head }: Arrival): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

const excerptLength = 60;

/** Printable, on one line, and short. */
function printableExcerpt(text: string): string {
  const printable = text.replaceAll(/\s+/g, ' ').replaceAll(/[^\x20-\x7e]+/g, '·');
  return printable.length > excerptLength ? `${printable.slice(0, excerptLength)}…` : printable;
}

function hintForArrival(came: Arrival, { known, version, arch }: ExpectedArchive): string {
  const mistake = known.basis === 'given' ? mistakeIn(came, { known, version, arch }) : undefined;
  if (mistake !== undefined) return mistake;
  if (archiveWith(came.digests) !== undefined) return `take the archive of ${version} for linux/${arch}`;
  if (!isGzip(came)) {
    return 'see what answers there in the place of the archive: a wrong URL or path, a login page, a proxy, a file that is only a pointer';
  }
  return hints[known.basis](version);
}

function mistakeIn(
  { digests: came }: Arrival,
  { known, version, arch }: ExpectedArchive,
): string | undefined {
  for (const [name, hexes] of Object.entries(accepted(known))) {
    const algorithm = name as DigestAlgorithm;
    for (const hex of hexes) {
      const instead = digestedInstead({ algorithm, hex, came, version, arch });
      if (instead !== undefined)
        return `the digest given is that of ${instead}: give the ${algorithm} of the archive of ${version} for linux/${arch}`;
    }
  }
  return undefined;
}

const hints: Readonly<Record<KnownExpectation['basis'], (version: string) => string>> = {
  given: () =>
    'see whether the digest belongs to this version and platform, and whether the file is the one you meant',
  sidecar: (version) =>
    `the archive or the sidecar beside it is damaged or was replaced; compare both with upstream's release ${version}`,
  catalog: (version) =>
    `the file is damaged, rebuilt, or tampered with: compare it with upstream's release ${version} (assets were replaced there before, in v1.4.1); if you trust the file, give its digest with --sha256`,
};
