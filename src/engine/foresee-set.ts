// What a run would do, without doing it.

import type { Finding } from '../failure/finding.ts';
import { isReadOnly } from '../node/plugins/bin-dir.ts';
import type { Plan } from '../node/plugins/plan.ts';
import type { Survey } from '../node/plugins/survey.ts';
import type { PluginSet } from '../node/state/ledger.ts';
import type { Premises } from '../node/state/state-dir.ts';
import { hasIntactBlob } from '../node/state/store.ts';
import type { OutcomeWord } from '../report/result.ts';
import type { Task, WishedTask } from './context.ts';
import { damagedEarlier, earlierInstead } from './fallback.ts';
import { isSameSet, namesAtHand, type PresentSet, recordedSets } from './fulfilment.ts';
import { look, settledSet, surveyOf } from './look.ts';
import { takeAsItIs } from './read-only-dir.ts';
import { planFor, requirePossible, wantedOf, wantedUnread } from './plan-set.ts';

/** For `--dry-run`: the very plan where the bytes are at hand, and what can be known of it where they are not. */
export async function foreseeSet(wished: WishedTask): Promise<PresentSet> {
  const { premises, request, rules } = wished;
  const seen = await look(premises, namesAtHand(request));
  const settled = await settledSet(seen, request, rules);
  if (settled !== undefined) return settled;
  if (isReadOnly(premises.binDir)) return takeAsItIs(request, seen, rules);
  return (await foreseenInStore(seen, wished)) ?? foreseeFetch(seen, wished);
}

async function foreseenInStore(seen: Survey, wished: WishedTask): Promise<PresentSet | undefined> {
  for (const set of recordedSets(seen, wished.request)) {
    const foreseen = await foreseeSwitch(set, foreseenWord(set, seen), seen, wished);
    if ((await missingFor(foreseen.plan, set, wished.premises)).length === 0) return foreseen;
  }
  return undefined;
}

function foreseenWord(set: PluginSet, { ledger }: Survey): OutcomeWord {
  return ledger !== undefined && isSameSet(set, ledger.generation) ? 'repaired' : 'installed';
}

async function foreseeFetch(seen: Survey, wished: WishedTask): Promise<PresentSet> {
  const { request, supply, effects, premises } = wished;
  try {
    const { foreseeLocalSet } = await import('./archive/from-archive.ts');
    const atHand = await foreseeLocalSet(request, supply, effects);
    if (atHand === undefined) return await foreseeUnread(seen, wished);
    return await foreseeSwitch(atHand.set, 'installed', seen, wished);
  } catch (error) {
    effects.signal.throwIfAborted();
    const { earlier, failure } = earlierInstead(error, seen, request);
    const foreseen = await foreseeSwitch(earlier, 'degraded', seen, wished);
    const missing = await missingFor(foreseen.plan, earlier, premises);
    if (missing.length > 0) throw damagedEarlier(missing, earlier, failure);
    return { ...foreseen, failure };
  }
}

async function foreseeSwitch(
  set: PluginSet,
  word: OutcomeWord,
  glance: Survey,
  { premises, rules }: Task,
): Promise<PresentSet> {
  const seen = await surveyOf(Object.keys(set.plugins), glance, premises);
  const plan = await planFor(seen, wantedOf(set), rules);
  requirePossible(plan, premises.binDir);
  return { word, version: set.version, plan, findings: seen.findings, failure: undefined };
}

/** The archive would have to be asked for: of another release than the one that stands, every plugin has other bytes. */
async function foreseeUnread(seen: Survey, { premises, request, rules }: WishedTask): Promise<PresentSet> {
  const { version } = request.wish;
  const standing = seen.ledger?.generation.version ?? version;
  const wanted = wantedUnread(namesAtHand(request), standing === version ? 'same' : 'other');
  const plan = await planFor(seen, wanted, rules);
  requirePossible(plan, premises.binDir);
  const findings = [...seen.findings, ...replacing(plan, standing, version), unread(version, wanted.size)];
  return { word: 'installed', version, plan, findings, failure: undefined };
}

function replacing(plan: Plan, standing: string, version: string): Finding[] {
  const replaced = plan.filter((action) => action.do === 'place' && action.because === 'other-version');
  if (replaced.length === 0) return [];
  const names = replaced.map(({ name }) => name).join(', ');
  const message = `${replaced.length} of ${standing} would be replaced by those of ${version}: ${names}`;
  return [{ code: 'release-replaced', message }];
}

function unread(version: string, names: number): Finding {
  const unknown = names === 0 ? 'which plugins it has, ' : '';
  return {
    code: 'archive-unread',
    message: `the archive of ${version} was not asked for: whether it can be obtained, ${unknown}and whether its plugins work on this node is not known before`,
  };
}

/** Plugins that the plan places, and of which the store has no whole copy. */
async function missingFor(
  plan: Plan,
  { plugins }: PluginSet,
  premises: Premises,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { do: verb, name } of plan) {
    const sha256 = plugins[name]?.sha256;
    if (verb !== 'place' || sha256 === undefined || (await isInAStore(sha256, premises))) continue;
    missing.push(name);
  }
  return missing;
}

async function isInAStore(sha256: string, { stateDir, spare }: Premises): Promise<boolean> {
  return (await hasIntactBlob(stateDir, sha256)) || (spare !== undefined && hasIntactBlob(spare, sha256));
}
