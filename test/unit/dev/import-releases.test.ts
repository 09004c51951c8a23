// The script that writes catalog.json.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { faultsOf, maxCatalogBytes } from '../../../src/dev/catalog/faults.ts';
import { serializeCatalog } from '../../../src/dev/catalog/form.ts';
import { catalogFrom, type Material } from '../../../src/dev/catalog/material.ts';
import { importReleases } from '../../../src/dev/catalog/import-releases.ts';
import { releaseFacts, type ReleaseFacts } from '../../../src/dev/catalog/release-facts.ts';
import { type CatalogFile, type ReleaseRecord } from '../../../src/release/catalog-file.ts';
import { type DigestAlgorithm, digestAlgorithms } from '../../../src/lib/files/digest.ts';

const shipped = fileURLToPath(new URL('../../../src/release/catalog.json', import.meta.url));
const materialFile = fileURLToPath(new URL('../../../../shared/data/cni-releases.json', import.meta.url));

let dir: string;
let catalog: string;
let said: string[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'import-releases-'));
  catalog = join(dir, 'catalog.json');
  said = [];
  await copyFile(shipped, catalog);
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

function run(...args: string[]): Promise<number> {
  const say = (line: string): void => void said.push(line);
  return importReleases([...args, '--catalog', catalog], { facts: releaseFacts, say });
}

async function written(): Promise<CatalogFile> {
  return JSON.parse(await readFile(catalog, 'utf8'));
}

async function edit(change: (text: string) => string | Promise<string>): Promise<void> {
  await writeFile(catalog, await change(await readFile(catalog, 'utf8')));
}

describe('--check', () => {
  test('finds the shipped catalog in its normal form, sound and up to date with the facts', async () => {
    expect(await run('--check')).toBe(0);
    expect(said).toEqual([]);
  });

  test('finds another layout of the same content, and leaves the file alone', async () => {
    await edit((text) => JSON.stringify(JSON.parse(text)));
    const before = await readFile(catalog, 'utf8');
    expect(await run('--check')).toBe(1);
    expect(await readFile(catalog, 'utf8')).toBe(before);
  });

  test('shows the line that somebody edited by hand', async () => {
    await edit((text) => text.replace('"take": "v1.6.2"', '"take": "v1.6.3"'));
    expect(await run('--check')).toBe(1);
    expect(said).toEqual(expect.arrayContaining(['- "take": "v1.6.3"', '+ "take": "v1.6.2"']));
  });

  test('finds a digest that lost a digit', async () => {
    await edit((text) => text.replace('"b98f74a0', '"b98f74a'));
    expect(await run('--check')).toBe(1);
    expect(said.join('\n')).toContain('v1.9.1 has b98f74af8522');
  });
});

describe('the normal form', () => {
  test('does not depend on the order in which content comes', async () => {
    const sound = await written();
    const reversed = { ...sound, releases: Object.fromEntries(Object.entries(sound.releases).toReversed()) };
    expect(await serializeCatalog(reversed)).toBe(await serializeCatalog(sound));
  });

  test('puts v1.10.0 behind v1.9.1', async () => {
    const { releases, ...rest } = await written();
    const newest = releases['v1.9.1'] ?? plain;
    const text = await serializeCatalog({ ...rest, releases: { 'v1.10.0': newest, ...releases } });
    expect(text.indexOf('"v1.10.0": {')).toBeGreaterThan(text.indexOf('"v1.9.1": {'));
  });
});

const hexA = 'a'.repeat(64);
const hexB = 'b'.repeat(64);

const plain: ReleaseRecord = {
  architectures: 'amd64, arm64',
  plugins: 'bridge, tap',
  specVersions: '1.0.0',
  digests: { amd64: { sha256: { [hexA]: 'one, two' } } },
};

function catalogOf(
  releases: Readonly<Record<string, ReleaseRecord>>,
  more: Partial<CatalogFile> = {},
): CatalogFile {
  return { releases, advisories: {}, kubernetes: {}, runtimes: { containerd: {}, 'cri-o': {} }, ...more };
}

test('a small catalog with nothing wrong has no fault', () => {
  expect(faultsOf(catalogOf({ 'v1.0.0': plain }))).toEqual([]);
});

