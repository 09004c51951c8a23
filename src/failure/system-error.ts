// The kernel's refusals on the node, in words: which file, why, and what to do.

import { errnoOf } from '../lib/errno.ts';
import { errorWords } from '../lib/linux/errors.ts';
import { readConfiningType } from '../lib/linux/selinux.ts';
import { type CodeOf, remedyOf } from './codes.ts';
import { Failure } from './failure.ts';
import { selinuxHint } from './selinux-hint.ts';

const codes: Readonly<Record<string, CodeOf<'node'>>> = {
  EACCES: 'node-permission',
  EPERM: 'node-permission',
  EROFS: 'node-read-only',
  ENOSPC: 'node-no-space',
  EDQUOT: 'node-no-space',

  EIO: 'node-io-error',
  // The same, by the words of NFS, ext4 and XFS, and btrfs.
  EREMOTEIO: 'node-io-error',
  EUCLEAN: 'node-io-error',
  EBADMSG: 'node-io-error',
  EXDEV: 'state-dir-elsewhere',
};

/** What an error means here, where errno(3) does not say it. */
const ownWords: Readonly<Record<string, string>> = {
  EXDEV: 'the state dir and the CNI bin dir are not on the same mount',
};

interface SystemError extends Error {
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return errnoOf(error) !== undefined && error instanceof Error && 'syscall' in error;
}

/**
 * A system error as a Failure `node`; anything else as it is.
 * @param purpose what it was for (`to keep /opt/cni/bin/macvlan`), where the error names a file of ours only
 * @param at the file, where the error names none: write(2) knows a descriptor only
 */
export function asRefusal(error: unknown, purpose?: string, at?: string): unknown {
  if (!isSystemError(error)) return error;
  const { syscall, path, dest } = error;
  const place = dest ?? path ?? at;
  const what = [syscall, place === undefined ? '' : `of ${place}`, purpose ?? ''].filter(Boolean).join(' ');
  return refusal(errnoOf(error) ?? '', what, error);
}

/** @param what completes "the node refused …" */
export function refusal(errno: string, what: string, cause?: unknown): Failure {
  const words = ownWords[errno] ?? errorWords(errno) ?? 'unknown error';
  const message = `the node refused ${what}: ${words} (${errno})`;
  return new Failure(codes[errno] ?? 'node-refused', { message, hint: hintOfDenial(errno), cause });
}

/** SELinux has no errno of its own, nor do permission bits that count beside it. Undefined: the table's remedy. */
function hintOfDenial(errno: string): string | undefined {
  const type = errno === 'EACCES' ? readConfiningType() : undefined;
  return type === undefined
    ? undefined
    : `${selinuxHint(type)}; if that is not it: ${remedyOf('node-permission')}`;
}

/** Runs what touches the node; a system error comes out as a Failure `node`. */
export async function onNode<Result>(step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    throw asRefusal(error);
  }
}
