// The images of ours that the stories run.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inject } from 'vitest';
import type { PluginsArchive } from '../../support/node/plugins-archive.ts';
import type { Image } from '../../throwaway-node/images.ts';
import { makeImage } from './make-image.ts';

/** The one that was built before the stories began. */
export function installerImage(): Image {
  return inject('installerImage');
}

/** The variant with this archive inside. */
export function bundledImage({ path }: PluginsArchive): Image {
  const archives = mkdtempSync(join(tmpdir(), 'archives-'));
  try {
    copyFileSync(path, join(archives, basename(path)));
    return makeImage(['--archives', archives]);
  } finally {
    rmSync(archives, { recursive: true });
  }
}
