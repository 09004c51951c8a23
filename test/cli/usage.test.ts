// Promises about a command line or an environment that can't be read: exit status 2, one message, nothing touched.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller } from '../support/installer.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { ownArch } from '../support/own-arch.ts';

const hex = 'a'.repeat(64);

describe('a usage error', () => {
  it.each<[promise: string, args: string[], code: string, naming: string[]]>([
    ['an unknown flag', ['--plugin', 'macvlan'], 'unknown-option', ['--plugin']],
    ['an unknown verb', ['instal'], 'unknown-verb', ['instal', 'install', 'share-mounts']],
    ['a flag given twice', ['--retries', '1', '--retries=2'], 'given-twice', ['--retries', '1', '2']],
    ['--archive given twice', ['--archive', '/a', '--archive', '/b'], 'given-twice', ['--archive']],
    ['a number that is none', ['--retries', 'many'], 'bad-value', ['--retries', 'many', 'whole number']],
    ['a boolean that is none', ['--strict=maybe'], 'bad-value', ['--strict', 'maybe', 'true', 'no', '0']],
    ['a duration without a unit', ['--timeout', '30'], 'bad-value', ['--timeout', '30', '5m']],
    [
      'an unknown choice',
      ['--on-conflict=ask'],
      'bad-value',
      ['--on-conflict', 'ask', 'replace, keep, fail'],
    ],
    ['an unknown plugin', ['--plugins', 'macvlam'], 'unknown-plugin', ['macvlam', 'macvlan', 'v1.9.1']],
    ['a plugin that the release dropped', ['--plugins', 'flannel'], 'unknown-plugin', ['flannel', 'bridge']],
    ['a release known to be broken', ['--cni-version', '1.6.1'], 'refused-version', ['v1.6.1']],
    ['a version that is none', ['--cni-version', 'latest'], 'bad-value', ['--cni-version', 'latest']],
    ['a digest of the wrong length', ['--sha256', 'abc'], 'bad-value', ['--sha256', 'abc', '64']],
    [
      'a digest map without this platform',
      ['--sha256', `mips64le=${hex}`],
      'digest-of-other-platforms',
      ['mips64le', ownArch],
    ],
    ['a mirror that is no URL', ['--mirror', 'mirror.example/x'], 'bad-value', ['--mirror', 'https']],
    ['a word too many', ['install', 'macvlan'], 'stray-word', ['macvlan']],
    [
      'an option of another verb',
      ['share-mounts', '--archive', '/a'],
      'option-of-another-verb',
      ['--archive'],
    ],
    ['a set from which all is skipped', ['--skip', 'bridge,macvlan,static'], 'nothing-wanted', ['macvlan']],
  ])('names %s, and what is accepted instead', async (_promise, args, code, naming) => {
    using node = createNode();

    const run = await runInstaller(node, args);

    expect(run).toMatchObject({ exitStatus: 2, stdout: '', report: { outcome: 'failed', error: { code } } });
    for (const words of naming) expect(`${run.report?.error?.message} ${run.stderr}`).toContain(words);
    expect(run.stderr).not.toMatch(/^\s*at /m);
    expect(readdirSync(node.binDir)).toEqual([]);
  });

  it.each([
    ['v1.6.1', 'v1.6.2'],
    ['v1.7.0', 'v1.7.1'],
  ])('says which release to take instead of %s', async (version, instead) => {
    using node = createNode();

    const run = await runInstaller(node, ['--cni-version', version]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 2, hint: expect.stringContaining(instead) });
  });

  it('names the variable, not the flag, when the environment has the bad value', async () => {
    using node = createNode();

    const run = await runInstaller(node, [], { env: { CNI_PLUGINS_RETRIES: 'many' } });

    expect(run).toMatchObject({
      exitStatus: 2,
      report: { error: { message: expect.stringMatching(/^CNI_PLUGINS_RETRIES is "many"/) } },
    });
  });

  it('hides the password of a mirror that it can not read', async () => {
    using node = createNode();

    const run = await runInstaller(node, ['--mirror', 'ftp://me:secret@mirror.example/x']);

    expect(run.exitStatus).toBe(2);
    expect(`${run.stderr}${JSON.stringify(run.report)}`).not.toContain('secret');
  });

  it.each<[place: string, args: (path: string) => string[], env: (path: string) => Record<string, string>]>([
    ['--termination-log FILE', (path) => ['--termination-log', path], () => ({})],
    ['--termination-log=FILE', (path) => [`--termination-log=${path}`], () => ({})],
    ['CNI_PLUGINS_TERMINATION_LOG', () => [], (path) => ({ CNI_PLUGINS_TERMINATION_LOG: path })],
  ])('is reported to %s, which it does not stop from being read', async (_place, args, env) => {
    using node = createNode();

    const run = await runInstaller(node, ['--nonsense', ...args(node.terminationLog)], {
      env: { CNI_PLUGINS_TERMINATION_LOG: '', ...env(node.terminationLog) },
    });

    expect(run).toMatchObject({ exitStatus: 2, report: { error: { code: 'unknown-option' } } });
  });
});