describe('a catalog is unsound when', () => {
  test.each<[string, CatalogFile, RegExp]>([
    ['a version is misspelt', catalogOf({ '1.0': plain }), /1\.0 is no name/],
    ['a release has no plugins', catalogOf({ 'v1.0.0': { ...plain, plugins: '' } }), /no plugins/],
    ['plugins are listed twice', catalogOf({ 'v1.0.0': { ...plain, plugins: 'tap, tap' } }), /twice/],
    ['an architecture is unknown', catalogOf({ 'v1.0.0': { ...plain, architectures: 'amd64, x86' } }), /x86/],
    [
      'a digest is for a platform that was not published',
      catalogOf({ 'v1.0.0': { ...plain, architectures: 'arm64' } }),
      /not published/,
    ],
    [
      'a digest has the length of the other algorithm',
      catalogOf({ 'v1.0.0': { ...plain, digests: { amd64: { sha512: { [hexA]: 'one' } } } } }),
      /no sha512 digest/,
    ],
    [
      'a digest has no origin',
      catalogOf({ 'v1.0.0': { ...plain, digests: { amd64: { sha256: { [hexA]: '' } } } } }),
      /origins/,
    ],
    [
      'two releases have one digest',
      catalogOf({ 'v1.0.0': plain, 'v1.0.1': plain }),
      /has the digest of v1\.0\.0 amd64/,
    ],
    [
      'a digest is superseded by nothing',
      catalogOf({ 'v1.0.0': { ...plain, supersededDigests: { arm64: { sha256: { [hexB]: 'one' } } } } }),
      /by nothing/,
    ],
    [
      'a refused release points at an unknown one',
      catalogOf({ 'v1.0.0': { ...plain, refused: { reason: 'broken', take: 'v1.0.1' } } }),
      /v1\.0\.1/,
    ],
    [
      'Kubernetes is said to use an unknown release',
      catalogOf({ 'v1.0.0': plain }, { kubernetes: { '1.34': { version: 'v7.0.0', evidence: '' } } }),
      /v7\.0\.0/,
    ],
    [
      'it grows beyond what every start should load',
      catalogOf({ 'v1.0.0': { ...plain, notes: ['x'.repeat(maxCatalogBytes)] } }),
      /bytes/,
    ],
  ])('%s', (_what, unsound, fault) => {
    expect(faultsOf(unsound).join('\n')).toMatch(fault);
  });
});

const noFacts: ReleaseFacts = {
  notes: {},
  refused: {},
  advisories: {},
  kubernetes: {},
  runtimes: { containerd: {}, 'cri-o': {} },
};

const smallMaterial: Material = {
  releases: {
    'v1.4.1': {
      tag_commit_date: '2024-03-12',
      libcni: 'v1.1.2',
      linux_arches: ['arm64', 'amd64'],
      binaries: ['tap', 'bridge'],
      other_files: [],
      supportedVersions_default: ['0.4.0', '1.0.0'],
      supportedVersions_exceptions: {},
      tarball_bytes: { amd64: 7, amd64_original: 8 },
    },
  },
  versions: {
    'v1.4.1': {
      amd64: {
        sha256: hexA,
        sources: [],
        independent_groups: { sha256: ['two', 'one'] },
        superseded_digests: [
          {
            algo: 'sha256',
            digest: hexB,
            sources: ['containerd/nerdctl', 'rootless-containers/usernetes', 'kubernetes/kops'].map(
              (repo) => ({
                repo,
                path: 'x',
                algo: 'sha256',
              }),
            ),
          },
        ],
      },
    },
  },
};

describe('--material', () => {
  test('collapses origins that copy from one another, and keeps a superseded digest apart', () => {
    const release = catalogFrom(smallMaterial, noFacts).releases['v1.4.1'];
    expect(release).toMatchObject({
      plugins: 'bridge, tap',
      digests: { amd64: { sha256: { [hexA]: 'one, two' } } },
      supersededDigests: { amd64: { sha256: { [hexB]: 'containerd/nerdctl, kubernetes/kops' } } },
    });
    expect(release?.archiveBytes).toEqual({ amd64: 7 });
  });

  test('refuses facts about a release that nobody described', () => {
    const facts = { ...noFacts, notes: { 'v9.0.0': ['?'] } };
    expect(() => catalogFrom(smallMaterial, facts)).toThrow(/v9\.0\.0/);
  });

  test.skipIf(!existsSync(materialFile))(
    'gives the shipped catalog and page again (skipped where the material is absent)',
    async () => {
      expect(await run('--material', materialFile, '--check')).toBe(0);
      expect(said).toEqual([]);
    },
  );

  test.skipIf(!existsSync(materialFile))(
    'keeps a release that was added by its sidecars (skipped where the material is absent)',
    async () => {
      await edit((text) => {
        const { releases, ...rest }: CatalogFile = JSON.parse(text);
        return serializeCatalog({ ...rest, releases: { ...releases, 'v1.99.0': plain } });
      });
      await run('--material', materialFile, '--provenance', join(dir, 'page.md'));
      expect((await written()).releases['v1.99.0']).toEqual(plain);
    },
  );
});

