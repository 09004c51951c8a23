// The answers of the `releases` verb.

import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import { knownVersions, newestVersion } from '../../../src/release/catalog.ts';
import type { ReleasesQuery } from '../../../src/report/releases/asked.ts';
import { releasesJson } from '../../../src/report/releases/json.ts';
import { releasesTable } from '../../../src/report/releases/text.ts';

const queries: readonly ReleasesQuery[] = [
  {},
  { forKubernetes: '1.34' },
  { forKubernetes: '1.24' },
  { forRuntime: 'containerd://1.6.8' },
  { forRuntime: 'cri-o/1.20' },
  ...knownVersions().map((version) => ({ version })),
];

function failureOf(answer: () => unknown): Failure {
  try {
    answer();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('did not fail');
}

describe('the table', () => {
  test.each(queries)('fits a hundred columns and ends no line in a space: %j', (query) => {
    const lines = releasesTable(query).split('\n');
    expect(lines.filter((line) => line.length > 100 || line.endsWith(' '))).toEqual([]);
    expect(lines.at(-1)).toBe('');
  });

  test('lists every known release, newest first', () => {
    const rows = releasesTable().match(/^v\d\S+/gm);
    expect(rows).toEqual(knownVersions().toReversed());
  });

  test('tells a confirmed, a single, an unknown and an unpublished digest apart', () => {
    const row = releasesTable().match(/^v1\.1\.1 .*$/m)?.[0];
    //                                                            amd64 arm  arm64 mips ppc  risc s390x
    expect(row?.split(/\s+/)).toEqual([
      'v1.1.1',
      '2022-03-09',
      '1.0.0',
      '16',
      '6',
      '1',
      '4',
      '?',
      '2',
      '-',
      '1',
    ]);
  });

  test('names the version to take in place of a refused one', () => {
    expect(releasesTable()).toMatch(/v1\.6\.1 +take v1\.6\.2: /);
    expect(releasesTable({ version: 'v1.6.1' })).toMatch(/^v1\.6\.1, refused: /);
  });

  test('shows both generations of v1.4.1 and which one is superseded', () => {
    const answer = releasesTable({ version: '1.4.1' });
    expect(answer).toContain('2a0ea7072d1806b8526489bcd3b4847a06ab010ee32ba3c3d4e5a3235d3eb138');
    expect(answer).toMatch(/1511f6c0[0-9a-f]{56}\n +superseded, confirmed: /);
  });

  test('says that a digest has one origin only', () => {
    expect(releasesTable({ version: 'v1.9.1' })).toContain('one origin: kubernetes-sigs/kubespray');
  });

  test('says which release Kubernetes tests with, and what is wrong with it', () => {
    const answer = releasesTable({ forKubernetes: 'v1.34.1' });
    expect(answer).toContain('Kubernetes 1.34 is tested with v1.7.1');
    expect(answer).toContain('CVE-2025-67499, fixed in v1.9.0');
    expect(answer).toContain(newestVersion());
  });

  test('says so when it is not known which release Kubernetes tests with', () => {
    expect(releasesTable({ forKubernetes: '1.24' })).toContain('not known');
  });

  test('holds the spec of a container runtime against that of each release', () => {
    const answer = releasesTable({ forRuntime: 'containerd://1.7.13' });
    expect(answer).toMatch(/v1\.6\.0 to v\S+ +1\.1\.0 +1\.0\.0\n/);
    expect(answer).toMatch(/v1\.0\.0 +1\.0\.0 +1\.0\.0, but not for firewall, vrf\n/);
    expect(answer).toContain('needs the loopback plugin');
  });

  test('answers several questions one after the other', () => {
    const answer = releasesTable({ version: 'v1.9.1', forKubernetes: '1.36', forRuntime: 'containerd/2.0' });
    expect(answer).toMatch(/^v1\.9\.1[^]*\nKubernetes 1\.36 [^]*\ncontainerd 2\.0 /);
  });
});

describe('a question that has no meaning', () => {
  test.each<[ReleasesQuery, string]>([
    [{ version: 'v9.9.9' }, 'unknown-release'],
    [{ version: 'latest' }, 'unknown-release'],
    [{ forKubernetes: 'newest' }, 'not-a-kubernetes-version'],
    [{ forRuntime: 'docker://24.0.1' }, 'unknown-runtime'],
  ])('%j is a usage error %s in text and in JSON', (query, code) => {
    expect(failureOf(() => releasesTable(query))).toMatchObject({ kind: 'usage', code });
    expect(failureOf(() => releasesJson(query))).toMatchObject({ kind: 'usage', code });
  });
});

describe('the JSON', () => {
  test.each(queries)('survives being written and read: %j', (query) => {
    const answer = releasesJson(query);
    expect(JSON.parse(JSON.stringify(answer))).toMatchObject({ schema: 1, newest: newestVersion() });
  });

  test('has every release with its platforms, digests and their confidence', () => {
    const answer: unknown = JSON.parse(JSON.stringify(releasesJson()));
    expect(answer).toHaveProperty('releases.length', knownVersions().length);
    expect(answer).toHaveProperty('releases.0.platforms.0', {
      platform: 'linux/amd64',
      archive: 'cni-plugins-linux-amd64-v1.9.1.tgz',
      digests: expect.arrayContaining([
        expect.objectContaining({ algorithm: 'sha256', confirmed: true, superseded: false }),
      ]),
    });
  });

  test('answers only what is asked', () => {
    expect(Object.keys(releasesJson({ forKubernetes: '1.34' }))).toEqual([
      'schema',
      'newest',
      'forKubernetes',
    ]);
    expect(releasesJson({ forKubernetes: '1.24' })).toMatchObject({ forKubernetes: { testedWith: null } });
  });
});
