// Manifests as registries have them: which layer of which of them has a file of this title. Pure.

import * as v from 'valibot';
import { isRecord } from '../../lib/record.ts';
import type { Arch } from '../../lib/architecture.ts';

/** What may come for a tag: an image, an index of some, an artifact; by OCI's names and docker's. */
export const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.artifact.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
] as const;

const title = 'org.opencontainers.image.title';

const sha256 = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));

const descriptorShape = v.object({
  digest: v.string(),
  annotations: v.nullish(v.record(v.string(), v.string()), {}),
  platform: v.nullish(v.object({ architecture: v.string(), os: v.optional(v.string(), 'linux') })),
});

const descriptors = v.nullish(v.array(descriptorShape), []);

/** An image has layers, an artifact blobs, an index manifests; each may be told from what it has. */
const pulledShape = v.object({ layers: descriptors, blobs: descriptors, manifests: descriptors });

export interface Manifest {
  /** SHA-256 in hex by title. */
  readonly files: ReadonlyMap<string, string>;
  /** Digests of those that may have the file for this platform: first those that say so. */
  readonly below: readonly string[];
}

/** Undefined for a text that is no manifest. A layer without a title, or known by another algorithm, is none of ours. */
export function manifestIn(text: string, arch: Arch): Manifest | undefined {
  const { success, output } = v.safeParse(
    v.pipe(v.string(), v.parseJson(), v.check(isRecord), pulledShape),
    text,
  );
  if (!success) return undefined;
  const { layers, blobs, manifests } = output;
  const files = new Map<string, string>();
  for (const { digest, annotations } of [...(layers ?? []), ...(blobs ?? [])]) {
    const name = annotations?.[title];
    if (name !== undefined && v.is(sha256, digest)) files.set(name, digest.slice('sha256:'.length));
  }
  return { files, below: belowFor(manifests ?? [], arch) };
}

type ManifestEntry = v.InferOutput<typeof descriptorShape>;

function belowFor(manifests: readonly ManifestEntry[], arch: Arch): string[] {
  const known = manifests.filter(({ digest }) => v.is(sha256, digest));
  const ours = known.filter(({ platform }) => platform?.os === 'linux' && platform.architecture === arch);
  const anyones = known.filter(({ platform }) => platform === null || platform === undefined);
  return [...ours, ...anyones].map(({ digest }) => digest);
}
