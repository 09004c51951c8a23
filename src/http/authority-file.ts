// The operator's own certificate authorities, read from a file.

import { readFileSync } from 'node:fs';
import { Failure } from '../failure/failure.ts';
import { systemReason } from '../lib/errno.ts';

/** @throws Failure `usage` for a file that can't be read. Whether it holds certificates shows when it is used. */
export function readAuthorities(caFile: string | undefined): string | undefined {
  if (caFile === undefined) return undefined;
  try {
    return readFileSync(caFile, 'utf8');
  } catch (error) {
    throw new Failure('ca-file-unreadable', {
      message: `--ca-file ${caFile} can't be read: ${systemReason(error) ?? 'unknown error'}`,
      cause: error,
    });
  }
}
