// Promises of sharing mounts, on fake nodes: what is entered, what is run there, and what is made of the answer.

import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../../src/lib/log.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { inspectMounts, shareNeededMounts, type SharingRequest } from '../../../../src/node/mounts/mounts.ts';
import { type FakeProcess, layOutProcfs, writeStandIn } from './fixtures/fake-procfs.ts';

/** Mount tables of three namespaces have no mount id in common, as in a kernel. */
function table(firstId: number, propagation: string): string {
  const fields = propagation === '' ? '' : ` ${propagation}`;
  return [
    `${firstId} 1 8:1 / / rw,relatime${fields} - ext4 /dev/sda1 rw`,
    `${firstId + 1} ${firstId} 0:22 / /run rw,nosuid${fields} - tmpfs tmpfs rw`,
    '',
  ].join('\n');
}

const node = { init: 1, runtime: 20, shell: 30, own: 31 } as const;

function processes(overrides: Partial<Record<keyof typeof node, Partial<FakeProcess>>> = {}) {
  return {
    [node.init]: { parent: 0, namespace: 100, mountinfo: table(20, ''), ...overrides.init },
    [node.runtime]: { parent: 1, namespace: 100, mountinfo: table(20, ''), ...overrides.runtime },
    [node.shell]: { parent: 20, namespace: 300, mountinfo: table(60, 'master:4'), ...overrides.shell },
    [node.own]: { parent: 30, namespace: 300, mountinfo: table(60, 'master:4'), ...overrides.own },
  };
}

