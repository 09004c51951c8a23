// Making the wished set of plugins present: by looking, from the node's store, or from the archive, in this order.

import type { Config } from '../config.ts';
import { Failure } from '../lib/failure.ts';
import type { Finding } from '../lib/finding.ts';
import type { Generation } from '../node/ledger.ts';
import type { PluginSet } from '../node/next-ledger.ts';
import { isIdle, type Plan } from '../node/plan.ts';
import { requireSameFileSystem } from '../node/bin-dir.ts';
import { onNode } from '../node/refusal.ts';
import { blobDigests, collectBlobs, hasIntactBlob } from '../node/store.ts';
import { type Survey, survey } from '../node/survey.ts';
import { pluginsOf } from '../release/catalog.ts';
import type { OutcomeWord } from '../report/outcome.ts';
import { applySet } from './apply-set.ts';
import type { Effects } from './effects.ts';
import { whileLocked } from './lock-node.ts';
import { planFor, requirePossible, roughPlanFor, wantedOf, wantedUnread } from './planning.ts';
import { type Task, taskFor } from './task.ts';
import { fulfilling, isSameSet, isTrusted, type Request, wantedNames } from './wish.ts';

export interface PresentSet {
  readonly word: OutcomeWord;
  readonly version: string;
  readonly plan: Plan;
  readonly findings: readonly Finding[];
  /** Why the node still has an earlier set, when it is degraded. */
  readonly failure: Failure | undefined;
}

/** A task with what is wished for. */
export interface Attempt extends Task {
  readonly request: Request;
}

/**
 * Looks first, without a lock and without a write; only a node that is not as wished is changed, under the lock, after
 * a second look.
 */
export async function makeSetPresent(
  request: Request,
  config: Config,
  effects: Effects,
): Promise<PresentSet> {
  const task = { request, ...taskFor(config, effects) };
  const glance = await look(task);
  const settled = await settledPlan(glance, task);
  if (settled !== undefined) return unchanged(settled, task);
  if (config.run.dryRun) return foresee(glance, task);
  requirePossible(roughPlanFor(glance, wantedUnread(namesAtHand(task)), task), task);
  requireSameFileSystem(task.premises);
  return whileLocked(task.premises.stateDir, effects, () => change(task));
}

function look(task: Attempt): Promise<Survey> {
  return onNode(() => survey(task.premises, namesAtHand(task)));
}

/** The names wished for, as far as they are known without the archive. */
function namesAtHand({ request: { wish } }: Pick<Attempt, 'request'>): readonly string[] {
  return wantedNames(wish, pluginsOf(wish.version) ?? []);
}

/** The plan when nothing has to be done; undefined when something has. */
async function settledPlan(seen: Survey, task: Attempt): Promise<Plan | undefined> {
  const { ledger } = seen;
  const set = ledger === undefined ? undefined : fulfilling(ledger.generation, task.request);
  if (ledger === undefined || set === undefined || !isSameSet(set, ledger.generation)) return undefined;
  const plan = await planFor(seen, wantedOf(set), task);
  return isIdle(plan) ? plan : undefined;
}

function unchanged(plan: Plan, { request }: Attempt): PresentSet {
  return { word: 'unchanged', version: request.wish.version, plan, findings: [], failure: undefined };
}

async function change(task: Attempt): Promise<PresentSet> {
  const seen = await look(task);
  const settled = await settledPlan(seen, task);
  if (settled !== undefined) return unchanged(settled, task);
  const stored = await storedSet(seen, task);
  if (stored !== undefined) return present(stored, seen, task);
  return fromArchive(seen, task);
}

/** What was read into the store for a set that then was not to be is taken out again. */
async function fromArchive(seen: Survey, task: Attempt): Promise<PresentSet> {
  const { request, config, effects, premises } = task;
  const stored = new Set(blobDigests(premises.stateDir));
  try {
    // Archives, tar and HTTP are of no use to a node that has what it needs.
    const { fetchSet } = await import('./fetch-set.ts');
    const { set, findings } = await fetchSet(request, config, premises.stateDir, effects);
    return await present(set, await surveyOf(set, seen, task), task, findings);
  } catch (error) {
    collectBlobs(premises.stateDir, stored);
    return degradedInstead(error, seen, task);
  }
}

