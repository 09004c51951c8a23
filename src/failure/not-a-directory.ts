// Words for something else where a directory is meant: what it is, and where its links lead.

import type { NoDirectory } from '../lib/files/no-directory.ts';
import { Failure } from './failure.ts';

/** Whose directory it is, such as `the CNI bin dir`, and its absolute path. */
export interface MeantDirectory {
  readonly what: string;
  readonly path: string;
  /** The option that names it. */
  readonly option: string;
}

/** Undefined where there is simply nothing yet. */
export function notADirectory(
  { what, path, option }: MeantDirectory,
  found: NoDirectory,
): Failure | undefined {
  const because = words(path, found);
  if (because === undefined) return undefined;
  const hint =
    found.hops.length === 0
      ? undefined
      : `a link of the host leads elsewhere inside a container: mount the directory that it leads to, or name that one with ${option}`;
  return new Failure('not-a-directory', { message: `${what} ${path} is not a directory: ${because}`, hint });
}

function words(path: string, found: NoDirectory): string | undefined {
  const name = (at: string): string => (at === path ? 'it' : at);
  const leading = found.hops.map(({ link, target }) => `${name(link)} is a link to ${target}`).join(', ');
  switch (found.why) {
    case 'nothing':
      return undefined;
    case 'dangling':
      return `${leading}, and ${found.at} is not there`;
    case 'circle':
      return `its links lead in a circle: ${leading}`;
    case 'other':
      return [leading, `${name(found.at)} is ${found.is}`].filter((part) => part !== '').join(', and ');
  }
}
