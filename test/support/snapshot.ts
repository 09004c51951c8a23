// What a directory tree holds, as facts that can be compared: two equal snapshots mean that nothing was touched.

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface SnapshotEntry {
  readonly kind: 'file' | 'directory' | 'symlink' | 'special';
  readonly inode: number;
  /** Permission bits, as `0755`. */
  readonly mode: string;
  readonly owner: string;
  /** Nanoseconds since the epoch. */
  readonly modified: bigint;
  /** SHA-256 of a file, target of a link. */
  readonly content: string;
}

export type Snapshot = Readonly<Record<string, SnapshotEntry>>;

/** Everything below the directory, by relative path. */
export function snapshotOf(directory: string): Snapshot {
  return Object.fromEntries(pathsBelow(directory).map((path) => [path, entryOf(join(directory, path))]));
}

/** The same with change times, and with the directory itself: not even a link count has changed in between. */
export function untouchedSnapshotOf(directory: string): Readonly<Record<string, SnapshotEntry & Changed>> {
  return Object.fromEntries(
    ['.', ...pathsBelow(directory)].map((path) => {
      const full = join(directory, path);
      const changed = lstatSync(full, { bigint: true }).ctimeNs;
      return [path, { ...entryOf(full), changed }];
    }),
  );
}

interface Changed {
  /** Nanoseconds since the epoch; any write to content or attributes moves it (inode(7)). */
  readonly changed: bigint;
}

/** Names in a directory, sorted, those of hidden ones too. */
export function namesIn(directory: string): string[] {
  return readdirSync(directory).toSorted();
}

/** What stands in a bin dir beside the installer's own directory, sorted. */
export function pluginsIn(binDir: string): string[] {
  return namesIn(binDir).filter((name) => !name.startsWith('.'));
}

export function inodeOf(path: string): number {
  return lstatSync(path).ino;
}

/** Permission bits, as `0755`. */
export function modeOf(path: string): string {
  return `0${(lstatSync(path).mode & 0o7777).toString(8)}`;
}

function pathsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
}

function entryOf(path: string): SnapshotEntry {
  const stats = lstatSync(path, { bigint: true });
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : 'special';
  return {
    kind,
    inode: Number(stats.ino),
    mode: modeOf(path),
    owner: `${stats.uid}:${stats.gid}`,
    modified: stats.mtimeNs,
    content: contentOf(path, kind),
  };
}

function contentOf(path: string, kind: SnapshotEntry['kind']): string {
  if (kind === 'symlink') return readlinkSync(path);
  return kind === 'file' ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
}
