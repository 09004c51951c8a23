// Promises of a node that stays proved: whatever is done to a plugin is undone, and what others mean is left to them.

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import { describeWhere, missingCommands, missingForRoot } from '../support/needs.ts';
import { plugin } from '../support/plugins.ts';
import { archiveName, layOut, soundRelease } from '../support/release-archives.ts';
import { namesIn } from '../support/snapshot.ts';
import { judged } from '../support/promtool.ts';
import { startWatch, valueOf, type Watch } from '../support/watch.ts';
import { eventually } from '../throwaway-node/eventually.ts';

const version = 'v1.9.1';

/** What a busy machine may add to the three seconds that are promised on a quiet one. */
const patienceMs = 15_000;

async function installed(node: TestNode, release = version): Promise<void> {
  const entries = soundRelease(release);
  const { sha256 } = layOut(join(node.archives, release, archiveName(release)), entries);
  const args = ['--archive', node.archives, '--cni-version', release, '--sha256', sha256];
  expect(await runInstaller(node, args)).toMatchObject({ exitStatus: 0 });
}

function isWhole(node: TestNode, name: string): boolean {
  const path = join(node.binDir, name);
  const stats = statSync(path, { throwIfNoEntry: false });
  return (
    stats?.isFile() === true && (stats.mode & 0o7777) === 0o755 && readFileSync(path).equals(plugin(name))
  );
}

function putBack(node: TestNode, name: string): Promise<true> {
  return eventually(`${name} is back`, patienceMs, async () => isWhole(node, name) || undefined);
}

describe('a plugin that somebody', () => {
  /** What is done to it, and what it is called then. */
  const deeds: Readonly<Record<string, readonly [reason: string, deed: (path: string) => void]>> = {
    removes: ['absent', (path) => rmSync(path)],
    'moves away': ['absent', (path) => renameSync(path, `${path}.old`)],
    'takes the execute bit from': ['not-executable', (path) => chmodSync(path, 0o644)],
    empties: ['broken', (path) => truncateSync(path)],
    truncates: ['broken', (path) => truncateSync(path, 5000)],
    'makes a link that leads nowhere': [
      'broken',
      (path) => {
        rmSync(path);
        symlinkSync('/nowhere', path);
      },
    ],
    'appends to': ['changed', (path) => appendFileSync(path, 'more')],
    'replaces by rename': [
      'changed',
      (path) => {
        writeFileSync(`${path}.new`, plugin('macvlan', { version: 'v1.6.2' }), { mode: 0o755 });
        renameSync(`${path}.new`, path);
      },
    ],
    'gives setuid to': ['changed', (path) => chmodSync(path, 0o4755)],
  };

  it.each(Object.keys(deeds))('%s is put back, whole, and counted by what was wrong', async (name) => {
    const [reason, deed] = deeds[name] ?? ['', () => undefined];
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    deed(join(node.binDir, 'macvlan'));
    await putBack(node, 'macvlan');
    await eventually('it is counted', patienceMs, async () =>
      (await watch.metric(`repairs_total{plugin="macvlan",reason="${reason}"}`)) === 1 ? true : undefined,
    );
    await eventually('it is known to be intact', patienceMs, async () =>
      (await watch.metric('plugin_state{plugin="macvlan",state="intact"}')) === 1 ? true : undefined,
    );
    expect((await watch.ask('/readyz')).status).toBe(200);
  });

  it('puts a directory in the place of is told, and nothing is damaged', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    rmSync(join(node.binDir, 'macvlan'));
    mkdirSync(join(node.binDir, 'macvlan/mine'), { recursive: true });
    await watch.says('macvlan');
    await eventually('it is not ready', patienceMs, async () =>
      (await watch.ask('/readyz')).status === 503 ? true : undefined,
    );
    expect(existsSync(join(node.binDir, 'macvlan/mine'))).toBe(true);
    expect((await watch.ask('/healthz')).status).toBe(200);
  });
});

/** As the chart has it: a root that may open no more than any owner. */
const withoutRights = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

describeWhere(missingForRoot() ?? missingCommands(['setpriv']), 'a watch without any capability', () => {
  it('puts back a plugin that it may not even read, and what is gone beside it', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node, [], { within: withoutRights });
    chmodSync(join(node.binDir, 'macvlan'), 0);
    rmSync(join(node.binDir, 'bridge'));
    await putBack(node, 'macvlan');
    await putBack(node, 'bridge');
    await eventually('it is counted', patienceMs, () =>
      watch
        .metric('repairs_total{plugin="macvlan",reason="not-executable"}')
        .then((count) => count || undefined),
    );
    expect((await watch.ask('/readyz')).status).toBe(200);
  });
});

