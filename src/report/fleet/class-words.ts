// The words for what a class of nodes has, the same in text and on the page. Pure.

import type { FleetPluginState, NodeClass, StandingWord } from '../../fleet/fleet.ts';

export const standingWords: Readonly<Record<StandingWord, string>> = {
  well: 'ready',
  degraded: 'degraded',
  failed: 'failed',
  stale: 'stale',
  unknown: 'not told of',
};

export const stateWords: Readonly<Record<FleetPluginState, string>> = {
  intact: 'intact',
  kept: "kept, another's",
  changed: 'changed',
  foreign: 'foreign',
  absent: 'absent',
  'not-executable': 'not executable',
  broken: 'broken',
  gone: 'absent or broken',
};

export interface PluginGroup {
  readonly state: FleetPluginState;
  /** `8 plugins intact`. */
  readonly word: string;
  readonly names: readonly string[];
}

/** By state, what is wrong first. */
export function pluginGroups({ plugins }: NodeClass): PluginGroup[] {
  const states = (Object.keys(stateWords) as FleetPluginState[]).toReversed();
  return states.flatMap((state) => {
    const names = Object.keys(plugins).filter((name) => plugins[name] === state);
    const word = `${names.length} ${names.length === 1 ? 'plugin' : 'plugins'} ${stateWords[state]}`;
    return names.length === 0 ? [] : [{ state, word, names }];
  });
}
