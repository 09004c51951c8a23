// Promises about a plugin that is dynamically linked: what our own image has to load it with means nothing on the node.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  createNode,
  refusalOf,
  type Run,
  runInstaller,
  type RunSettings,
  type TestNode,
} from '../support/installer.ts';
import { afterMounting, describeWhere, missingCommands, missingForMounts } from '../support/needs.ts';
import { dynamicPlugin } from '../support/plugins.ts';
import { contentsOf, layOut, packRelease } from '../support/release-archives.ts';
import { pluginsIn } from '../support/snapshot.ts';
import { startWatch } from '../support/watch.ts';
import { eventually } from '../throwaway-node/eventually.ts';

const onlyHere = '/mnt/only-in-the-image/ld.so';

/** A mount namespace that has a loader where the machine has none: the image, and the node without it. */
function inImage(): string[] {
  const loader = /interpreter: (\S+)]/.exec(
    execFileSync('readelf', ['-l', '/bin/sh'], { encoding: 'utf8' }),
  )?.[1];
  return afterMounting(
    `mount -t tmpfs image /mnt; mkdir -p /mnt/only-in-the-image; cp -L ${loader} ${onlyHere}`,
  );
}

async function install(
  node: TestNode,
  macvlan: Buffer,
  hostProc: string,
  settings: RunSettings = {},
): Promise<Run> {
  const { path, sha256 } = layOut(
    join(node.archives, 'a.tgz'),
    packRelease({ ...contentsOf('v1.9.1'), macvlan }),
  );
  return runInstaller(node, ['--archive', path, '--sha256', sha256, '--host-proc', hostProc], settings);
}

function nothingSeen(node: TestNode): string {
  const directory = join(node.directory, 'no-procfs');
  mkdirSync(directory, { recursive: true });
  return directory;
}

describeWhere(
  missingForMounts() ?? missingCommands(['gcc', 'readelf', 'nsenter']),
  'a dynamically linked plugin',
  () => {
    it('whose loader only our image has is status 7 where the node can be entered, and nothing is placed', async () => {
      using node = createNode();

      const run = await install(node, dynamicPlugin('macvlan', onlyHere), '/proc', { within: inImage() });

      expect(refusalOf(run)).toMatchObject({
        exitStatus: 7,
        code: 'plugin-not-started',
        message: expect.stringContaining(onlyHere),
      });
      expect(pluginsIn(node.binDir)).toEqual([]);
    });

    it('whose loader the node has is installed without a word', async () => {
      using node = createNode();

      const run = await install(node, dynamicPlugin('macvlan'), '/proc', { within: inImage() });

      expect(run).toMatchObject({ exitStatus: 0, report: { outcome: 'installed' } });
      expect(run.report?.warnings).toBeUndefined();
    });

    it('on a node that cannot be entered is a warning that names its loader; verify has it as a note', async () => {
      using node = createNode();

      const run = await install(node, dynamicPlugin('macvlan', onlyHere), nothingSeen(node), {
        within: inImage(),
      });
      const verify = await runInstaller(
        node,
        ['verify', '--output', 'json', '--host-proc', nothingSeen(node)],
        { within: inImage() },
      );

      expect(run).toMatchObject({ exitStatus: 0, report: { warnings: [expect.stringContaining(onlyHere)] } });
      expect(verify.exitStatus).toBe(0);
      expect(JSON.parse(verify.stdout)).toMatchObject({ notes: [{ code: 'plugin-dynamic' }], findings: [] });
    });

    it('that a node has lost the loader of is found by verify', async () => {
      using node = createNode();
      await install(node, dynamicPlugin('macvlan', onlyHere), nothingSeen(node), { within: inImage() });

      const verify = await runInstaller(node, ['verify', '--output', 'json', '--host-proc', '/proc'], {
        within: inImage(),
      });

      expect(verify.exitStatus).toBe(9);
      expect(JSON.parse(verify.stdout)).toMatchObject({
        findings: [{ code: 'plugin-broken', message: expect.stringContaining(onlyHere) }],
      });
      expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(dynamicPlugin('macvlan', onlyHere));
    });

    it('that a node has lost the loader of is found by doctor; where nobody can look, that is said', async () => {
      using node = createNode();
      await install(node, dynamicPlugin('macvlan', onlyHere), nothingSeen(node), { within: inImage() });
      const asked = async (hostProc: string): Promise<unknown> => {
        const words = [
          'doctor',
          '--output',
          'json',
          '--host-proc',
          hostProc,
          '--cni-conf-dir',
          node.directory,
        ];
        const { stdout } = await runInstaller(node, words, { within: inImage() });
        const { checks } = JSON.parse(stdout) as { checks: { id: string }[] };
        return checks.find(({ id }) => id === 'plugin-interpreter-missing');
      };

      expect(await asked('/proc')).toMatchObject({
        result: 'finding',
        message: expect.stringContaining('macvlan'),
        evidence: [expect.stringContaining(onlyHere)],
      });
      expect(await asked(nothingSeen(node))).toMatchObject({
        result: 'skipped',
        message: expect.stringContaining(`macvlan (${onlyHere})`),
      });
    });

    it('that the node can not load is not put back by watch, which says why', async () => {
      using node = createNode();
      await install(node, dynamicPlugin('macvlan', onlyHere), nothingSeen(node), { within: inImage() });
      rmSync(join(node.binDir, 'macvlan'));

      await using watch = await startWatch(node, ['--host-proc', '/proc'], { within: inImage() });
      await eventually('it could not be put back', 20_000, async () =>
        (await watch.metric('repair_failures_total{plugin="macvlan",reason="proof"}')) === 1
          ? true
          : undefined,
      );

      watch.process.kill('SIGTERM');
      expect((await watch.ended).stderr).toContain(onlyHere);
      expect(pluginsIn(node.binDir)).not.toContain('macvlan');
    });

    it('that nobody can judge is put back by watch with a warning that names its loader', async () => {
      using node = createNode();
      await install(node, dynamicPlugin('macvlan', onlyHere), nothingSeen(node), { within: inImage() });
      rmSync(join(node.binDir, 'macvlan'));

      await using watch = await startWatch(node, ['--host-proc', nothingSeen(node)], { within: inImage() });
      await eventually('it is back', 20_000, async () =>
        (await watch.metric('repairs_total{plugin="macvlan",reason="absent"}')) === 1 ? true : undefined,
      );

      watch.process.kill('SIGTERM');
      expect((await watch.ended).stderr).toMatch(`whether the node has them could not be seen`);
    });

    it('that the node can not load is not put into a bin dir that was made anew either', async () => {
      using node = createNode();
      const spare = ['--spare-store', join(node.directory, 'spare')];
      const env = { CNI_PLUGINS_SPARE_STORE: spare[1] ?? '' };
      const blind = nothingSeen(node);
      await install(node, dynamicPlugin('macvlan', onlyHere), blind, { within: inImage(), env });
      await using first = await startWatch(node, ['--host-proc', blind], { within: inImage(), env });
      rmSync(node.binDir, { recursive: true });
      mkdirSync(node.binDir);
      expect(await first.ended).toMatchObject({ exitStatus: 0 });

      await using next = await startWatch(node, ['--host-proc', '/proc'], { within: inImage(), env });
      await eventually('it could not be put back', 20_000, async () =>
        (await next.metric('repair_failures_total{plugin="macvlan",reason="proof"}')) === undefined
          ? undefined
          : true,
      );

      next.process.kill('SIGTERM');
      expect((await next.ended).stderr).toContain(onlyHere);
      expect(pluginsIn(node.binDir)).not.toContain('macvlan');
    });
  },
);
