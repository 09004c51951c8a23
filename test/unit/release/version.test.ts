// Names of releases.

import { describe, expect, test } from 'vitest';
import { compareVersions, parseVersion } from '../../../src/release/version.ts';

describe('parseVersion', () => {
  test.each([
    ['v1.9.1', 'v1.9.1'],
    ['1.9.1', 'v1.9.1'],
    [' 1.10.0\n', 'v1.10.0'],
    ['v1.0.0-rc1', 'v1.0.0-rc1'],
    ['1.9.1-gke.2', 'v1.9.1-gke.2'],
  ])('reads %j as %s', (text, version) => {
    expect(parseVersion(text)).toBe(version);
  });

  test.each([
    '',
    'v',
    'latest',
    '1.9',
    '1.9.1.2',
    '01.9.1',
    'V1.9.1',
    'v1.9.1+k3s1',
    '1.9.1-',
    '../1.9.1',
    'v1.9.1/..',
    '1.9.1-../x',
    'v1.9.1 v1.9.0',
    '1.9.9999999',
  ])('does not take %j for a release', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe('compareVersions', () => {
  test('orders by numbers, not by letters, and puts a pre-release before its release', () => {
    const inOrder = [
      'v0.8.7',
      'v1.0.0-rc2',
      'v1.0.0-rc10',
      'v1.0.0',
      'v1.0.1',
      'v1.9.1',
      'v1.10.0',
      'v2.0.0',
    ];
    expect(inOrder.toReversed().sort(compareVersions)).toEqual(inOrder);
  });

  test('finds a version equal to itself', () => {
    expect(compareVersions('v1.9.1', 'v1.9.1')).toBe(0);
    expect(compareVersions('v1.9.1-rc1', 'v1.9.1-rc1')).toBe(0);
  });
});
