// Promises of the sharing plan: what is needed, what is done about it, what has changed.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Mount, parseMountinfo } from '../../../../src/lib/linux/mountinfo.ts';
import {
  changedMountPoints,
  isShared,
  neededMounts,
  planSharing,
  type RequestedPath,
  type SharingMode,
} from '../../../../src/node/mounts/sharing-plan.ts';

function dump(name: string): Mount[] {
  const file = new URL(`../../lib/fixtures/mountinfo/${name}.txt`, import.meta.url);
  return parseMountinfo(readFileSync(file, 'utf8'));
}

function asIs(...paths: string[]): RequestedPath[] {
  return paths.map((path) => ({ asked: path, resolved: path }));
}

const usual = asIs('/', '/opt/cni/bin', '/var/lib/kubelet', '/run/netns');

describe('isShared', () => {
  it.each([
    ['shared', true],
    ['shared-slave', true],
    ['slave', false],
    ['private', false],
    ['unbindable', false],
    ['unknown', false],
  ] as const)('says of %s: %s', (propagation, expected) => {
    expect(isShared(propagation)).toBe(expected);
  });
});

describe('neededMounts', () => {
  it('names the mount that holds each path', () => {
    expect(neededMounts(dump('private'), usual)).toEqual([
      { path: '/', mountPoint: '/', propagation: 'private' },
      { path: '/opt/cni/bin', mountPoint: '/', propagation: 'private' },
      { path: '/var/lib/kubelet', mountPoint: '/', propagation: 'private' },
      { path: '/run/netns', mountPoint: '/run', propagation: 'private' },
    ]);
  });

  it('looks where the links of a path lead, and reports the path that was asked for', () => {
    const paths = [{ asked: '/var/run/netns', resolved: '/run/netns' }];
    expect(neededMounts(dump('mixed'), paths)).toEqual([
      { path: '/var/run/netns', mountPoint: '/run', propagation: 'slave' },
    ]);
  });

  it('does not call a stack of mounts shared while one of them is not: runtimes judge by the lowest', () => {
    const [top] = neededMounts(dump('stacked'), asIs('/opt/cni/bin'));
    expect(top).toMatchObject({ mountPoint: '/opt/cni/bin', propagation: 'private' });
    const coveredPrivate = parseMountinfo(
      [
        '62 41 0:38 / / rw shared:1 - tmpfs rootfs rw',
        '63 62 0:39 / /opt rw - tmpfs under rw',
        '64 63 0:40 / /opt rw shared:2 - tmpfs over rw',
      ].join('\n'),
    );
    expect(neededMounts(coveredPrivate, asIs('/opt'))).toMatchObject([{ propagation: 'private' }]);
  });

  it('does not know about a path that no mount holds, and does not call it shared', () => {
    expect(neededMounts(dump('chrooted'), asIs('/opt/cni/bin'))).toEqual([
      { path: '/opt/cni/bin', mountPoint: '/', propagation: 'unknown' },
    ]);
  });
});

describe('planSharing', () => {
  const rootOnly = [['--make-rshared', '/']];
  it.each<[SharingMode, string, RequestedPath[], string[][]]>([
    ['rshared', 'private', usual, rootOnly],
    ['rshared', 'slave', usual, rootOnly],
    ['rshared', 'mixed', asIs('/tmp'), rootOnly],
    ['rshared', 'mixed', asIs('/'), []],
    ['rshared', 'shared', usual, []],
    ['rshared', 'private', [], []],
    ['rshared', 'chrooted', usual, rootOnly],
    [
      'targeted',
      'private',
      usual,
      [
        ['--make-shared', '/'],
        ['--make-shared', '/run'],
      ],
    ],
    ['targeted', 'mixed', usual, [['--make-shared', '/run']]],
    ['targeted', 'escapes', asIs('/run/with space/x'), [['--make-shared', '/run/with space']]],
    ['targeted', 'stacked', asIs('/run/netns/x'), []],
    ['targeted', 'shared', usual, []],
    ['off', 'private', usual, []],
    ['off', 'shared', usual, []],
  ])('%s on a %s node', (mode, name, paths, expected) => {
    expect(planSharing(mode, neededMounts(dump(name), paths))).toEqual(expected);
  });
});

describe('changedMountPoints', () => {
  it('names every mount whose propagation is another, the root first', () => {
    expect(changedMountPoints(dump('private'), dump('shared'))).toEqual(['/', '/proc', '/run', '/tmp']);
    expect(changedMountPoints(dump('slave'), dump('mixed'))).toEqual(['/', '/proc', '/tmp']);
  });

  it('names none where nothing changed', () => {
    expect(changedMountPoints(dump('mixed'), dump('mixed'))).toEqual([]);
  });

  it('is not taken in by a mount that got the id of one that is gone', () => {
    const before = parseMountinfo('43 65 0:42 / /run/a rw - tmpfs a rw');
    const after = parseMountinfo('43 65 0:42 / /run/b rw shared:1 - tmpfs b rw');
    expect(changedMountPoints(before, after)).toEqual([]);
  });
});
