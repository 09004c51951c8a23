// Promise: a watch that the disk or somebody else hinders goes on, says so seldom, counts it, and repairs once it is let.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, it, vi } from 'vitest';
import { describeWhere, listed, missingCommands } from '../support/needs.ts';
import type { Watch } from '../support/watch.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import { binDirFacts } from './node-facts.ts';
import { layOutReleases, type Releases, scenarioOf } from './scenarios.ts';
import { SmallDisk } from './small-disk.ts';
import { missingForStrikes } from './struck-run.ts';

/** A repair that failed is tried again after a minute; the rest is for a busy machine. */
const patienceMs = 240_000;

interface Obstacle {
  readonly disk: () => Promise<SmallDisk>;
  /** Returns what takes the obstacle away again. */
  readonly raise: (disk: SmallDisk, watch: Watch) => Promise<() => Promise<void> | void>;
  readonly reason: string;
  readonly words: string;
}

const obstacles: Readonly<Record<string, Obstacle>> = {
  'is full': {
    disk: () => SmallDisk.mount({ size: '1m' }),
    raise: async (disk) => {
      disk.fillExcept(0);
      return () => rmSync(join(disk.node.binDir, 'filling'));
    },
    reason: 'space',
    words: 'no space left for the plugins',
  },
  'is over its quota': {
    disk: () => SmallDisk.mountWithQuota(),
    raise: async (disk) => {
      disk.limit('16k');
      return () => disk.limit('none');
    },
    reason: 'space',
    words: 'disk quota exceeded (EDQUOT)',
  },
  'became read-only': {
    disk: () => SmallDisk.mount({}),
    raise: async (disk) => {
      disk.remount('ro');
      return () => disk.remount('rw');
    },
    reason: 'read-only',
    words: 'read-only',
  },
  'can not write': {
    disk: () => SmallDisk.mount({}),
    raise: (_disk, watch) => failing('fsync', watch),
    reason: 'other',
    words: 'input/output error (EIO)',
  },
};