describe('an environment full of other things', () => {
  it('does no harm: injected names of a Service, and what other tools call theirs', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256], {
      env: {
        CNI_PLUGINS_SERVICE_HOST: '10.96.0.7',
        CNI_PLUGINS_SERVICE_PORT: '80',
        CNI_PLUGINS_PORT: 'tcp://10.96.0.7:80',
        CNI_PLUGINS_PORT_80_TCP_ADDR: '10.96.0.7',
        CNI_COMMAND: 'ADD',
        CNI_PATH: '/nowhere',
        CNI_PLUGINS_STRICT: '',
        CNI_PLUGINS_TIMEOUT: ' ',
      },
    });

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(run.stderr).not.toMatch(/^warn: CNI_PLUGINS/m);
  });
});

describe('a misspelt variable', () => {
  const misspelt = { CNI_PLUGINS_MIRROR: 'https://mirror.example/cni' };

  it('is a warning in log and report, and the run goes on', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256], { env: misspelt });

    expect(run).toMatchObject({
      exitStatus: 0,
      report: {
        outcome: 'installed',
        warnings: [expect.stringContaining('CNI_PLUGINS_MIRROR is not a variable')],
      },
    });
    expect(run.stderr.match(/^warn: CNI_PLUGINS_MIRROR .*did you mean CNI_PLUGINS_MIRRORS\?/gm)).toHaveLength(
      1,
    );
  });

  it('is told before a verb that answers, and leaves its answer alone', async () => {
    using node = createNode();

    const run = await runInstaller(node, ['releases', '--output', 'json'], { env: misspelt });

    expect(run.stderr).toMatch(/^warn: CNI_PLUGINS_MIRROR /m);
    expect(JSON.parse(run.stdout)).toMatchObject({ schema: 1 });
  });

  it('is told beside the usage error that it may have led to', async () => {
    using node = createNode();

    const run = await runInstaller(node, ['--plugins', 'flannel'], { env: { CNI_PLUGINS_VERSON: 'v0.9.1' } });

    expect(run).toMatchObject({ exitStatus: 2, report: { error: { code: 'unknown-plugin' } } });
    expect(run.stderr).toMatch(/^warn: CNI_PLUGINS_VERSON .*did you mean CNI_PLUGINS_VERSION/m);
  });

  it.each([['install'], ['verify'], ['releases']])('is an error under --strict: %s', async (verb) => {
    using node = createNode();

    const run = await runInstaller(node, [verb, '--strict'], { env: misspelt });

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 2,
      code: 'unknown-variable',
      hint: expect.stringContaining('CNI_PLUGINS_MIRRORS'),
    });
    expect(readdirSync(node.binDir)).toEqual([]);
  });
});

describe('a misspelt word', () => {
  it.each<[args: string[], meant: string]>([
    [['instal'], 'install'],
    [['--plugin', 'macvlan'], '--plugins'],
    [['--plugins', 'macvlam'], 'macvlan'],
  ])('in %j is answered with what was probably meant', async (args, meant) => {
    using node = createNode();

    const run = await runInstaller(node, args);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 2,
      hint: expect.stringContaining(`did you mean ${meant}?`),
    });
  });

  it('in the set is answered, too, when only the archive can tell', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives, 'v9.9.9');

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'macvlam']);

    expect(refusalOf(run)).toMatchObject({
      exitStatus: 5,
      hint: expect.stringContaining('did you mean macvlan?'),
    });
  });
});

describe('a question', () => {
  it.each([[['--help']], [['help']], [['install', '--help']]])(
    '%j is answered with the options',
    async (args) => {
      using node = createNode();

      const run = await runInstaller(node, args);

      expect(run).toMatchObject({ exitStatus: 0, stderr: '', report: undefined });
      expect(run.stdout).toContain('--cni-bin-dir');
      expect(run.stdout).toContain('CNI_PLUGINS_BIN_DIR');
    },
  );

  it.each([[['help', 'verify']], [['verify', '--help']]])(
    '%j is answered with the options of verify alone',
    async (args) => {
      using node = createNode();

      const run = await runInstaller(node, args);

      expect(run).toMatchObject({ exitStatus: 0, stderr: '' });
      expect(run.stdout).toMatch(/^ +--on-conflict .*/m);
      expect(run.stdout).not.toContain('--archive');
    },
  );

  it('--version is answered with one number', async () => {
    using node = createNode();

    const run = await runInstaller(node, ['--version']);

    expect(run).toMatchObject({ exitStatus: 0, stderr: '' });
    expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(existsSync(join(node.binDir, '.cni-plugins-installer'))).toBe(false);
  });
});
