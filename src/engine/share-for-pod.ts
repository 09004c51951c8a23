// The step in which the mounts that the pod's containers will ask to share are shared, or only looked at.

import type { SharingView, SharingWish } from '../arguments/parts/sharing.ts';
import { Failure } from '../failure/failure.ts';
import type { Finding } from '../failure/finding.ts';
import type { SharingMode } from '../node/mounts/sharing-plan.ts';
import { inspectMounts, type Sharing, shareNeededMounts } from '../node/mounts/mounts.ts';
import type { Effects } from './context.ts';
import { hostProcOf } from './host/host-proc.ts';

export interface SharingStep {
  /** What was to be done. */
  readonly mode: SharingMode;
  readonly sharing: Sharing | undefined;
  readonly findings: readonly Finding[];
  readonly failure: Failure | undefined;
}

const notAsked: SharingStep = { mode: 'off', sharing: undefined, findings: [], failure: undefined };

/** Where sharing is required but may not be changed, it is still looked at: the promise has to be kept or refused. */
export async function shareForPod(
  wish: SharingWish,
  dryRun: boolean,
  effects: Effects,
): Promise<SharingStep> {
  const { mode, paths, required } = wish;
  if (mode === 'off' && !required) return notAsked;
  const hostProc = hostProcOf(wish.hostProc, effects);
  const mayAct = intendedMode(wish, effects) !== 'off';
  if (!mayAct && !required) return notAsked;
  const request = { mode, paths, hostProc: hostProc.path, busybox: effects.busybox };
  const acts = mayAct && !dryRun;
  const sharing = acts ? await shareNeededMounts(request, effects) : await inspectMounts(request);
  return { mode, ...judge(sharing, required) };
}

/** The mode, unless it is only the default and there is no host to speak of. */
export function intendedMode({ mode, explicit, hostProc }: SharingView, effects: Effects): SharingMode {
  return explicit || hostProcOf(hostProc, effects).ofHost ? mode : 'off';
}

/** The same look without a change; undefined where there is nothing to look at, or nobody wants to know. */
export async function inspectForPod(view: SharingView, effects: Effects): Promise<Sharing | undefined> {
  const { mode, paths } = view;
  if (intendedMode(view, effects) === 'off') return undefined;
  return inspectMounts({
    mode,
    paths,
    hostProc: hostProcOf(view.hostProc, effects).path,
    busybox: undefined,
  });
}

/** What was found stays a warning, unless sharing was required and the runtime does not see it. */
function judge(sharing: Sharing, required: boolean): Omit<SharingStep, 'mode'> {
  const { findings } = sharing;
  if (!required || sharing.shared === true) return { sharing, findings, failure: undefined };
  const [first] = findings;
  const failure = new Failure(first?.code ?? 'mount-not-shared', {
    message: `sharing is required and could not be obtained: ${first?.message ?? 'the mounts are not shared'}`,
    hint: first?.hint,
  });
  return { sharing, findings: findings.slice(1), failure };
}
