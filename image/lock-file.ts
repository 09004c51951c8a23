// What package.json and package-lock.json pin.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity of the tarball. */
  readonly integrity: string;
  readonly license: string;
}

export interface Product {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

interface LockEntry extends Omit<LockedPackage, 'name'> {
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const prefix = 'node_modules/';

export function readProduct(project: string): Product {
  return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Product;
}

export function lockedPackage(project: string, name: string): LockedPackage {
  const entry = lockEntries(project)[prefix + name];
  if (entry === undefined) throw new Error(`package-lock.json has no ${name}`);
  return { ...entry, name };
}

/** What the bundle may have been made from: every package that is needed at run time. */
export function runtimePackages(project: string): readonly LockedPackage[] {
  return Object.entries(lockEntries(project))
    .filter(([path, { dev, optional }]) => path.startsWith(prefix) && dev !== true && optional !== true)
    .map(([path, entry]) => ({ ...entry, name: path.slice(path.lastIndexOf(prefix) + prefix.length) }));
}

function lockEntries(project: string): Record<string, LockEntry> {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  return lock.packages;
}
