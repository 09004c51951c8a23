// Deciding what to do with each name in the bin dir. Pure: inventory + claims + wish → actions.

import { type Inventory, type Observed, type ObservedFile, unreadDigest } from './inventory.ts';
import type { Original } from '../state/ledger.ts';

/** What to do with a plugin that others placed. */
export type ConflictPolicy = 'replace' | 'keep' | 'fail';

/** What a plugin gets whatever the archive says: setuid is never taken over. */
export const pluginMode = 0o755;

/** What we hold to be ours under a name, and how it was when we left it. */
export interface Claim {
  readonly sha256: string;
  readonly mode: number;
  readonly original: Original;
}

/** What shall stand under a name. The digest is undefined until the archive has been read. */
export interface Wanted {
  readonly sha256: string | undefined;
  /** The archive has not been read, but is of another release than what we placed: none of that has the wanted bytes. */
  readonly isOtherRelease?: boolean;
  readonly mode: number;
}

export interface PlanInput {
  readonly inventory: Inventory;
  readonly claims: ReadonlyMap<string, Claim>;
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly onConflict: ConflictPolicy;
  /** Digests of foreign plugins that were kept before: they were seen to work. */
  readonly kept: Readonly<Record<string, string>>;
  /** Under `keep`: whether a foreign plugin was seen to work just now. A name that is missing does not work. */
  readonly working: ReadonlySet<string>;
}

export type PlaceReason =
  | 'absent'
  | 'vanished'
  | 'changed'
  | 'not-executable'
  | 'other-mode'
  | 'other-version'
  | 'foreign'
  | 'foreign-broken';

export type RefuseReason = 'directory' | 'special' | 'conflict';

/** One decision about one name. A closed union: executing, reporting and printing each answer every case. */
export type Action =
  /** As it should be; nothing is written. */
  | { readonly do: 'leave'; readonly name: string; readonly as: 'intact' | 'kept' }
  /** A foreign plugin with the very bytes we want: it is recorded, its inode is not touched. */
  | { readonly do: 'adopt'; readonly name: string }
  /** A foreign plugin that works stays, by policy. */
  | { readonly do: 'keep'; readonly name: string }
  /** Ours goes there; `preserve` first puts what is there now among the originals. */
  | { readonly do: 'place'; readonly name: string; readonly because: PlaceReason; readonly preserve: boolean }
  /** Ours is no longer wanted: out it goes, or its original comes back. */
  | { readonly do: 'remove' | 'restore'; readonly name: string }
  /** No longer wanted, but what is there now is not ours to take away. */
  | {
      readonly do: 'disown';
      readonly name: string;
      readonly because: 'was-there-before' | 'changed' | 'gone' | 'called' | 'unread';
    }
  /** The whole plan can't be carried out because of this name. */
  | { readonly do: 'refuse'; readonly name: string; readonly because: RefuseReason };

export type Plan = readonly Action[];

/** Decides about every name that is wanted or claimed, in alphabetical order. */
export function makePlan(input: PlanInput): Plan {
  const names = new Set([...input.wanted.keys(), ...input.claims.keys()]);
  return [...names].toSorted().map((name) => decide(name, input));
}

/** Ours that would go stays, as nobody's, where the node's own network calls it. */
export function sparing(plan: Plan, called: ReadonlySet<string>): Plan {
  return plan.map((action) =>
    action.do === 'remove' && called.has(action.name)
      ? { do: 'disown', name: action.name, because: 'called' }
      : action,
  );
}

function decide(name: string, input: PlanInput): Action {
  const observed = input.inventory.get(name) ?? { kind: 'absent' };
  const wanted = input.wanted.get(name);
  if (wanted === undefined) return retire(name, observed, input.claims.get(name));
  if (observed.kind === 'directory' || observed.kind === 'special') {
    return { do: 'refuse', name, because: observed.kind };
  }
  const claim = standingClaim(input.claims.get(name), observed, wanted);
  return claim === undefined
    ? decideForeign(name, observed, wanted, input)
    : decideOurs(name, observed, wanted, claim);
}

/**
 * A plugin that was only adopted still belongs to whoever placed it: once its bytes are not the ones that both want, our
 * claim is over, and the policy for foreign plugins speaks. One that we placed stays ours, whatever was written over it.
 */
