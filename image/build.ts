// A program: builds the image for its platforms as an OCI layout, reproducibly, and says how large it became.
//
//   node image/build.ts [--arch ARCH]... [--base auto|pull|stand-in] [--archives DIR] [--env NAME=VALUE]...
//                       [--repository NAME] [--output DIR] [--cache DIR]
//
// Into the output: `oci`, the layout; `sbom-<arch>.cdx.json`; `image.json` with the digests. `--archives` makes the
// variant `-bundled`. Environment: SOURCE_DATE_EPOCH, IMAGE_SOURCE (the repository's URL), IMAGE_REVISION, RUNTIME_IMAGE
// (another base than the Dockerfile's).

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { furnishArchives } from './archives-layer.ts';
import { type BaseChoice, chooseBase } from './base.ts';
import { type Busybox, compileBusybox, deviation } from './busybox.ts';
import { run } from './command.ts';
import { componentsOf } from './components.ts';
import { provenanceOf } from './labels.ts';
import { launch } from './launch.ts';
import { type Layer, makeLayer } from './layer.ts';
import { readProduct } from './lock-file.ts';
import { type PlatformImage, writeLayout } from './oci.ts';
import { pinnedNode } from './pinned-node.ts';
import { type Platform, platformOf, platforms } from './platform.ts';
import { furnishPlatform, furnishProgram, type Ingredients } from './root.ts';
import { sbomOf } from './sbom.ts';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: Object.keys(platforms) },
    base: { type: 'string', default: 'auto' },
    archives: { type: 'string' },
    env: { type: 'string', multiple: true, default: [] },
    repository: { type: 'string', default: 'localhost/cni-plugins-installer' },
    output: { type: 'string', default: 'build/image' },
    cache: { type: 'string', default: 'build/image/cache' },
  },
});
const project = join(import.meta.dirname, '..');
const output = resolve(values.output);
const cache = resolve(values.cache);
mkdirSync(output, { recursive: true });
mkdirSync(cache, { recursive: true });
const scratch = mkdtempSync(join(output, '.building-'));
try {
  build();
} finally {
  rmSync(scratch, { recursive: true });
}

function build(): void {
  const choice = values.base as BaseChoice;
  const base = chooseBase(project, cache, choice);
  const { created, labels } = provenanceOf(project, base.origin);
  const bundle = makeBundle();
  const config = { ...launch, Env: [...launch.Env, ...values.env], Labels: labels };
  const ingredients = values.arch.map(platformOf).map((platform): Ingredients => {
    const node = pinnedNode(project, platform, cache);
    const busybox = busyboxFor(platform, choice);
    return { project, platform, base: { runtime: base.runtimeOf(platform), busybox }, node, bundle };
  });
  const images = ingredients.map((parts): PlatformImage => {
    return { arch: parts.platform.arch, layers: layersOf(parts), config };
  });
  const variant = values.archives === undefined ? '' : '-bundled';
  const tag = `${readProduct(project).version}${variant}`;
  const layout = join(output, 'oci');
  const written = writeLayout(layout, images, { repository: values.repository, tag }, created);
  for (const parts of ingredients) {
    const { arch } = parts.platform;
    const components = componentsOf(parts);
    const digest = written.platforms[arch] ?? '';
    writeFileSync(join(output, `sbom-${arch}.cdx.json`), sbomOf({ project, components, created, digest }));
  }
  const summary = { tag, base: base.origin, ...written, layers: Object.fromEntries(images.map(layerSizes)) };
  writeFileSync(join(output, 'image.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  tell(images, `${values.repository}:${tag}@${written.digest}`, base.origin);
}

/** A release has the pinned program, and no other; what is built to be tried may have another compiler's. */
function busyboxFor(platform: Platform, choice: BaseChoice): Busybox {
  const busybox = compileBusybox(platform, cache);
  const deviating = deviation(platform.arch, busybox.path);
  if (deviating === undefined) return busybox;
  if (choice === 'pull') throw new Error(`${deviating}: build in the image that the Dockerfile builds in`);
  process.stderr.write(`${deviating}: the digest of this image is this machine's own\n`);
  return busybox;
}

function makeBundle(): string {
  const directory = join(scratch, 'bundle');
  run(process.execPath, ['src/dev/ship/bundle.ts', directory], { cwd: project });
  return directory;
}

function layersOf(parts: Ingredients): Layer[] {
  const { platform } = parts;
  const { archives } = values;
  const layer = (name: string, furnish: (root: string) => void): Layer => {
    const root = join(scratch, `${platform.arch}-${name}`);
    furnish(root);
    return makeLayer(name, root, cache);
  };
  return [
    layer('platform', (root) => furnishPlatform(root, parts)),
    layer('program', (root) => furnishProgram(root, parts)),
    ...(archives === undefined
      ? []
      : [layer('archives', (root) => furnishArchives(root, platform, archives))]),
  ];
}

function layerSizes({ arch, layers }: PlatformImage): [string, Record<string, number>] {
  return [arch, Object.fromEntries(layers.map(({ purpose, size }) => [purpose, size]))];
}

function tell(images: readonly PlatformImage[], name: string, base: string): void {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  for (const { arch, layers } of images) {
    const parts = layers.map(({ purpose, size }) => `${purpose} ${megabytes(size)}`).join(', ');
    const [packed, unpacked] = [sum(layers.map(({ size }) => size)), sum(layers.map((l) => l.unpackedSize))];
    console.log(`linux/${arch}: ${megabytes(packed)} compressed (${parts}), ${megabytes(unpacked)} unpacked`);
  }
  console.log(`base: ${base}\n${name}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