/** `all` may have brought names that nobody looked at before. */
async function surveyOf(set: PluginSet, seen: Survey, { premises }: Attempt): Promise<Survey> {
  const names = Object.keys(set.plugins);
  return names.every((name) => seen.inventory.has(name)) ? seen : survey(premises, names);
}

async function setAtHand({ request, config, effects }: Attempt): Promise<PluginSet | undefined> {
  const { foreseeLocalSet } = await import('./fetch-set.ts');
  return (await foreseeLocalSet(request, config, effects))?.set;
}

async function present(
  set: PluginSet,
  seen: Survey,
  task: Attempt,
  findings: readonly Finding[] = [],
): Promise<PresentSet> {
  const plan = await planFor(seen, wantedOf(set), task);
  const applied = await applySet({ set, plan, seen, task });
  return {
    word: applied.word,
    version: set.version,
    plan,
    findings: [...seen.findings, ...findings, ...applied.findings],
    failure: undefined,
  };
}

/**
 * The release can't be had, but the node has an earlier set: kept intact, that is better than a pod without network.
 * Not for an archive of the very release the node says it has: there the operator's digest speaks against the node.
 */
async function degradedInstead(error: unknown, seen: Survey, task: Attempt): Promise<PresentSet> {
  const { request, effects } = task;
  effects.signal.throwIfAborted();
  const earlier = seen.ledger?.generation;
  if (!isAboutTheArchive(error) || earlier === undefined || isContradicted(earlier, request)) throw error;
  const lacks = wantedNames(request.wish, earlier.offered).filter(
    (name) => earlier.plugins[name] === undefined,
  );
  if (lacks.length > 0) throw lacking(lacks, earlier, error);
  effects.log.warn(`${request.wish.version} could not be had; keeping ${earlier.version}`, {
    code: error.code,
  });
  return { ...(await present(earlier, seen, task)), word: 'degraded', failure: error };
}

function isAboutTheArchive(error: unknown): error is Failure {
  return error instanceof Failure && ['acquisition', 'digest', 'content'].includes(error.kind);
}

function isContradicted(earlier: Generation, { wish, expectation }: Request): boolean {
  return earlier.version === wish.version && !isTrusted(earlier, expectation);
}

function lacking(names: readonly string[], earlier: Generation, cause: Failure): Failure {
  return new Failure('acquisition', {
    code: 'set-incomplete',
    message: `${names.join(', ')} can't be had, and the set ${earlier.version} on the node does not have it either: ${cause.message}`,
    hint: cause.hint,
    plugins: names,
    cause,
  });
}

/** A recorded set that fulfils the request, and all of whose missing plugins are intact in the store. */
async function storedSet(seen: Survey, task: Attempt): Promise<PluginSet | undefined> {
  const recorded = [...(seen.ledger === undefined ? [] : [seen.ledger]), ...seen.generations];
  for (const { generation } of recorded) {
    const set = fulfilling(generation, task.request);
    if (set !== undefined && (await isRestorable(set, seen, task))) return set;
  }
  return undefined;
}

async function isRestorable(set: PluginSet, seen: Survey, task: Attempt): Promise<boolean> {
  for (const action of roughPlanFor(seen, wantedOf(set), task)) {
    const sha256 = set.plugins[action.name]?.sha256;
    if (action.do !== 'place' || sha256 === undefined) continue;
    if (!(await hasIntactBlob(task.premises.stateDir, sha256))) return false;
  }
  return true;
}

/** For `--dry-run`: the very plan where the bytes are at hand, and what can be known of it where they are not. */
async function foresee(glance: Survey, task: Attempt): Promise<PresentSet> {
  const stored = await storedSet(glance, task);
  const set = stored ?? (await setAtHand(task));
  const seen = set === undefined ? glance : await surveyOf(set, glance, task);
  const wanted = set === undefined ? wantedUnread(namesAtHand(task)) : wantedOf(set);
  const plan = await planFor(seen, wanted, task);
  requirePossible(plan, task);
  return {
    word: stored === undefined ? 'installed' : 'repaired',
    version: task.request.wish.version,
    plan,
    findings: seen.findings,
    failure: undefined,
  };
}
