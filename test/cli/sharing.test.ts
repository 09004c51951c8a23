// Promises of an install where the mounts can't be shared, or need not be asked about.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller, type TestNode } from '../support/installer.ts';
import { describeWhere, missingForMounts } from '../support/needs.ts';
import { pluginNames } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';

/** A container without hostPID: its own process ids, its own mounts, no procfs of the host. */
const container = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

const inKubernetes = { CNI_PLUGINS_SHARE_MOUNTS: '', KUBERNETES_SERVICE_HOST: '10.96.0.1' };

function words(node: TestNode): string[] {
  const { path, sha256 } = layOutRelease(node.archives);
  return ['--archive', path, '--sha256', sha256, '--host-proc', join(node.directory, 'host-proc')];
}

describeWhere(missingForMounts(), "a container without the host's procfs", () => {
  it('has its plugins installed: status 0, with a warning that names what is missing', async () => {
    using node = createNode();

    const run = await runInstaller(node, words(node), { within: container, env: inKubernetes });

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(run.report?.warnings).toEqual([expect.stringContaining('host-proc')]);
  });

  it('fails with status 8 when sharing is required, the plugins in place all the same', async () => {
    using node = createNode();

    const run = await runInstaller(node, [...words(node), '--require-shared'], {
      within: container,
      env: inKubernetes,
    });

    expect(refusalOf(run)).toMatchObject({ exitStatus: 8, message: expect.stringContaining('host-proc') });
    for (const name of pluginNames) expect(existsSync(join(node.binDir, name))).toBe(true);
  });

  it('is told nothing of sharing when that is off', async () => {
    using node = createNode();

    const run = await runInstaller(node, [...words(node), '--share-mounts', 'off'], {
      within: container,
      env: inKubernetes,
    });

    expect(run.exitStatus).toBe(0);
    expect(run.report?.warnings).toBeUndefined();
  });
});

describeWhere(missingForMounts(), 'outside a container', () => {
  it('no mount is touched unless somebody asked for it', async () => {
    using node = createNode();
    const machine = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'];
    const table = 'cat /proc/self/mountinfo';
    const code = `${table} >${node.directory}/before; sh -c '"$@"; exit $?' sh "$@"; status=$?; ${table} >${node.directory}/after; cmp ${node.directory}/before ${node.directory}/after || exit 99; exit $status`;

    const run = await runInstaller(node, words(node), {
      within: [...machine, code, 'sh'],
      env: { CNI_PLUGINS_SHARE_MOUNTS: '' },
    });

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
  });
});
