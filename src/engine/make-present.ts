// Making a node as wished, the whole story: look, decide, acquire, verify, extract, prove, place, record, share.
//
// What only a change needs is loaded only then: a start that finds all well is over in a blink.

import type { SharingWish } from '../arguments/parts/sharing.ts';
import type { Finding } from '../failure/finding.ts';
import { isReadOnly, requireSameMount } from '../node/plugins/bin-dir.ts';
import type { Survey } from '../node/plugins/survey.ts';
import { discard, isUntidy, retainTwoGenerations, takeBackBlobs } from '../node/state/housekeeping.ts';
import type { Ledger } from '../node/state/ledger.ts';
import { isSpareBehind } from '../node/state/spare.ts';
import { blobDigests } from '../node/state/store.ts';
import type { Task, WishedTask } from './context.ts';
import { namesAtHand, type PresentSet } from './fulfilment.ts';
import { look, settledSet } from './look.ts';
import { requirePossible, roughPlanFor, wantedUnread } from './plan-set.ts';
import type { ReadySet } from './ready-set.ts';
import { shareForPod, type SharingStep } from './share-for-pod.ts';

export interface PresentNode {
  readonly present: PresentSet;
  readonly share: SharingStep;
}

/** First the plugins, then the mounts: both are needed, and each is told of by itself. */
export async function makePresent(
  wished: WishedTask,
  sharing: SharingWish,
  dryRun: boolean,
): Promise<PresentNode> {
  const present = dryRun
    ? await (await import('./foresee-set.ts')).foreseeSet(wished)
    : await makeSetPresent(wished);
  const share = await shareForPod(sharing, dryRun, wished.effects);
  return { present, share };
}

/** Looks first, without a lock and without a write; only a node that is not as wished is changed. */
export async function makeSetPresent(wished: WishedTask): Promise<PresentSet> {
  const { premises, request, rules } = wished;
  const seen = await look(premises, namesAtHand(request));
  const settled = await settledSet(seen, request, rules);
  if (settled === undefined) {
    return isReadOnly(premises.binDir) ? takeDirAsItIs(seen, wished) : change(seen, wished);
  }
  if (isUntidy(premises.stateDir, seen.ledger, seen.generations)) await tidy(wished);
  if (premises.spare === undefined || !isSpareBehind(premises.spare, seen.generations)) return settled;
  return { ...settled, findings: [...settled.findings, ...(await catchUp(wished))] };
}

/** There is nothing else to do with a directory that can't be written. */
async function takeDirAsItIs(seen: Survey, { request, rules }: WishedTask): Promise<PresentSet> {
  const { takeAsItIs } = await import('./read-only-dir.ts');
  return takeAsItIs(request, seen, rules);
}

/** Another installer may have changed the node since the first look: under the lock comes a second one. */
async function change(glance: Survey, wished: WishedTask): Promise<PresentSet> {
  const { premises, request, rules, effects } = wished;
  requirePossible(roughPlanFor(glance, wantedUnread(namesAtHand(request)), rules), premises.binDir);
  requireSameMount(premises);
  const { readyFromStore, whileLocked } = await import('./changing.ts');
  return whileLocked(premises.stateDir, effects, async () => {
    const seen = await look(premises, namesAtHand(request));
    if (wished.onlyUnrecorded === true && seen.ledger !== undefined) return asRecorded(seen.ledger);
    const settled = await settledSet(seen, request, rules);
    if (settled !== undefined) return settled;
    const ready = await readyFromStore(seen, request, wished);
    return ready === undefined ? fetchOrKeep(seen, wished) : switchTo(ready, wished);
  });
}

function asRecorded({ generation: { version } }: Ledger): PresentSet {
  return { word: 'unchanged', version, plan: [], findings: [], failure: undefined };
}

/** From the archive. Where that could not be obtained, the earlier set of the node is better than none. */
async function fetchOrKeep(seen: Survey, wished: WishedTask): Promise<PresentSet> {
  const { premises, request, supply, effects } = wished;
  const { readyFromArchive, readyFromEarlier } = await import('./changing.ts');
  const before = blobDigests(premises.stateDir);
  try {
    // Archives, tar and HTTP are of no use to a node that has what it needs.
    const { acquireVerified, extractSet } = await import('./archive/from-archive.ts');
    const archive = await acquireVerified(request, supply, premises.stateDir, effects);
    const extracted = await extractSet(archive, request, premises.stateDir, effects.signal);
    return await switchTo(await readyFromArchive(extracted, seen, wished), wished);
  } catch (error) {
    takeBackBlobs(premises.stateDir, before);
    effects.signal.throwIfAborted();
    const { ready, failure } = await readyFromEarlier(error, seen, wished);
    return { ...(await switchTo(ready, wished)), word: 'degraded', failure };
  }
}

/**
 * Everything that can fail for lack of soundness comes before the first rename; from there on nothing interrupts it.
 * @throws Failure `plugin` when a plugin does not work; Node's own error when the node refuses
 */
export async function switchTo(ready: ReadySet, { premises, rules, effects }: Task): Promise<PresentSet> {
  const { keepSpare, othersIn, outcomeOfSwitch, placeSet, proveSet, recordSet, transitionTo } =
    await import('./changing.ts');
  try {
    const proofs = await proveSet(ready, premises.binDir, rules, effects.log);
    const others = await othersIn(ready, rules);
    const transition = transitionTo(ready, others);
    placeSet(transition, ready.staged, premises);
    recordSet(transition, ready.seen.generations, premises.stateDir);
    const present = outcomeOfSwitch(ready, transition, { proofs, others });
    return { ...present, findings: [...present.findings, ...(await keepSpare(premises))] };
  } finally {
    discard(ready.staged.values());
  }
}

/** A spare store that was given later, or was lost, or whose filling was cut off. */
async function catchUp({ premises, effects }: WishedTask): Promise<readonly Finding[]> {
  const { keepSpare, whileLocked } = await import('./changing.ts');
  return whileLocked(premises.stateDir, effects, () => keepSpare(premises));
}

/** Removes what a run left behind that was cut off. */
async function tidy({ premises, request, effects }: WishedTask): Promise<void> {
  const { keepSpare, sweepLeftovers } = await import('./changing.ts');
  await sweepLeftovers(premises.stateDir, effects, async () => {
    const { ledger, generations } = await look(premises, namesAtHand(request));
    if (ledger === undefined) return;
    retainTwoGenerations(premises.stateDir, ledger, generations);
    // What the state dir has just forgotten, the spare store need not have either.
    await keepSpare(premises);
  });
}
