// What a plugin is called, by the very decision that says what would be done about it. Pure.

import type { Observed } from './inventory.ts';
import { type Action, isExecutable, type PlaceReason } from './plan.ts';

/**
 * `changed`: ours, but other bytes or other permission bits. `broken`: can't run, zero bytes too. `foreign`: not ours.
 */
export type PluginState = 'intact' | 'absent' | 'changed' | 'foreign' | 'not-executable' | 'broken';

/**
 * Total: every decision about everything that may stand under a name has a state. What can't work is called by that,
 * whoever placed it; only what works is ours and intact, ours and changed, or another's.
 * @param works whether what stands there ran; not asked of what can't be run
 */
export function stateOf(action: Action, observed: Observed, works: boolean): PluginState {
  switch (observed.kind) {
    case 'absent':
      return 'absent';
    case 'directory':
    case 'special':
      return 'broken';
    case 'file':
      if (!isExecutable(observed)) return 'not-executable';
      return works ? stateOfWorking(action) : 'broken';
    case 'symlink':
      return works ? stateOfWorking(action) : 'broken';
  }
}

function stateOfWorking(action: Action): PluginState {
  switch (action.do) {
    case 'leave':
      return action.as === 'intact' ? 'intact' : 'foreign';
    case 'adopt':
    case 'keep':
    case 'refuse':
      return 'foreign';
    case 'place':
      return stateBefore[action.because];
    case 'remove':
    case 'restore':
      return 'intact';
    case 'disown':
      return action.because === 'changed' ? 'changed' : 'foreign';
  }
}

/** What is called for being placed anew. */
const stateBefore: Readonly<Record<PlaceReason, PluginState>> = {
  absent: 'absent',
  vanished: 'absent',
  changed: 'changed',
  'other-mode': 'changed',
  'other-version': 'changed',
  'not-executable': 'not-executable',
  foreign: 'foreign',
  'foreign-broken': 'broken',
};
