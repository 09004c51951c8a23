// A directory of archives in upstream's own layout, for any static server, volume or image: what it holds, and its check.

import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOpenFile } from '../lib/files/digest.ts';
import { Failure } from '../failure/failure.ts';
import { checksumLine } from './checksum-file.ts';
import { archiveFileName } from './upstream.ts';
import { parseVersion } from './version.ts';
import { systemReason } from '../lib/errno.ts';
import { type Arch, architectures } from '../lib/architecture.ts';
import type { TrustBasis } from '../lib/trust-basis.ts';

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

/** @throws Failure `acquisition` when the directory is no bundle. */
export function readManifest(directory: string): BundleManifest {
  const path = join(directory, manifestName);
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isManifest(manifest)) return manifest;
    throw noBundle(path, 'it has no list of archives');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw noBundle(path, systemReason(error) ?? 'it is not JSON');
  }
}

function noBundle(path: string, because: string): Failure {
  return new Failure('no-bundle', {
    message: `${path} is not the manifest of a bundle: ${because}`,
  });
}

function isManifest(value: unknown): value is BundleManifest {
  if (typeof value !== 'object' || value === null || !('archives' in value)) return false;
  return Array.isArray(value.archives) && value.archives.every(isBundledArchive);
}

/** A path that is not by the layout could lead anywhere. */
function isBundledArchive(value: unknown): value is BundledArchive {
  if (typeof value !== 'object' || value === null) return false;
  const { version, arch, path, sha256, sha512 } = value as Partial<Record<keyof BundledArchive, unknown>>;
  const known = architectures.find((name) => name === arch);
  if (known === undefined || typeof version !== 'string' || parseVersion(version) !== version) return false;
  return path === bundledPath(version, known) && typeof sha256 === 'string' && typeof sha512 === 'string';
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
