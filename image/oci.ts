// Writes OCI image layouts: nothing but JSON and files, no container tool, no registry.

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer } from './layer.ts';
import type { ImageArch } from './platform.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly manifests: readonly Descriptor[];
}

export interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface PlatformImage {
  readonly arch: ImageArch;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

export interface ImageName {
  /** `registry/repository`, for runtimes that import the layout. */
  readonly repository: string;
  readonly tag: string;
}

const mediaTypes = {
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  config: 'application/vnd.oci.image.config.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
} as const;

export interface WrittenImage {
  /** Of the index: the digest of the image, for every platform. */
  readonly digest: string;
  readonly platforms: Readonly<Partial<Record<ImageArch, string>>>;
}

/**
 * One index of the images, named once by OCI's annotation and once by containerd's. The layout takes the place of what
 * was there.
 *
 * @param created RFC 3339
 */
export function writeLayout(
  layout: string,
  images: readonly PlatformImage[],
  { repository, tag }: ImageName,
  created: string,
): WrittenImage {
  rmSync(layout, { recursive: true, force: true });
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const annotations = images[0]?.config.Labels ?? {};
  const manifests = images.map((image) => writeImage(layout, image, created));
  const index = writeBlob(layout, mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests,
    annotations,
  });
  const named = {
    ...index,
    annotations: {
      'org.opencontainers.image.ref.name': tag,
      'io.containerd.image.name': `${repository}:${tag}`,
    },
  };
  writeJson(join(layout, 'index.json'), {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [named],
  });
  writeJson(join(layout, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
  const digests = images.map(({ arch }, position) => [arch, manifests[position]?.digest] as const);
  return { digest: index.digest, platforms: Object.fromEntries(digests) };
}

function writeImage(layout: string, { arch, layers, config }: PlatformImage, created: string): Descriptor {
  const platform = { architecture: arch, os: 'linux' };
  const layerDescriptors = layers.map(({ path, digest, size }) => {
    copyFileSync(path, blobPath(layout, digest));
    return { mediaType: mediaTypes.layer, digest, size };
  });
  const configDescriptor = writeBlob(layout, mediaTypes.config, {
    created,
    ...platform,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ purpose }) => ({ created, created_by: purpose })),
  });
  const manifest = writeBlob(layout, mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers: layerDescriptors,
    annotations: config.Labels,
  });
  return { ...manifest, platform };
}

function writeBlob(layout: string, mediaType: string, content: unknown): Descriptor {
  const text = JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  writeFileSync(blobPath(layout, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

function writeJson(path: string, content: unknown): void {
  writeFileSync(path, JSON.stringify(content));
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}
