// Whose digest a digest is, of all that could be meant. Pure, over the catalog.

import { createHash } from 'node:crypto';
import { type Arch, architectures } from '../../lib/architecture.ts';
import { type DigestAlgorithm, digestAlgorithms, type Digests } from '../../lib/files/digest.ts';
import { acceptedDigests, metAmong } from '../accepted-digests.ts';
import { knownVersions } from '../catalog.ts';
import { checksumLine } from '../checksum-file.ts';
import { archiveFileName } from '../upstream.ts';

/** `the archive of v1.8.0 for linux/arm64`; undefined for digests that the catalog does not know. */
export function archiveWith(digests: Digests): string | undefined {
  for (const version of knownVersions().toReversed()) {
    const arch = architectures.find((one) => metAmong(acceptedDigests(version, one), digests) !== undefined);
    if (arch !== undefined) return `the archive of ${version} for linux/${arch}`;
  }
  return undefined;
}

export interface Suspicion {
  readonly algorithm: DigestAlgorithm;
  /** The digest that was given, in lower case. */
  readonly hex: string;
  /** Of the archive that came instead. */
  readonly came: Digests;
  readonly version: string;
  readonly arch: Arch;
}

/**
 * What the digest that somebody gave was made of: the file beside the archive that has its digest, nothing, or another
 * release's archive. Undefined where it is none of these.
 */
export function digestedInstead(suspicion: Suspicion): string | undefined {
  const { algorithm, hex } = suspicion;
  if (hashOf('', algorithm) === hex) return 'an empty file';
  const beside = filesBeside(suspicion).find(({ text }) => hashOf(text, algorithm) === hex);
  return beside?.name ?? archiveWith({ [algorithm]: hex });
}

function hashOf(text: string, algorithm: DigestAlgorithm): string {
  return createHash(algorithm).update(text).digest('hex');
}

/** Upstream's `.sha256` and `.sha512` in each of the forms that tools write, for what came and for what should have. */
function filesBeside({ came, version, arch }: Suspicion): { readonly name: string; readonly text: string }[] {
  const fileName = archiveFileName(version, arch);
  const known = acceptedDigests(version, arch);
  return digestAlgorithms.flatMap((algorithm) => {
    const own = came[algorithm];
    const hexes = known.filter((one) => one.algorithm === algorithm).map(({ hex }) => hex);
    return [...(own === undefined ? [] : [own]), ...hexes]
      .flatMap((hex) => formsOf(hex, fileName))
      .map((text) => ({ name: `${fileName}.${algorithm} itself`, text }));
  });
}

function formsOf(hex: string, fileName: string): string[] {
  const lines = [checksumLine(hex, fileName), `${hex} *${fileName}\n`, `${hex}  ./${fileName}\n`, `${hex}\n`];
  return [...lines, ...lines.map((line) => line.trimEnd())];
}
