// From a checked configuration to the verb that carries it out.

import type { Config } from '../config.ts';
import type { Outcome } from '../report/outcome.ts';
import type { Effects } from './effects.ts';

/** Verbs are loaded when they run: an intact node must not pay for what it does not use. */
export async function runVerb(config: Config, effects: Effects): Promise<Outcome> {
  switch (config.verb) {
    case 'install':
      return (await import('./install.ts')).install(config, effects);
    case 'share-mounts':
      return (await import('./share-mounts.ts')).shareMounts(config, effects);
  }
}
