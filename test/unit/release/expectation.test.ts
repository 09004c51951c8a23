// Promises about which archive is expected, and by whose word: a missing digest is never a met one.

import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/failure/failure.ts';
import type { AcceptedDigest } from '../../../src/release/accepted-digests.ts';
import {
  algorithmsFor,
  cautionAbout,
  type Expectation,
  expectationFor,
  meets,
} from '../../../src/release/expectation.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const [longA, longB] = ['a'.repeat(128), 'b'.repeat(128)];
const none = { sha256: [], sha512: [] };

function accepted(hex: string, facts: Partial<AcceptedDigest> = {}): AcceptedDigest {
  const algorithm = hex.length === 64 ? 'sha256' : 'sha512';
  return { algorithm, hex, origins: ['one', 'two'], confirmed: true, superseded: false, ...facts };
}

function given(sha256: readonly string[], sha512: readonly string[] = []) {
  return { basis: 'given', digests: { sha256, sha512 } } as const;
}

describe('the expectation', () => {
  it("is the operator's digest before all others", () => {
    const trust = { given: { sha256: [a], sha512: [] }, sidecar: true };
    expect(expectationFor(trust, 'v1.9.1', 'amd64')).toEqual(given([a]));
  });

  it('is the catalog when the operator gave none, also where sidecars are trusted', () => {
    const trust = { given: none, sidecar: true };
    expect(expectationFor(trust, 'v1.9.1', 'amd64')).toMatchObject({ basis: 'catalog' });
  });

  it('is the sidecar only where nothing else is known, and only when told so', () => {
    expect(expectationFor({ given: none, sidecar: true }, 'v9.9.9', 'amd64')).toEqual({ basis: 'sidecar' });
  });

  it.each([
    ['an unknown release', 'v9.9.9', 'amd64'],
    ['a platform without a known digest', 'v1.9.1', 'riscv64'],
  ] as const)('of %s is none, which is an error and not a yes', (_what, version, arch) => {
    const expecting = (): Expectation => expectationFor({ given: none, sidecar: false }, version, arch);
    expect(expecting).toThrow(Failure);
    expect(expecting).toThrow(
      expect.objectContaining({
        kind: 'digest',
        code: 'no-digest-known',
        message: expect.stringContaining(version),
      }),
    );
  });
});

describe('an archive', () => {
  it.each<
    [
      promise: string,
      expectation: Parameters<typeof meets>[0],
      digests: Parameters<typeof meets>[1],
      met: boolean,
    ]
  >([
    ['with the digest is the one', given([a]), { sha256: a }, true],
    ['with another digest is not', given([a]), { sha256: b }, false],
    ['with any one of several is', given([a, b]), { sha256: b }, true],
    ['of which the digest was not computed is not', given([a]), {}, false],
    ['of which only the other algorithm was computed is not', given([a]), { sha512: longA }, false],
    ['must meet both algorithms', given([a], [longA]), { sha256: a, sha512: longA }, true],
    ['that meets only SHA-256 of both is not', given([a], [longA]), { sha256: a, sha512: longB }, false],
    ['that meets only SHA-512 of both is not', given([a], [longA]), { sha256: b, sha512: longA }, false],
    ['of which one of both was not computed is not', given([a], [longA]), { sha256: a }, false],
    ['is known by SHA-512 alone', given([], [longA]), { sha256: b, sha512: longA }, true],
  ])('%s', (_promise, expectation, digests, met) => {
    expect(meets(expectation, digests)).toBe(met);
  });

  it('is known by any SHA-256 of the catalog, the superseded ones among them', () => {
    const expectation = {
      basis: 'catalog',
      digests: [accepted(a), accepted(b, { superseded: true })],
    } as const;
    expect(meets(expectation, { sha256: b })).toBe(true);
  });

  it('that upstream replaced is not refused for lacking the SHA-512 of its successor', () => {
    const digests = [accepted(a), accepted(longA), accepted(b, { superseded: true })];
    expect(meets({ basis: 'catalog', digests }, { sha256: b, sha512: longB })).toBe(true);
  });

  it('is known by SHA-512 where the catalog has nothing else', () => {
    const expectation = { basis: 'catalog', digests: [accepted(longA)] } as const;
    expect(meets(expectation, { sha256: a, sha512: longA })).toBe(true);
    expect(meets(expectation, { sha256: a })).toBe(false);
  });
});

describe('what has to be computed', () => {
  it.each<[expectation: Expectation, algorithms: string[]]>([
    [given([a]), ['sha256']],
    [given([], [longA]), ['sha256', 'sha512']],
    [given([a], [longA]), ['sha256', 'sha512']],
    [{ basis: 'catalog', digests: [accepted(a), accepted(longA)] }, ['sha256']],
    [{ basis: 'catalog', digests: [accepted(longA)] }, ['sha256', 'sha512']],
    [{ basis: 'sidecar' }, ['sha256']],
  ])('for %j is %j', (expectation, algorithms) => {
    expect(algorithmsFor(expectation)).toEqual(algorithms);
  });
});

describe('a caution', () => {
  it.each<[what: string, expectation: Expectation, caution: unknown]>([
    ['is given for a sidecar', { basis: 'sidecar' }, expect.stringContaining('integrity')],
    ['is not given for a digest of the operator', given([a]), undefined],
    ['is not given for a confirmed digest', { basis: 'catalog', digests: [accepted(a)] }, undefined],
    [
      'names the one origin of an unconfirmed digest',
      { basis: 'catalog', digests: [accepted(a, { confirmed: false, origins: ['kubespray'] })] },
      expect.stringContaining('kubespray'),
    ],
    [
      'is given for a replaced archive',
      { basis: 'catalog', digests: [accepted(b), accepted(a, { superseded: true })] },
      expect.stringContaining('replaced'),
    ],
  ])('%s', (_what, expectation, caution) => {
    expect(cautionAbout(expectation, { sha256: a })).toEqual(caution);
  });
});
