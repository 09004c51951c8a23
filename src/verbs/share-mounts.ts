// `share-mounts`: the mounts that the pod's containers will ask to share are shared, and nothing else is done.

import type { ShareMountsConfig } from '../arguments/configure/share-mounts.ts';
import type { Effects } from '../engine/context.ts';
import { shareForPod, type SharingStep } from '../engine/share-for-pod.ts';
import { Failure } from '../failure/failure.ts';
import { Interruption } from '../failure/interruption.ts';
import { deadline } from '../lib/time/deadline.ts';
import { noPlugins, type Outcome } from '../report/result.ts';
import { spread } from '../watch/schedule.ts';

export async function shareMounts(config: ShareMountsConfig, effects: Effects): Promise<Outcome> {
  return config.everyMs === undefined
    ? sharingOutcome(await shareForPod(config.sharing, config.dryRun, effects), config.dryRun)
    : staying(config, config.everyMs, effects);
}

/** Until it is stopped. What goes wrong is said when it begins, not each time; the next time may be better. */
async function staying(config: ShareMountsConfig, everyMs: number, effects: Effects): Promise<Outcome> {
  const { log, signal, random, sleep } = effects;
  let step: SharingStep | undefined;
  let said = '';
  try {
    for (;;) {
      step = await oneRound(config, effects);
      const troubles = step.findings.map(({ message }) => message).join('; ');
      if (troubles !== said && troubles !== '') log.warn(troubles);
      said = troubles;
      await sleep(spread(everyMs, random()), signal);
    }
  } catch (error) {
    if (!(error instanceof Interruption) || step === undefined) throw error;
    return sharingOutcome({ ...step, failure: undefined }, config.dryRun);
  }
}

async function oneRound(
  { sharing, dryRun, timeoutMs }: ShareMountsConfig,
  effects: Effects,
): Promise<SharingStep> {
  const time = deadline(timeoutMs, effects.signal, () => tookTooLong(timeoutMs));
  try {
    // Whether it is required or not, it goes on: what is still missing is a finding each time.
    return await shareForPod({ ...sharing, required: false }, dryRun, { ...effects, signal: time.signal });
  } finally {
    time.cancel();
  }
}

function tookTooLong(timeoutMs: number): Failure {
  return new Failure('timeout', { message: `sharing the mounts was not over after ${timeoutMs} ms` });
}

/** Nobody knows whether they were shared before: after each boot they are not. So what was put in place is `installed`. */
function sharingOutcome({ mode, sharing, findings, failure }: SharingStep, dryRun: boolean): Outcome {
  const changed = (sharing?.changed.length ?? 0) > 0;
  return {
    outcome: failure !== undefined ? 'failed' : changed ? 'installed' : 'unchanged',
    version: undefined,
    plugins: noPlugins,
    plan: [],
    dryRun,
    sharingMode: mode,
    sharing,
    findings,
    trouble: failure,
  };
}
