// Promise: when the node refuses any one system call, the run says so in one message, and the node has its old set or its new one.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { refusalOf, type Run } from '../support/installer.ts';
import { describeWhere } from '../support/needs.ts';
import { type Change, undisturbed } from './change.ts';
import { binDirFacts, namesInNoVersion } from './node-facts.ts';
import { Recovery, runWithin } from './recovery.ts';
import { copyOf, layOutReleases, type ScenarioName, scenarioNames, scenarioOf } from './scenarios.ts';
import { type Errno, errnos, missingForStrikes, strike } from './struck-run.ts';
import { describePoint, type Point } from './trace.ts';
import { twoAtATime } from './two-at-a-time.ts';

interface Refusal {
  readonly point: Point;
  readonly errno: Errno;
}

describeWhere(missingForStrikes(), 'an installer whose system call fails', () => {
  const changes = new Map<ScenarioName, Change>();
  let refusals: ReadonlyMap<ScenarioName, readonly Refusal[]>;
  const undo = new DisposableStack();
  const changeOf = (name: ScenarioName): Change => {
    const change = changes.get(name);
    if (change === undefined) throw new Error(`${name} was not recorded`);
    return change;
  };
  beforeAll(async () => {
    const releases = undo.use(layOutReleases());
    for (const name of scenarioNames)
      changes.set(name, undo.use(await undisturbed(scenarioOf(name, releases))));
    refusals = refusalsFor(changes);
  });
  afterAll(() => undo.dispose());

  it('meets each error at each kind of call', () => {
    const met = new Set([...refusals.values()].flat().map(({ point, errno }) => `${point.name} ${errno}`));
    const kinds = new Set([...changes.values()].flatMap(({ points }) => points.map(({ name }) => name)));

    expect(met.size).toBe(kinds.size * errnos.length);
  });

  it.each(scenarioNames)(
    'leaves a whole set, says one sentence, and succeeds the next time: %s',
    async (name) => {
      const change = changeOf(name);
      const due = refusals.get(name) ?? [];
      // Hundreds of nodes, much as kill-at-every-syscall.test.ts leaves them, where each next run is a process of its own.
      const recovery = new Recovery(change, runWithin);

      const complaints = await twoAtATime(due, (refusal) => refused(refusal, change, recovery));

      console.log(
        `${name}: ${due.length} failing calls at ${change.points.length} points, ${recovery.distinctNodes} distinct nodes`,
      );
      expect(complaints).toEqual([]);
    },
  );
});

/**
 * One error for each point, in turn, so that each kind of call meets each; a kind that is rarer than errors are meets
 * several at one point.
 */
function refusalsFor(changes: ReadonlyMap<ScenarioName, Change>): Map<ScenarioName, Refusal[]> {
  const everywhere = [...changes].flatMap(([scenario, { points }]) =>
    points.map((point) => ({ scenario, point })),
  );
  const refusals = new Map<ScenarioName, Refusal[]>(scenarioNames.map((name) => [name, []]));
  for (const kind of Map.groupBy(everywhere, ({ point }) => point.name).values()) {
    const blows = Math.max(kind.length, errnos.length);
    for (let turn = 0; turn < blows; turn += 1) {
      const at = kind[turn % kind.length];
      const errno = errnos[turn % errnos.length];
      if (at !== undefined && errno !== undefined)
        refusals.get(at.scenario)?.push({ point: at.point, errno });
    }
  }
  return refusals;
}

async function refused({ point, errno }: Refusal, change: Change, recovery: Recovery): Promise<string[]> {
  using node = copyOf(change.template);
  const run = await strike(node, change.scenario.verb, { ...change, point, blow: errno });
  const now = binDirFacts(node);
  const isAfter = namesInNoVersion(now, [change.after]).length === 0;
  const isBefore = namesInNoVersion(now, [change.before]).length === 0;
  const found = [
    ...(change.scenario.verb[0] === 'watch' ? endOfWatch(run, errno, isAfter) : endOf(run, errno, isAfter)),
    ...(isAfter || isBefore ? [] : ['a mixture: ', ...namesInNoVersion(now, [change.before])]),
    ...(await recovery.complaints(node)),
  ];
  return found.map((complaint) => `${errno} at ${describePoint(point)}: ${complaint}`);
}

/** It goes on whatever the node refuses, and its log says what it could not put back, and why. */
function endOfWatch({ exitStatus, stderr }: Run, errno: Errno, isDone: boolean): string[] {
  if (exitStatus !== 0) return [`exit status ${exitStatus}: ${stderr}`];
  const told = stderr.split('\n').filter((line) => line.includes('could not be put back'));
  if (isDone && told.length === 0) return [];
  const says = !isDone && told.length === 1 && told[0]?.includes(errno) === true;
  return says ? [] : [`${isDone ? 'put back' : 'not put back'}, and the log says: ${stderr}`];
}

/** The node refused, and the installer said what and why; or it got by. */
function endOf(run: Run, errno: Errno, isDone: boolean): string[] {
  if (run.exitStatus === 0) return isDone ? [] : ['success, but not what was asked for'];
  try {
    const { exitStatus, message } = refusalOf(run);
    const says = message.includes(errno) ? [] : [`the message does not say ${errno}: ${message}`];
    return exitStatus === 6 ? says : [`exit status ${exitStatus}: ${message}`, ...says];
  } catch (error) {
    return [`exit status ${run.exitStatus}: ${String(error)}`];
  }
}
