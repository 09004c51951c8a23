// A directory of archives in upstream's own layout, for any static server, volume or image: what it holds, and its check.

import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { digestOpenFile, hexLength } from '../lib/files/digest.ts';
import { Failure } from '../failure/failure.ts';
import { checksumLine } from './checksum-file.ts';
import { archiveFileName } from './upstream.ts';
import { parseVersion } from './version.ts';
import { systemReason } from '../lib/errno.ts';
import { type Arch, architectures } from '../lib/architecture.ts';
import { trustBases, type TrustBasis } from '../lib/trust-basis.ts';

/** One archive of a bundle, as its manifest has it. */
export interface BundledArchive {
  readonly version: string;
  readonly arch: Arch;
  /** `<version>/<file>`, below the bundle. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
  readonly origin: string;
  readonly basis: TrustBasis;
}

export interface BundleManifest {
  readonly schema: 1;
  readonly archives: readonly BundledArchive[];
}

export const manifestName = 'manifest.json';

export function bundledPath(version: string, arch: Arch): string {
  return `${version}/${archiveFileName(version, arch)}`;
}

/** The sidecars of an archive by file name. */
export function sidecarsOf({ path, sha256, sha512 }: BundledArchive): Readonly<Record<string, string>> {
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  return {
    [`${path}.sha256`]: checksumLine(sha256, fileName),
    [`${path}.sha512`]: checksumLine(sha512, fileName),
  };
}

const hexOf = (length: number) => v.pipe(v.string(), v.regex(/^[0-9a-f]+$/), v.length(length));

const manifestShape = v.object({
  schema: v.literal(1),
  archives: v.array(
    v.pipe(
      v.object({
        version: v.pipe(
          v.string(),
          v.check((text) => parseVersion(text) === text),
        ),
        arch: v.picklist(architectures),
        path: v.string(),
        bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
        sha256: hexOf(hexLength.sha256),
        sha512: hexOf(hexLength.sha512),
        origin: v.string(),
        basis: v.picklist(trustBases),
      }),
      // One that is not by the layout could lead anywhere.
      v.check(({ version, arch, path }) => path === bundledPath(version, arch)),
    ),
  ),
});

/** @throws Failure `acquisition` when the directory does not hold a bundle. */
export function readManifest(directory: string): BundleManifest {
  const path = join(directory, manifestName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw noBundle(path, systemReason(error) ?? 'it cannot be read');
  }
  const { success, output, issues } = v.safeParse(v.pipe(v.string(), v.parseJson(), manifestShape), text);
  if (success) return output;
  const place = v.getDotPath(issues[0]);
  throw noBundle(
    path,
    place === null ? 'it is not JSON, or not an object' : `its ${place} is not what one has`,
  );
}

function noBundle(path: string, because: string): Failure {
  return new Failure('no-bundle', {
    message: `${path} is not the manifest of a bundle: ${because}`,
  });
}

/** Why an archive of the bundle is not what the manifest says; undefined when it is. Both digests are computed anew. */
export async function faultOf(directory: string, archive: BundledArchive): Promise<string | undefined> {
  const path = join(directory, archive.path);
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    return `${path} can't be read: ${systemReason(error) ?? 'unknown error'}`;
  }
  try {
    const { sha256, sha512 } = await digestOpenFile(fd, ['sha256', 'sha512']);
    if (sha256 === archive.sha256 && sha512 === archive.sha512) return undefined;
    return `${path} has the SHA-256 ${sha256}, the manifest says ${archive.sha256}`;
  } finally {
    closeSync(fd);
  }
}
