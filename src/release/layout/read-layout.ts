// Reads an OCI image layout that `bundle` made: which archives it says it has, and that its own files are untouched.

import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../../failure/failure.ts';
import { architectures } from '../../lib/architecture.ts';
import { systemReason } from '../../lib/errno.ts';
import { isRecord } from '../../lib/record.ts';
import { trustBases } from '../../lib/trust-basis.ts';
import { digestOpenFile } from '../../lib/files/digest.ts';
import type { BundledArchive, BundleManifest } from '../bundle.ts';
import { archiveFileName } from '../upstream.ts';
import { parseVersion } from '../version.ts';
import {
  artifactType,
  basisAnnotation,
  blobPath,
  layoutIndexName,
  layoutMarker,
  sha256Of,
  tagAnnotation,
  titleAnnotation,
} from './image-layout.ts';

export function isImageLayout(directory: string): boolean {
  return existsSync(join(directory, layoutMarker));
}

/** Of our own length of hex only, for it becomes a path. */
const digestShape = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));

const versionShape = v.pipe(
  v.string(),
  v.check((text) => parseVersion(text) === text),
);

const indexShape = v.object({
  manifests: v.array(
    v.object({ digest: digestShape, annotations: v.object({ [tagAnnotation]: versionShape }) }),
  ),
});

const releaseShape = v.object({
  artifactType: v.literal(artifactType),
  config: v.object({ digest: digestShape }),
  layers: v.array(
    v.object({
      digest: digestShape,
      size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      annotations: v.object({
        [titleAnnotation]: v.string(),
        [basisAnnotation]: v.picklist(trustBases),
      }),
    }),
  ),
});

/**
 * Its archives as a manifest of ours has them. The SHA-512, which a layout does not have, is that of what lies there.
 * @throws Failure `acquisition` when it is not a layout as `bundle` makes it, or its manifests have changed.
 */
export async function readLayout(directory: string): Promise<BundleManifest> {
  const archives: BundledArchive[] = [];
  const { manifests } = checkedJson(indexShape, join(directory, layoutIndexName));
  for (const { digest, annotations } of manifests) {
    const { config, layers } = checkedJson(releaseShape, blobIn(directory, digest), hexOfDigest(digest));
    checkedJson(v.object({}), blobIn(directory, config.digest), hexOfDigest(config.digest));
    for (const layer of layers) archives.push(await archiveOf(annotations[tagAnnotation], layer, directory));
  }
  return { schema: 1, archives };
}

type Layer = v.InferOutput<typeof releaseShape>['layers'][number];

async function archiveOf(
  version: string,
  { digest, size: bytes, annotations }: Layer,
  directory: string,
): Promise<BundledArchive> {
  const title = annotations[titleAnnotation];
  const arch = architectures.find((one) => archiveFileName(version, one) === title);
  if (arch === undefined)
    throw noLayout(join(directory, layoutIndexName), `${title} is not an archive of ${version}`);
  const [sha256, path] = [hexOfDigest(digest), blobPath(hexOfDigest(digest))];
  const sha512 = await sha512At(join(directory, path));
  return {
    version,
    arch,
    path,
    bytes,
    sha256,
    sha512,
    origin: directory,
    basis: annotations[basisAnnotation],
  };
}

/** Empty for what is not there: that is found when it is checked. */
async function sha512At(path: string): Promise<string> {
  if (!existsSync(path)) return '';
  const fd = openSync(path, 'r');
  try {
    return (await digestOpenFile(fd, ['sha512'])).sha512 ?? '';
  } finally {
    closeSync(fd);
  }
}

function hexOfDigest(digest: string): string {
  return digest.slice('sha256:'.length);
}

function blobIn(directory: string, digest: string): string {
  return join(directory, blobPath(hexOfDigest(digest)));
}

/** @param sha256 what the file has to have, where that is known */
function checkedJson<Output>(shape: v.GenericSchema<unknown, Output>, path: string, sha256?: string): Output {
  const text = textOfPart(path);
  if (sha256 !== undefined && sha256Of(text) !== sha256) throw noLayout(path, 'its content has changed');
  const { success, output } = v.safeParse(v.pipe(v.string(), v.parseJson(), v.check(isRecord), shape), text);
  if (success) return output;
  throw noLayout(path, 'it is not what `bundle --layout oci` writes');
}

function textOfPart(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw noLayout(path, systemReason(error) ?? 'it cannot be read');
  }
}

function noLayout(path: string, because: string): Failure {
  return new Failure('no-bundle', {
    message: `${path} is not that of a bundle in an OCI image layout: ${because}`,
  });
}
