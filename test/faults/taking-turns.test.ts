// Promise: installers that meet on a node take turns, whatever each of them wants and however the one before it ended.

import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/node/state/ledger.ts';
import {
  createNode,
  runInstaller,
  type RunningInstaller,
  startInstaller,
  type TestNode,
} from '../support/installer.ts';
import { plugin } from '../support/plugins.ts';
import { archiveName, layOut, packRelease, type ReleaseArchive } from '../support/release-archives.ts';
import { namesIn } from '../support/snapshot.ts';
import { startWatch, type Watch } from '../support/watch.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import { binDirFacts, type BinDirFacts } from './node-facts.ts';
import { copyOf, layOutReleases, type Releases, runToTheEnd, scenarioOf } from './scenarios.ts';

/** How long a process may take to end once nothing is in its way, on a machine that does much else. */
const aMomentMs = 10_000;

describe('installers that meet on a node', () => {
  it('leave the whole set of the last one, each of them having had its turn', async () => {
    using releases = layOutReleases();
    using node = createNode();
    const wishes = wishesOf(releases);
    const sets = await setsOf(wishes, node);

    const started = wishes.map((wish) => startInstaller(withOwnReport(node, wish), wish));
    const runs = await Promise.all(started.map(({ ended }) => ended));

    expect(runs.map(({ exitStatus, stderr }) => (exitStatus === 0 ? 0 : stderr))).toEqual(
      wishes.map(() => 0),
    );
    expect(sets).toContainEqual(binDirFacts(node));
    expect(namesIn(node.stateDir)).toEqual(['generations', 'ledger.json', 'store']);
    const ledger = JSON.parse(readFileSync(join(node.stateDir, 'ledger.json'), 'utf8')) as Ledger;
    expect(Object.keys(ledger.generation.plugins)).toEqual(Object.keys(binDirFacts(node)));
    // Every wish differs from every other: each turn was a change of its own, on top of the one before it.
    expect(ledger.generation.number).toBe(wishes.length);
    expect(new Set(await statesOf(node, ledger))).toEqual(new Set(['intact']));
  });

  it('wait for one that works, say for whom, and go on in the moment in which it is killed, though its child lives', async () => {
    using releases = layOutReleases();
    using node = createNode();
    const holder = await hangingInstaller(node);
    const waiting = startInstaller(node, wishesOf(releases)[0] ?? []);
    onTestFinished(() => void waiting.process.kill('SIGKILL'));
    await waiting.says(`waiting for another installer on this node: process ${holder.process.pid} in `);
    const killedAt = performance.now();
    holder.process.kill('SIGKILL');

    const run = await waiting.ended;

    expect(performance.now() - killedAt).toBeLessThan(aMomentMs);
    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(namesIn(node.stateDir)).toEqual(['generations', 'ledger.json', 'store']);
  });

  it('wait no longer than they were told to, and say for whom in vain', async () => {
    using releases = layOutReleases();
    using node = createNode();
    const holder = await hangingInstaller(node);

    const run = await startInstaller(node, [...(wishesOf(releases)[0] ?? []), '--timeout', '5s']).ended;

    expect(run).toMatchObject({ exitStatus: 6, report: { error: { code: 'node-locked' } } });
    expect(run.report?.error?.message).toContain(`process ${holder.process.pid} in `);
  });
});

const isWaiting = 'waiting for another installer on this node';

/** Each is followed by the deed that somebody else has their turn for, while the watch waits for its own. */
const deeds = ['upgrade', 'rollback', 'uninstall'] as const;

describe('a watch that waits for its turn to put a plugin back', () => {
  it.each(deeds)('finds what the %s before it has left, and does nothing against it', async (deed) => {
    using releases = layOutReleases();
    using node = createNode();
    const { prepare, verb } = scenarioOf(deed, releases);
    await prepare(node);
    using undisturbed = copyOf(node);
    await runToTheEnd(undisturbed, verb);
    await using watch = await startWatch(node);
    const holder = await hangingInstaller(node);
    const waits = watch.says(isWaiting);

    rmSync(join(node.binDir, 'bridge'));
    await waits;
    expect(await otherFirst(watch, holder, startInstaller(withOwnReport(node, verb), verb))).toBe(0);

    await untilKnown(watch, undisturbed);
    expect(binDirFacts(node)).toEqual(binDirFacts(undisturbed));
  });

  it('finds what was installed into a bin dir that was made anew, and does not put what was there before over it', async () => {
    using releases = layOutReleases();
    using node = createNode();
    const env = { CNI_PLUGINS_SPARE_STORE: join(node.directory, 'spare') };
    const { verb: first } = scenarioOf('first install', releases);
    const { verb: next } = scenarioOf('upgrade', releases);
    using undisturbed = createNode();
    await runToTheEnd(undisturbed, next);
    expect(await runInstaller(node, first, { env })).toMatchObject({ exitStatus: 0 });
    await using before = await startWatch(node, [], { env });
    rmSync(node.binDir, { recursive: true });
    mkdirSync(node.binDir);
    await before.ended;
    const holder = await hangingInstaller(node);

    await using watch = await startWatch(node, [], { env });
    // Until then it may be about to look who else is there, and would be met by the other one as one that works.
    await eventually('the watch waits', 15_000, async () =>
      watch.said().includes(isWaiting) ? true : undefined,
    );
    expect(await otherFirst(watch, holder, startInstaller(withOwnReport(node, next), next))).toBe(0);

    await untilKnown(watch, undisturbed);
    expect((await watch.ask('/metrics')).text).not.toMatch(/repair_failures_total\{.*\} [1-9]/);
    expect(binDirFacts(node)).toEqual(binDirFacts(undisturbed));
  });
});

