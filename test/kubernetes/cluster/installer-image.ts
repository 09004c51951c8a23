// Our image, built from this checkout, under the name that the manifests have for it.

import { buildImage, imageForNode, ownArch, remove } from '../../image/built-image.ts';
import type { Image } from '../../throwaway-node/images.ts';

const repository = 'ghcr.io/cni-plugins-installer/cni-plugins-installer';

let made: Image | undefined;

/** Built once in this process. */
export function installerImage(): Image {
  made ??= make();
  return made;
}

function make(): Image {
  const built = buildImage({ args: ['--arch', ownArch, '--repository', repository] });
  try {
    return imageForNode(built, repository);
  } finally {
    remove(built);
  }
}
