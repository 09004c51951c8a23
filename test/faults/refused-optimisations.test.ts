// Promise: whatever a kernel or file system answers to a shortcut (clone, copy in the kernel, hard link), the plain way leads to the same node.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Run, runInstaller, type TestNode } from '../support/installer.ts';
import { describeWhere } from '../support/needs.ts';
import { type Change, undisturbed } from './change.ts';
import { binDirFacts, differencesOf, namesInNoVersion, stateFacts } from './node-facts.ts';
import { copyOf, layOutReleases, type ScenarioName, scenarioOf } from './scenarios.ts';
import { missingForStrikes } from './struck-run.ts';

/** What takes a shortcut, as strace knows it, and the scenarios in which a run does. */
const shortcuts: Readonly<
  Record<string, { readonly calls: string; readonly scenarios: readonly ScenarioName[] }>
> = {
  clone: { calls: 'ioctl', scenarios: ['first install', 'upgrade with a spare store', 'repair', 'rollback'] },
  'copy in the kernel': {
    calls: 'copy_file_range,?sendfile,?sendfile64',
    scenarios: ['first install', 'upgrade with a spare store', 'repair', 'rollback'],
  },
  'hard link': {
    calls: '?link,linkat',
    scenarios: ['first install', 'upgrade with a spare store', 'repair', 'rollback', 'uninstall'],
  },
};

/** Among them such as no manual lists for these calls; and those by which a call says that there is no more room. */
const odd = [
  'EPERM',
  'EACCES',
  'EINVAL',
  'EOPNOTSUPP',
  'ENOSYS',
  'EXDEV',
  'EBADF',
  'ETXTBSY',
  'EOVERFLOW',
  'EMLINK',
  'EISDIR',
  'ENOTTY',
];
const final = ['ENOSPC', 'EDQUOT', 'EIO'];

describeWhere(missingForStrikes(), 'a file system that refuses', () => {
  const undo = new DisposableStack();
  const changes = new Map<ScenarioName, Change>();
  beforeAll(async () => {
    const releases = undo.use(layOutReleases());
    for (const name of [
      'first install',
      'upgrade with a spare store',
      'repair',
      'rollback',
      'uninstall',
    ] as const) {
      changes.set(name, undo.use(await undisturbed(scenarioOf(name, releases))));
    }
  });
  afterAll(() => undo.dispose());

  const cases = Object.entries(shortcuts).flatMap(([shortcut, { calls, scenarios }]) =>
    scenarios.flatMap((scenario, turn) =>
      odd
        .filter((_errno, index) => index % scenarios.length === turn)
        .map((errno): [string, string, ScenarioName, string] => [shortcut, errno, scenario, calls]),
    ),
  );

  it.each(cases)(
    'to %s, with %s, gets the same by the plain way: %s',
    async (_shortcut, errno, name, calls) => {
      const change = changeOf(name);
      using node = copyOf(change.template);

      const run = await runRefused(node, change.scenario.verb, { calls, errno });

      expect(run).toMatchObject({ exitStatus: 0 });
      expect(namesInNoVersion(binDirFacts(node), [change.after])).toEqual([]);
      expect(differencesOf(stateFacts(node), change.stateAfter)).toEqual([]);
    },
  );

  it.each(final)(
    'all shortcuts at once with %s is believed: another way would end the same',
    async (errno) => {
      const change = changeOf('first install');
      using node = copyOf(change.template);
      const calls = Object.values(shortcuts).map((shortcut) => shortcut.calls);

      const run = await runRefused(node, change.scenario.verb, { calls: calls.join(','), errno });

      expect(run.exitStatus).toBe(6);
      expect(namesInNoVersion(binDirFacts(node), [change.before])).toEqual([]);
    },
  );

  function changeOf(name: ScenarioName): Change {
    const change = changes.get(name);
    if (change === undefined) throw new Error(`${name} was not recorded`);
    return change;
  }
});

/** Throws when no call was refused. */
async function runRefused(
  node: TestNode,
  verb: readonly string[],
  { calls, errno }: { readonly calls: string; readonly errno: string },
): Promise<Run> {
  const output = join(node.directory, 'trace');
  const injection = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${errno}`];
  const run = await runInstaller(node, verb, { within: ['strace', '-qq', '-o', output, ...injection] });
  if (!readFileSync(output, 'utf8').includes('(INJECTED)')) throw new Error(`no ${calls} was made`);
  return run;
}
