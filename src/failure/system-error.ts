// The kernel's refusals on the node, in words: which file, why, and what to do.

import { Failure } from './failure.ts';

interface Meaning {
  readonly code: string;
  readonly words: string;
  readonly hint: string;
}

const permission: Meaning = {
  code: 'node-permission',
  words: 'permission denied',
  hint: 'run as root; where the directory belongs to another user, give the container CAP_DAC_OVERRIDE; where a plugin in it does, CAP_FOWNER',
};
const full = 'free space on the file system of the CNI bin dir';

const meanings: Readonly<Record<string, Meaning>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: {
    code: 'node-read-only',
    words: 'read-only file system',
    hint: 'mount the CNI bin dir writable (readOnly: false), or use --cni-bin-dir for the dir of this distribution',
  },
  ENOSPC: { code: 'node-no-space', words: 'no space left on device', hint: `${full}, or its inodes` },
  EDQUOT: { code: 'node-no-space', words: 'disk quota exceeded', hint: full },
  EIO: {
    code: 'node-io-error',
    words: 'input/output error',
    hint: "see the node's kernel log: its disk is failing",
  },
  EXDEV: {
    code: 'state-dir-elsewhere',
    words: 'the state dir and the CNI bin dir are not on the same mount',
    hint: 'put --state-dir on the same mount as --cni-bin-dir, or leave it out',
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
 */
export function asRefusal(error: unknown, purpose?: string): unknown {
  if (!isSystemError(error)) return error;
  const { code: errno, syscall, path, dest } = error;
  const meaning = meanings[errno] ?? {
    code: 'node-refused',
    words: errno,
    hint: 'see what else works on this directory; run again',
  };
  const place = dest ?? path;
  const what = [syscall, place === undefined ? '' : `of ${place}`, purpose ?? ''].filter(Boolean).join(' ');
  return new Failure('node', {
    code: meaning.code,
    message: `the node refused ${what}: ${meaning.words} (${errno})`,
    hint: meaning.hint,
    cause: error,
  });
}

/** Runs what touches the node; a system error comes out as a Failure `node`. */
export async function onNode<Result>(step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    throw asRefusal(error);
  }
}
