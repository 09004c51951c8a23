// `watch`: stays, and keeps the node proved.

import type { WatchConfig } from '../arguments/configure/watch.ts';
import { type Effects, type Task, taskFor } from '../engine/context.ts';
import { serveAt } from '../engine/host/serve-at.ts';
import { refillStore, type RestoreRequest, restoreSet } from '../engine/restore-set.ts';
import { inspectForPod } from '../engine/share-for-pod.ts';
import { nodeInterfaces } from '../facts/host/host-network.ts';
import { Interruption } from '../failure/interruption.ts';
import { onNode } from '../failure/system-error.ts';
import { errnoOf } from '../lib/errno.ts';
import { holdDirectory } from '../lib/files/held-directory.ts';
import type { Log } from '../lib/log.ts';
import { requireBinDir } from '../node/plugins/bin-dir.ts';
import type { Generation } from '../node/state/ledger.ts';
import type { WriteObserver } from '../kubernetes/write-result.ts';
import type { Premises } from '../node/state/state-dir.ts';
import { NodeMetrics } from '../report/metrics.ts';
import { noPlugins, type Outcome } from '../report/result.ts';
import { Guard, type GuardObserver } from '../watch/guard.ts';
import { LabelFile } from '../watch/kubernetes/label-file.ts';
import type { Herald } from '../watch/kubernetes/herald.ts';
import type { Occurrence } from '../watch/kubernetes/occurrences.ts';
import type { NodeSight } from '../watch/kubernetes/standing.ts';
import { inTurn, sightOf } from '../watch/kubernetes/sight.ts';
import { forgetGeneration, leaveHandOver, readHandOver } from '../watch/hand-over.ts';
import { type LostSet, NodeUnderWatch } from '../watch/node-under-watch.ts';
import { watchRoutes } from '../watch/routes.ts';
import { WatchRecord } from '../watch/watch-record.ts';

const leastLabelLifeMs = 60 * 60_000;

/**
 * Ends when it is stopped, with everything left in place, and when the bin dir is another directory than at the start: the
 * mount in this container stays on the old one, and only a new container sees the new.
 */
export async function watch(config: WatchConfig, effects: Effects): Promise<Outcome> {
  const { premises } = taskFor(config, effects);
  await onNode(() => requireBinDir(premises.binDir));
  using _held = holdDirectory(premises.binDir);
  const metrics = metricsFor(effects);
  const record: WatchRecord = new WatchRecord(metrics, effects.now, () => guard.contended);
  const herald = await heraldFor(config, () => sightOf(guard, record), { metrics, effects });
  const observer = inTurn(record, ...(herald === undefined ? [] : [herald]), ...labelling(config, effects));
  const guard: Guard = new Guard(
    nodeFor(config, premises, effects),
    guardSettings(config),
    effects,
    observer,
  );
  const { now } = effects;
  const server = await serveAt(
    config.listening,
    watchRoutes({
      view: () => guard.view(),
      record,
      metrics,
      now,
      interfaces: () => nodeInterfaces(config.sharing.hostProc),
    }),
  );
  try {
    await guarded(guard, herald, effects.signal);
    return replaced(record, premises, effects);
  } catch (error) {
    if (error instanceof Interruption) return watchOutcome(record, []);
    throw error;
  } finally {
    await server?.close();
  }
}

/** The client of the API server is loaded only where somebody wants Kubernetes told. */
async function heraldFor(
  { herald }: WatchConfig,
  look: () => NodeSight,
  { metrics, effects }: { readonly metrics: NodeMetrics; readonly effects: Effects },
): Promise<Herald | undefined> {
  if (herald === undefined) return undefined;
  const { foreseenWrites, makeHerald } = await import('../watch/kubernetes/make-herald.ts');
  metrics.expectWrites(foreseenWrites(herald));
  const observe: WriteObserver = (object, result) => metrics.countWrite(object, result);
  return makeHerald(herald, look, { effects, news: newsOf(effects), observe });
}

/** What writes the labels, where there are any. */
function labelling(
  { featuresDir, periodMs }: WatchConfig,
  effects: Effects,
): readonly Partial<GuardObserver>[] {
  if (featuresDir === undefined) return [];
  const lifeMs = Math.max(leastLabelLifeMs, 3 * periodMs);
  const labels = new LabelFile({ directory: featuresDir, lifeMs }, effects);
  return [{ audited: (_trigger, audit) => (audit === undefined ? undefined : labels.update(audit)) }];
}

