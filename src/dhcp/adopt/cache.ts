// Reads the attachments that runtime and Multus remember, and looks whether their network namespaces are there.

import { statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  cachedDhcpAttachment,
  cacheDirectories,
  type CachedAttachment,
} from '../../facts/host/cached-attachment.ts';
import { errnoOf } from '../../lib/errno.ts';
import { isDirectory, lstatIfThere, namesIn, textIfReadable } from '../../lib/files/file-facts.ts';
import type { NetnsSight } from './adoption.ts';

/** A cached attachment has a few kilobytes. */
const mostCachedBytes = 1024 * 1024;

/**
 * A file that can't be read, or is something else, is not among them: a pod may end meanwhile, and its file with it.
 * @throws Node's own error for a directory that is there and can't be read
 */
export function cachedAttachments(cacheDir: string): readonly CachedAttachment[] {
  return cacheDirectories.flatMap((name) => {
    const directory = join(cacheDir, name);
    return namesIn(directory).flatMap(
      (file) => cachedDhcpAttachment(cachedTextAt(join(directory, file))) ?? [],
    );
  });
}

function cachedTextAt(path: string): string {
  const stats = lstatIfThere(path);
  if (stats?.isFile() !== true || stats.size > mostCachedBytes) return '';
  return textIfReadable(path);
}

/** statfs(2): NSFS_MAGIC. */
const nsfs = 0x6e736673;

/**
 * A name whose namespace is not mounted here is a file of the tmpfs that it is in; where even the directory is not there, nobody
 * has mounted it here. Of a process that has ended nothing is left.
 */
export function netnsSightOf(path: string): NetnsSight {
  try {
    return statfsSync(path).type === nsfs ? 'live' : 'unmounted';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return path.startsWith('/proc/') || isDirectory(dirname(path)) ? 'gone' : 'unmounted';
  }
}