/** From now on the system call fails in the watch, as it does on a disk that dies. */
async function failing(call: string, { process: { pid } }: Watch): Promise<() => Promise<void>> {
  const words = ['-f', '-p', String(pid), '-e', `trace=${call}`, '-e', `inject=${call}:error=EIO`];
  const strace = spawn('strace', [...words, '-o', '/dev/null'], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(strace.stderr, 'data');
  return async () => {
    const ended = once(strace, 'exit');
    strace.kill('SIGTERM');
    await ended;
  };
}

const missing = [missingForStrikes(), missingCommands(['mkfs.btrfs', 'btrfs', 'bindfs'])].filter(
  (one) => one !== undefined,
);

function untilReady(watch: Watch, ready: boolean): Promise<true> {
  return eventually(`readiness is ${ready}`, patienceMs, async () =>
    ((await watch.ask('/readyz')).status === 200) === ready ? true : undefined,
  );
}

function untilLive(watch: Watch, live: boolean): Promise<true> {
  return eventually(`liveness is ${live}`, patienceMs, async () =>
    ((await watch.ask('/healthz')).status === 200) === live ? true : undefined,
  );
}

/** They wait, most of them for the same minute. */
vi.setConfig({ maxConcurrency: 10 });

describeWhere(listed(missing), 'a watch', () => {
  let releases: Releases;
  let first: readonly string[];
  beforeAll(() => {
    releases = layOutReleases();
    first = scenarioOf('first install', releases).verb;
  });
  afterAll(() => releases[Symbol.dispose]());

  async function installedOn(mounting: Promise<SmallDisk>): Promise<SmallDisk> {
    const disk = await mounting;
    const { exitStatus, stderr } = await disk.run(first);
    if (exitStatus !== 0) throw new Error(stderr);
    return disk;
  }

  it.concurrent.for(Object.keys(obstacles))(
    'whose disk %s goes on, says so once a minute at most, counts it, and repairs once that is over',
    async (name, { expect }) => {
      const { disk: mount, raise, reason, words } = obstacles[name] as Obstacle;
      await using disk = await installedOn(mount());
      const before = binDirFacts(disk.node);
      await using watch = await disk.watch();
      const failures = `repair_failures_total{plugin="macvlan",reason="${reason}"}`;

      watch.process.kill('SIGSTOP');
      for (const plugin of ['bridge', 'macvlan']) rmSync(join(disk.node.binDir, plugin));
      const clear = await raise(disk, watch);
      watch.process.kill('SIGCONT');
      await untilReady(watch, false);
      await eventually('it is counted', patienceMs, () => watch.metric(failures));
      expect((await watch.ask('/healthz')).status).toBe(200);
      await clear();
      const failed = await watch.metric(failures);
      await untilReady(watch, true);

      watch.process.kill('SIGTERM');
      const { exitStatus, stderr } = await watch.ended;
      const told = stderr.split('\n').filter((line) => line.includes('could not be put back'));
      expect(exitStatus).toBe(0);
      expect(binDirFacts(disk.node)).toEqual(before);
      expect(told[0]).toContain(`bridge, macvlan could not be put back: `);
      expect(told[0]).toContain(words);
      expect(told.length).toBeLessThanOrEqual(failed ?? 0);
    },
  );

  it.concurrent('whose disk hangs is not live, though it answers, and is again once the disk answers', async ({
    expect,
  }) => {
    await using disk = await installedOn(SmallDisk.mountServed());
    const before = binDirFacts(disk.node);
    await using watch = await disk.watch();

    disk.signalServer('SIGSTOP');
    rmSync(join(disk.served, 'macvlan'));
    await untilLive(watch, false);
    expect((await watch.ask('/metrics')).status).toBe(200);
    expect((await watch.ask('/v1/state')).status).toBe(200);
    disk.signalServer('SIGCONT');
    await untilLive(watch, true);

    await eventually('macvlan was put back', patienceMs, async () =>
      (await watch.metric('repairs_total{plugin="macvlan",reason="absent"}')) === 1 ? true : undefined,
    );
    watch.process.kill('SIGTERM');
    expect(await watch.ended).toMatchObject({ exitStatus: 0 });
    expect(binDirFacts(disk.node)).toEqual(before);
  });

  it.concurrent('whose disk fails whatever it is asked goes on, says so, counts it, and is not live', async ({
    expect,
  }) => {
    await using disk = await installedOn(SmallDisk.mountServed());
    await using watch = await disk.watch();
    const said = watch.says('could not be audited');

    disk.signalServer('SIGKILL');
    await said;
    await untilLive(watch, false);

    const metrics = (await watch.ask('/metrics')).text;
    expect(metrics).toMatch(/audits_total\{trigger="\w+",result="failed"\} [1-9]/);
    watch.process.kill('SIGTERM');
    const { exitStatus, stderr } = await watch.ended;
    expect(exitStatus).toBe(0);
    expect(stderr).toMatch(/could not be audited: .*ENOTCONN/);
  });

  it.concurrent('whose plugin is removed again and again puts it back once a minute, and is not ready meanwhile', async ({
    expect,
  }) => {
    await using disk = await installedOn(SmallDisk.mount({}));
    const before = binDirFacts(disk.node);
    await using watch = await disk.watch(['--repair-budget', '1']);
    const repairs = (count: number): Promise<true> =>
      eventually(`it was put back ${count} times`, patienceMs, async () =>
        (await watch.metric('repairs_total{plugin="macvlan",reason="absent"}')) === count ? true : undefined,
      );
    const contended = (): Promise<number | undefined> => watch.metric('plugin_contended{plugin="macvlan"}');

    rmSync(join(disk.node.binDir, 'macvlan'));
    await repairs(1);
    const said = watch.says('macvlan is contended: somebody removes it again and again');
    rmSync(join(disk.node.binDir, 'macvlan'));
    await said;
    await untilReady(watch, false);
    expect(await contended()).toBe(1);

    await repairs(2);
    await untilReady(watch, true);
    watch.process.kill('SIGTERM');
    await watch.ended;
    expect(binDirFacts(disk.node)).toEqual(before);
  });
});
