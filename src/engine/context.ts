// What every step of one verb on one node needs to know.

import type { Config } from '../arguments/config.ts';
import { StateDir, type Premises } from '../node/state/state-dir.ts';
import type { Effects } from './effects.ts';

export interface Task {
  readonly config: Config;
  readonly premises: Premises;
  readonly effects: Effects;
}

export function taskFor(config: Config, effects: Effects): Task {
  const { binDir, stateDir } = config.node;
  return { config, effects, premises: { binDir, stateDir: new StateDir(stateDir) } };
}
