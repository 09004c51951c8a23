// What a check is, and how it ends: well, by a finding, or by not having been able to look.

import type { NodeFacts } from '../facts/node-facts.ts';
import type { Seen } from '../facts/seen.ts';
import type { CheckId } from './ids.ts';

export type Severity = 'error' | 'warning' | 'note';

export type CheckEnd =
  | { readonly result: 'ok' }
  /** What was not looked at is never ok. */
  | {
      readonly result: 'skipped';
      readonly why: string;
      /** What would let us look. */
      readonly remedy?: string;
      /** The node has nothing of the kind, or nobody asked: there was nothing to look at. */
      readonly moot: boolean;
    }
  | Found;

export interface Found {
  readonly result: 'finding';
  /** One sentence: the thing, the place, what was wanted, what was found. Lower case at the start, no full stop. */
  readonly message: string;
  /** The one thing to do: a command in backticks, or the name of an option or value. In the same form. */
  readonly remedy: string;
  /** Where that id is a finding as well, this one follows from it. */
  readonly because?: CheckId;
  /** Names of what was found, where an error text may name one of them. */
  readonly subjects?: readonly string[];
  /** A line each. */
  readonly evidence?: readonly string[];
  /** Where it weighs otherwise than usual. */
  readonly severity?: Severity;
}

export interface Check {
  readonly severity: Severity;
  /** What a finding means, for the page. In the form of a message. */
  readonly means: string;
  /** Pure. */
  readonly judge: (facts: NodeFacts) => CheckEnd;
}

export type Checks<Id extends CheckId> = { readonly [Each in Id]: Check };

export const ok: CheckEnd = { result: 'ok' };

export function skipped(why: string, remedy?: string): CheckEnd {
  return { result: 'skipped', why, moot: false, ...(remedy !== undefined && { remedy }) };
}

/** There is nothing to look at. */
export function moot(why: string): CheckEnd {
  return { result: 'skipped', why, moot: true };
}

export function finding(trouble: Omit<Found, 'result'>): CheckEnd {
  return { result: 'finding', ...trouble };
}

/** Decides where the thing was seen, and says why not where it was not. */
export function whereSeen<Value>(known: Seen<Value>, decide: (value: Value) => CheckEnd): CheckEnd {
  return known.seen ? decide(known.value) : skipped(known.why);
}

/** Nothing in the list is well; anything in it is a finding. */
export function noneOf<Item>(
  items: readonly Item[],
  trouble: (items: readonly [Item, ...Item[]]) => Omit<Found, 'result'>,
): CheckEnd {
  const [first, ...rest] = items;
  return first === undefined ? ok : finding(trouble([first, ...rest]));
}

const shown = 8;

/** Names for a sentence; many are cut with a count. */
export function listed(names: readonly string[]): string {
  const more = names.length - shown;
  return more > 0 ? `${names.slice(0, shown).join(', ')} and ${more} more` : names.join(', ');
}
