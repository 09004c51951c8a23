// Promises on a healthy node, and on one that hides itself: nothing is found, and what was not looked at is not called well.

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeNode, findingsOf, pids, resultOf } from './fake-node.ts';

/** What no procfs of the host leaves to be looked at: ourselves, the bin dir, the conf dir, our record. */
const seenWithoutHost = [
  'bin-dir-absent',
  'bin-dir-detached',
  'bin-dir-owner',
  'bin-dir-space',
  'bin-dir-inodes',
  'cni-conf-absent',
  'cni-conf-invalid',
  'ledger-newer',
  'ledger-rebuilt',
  'multus-conf-unreadable',
  'multus-kubeconfig-absent',
  'multus-not-first',
  'multus-token-expired',
  'multus-token-expires-soon',
  'original-missing',
  'plugin-absent',
  'plugin-broken',
  'plugin-changed',
  'plugin-dangling-link',
  'plugin-foreign',
  'plugin-interpreter-missing',
  'plugin-mixed-releases',
  'plugin-mode-changed',
  'plugin-not-executable',
  'plugin-setuid',
  'plugin-spec-unsupported',
  'plugin-truncated',
  'plugin-wrong-architecture',
  'release-advisory',
  'release-unknown',
  'spare-store-damaged',
  'stale-temp',
  'store-damaged',
  'two-of-us',
];

function wellOf({ checks }: Awaited<ReturnType<FakeNode['diagnosis']>>): string[] {
  return checks.filter(({ result }) => result === 'ok').map(({ id }) => id);
}

describe('a healthy node', () => {
  it('has no finding', async () => {
    using node = new FakeNode();
    expect(findingsOf(await node.diagnosis())).toEqual([]);
  });

  it('is found well only where it was looked at', async () => {
    using node = new FakeNode();
    const diagnosis = await node.diagnosis();

    expect(wellOf(diagnosis)).toContain('mount-not-shared');
    expect(resultOf(diagnosis, 'nad-plugin-absent')).toMatchObject({ result: 'skipped' });
    expect(resultOf(diagnosis, 'module-missing-ipvlan')).toMatchObject({ result: 'skipped', moot: true });
  });
  it('is well where a plugin is a link that leads somewhere on the host only, as with k3s', async () => {
    using node = new FakeNode();
    const target = '/var/lib/rancher/k3s/data/current/bin/cni';
    node.remove(join(node.binDir, 'portmap'));
    symlinkSync(target, join(node.binDir, 'portmap'));
    node.host(target);

    expect(findingsOf(await node.diagnosis())).toEqual([]);
  });
});

describe('a host that is not to be seen', () => {
  it('without its procfs is skipped, and what to mount is said', async () => {
    using node = new FakeNode();
    const diagnosis = await node.diagnosis({ hostProc: join(node.directory, 'nowhere') });

    expect(findingsOf(diagnosis)).toEqual([]);
    expect(resultOf(diagnosis, 'host-proc-absent')).toMatchObject({
      result: 'skipped',
      remedy: expect.stringContaining('/host/proc'),
    });
    expect(new Set(wellOf(diagnosis))).toEqual(new Set(seenWithoutHost));
  });

  it('with hidepid is skipped, and that is said', async () => {
    using node = new FakeNode();
    for (const pid of [pids.init, pids.kubelet, pids.runtime, pids.shim])
      node.remove(join(node.procPath, String(pid)));
    const diagnosis = await node.diagnosis();

    expect(findingsOf(diagnosis)).toEqual([]);
    expect(resultOf(diagnosis, 'host-proc-hidden')).toMatchObject({
      result: 'skipped',
      message: expect.stringContaining('hidepid'),
    });
    expect(resultOf(diagnosis, 'mount-not-shared')).toMatchObject({
      remedy: expect.stringContaining('without hidepid'),
    });
    for (const id of ['mount-not-shared', 'bin-dir-noexec', 'nad-master-absent', 'sysctl-ip-forward']) {
      expect(resultOf(diagnosis, id)).toMatchObject({ id, result: 'skipped' });
    }
  });

  it('without the right to look into other processes is skipped where that is needed, and no further', async () => {
    using node = new FakeNode();
    for (const pid of [pids.init, pids.runtime]) {
      node.remove(join(node.procPath, `${pid}/root`));
      node.remove(join(node.procPath, `${pid}/exe`));
      node.remove(join(node.procPath, `${pid}/ns`));
    }
    const diagnosis = await node.diagnosis();

    expect(findingsOf(diagnosis)).toEqual([]);
    for (const id of [
      'bin-dir-not-runtimes',
      'talos',
      'containerd-1.6.0-1.6.3',
      'cni-conf-spec-unsupported',
    ]) {
      expect(resultOf(diagnosis, id)).toMatchObject({ id, result: 'skipped' });
    }
    expect(wellOf(diagnosis)).toContain('mount-not-shared');
  });
});
