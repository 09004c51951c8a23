// Promises of the mount table parser, on tables that a kernel wrote.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Mount,
  mountContaining,
  MountinfoError,
  mountsAbove,
  parseMountinfo,
  propagationOf,
} from '../../../../src/lib/linux/mountinfo.ts';

function dump(name: string): Mount[] {
  return parseMountinfo(textOf(name));
}

function textOf(name: string): string {
  return readFileSync(new URL(`../fixtures/mountinfo/${name}.txt`, import.meta.url), 'utf8');
}

function propagations(name: string): Record<string, string> {
  return Object.fromEntries(dump(name).map((mount) => [mount.mountPoint, propagationOf(mount)]));
}

describe('parseMountinfo', () => {
  it('reads of a line what mount events depend on', () => {
    expect(
      parseMountinfo('36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n'),
    ).toEqual([
      {
        id: 36,
        mountPoint: '/mnt2',
        device: '98:0',
        root: '/mnt1',
        options: ['rw', 'noatime'],
        superOptions: ['rw', 'errors=continue'],
        propagation: { masterGroup: 1, unbindable: false },
      },
    ]);
  });

  it.each([
    ['private', { '/': 'private', '/proc': 'private', '/run': 'private', '/tmp': 'private' }],
    ['shared', { '/': 'shared', '/proc': 'shared', '/run': 'shared', '/tmp': 'shared' }],
    ['slave', { '/': 'slave', '/proc': 'slave', '/run': 'slave', '/tmp': 'slave' }],
    ['mixed', { '/': 'shared-slave', '/proc': 'private', '/run': 'slave', '/tmp': 'unbindable' }],
  ])('tells how the mounts of a %s node propagate', (name, expected) => {
    expect(propagations(name)).toEqual(expected);
  });

  it('decodes space, tab, newline and backslash in mount points', () => {
    expect(dump('escapes').map(({ mountPoint }) => mountPoint)).toEqual([
      '/',
      '/proc',
      '/run',
      '/tmp',
      '/run/with space',
      '/run/tab\there',
      '/run/new\nline',
      String.raw`/run/back\\slash`,
      '/run/käse',
      '/run/dash - dash',
      '/run/none',
    ]);
  });

  it('takes an empty source for a field of its own', () => {
    const [mount] = parseMountinfo('49 65 0:48 / /run/none rw - tmpfs  rw');
    expect(mount?.mountPoint).toBe('/run/none');
    expect(() => parseMountinfo('49 65 0:48 / /run/none rw - tmpfs rw')).toThrow(MountinfoError);
  });

  it('reads a mount whose master is out of sight as one that receives', () => {
    const mount = dump('chrooted').find(({ mountPoint }) => mountPoint === '/c');
    expect(mount?.propagation).toEqual({ masterGroup: 2, unbindable: false });
  });

  it('accepts a number of unknown optional fields, as the man page asks for', () => {
    const [mount] = parseMountinfo('36 35 98:0 / / rw shared:7 future:3 flag - ext4 /dev/sda1 rw');
    expect(mount?.propagation).toEqual({ sharedGroup: 7, unbindable: false });
  });

  it('is not put off by the root of a namespace file or of a deleted directory', () => {
    const mounts = parseMountinfo(
      [
        '300 25 0:4 net:[4026532281] /run/netns/a rw shared:9 - nsfs nsfs rw',
        '301 25 8:1 /tmp/x//deleted /run/x rw - ext4 /dev/sda1 rw',
      ].join('\n'),
    );
    expect(mounts.map(({ mountPoint }) => mountPoint)).toEqual(['/run/netns/a', '/run/x']);
  });

  it('is not put off by the unescaped spaces that WSL writes into the last field', () => {
    const options = String.raw`rw,aname=drvfs;path=C:\Program Files\Docker;mmap,trans=fd`;
    const [mount] = parseMountinfo(`560 77 0:138 / /Docker/host rw,noatime - 9p drvfs ${options}`);
    expect(mount).toMatchObject({ mountPoint: '/Docker/host', options: ['rw', 'noatime'] });
  });

  it('finds no mount in an empty table', () => {
    expect(parseMountinfo('')).toEqual([]);
  });

  it.each([
    ['no separator', '36 35 98:0 / / rw shared:1 ext4 /dev/sda1 rw'],
    ['too few fields', '36 35 98:0 /'],
    ['nothing after the separator', '36 35 98:0 / / rw -'],
    ['no super options', '36 35 98:0 / / rw - ext4 /dev/sda1'],
    ['an id that is no number', 'x 35 98:0 / / rw - ext4 /dev/sda1 rw'],
    ['a parent that is no number', '36 x 98:0 / / rw - ext4 /dev/sda1 rw'],
    ['a device that is none', '36 35 980 / / rw - ext4 /dev/sda1 rw'],
    ['a relative mount point', '36 35 98:0 / mnt rw - ext4 /dev/sda1 rw'],
    ['a peer group that is no number', '36 35 98:0 / / rw shared:x - ext4 /dev/sda1 rw'],
    ['a peer group without number', '36 35 98:0 / / rw shared - ext4 /dev/sda1 rw'],
    ['words', 'not a mount table'],
  ])('refuses the table when a line has %s, rather than answer from the rest', (_, line) => {
    const table = `62 41 0:38 / / rw - tmpfs rootfs rw\n${line}\n`;
    expect(() => parseMountinfo(table)).toThrow(MountinfoError);
  });
});

