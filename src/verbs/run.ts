// From a checked configuration to the verb that carries it out.

import type { Config } from '../arguments/config.ts';
import type { Result } from '../report/result.ts';
import type { Effects } from '../engine/context.ts';

/** Whatever is thrown is an outcome too, with what is known of the node all the same. */
export async function runVerb(config: Config, effects: Effects): Promise<Result> {
  try {
    return await runChosen(config, effects);
  } catch (error) {
    return { outcome: await (await import('../engine/audit/aftermath.ts')).failedOn(config, error, effects) };
  }
}

/** Verbs are loaded when they run: an intact node must not pay for what it does not use. */
async function runChosen(config: Config, effects: Effects): Promise<Result> {
  switch (config.verb) {
    case 'install':
      return { outcome: await (await import('./install.ts')).install(config, effects) };
    case 'share-mounts':
      return { outcome: await (await import('./share-mounts.ts')).shareMounts(config, effects) };
    case 'rollback':
      return { outcome: await (await import('./rollback.ts')).rollback(config, effects) };
    case 'uninstall':
      return { outcome: await (await import('./uninstall.ts')).uninstall(config, effects) };
    case 'verify':
      return { answer: await (await import('./verify.ts')).verify(config, effects) };
    case 'doctor':
      return { answer: await (await import('./doctor.ts')).doctor(config, effects) };
    case 'fleet':
      return { answer: await (await import('./fleet.ts')).fleet(config, effects) };
    case 'watch':
      return { outcome: await (await import('./watch.ts')).watch(config, effects) };
    case 'dhcp':
      return { outcome: await (await import('./dhcp.ts')).keepDhcp(config, effects) };
    case 'bundle':
      return { answer: await (await import('./bundle.ts')).bundle(config, effects) };
    case 'releases':
      return { answer: (await import('./releases.ts')).releases(config) };
  }
}
