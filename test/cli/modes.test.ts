// Promises about permission bits: 0755 for each plugin, anything beyond only by the operator's explicit choice.

import { describe, expect, it } from 'vitest';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { inodeOf, modeOf } from '../support/snapshot.ts';

function soundArchive(node: TestNode): string[] {
  const { path, sha256 } = layOutRelease(node.archives);
  return ['--archive', path, '--sha256', sha256];
}

describe('--mode', () => {
  it('gives setuid to the plugin it names and to no other, and says so in the report', async () => {
    using node = createNode();

    const run = await runInstaller(node, [...soundArchive(node), '--mode', 'bridge=4755']);

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { warnings: [expect.stringMatching(/bridge.*4755/)] },
    });
    expect(modeOf(`${node.binDir}/bridge`)).toBe('04755');
    expect(modeOf(`${node.binDir}/macvlan`)).toBe('0755');
  });

  it('is taken back when it is no longer given, with no archive at hand', async () => {
    using node = createNode();
    const archive = soundArchive(node);
    await runInstaller(node, [...archive, '--mode', 'bridge=4755']);
    const untouched = inodeOf(`${node.binDir}/macvlan`);

    const run = await runInstaller(node, ['--archive', '/nowhere', ...archive.slice(2)]);

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { placed: ['bridge'] } } });
    expect(modeOf(`${node.binDir}/bridge`)).toBe('0755');
    expect(inodeOf(`${node.binDir}/macvlan`)).toBe(untouched);
  });

  it('leaves nothing to do at the second start', async () => {
    using node = createNode();
    const wish = [...soundArchive(node), '--mode', 'bridge=4755'];
    await runInstaller(node, wish);

    expect(await runInstaller(node, wish)).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged' } });
  });

  it.each(['bridge', 'bridge=', 'bridge=999', 'bridge=0644', 'bridge=4755,bridge=755', '../bridge=755'])(
    'refuses %s',
    async (value) => {
      using node = createNode();

      const run = await runInstaller(node, [...soundArchive(node), '--mode', value]);

      expect(run).toMatchObject({ exitStatus: 2, report: { error: { code: 'bad-value' } } });
      expect(run.stderr).toContain('--mode');
    },
  );
});
