// The bin dir as a place: whether it is there, on which mount, what the host calls it, and how much room it has.

import { readdirSync, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { type Mount, mountContaining, parseMountinfo } from '../lib/linux/mountinfo.ts';
import { findMountNamespaces } from '../node/mounts/mount-namespaces.ts';
import type { BinDirFacts, Standing } from './node-facts.ts';
import { lookAt, type Seen, seenAs, thenSeen, unseen } from './seen.ts';

/** What is mounted on the host, as the runtime sees it, or PID 1 where the runtime is not found. */
export function seeHostMounts(hostProc: string): Seen<readonly Mount[]> {
  const surroundings = findMountNamespaces(hostProc);
  if (!surroundings.visible) return unseen(`the host's mounts can't be seen: ${surroundings.reason}`);
  const table = surroundings.namespaces[0]?.table;
  if (table === undefined) return unseen("the host's mounts can't be seen");
  return table.readable ? seenAs(table.mounts) : unseen(`the host's mounts can't be read (${table.reason})`);
}

interface PlaceOnHost {
  readonly ownMount: Seen<Mount>;
  readonly hostPath: Seen<string>;
}

/**
 * What the host calls a directory that we see.
 * @param procPath our own
 */
export function seePlaceOnHost(
  path: string,
  hostMounts: Seen<readonly Mount[]>,
  procPath: string,
): PlaceOnHost {
  const ownMounts = lookAt(`${procPath}/self/mountinfo`, () =>
    parseMountinfo(readFileSync(`${procPath}/self/mountinfo`, 'utf8')),
  );
  const ownMount = thenSeen(ownMounts, (mounts) => holderOf(mounts, path));
  const hostPath = thenSeen(ownMount, (own) =>
    thenSeen(hostMounts, (mounts) => pathOnHost(path, own, mounts)),
  );
  return { ownMount, hostPath };
}

/** @param hostMounts those of the runtime, or of PID 1 where its are not known */
export function seeBinDir(path: string, hostMounts: Seen<readonly Mount[]>, procPath: string): BinDirFacts {
  const { ownMount, hostPath } = seePlaceOnHost(path, hostMounts, procPath);
  return {
    path,
    stands: lookAt(path, () => standingAt(path)),
    ownMount,
    hostPath,
    hostMount: thenSeen(hostMounts, (mounts) =>
      thenSeen(hostPath, (there) => holderOf(mounts, there, there)),
    ),
    room: lookAt(path, () => {
      const { bavail, bsize, ffree, files } = statfsSync(path);
      // A file system that makes inodes as it needs them says 0 of 0.
      return { freeBytes: bavail * bsize, freeInodes: files === 0 ? Infinity : ffree };
    }),
    names: lookAt(path, () => readdirSync(path)),
  };
}

function standingAt(path: string): Standing {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { kind: 'absent' };
  return stats.isDirectory() ? { kind: 'directory', links: stats.nlink, uid: stats.uid } : { kind: 'other' };
}

/** The mount that holds the path; links on the way are followed where the path is ours to follow. */
function holderOf(mounts: readonly Mount[], path: string, resolved = realOr(path)): Seen<Mount> {
  const holder = mountContaining(mounts, resolved);
  return holder === undefined ? unseen(`no mount holds ${path}`) : seenAs(holder);
}

function realOr(path: string): string {
  const real = lookAt(path, () => realpathSync(path));
  return real.seen ? real.value : path;
}

const gone = '//deleted';

/**
 * The same directory of the same file system, by the name that the host's mounts give it: the mount there that shows most
 * of what our mount shows. Pure but for links of ours.
 */
export function pathOnHost(path: string, own: Mount, hostMounts: readonly Mount[]): Seen<string> {
  const inside = joined(own.root.replace(gone, ''), below(own.mountPoint, realOr(path)));
  const showing = hostMounts.filter(
    ({ device, root }) => device === own.device && below(root, inside) !== undefined,
  );
  const best = showing.toSorted((a, b) => b.root.length - a.root.length)[0];
  if (best === undefined) return unseen(`no mount of the host shows ${path}`);
  return seenAs(joined(best.mountPoint, below(best.root, inside)));
}

/** What follows the directory in the path; undefined for a path that is not in it. */
function below(directory: string, path: string): string | undefined {
  if (directory === '/') return path;
  if (path === directory) return '/';
  return path.startsWith(`${directory}/`) ? path.slice(directory.length) : undefined;
}

function joined(directory: string, rest = '/'): string {
  return `${directory}/${rest}`.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}
