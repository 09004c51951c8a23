// Our image, built from this checkout, under the name that the manifests have for it.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildImage, imageForNode, ownArch, remove } from '../../image/built-image.ts';
import type { PluginsArchive } from '../../node/plugins-archive.ts';
import type { Image } from '../../throwaway-node/images.ts';

const repository = 'ghcr.io/cni-plugins-installer/cni-plugins-installer';

let made: Image | undefined;

/** Built once in this process. */
export function installerImage(): Image {
  made ??= make();
  return made;
}

/** The variant with this archive inside. */
export function bundledImage({ path }: PluginsArchive): Image {
  const archives = mkdtempSync(join(tmpdir(), 'archives-'));
  try {
    copyFileSync(path, join(archives, basename(path)));
    return make(['--archives', archives]);
  } finally {
    rmSync(archives, { recursive: true });
  }
}

function make(args: readonly string[] = []): Image {
  const built = buildImage({ args: ['--arch', ownArch, '--repository', repository, ...args] });
  try {
    return imageForNode(built, repository);
  } finally {
    remove(built);
  }
}
