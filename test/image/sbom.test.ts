// Proves that the bill of materials and the licence list name everything that is in the image.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Arch,
  arches,
  buildImage,
  type BuiltImage,
  contentOf,
  remove,
  unpackInto,
} from './built-image.ts';

interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: {
    readonly timestamp: string;
    readonly component: { readonly type: string; readonly hashes: readonly { readonly content: string }[] };
  };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    readonly 'bom-ref': string;
    readonly licenses?: readonly unknown[];
  }[];
}

let built: BuiltImage;
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'image-sbom-'));
  built = buildImage();
  for (const arch of arches) unpackInto(join(scratch, arch), contentOf(built, arch));
});

afterAll(() => {
  remove(built);
  rmSync(scratch, { recursive: true });
});

function sbomOf(arch: Arch): Sbom {
  return JSON.parse(readFileSync(join(built.directory, `sbom-${arch}.cdx.json`), 'utf8')) as Sbom;
}

describe.each(arches)('the bill of materials for linux/%s', (arch) => {
  it('is CycloneDX of this very image, at the time of the commit', () => {
    const sbom = sbomOf(arch);

    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.\d$/) });
    expect(sbom.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(sbom.metadata.component).toMatchObject({ type: 'container' });
    expect(`sha256:${sbom.metadata.component.hashes[0]?.content}`).toBe(built.platforms[arch]);
    expect(sbom.metadata.timestamp).toBe(contentOf(built, arch).config.created);
  });

  it('names each component once, with a version and a licence', () => {
    const { components } = sbomOf(arch);

    expect(new Set(components.map((component) => component['bom-ref'])).size).toBe(components.length);
    expect(components.filter(({ licenses }) => (licenses ?? []).length === 0)).toEqual([]);
    expect(components.filter(({ version }) => !/^\d/.test(version))).toEqual([]);
  });

  it('has the Debian packages as their control data in the image has them', () => {
    const directory = join(scratch, arch, 'var/lib/dpkg/status.d');
    const installed = readdirSync(directory).map((name) => {
      const control = readFileSync(join(directory, name), 'utf8');
      return `${name} ${/^Version: (.*)$/m.exec(control)?.[1]}`;
    });

    const listed = sbomOf(arch).components.filter(({ purl }) => purl.startsWith('pkg:deb/'));

    expect(listed.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(installed.toSorted());
  });

  it('has everything else of which the image has a licence', () => {
    const named = new Set(sbomOf(arch).components.map(({ name }) => name));
    const licences = join(scratch, arch, 'usr/share/licenses');
    const licensed = readdirSync(licences, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'LICENSES.txt')
      .map(({ parentPath }) => parentPath.slice(licences.length + 1).replace(/^npm\//, ''))
      .filter((name) => name !== 'cni-plugins-installer');

    expect(licensed.length).toBeGreaterThan(10);
    expect(licensed.filter((name) => !named.has(name))).toEqual([]);
  });

  it('has the packages of which the program has code, and none that it goes without', () => {
    const packages = sbomOf(arch).components.flatMap(({ name, purl }) =>
      purl.startsWith('pkg:npm/') && name !== 'node' ? [name] : [],
    );

    expect(packages).toEqual(expect.arrayContaining(['node-fetch', 'p-retry', 'tar', 'yargs']));
    expect(packages.filter((name) => ['fetch-blob', 'formdata-polyfill', 'minizlib'].includes(name))).toEqual(
      [],
    );
  });

  it('agrees with the licence list in the image', () => {
    const list = readFileSync(join(scratch, arch, 'usr/share/licenses/LICENSES.txt'), 'utf8');
    const rows = new Set(
      list
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/).slice(0, 2).join(' ')),
    );

    const missing = sbomOf(arch).components.filter(({ name, version }) => !rows.has(`${name} ${version}`));

    expect(missing).toEqual([]);
  });
});
