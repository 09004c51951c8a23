// The plugins of others that a plan meets: who they are, found out while they still stand, and what is told of them.

import { join } from 'node:path';
import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import type { Inventory } from '../../node/plugins/inventory.ts';
import { introduceAll, introducedBy, type Introduction, nameWith } from '../../node/plugins/introduction.ts';
import { type Action, isDamaged } from '../../node/plugins/plan.ts';
import type { Introduced } from '../../node/state/ledger.ts';
import type { Rules } from '../plan-set.ts';
import { unjudgedNote } from './unjudged.ts';
import type { ReadySet } from '../ready-set.ts';

/** What a plan means for something that is not ours. */
type Fate = 'kept' | 'displaced' | 'broken' | 'overwrote-ours';

export interface Other extends Introduction {
  readonly name: string;
  readonly fate: Fate;
}

/** Runs them, where they stand: once the plan is carried out, some are gone. */
export async function othersIn(
  { plan, seen: { inventory } }: Pick<ReadySet, 'plan' | 'seen'>,
  { binDir, ...terms }: Rules,
): Promise<readonly Other[]> {
  const met = plan.flatMap((action): [string, Fate][] => {
    const fate = fateIn(action, inventory);
    return fate === undefined ? [] : [[action.name, fate]];
  });
  const paths = met.map(([name]) => [name, join(binDir, name)] as const);
  const introductions = await introduceAll(paths, terms);
  return met.flatMap(([name, fate]) => {
    const introduction = introductions.get(name);
    return introduction === undefined ? [] : [{ ...introduction, name, fate }];
  });
}

function fateIn(action: Action, inventory: Inventory): Fate | undefined {
  if (action.do === 'keep') return 'kept';
  if (action.do !== 'place') return undefined;
  if (action.because === 'foreign') return 'displaced';
  if (action.because === 'foreign-broken') return 'broken';
  return action.because === 'changed' && isSomebodys(action.name, inventory) ? 'overwrote-ours' : undefined;
}

/** Not what a crash or a full disk leaves behind. */
function isSomebodys(name: string, inventory: Inventory): boolean {
  const observed = inventory.get(name);
  return observed?.kind === 'symlink' || (observed?.kind === 'file' && !isDamaged(observed));
}

/** What those that are kept said of themselves, as it is recorded. */
export function introducedAmong(others: readonly Other[]): Readonly<Record<string, Introduced>> {
  const kept = others.filter(({ fate, untried }) => fate === 'kept' && untried === undefined);
  return Object.fromEntries(kept.map((other) => [other.name, introducedBy(other)]));
}

/** What is told of those that do not stay, or stay untried; each once, by name. */
export function othersNotes(others: readonly Other[]): Finding[] {
  const named = (fate: Fate): string[] =>
    others.filter((other) => other.fate === fate).map((other) => nameWith(other.name, other));
  return [
    ...displacedNote(named('displaced')),
    ...named('broken').map(brokenNote),
    ...overwrittenNote(named('overwrote-ours')),
    ...others.flatMap(untriedNote),
  ];
}

function untriedNote({ name, fate, untried }: Other): Finding[] {
  return fate === 'kept' && untried !== undefined ? [unjudgedNote(name, untried)] : [];
}

function displacedNote(names: readonly string[]): Finding[] {
  if (names.length === 0) return [];
  return [
    {
      code: 'plugin-displaced',
      message: `replaced what others had placed: ${names.join(', ')}`,
      hint: remedyOf('plugin-displaced'),
    },
  ];
}

function brokenNote(name: string): Finding {
  return {
    code: 'broken-plugin-replaced',
    message: `${name} was another installer's and does not work; it was replaced although conflicts are kept`,
    hint: remedyOf('broken-plugin-replaced'),
  };
}

function overwrittenNote(names: readonly string[]): Finding[] {
  if (names.length === 0) return [];
  return [
    {
      code: 'plugin-overwritten',
      message: `others had written over what was placed, and ours was put back: they had brought ${names.join(', ')}`,
      hint: remedyOf('plugin-overwritten'),
    },
  ];
}
