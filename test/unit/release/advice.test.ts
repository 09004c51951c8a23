// Promises of version advice: what is said of each situation, worst first, and nothing of what is not known.

import { describe, expect, it } from 'vitest';
import { adviceFor, type AdviceCode, type Situation } from '../../../src/release/advice/advice.ts';
import { specOfLibcni } from '../../../src/release/advice/spec-versions.ts';
import { newestVersion } from '../../../src/release/catalog.ts';
import { releasesJson } from '../../../src/report/releases/json.ts';
import { releasesTable } from '../../../src/report/releases/text.ts';

function codesFor(situation: Situation): AdviceCode[] {
  return adviceFor(situation).map(({ code }) => code);
}

const macvlan = { plugin: 'macvlan', by: 'NAD default/net', speaks: ['0.4.0', '1.0.0'] };

describe('advice', () => {
  it.each<[what: string, situation: Situation, codes: AdviceCode[]]>([
    ['of nothing known', {}, []],
    ['of the newest release', { release: newestVersion() }, []],
    ['of what Kubernetes tests with', { release: 'v1.9.1', kubernetes: 'v1.36.0' }, []],
    ['of an older one', { release: 'v1.5.1', kubernetes: 'v1.34.4' }, ['behind-kubernetes']],
    ['of a newer one', { release: 'v1.9.1', kubernetes: 'v1.34.4' }, ['ahead-of-tested']],
    ['of a minor that nobody has tested', { release: 'v1.9.1', kubernetes: 'v1.99.0' }, []],
    ['of a vulnerable one', { release: 'v1.6.2' }, ['release-advisory']],
    ['of one that is not in the catalog', { release: 'v9.0.0' }, ['unknown-release']],
    [
      'of an old loopback',
      { runtime: 'containerd://1.7.24', loopback: 'v0.8.6' },
      ['loopback-too-old-for-containerd'],
    ],
    [
      'of an old set with loopback in it',
      { runtime: 'containerd://1.6.20', release: 'v0.9.1' },
      ['loopback-too-old-for-containerd'],
    ],
    [
      'of an old loopback with an older containerd',
      { runtime: 'containerd://1.5.18', loopback: 'v0.8.6' },
      [],
    ],
    ['of a new loopback', { runtime: 'containerd://1.7.24', loopback: 'v1.0.0' }, []],
    ['of CRI-O, which brings up lo itself', { runtime: 'cri-o://1.30.2', loopback: 'v0.8.6' }, []],
    ['of early containerd 1.6', { runtime: 'containerd://1.6.2' }, ['containerd-1.6.0-1.6.3']],
    ['of containerd 1.6.4', { runtime: 'containerd://1.6.4' }, []],
    ['of containerd 1.6.20', { runtime: 'containerd://1.6.20' }, []],
    [
      'of a primary configuration that is too new',
      { runtime: 'containerd://1.7.24', primary: { file: '10-a.conflist', asks: '1.1.0' } },
      ['runtime-spec-too-old'],
    ],
    [
      'of one that the program itself reads, whatever the catalog says',
      {
        runtime: 'containerd://1.7.24',
        runtimeSpec: { spec: '1.1.0', of: 'its program' },
        primary: { file: 'a', asks: '1.1.0' },
      },
      [],
    ],
    [
      'of a plugin that does not speak it',
      { plugins: [{ ...macvlan, asks: '1.1.0' }] },
      ['plugin-spec-unsupported'],
    ],
    ['of a plugin that does', { plugins: [{ ...macvlan, asks: '1.0.0' }] }, []],
    [
      'of much at once, the worst first',
      { release: 'v1.6.2', kubernetes: '1.34', plugins: [{ ...macvlan, asks: '9.0.0' }] },
      ['plugin-spec-unsupported', 'release-advisory', 'behind-kubernetes'],
    ],
  ])('%s', (_what, situation, codes) => {
    expect(codesFor(situation)).toEqual(codes);
  });

  it('is graver where a configuration uses what is vulnerable, and a note where none does', () => {
    const severityWith = (usesNftables: boolean | undefined) =>
      adviceFor({ release: 'v1.6.2', usesNftables }).map(({ severity }) => severity);

    expect([true, undefined, false].map(severityWith)).toEqual([['warning'], ['warning'], ['note']]);
  });

  it('always says what to do and by what evidence; to take a release is to take one that can be taken', () => {
    const all = adviceFor({
      release: 'v1.5.1',
      kubernetes: '1.34',
      runtime: 'containerd://1.6.2',
      loopback: 'v0.8.6',
      plugins: [{ ...macvlan, asks: '9.0.0' }],
    });

    expect(all.length).toBeGreaterThan(3);
    for (const { remedy, evidence, take } of all) {
      expect([remedy, evidence]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
      expect([undefined, newestVersion()]).toContain(take);
    }
  });
});

describe('the CNI spec of a library', () => {
  it.each([
    ['0.6.0', undefined],
    ['0.8.1', '0.4.0'],
    ['v1.0.1', '1.0.0'],
    ['1.1.2', '1.0.0'],
    ['1.2.3', '1.1.0'],
    ['1.3.0', '1.1.0'],
    ['1.9.0', '1.1.0'],
  ])('%s is %s', (libcni, spec) => {
    expect(specOfLibcni(libcni)).toBe(spec);
  });
});

describe('releases, asked for a release and what it is to work with', () => {
  it('gives the same advice', () => {
    const query = { version: 'v0.9.1', forRuntime: 'containerd/1.7' };

    expect(releasesTable(query)).toMatch(/^Advice$[\s\S]*error: loopback is of v0\.9\.1/m);
    expect(releasesJson(query)).toMatchObject({ advice: [{ code: 'loopback-too-old-for-containerd' }] });
  });

  it('says to stay where nothing speaks against it', () => {
    expect(releasesTable({ version: 'v1.9.1', forKubernetes: '1.36' })).toContain(
      'stay: nothing speaks against it',
    );
  });

  it('gives none for a release alone', () => {
    expect(releasesJson({ version: 'v0.9.1' })).not.toHaveProperty('advice');
  });
});
