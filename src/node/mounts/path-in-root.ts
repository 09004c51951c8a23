// Follows symbolic links inside another process's root directory, without ever leaving it.

import { readlink } from 'node:fs';
import { promisify } from 'node:util';

/** As in the kernel: path_resolution(7). */
const maxLinks = 40;

/**
 * The path with its symbolic links followed the way a process with that root directory would: an absolute link starts
 * again at that root, `..` stops there. What does not exist, and what can't be read, is taken as it is written; so is
 * the whole path when links go in circles.
 *
 * For finding out which mount holds a path. Not for opening files: the tree may change at any time.
 *
 * @param root directory to stay in, such as `/proc/1/root`
 * @param path absolute, as that process would name it
 * @returns absolute, as that process would name it
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  let resolved: string[] = [];
  const pending = componentsOf(path).toReversed();
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === '..') {
      resolved.pop();
      continue;
    }
    const target = await linkTarget([root, ...resolved, name].join('/'));
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    links += 1;
    if (links > maxLinks) return path;
    if (target.startsWith('/')) resolved = [];
    pending.push(...componentsOf(target).toReversed());
  }
  return `/${resolved.join('/')}`;
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** Not synchronously: on a file system whose server is gone this never ends, and the run has a deadline. */
const readLink = promisify(readlink);

/** Where the link leads; undefined for what is not a link, is not there, or may not be looked at. */
function linkTarget(path: string): Promise<string | undefined> {
  return readLink(path).catch(() => undefined);
}
