// An OCI image layout of archives: one artifact for each release, its archives as layers by upstream's names. Pure.

import { createHash } from 'node:crypto';
import type { BundledArchive } from '../bundle.ts';
import { archiveFileName } from '../upstream.ts';

export const layoutMarker = 'oci-layout';
export const layoutIndexName = 'index.json';

export const artifactType = 'application/vnd.cni-plugins-installer.release.v1';
export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
/** What the archives are; also the one type that every registry takes. */
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The specification's own, for an artifact that has no configuration. */
const emptyConfig = '{}';

export const titleAnnotation = 'org.opencontainers.image.title';
export const tagAnnotation = 'org.opencontainers.image.ref.name';
export const basisAnnotation = 'io.github.cni-plugins-installer.basis';

export function blobPath(hex: string): string {
  return `blobs/sha256/${hex}`;
}

/**
 * The files of a layout beside the archives, by name: they follow from the archives alone, so the same archives give the
 * same bytes, and the same digest under the tag, wherever and whenever they are laid out.
 */
export function layoutFiles(archives: readonly BundledArchive[]): ReadonlyMap<string, string> {
  const releases = Map.groupBy(archives, ({ version }) => version);
  const manifests = [...releases].map(([version, ofRelease]) => ({
    version,
    text: manifestOf(version, ofRelease),
  }));
  const blobs = [emptyConfig, ...manifests.map(({ text }) => text)];
  return new Map([
    ...blobs.map((text): [string, string] => [blobPath(sha256Of(text)), text]),
    [layoutIndexName, indexOf(manifests)],
    [layoutMarker, JSON.stringify({ imageLayoutVersion: '1.0.0' })],
  ]);
}

function manifestOf(version: string, archives: readonly BundledArchive[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType,
    config: { ...described(emptyConfig, 'application/vnd.oci.empty.v1+json'), data: btoa(emptyConfig) },
    layers: archives.map(({ arch, bytes, sha256, basis }) => ({
      mediaType: layerType,
      digest: `sha256:${sha256}`,
      size: bytes,
      annotations: { [titleAnnotation]: archiveFileName(version, arch), [basisAnnotation]: basis },
    })),
    annotations: {
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.source': 'https://github.com/containernetworking/plugins',
      'org.opencontainers.image.url': `https://github.com/containernetworking/plugins/releases/tag/${version}`,
    },
  });
}

function indexOf(manifests: readonly { readonly version: string; readonly text: string }[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: indexType,
    manifests: manifests.map(({ version, text }) => ({
      ...described(text, manifestType),
      artifactType,
      annotations: { [tagAnnotation]: version },
    })),
  });
}

function described(text: string, mediaType: string) {
  return { mediaType, digest: `sha256:${sha256Of(text)}`, size: Buffer.byteLength(text) };
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
