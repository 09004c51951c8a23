// Promises of what a run tells: the termination message, the log, standard output, and a dry run.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createNode,
  refusalOf,
  type Report,
  type Run,
  runInstaller,
  type TestNode,
} from '../support/installer.ts';
import { serveDirectory } from '../support/mirror.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { ownArch } from '../support/own-arch.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { inodeOf, namesIn, untouchedSnapshotOf } from '../support/snapshot.ts';

function soundArchive(node: TestNode): string[] {
  const { path, sha256 } = layOutRelease(node.archives);
  return ['--archive', path, '--sha256', sha256];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

describe('the termination message', () => {
  it.each<[of: string, exitStatus: number, run: (node: TestNode) => Promise<Run>]>([
    ['a success', 0, (node) => runInstaller(node, soundArchive(node))],
    ['a failure', 3, (node) => runInstaller(node, ['--archive', '/nowhere', '--sha256', 'a'.repeat(64)])],
    ['a usage error', 2, (node) => runInstaller(node, ['--nonsense'])],
  ])(
    'of %s is one line of JSON, at most 2 KiB, the sentence for people first',
    async (_of, status, start) => {
      using node = createNode();

      const run = await start(node);

      const message = readFileSync(node.terminationLog, 'utf8');
      expect(run.exitStatus).toBe(status);
      expect(linesOf(message)).toHaveLength(1);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048);
      expect(Object.keys(JSON.parse(message) as object)[0]).toBe('summary');
      expect(run.report).toMatchObject({
        schema: 1,
        platform: `linux/${ownArch}`,
        durationMs: expect.any(Number),
      });
    },
  );

  it('is written in place: the file is a mount', async () => {
    using node = createNode();
    const file = join(node.directory, 'mounted');
    writeFileSync(file, 'x'.repeat(10_000));
    const inode = inodeOf(file);

    await runInstaller(node, [...soundArchive(node), '--termination-log', file]);

    expect(inodeOf(file)).toBe(inode);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ outcome: 'installed' });
  });

  it('that can not be written is a warning, never the outcome', async () => {
    using node = createNode();
    const directory = join(node.directory, 'no-file');
    mkdirSync(directory);

    const run = await runInstaller(node, [...soundArchive(node), '--termination-log', directory]);

    expect(run.exitStatus).toBe(0);
    expect(run.stderr).toMatch(new RegExp(`^warn: .*${directory}`, 'm'));
  });
});

describe('the report of a failure', () => {
  it('has what stands on the node all the same, and how mounts were to be shared', async () => {
    using node = createNode();
    await runInstaller(node, soundArchive(node));
    const contradicted = ['--archive', layOutRelease(node.archives).path, '--sha256', 'a'.repeat(64)];

    const run = await runInstaller(node, [...contradicted, '--share-mounts', 'targeted']);

    expect(run).toMatchObject({ exitStatus: 4, report: { outcome: 'failed', version: 'v1.9.1' } });
    expect(run.report).toMatchObject({
      plugins: { placed: [], intact: [...pluginNames] },
      mounts: { mode: 'targeted', changed: [], shared: null },
    });
    expect(run.report?.summary).toMatch(/; the node has \d+ plugins of v1\.9\.1 intact$/);
  });

  it('says what to do in its summary, which is what people read', async () => {
    using node = createNode();
    const { hint, message } = refusalOf(
      await runInstaller(node, ['--archive', '/nowhere', '--sha256', 'a'.repeat(64)]),
    );

    const { summary, version } = JSON.parse(readFileSync(node.terminationLog, 'utf8')) as Report;
    expect(summary).toBe(`Failed: ${message}; what to do: ${hint}`);
    expect(version).toBeNull();
  });

  it('names a plugin that is damaged neither as intact nor as standing', async () => {
    using node = createNode();
    await runInstaller(node, soundArchive(node));
    for (const name of ['bridge', 'macvlan']) writeFileSync(join(node.binDir, name), 'damaged');

    const run = await runInstaller(node, [
      '--archive',
      '/nowhere',
      '--cni-version',
      'v1.8.0',
      '--strict',
      '--sha256',
      'a'.repeat(64),
      '--plugins',
      'vrf',
    ]);

    expect(run.report).toMatchObject({ outcome: 'failed', version: 'v1.9.1' });
    expect(run.report?.plugins.intact).toEqual(
      pluginNames.filter((name) => !['bridge', 'macvlan'].includes(name)),
    );
  });
});

