// Promises of sharing mounts, kept in real mount namespaces: a node, a runtime and a container made with unshare(1).

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { type Mount, parseMountinfo, propagationOf } from '../../../../src/lib/linux/mountinfo.ts';
import type { Sharing, SharingRequest } from '../../../../src/node/mounts/mounts.ts';
import { describeWhere, missingCommands, missingForMounts } from '../../../support/needs.ts';

vi.setConfig({ testTimeout: 40_000 });

const script = fileURLToPath(new URL('fixtures/share-mounts.ts', import.meta.url));
const busybox = '/bin/busybox';

/** For mount namespaces of the test's own, in which the host's programs run. */
function missingHere(): string | undefined {
  return missingForMounts() ?? missingCommands(['setpriv', 'nsenter', 'busybox']);
}

/** Shell words that run the sharing code in this place. */
function sharing(verb: 'share' | 'inspect', overrides: Partial<SharingRequest> = {}): string {
  const request = {
    mode: 'rshared',
    paths: ['/', '/mnt/needed/x'],
    hostProc: '/proc',
    busybox,
    ...overrides,
  };
  return [process.execPath, script, verb, JSON.stringify(request)].map((word) => `'${word}'`).join(' ');
}

/** Shell words that run the command in a mount namespace of its own, as a container is. */
function inContainer(command: string): string {
  return `unshare --mount --propagation slave ${command}`;
}

function without(capabilities: string, command: string): string {
  return `setpriv --bounding-set ${capabilities} --inh-caps ${capabilities} ${command}`;
}

/** Prints the mount table of the shell that runs it. */
const lookHere = 'echo; cat /proc/$$/mountinfo; echo';

interface NodeRun {
  /** One for each run of the sharing code. */
  readonly sharings: Sharing[];
  /** One for each look. */
  readonly tables: Mount[][];
}

/**
 * Runs the shell code as PID 1 of a node: with its own process ids, and a private tree of mounts that has one tmpfs on
 * /mnt/needed and one on /mnt/other. All of it is gone when the code ends.
 */
async function onNode(...commands: string[]): Promise<NodeRun> {
  const prelude = [
    'set -e',
    'mount -t tmpfs node /mnt',
    'mkdir /mnt/needed /mnt/other',
    'mount -t tmpfs needed /mnt/needed',
    'mount -t tmpfs other /mnt/other',
    'mount --make-rprivate /',
  ];
  const args = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  // The last word keeps the shell from giving its place, PID 1, to the command before.
  const code = [...prelude, ...commands, 'exit 0'].join('\n');
  const { stdout } = await promisify(execFile)('unshare', [...args, 'sh', '-c', code], { timeout: 30_000 });
  const blocks = stdout.split(/\n\n|(?<=\})\n/).map((block) => block.trim());
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by our own script
    sharings: blocks.filter((block) => block.startsWith('{')).map((block) => JSON.parse(block) as Sharing),
    tables: blocks.filter((block) => /^\d/.test(block)).map(parseMountinfo),
  };
}

function propagationsOf(table: readonly Mount[] | undefined): Set<string> {
  return new Set(table?.map(propagationOf));
}

function propagationAt(table: readonly Mount[] | undefined, mountPoint: string): string | undefined {
  const mount = table?.findLast((candidate) => candidate.mountPoint === mountPoint);
  return mount === undefined ? undefined : propagationOf(mount);
}

