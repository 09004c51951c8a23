// An outcome in one sentence for people. Pure.

import type { Sharing } from '../node/mounts/mounts.ts';
import type { Outcome } from './result.ts';

export function summaryOf(outcome: Outcome): string {
  const parts = [pluginsPart(outcome), sharingPart(outcome)].filter((part) => part !== '');
  const sentence = parts.length === 0 ? 'nothing had to be changed' : parts.join('; ');
  const text = `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
  return outcome.dryRun ? `Dry run, nothing was changed: ${sentence}` : text;
}

function pluginsPart(outcome: Outcome): string {
  const { placed, intact, kept } = outcome.plugins;
  const version = outcome.version ?? '';
  switch (outcome.outcome) {
    case 'failed':
      return `failed: ${outcome.trouble?.message ?? 'unknown reason'}`;
    case 'degraded':
      return `the wished release could not be obtained; the node keeps ${version}: ${outcome.trouble?.message ?? ''}`;
    case 'installed':
      return `installed ${counted(placed.length)} of ${version} (${placed.join(', ') || 'none'})${andIntact(intact)}`;
    case 'repaired':
      return placed.length > 0
        ? `repaired ${placed.join(', ')} of ${version} from the node's own store${andIntact(intact)}`
        : intactPart(intact.length, kept.length, version);
    case 'rolled-back':
      return `went back to ${version}: ${counted(placed.length)} put back${andIntact(intact)}`;
    case 'uninstalled':
      return uninstalledPart(outcome);
    case 'unchanged':
      return intactPart(intact.length, kept.length, version);
  }
}

function uninstalledPart({ plan, plugins }: Outcome): string {
  const count = (verb: string): number => plan.filter((action) => action.do === verb).length;
  const stays = plugins.kept.length > 0 ? `; ${plugins.kept.join(', ')} stay` : '';
  return `${counted(count('remove'))} removed, ${count('restore')} of others given back${stays}`;
}

function intactPart(intact: number, kept: number, version: string): string {
  if (intact + kept === 0) return '';
  const others = kept > 0 ? `, ${kept} of others kept` : '';
  return `${counted(intact)} of ${version} intact${others}`;
}

function andIntact(intact: readonly string[]): string {
  return intact.length > 0 ? `, ${intact.length} already intact` : '';
}

function counted(plugins: number): string {
  return plugins === 1 ? '1 plugin' : `${plugins} plugins`;
}

function sharingPart({ sharing, outcome, dryRun }: Outcome): string {
  if (sharing === undefined || outcome === 'failed') return '';
  if (sharing.shared === undefined) return 'whether the mounts are shared is not known';
  if (!sharing.shared)
    return dryRun ? `the mounts would be shared (${sharing.mode})` : 'the mounts are NOT shared';
  return sharing.changed.length > 0
    ? `${changedMounts(sharing)} now shared`
    : 'the mounts were shared already';
}

function changedMounts({ changed }: Sharing): string {
  const [first, ...more] = changed;
  if (more.length === 0) return `the mount ${first} is`;
  return `the mount ${first} and ${more.length} more are`;
}