describe('standard output', () => {
  it('has the report as JSON when asked for, and nothing else', async () => {
    using node = createNode();

    const run = await runInstaller(node, [...soundArchive(node), '--output', 'json']);

    expect(JSON.parse(run.stdout)).toEqual(run.report);
  });

  it('has the report as JSON of a failure too', async () => {
    using node = createNode();

    const run = await runInstaller(node, [
      '--archive',
      '/nowhere',
      '--sha256',
      'a'.repeat(64),
      '--output=json',
    ]);

    expect(run.exitStatus).toBe(3);
    expect(JSON.parse(run.stdout)).toMatchObject<Partial<Report>>({ outcome: 'failed' });
  });
});

describe('the log', () => {
  it('is one JSON object a line when asked for, on standard error', async () => {
    using node = createNode();

    const run = await runInstaller(node, [
      ...soundArchive(node),
      '--log-format',
      'json',
      '--log-level=debug',
    ]);

    const lines = linesOf(run.stderr).map((line) => JSON.parse(line) as object);
    expect(lines.length).toBeGreaterThan(pluginNames.length);
    for (const line of lines) {
      expect(line).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: expect.stringMatching(/^(debug|info|warn|error)$/),
        message: expect.any(String),
      });
    }
  });

  it.each([
    ['--log-format json', ['--log-format', 'json'], {}],
    ['--log-format=json', ['--log-format=json'], {}],
    ['CNI_PLUGINS_LOG_FORMAT', [], { CNI_PLUGINS_LOG_FORMAT: 'json' }],
  ])('is JSON by %s also when the command line can not be read', async (_by, args, env) => {
    using node = createNode();

    const run = await runInstaller(node, ['--nonsense', ...args], { env });

    expect(run.exitStatus).toBe(2);
    for (const line of linesOf(run.stderr)) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it('says nothing of a success at the level error', async () => {
    using node = createNode();

    const run = await runInstaller(node, [...soundArchive(node), '--log-level', 'error']);

    expect(run).toMatchObject({ exitStatus: 0, stderr: '' });
  });
});

describe('a dry run', () => {
  it('writes nothing, asks no mirror, and says for each name what would be done', async () => {
    using node = createNode();
    writeFileSync(join(node.binDir, 'macvlan'), plugin('macvlan', { version: 'v1.0.0' }), { mode: 0o755 });
    const before = untouchedSnapshotOf(node.binDir);
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, ['--dry-run', '--mirror', mirror.url]);

    expect(run).toMatchObject({
      exitStatus: 0,
      report: { outcome: 'installed', dryRun: true, plugins: { placed: [...pluginNames] } },
    });
    for (const name of pluginNames) expect(run.stdout).toMatch(new RegExp(`${name} +place`));
    expect(mirror.asked).toEqual([]);
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it('on a healthy node says that nothing would change', async () => {
    using node = createNode();
    const args = soundArchive(node);
    await runInstaller(node, args);
    const before = untouchedSnapshotOf(node.binDir);

    const run = await runInstaller(node, [...args, '--dry-run']);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged', dryRun: true } });
    expect(untouchedSnapshotOf(node.binDir)).toEqual(before);
  });

  it('of a plan that can not be carried out has the status of the run', async () => {
    using node = createNode();
    mkdirSync(join(node.binDir, 'macvlan'));

    const run = await runInstaller(node, [...soundArchive(node), '--dry-run']);

    expect(run).toMatchObject({ exitStatus: 6, report: { dryRun: true, outcome: 'failed' } });
    expect(existsSync(node.stateDir)).toBe(false);
  });

  it('does not make a bin dir that is absent', async () => {
    using node = createNode();
    const binDir = join(node.directory, 'absent');

    const run = await runInstaller(node, ['--dry-run', '--create-bin-dir', '--cni-bin-dir', binDir]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed', dryRun: true } });
    expect(namesIn(node.directory)).not.toContain('absent');
  });
});