function standingClaim(claim: Claim | undefined, observed: Observed, wanted: Wanted): Claim | undefined {
  if (claim?.original !== 'equal' || observed.kind === 'absent') return claim;
  const isBoths = observed.kind === 'file' && observed.sha256 === claim.sha256;
  return isBoths && claim.sha256 === wantedBytes(wanted, claim) ? claim : undefined;
}

/** As long as the archive was not read, ours of the same release are believed to have the wanted bytes. */
function wantedBytes({ sha256, isOtherRelease = false }: Wanted, claim: Claim): string | undefined {
  return sha256 ?? (isOtherRelease ? undefined : claim.sha256);
}

function decideOurs(
  name: string,
  observed: Exclude<Observed, { kind: 'directory' | 'special' }>,
  wanted: Wanted,
  claim: Claim,
): Action {
  const place = (because: PlaceReason): Action => {
    // An adopted plugin is still the other's file: before ours takes its place it becomes an original.
    return { do: 'place', name, because, preserve: claim.original === 'equal' && observed.kind !== 'absent' };
  };
  if (observed.kind === 'absent') return place('vanished');
  if (observed.kind === 'symlink') return place('changed');
  if (isUnread(observed)) return place('not-executable');
  if (observed.sha256 === wantedBytes(wanted, claim)) {
    if (!isExecutable(observed)) return place('not-executable');
    const suits =
      claim.original === 'equal' ? suitsAsAdopted(observed, wanted) : observed.mode === wanted.mode;
    return suits ? { do: 'leave', name, as: 'intact' } : place('other-mode');
  }
  return place(observed.sha256 === claim.sha256 ? 'other-version' : 'changed');
}

function decideForeign(
  name: string,
  observed: Exclude<Observed, { kind: 'directory' | 'special' }>,
  wanted: Wanted,
  input: PlanInput,
): Action {
  if (observed.kind === 'absent') return { do: 'place', name, because: 'absent', preserve: false };
  const displace = (because: PlaceReason): Action => ({ do: 'place', name, because, preserve: true });
  if (observed.kind === 'file' && observed.sha256 === wanted.sha256) {
    if (!isExecutable(observed)) return displace('not-executable');
    return suitsAsAdopted(observed, wanted) ? { do: 'adopt', name } : displace('other-mode');
  }
  if (input.onConflict === 'fail') {
    // Equal bytes are no conflict; before the archive has been read, nobody knows that they are not.
    return wanted.sha256 === undefined ? displace('foreign') : { do: 'refuse', name, because: 'conflict' };
  }
  if (input.onConflict === 'replace') return displace('foreign');
  if (observed.kind === 'file' && observed.sha256 === input.kept[name] && isExecutable(observed)) {
    return { do: 'leave', name, as: 'kept' };
  }
  return input.working.has(name) ? { do: 'keep', name } : displace('foreign-broken');
}

function retire(name: string, observed: Observed, claim: Claim | undefined): Action {
  if (claim === undefined) return { do: 'disown', name, because: 'gone' };
  if (claim.original === 'equal') return { do: 'disown', name, because: 'was-there-before' };
  if (observed.kind === 'absent') {
    return claim.original === 'displaced' ? { do: 'restore', name } : { do: 'disown', name, because: 'gone' };
  }
  const takeable = observed.kind === 'file' && (observed.sha256 === claim.sha256 || isDamaged(observed));
  if (!takeable) return { do: 'disown', name, because: isUnread(observed) ? 'unread' : 'changed' };
  return { do: claim.original === 'displaced' ? 'restore' : 'remove', name };
}

/**
 * What no other installer can have meant: bytes as a crash or a full disk leaves them, or a mode by which nobody, not even
 * who placed it, may read or run it.
 */
export function isDamaged(file: ObservedFile): boolean {
  if (isUnread(file)) return (file.mode & 0o444) === 0;
  return file.elf.kind === 'not-elf' ? file.size === 0 : file.size < file.elf.endBytes;
}

export function isExecutable(file: ObservedFile): boolean {
  return (file.mode & 0o111) !== 0;
}

/** It can't be run, and whose it is can't be told by its bytes. */
function isUnread(observed: Observed): boolean {
  return observed.kind === 'file' && observed.sha256 === unreadDigest;
}

/** Who placed it chose its mode; ours matters only where the operator asked for a particular one. */
function suitsAsAdopted(file: ObservedFile, wanted: Wanted): boolean {
  return wanted.mode === pluginMode || file.mode === wanted.mode;
}
