// What the compiling of busybox downloads, and nothing that it makes: for whoever compiles it once more.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { busyboxSource, compileBusybox } from '../../image/busybox.ts';
import type { Platform } from '../../image/platform.ts';
import { cacheDir } from './built-image.ts';

/** Copies it into a directory, which becomes a cache for `compileBusybox`. */
export function copyBusyboxDownloads(platform: Platform, directory: string): string {
  compileBusybox(platform, cacheDir);
  for (const name of [`musl-dev-${platform.arch}`, `busybox-${busyboxSource.version}.tar.bz2`]) {
    cpSync(join(cacheDir, name), join(directory, name), { recursive: true, verbatimSymlinks: true });
  }
  return directory;
}
