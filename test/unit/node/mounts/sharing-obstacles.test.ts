// Promises of the words for obstacles, and of the reading of capabilities that they name.

import { describe, expect, it } from 'vitest';
import {
  appArmorProfile,
  missingCapabilities,
  readAppArmorProfile,
  readMissingCapabilities,
} from '../../../../src/node/mounts/capabilities.ts';
import { faultsInVoice } from '../../../support/voice.ts';
import { describeObstacle, type Obstacle } from '../../../../src/node/mounts/sharing-obstacles.ts';

const refused: Obstacle = {
  why: 'mount-refused',
  of: 'runtime',
  call: 'mount --make-rshared /',
  said: 'exit status 32',
};

const nothingMissing = { missing: [], profile: undefined, selinuxType: undefined } as const;

describe('describeObstacle', () => {
  it.each<Obstacle>([
    { why: 'host-proc-absent', hostProc: '/host/proc', reason: 'ENOENT' },
    { why: 'mounts-not-readable', of: 'pid 1', pid: 1, reason: 'EACCES' },
    { why: 'mount-not-shared', of: 'runtime', mountPoints: ['/'] },
    { why: 'busybox-absent', busybox: undefined },
    { why: 'busybox-absent', busybox: '/bin/busybox' },
    { why: 'busybox-not-startable', busybox: '/bin/busybox', said: 'exit status 127' },
    { why: 'namespace-not-enterable', of: 'pid 1', said: 'EACCES' },
    refused,
    { why: 'mount-unfinished', of: 'runtime', call: 'mount --make-rshared /', said: 'killed' },
    { why: 'sharing-had-no-effect', of: 'runtime', mountPoints: ['/', '/run'] },
  ])('has a code, one sentence and a remedy for %o', (obstacle) => {
    const finding = describeObstacle(obstacle, nothingMissing);
    expect(finding.code).toBe(obstacle.why);
    expect(faultsInVoice(finding.message)).toEqual([]);
    expect(faultsInVoice(finding.hint ?? '')).toEqual([]);
  });

  it('names exactly the capabilities that are missing', () => {
    const { hint } = describeObstacle(refused, { ...nothingMissing, missing: ['SYS_PTRACE'] });
    expect(hint).toContain('SYS_PTRACE');
    expect(hint).not.toContain('SYS_ADMIN');
    expect(hint).not.toContain('SYS_CHROOT');
  });

  it('points at the security module when no capability is missing', () => {
    const { hint } = describeObstacle(refused, nothingMissing);
    expect(hint).toContain('AppArmor');
    expect(hint).not.toContain('SYS_');
  });

  it('names the AppArmor profile, and how to be free of it', () => {
    const { hint } = describeObstacle(refused, { ...nothingMissing, profile: 'cri-containerd.apparmor.d' });
    expect(hint).toContain('cri-containerd.apparmor.d');
    expect(hint).toContain('appArmorProfile: {type: Unconfined}');
    expect(hint).not.toContain('SELinux');
  });

  it.each<Obstacle>([refused, { why: 'mounts-not-readable', of: 'runtime', pid: 1286, reason: 'EACCES' }])(
    "names SELinux' type, and how to be free of it, for %o",
    (obstacle) => {
      const { hint } = describeObstacle(obstacle, { ...nothingMissing, selinuxType: 'container_t' });
      expect(hint).toContain('SELinux confines this container as container_t');
      expect(hint).toContain('seLinuxOptions: {type: spc_t, level: s0}');
      expect(faultsInVoice(hint ?? '')).toEqual([]);
    },
  );

  it('does not blame SELinux for what a missing capability hides as well', () => {
    const hidden: Obstacle = { why: 'mounts-not-readable', of: 'pid 1', pid: 1, reason: 'EACCES' };
    const { hint } = describeObstacle(hidden, {
      ...nothingMissing,
      missing: ['SYS_PTRACE'],
      selinuxType: 'container_t',
    });
    expect(hint).not.toContain('SELinux');
  });

  it('names all three when it can not tell which are missing', () => {
    const { hint } = describeObstacle(refused, {
      ...nothingMissing,
      missing: undefined,
      profile: 'docker-default',
    });
    expect(hint).toMatch(/SYS_ADMIN.*SYS_CHROOT.*SYS_PTRACE/);
  });
});

describe('missingCapabilities', () => {
  it.each([
    ['000001ffffffffff', []],
    ['00000000002c0000', []],
    ['0000000000240000', ['SYS_PTRACE']],
    ['0000000000280000', ['SYS_CHROOT']],
    ['00000000000c0000', ['SYS_ADMIN']],
    ['00000000a80425fb', ['SYS_ADMIN', 'SYS_PTRACE']],
    ['0000000000000000', ['SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE']],
  ])('of an effective set %s are %j', (mask, expected) => {
    expect(missingCapabilities(`Name:\tnode\nCapPrm:\t0000000000000000\nCapEff:\t${mask}\n`)).toEqual(
      expected,
    );
  });

  it('are not known without the line, or without the file', () => {
    expect(missingCapabilities('Name:\tnode\n')).toBeUndefined();
    expect(readMissingCapabilities('/nonexistent/status')).toBeUndefined();
  });
});

describe('appArmorProfile', () => {
  it.each([
    ['cri-containerd.apparmor.d (enforce)\n', 'cri-containerd.apparmor.d'],
    ['/usr/bin/a program (enforce)\n\0', '/usr/bin/a program'],
    ['docker-default (complain)\n', undefined],
    ['unconfined\n', undefined],
    ['system_u:system_r:container_t:s0:c1,c2\0', undefined],
    ['', undefined],
  ])('reads %j', (context, profile) => {
    expect(appArmorProfile(context)).toBe(profile);
  });

  it('is not known where the kernel does not say it', () => {
    expect(readAppArmorProfile('/nowhere')).toBeUndefined();
  });
});
