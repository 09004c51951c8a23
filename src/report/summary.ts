// An outcome in one sentence for people, who read it in `kubectl describe pod`: what happened, what to do, what stands. Pure.

import type { Sharing } from '../node/mounts/mounts.ts';
import type { Outcome } from './result.ts';

export function summaryOf(outcome: Outcome): string {
  const parts = [pluginsPart(outcome), sharingPart(outcome)].filter((part) => part !== '');
  const sentence =
    parts.join('; ') || tense(outcome, 'nothing had to be changed', 'nothing would be changed');
  return outcome.dryRun ? `Dry run, nothing was changed: ${sentence}` : capitalised(sentence);
}

export function capitalised(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

function tense({ dryRun }: Outcome, done: string, foreseen: string): string {
  return dryRun ? foreseen : done;
}

function pluginsPart(outcome: Outcome): string {
  switch (outcome.outcome) {
    case 'failed':
      return failedPart(outcome);
    case 'degraded':
      return degradedPart(outcome);
    case 'installed':
      return changedPart(outcome, tense(outcome, 'installed', 'would install'), '');
    case 'repaired':
      return changedPart(outcome, tense(outcome, 'repaired', 'would repair'), " from the node's own store");
    case 'rolled-back':
      return rolledBackPart(outcome);
    case 'uninstalled':
      return uninstalledPart(outcome);
    case 'unchanged':
      return standing(outcome);
  }
}

function failedPart(outcome: Outcome): string {
  const failed = `${tense(outcome, 'failed', 'this would fail')}: ${whyAndWhatToDo(outcome)}`;
  return outcome.version === undefined ? failed : `${failed}; the node has ${standing(outcome)}`;
}

function degradedPart(outcome: Outcome): string {
  const keeps = tense(outcome, 'keeps', 'would keep');
  return `the wished release could not be obtained, and the node ${keeps} ${outcome.version ?? 'what it has'}: ${whyAndWhatToDo(outcome)}`;
}

function whyAndWhatToDo({ trouble }: Outcome): string {
  if (trouble === undefined) return 'unknown reason';
  const { message, brief = message, hint } = trouble;
  return hint === undefined ? brief : `${brief}; what to do: ${hint}`;
}

/** A set that had to be recorded, but not a byte placed, is told as what stands. */
function changedPart(outcome: Outcome, verb: string, from: string): string {
  const { placed, intact, kept } = outcome.plugins;
  const version = outcome.version ?? '';
  const parts =
    placed.length === 0
      ? [standing(outcome)]
      : [
          `${verb} ${counted(placed.length)} of ${version} (${placed.join(', ')})${from}`,
          intact.length > 0 ? `${intact.length} already intact` : '',
          kept.length > 0 ? leftToOthers(outcome) : '',
        ];
  return [...parts, ...retiredParts(outcome)].filter((part) => part !== '').join(', ');
}

/** What there is of the release, and whose the rest is; the empty string where the verb is not about plugins. */
function standing(outcome: Outcome): string {
  const { intact, kept } = outcome.plugins;
  if (outcome.version === undefined || intact.length + kept.length === 0) return outcome.version ?? '';
  const ours = `${counted(intact.length)} of ${outcome.version} intact`;
  return kept.length > 0 ? `${ours}, ${leftToOthers(outcome)}` : ours;
}

function leftToOthers({ plugins: { kept } }: Outcome): string {
  return `${kept.length} left to others (${kept.join(', ')})`;
}

/** Names that are no longer wanted. */
function retiredParts(outcome: Outcome): string[] {
  const [removed, restored] = [retired(outcome, 'remove'), retired(outcome, 'restore')];
  return [
    removed.length > 0 ? `${tense(outcome, 'removed', 'would remove')} ${removed.join(', ')}` : '',
    restored.length > 0
      ? `${tense(outcome, 'gave back', 'would give back')} the original ${restored.join(', ')}`
      : '',
  ];
}

function retired({ plan }: Outcome, verb: 'remove' | 'restore'): string[] {
  return plan.filter((action) => action.do === verb).map(({ name }) => name);
}

function rolledBackPart(outcome: Outcome): string {
  const { placed, intact } = outcome.plugins;
  const went = tense(outcome, 'went back', 'would go back');
  const put = `${counted(placed.length)} ${tense(outcome, 'put back', 'to put back')}`;
  const already = intact.length > 0 ? `, ${intact.length} already intact` : '';
  return `${went} to ${outcome.version}: ${put}${already}`;
}

function uninstalledPart(outcome: Outcome): string {
  const { kept } = outcome.plugins;
  const [removed, restored] = [retired(outcome, 'remove').length, retired(outcome, 'restore').length];
  const took =
    removed > 0 || restored === 0 ? [`${tense(outcome, 'removed', 'would remove')} ${counted(removed)}`] : [];
  const gave =
    restored > 0 ? [`${tense(outcome, 'gave back', 'would give back')} ${restored} of others`] : [];
  const stays = kept.length > 0 ? [`${kept.join(', ')} ${stay(outcome)}`] : [];
  return [[...took, ...gave].join(', '), ...stays].join('; ');
}

function stay(outcome: Outcome): string {
  return tense(outcome, outcome.plugins.kept.length === 1 ? 'stays' : 'stay', 'would stay');
}

function counted(plugins: number): string {
  return plugins === 1 ? '1 plugin' : `${plugins} plugins`;
}

function sharingPart({ sharing, outcome, dryRun }: Outcome): string {
  if (sharing === undefined || outcome === 'failed') return '';
  if (sharing.shared === undefined) return 'whether the mounts are shared is not known';
  if (!sharing.shared)
    return dryRun ? `would share the mounts (${sharing.mode})` : 'the mounts are NOT shared';
  return sharing.changed.length > 0
    ? `${changedMounts(sharing)} now shared`
    : `the mounts ${dryRun ? 'are' : 'were'} shared already`;
}

function changedMounts({ changed }: Sharing): string {
  const [first, ...more] = changed;
  if (more.length === 0) return `the mount ${first} is`;
  return `the mount ${first} and ${more.length} more are`;
}
