// Which system call's error it is, by its name.

import { errorName, errorWords } from './linux/errors.ts';

/**
 * The name of a Node system error (`ENOENT`, …), or undefined for anything else. Where Node has no name for the number, it
 * is errno(3)'s; `errno 524` where that has none either.
 */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  // "Unknown system error -122", or only UNKNOWN, by the call that it was.
  if (!/^unknown/i.test(error.code) || !('errno' in error)) return error.code;
  const number = Math.abs(Number(error.errno));
  return errorName(number) ?? `errno ${number}`;
}

/** `disk quota exceeded (EDQUOT)`; undefined for what is not a system error. */
export function systemReason(error: unknown): string | undefined {
  const errno = errnoOf(error);
  if (errno === undefined) return undefined;
  const words = errorWords(errno);
  return words === undefined ? errno : `${words} (${errno})`;
}

const hopeless = new Set<string | undefined>(['ENOSPC', 'EDQUOT', 'EIO']);

/** No room, no quota or a failing disk: another way of doing the same ends the same. */
export function isHopeless(error: unknown): boolean {
  return hopeless.has(errnoOf(error));
}
