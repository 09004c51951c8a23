// The plugins of a node as a pod would meet them, and what others do to them.

import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plugin, pluginNames, truncatedPlugin } from '../support/plugins.ts';

/** Two releases, and what a rival brings. */
export const releases = ['v1.9.1', 'v1.6.2'] as const;
const rivals = 'v1.1.1';

const sound = new Set(
  [...releases, rivals].flatMap((version) => pluginNames.map((name) => digest(plugin(name, { version })))),
);

/** What each file, as told from every other by its inode and times, was found to be. */
const judged = new Map<string, boolean>();

/** Names that a pod could not use. */
export function missingIn(binDir: string): readonly string[] {
  return pluginNames.filter((name) => !isSound(join(binDir, name)));
}

export function presentIn(binDir: string): readonly string[] {
  return pluginNames.filter((name) => lstatSync(join(binDir, name), { throwIfNoEntry: false }) !== undefined);
}

function isSound(path: string): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  if (facts === undefined || !facts.isFile() || (facts.mode & 0o111n) === 0n) return false;
  const print = [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
  const known = judged.get(print) ?? hasSoundBytes(path);
  if (judged.size > 1000) judged.clear();
  judged.set(print, known);
  return known;
}

/** It may go between two looks. */
function hasSoundBytes(path: string): boolean {
  try {
    return sound.has(digest(readFileSync(path)));
  } catch {
    return false;
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function deletePlugin(binDir: string, name: string): void {
  rmSync(join(binDir, name), { force: true });
}

export function truncatePlugin(binDir: string, name: string): void {
  replace(join(binDir, name), truncatedPlugin(name));
}

/** Nothing to take the mode from where it is not there just now. */
export function takeModeFrom(binDir: string, name: string): void {
  try {
    chmodSync(join(binDir, name), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Another plugin that works, as an installer of others' would place it. */
export function placeRivals(binDir: string, name: string): void {
  replace(join(binDir, name), plugin(name, { version: rivals }));
}

function replace(path: string, bytes: Buffer): void {
  writeFileSync(`${path}.rival`, bytes, { mode: 0o755 });
  renameSync(`${path}.rival`, path);
}
