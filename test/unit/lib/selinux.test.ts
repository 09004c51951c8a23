// Promises of reading what SELinux holds this process to.

import { describe, expect, it } from 'vitest';
import { confiningType, readConfiningType } from '../../../src/lib/linux/selinux.ts';

describe('confiningType', () => {
  it.each([
    ['system_u:system_r:container_t:s0:c1,c2\0', 'container_t'],
    ['system_u:system_r:svirt_lxc_net_t\n', 'svirt_lxc_net_t'],
    ['system_u:system_r:spc_t:s0-s0:c0.c1023\0', undefined],
    ['system_u:system_r:super_t:s0\0', undefined],
    ['unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023\0', undefined],
    // AppArmor's, also of a namespace of its own.
    ['unconfined\n', undefined],
    ['cri-containerd.apparmor.d (enforce)\n', undefined],
    [':lxd:://unconfined:profile (enforce)\n', undefined],
    // Smack's.
    ['_', undefined],
    ['', undefined],
  ])('reads %j', (context, type) => {
    expect(confiningType(context)).toBe(type);
  });

  it('is not known where the kernel does not say it', () => {
    expect(readConfiningType('/nowhere')).toBeUndefined();
  });
});
