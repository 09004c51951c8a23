// Why a path does not lead to a directory: what stands on the way to it, and where links lead.

import { readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { lstatIfThere } from './file-facts.ts';

/** A link that was followed, and the text in it. */
export interface Hop {
  readonly link: string;
  readonly target: string;
}

/** `hops` are the links that lead there, in order. */
export type NoDirectory =
  /** Nothing is there, nor does a link say that something should be. */
  | { readonly why: 'nothing'; readonly hops: readonly [] }
  /** A link leads to it, and it is not there. */
  | { readonly why: 'dangling'; readonly at: string; readonly hops: readonly Hop[] }
  /** Something else is there. */
  | { readonly why: 'other'; readonly at: string; readonly is: string; readonly hops: readonly Hop[] }
  /** The links of a circle. */
  | { readonly why: 'circle'; readonly hops: readonly Hop[] };

/** A part of a path that is still to be looked at. */
interface Step {
  readonly name: string;
  readonly ofLink: boolean;
}

/** The kernel gives up after as many: path_resolution(7). */
const maxHops = 40;

/**
 * Undefined where the path leads to a directory.
 * @param path absolute
 * @throws Node's own error for what may not be looked at
 */
export function whyNoDirectory(path: string): NoDirectory | undefined {
  const pending = stepsOf(path, false);
  const hops: Hop[] = [];
  let here = '/';
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const at = join(here, step.name);
    const stats = lstatIfThere(at);
    if (stats === undefined)
      return step.ofLink ? { why: 'dangling', at, hops } : { why: 'nothing', hops: [] };
    if (stats.isSymbolicLink()) {
      const met = hops.findIndex(({ link }) => link === at);
      if (met >= 0 || hops.length === maxHops) return { why: 'circle', hops: hops.slice(Math.max(met, 0)) };
      const target = readlinkSync(at);
      hops.push({ link: at, target });
      if (target.startsWith('/')) here = '/';
      pending.push(...stepsOf(target, true));
    } else if (stats.isDirectory()) here = at;
    else return { why: 'other', at, is: kindOfFile(stats), hops };
  }
  return undefined;
}

/** The last one first. `..` is followed by join, from where the links have led. */
function stepsOf(path: string, ofLink: boolean): Step[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.map((name) => ({ name, ofLink })).toReversed();
}

function kindOfFile(stats: Stats): string {
  if (stats.isFile()) return 'a regular file';
  if (stats.isSocket()) return 'a socket';
  if (stats.isFIFO()) return 'a pipe';
  return 'a device';
}