describe('mountContaining', () => {
  const mounts = parseMountinfo(
    ['/', '/run', '/var/lib', '/var/lib/kubelet', '/optional']
      .map((mountPoint, index) => `${index + 20} 19 0:${index} / ${mountPoint} rw - tmpfs tmpfs rw`)
      .join('\n'),
  );

  it.each([
    ['/', '/'],
    ['/run', '/run'],
    ['/run/netns', '/run'],
    ['/running', '/'],
    ['/opt', '/'],
    ['/opt/cni/bin', '/'],
    ['/var/lib/kubelet', '/var/lib/kubelet'],
    ['/var/lib/kubelet/pods', '/var/lib/kubelet'],
    ['/var/lib/kubelet2', '/var/lib'],
    ['/does/not/exist', '/'],
  ])('finds for %s the mount on %s', (path, mountPoint) => {
    expect(mountContaining(mounts, path)?.mountPoint).toBe(mountPoint);
  });

  it('takes the last of several mounts on one mount point', () => {
    expect(mountContaining(dump('stacked'), '/opt/cni/bin/bridge')).toMatchObject({ id: 44 });
  });

  it('does not depend on the order of nested mounts', () => {
    expect(mountContaining(mounts.toReversed(), '/var/lib/kubelet/pods')?.mountPoint).toBe(
      '/var/lib/kubelet',
    );
  });

  it('finds none where not even the root directory is a mount', () => {
    expect(mountContaining(dump('chrooted'), '/etc')).toBeUndefined();
    expect(mountContaining([], '/')).toBeUndefined();
  });
});

describe('mountsAbove', () => {
  it.each(
    readdirSync(new URL('../fixtures/mountinfo', import.meta.url))
      .map((file) => file.replace('.txt', ''))
      .flatMap((name) => dump(name).map(({ mountPoint }): [string, string] => [name, mountPoint])),
  )('of the table %s finds for %s the mount that the whole table has', (name, path) => {
    expect(mountContaining(mountsAbove(path, textOf(name)), path)).toEqual(mountContaining(dump(name), path));
  });

  it('reads a line of another place no further than to its mount point', () => {
    const text = '1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 garbage / /proc rw\n';

    expect(mountsAbove('/opt/cni/bin', text).map(({ id }) => id)).toEqual([1]);
    expect(() => mountsAbove('/proc/self', text)).toThrow(MountinfoError);
    expect(() => mountsAbove('/', 'garbage\n')).toThrow(MountinfoError);
  });
});
