// Promises of a first install, an upgrade and a shrinking set, on real directories with real executables.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, refusalOf, runInstaller } from '../support/installer.ts';
import { afterMounting, describeWhere, missingForMounts } from '../support/needs.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { contentsOf, layOut, layOutRelease, packRelease } from '../support/release-archives.ts';
import { modeOf, namesIn, snapshotOf } from '../support/snapshot.ts';

describe('a first install', () => {
  it('puts every requested plugin there, byte for byte and executable, and reports it', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run).toMatchObject({
      exitStatus: 0,
      stdout: '',
      report: {
        outcome: 'installed',
        version: 'v1.9.1',
        plugins: { placed: [...pluginNames], intact: [], kept: [], failed: [] },
      },
    });
    for (const name of pluginNames) {
      expect(readFileSync(join(node.binDir, name))).toEqual(plugin(name));
      expect(modeOf(join(node.binDir, name))).toBe('0755');
    }
  });

  it('puts nothing but the requested plugins there: no papers, no temporary file', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'macvlan,static']);

    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', 'macvlan', 'static']);
    expect(namesIn(node.stateDir)).toEqual(['generations', 'ledger.json', 'store']);
  });

  it('works without any argument, told everything by the environment', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, [], {
      env: { CNI_PLUGINS_ARCHIVE: path, CNI_PLUGINS_SHA256: sha256, CNI_PLUGINS: 'macvlan' },
    });

    expect(run).toMatchObject({ exitStatus: 0, report: { plugins: { placed: ['macvlan'] } } });
  });

  it('takes all plugins of the archive when told so, still without its papers', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'all']);

    expect(run.report?.plugins.placed).toEqual([...pluginNames]);
    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', ...pluginNames]);
  });

  it('leaves out what SKIP_CNI_BINARIES names', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'all'], {
      env: { SKIP_CNI_BINARIES: 'bridge, static' },
    });

    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', 'macvlan']);
  });

  it('gives plugins 0755 and state files 0644 whatever the umask', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);

    await runInstaller(node, ['--archive', path, '--sha256', sha256], {
      within: ['sh', '-c', 'umask 077; exec "$@"', 'sh'],
    });

    expect(modeOf(join(node.binDir, 'macvlan'))).toBe('0755');
    expect(modeOf(node.stateDir)).toBe('0755');
    expect(modeOf(join(node.stateDir, 'ledger.json'))).toBe('0644');
  });

  it('takes over neither setuid bits nor owners of the archive, and says so', async () => {
    using node = createNode();
    const hostile = { content: plugin('macvlan'), mode: 0o4755, uid: 1001, gid: 127, owner: 'runner' };
    const { path, sha256 } = layOut(
      join(node.archives, 'setuid.tgz'),
      packRelease({ ...contentsOf('v1.9.1'), macvlan: hostile }),
    );

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run.exitStatus).toBe(0);
    expect(modeOf(join(node.binDir, 'macvlan'))).toBe('0755');
    expect(lstatSync(join(node.binDir, 'macvlan')).uid).toBe(process.getuid?.());
    expect(run.stderr).toMatch(/setuid.*macvlan/);
  });

  it('ignores links, devices and names that lead elsewhere when nobody asked for them, and says so', async () => {
    using node = createNode();
    const { path, sha256 } = layOut(
      join(node.archives, 'odd.tgz'),
      packRelease({
        ...contentsOf('v1.9.1'),
        '../escaped': Buffer.from('out'),
        passwd: { type: 'symlink', linkTarget: '/etc/passwd' },
      }),
    );

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run.exitStatus).toBe(0);
    expect(existsSync(join(node.binDir, '../escaped'))).toBe(false);
    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', ...pluginNames]);
    expect(run.stderr).toContain('../escaped');
    expect(run.stderr).toContain('passwd');
  });

  it('makes an absent bin dir, 0755 whatever the umask, when told to', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    rmSync(join(node.directory, 'opt'), { recursive: true });

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--create-bin-dir'], {
      within: ['sh', '-c', 'umask 077; exec "$@"', 'sh'],
    });

    expect(run.exitStatus).toBe(0);
    expect(modeOf(node.binDir)).toBe('0755');
    expect(existsSync(join(node.binDir, 'macvlan'))).toBe(true);
  });

  it('installs into a bin dir that is reached by a symbolic link', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    const link = join(node.directory, 'linked-bin');
    symlinkSync(node.binDir, link);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--cni-bin-dir', link]);

    expect(run.exitStatus).toBe(0);
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });

  it('keeps its state where it is told to, on the same file system', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    const stateDir = join(node.directory, 'state');

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--state-dir', stateDir]);

    expect(run.exitStatus).toBe(0);
    expect(namesIn(node.binDir)).toEqual([...pluginNames]);
    expect(existsSync(join(stateDir, 'ledger.json'))).toBe(true);
  });

  it('says what a plugin calls itself when that is another version, and installs it', async () => {
    using node = createNode();
    const { path, sha256 } = layOut(
      join(node.archives, 'mixed.tgz'),
      packRelease({ ...contentsOf('v1.9.1'), macvlan: plugin('macvlan', { version: 'v1.4.0' }) }),
    );

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run.exitStatus).toBe(0);
    expect(run.report?.warnings).toEqual([expect.stringMatching(/macvlan.*v1\.4\.0.*v1\.9\.1/)]);
  });
});