/** What the start before this one could not tell any more. */
function newsOf({ scratch }: Effects): readonly Occurrence[] {
  if (readHandOver(scratch).generation === undefined) return [];
  const message =
    'the bin dir was replaced on the node, and the container of the watch was started anew for it';
  return [{ reason: 'CNIBinDirReplaced', about: 'bin dir', message }];
}

/** Until the guard ends; the herald ends with it. */
async function guarded(guard: Guard, herald: Herald | undefined, signal: AbortSignal): Promise<void> {
  if (herald === undefined) return void (await guard.run());
  const over = new AbortController();
  const telling = herald.run(AbortSignal.any([signal, over.signal]));
  try {
    await Promise.race([guard.run(), telling]);
  } finally {
    over.abort();
    await telling.catch(() => undefined);
  }
}

function metricsFor({ ownProcess, scratch }: Effects): NodeMetrics {
  const metrics = new NodeMetrics(ownProcess);
  metrics.watchProcess(ownProcess);
  metrics.countDetached(readHandOver(scratch).replacements);
  return metrics;
}

function guardSettings({ node, periodMs, onDrift, repairBudget }: WatchConfig) {
  return { binDir: node.binDir, periodMs, onDrift, budget: repairBudget };
}

function nodeFor(config: WatchConfig, premises: Premises, effects: Effects): NodeUnderWatch {
  const { sharing } = config;
  const { bundledArchives } = effects;
  const rules = { ...taskFor(config, effects).rules, onConflict: 'keep' } as const;
  const refill = (generation: Generation, names: readonly string[]): Promise<void> =>
    refillStore({ generation, premises, rules }, names, effects);
  const watched = {
    premises,
    rules,
    refill: bundledArchives === undefined ? undefined : refill,
    inspectMounts: () => inspectForPod(sharing, effects),
    mountsAreRequired: sharing.required,
    lost: lostSet(taskFor(config, effects)),
  };
  return new NodeUnderWatch(watched, effects);
}

/** What the start before saw vanish together with its record; undefined where nothing did. */
function lostSet({ premises, rules, effects: { scratch, log } }: Task): LostSet | undefined {
  const handOver = readHandOver(scratch);
  const { generation } = handOver;
  if (generation === undefined) return undefined;
  return {
    generation,
    restore: (effects) => restoreLost({ generation, premises, rules }, effects),
    forget: () => notedIn(scratch, log, () => forgetGeneration(scratch, handOver)),
  };
}

async function restoreLost(lost: RestoreRequest, effects: Effects): Promise<readonly string[]> {
  const { version, plan, findings } = await restoreSet(lost, effects);
  const placed = plan.flatMap((action) => (action.do === 'place' ? [action.name] : []));
  if (placed.length > 0) effects.log.warn(`the bin dir was replaced; ${version} was put into the new one`);
  for (const { code, message } of findings) effects.log.warn(message, { code });
  return placed;
}

function replaced(record: WatchRecord, { binDir, stateDir }: Premises, { scratch, log }: Effects): Outcome {
  const { replacements } = readHandOver(scratch);
  const { generation } = record;
  notedIn(scratch, log, () => leaveHandOver(scratch, { replacements: replacements + 1, generation }));
  const message = `the bin dir ${binDir} was replaced on the node, with ${stateDir.path} in it; a new start of this container sees the new one`;
  return watchOutcome(record, [{ code: 'bin-dir-replaced', message }]);
}

/** A note that can't be written costs the next start what it would know, but nobody their plugins. */
function notedIn(scratch: string, log: Log, note: () => void): void {
  try {
    note();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    log.warn(`no word could be left for the next start in ${scratch}`, { errno: errnoOf(error) });
  }
}

function watchOutcome(record: WatchRecord, findings: Outcome['findings']): Outcome {
  const plugins = record.audit?.plugins ?? [];
  const intact = plugins.filter(({ state }) => state === 'intact').map(({ name }) => name);
  return {
    outcome: 'unchanged',
    version: record.audit?.version,
    plugins: { ...noPlugins, intact },
    plan: [],
    findings,
    dryRun: false,
    sharingMode: 'off',
    sharing: undefined,
    trouble: undefined,
  };
}
