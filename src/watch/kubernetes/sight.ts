// The node under watch as others tell of it: what guard and record know of it at one instant.

import { isShared } from '../../node/mounts/sharing-plan.ts';
import type { Guard, GuardObserver } from '../guard.ts';
import type { NodeSight } from './standing.ts';
import type { WatchRecord } from '../watch-record.ts';

export function sightOf(guard: Guard, { audit, generation }: WatchRecord): NodeSight {
  const mounts = audit?.mounts ?? [];
  const unshared = mounts.filter(({ propagation }) => propagation !== 'unknown' && !isShared(propagation));
  return {
    view: guard.view(),
    contended: guard.contended,
    release: generation?.version,
    unshared: [...new Set(unshared.map(({ path }) => path))],
  };
}

/** One observer after the other is told what it wants to know. */
export function inTurn(...observers: readonly Partial<GuardObserver>[]): GuardObserver {
  return {
    audited: (...about) => observers.forEach((one) => one.audited?.(...about)),
    repaired: (...about) => observers.forEach((one) => one.repaired?.(...about)),
    repairFailed: (...about) => observers.forEach((one) => one.repairFailed?.(...about)),
    modeIs: (...about) => observers.forEach((one) => one.modeIs?.(...about)),
  };
}
