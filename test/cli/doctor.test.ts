// Promises of doctor as a program: on a node that the installer made, its remedies typed, and what it leaves alone.

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, runInstaller, startInstaller } from '../support/installer.ts';
import { serve } from '../support/mirror.ts';
import {
  askDoctorOn,
  causes,
  type CheckAnswer,
  checksIn,
  checksOf,
  confDirOf,
  doctorArguments,
  inPod,
  installedNode,
  typeRemedy,
} from '../support/doctored-node.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { dynamicPlugin, plugin, pluginForAnotherMachine, truncatedPlugin } from '../support/plugins.ts';
import { layOutRelease } from '../support/release-archives.ts';
import { untouchedSnapshotOf } from '../support/snapshot.ts';

describe('doctor', () => {
  it('finds nothing on a node as the installer left it', async () => {
    using node = await installedNode();

    expect(await causes(node)).toEqual([]);
    expect((await askDoctorOn(node)).exitStatus).toBe(0);
  });

  it('leaves no trace', async () => {
    using node = await installedNode();
    const places = [node.binDir, confDirOf(node)];
    const before = places.map((place) => untouchedSnapshotOf(place));

    await askDoctorOn(node);

    expect(places.map((place) => untouchedSnapshotOf(place))).toEqual(before);
  });

  it('says on a directory that is not there what to mount, and ends with 9', async () => {
    using node = createNode();
    const run = await runInstaller(node, ['doctor', '--cni-bin-dir', join(node.directory, 'nowhere')]);

    expect(run.exitStatus).toBe(9);
    expect(run.stdout).toMatch(/^error bin-dir-absent$/m);
  });

  it('asks no plugin for its STATUS unless told to, and then says what that takes', async () => {
    using node = await installedNode();
    const conf = { cniVersion: '1.1.0', name: 'more', type: 'macvlan' };
    writeFileSync(join(confDirOf(node), '20-more.conf'), JSON.stringify(conf));
    writeFileSync(join(node.binDir, 'macvlan'), plugin('macvlan', { speaks: ['1.1.0'] }));
    const run = await askDoctorOn(node, '--active', '--output', 'json');

    const status = ({ id }: CheckAnswer): boolean => id === 'plugin-status';
    expect((await checksOf(node)).find(status)).toMatchObject({ result: 'skipped', remedy: null });
    expect(checksIn(run).find(status)).toMatchObject({
      result: 'skipped',
      message: expect.stringContaining('STATUS'),
      remedy: expect.stringContaining('doctor --active'),
    });
  });

  it.each([
    ['is none', 'not json', /^what was given can't be read: /],
    ['is cut short', '{"kind": "List", "items": [', /^what was given can't be read: /],
    ['has nothing of use', '{"kind": "Secret", "data": {"key": "canary"}}', /^no NAD was given$/],
  ])('does not call NADs well of which the JSON %s', async (_, text, message) => {
    using node = await installedNode();
    const path = join(node.directory, 'nads');
    writeFileSync(path, text);
    const run = await askDoctorOn(node, '--nads', path, '--output', 'json');

    const ofNads = checksIn(run).filter(({ id }) => id.startsWith('nad-') && id !== 'nad-ipam-exhausted');
    expect(ofNads.length).toBeGreaterThan(5);
    expect(ofNads.filter(({ result }) => result !== 'skipped')).toEqual([]);
    expect(ofNads.find(({ id }) => id === 'nad-invalid-json')?.message).toMatch(message);
    expect(run.stdout).not.toContain('canary');
    expect(run.exitStatus).toBe(0);
  });

  it('refuses two texts from one standard input', async () => {
    using node = createNode();
    const { exitStatus, stderr } = await askDoctorOn(node, '--explain', '-', '--nads', '-');

    expect(exitStatus).toBe(2);
    expect(stderr).toContain('--nads');
  });
});

describe('what doctor finds, its remedy takes away:', () => {
  it.each<[id: string, damage: (macvlan: string) => void]>([
    ['plugin-absent', (path) => rmSync(path)],
    ['plugin-broken', (path) => writeFileSync(path, plugin('macvlan', { behaviour: 'fails' }))],
    ['plugin-broken', (path) => truncateSync(path, 0)],
    ['plugin-truncated', (path) => writeFileSync(path, truncatedPlugin('macvlan'))],
    ['plugin-wrong-architecture', (path) => writeFileSync(path, pluginForAnotherMachine('macvlan'))],
    ['plugin-not-executable', (path) => chmodSync(path, 0o644)],
    [
      'plugin-interpreter-missing',
      (path) => writeFileSync(path, dynamicPlugin('macvlan', '/lib/no-such-loader')),
    ],
    ['plugin-setuid', (path) => chmodSync(path, 0o4755)],
    ['plugin-mode-changed', (path) => chmodSync(path, 0o777)],
    [
      'plugin-changed',
      (path) => writeFileSync(path, Buffer.concat([plugin('macvlan'), Buffer.from('more')])),
    ],
    ['stale-temp', (path) => writeFileSync(`${path}.old`, 'half')],
  ])('%s', async (id, damage) => {
    using node = await installedNode();
    damage(join(node.binDir, 'macvlan'));

    const found = await causes(node);
    const [cause] = found;
    expect(found.map((one) => one.id)).toEqual([id]);
    if (cause !== undefined) await typeRemedy(node, cause);

    expect(await causes(node)).toEqual([]);
  });

  it('plugin-absent, of a plugin that only a configuration wants', async () => {
    using node = await installedNode();
    const conf = {
      cniVersion: '1.0.0',
      name: 'more',
      plugins: [{ type: 'macvlan', ipam: { type: 'host-local' } }],
    };
    writeFileSync(join(confDirOf(node), '20-more.conflist'), JSON.stringify(conf));

    const [cause] = await causes(node);

    expect(cause).toMatchObject({
      id: 'plugin-absent',
      message: expect.stringContaining('host-local'),
      remedy: expect.stringContaining('--plugins bridge,host-local,macvlan,static'),
    });
  });

  it('multus-not-first', async () => {
    using node = await installedNode();
    writeFileSync(join(node.binDir, 'multus'), plugin('multus'), { mode: 0o755 });
    writeFileSync(
      join(confDirOf(node), '70-multus.conf'),
      '{"cniVersion":"0.4.0","name":"m","type":"multus"}',
    );

    const [cause, ...more] = await causes(node);
    expect([cause?.id, more]).toEqual(['multus-not-first', []]);
    if (cause !== undefined) await typeRemedy(node, cause);

    expect(await causes(node)).toEqual([]);
  });

  it('a record that was lost is said to be so', async () => {
    using node = await installedNode();
    writeFileSync(join(node.stateDir, 'ledger.json'), 'garbage');

    expect((await causes(node)).map(({ id }) => id)).toEqual(['ledger-rebuilt']);
  });

  it('a record of a newer installer is left alone, and named', async () => {
    using node = await installedNode();
    writeFileSync(join(node.stateDir, 'ledger.json'), '{"schema":9}');

    expect((await causes(node)).map(({ id }) => id)).toEqual(['ledger-newer']);
  });

  it('a damaged store is found', async () => {
    using node = await installedNode();
    const store = join(node.stateDir, 'store');
    const [blob = ''] = spawnSync('ls', [store], { encoding: 'utf8' }).stdout.split('\n');
    writeFileSync(join(store, blob), 'rot');

    expect((await causes(node)).map(({ id }) => id)).toEqual(['store-damaged']);
  });

  it('a dangling link is told with where it leads', async () => {
    using node = await installedNode();
    rmSync(join(node.binDir, 'macvlan'));
    symlinkSync('/var/lib/rancher/nowhere', join(node.binDir, 'macvlan'));

    expect(await causes(node)).toMatchObject([
      { id: 'plugin-dangling-link', message: expect.stringContaining('/var/lib/rancher/nowhere') },
    ]);
  });
});

describe('two installers on one node', () => {
  it('are found while one works and one waits, and no longer when both are done', async () => {
    using node = await installedNode();
    const { bytes: release, sha256 } = layOutRelease(node.archives, 'v1.9.0');
    const asked = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    await using mirror = await serve((_request, response) => {
      asked.resolve();
      void letGo.promise.then(() => response.end(release));
    });
    const words = ['install', '--cni-version', 'v1.9.0', '--sha256', sha256, '--mirror', mirror.url];
    const first = startInstaller(node, words);
    await Promise.race([asked.promise, first.ended]);
    expect(await causes(node)).toEqual([]);
    const second = startInstaller(node, words);
    await second.says('waiting for another installer');

    const found = await causes(node);
    letGo.resolve();
    await Promise.all([first.ended, second.ended]);

    expect(found).toMatchObject([
      {
        id: 'two-of-us',
        message: expect.stringMatching(
          new RegExp(`process ${first.process.pid} in .*; process ${second.process.pid} in `),
        ),
      },
    ]);
    expect(await causes(node)).toEqual([]);
  });
});

describeWhere(missingCommands(['strace']), 'doctor, by the system calls it makes,', () => {
  it('opens nothing for writing and no connection', async () => {
    using node = await installedNode();
    const trace = join(node.directory, 'trace');
    const filter =
      'trace=open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,chmod,fchmod,fchmodat,socket,connect';

    const run = await runInstaller(node, doctorArguments(node), {
      env: inPod,
      within: ['strace', '-f', '-qq', '-e', 'signal=none', '-e', filter, '-o', trace],
    });

    expect(run.exitStatus).toBe(0);
    const calls = readFileSync(trace, 'utf8').split('\n');
    const opened = calls.filter((line) => /open(at)?\(/.test(line) && /O_WRONLY|O_RDWR|O_CREAT/.test(line));
    const changing = calls.filter((line) =>
      /\b(creat|rename\w*|unlink\w*|mkdir\w*|link\w*|f?chmod\w*)\(/.test(line),
    );
    const network = calls.filter(
      (line) => /\b(connect|socket)\(/.test(line) && !/AF_UNIX|AF_LOCAL/.test(line),
    );
    expect(calls.length).toBeGreaterThan(50);
    expect(opened.filter((line) => !line.includes('"/dev/null"'))).toEqual([]);
    expect([changing, network]).toEqual([[], []]);
  });
});

describe('doctor, by what it takes,', () => {
  it('ends within two seconds of CPU', async () => {
    using node = await installedNode();
    const run = await runInstaller(node, doctorArguments(node), {
      env: inPod,
      within: ['bash', '-c', 'time "$@"', 'time'],
    });

    const seconds = [...run.stderr.matchAll(/(?:user|sys)\s+(\d+)m([\d.]+)s/g)].map(
      ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
    );
    expect(seconds).toHaveLength(2);
    expect(seconds.reduce((sum, one) => sum + one, 0)).toBeLessThan(2);
  });
});
