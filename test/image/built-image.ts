// The image under test, built by the project's own program; tests of one checkout share what was fetched and compressed.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageConfig, Index, Manifest } from '../../image/oci.ts';
import type { Image } from '../throwaway-node/images.ts';
import { platformOf } from '../../image/platform.ts';
import { archFromNode } from '../../src/lib/architecture.ts';
import { project } from '../support/project.ts';

export const cacheDir = join(project, 'build/image/cache');

export const arches = ['amd64', 'arm64'] as const;
export type Arch = (typeof arches)[number];

/** Of this machine. */
export const ownArch: Arch = platformOf(archFromNode(process.arch)).arch;

export interface Build {
  /** The checkout to build from. Default: this one. */
  readonly checkout?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What `image.json` has. */
export interface BuiltImage {
  readonly directory: string;
  readonly layout: string;
  readonly tag: string;
  readonly digest: string;
  readonly platforms: Readonly<Record<Arch, string>>;
  /** What the program said. */
  readonly output: string;
}

/** Builds into a directory of its own, below build/image. The caller removes it. */
export function buildImage({ checkout = project, args = [], env = {} }: Build = {}): BuiltImage {
  mkdirSync(join(project, 'build/image'), { recursive: true });
  const directory = mkdtempSync(join(project, 'build/image/test-'));
  const given = ['--output', directory, '--cache', cacheDir, '--base', 'stand-in', ...args];
  const output = execFileSync(process.execPath, [join(checkout, 'image/build.ts'), ...given], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return imageIn(directory, output);
}

/** What the program left in its output directory. */
export function imageIn(directory: string, output: string): BuiltImage {
  const summary = readJson(join(directory, 'image.json')) as BuiltImage;
  return { ...summary, directory, layout: join(directory, 'oci'), output };
}

/** What it takes to run an image. */
export type NamedLayout = Pick<BuiltImage, 'layout' | 'tag' | 'digest'>;

export interface PlatformContent {
  readonly config: {
    readonly config: ImageConfig;
    readonly architecture: string;
    readonly created: string;
    readonly rootfs: { readonly diff_ids: readonly string[] };
  };
  readonly manifest: Manifest;
  /** The compressed layers, lowest first. */
  readonly layers: readonly string[];
}

export function contentOf({ layout, platforms }: BuiltImage, arch: Arch): PlatformContent {
  const manifest = readJson(blobPath(layout, platforms[arch])) as Manifest;
  return {
    manifest,
    config: readJson(blobPath(layout, manifest.config.digest)) as PlatformContent['config'],
    layers: manifest.layers.map(({ digest }) => blobPath(layout, digest)),
  };
}

export function indexOf({ layout, digest }: BuiltImage): Index {
  return readJson(blobPath(layout, digest)) as Index;
}

/** Unpacks the layers, as a runtime would, into a directory. */
export function unpackInto(directory: string, { layers }: Pick<PlatformContent, 'layers'>): void {
  mkdirSync(directory, { recursive: true });
  for (const layer of layers) execFileSync('tar', ['-xpf', layer, '-C', directory]);
}

/**
 * The image for a throw-away node, whose templates go by the path: so it is kept by its digest and its name.
 *
 * @param repository that it was built for
 */
export function imageForNode(built: NamedLayout, repository = 'localhost/cni-plugins-installer'): Image {
  const kept = `${built.digest.replace('sha256:', '')}-${repository.replaceAll('/', '-')}`;
  const layout = join(project, 'build/throwaway-node/images', kept);
  if (!existsSync(layout)) keepWhole(built.layout, layout);
  return { reference: `${repository}:${built.tag}`, layers: [], layout };
}

/** Two processes may keep the same one at once: the first wins, and the other's copy is thrown away. */
function keepWhole(layout: string, kept: string): void {
  const unfinished = `${kept}.${process.pid}`;
  cpSync(layout, unfinished, { recursive: true });
  try {
    renameSync(unfinished, kept);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(kept)) throw error;
  }
}

export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

export function remove(...built: readonly BuiltImage[]): void {
  for (const { directory } of built) rmSync(directory, { recursive: true, force: true });
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}
