// Our image, built from this checkout, under the name that the manifests have for it.

import { buildImage, imageForNode, ownArch, remove } from '../../image/built-image.ts';
import type { Image } from '../../throwaway-node/images.ts';

const repository = 'ghcr.io/cni-plugins-installer/cni-plugins-installer';

/** @param args more of them for image/build.ts */
export function makeImage(args: readonly string[] = []): Image {
  const built = buildImage({ args: ['--arch', ownArch, '--repository', repository, ...args] });
  try {
    return imageForNode(built, repository);
  } finally {
    remove(built);
  }
}
