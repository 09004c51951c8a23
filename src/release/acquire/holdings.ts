// What stands in the place of a local archive: what a directory holds instead, or that our image has none.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure/failure.ts';
import type { Arch } from '../../lib/architecture.ts';
import { bundledArchivesPath } from '../../lib/product.ts';
import { archiveFileName } from '../upstream.ts';

/** The archives that our image would bring along were asked for, and there are none in it. */
export function notBundled(): Failure {
  return new Failure('archive-unavailable', {
    message: `this image is not the -bundled variant: it brings no archive along in ${bundledArchivesPath}`,
    hint: 'use the image whose tag ends in -bundled, or another source',
  });
}

interface Held {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
}

/** A directory that has the archive under none of the names that it may have. */
export function notHeld(directory: string, version: string, arch: Arch): Failure {
  const fileName = archiveFileName(version, arch);
  const names = archivesIn(directory);
  const held = archivesAmong(names);
  return new Failure('archive-unavailable', {
    message: `${directory} has no ${fileName}: ${instead(names, held, { version, arch })}`,
    hint: hintBesideOthers(held, version, fileName),
  });
}

function instead(
  names: readonly string[],
  held: readonly Held[],
  wanted: { readonly version: string; readonly arch: Arch },
): string {
  if (names.length === 0) return 'it is empty';
  if (held.length === 0) return `it holds no archive of the plugins, but ${listedNames(names)}`;
  const sameRelease = held.filter(({ version }) => version === wanted.version);
  if (sameRelease.length > 0)
    return `it holds ${listedNames(heldNames(sameRelease))}, this node is ${wanted.arch}`;
  return `it holds ${listedNames(heldNames(held))}, wanted is ${wanted.version}`;
}

function hintBesideOthers(held: readonly Held[], version: string, fileName: string): string {
  const add = `put it there, flat or as ${version}/${fileName}`;
  const others = held.some((one) => one.version === version) ? [] : held;
  return others.length > 0 ? `${add}, or ask for the release that is there with --cni-version` : add;
}

function heldNames(held: readonly Held[]): string[] {
  return held.map(({ name }) => name);
}

const namesShown = 4;

function listedNames(names: readonly string[]): string {
  const more = names.length - namesShown;
  return more > 0 ? `${names.slice(0, namesShown).join(', ')} and ${more} more` : names.join(', ');
}

/** Those in it and those one floor below; sorted, with their directory. A directory that can't be read has none. */
function archivesIn(directory: string): string[] {
  const entries = entriesOf(directory);
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => entriesOf(join(directory, name)).map((entry) => `${name}/${entry.name}`));
  return [...entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name), ...below].toSorted();
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

function archivesAmong(names: readonly string[]): Held[] {
  return names.flatMap((name): Held[] => {
    const [, arch, version] = /(?:^|\/)cni-plugins-linux-([a-z0-9]+)-(v[^/]+)\.tgz$/.exec(name) ?? [];
    return arch === undefined || version === undefined ? [] : [{ name, arch, version }];
  });
}
