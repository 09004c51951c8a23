// Lays out the root of the image: two trees, of which the first rarely changes from one release to the next.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Base } from './base.ts';
import { type Component, componentsOf, controlData, debianPackages, type Parts } from './components.ts';
import { textTable } from '../src/lib/text/table.ts';
import { withoutUnloaded } from './elf.ts';
import { bundledPackages, packageListName } from './lock-file.ts';
import type { PinnedNode } from './pinned-node.ts';
import type { Platform } from './platform.ts';
import { readInside, Tree } from './tree.ts';

export interface Ingredients extends Parts {
  readonly node: PinnedNode;
}

/** What Node.js is linked to, and no library more. A test follows every program's own list. */
const libraries = [
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'libstdc++.so.6',
];

const licences = 'usr/share/licenses';
const programDir = 'usr/lib/cni-plugins-installer';

/** Node.js, what it needs, and the busybox whose mount(8) and nsenter(1) the installer runs. */
export function furnishPlatform(root: string, { platform, base, node }: Ingredients): void {
  const tree = new Tree(root, platform);
  tree.put('usr/bin/node', withoutUnloaded(readFileSync(join(node.directory, 'bin/node'))), 0o755);
  tree.put('bin/busybox', readFileSync(base.busybox.path), 0o755);
  for (const name of libraries)
    tree.put(`usr/lib/${platform.triplet}/${name}`, library(base, platform, name));
  tree.put(platform.loader, library(base, platform, basename(platform.loader)), 0o755);
  const certificates = 'etc/ssl/certs/ca-certificates.crt';
  tree.put(certificates, readInside(base.runtime, certificates));
  furnishSystem(tree, base);
  tree.put(`${licences}/node/LICENSE`, readFileSync(join(node.directory, 'LICENSE')));
  tree.put(`${licences}/busybox/LICENSE`, readFileSync(join(import.meta.dirname, 'busybox-licence.txt')));
  const copyright = 'usr/share/doc/musl-dev/copyright';
  tree.put(`${licences}/musl/copyright`, readInside(base.busybox.musl, copyright));
}

/** The bundle, and whatever else differs from release to release. */
export function furnishProgram(root: string, ingredients: Ingredients): void {
  const { project, platform, bundle } = ingredients;
  const tree = new Tree(root, platform);
  for (const name of readdirSync(bundle)) {
    if (name === packageListName) continue;
    tree.put(
      `${programDir}/${name}`,
      readFileSync(join(bundle, name)),
      name.endsWith('installer.js') ? 0o755 : 0o644,
    );
  }
  tree.put(`${licences}/cni-plugins-installer/LICENSE`, readFileSync(join(project, 'LICENSE')));
  for (const { name } of bundledPackages(project, bundle)) {
    tree.put(`${licences}/npm/${name}/LICENSE`, npmLicence(join(project, 'node_modules', name)));
  }
  tree.put(`${licences}/LICENSES.txt`, licenceList(componentsOf(ingredients)));
}

function library({ runtime }: Base, { triplet }: Platform, name: string): Buffer {
  return readInside(runtime, `lib/${triplet}/${name}`, `usr/lib/${triplet}/${name}`);
}

/** What programs and scanners ask a system for: its release, its packages, root's name, how to resolve a host name. */
function furnishSystem(tree: Tree, { runtime }: Base): void {
  tree.put('etc/os-release', readInside(runtime, 'usr/lib/os-release', 'etc/os-release'));
  tree.put('etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\n');
  tree.put('etc/group', 'root:x:0:\n');
  tree.put('etc/nsswitch.conf', 'hosts: files dns\n');
  for (const name of Object.keys(debianPackages)) {
    tree.put(`var/lib/dpkg/status.d/${name}`, controlData(runtime, name));
    tree.put(`${licences}/${name}/copyright`, readInside(runtime, `usr/share/doc/${name}/copyright`));
  }
}

/** Some packages have their licence in the README only. */
function npmLicence(directory: string): string {
  const files = readdirSync(directory);
  const licence = files.find((name) => /^licen[cs]e/i.test(name));
  if (licence !== undefined) return readFileSync(join(directory, licence), 'utf8');
  const readme = files.find((name) => /^readme/i.test(name));
  const text = readme === undefined ? '' : readFileSync(join(directory, readme), 'utf8');
  const [section] = /^(#+ licen[cs]e|licen[cs]e\n-+)\s[^]*/im.exec(text) ?? [];
  if (section === undefined) throw new Error(`${directory} has no licence text`);
  return section;
}

function licenceList(components: readonly Component[]): string {
  const rows = components.map(({ name, version, license, source }) => [name, version, license, source]);
  return `${textTable(rows).split('\n').toSorted().join('\n')}\n`;
}
