// What the probes are answered. Pure.

/** What is known of the watch at one instant; times are milliseconds since the epoch. */
export interface WatchView {
  readonly lastGlanceMs: number;
  /** How often the directory is looked at. */
  readonly glancePeriodMs: number;
  readonly deepAuditDone: boolean;
  readonly mountsAreFine: boolean;
  readonly troubles: readonly TroubleView[];
}

export interface TroubleView {
  readonly name: string;
  readonly because: string;
  /** The plugin runs: pods can use it, though it is not the one that was placed. */
  readonly works: boolean;
  readonly sinceMs: number;
  /** A repair was tried, and the node or the store did not let it. */
  readonly repairFailed: boolean;
}

export interface Health {
  readonly ok: boolean;
  /** A line each, for whoever asks why. */
  readonly lines: readonly string[];
}

/** The loop lives, and the directory answers: a hanging file system shows here. Nothing else matters to it. */
export function livenessOf({ lastGlanceMs, glancePeriodMs }: WatchView, nowMs: number): Health {
  const ageMs = nowMs - lastGlanceMs;
  const ok = ageMs < 3 * glancePeriodMs;
  return { ok, lines: [`last look at the bin dir ${(ageMs / 1000).toFixed(1)} s ago`] };
}

/** How long a trouble may stand before the node is called not ready: about what a repair takes. */
const graceMs = 2_000;

/** The node can attach pods. Slow to turn: a probe is no alarm, and what is repaired at once concerns no pod. */
export function readinessOf(view: WatchView, nowMs: number): Health {
  const reasons = [
    ...(view.deepAuditDone ? [] : ['the first deep audit is not over']),
    ...(view.mountsAreFine ? [] : ['mounts that have to be shared are not']),
    ...troublesAgainst(view, nowMs).map(({ because }) => because),
  ];
  return { ok: reasons.length === 0, lines: reasons.length === 0 ? ['every wanted plugin works'] : reasons };
}

/** Those that keep pods from attaching, and are not about to be mended. */
export function troublesAgainst({ troubles }: WatchView, nowMs: number): readonly TroubleView[] {
  return troubles.filter((trouble) => countsAgainst(trouble, nowMs));
}

function countsAgainst({ works, sinceMs, repairFailed }: TroubleView, nowMs: number): boolean {
  return !works && (repairFailed || nowMs - sinceMs > graceMs);
}
