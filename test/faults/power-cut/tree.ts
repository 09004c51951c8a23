// A directory tree in memory, with hard links, owners and modes: read from a real one, and written as one again.

import { createHash } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export interface Inode {
  readonly kind: 'file' | 'directory' | 'symlink' | 'socket';
  /** Of a symbolic link. */
  readonly target: string;
  /** Of a file. */
  content: Buffer;
  mode: number;
  owner: readonly [uid: number, gid: number];
  /** Undefined for what is made in the run: it is as old as all that is. */
  readonly modified: Date | undefined;
  /** Of a directory: inodes by name, as indexes of the tree. */
  readonly names: Map<string, number>;
}

/** The first one is the root. */
export type Tree = Inode[];

export function newInode(kind: Inode['kind'], facts: Partial<Inode> = {}): Inode {
  const owner = [0, 0] as const;
  const nothing = {
    target: '',
    content: Buffer.alloc(0),
    mode: 0o755,
    modified: undefined,
    names: new Map(),
  };
  return { kind, owner, ...nothing, ...facts };
}

export function readTree(root: string): Tree {
  const tree: Tree = [];
  const known = new Map<number, number>();
  const read = (path: string): number => {
    const stats = lstatSync(path);
    const before = known.get(stats.ino);
    if (before !== undefined) return before;
    const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'file';
    const names = new Map<string, number>();
    const index = tree.push(
      newInode(kind, {
        names,
        mode: stats.mode & 0o7777,
        owner: [stats.uid, stats.gid],
        modified: stats.mtime,
        ...(kind === 'symlink' && { target: readlinkSync(path) }),
        ...(kind === 'file' && { content: readFileSync(path) }),
      }),
    );
    known.set(stats.ino, index - 1);
    if (kind === 'directory') for (const name of readdirSync(path)) names.set(name, read(join(path, name)));
    return index - 1;
  };
  read(root);
  return tree;
}

/** The same for two trees of which writeTree() makes the same. */
export function printOf(tree: Tree): string {
  const lines: string[] = [];
  const seen = new Map<number, string>();
  const write = (index = -1, path = ''): void => {
    const inode = tree[index];
    if (inode === undefined || inode.kind === 'socket') return;
    const before = seen.get(index);
    if (before !== undefined) return void lines.push(`${path} is ${before}`);
    seen.set(index, path);
    const { kind, target, content, mode, owner, modified, names } = inode;
    lines.push(JSON.stringify([path, kind, target, content.toString('hex'), mode, owner, modified]));
    for (const name of [...names.keys()].toSorted()) write(names.get(name), `${path}/${name}`);
  };
  write(0);
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Sockets are left out: without a process they are as good as gone. The directory must not be there yet. */
export function writeTree(tree: Tree, root: string): void {
  const written = new Map<number, string>();
  const write = (index: number, path: string): void => {
    const inode = tree[index];
    if (inode === undefined || inode.kind === 'socket') return;
    const before = written.get(index);
    if (before !== undefined) return linkSync(before, path);
    written.set(index, path);
    if (inode.kind === 'directory') {
      mkdirSync(path);
      for (const [name, child] of inode.names) write(child, join(path, name));
    } else if (inode.kind === 'symlink') symlinkSync(inode.target, path);
    else writeFileSync(path, inode.content);
    lchownSync(path, ...inode.owner);
    if (inode.kind !== 'symlink') chmodSync(path, inode.mode);
    const modified = inode.modified ?? new Date();
    lutimesSync(path, modified, modified);
  };
  write(0, root);
}
