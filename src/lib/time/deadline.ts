// A signal that aborts after a time, for a reason of the caller's.

export interface Deadline {
  readonly signal: AbortSignal;
  /** Lets the process end before the time is up. */
  readonly cancel: () => void;
}

/** Aborts with `reason()` after `ms`, or with the parent's reason when that comes first. */
export function deadline(ms: number, parent: AbortSignal, reason: () => unknown): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason()), ms);
  return { signal: AbortSignal.any([parent, controller.signal]), cancel: () => clearTimeout(timer) };
}
