// A disk on which a run was at work when the power was cut: what may be left of its changes. Pure.
//
// What lasts for sure is what was synced: the bytes and attributes of a file by fsync(2) of the file, the names in a
// directory by fsync(2) of the directory. Of everything else any part may last, as file systems have it whose log knows
// no order across directories (btrfs): the names of one directory in the order in which they were changed, a rename
// whole or not at all, and of unsynced bytes all, none, or half.

import { basename, dirname } from 'node:path';
import type { Operation } from './operations.ts';
import { type Inode, newInode, type Tree } from './tree.ts';

/** Says of each change that need not have lasted whether it did. */
export type Luck = () => boolean;

/** What is changed at once, or not at all. */
interface Unit {
  readonly at: number;
  /** Directories whose names it changes, or the one file whose bytes or attributes. */
  readonly touches: readonly number[];
  readonly apply: (tree: Tree, isSynced: boolean) => void;
}

/** What is on the disk after the power was cut behind the last of the operations. */
export function afterPowerCut(before: Tree, operations: readonly Operation[], luck: Luck): Tree {
  const run = new Run(before);
  for (const [at, operation] of operations.entries()) run.happens(operation, at);
  const disk = copyOfTree(before);
  for (const inode of run.tree.slice(disk.length)) disk.push(asMade(inode));
  const missed = new Set<number>();
  for (const unit of run.units) {
    const isSynced = run.mustLast(unit);
    const isLate = unit.touches.some((index) => missed.has(index));
    if (isSynced || (!isLate && luck())) unit.apply(disk, isSynced);
    else for (const index of unit.touches) missed.add(index);
  }
  return disk;
}

/** The operations as the running system sees them, where everything has happened. */
class Run {
  readonly tree: Tree;
  readonly units: Unit[] = [];
  /** By inode, the last operation that synced it. */
  readonly #synced = new Map<number, number>();

  constructor(before: Tree) {
    this.tree = copyOfTree(before);
  }

  /** Synced itself, or something that comes after it in one of its directories was. */
  mustLast({ at, touches }: Unit): boolean {
    return touches.some((index) => (this.#synced.get(index) ?? -1) > at);
  }

  happens(operation: Operation, at: number): void {
    switch (operation.do) {
      case 'make-file':
        if (this.#find(operation.path) !== undefined) return;
        return this.#make(operation.path, newInode('file', { mode: operation.mode }), at);
      case 'make-directory':
        return this.#make(operation.path, newInode('directory', { mode: operation.mode }), at);
      case 'make-socket':
        return this.#make(operation.path, newInode('socket'), at);
      case 'make-link':
        return this.#make(operation.path, newInode('symlink', { target: operation.target }), at);
      case 'append':
        return this.#append(this.#at(operation.path), operation.bytes, at);
      case 'copy':
        return this.#append(this.#at(operation.path), this.#inodeAt(operation.from).content, at);
      case 'set-mode':
        return this.#change(operation.path, at, (inode) => (inode.mode = operation.mode));
      case 'set-owner':
        return this.#change(operation.path, at, (inode) => (inode.owner = [operation.uid, operation.gid]));
      case 'link':
        return this.#name(at, [[operation.path, this.#at(operation.from)]]);
      case 'rename':
        return this.#rename(operation.from, operation.path, at);
      case 'remove':
        return this.#name(at, [[operation.path, undefined]]);
      case 'sync':
        this.#synced.set(this.#at(operation.path), at);
    }
  }

  /** A listening socket is made by its descriptor; it comes into sight when it gets its name. */
  #rename(from: string, to: string, at: number): void {
    const index = this.#find(from);
    if (index === undefined) return this.#make(to, newInode('socket'), at);
    // Two links of one inode: rename(2) does nothing.
    if (this.#find(to) === index) return;
    this.#name(at, [
      [from, undefined],
      [to, index],
    ]);
  }

  #make(path: string, inode: Inode, at: number): void {
    this.#name(at, [[path, this.tree.push(inode) - 1]]);
  }

  #name(at: number, changes: readonly (readonly [path: string, index: number | undefined])[]): void {
    const edits = changes.map(([path, index]) => ({
      directory: this.#at(dirname(path)),
      name: basename(path),
      index,
    }));
    const apply = (tree: Tree): void => {
      for (const { directory, name, index } of edits) {
        const names = tree[directory]?.names;
        if (index === undefined) names?.delete(name);
        else names?.set(name, index);
      }
    };
    this.#unit({ at, touches: edits.map(({ directory }) => directory), apply });
  }

  /** Bytes that were not synced may be there by half. */
  #append(index: number, bytes: Buffer, at: number): void {
    const apply = (tree: Tree, isSynced: boolean): void => {
      const inode = tree[index];
      if (inode === undefined) return;
      const lasting = isSynced || tree === this.tree ? bytes : bytes.subarray(0, bytes.length / 2);
      inode.content = Buffer.concat([inode.content, lasting]);
    };
    this.#unit({ at, touches: [index], apply });
  }

  #change(path: string, at: number, change: (inode: Inode) => unknown): void {
    const index = this.#at(path);
    const apply = (tree: Tree): void => {
      const inode = tree[index];
      if (inode !== undefined) change(inode);
    };
    this.#unit({ at, touches: [index], apply });
  }

  #unit(unit: Unit): void {
    unit.apply(this.tree, true);
    this.units.push(unit);
  }

  #at(path: string): number {
    const index = this.#find(path);
    if (index === undefined) throw new Error(`the run speaks of ${path}, which is not there`);
    return index;
  }

  #inodeAt(path: string): Inode {
    return this.tree[this.#at(path)] ?? newInode('file');
  }

  #find(path: string): number | undefined {
    const names = path === '' || path === '.' ? [] : path.split('/');
    return names.reduce<number | undefined>(
      (index, name) => (index === undefined ? undefined : this.tree[index]?.names.get(name)),
      0,
    );
  }
}

function copyOfTree(tree: Tree): Tree {
  return tree.map((inode) => ({ ...inode, names: new Map(inode.names) }));
}

/** What was made during the run is on the disk with what it was made with, until more lasts. */
function asMade({ kind, target }: Inode): Inode {
  return newInode(kind, { target, mode: kind === 'directory' ? 0o755 : 0o600 });
}