/** The other one has its turn while the watch, which has decided what it will do, stands still. */
async function otherFirst(
  watch: Watch,
  holder: RunningInstaller,
  other: RunningInstaller,
): Promise<number | null> {
  watch.process.kill('SIGSTOP');
  await other.says(isWaiting);
  holder.process.kill('SIGKILL');
  const { exitStatus } = await other.ended;
  watch.process.kill('SIGCONT');
  return exitStatus;
}

async function untilKnown(watch: Watch, expected: TestNode): Promise<void> {
  const wanted = Object.keys(binDirFacts(expected));
  await eventually('the watch knows what it finds', 60_000, async () =>
    isDeepStrictEqual(intactIn((await watch.ask('/v1/state')).text), wanted) ? true : undefined,
  );
}

function intactIn(state: string): string[] {
  const { plugins } = JSON.parse(state) as {
    readonly plugins: readonly { readonly name: string; readonly state: string }[];
  };
  return plugins.filter((one) => one.state === 'intact').map(({ name }) => name);
}

/** What an audit says of each plugin of the set; it runs them. */
async function statesOf(node: TestNode, { generation: { plugins } }: Ledger): Promise<string[]> {
  const names = Object.keys(plugins).join(',');
  const { stdout } = await runInstaller(node, ['verify', '--output', 'json', '--plugins', names]);
  const audit = JSON.parse(stdout) as { readonly plugins: readonly { readonly state: string }[] };
  return audit.plugins.map(({ state }) => state);
}

/** Six wishes, no two alike. */
function wishesOf({ old, next }: Releases): string[][] {
  const wish = ({ path, sha256 }: ReleaseArchive, plugins: string): string[] => {
    return ['install', '--archive', path, '--sha256', sha256, '--plugins', plugins];
  };
  return ['bridge,macvlan', 'static,tap', 'bridge,dummy,macvlan,static,tap'].flatMap((plugins) => [
    wish(old, plugins),
    wish(next, plugins),
  ]);
}

/** What each wish comes to on a node of its own. */
async function setsOf(wishes: readonly string[][], empty: TestNode): Promise<BinDirFacts[]> {
  const sets: BinDirFacts[] = [];
  for (const wish of wishes) {
    using node = copyOf(empty);
    await runToTheEnd(node, wish);
    sets.push(binDirFacts(node));
  }
  return sets;
}

/** Each container has a termination log of its own. */
function withOwnReport(node: TestNode, wish: readonly string[]): TestNode {
  return {
    ...node,
    terminationLog: join(node.directory, `report-of-${wish.join('-').replaceAll('/', '_')}`),
  };
}

/** An installer that holds the lock, for it waits for a plugin to say something. */
async function hangingInstaller(node: TestNode): Promise<RunningInstaller> {
  const archive = packRelease({ macvlan: plugin('macvlan', { behaviour: 'hangs' }) });
  const { path, sha256 } = layOut(join(node.archives, archiveName('v1.9.1')), archive);
  const wish = ['install', '--archive', path, '--sha256', sha256, '--plugins', 'macvlan'];
  const installer = startInstaller(withOwnReport(node, ['hanging']), wish);
  onTestFinished(() => {
    installer.process.kill('SIGKILL');
    killWhatRunsIn(node);
  });
  await installer.says('verified ');
  return installer;
}

/** The plugin that hangs outlives an installer that was killed; it runs from the node's own directory. */
function killWhatRunsIn({ directory }: TestNode): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (programOf(pid)?.startsWith(`${directory}/`) === true) process.kill(Number(pid), 'SIGKILL');
  }
}

function programOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // A kernel thread, or a process that is just gone.
    return undefined;
  }
}
