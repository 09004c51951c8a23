// Promises about runs that are stopped, killed, timed out, or not alone: nothing half done, and the next one goes on.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createNode,
  refusalOf,
  type RunningInstaller,
  runInstaller,
  startInstaller,
  type TestNode,
} from '../support/installer.ts';
import { serve, serveDirectory, serveHalf } from '../support/mirror.ts';
import { describeWhere, missingForRoot } from '../support/needs.ts';
import { plugin, pluginNames } from '../support/plugins.ts';
import { archiveName, layOut, layOutRelease, soundRelease } from '../support/release-archives.ts';
import { namesIn, pluginsIn } from '../support/snapshot.ts';

const version = 'v1.9.1';

/** An installer that has the node's lock and waits for a mirror that sends half of the archive. */
async function stuckInstaller(node: TestNode): Promise<StuckInstaller> {
  const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
  const sent = Promise.withResolvers<void>();
  const mirror = await serveHalf(soundRelease(), sent.resolve);
  const args = ['--sha256', sha256, '--mirror'];
  const running = startInstaller(node, [...args, mirror.url]);
  await Promise.race([sent.promise, running.ended]);
  const dispose = async (): Promise<void> => {
    running.process.kill('SIGKILL');
    await running.ended;
    await mirror[Symbol.asyncDispose]();
  };
  return { ...running, args, [Symbol.asyncDispose]: dispose };
}

interface StuckInstaller extends RunningInstaller, AsyncDisposable {
  /** What another run on the node is called with; the mirror's URL follows. */
  readonly args: readonly string[];
}

describe('a run that is told to stop', () => {
  it.each<[signal: NodeJS.Signals, exitStatus: number]>([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])(
    'by %s exits with %i as a real exit status, says so, and has placed nothing',
    async (signal, exitStatus) => {
      using node = createNode();
      await using stuck = await stuckInstaller(node);

      stuck.process.kill(signal);
      const run = await stuck.ended;

      expect(run).toMatchObject({
        exitStatus,
        killedBy: null,
        report: { outcome: 'failed', error: { exitStatus, message: expect.stringContaining(signal) } },
      });
      expect(run.stderr).not.toMatch(/^\s*(error: +)?at /m);
      expect(pluginsIn(node.binDir)).toEqual([]);
    },
  );

  it('lets the next run have what was downloaded so far, and the whole set', async () => {
    using node = createNode();
    await using stuck = await stuckInstaller(node);
    stuck.process.kill('SIGTERM');
    await stuck.ended;
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, [...stuck.args, mirror.url]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });
});

describeWhere(missingForRoot(), 'the first process of a container that is told to stop', () => {
  it('exits with 143 as well', async () => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
    const sent = Promise.withResolvers<void>();
    await using mirror = await serveHalf(soundRelease(), sent.resolve);
    const words = ['--sha256', sha256, '--mirror', mirror.url];
    const within = ['unshare', '--pid', '--fork', '--kill-child'];
    const running = startInstaller(node, words, { within });
    await Promise.race([sent.promise, running.ended]);
    const [child = ''] = childrenOf(running.process.pid);

    process.kill(Number(child), 'SIGTERM');
    const run = await running.ended;

    expect(run).toMatchObject({ exitStatus: 143, report: { error: { exitStatus: 143 } } });
  });
});

describe('a run that is killed', () => {
  it('is no obstacle to the next one, which does not wait for it', async () => {
    using node = createNode();
    await using stuck = await stuckInstaller(node);
    stuck.process.kill('SIGKILL');
    await stuck.ended;
    await using mirror = await serveDirectory(node.archives);

    const run = await runInstaller(node, [...stuck.args, mirror.url]);

    expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
    expect(run.stderr).not.toContain('waiting');
    expect(namesIn(node.binDir)).toEqual(['.cni-plugins-installer', ...pluginNames]);
    expect(namesIn(node.stateDir)).toEqual(['generations', 'ledger.json', 'store']);
  });
});

describe('a run that takes too long', () => {
  it('ends at its --timeout with status 3 when it was the download that took the time', async () => {
    using node = createNode();
    await using mirror = await serveHalf(soundRelease(), () => undefined);

    const run = await runInstaller(node, [
      '--mirror',
      mirror.url,
      '--sha256',
      'a'.repeat(64),
      '--timeout',
      '2s',
    ]);

    expect(refusalOf(run)).toMatchObject({ exitStatus: 3, hint: expect.stringContaining('--timeout') });
    expect(pluginsIn(node.binDir)).toEqual([]);
  });
});

/** How they take turns when one is killed, or never ends: test/faults/taking-turns.test.ts. */
describe('two installers at once', () => {
  it('take turns: the second says on whom it waits, then finds nothing left to do', async () => {
    using node = createNode();
    const { sha256 } = layOut(join(node.archives, version, archiveName(version)), soundRelease());
    const asked = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    await using mirror = await serve((_request, response) => {
      asked.resolve();
      void letGo.promise.then(() => response.end(soundRelease()));
    });
    const words = ['--sha256', sha256, '--mirror', mirror.url];
    const first = startInstaller(node, words);
    await Promise.race([asked.promise, first.ended]);
    const second = startInstaller(node, words);
    await second.says(`waiting for another installer on this node: process ${first.process.pid}`);
    letGo.resolve();

    const runs = await Promise.all([first.ended, second.ended]);

    expect(runs.map(({ exitStatus }) => exitStatus)).toEqual([0, 0]);
    expect(mirror.asked).toHaveLength(1);
    expect(namesIn(node.stateDir)).toEqual(['generations', 'ledger.json', 'store']);
  });

  it('of which some uninstall all end well: what one takes away the next one makes again', async () => {
    using node = createNode();
    const { path, sha256 } = layOutRelease(node.archives);
    const install = ['--archive', path, '--sha256', sha256];

    for (const round of [1, 2, 3]) {
      const words = [install, ['uninstall'], install, ['uninstall'], ['uninstall']];
      const runs = await Promise.all(words.map((some) => startInstaller(node, some).ended));

      const ends = runs.map(({ exitStatus, stderr }) => (exitStatus === 0 ? 0 : stderr));
      expect([round, ...ends]).toEqual([round, 0, 0, 0, 0, 0]);
    }
  });
});

function childrenOf(pid: number | undefined): string[] {
  return execFileSync('cat', [`/proc/${pid}/task/${pid}/children`], { encoding: 'utf8' })
    .trim()
    .split(' ');
}
