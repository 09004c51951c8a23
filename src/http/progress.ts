// How far a download is, as one line for people.

import { megabytes } from '../lib/byte-size.ts';

export interface ProgressView {
  readonly everyMs: number;
  readonly show: (line: string) => void;
}

/** Where the bytes are: `alreadyHad` of them were there before the clock started. */
export interface Progress {
  readonly bytes: number;
  /** Undefined where the server did not say. */
  readonly total: number | undefined;
  readonly elapsedMs: number;
  readonly alreadyHad: number;
}

/** `downloading 34% of 52.8 MB, 3.1 MB/s, 11 s left`; what is not known yet is left out. */
export function progressLine({ bytes, total, elapsedMs, alreadyHad }: Progress): string {
  const bytesPerSecond = elapsedMs > 0 ? ((bytes - alreadyHad) * 1_000) / elapsedMs : 0;
  const parts = [howFar(bytes, total)];
  if (bytesPerSecond > 0) parts.push(`${megabytes(bytesPerSecond)}/s`);
  if (bytesPerSecond > 0 && total !== undefined) {
    parts.push(`${duration(Math.max(0, total - bytes) / bytesPerSecond)} left`);
  }
  return `downloading ${parts.join(', ')}`;
}

function howFar(bytes: number, total: number | undefined): string {
  if (total === undefined || total === 0) return megabytes(bytes);
  // Floor, for 100 % must mean all of it.
  return `${Math.floor((bytes / total) * 100)}% of ${megabytes(total)}`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 120 ? `${whole} s` : `${Math.ceil(whole / 60)} min`;
}

/** Shows a line at most every `everyMs`, from now on; returns what to call with the bytes after each piece. */
export function createProgressMeter(
  alreadyHad: number,
  total: number | undefined,
  view: ProgressView,
  now: () => number,
): (bytes: number) => void {
  const startedMs = now();
  let shownMs = startedMs;
  return (bytes) => {
    const nowMs = now();
    if (nowMs - shownMs < view.everyMs) return;
    shownMs = nowMs;
    view.show(progressLine({ bytes, total, elapsedMs: nowMs - startedMs, alreadyHad }));
  };
}