describe('sharing mounts', () => {
  let directory = '';
  let hostProc = '';
  let busybox = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sharing-'));
    hostProc = join(directory, 'proc');
    busybox = join(directory, 'busybox');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function request(overrides: Partial<SharingRequest> = {}): SharingRequest {
    return { mode: 'rshared', paths: ['/', '/run/netns'], hostProc, busybox, ...overrides };
  }

  function effects(signal: AbortSignal = new AbortController().signal) {
    return { log: silentLog, signal };
  }

  /** Shell code that changes the table of the process whose namespace is entered, as the kernel would. */
  const sharesAll = String.raw`table=$(echo "$*" | sed 's,.*--mount=\([^ ]*\)/ns/mnt.*,\1/mountinfo,'); sed -i 's, - , shared:1 - ,' "$table"`;

  it('enters the namespace of the parent outside the container, and runs our own busybox there', async () => {
    layOutProcfs(hostProc, node.own, processes({ init: { namespace: 100 }, runtime: { namespace: 200 } }));
    const standIn = writeStandIn(busybox, sharesAll);
    const sharing = await shareNeededMounts(request(), effects());
    expect(standIn.calls()).toEqual([
      `nsenter --mount=${hostProc}/20/ns/mnt -- /proc/31/root${busybox} mount --make-rshared /`,
      `nsenter --mount=${hostProc}/1/ns/mnt -- /proc/31/root${busybox} mount --make-rshared /`,
    ]);
    expect(sharing).toEqual({
      mode: 'rshared',
      shared: true,
      changed: ['/', '/run'],
      mounts: [
        { path: '/', mountPoint: '/', before: 'private', after: 'shared', target: 'runtime' },
        { path: '/run/netns', mountPoint: '/run', before: 'private', after: 'shared', target: 'runtime' },
        { path: '/', mountPoint: '/', before: 'private', after: 'shared', target: 'pid 1' },
        { path: '/run/netns', mountPoint: '/run', before: 'private', after: 'shared', target: 'pid 1' },
      ],
      findings: [],
    });
  });

  it('enters one namespace once when the runtime and PID 1 share it', async () => {
    layOutProcfs(hostProc, node.own, processes());
    const standIn = writeStandIn(busybox, sharesAll);
    const sharing = await shareNeededMounts(request(), effects());
    expect(standIn.calls()).toHaveLength(1);
    expect(sharing.mounts.map(({ target }) => target)).toEqual(['runtime', 'runtime']);
  });

  it('asks only for the mounts that are needed under targeted', async () => {
    layOutProcfs(hostProc, node.own, processes());
    const standIn = writeStandIn(busybox, 'exit 0');
    await shareNeededMounts(request({ mode: 'targeted', paths: ['/run/netns', '/run/lock'] }), effects());
    expect(standIn.calls().map((call) => call.replace(/.* mount /, ''))).toEqual(['--make-shared /run']);
  });

  it('goes by the real place of a busybox that is a symbolic link', async () => {
    layOutProcfs(hostProc, node.own, processes());
    const standIn = writeStandIn(busybox, sharesAll);
    symlinkSync(busybox, join(directory, 'link'));
    await shareNeededMounts(request({ busybox: join(directory, 'link') }), effects());
    expect(standIn.calls()[0]).toContain(`/proc/31/root${busybox} mount`);
  });

  it.each(['shared:1', 'shared:1 master:2'])(
    'starts nothing where every mount is %s',
    async (propagation) => {
      const mountinfo = table(20, propagation);
      layOutProcfs(hostProc, node.own, processes({ init: { mountinfo }, runtime: { mountinfo } }));
      const standIn = writeStandIn(busybox, '');
      const sharing = await shareNeededMounts(request(), effects());
      expect(standIn.calls()).toEqual([]);
      expect(sharing).toMatchObject({ shared: true, changed: [], findings: [] });
    },
  );

  it('starts nothing and complains about nothing under off, but says what it sees', async () => {
    layOutProcfs(hostProc, node.own, processes());
    const standIn = writeStandIn(busybox, '');
    const sharing = await shareNeededMounts(request({ mode: 'off' }), effects());
    expect(standIn.calls()).toEqual([]);
    expect(sharing).toMatchObject({ mode: 'off', shared: false, changed: [], findings: [] });
  });

  it('does not miss a procfs under off', async () => {
    const sharing = await shareNeededMounts(request({ mode: 'off' }), effects());
    expect(sharing).toEqual({ mode: 'off', shared: undefined, changed: [], mounts: [], findings: [] });
  });

  it('does not claim to know anything where the procfs is absent', async () => {
    const sharing = await shareNeededMounts(request(), effects());
    expect(sharing.shared).toBeUndefined();
    expect(sharing.findings).toMatchObject([{ code: 'host-proc-absent' }]);
    expect(sharing.findings[0]?.hint).toContain('hostPath /proc');
  });

  it('recognises that it does not run in a container at all', async () => {
    const here = { namespace: 100, mountinfo: table(20, '') };
    layOutProcfs(hostProc, node.own, processes({ shell: here, own: here }));
    const standIn = writeStandIn(busybox, sharesAll);
    const sharing = await shareNeededMounts(request({ paths: ['/'] }), effects());
    expect(standIn.calls()).toHaveLength(1);
    expect(standIn.calls()[0]).toContain(`--mount=${hostProc}/31/ns/mnt`);
    expect(sharing.mounts.map(({ target, after }) => [target, after])).toEqual([['pid 1', 'shared']]);
  });

  it('tells namespaces apart by mount ids where their links can not be read', async () => {
    layOutProcfs(hostProc, node.own, processes({ init: { namespace: undefined } }));
    const standIn = writeStandIn(busybox, sharesAll);
    const sharing = await shareNeededMounts(request(), effects());
    expect(standIn.calls()).toHaveLength(1);
    expect(sharing.findings).toEqual([]);
  });

  it('reports an unreadable PID 1, and repairs the namespace of the runtime all the same', async () => {
    const hidden = { namespace: undefined, mountinfo: undefined };
    layOutProcfs(hostProc, node.own, processes({ init: hidden }));
    writeStandIn(busybox, sharesAll);
    const sharing = await shareNeededMounts(request(), effects());
    expect(sharing.shared).toBe(true);
    expect(sharing.findings).toMatchObject([{ code: 'mounts-not-readable' }]);
    expect(sharing.findings[0]?.message).toContain('PID 1');
  });

  it('does not know about sharing where the mounts of the runtime can not be read', async () => {
    const hidden = { namespace: undefined, mountinfo: undefined };
    layOutProcfs(hostProc, node.own, processes({ init: hidden, runtime: hidden }));
    writeStandIn(busybox, sharesAll);
    const sharing = await shareNeededMounts(request(), effects());
    expect(sharing.shared).toBeUndefined();
    expect(sharing.findings.map(({ code }) => code)).toEqual(['mounts-not-readable', 'mounts-not-readable']);
  });

  it('does not throw for a mount table that it does not understand', async () => {
    layOutProcfs(hostProc, node.own, processes({ runtime: { mountinfo: 'garbage\n' } }));
    const sharing = await shareNeededMounts(request(), effects());
    expect(sharing.shared).toBeUndefined();
    expect(sharing.findings[0]).toMatchObject({ code: 'mounts-not-readable' });
  });

  it('misses a busybox only when there is something to share', async () => {
    layOutProcfs(hostProc, node.own, processes());
    for (const absent of [undefined, join(directory, 'absent')]) {
      const { shared, findings } = await shareNeededMounts(request({ busybox: absent }), effects());
      expect(shared).toBe(false);
      expect(findings).toMatchObject([{ code: 'busybox-absent' }]);
    }
  });

  it.each([
    ['changes nothing although it succeeds', 'exit 0', 'sharing-had-no-effect'],
    ['can not enter', 'echo "setns: Operation not permitted" >&2; exit 1', 'namespace-not-enterable'],
    ['can enter, but is refused the mount', 'case "$*" in *" true") ;; *) exit 32;; esac', 'mount-refused'],
    ['does not find itself from inside', 'exit 127', 'busybox-not-startable'],
    ['may not be executed from inside', 'exit 126', 'busybox-not-startable'],
    ['is killed', 'kill -9 $$', 'mount-unfinished'],
  ])('has a name for a busybox that %s', async (_, code, expected) => {
    layOutProcfs(hostProc, node.own, processes());
    writeStandIn(busybox, code);
    const sharing = await shareNeededMounts(request(), effects());
    expect(sharing).toMatchObject({ shared: false, changed: [], findings: [{ code: expected }] });
  });

  it('goes by what it reads, not by a failure on the way', async () => {
    layOutProcfs(hostProc, node.own, processes());
    writeStandIn(busybox, `case "$*" in *" true") ;; *) ${sharesAll}; exit 1;; esac`);
    const sharing = await shareNeededMounts(request(), effects());
    expect(sharing).toMatchObject({ shared: true, changed: ['/', '/run'], findings: [] });
  });

  it('names a namespace file that can not be opened before starting anything', async () => {
    layOutProcfs(
      hostProc,
      node.own,
      processes({ init: { namespace: undefined }, runtime: { namespace: undefined } }),
    );
    const standIn = writeStandIn(busybox, '');
    const sharing = await shareNeededMounts(request(), effects());
    expect(standIn.calls()).toEqual([]);
    expect(sharing.findings).toMatchObject([{ code: 'namespace-not-enterable' }]);
  });

  it('stops with the reason of the signal, and starts nothing after it', async () => {
    layOutProcfs(hostProc, node.own, processes());
    const standIn = writeStandIn(busybox, sharesAll);
    const reason = new Error('stopped');
    await expect(shareNeededMounts(request(), effects(AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(standIn.calls()).toEqual([]);
  });

  it('says at info what changed, and at debug what was right already', async () => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const log = createLog({ format: 'text', level: 'debug', now: () => 0, write });
    layOutProcfs(hostProc, node.own, processes());
    writeStandIn(busybox, sharesAll);
    const { signal } = new AbortController();
    await shareNeededMounts(request(), { log, signal });
    await shareNeededMounts(request(), { log, signal });
    expect(lines).toEqual([
      'Mount / was private and is shared now namespace=runtime paths=/\n',
      'Mount /run was private and is shared now namespace=runtime paths=/run/netns\n',
      'debug: Mount / is shared namespace=runtime paths=/\n',
      'debug: Mount /run is shared namespace=runtime paths=/run/netns\n',
    ]);
  });

  it('inspects without a busybox, and finds what is not shared', async () => {
    layOutProcfs(hostProc, node.own, processes());
    const sharing = await inspectMounts(request({ busybox: undefined }));
    expect(sharing).toMatchObject({ shared: false, changed: [], findings: [{ code: 'mount-not-shared' }] });
    expect(sharing.mounts).toMatchObject([
      { path: '/', before: 'private', after: 'private' },
      { path: '/run/netns', before: 'private', after: 'private' },
    ]);
  });
});