describeWhere(missingHere(), 'sharing mounts in real namespaces', () => {
  it('makes the private root of the node shared, from inside a container', async () => {
    const { sharings, tables } = await onNode(lookHere, inContainer(sharing('share')), lookHere);
    expect(propagationsOf(tables[0])).toEqual(new Set(['private']));
    expect(propagationsOf(tables[1])).toEqual(new Set(['shared']));
    expect(sharings[0]).toMatchObject({
      shared: true,
      findings: [],
      mounts: [
        { path: '/', mountPoint: '/', before: 'private', after: 'shared', target: 'runtime' },
        {
          path: '/mnt/needed/x',
          mountPoint: '/mnt/needed',
          before: 'private',
          after: 'shared',
          target: 'runtime',
        },
      ],
    });
    expect(sharings[0]?.changed).toEqual(expect.arrayContaining(['/', '/mnt/needed', '/mnt/other']));
    expect(sharings[0]?.changed[0]).toBe('/');
  });

  it('starts no program the second time, and changes nothing', async () => {
    const { sharings, tables } = await onNode(
      inContainer(sharing('share')),
      lookHere,
      inContainer(sharing('share', { busybox: '/nonexistent/busybox' })),
      lookHere,
    );
    expect(sharings[1]).toMatchObject({ shared: true, changed: [], findings: [] });
    expect(tables[1]).toEqual(tables[0]);
  });

  it('touches only the needed mount under targeted', async () => {
    const request = { mode: 'targeted', paths: ['/mnt/needed/not/there/yet'] } as const;
    const { sharings, tables } = await onNode(inContainer(sharing('share', request)), lookHere);
    expect(sharings[0]).toMatchObject({ shared: true, changed: ['/mnt/needed'], findings: [] });
    expect(propagationAt(tables[0], '/mnt/needed')).toBe('shared');
    expect(propagationAt(tables[0], '/mnt/other')).toBe('private');
    expect(propagationAt(tables[0], '/')).toBe('private');
  });

  it('repairs the namespace of a runtime that has its own, and that of PID 1', async () => {
    const runtime = ['set -e', inContainer(sharing('share')), lookHere].join('\n').replaceAll("'", `'\\''`);
    const { sharings, tables } = await onNode(
      `unshare --mount --propagation slave sh -c '${runtime}'`,
      lookHere,
    );
    expect(sharings[0]).toMatchObject({ shared: true, findings: [] });
    expect(new Set(sharings[0]?.mounts.map(({ target }) => target))).toEqual(new Set(['runtime', 'pid 1']));
    expect(tables).toHaveLength(2);
    for (const table of tables) expect(propagationAt(table, '/')).toBe('shared');
  });

  it('makes a slave shared as well: Bidirectional needs it', async () => {
    const runtime = ['set -e', inContainer(sharing('share')), lookHere].join('\n').replaceAll("'", `'\\''`);
    const { sharings, tables } = await onNode(
      'mount --make-rshared /',
      `unshare --mount --propagation slave sh -c '${runtime}'`,
    );
    expect(sharings[0]?.mounts[0]).toMatchObject({
      before: 'slave',
      after: 'shared-slave',
      target: 'runtime',
    });
    expect(propagationAt(tables[0], '/')).toBe('shared-slave');
  });

  it('follows the links of the node, not those of the container', async () => {
    const container = `sh -c 'mount -t tmpfs container /mnt; exec "$@"' sh ${sharing('share', {
      mode: 'targeted',
      paths: ['/mnt/link/x'],
    })}`;
    const { sharings } = await onNode('ln -s /mnt/needed /mnt/link', inContainer(container));
    expect(sharings[0]).toMatchObject({
      shared: true,
      changed: ['/mnt/needed'],
      mounts: [{ path: '/mnt/link/x', mountPoint: '/mnt/needed' }],
    });
  });

  it('leaves a covered mount unshared under targeted, and says so; rshared reaches it', async () => {
    const { sharings } = await onNode(
      'mount -t tmpfs over /mnt/needed',
      inContainer(sharing('share', { mode: 'targeted' })),
      inContainer(sharing('share')),
    );
    expect(sharings[0]).toMatchObject({ shared: false, findings: [{ code: 'sharing-had-no-effect' }] });
    expect(sharings[1]).toMatchObject({ shared: true, findings: [] });
  });

  it('finds its way out through a shell and a procfs at another place', async () => {
    const container = `sh -c 'mkdir /mnt/proc; mount --rbind /proc /mnt/proc; "$@"; exit 0' sh ${sharing(
      'share',
      {
        hostProc: '/mnt/proc',
      },
    )}`;
    const { sharings, tables } = await onNode(inContainer(container), lookHere);
    expect(sharings[0]).toMatchObject({ shared: true, findings: [] });
    expect(propagationAt(tables[0], '/')).toBe('shared');
  });

  it('needs no hostPID: the procfs of the node, mounted read-only, is enough', async () => {
    const hostProc = '/mnt/host-proc';
    const enter = [
      `mkdir ${hostProc}`,
      `mount --bind /proc ${hostProc}`,
      `mount -o remount,bind,ro ${hostProc}`,
      'exec unshare --pid --fork --mount-proc "$@"',
    ].join('; ');
    const container = `sh -c '${enter}' sh ${sharing('share', { hostProc })}`;
    const { sharings, tables } = await onNode(inContainer(container), lookHere);
    expect(sharings[0]).toMatchObject({ shared: true, findings: [], mounts: [{ target: 'runtime' }, {}] });
    expect(propagationsOf(tables[0])).toEqual(new Set(['shared']));
  });

  it('shares its own namespace when it does not run in a container', async () => {
    const { sharings, tables } = await onNode(sharing('share'), lookHere);
    expect(sharings[0]).toMatchObject({ shared: true, findings: [] });
    expect(new Set(sharings[0]?.mounts.map(({ target }) => target))).toEqual(new Set(['pid 1']));
    expect(propagationsOf(tables[0])).toEqual(new Set(['shared']));
  });

  it.each(['sys_ptrace', 'sys_admin', 'sys_chroot'])(
    'names %s when exactly that is missing',
    async (name) => {
      const { sharings, tables } = await onNode(inContainer(without(`-${name}`, sharing('share'))), lookHere);
      expect(sharings[0]).toMatchObject({
        shared: false,
        changed: [],
        findings: [{ code: 'namespace-not-enterable' }],
      });
      const named = sharings[0]?.findings[0]?.hint?.match(/SYS_[A-Z]+/g);
      expect(named).toEqual([name.toUpperCase()]);
      expect(propagationsOf(tables[0])).toEqual(new Set(['private']));
    },
  );

  it('needs no more than SYS_ADMIN, SYS_CHROOT and SYS_PTRACE', async () => {
    const just = '-all,+sys_admin,+sys_chroot,+sys_ptrace';
    const { sharings } = await onNode(inContainer(without(just, sharing('share'))));
    expect(sharings[0]).toMatchObject({ shared: true, findings: [] });
  });

  it('needs no capability at all to see that everything is shared', async () => {
    const { sharings } = await onNode(
      'mount --make-rshared /',
      inContainer(without('-all', sharing('share'))),
      inContainer(without('-all', sharing('inspect'))),
    );
    expect(sharings).toHaveLength(2);
    for (const seen of sharings) expect(seen).toMatchObject({ shared: true, changed: [], findings: [] });
  });

  it('is not fooled by a program that shares only what it sees itself', async () => {
    const standIn = `#!/bin/sh\\nexec ${busybox} mount --make-rshared /\\n`;
    const { sharings, tables } = await onNode(
      `printf '${standIn}' > /mnt/busybox; chmod +x /mnt/busybox`,
      inContainer(sharing('share', { busybox: '/mnt/busybox' })),
      lookHere,
    );
    expect(sharings[0]).toMatchObject({ shared: false, findings: [{ code: 'sharing-had-no-effect' }] });
    expect(propagationsOf(tables[0])).toEqual(new Set(['private']));
  });

  it('changes nothing when it only inspects', async () => {
    const { sharings, tables } = await onNode(lookHere, inContainer(sharing('inspect')), lookHere);
    expect(sharings[0]).toMatchObject({ shared: false, findings: [{ code: 'mount-not-shared' }] });
    expect(tables[1]).toEqual(tables[0]);
  });
});
