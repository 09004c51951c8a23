// Makes OCI image layouts by hand: nothing but tar(1) and JSON, no container tool, no registry.

import { createHash } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, digestOfFile, keyOf } from './cache.ts';
import { run } from './command.ts';
import { ownArch } from '../support/own-arch.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export interface Layer {
  /** The uncompressed tar. */
  readonly path: string;
  readonly descriptor: Descriptor;
}

export interface Image {
  readonly reference: string;
  readonly layers: readonly Layer[];
  /** An OCI image layout. It lacks the base's layers, so it can only be imported where the base is. */
  readonly layout: string;
  readonly base?: Image;
}

export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
}

export interface ImageRecipe {
  readonly reference: string;
  readonly base?: Image;
  readonly layers: readonly Layer[];
  readonly config: ImageConfig;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar';
const configType = 'application/vnd.oci.image.config.v1+json';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** The layer of these inputs; `fill` puts the files into the directory that becomes the layer's root. */
export async function makeLayer(
  inputs: readonly string[],
  fill: (root: string) => Promise<void>,
): Promise<Layer> {
  const directory = await cached('layer', keyOf(...inputs), async (unfinished) => {
    const root = join(unfinished, 'root');
    await mkdir(root);
    await fill(root);
    await archive(root, join(unfinished, 'layer.tar'));
    await rm(root, { recursive: true });
    await writeFile(join(unfinished, 'digest'), await digestOfFile(join(unfinished, 'layer.tar')));
  });
  const path = join(directory, 'layer.tar');
  const digest = await readFile(join(directory, 'digest'), 'utf8');
  const { size } = await stat(path);
  return { path, descriptor: { mediaType: layerType, digest: `sha256:${digest}`, size } };
}

export async function makeImage(recipe: ImageRecipe): Promise<Image> {
  const { reference, base } = recipe;
  const layers = [...(base?.layers ?? []), ...recipe.layers];
  const key = keyOf(
    JSON.stringify(recipe.config),
    reference,
    ...layers.map(({ descriptor }) => descriptor.digest),
  );
  const layout = await cached('image', key, (directory) => fillLayout(directory, recipe, layers));
  return { reference, layers, layout, ...(base === undefined ? {} : { base }) };
}

async function fillLayout(layout: string, recipe: ImageRecipe, layers: readonly Layer[]): Promise<void> {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  for (const { path, descriptor } of recipe.layers) await link(path, blobPath(layout, descriptor.digest));
  const descriptors = layers.map((layer) => layer.descriptor);
  const config = await writeBlob(layout, configType, {
    architecture: ownArch,
    os: 'linux',
    config: recipe.config,
    // An uncompressed layer is its own diff.
    rootfs: { type: 'layers', diff_ids: descriptors.map(({ digest }) => digest) },
  });
  const manifest = await writeBlob(layout, manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config,
    layers: descriptors,
  });
  // containerd takes the full reference from its own annotation; OCI's is for the tag only.
  const annotations = { 'io.containerd.image.name': recipe.reference };
  await writeJson(join(layout, 'index.json'), {
    schemaVersion: 2,
    manifests: [{ ...manifest, annotations }],
  });
  await writeJson(join(layout, 'oci-layout'), { imageLayoutVersion: '1.0.0' });
}

async function writeBlob(layout: string, mediaType: string, content: unknown): Promise<Descriptor> {
  const text = JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  await writeFile(blobPath(layout, digest), text);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(content));
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs/sha256', digest.replace('sha256:', ''));
}

async function archive(root: string, tarPath: string): Promise<void> {
  const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  await run('tar', [...reproducible, '-C', root, '-cf', tarPath, '.']);
}