function digestOf(algorithm: DigestAlgorithm, arch: string): string {
  return createHash(algorithm).update(`archive for ${arch}`).digest('hex');
}

/** Upstream's release URL, for one version on some platforms. */
function sidecarsOf(version: string, arches: readonly string[]): Map<string, string> {
  const routes = arches.flatMap((arch) =>
    digestAlgorithms.map((algorithm): [string, string] => {
      const file = `cni-plugins-linux-${arch}-${version}.tgz`;
      return [`/${version}/${file}.${algorithm}`, `${digestOf(algorithm, arch)}  ${file}\n`];
    }),
  );
  return new Map(routes);
}

describe('--release', () => {
  let server: Server;
  let base: string;
  let routes: Map<string, string>;

  beforeEach(async () => {
    routes = new Map();
    server = createServer((request, response) => {
      const body = routes.get(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    base = `http://127.0.0.1:${address.port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('adds a release by its sidecars, with the contents of the newest one, which it calls assumed', async () => {
    routes = sidecarsOf('v1.9.2', ['amd64', 'arm64']);
    expect(await run('--release', '1.9.2', '--from', `${base}/`)).toBe(0);
    const { releases } = await written();
    expect(releases['v1.9.2']).toMatchObject({
      contentsAssumedFrom: 'v1.9.1',
      plugins: releases['v1.9.1']?.plugins,
      digests: {
        amd64: {
          sha256: { [digestOf('sha256', 'amd64')]: "upstream's sidecar" },
          sha512: { [digestOf('sha512', 'amd64')]: "upstream's sidecar" },
        },
      },
    });
    expect(Object.keys(releases['v1.9.2']?.digests ?? {})).toEqual(['amd64', 'arm64']);
    expect(said).toContain('v1.9.2 s390x: no .sha256 sidecar');
  });

  test('leaves a catalog in its normal form, and changes nothing the second time', async () => {
    routes = sidecarsOf('v1.9.2', ['amd64']);
    await run('--release', 'v1.9.2', '--from', base);
    const once = await readFile(catalog, 'utf8');
    await run('--release', 'v1.9.2', '--from', base);
    expect(await readFile(catalog, 'utf8')).toBe(once);
    expect(await run('--check')).toBe(0);
  });

  test('takes the plugins that it is told', async () => {
    routes = sidecarsOf('v1.9.2', ['amd64']);
    const plugins = 'vrf, firewall,brand-new,bandwidth';
    expect(await run('--release', 'v1.9.2', '--from', base, '--plugins', plugins)).toBe(0);
    expect((await written()).releases['v1.9.2']?.plugins).toBe('bandwidth, brand-new, firewall, vrf');
  });

  test('closes the gaps of a known release without touching what is known', async () => {
    const before = await written();
    routes = sidecarsOf('v1.9.1', ['riscv64']);
    expect(await run('--release', 'v1.9.1', '--from', base)).toBe(0);
    const digests = (await written()).releases['v1.9.1']?.digests;
    expect(digests).toMatchObject(before.releases['v1.9.1']?.digests ?? {});
    expect(digests?.riscv64?.sha256).toEqual({ [digestOf('sha256', 'riscv64')]: "upstream's sidecar" });
  });

  test.each<[string, () => Map<string, string>, RegExp]>([
    ['there is no sidecar at all', () => new Map(), /no sidecar/],
    ['a sidecar contradicts a pinned digest', () => sidecarsOf('v1.9.1', ['amd64']), /released again/],
    [
      'a sidecar is about another file',
      () =>
        new Map([
          [
            '/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz.sha256',
            `${hexA}  cni-plugins-linux-amd64-v1.9.0.tgz\n`,
          ],
        ]),
      /no line of sha256sum/,
    ],
    [
      'a sidecar is a login page',
      () => new Map([['/v1.9.1/cni-plugins-linux-amd64-v1.9.1.tgz.sha256', '<html>Sign in</html>']]),
      /no line of sha256sum/,
    ],
  ])('writes nothing when %s', async (_what, served, message) => {
    const before = await readFile(catalog, 'utf8');
    routes = served();
    expect(await run('--release', 'v1.9.1', '--from', base)).toBe(1);
    expect(said.join('\n')).toMatch(message);
    expect(await readFile(catalog, 'utf8')).toBe(before);
  });
});

describe('the command line', () => {
  test.each([[[]], [['--relaese', 'v1.9.2']], [['--check', '--release', 'v1.9.2']]])(
    '%j is answered with the usage',
    async (args) => {
      expect(await run(...args)).toBe(2);
      expect(said.join()).toContain('Usage:');
    },
  );

  test('a release that is no version is refused by name', async () => {
    expect(await run('--release', 'latest')).toBe(1);
    expect(said.join()).toContain('latest is not a release');
  });
});
