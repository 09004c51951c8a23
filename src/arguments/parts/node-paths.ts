// Where on the node everything lies.

import { join } from 'node:path';
import type { OptionReader } from '../option-reader.ts';

/** Absolute paths, as this process sees them. */
export interface NodePaths {
  readonly binDir: string;
  readonly stateDir: string;
}

export function nodePathsOf(read: OptionReader<'cni-bin-dir' | 'state-dir'>): NodePaths {
  const binDir = read.path('cni-bin-dir');
  return { binDir, stateDir: read.path('state-dir') ?? join(binDir, '.cni-plugins-installer') };
}
