// The kernel's refusals on the node, in words: which file, why, and what to do.

import type { CodeOf } from './codes.ts';
import { Failure } from './failure.ts';

interface Meaning {
  readonly code: CodeOf<'node'>;
  readonly words: string;
}

const permission: Meaning = { code: 'node-permission', words: 'permission denied' };

const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: { code: 'node-read-only', words: 'read-only file system' },
  ENOSPC: { code: 'node-no-space', words: 'no space left on device' },
  EDQUOT: { code: 'node-no-space', words: 'disk quota exceeded' },
  EIO: { code: 'node-io-error', words: 'input/output error' },
  EXDEV: {
    code: 'state-dir-elsewhere',
    words: 'the state dir and the CNI bin dir are not on the same mount',
  },
};

interface SystemError extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
  readonly dest?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error && 'syscall' in error && typeof error.code === 'string';
}

/**
 * A system error as a Failure `node`; anything else as it is.
 * @param purpose what it was for (`to keep /opt/cni/bin/macvlan`), where the error names a file of ours only
 * @param at the file, where the error names none: write(2) knows a descriptor only
 */
export function asRefusal(error: unknown, purpose?: string, at?: string): unknown {
  if (!isSystemError(error)) return error;
  const { code: errno, syscall, path, dest } = error;
  const { code, words } = meanings[errno] ?? { code: 'node-refused', words: errno };
  const place = dest ?? path ?? at;
  const what = [syscall, place === undefined ? '' : `of ${place}`, purpose ?? ''].filter(Boolean).join(' ');
  return new Failure(code, { message: `the node refused ${what}: ${words} (${errno})`, cause: error });
}

/** Runs what touches the node; a system error comes out as a Failure `node`. */
export async function onNode<Result>(step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    throw asRefusal(error);
  }
}
