// Proves that the variant with the plugins inside needs no network, and believes its own archive no more than a mirror's.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import { buildImage, type BuiltImage, ownArch, remove } from './built-image.ts';
import { archive, binDir, bootNodeWith, defaultPlugins, hostProc, runInstaller } from './image-on-node.ts';
import { imageForNode } from './built-image.ts';

let archives: string;
let bundled: BuiltImage;
const nowhere = 'http://127.0.0.1:9/';

beforeAll(() => {
  archives = mkdtempSync(join(tmpdir(), 'image-archives-'));
  mkdirSync(join(archives, archive.version));
  copyFileSync(archive.path, join(archives, archive.version, basename(archive.path)));
  // Upstream's own archive needs no digest here: the catalog has it.
  const env = [`CNI_PLUGINS_VERSION=${archive.version}`, `CNI_PLUGINS_SHA256=${archive.sha256}`];
  bundled = buildImage({
    args: ['--arch', ownArch, '--archives', archives, ...env.flatMap((variable) => ['--env', variable])],
  });
});

afterAll(() => {
  remove(bundled);
  rmSync(archives, { recursive: true });
});

function container(env: Readonly<Record<string, string>> = {}) {
  return {
    name: 'install-cni-plugins',
    image: imageForNode(bundled).reference,
    privileged: true,
    mounts: [binDir, hostProc],
    env: { CNI_PLUGINS_MIRRORS: nowhere, CNI_PLUGINS_RETRIES: '0', ...env },
  };
}

describeOnNode('the bundled variant', () => {
  it('has its own tag, and installs without arguments and without a network', async () => {
    await using node = await bootNodeWith(bundled);

    const run = await runInstaller(node, container());

    expect(bundled.tag).toMatch(/-bundled$/);
    expect(run).toMatchObject({
      exitCode: 0,
      report: { outcome: 'installed', version: archive.version, plugins: { placed: defaultPlugins } },
    });
  });

  it('refuses its own archive when that is not the one that is expected', async () => {
    await using node = await bootNodeWith(bundled);

    const run = await runInstaller(node, container({ CNI_PLUGINS_SHA256: '0'.repeat(64) }));

    expect(run).toMatchObject({ exitCode: 4, report: { outcome: 'failed' } });
    expect(await node.host('ls /opt/cni/bin')).toBe('');
  });
});