it('a directory that somebody empties is filled again, all plugins of it, from the store', async () => {
  using node = createNode();
  await installed(node);
  await using watch = await startWatch(node);
  for (const name of ['bridge', 'macvlan', 'static']) rmSync(join(node.binDir, name));
  for (const name of ['bridge', 'macvlan', 'static']) await putBack(node, name);
  expect(await watch.metric('repairs_total{plugin="static",reason="absent"}')).toBe(1);
});

describe('what another verb does', () => {
  it('is not undone: what was uninstalled stays away', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    expect(await runInstaller(node, ['uninstall'])).toMatchObject({ exitStatus: 0 });
    await delay(4_000);
    expect(namesIn(node.binDir)).toEqual([]);
    expect((await watch.ask('/readyz')).status).toBe(200);
  });

  it('is followed without a restart: another release, and back', async () => {
    using node = createNode();
    await installed(node, 'v1.6.2');
    await using watch = await startWatch(node);
    const stands = (release: string) =>
      eventually(`${release} is known`, patienceMs, async () => {
        const state: unknown = JSON.parse((await watch.ask('/v1/state')).text);
        return (state as { version: string }).version === release ? true : undefined;
      });
    await installed(node);
    await stands(version);
    rmSync(join(node.binDir, 'bridge'));
    await putBack(node, 'bridge');
    expect(await runInstaller(node, ['rollback'])).toMatchObject({ exitStatus: 0 });
    await stands('v1.6.2');
    expect(readFileSync(join(node.binDir, 'bridge')).equals(plugin('bridge', { version: 'v1.6.2' }))).toBe(
      true,
    );
  });
});

it('somebody who writes a working plugin again and again is named, and then left in peace', async () => {
  using node = createNode();
  await installed(node);
  await using watch = await startWatch(node, ['--repair-budget', '1']);
  const rivals = plugin('macvlan', { version: 'v1.6.2' });
  const path = join(node.binDir, 'macvlan');
  const write = (): void => {
    writeFileSync(`${path}.new`, rivals, { mode: 0o755 });
    renameSync(`${path}.new`, path);
  };
  write();
  await putBack(node, 'macvlan');
  write();
  await watch.says('v1.6.2');
  expect(await watch.metric('plugin_contended{plugin="macvlan"}')).toBe(1);
  expect(readFileSync(path).equals(rivals)).toBe(true);
  expect((await watch.ask('/readyz')).status).toBe(200);
});

describe('where drift is only reported', () => {
  it('nothing is written, and the probe says which plugin it is', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node, ['--on-drift', 'report']);
    rmSync(join(node.binDir, 'macvlan'));
    const answer = await eventually('it is not ready', patienceMs, async () => {
      const said = await watch.ask('/readyz');
      return said.status === 503 ? said : undefined;
    });
    expect(answer.text).toContain('macvlan is not there');
    expect(existsSync(join(node.binDir, 'macvlan'))).toBe(false);
  });
});

describe('its end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s is 0, with everything left in place', async (signal) => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    watch.process.kill(signal);
    expect(await watch.ended).toMatchObject({ exitStatus: 0, report: { outcome: 'unchanged', version } });
    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', 'bridge', 'macvlan', 'static']);
    expect(namesIn(node.stateDir)).not.toContain('tmp');
  });

  it('is 0 when the bin dir is removed and made anew, and the next start counts it', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    rmSync(node.binDir, { recursive: true });
    mkdirSync(node.binDir);
    const run = await watch.ended;
    expect(run).toMatchObject({ exitStatus: 0 });
    expect(run.report?.warnings?.join(' ')).toContain('was replaced');
    await using again = await startWatch(node);
    expect(await again.metric('bin_dir_detached_total')).toBe(1);
  });
});

describe('a usage error', () => {
  it('is a port that is taken, by the name of the option', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    const run = await runInstaller(node, ['watch', '--listen', watch.address]);
    expect(run).toMatchObject({ exitStatus: 2, report: { error: { code: 'listen-refused' } } });
    expect(run.stderr).toContain('--listen');
  });

  it.each([
    ['--listen', 'nowhere'],
    ['--listen', '127.0.0.1:0'],
    ['--listen', '127.0.0.1:70000'],
    ['--period', '0'],
    ['--period', '0s'],
    ['--period', '10ms'],
    ['--on-drift', 'ignore'],
    ['--repair-budget', '-1'],
    ['--timeout', '5m'],
    ['--output', 'metrics'],
  ])('is %s %s', async (option, value) => {
    using node = createNode();
    const run = await runInstaller(node, ['watch', option, value]);
    expect(run).toMatchObject({ exitStatus: 2 });
    expect(run.stderr).toContain(option);
  });

  it('is an address that this machine does not have', async () => {
    using node = createNode();
    const run = await runInstaller(node, ['watch', '--listen', `203.0.113.7:${await freePort()}`]);
    expect(run).toMatchObject({ exitStatus: 2, report: { error: { code: 'listen-refused' } } });
  });
});

