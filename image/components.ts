// What the image consists of, piece by piece: names, versions, licences. The licence list and the SBOM are made from it.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Base } from './base.ts';
import { busyboxSource } from './busybox.ts';
import { bundledPackages, lockedPackage, readProduct } from './lock-file.ts';
import type { Platform } from './platform.ts';

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly kind: 'npm' | 'deb' | 'node' | 'busybox' | 'musl' | 'product';
  /** SPDX expression. */
  readonly license: string;
  /** https://github.com/package-url/purl-spec */
  readonly purl: string;
  readonly cpe?: string;
  /** Where the sources are that the licences speak of. */
  readonly source: string;
}

/** The packages of the base whose files are in the image, with the licence of those files. */
export const debianPackages: Readonly<Record<string, string>> = {
  'ca-certificates': 'MPL-2.0',
  libc6: 'LGPL-2.1-or-later',
  'libgcc-s1': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  'libstdc++6': 'GPL-3.0-or-later WITH GCC-exception-3.1',
};

/** What the image is made of. */
export interface Parts {
  readonly project: string;
  readonly platform: Platform;
  readonly base: Base;
  /** The directory with what src/dev/ship/bundle.ts made. */
  readonly bundle: string;
}

export function componentsOf({ project, platform, base, bundle }: Parts): readonly Component[] {
  return [
    productComponent(project),
    nodeComponent(project, platform),
    busyboxComponent(),
    muslComponent(base.busybox.musl),
    ...Object.keys(debianPackages).map((name) => debianComponent(base.runtime, name)),
    ...npmComponents(project, bundle),
  ];
}

/** The control data of a package that is installed in this root. */
export function controlData(root: string, name: string): string {
  const directory = join(root, 'var/lib/dpkg/status.d');
  const entries = existsSync(directory) ? readdirSync(directory) : [];
  const texts = entries
    .filter((entry) => !entry.endsWith('.md5sums'))
    .map((entry) => readFileSync(join(directory, entry), 'utf8'));
  const text = texts.find((candidate) => fieldOf(candidate, 'Package') === name);
  if (text === undefined) throw new Error(`${root} has no package ${name}`);
  return text;
}

function fieldOf(control: string, field: string): string {
  return new RegExp(`^${field}: (.*)$`, 'm').exec(control)?.[1] ?? '';
}

function productComponent(project: string): Component {
  const { name, version, license } = readProduct(project);
  const purl = `pkg:generic/${name}@${version}`;
  return { name, version, kind: 'product', license, purl, source: 'this repository' };
}

function nodeComponent(project: string, { nodePackage }: Platform): Component {
  const { version, license } = lockedPackage(project, nodePackage);
  return {
    name: 'node',
    version,
    kind: 'node',
    license,
    purl: `pkg:npm/${nodePackage}@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    source: `https://nodejs.org/dist/v${version}/`,
  };
}

function busyboxComponent(): Component {
  const { version } = busyboxSource;
  return {
    name: 'busybox',
    version,
    kind: 'busybox',
    license: 'GPL-2.0-only',
    purl: `pkg:generic/busybox@${version}`,
    cpe: `cpe:2.3:a:busybox:busybox:${version}:*:*:*:*:*:*:*`,
    source: `https://busybox.net/downloads/busybox-${version}.tar.bz2`,
  };
}

/** Linked into busybox: scanners can't see it, and no package of the image has it. */
function muslComponent(root: string): Component {
  const version = fieldOf(controlData(root, 'musl-dev'), 'Version');
  return {
    name: 'musl',
    version,
    kind: 'musl',
    license: 'MIT',
    purl: `pkg:generic/musl@${version}`,
    cpe: `cpe:2.3:a:musl-libc:musl:${version.replace(/-.*/, '')}:*:*:*:*:*:*:*`,
    source: 'https://snapshot.debian.org/package/musl/',
  };
}

function debianComponent(root: string, name: string): Component {
  const control = controlData(root, name);
  const version = fieldOf(control, 'Version');
  const arch = fieldOf(control, 'Architecture');
  const source = fieldOf(control, 'Source').split(' ')[0] || name;
  return {
    name,
    version,
    kind: 'deb',
    license: debianPackages[name] ?? '',
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}`,
    source: `https://snapshot.debian.org/package/${source}/`,
  };
}

function npmComponents(project: string, bundle: string): Component[] {
  return bundledPackages(project, bundle).map(({ name, version, license }) => ({
    name,
    version,
    kind: 'npm' as const,
    license,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    source: `https://www.npmjs.com/package/${name}/v/${version}`,
  }));
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
