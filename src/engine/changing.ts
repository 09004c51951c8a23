// The steps that only a change needs, so that a start that finds all well loads none of them.

export { placeSet, recordSet } from '../node/plugins/switch-set.ts';
export { othersIn } from './notes/others.ts';
export { keepSpare } from './notes/spare.ts';
export { readyFromArchive, readyFromEarlier, readyFromStore } from './ready-set.ts';
export { outcomeOfSwitch, proveSet, transitionTo } from './switch-steps.ts';
export { sweepLeftovers, whileLocked } from './turns.ts';
