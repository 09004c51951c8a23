// What the catalog promises about upstream's releases.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Material } from '../../../src/dev/catalog/material.ts';
import {
  type AcceptedDigest,
  acceptedDigests,
  contentsOf,
  upstreamSidecar,
} from '../../../src/release/accepted-digests.ts';
import {
  advisoriesOf,
  knownVersions,
  newestVersion,
  pluginsOf,
  refusalOf,
  releaseOf,
} from '../../../src/release/catalog.ts';
import {
  containerRuntime,
  newestCommonSpec,
  versionForKubernetes,
} from '../../../src/release/compatibility.ts';
import { archiveFileName } from '../../../src/release/upstream.ts';
import { type Arch, architectures } from '../../../src/lib/architecture.ts';
import { digestAlgorithms, hexLength } from '../../../src/lib/files/digest.ts';

interface Placed extends AcceptedDigest {
  readonly version: string;
  readonly arch: Arch;
}

const everyDigest: readonly Placed[] = knownVersions().flatMap((version) =>
  architectures.flatMap((arch) =>
    acceptedDigests(version, arch).map((digest) => ({ ...digest, version, arch })),
  ),
);

function repositoryFile(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

describe('digests', () => {
  test('are lower-case hex of the length of their algorithm', () => {
    const malformed = everyDigest.filter(
      ({ algorithm, hex }) => !/^[0-9a-f]+$/.test(hex) || hex.length !== hexLength[algorithm],
    );
    expect(everyDigest.length).toBeGreaterThan(100);
    expect(malformed).toEqual([]);
  });

  test('never stand in two places: a digest copied from another release or platform is a mistake', () => {
    const seen = everyDigest.map(({ hex }) => hex);
    expect(seen.filter((hex, place) => seen.indexOf(hex) !== place)).toEqual([]);
  });

  test('each name where they come from, and are confirmed only by two independent origins', () => {
    const independent = ({ origins }: Placed): number =>
      origins.filter((origin) => origin !== upstreamSidecar).length;
    expect(everyDigest.filter(({ origins }) => origins.length === 0)).toEqual([]);
    expect(everyDigest.filter((digest) => digest.confirmed !== independent(digest) >= 2)).toEqual([]);
  });

  test('can each be looked up in the provenance page', async () => {
    const page = await readFile(repositoryFile('docs/catalog-provenance.md'), 'utf8');
    const pinned = everyDigest.filter(({ origins }) => origins.some((origin) => origin !== upstreamSidecar));
    expect(pinned.filter(({ hex }) => !page.includes(`\`${hex}\``))).toEqual([]);
  });

  test('are confirmed on amd64 and arm64 for the newest release', () => {
    const confirmed = (arch: Arch): boolean =>
      acceptedDigests(newestVersion(), arch).some((digest) => digest.confirmed);
    expect(confirmed('amd64')).toBe(true);
    expect(confirmed('arm64')).toBe(true);
  });

  test('accept both generations of v1.4.1, the current one first, and mark the one that upstream replaced', () => {
    const sha256 = acceptedDigests('v1.4.1', 'amd64').filter(({ algorithm }) => algorithm === 'sha256');
    expect(sha256.map(({ hex, superseded }) => [hex.slice(0, 8), superseded])).toEqual([
      ['2a0ea707', false],
      ['1511f6c0', true],
    ]);
  });

  test('mark nothing but v1.4.1 as superseded', () => {
    const superseded = everyDigest.filter((digest) => digest.superseded).map(({ version }) => version);
    expect(new Set(superseded)).toEqual(new Set(['v1.4.1']));
  });

  test('are none for a platform that nobody pinned and for an unknown release', () => {
    expect(acceptedDigests('v1.9.1', 'riscv64')).toEqual([]);
    expect(acceptedDigests('v99.0.0', 'amd64')).toEqual([]);
    expect(acceptedDigests('constructor', 'amd64')).toEqual([]);
  });
});

describe('contents of an archive', () => {
  const current = acceptedDigests('v1.4.1', 'amd64')[0]?.hex ?? '';
  const superseded = acceptedDigests('v1.4.1', 'amd64').find((digest) => digest.superseded)?.hex ?? '';

  test('are known by any of its digests', () => {
    const sha512 = acceptedDigests('v1.9.1', 's390x')[0]?.hex ?? '';
    expect(contentsOf('v1.4.1', 'amd64', { sha256: current })).toEqual(pluginsOf('v1.4.1'));
    expect(contentsOf('v1.9.1', 's390x', { sha256: 'f'.repeat(64), sha512 })).toEqual(pluginsOf('v1.9.1'));
  });

  test('are not known of an archive that upstream replaced', () => {
    expect(contentsOf('v1.4.1', 'amd64', { sha256: superseded })).toBeUndefined();
  });

  test.each([
    ['a digest that nobody pinned', 'v1.4.1', 'amd64', 'f'.repeat(64)],
    ['the digest of another architecture', 'v1.4.1', 'arm64', current],
    ['the digest of another release', 'v1.4.0', 'amd64', current],
    ['an unknown release', 'v99.0.0', 'amd64', current],
  ] as const)('are not known by %s', (_what, version, arch, sha256) => {
    expect(contentsOf(version, arch, { sha256 })).toBeUndefined();
  });
});

const materialFile = repositoryFile('../shared/data/cni-releases.json');

describe.skipIf(!existsSync(materialFile))(
  'against the collected material (skipped where it is absent)',
  () => {
    test('every digest is there with the confidence that the material states', async () => {
      const material: Material & Confidence = JSON.parse(await readFile(materialFile, 'utf8'));
      const stated = Object.entries(material.versions).flatMap(([version, byArch]) =>
        Object.entries(byArch).flatMap(([arch, found]) =>
          digestAlgorithms.flatMap((algorithm) => {
            const confirmed = material.versions[version]?.[arch]?.[`confirmed_${algorithm}`];
            return found[algorithm] === undefined
              ? []
              : [`${version} ${arch} ${found[algorithm]} ${confirmed}`];
          }),
        ),
      );
      const ours = everyDigest
        .filter(({ superseded, origins }) => !superseded && origins.join() !== upstreamSidecar)
        .map(({ version, arch, hex, confirmed }) => `${version} ${arch} ${hex} ${confirmed}`);
      expect(ours.sort()).toEqual(stated.sort());
    });
  },
);

interface Confidence {
  readonly versions: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<`confirmed_${string}`, boolean>>>>>
  >;
}

describe('releases', () => {
  test('are found with and without the v', () => {
    expect(releaseOf('1.9.1')).toEqual(releaseOf('v1.9.1'));
    expect(releaseOf('1.9.1')?.version).toBe('v1.9.1');
  });

  test('come oldest first, and the newest is one that may be used', () => {
    expect(knownVersions()[0]).toBe('v0.8.0');
    expect(knownVersions()).toContain(newestVersion());
    expect(refusalOf(newestVersion())).toBeUndefined();
  });

  test.each([
    ['v1.6.1', 'v1.6.2'],
    ['v1.7.0', 'v1.7.1'],
  ])('%s, which upstream broke, is refused in favour of %s', (broken, take) => {
    expect(refusalOf(broken)).toMatchObject({ take });
    expect(refusalOf(broken)?.reason).toMatch(/plugins#\d+/);
    expect(refusalOf(take)).toBeUndefined();
  });

  test.each([
    ['v0.8.7', ['flannel'], ['vrf', 'dummy', 'tap']],
    ['v1.0.0', ['vrf'], ['flannel', 'dummy', 'tap']],
    ['v1.2.0', ['dummy'], ['flannel', 'tap']],
    ['v1.9.1', ['bridge', 'tap', 'dummy', 'host-local'], ['flannel', 'sample', 'LICENSE', 'README.md']],
  ])('%s contains %j and not %j', (version, present, absent) => {
    expect(pluginsOf(version)).toEqual(expect.arrayContaining(present));
    expect(absent.filter((plugin) => pluginsOf(version)?.includes(plugin))).toEqual([]);
  });

  test('say which members of the archive are no plugins', () => {
    expect(releaseOf('v1.4.0')?.otherFiles).toEqual([]);
    expect(releaseOf('v1.4.1')?.otherFiles).toEqual(['LICENSE', 'README.md']);
  });

  test('say what is not known of an unknown release: nothing', () => {
    expect(releaseOf('v99.0.0')).toBeUndefined();
    expect(pluginsOf('v99.0.0')).toBeUndefined();
    expect(releaseOf('toString')).toBeUndefined();
  });

  test('warn of changes that break a running cluster', () => {
    expect(releaseOf('v1.8.0')?.notes.join()).toContain('preserveDefaultVlan');
    expect(releaseOf('v1.0.0')?.notes.join()).toContain('spec lists are broken');
  });

  test.each([
    ['v1.5.1', []],
    ['v1.6.0', ['CVE-2025-67499']],
    ['v1.8.0', ['CVE-2025-67499']],
    ['v1.8.9', ['CVE-2025-67499']],
    ['v1.9.0', []],
    ['v1.9.1', []],
  ])('%s is affected by %j', (version, ids) => {
    expect(advisoriesOf(version).map(({ id }) => id)).toEqual(ids);
  });

  test('have the archive under the name that upstream gives it', () => {
    expect(archiveFileName('1.9.1', 'arm64')).toBe('cni-plugins-linux-arm64-v1.9.1.tgz');
  });
});

describe('spec versions', () => {
  test('are those of the plugin where it differs from the others', () => {
    expect(releaseOf('v1.9.1')?.specVersions).toContain('0.1.0');
    expect(releaseOf('v1.9.1')?.specExceptions['bridge']).toBeUndefined();
    expect(releaseOf('v1.9.1')?.specExceptions['firewall']).toEqual(['0.4.0', '1.0.0', '1.1.0']);
    expect(releaseOf('v1.0.0')?.specExceptions['firewall']).toEqual(['0.4.0']);
  });
});

describe('Kubernetes', () => {
  test.each([
    ['1.34', 'v1.7.1'],
    ['v1.34.2', 'v1.7.1'],
    ['1.36.0-eks-1a2b3c', 'v1.9.1'],
    ['1.22', 'v0.9.1'],
  ])('%s is tested with %s', (kubernetes, version) => {
    expect(versionForKubernetes(kubernetes)?.version).toBe(version);
  });

  test.each(['1.24', '1.99', '1', 'toString', ''])('%j has no answer, rather than a guess', (kubernetes) => {
    expect(versionForKubernetes(kubernetes)).toBeUndefined();
  });

  test('minors are listed with the release that they test', () => {
    expect(releaseOf('v1.2.0')?.kubernetes).toEqual(['1.27', '1.28']);
  });
});

describe('container runtimes', () => {
  test.each([
    ['containerd://1.7.13', 'containerd', '1.7', '1.0.0'],
    ['containerd/2.1', 'containerd', '2.1', '1.1.0'],
    ['cri-o://1.30.2', 'cri-o', '1.30', '1.0.0'],
    ['crio 1.31', 'cri-o', '1.31', '1.1.0'],
  ])('%s is %s %s and reads the spec up to %s', (text, name, minor, specVersion) => {
    expect(containerRuntime(text)).toMatchObject({ name, minor, specVersion });
  });

  test.each(['docker://24.0.1', 'containerd', 'containerd://9.9.9', '1.7'])('%s is not known', (text) => {
    expect(containerRuntime(text)).toBeUndefined();
  });

  test.each([
    ['containerd/1.7', 'v1.9.1', '1.0.0'],
    ['containerd/2.0', 'v1.9.1', '1.1.0'],
    ['containerd/2.0', 'v0.9.1', '0.4.0'],
  ])('%s and %s both speak %s', (runtimeText, version, spec) => {
    const runtime = containerRuntime(runtimeText);
    const release = releaseOf(version);
    expect(runtime && release && newestCommonSpec(runtime, release)).toBe(spec);
  });
});