describeWhere(missingForRoot() ?? missingCommands(['unshare']), 'without inotify', () => {
  /** A user namespace has a limit of its own, so that nobody else on the machine goes without. */
  const withoutInotify = [
    'unshare',
    '--user',
    '--map-root-user',
    'sh',
    '-ec',
    'echo 0 >/proc/sys/user/max_inotify_instances; exec "$@"',
    'sh',
  ];

  it('looks are more frequent instead: said once, counted, and drift is repaired all the same', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node, [], { within: withoutInotify });
    expect(await watch.metric('watch_mode{mode="polling"}')).toBe(1);
    expect((await watch.ask('/readyz')).status).toBe(200);
    rmSync(join(node.binDir, 'macvlan'));
    await eventually('it is back', 25_000, async () => isWhole(node, 'macvlan') || undefined);
    watch.process.kill('SIGTERM');
    expect((await watch.ended).stderr).toContain('fs.inotify.max_user_instances');
  });
});

describe('twenty thousand events in a second', () => {
  /** Three events each: made, written, removed. */
  function bustle(node: TestNode, events: number): void {
    for (let index = 0; index < events / 3; index += 1) {
      const path = join(node.binDir, `foreign-${index % 10}`);
      writeFileSync(path, 'x');
      rmSync(path);
    }
  }

  async function secondsOf(watch: Watch): Promise<number> {
    const metrics = (await watch.ask('/metrics')).text;
    return Number(/^process_cpu_seconds_total (\S+)$/m.exec(metrics)?.[1]);
  }

  /** Of events; the first looks after a start are audits of their own. */
  async function auditsOf(watch: Watch): Promise<number> {
    const metrics = (await watch.ask('/metrics')).text;
    const counts = metrics.matchAll(/audits_total\{trigger="event",result="\w+"\} (\d+)/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  it('cost less than a second of the processor and two audits, and nothing is lost', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    const before = await secondsOf(watch);
    bustle(node, 21_000);
    rmSync(join(node.binDir, 'macvlan'));
    await putBack(node, 'macvlan');
    expect((await secondsOf(watch)) - before).toBeLessThan(1);
    expect(await watch.metric('audits_total{trigger="event",result="drifted"}')).toBe(1);
  });

  it("that are more than the kernel's queue takes lose nothing: what comes after them is seen", async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    const [seconds, audits] = [await secondsOf(watch), await auditsOf(watch)];
    watch.process.kill('SIGSTOP');
    bustle(node, queue + 3_000);
    rmSync(join(node.binDir, 'macvlan'));
    watch.process.kill('SIGCONT');
    await putBack(node, 'macvlan');
    expect((await secondsOf(watch)) - seconds).toBeLessThan(1);
    await eventually('it is known to be intact', patienceMs, async () =>
      (await watch.metric('plugin_state{plugin="macvlan",state="intact"}')) === 1 ? true : undefined,
    );
    expect((await auditsOf(watch)) - audits).toBeLessThanOrEqual(2);
  });
});

describeWhere(missingCommands(['promtool']), 'the metrics', () => {
  it('pass the judgement of promtool, those of verify too', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);
    const { text } = await watch.ask('/metrics');
    const verified = await runInstaller(node, ['verify', '--output', 'metrics']);
    expect([judged(text), judged(verified.stdout)]).toEqual(['', '']);
    const names = (metrics: string): string[] => metrics.match(/^cni_plugins_installer_\w+/gm) ?? [];
    expect(names(text)).toEqual(expect.arrayContaining(names(verified.stdout)));
  });
});

/** Where nobody listens: each write is one that did not succeed. */
const unheard = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1', NODE_NAME: 'a' };

describeWhere(missingCommands(['promtool']), 'the metrics of what Kubernetes is told', () => {
  it('are there from the start for what is to be written, count what was not heard, and please promtool', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node, ['--node-condition', '--events'], { env: unheard });
    const { text } = await watch.ask('/metrics');

    expect(valueOf('api_writes_total{object="condition",result="ok"}', text)).toBe(0);
    expect(valueOf('api_writes_total{object="event",result="forbidden"}', text)).toBe(0);
    expect(text).not.toContain('object="taint"');
    expect(judged(text)).toBe('');

    rmSync(join(node.binDir, 'macvlan'));
    const unwritten = 'api_writes_total{object="event",result="no-token"}';
    await eventually('a write that failed', 30_000, async () =>
      (await watch.metric(unwritten)) ? true : undefined,
    );
  });

  it('are not there where nothing is told', async () => {
    using node = createNode();
    await installed(node);
    await using watch = await startWatch(node);

    expect((await watch.ask('/metrics')).text).not.toContain('api_writes_total{');
  });
});