describe('an upgrade', () => {
  it('replaces every plugin by a new inode, so that one that runs is not written to', async () => {
    using node = createNode();
    const old = layOutRelease(node.archives, 'v1.8.0');
    const next = layOutRelease(node.archives, 'v1.9.1');
    await runInstaller(node, ['--archive', old.path, '--sha256', old.sha256]);
    const before = snapshotOf(node.binDir);

    const run = await runInstaller(node, ['--archive', next.path, '--sha256', next.sha256]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed', version: 'v1.9.1' } });
    for (const name of pluginNames) {
      expect(readFileSync(join(node.binDir, name))).toEqual(plugin(name));
      expect(lstatSync(join(node.binDir, name)).ino).not.toBe(before[name]?.inode);
    }
  });

  it('keeps the set before it in the store, and forgets older ones', async () => {
    using node = createNode();
    for (const version of ['v1.7.1', 'v1.8.0', 'v1.9.1']) {
      const { path, sha256 } = layOutRelease(node.archives, version);
      await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'macvlan']);
    }

    const generations = readdirSync(join(node.stateDir, 'generations'));
    expect(generations).toHaveLength(2);
    expect(readdirSync(join(node.stateDir, 'store'))).toHaveLength(2);
  });

  it('takes ours out when the set shrinks, and gives back what was there before us', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    const foreign = Buffer.from('#!/bin/sh\necho vendor\n');
    writeFileSync(join(node.binDir, 'bridge'), foreign, { mode: 0o750 });
    chmodSync(join(node.binDir, 'bridge'), 0o750);
    const { bridge: original } = snapshotOf(node.binDir);
    await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256, '--plugins', 'macvlan']);

    expect(run.exitStatus).toBe(0);
    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', 'bridge', 'macvlan']);
    expect(snapshotOf(node.binDir)['bridge']).toEqual(original);
  });

  it('puts the former set back when the new one does not work here', async () => {
    using node = createNode();
    const old = layOutRelease(node.archives, 'v1.8.0');
    await runInstaller(node, ['--archive', old.path, '--sha256', old.sha256]);
    const before = snapshotOf(node.binDir);
    const broken = layOut(
      join(node.archives, 'cni-plugins-linux-any-v1.9.1.tgz'),
      packRelease({ ...contentsOf('v1.9.1'), static: plugin('static', { behaviour: 'fails' }) }),
    );

    const run = await runInstaller(node, ['--archive', broken.path, '--sha256', broken.sha256]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 7, code: 'plugin-fails' });
    for (const name of pluginNames) expect(snapshotOf(node.binDir)[name]).toEqual(before[name]);
  });
});

describe('a plugin that is running', () => {
  it('is replaced, and the running one goes on with its own bytes', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    const busy = join(node.binDir, 'macvlan');
    writeFileSync(busy, plugin('macvlan', { behaviour: 'hangs' }), { mode: 0o755 });
    const running = execFileSync('sh', ['-c', `"${busy}" >/dev/null 2>&1 & echo $!`], { encoding: 'utf8' });
    const pid = Number(running);
    try {
      const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

      expect(run.exitStatus).toBe(0);
      expect(readFileSync(busy)).toEqual(plugin('macvlan'));
      expect(readFileSync(`/proc/${pid}/exe`)).toEqual(plugin('macvlan', { behaviour: 'hangs' }));
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});

describeWhere(missingForMounts(), 'a bin dir that belongs to another user', () => {
  it('is no obstacle with the right to override', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    chownSync(node.binDir, 4711, 4711);

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256]);

    expect(run.exitStatus).toBe(0);
    expect(lstatSync(node.binDir).uid).toBe(4711);
  });

  it('is installed into when it is a mount of its own', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    mkdirSync(join(node.directory, 'proof'));
    const code = `mount -t tmpfs own "${node.binDir}"; trap 'cp "${node.binDir}/macvlan" "${node.directory}/proof/"' EXIT; "$@"; exit`;

    const run = await runInstaller(node, ['--archive', path, '--sha256', sha256], {
      within: afterMounting(code),
    });

    expect(run.exitStatus).toBe(0);
    expect(readFileSync(join(node.directory, 'proof/macvlan'))).toEqual(plugin('macvlan'));
  });
});
