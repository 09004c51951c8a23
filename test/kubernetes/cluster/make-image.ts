// Our image, built from this checkout, under the name that the manifests have for it.

import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogFile } from '../../../src/release/catalog-file.ts';
import {
  type Build,
  buildImage,
  type BuiltImage,
  imageForNode,
  type NamedLayout,
  ownArch,
  remove,
} from '../../image/built-image.ts';
import { checkOutWith } from '../../image/checkout.ts';
import { siteImage } from '../../image/site-image.ts';
import type { Image } from '../../throwaway-node/images.ts';

/** The name that the manifests have for our image. */
export const repository = 'ghcr.io/cni-plugins-installer/cni-plugins-installer';

/** Of `image/build.ts`: it makes the image under that name. */
export const ours = ['--arch', ownArch, '--repository', repository];

/** @param args more of them for image/build.ts */
export function makeImage(args: readonly string[] = []): Image {
  return keep({ args: [...ours, ...args] }, (built) => built);
}

/** The same as a site makes it its own: with what it knows of releases, and an authority that Node is to trust. */
export function makeSiteImage(catalog: CatalogFile, authorityPem: string): Image {
  using scratch = mkdtempDisposableSync(join(tmpdir(), 'site-'));
  const checkout = checkOutWith(join(scratch.path, 'checkout'), catalog);
  return keep({ checkout, args: ours }, (built) => siteImage(built, repository, authorityPem));
}

function keep(build: Build, finish: (built: BuiltImage) => NamedLayout): Image {
  const built = buildImage(build);
  try {
    return imageForNode(finish(built), repository);
  } finally {
    remove(built);
  }
}
