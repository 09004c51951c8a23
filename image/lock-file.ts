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

type LockEntry = Omit<LockedPackage, 'name'>;

const prefix = 'node_modules/';

export function readProduct(project: string): Product {
  return JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Product;
}

export function lockedPackage(project: string, name: string): LockedPackage {
  const entry = lockEntries(project)[prefix + name];
  if (entry === undefined) throw new Error(`package-lock.json has no ${name}`);
  return { ...entry, name };
}

/** Written beside the bundle: the paths in package-lock.json of the packages that it has code of. */
export const packageListName = 'packages.json';

/** The packages of which code is in this bundle, each version once; not all that are needed to run have any. */
export function bundledPackages(project: string, bundle: string): readonly LockedPackage[] {
  const entries = lockEntries(project);
  const paths = JSON.parse(readFileSync(join(bundle, packageListName), 'utf8')) as string[];
  const packages = paths.map((path): [string, LockedPackage] => {
    const entry = entries[path];
    if (entry === undefined) throw new Error(`package-lock.json has no ${path}`);
    const name = path.slice(path.lastIndexOf(prefix) + prefix.length);
    return [`${name}@${entry.version}`, { ...entry, name }];
  });
  return [...new Map(packages).values()];
}

function lockEntries(project: string): Record<string, LockEntry> {
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  return lock.packages;
}
