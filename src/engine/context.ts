// What every step of the engine is given: what was asked for, where on the node, and the world it may use.

import type { Config } from '../arguments/config.ts';
import type { ProxySettings } from '../http/proxy.ts';
import type { ProgressView } from '../http/progress.ts';
import type { RunEffects } from '../lib/effects.ts';
import { type Premises, StateDir } from '../node/state/state-dir.ts';
import type { SetRequest } from './fulfilment.ts';

/** Assembled once, at the process edge. */
export interface Effects extends RunEffects {
  /** How a download is shown to people who watch; without it there is a log line every few seconds. */
  readonly progress?: ProgressView | undefined;
  readonly proxies: ProxySettings;
  readonly userAgent: string;
  /** How another installer on the node is told about us, on one line. */
  readonly holder: string;
  /** A static busybox in our own root; undefined where there is none. */
  readonly busybox: string | undefined;
  /** A directory with archives that our image brings along, by upstream's layout; undefined where there is none. */
  readonly bundledArchives: string | undefined;
  /** The orchestrator's environment is there, or a PID namespace of our own. */
  readonly inContainer: boolean;
}
export interface Task {
  readonly config: Config;
  readonly premises: Premises;
  readonly effects: Effects;
}

export function taskFor(config: Config, effects: Effects): Task {
  const { binDir, stateDir } = config.node;
  return { config, effects, premises: { binDir, stateDir: new StateDir(stateDir) } };
}

/** A task with the set that is wished for. */
export interface WishedTask extends Task {
  readonly request: SetRequest;
}
