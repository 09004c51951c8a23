// Where on the node everything lies.

import { join } from 'node:path';
import type { OptionReader } from '../option-reader.ts';

/** Absolute paths, as this process sees them. */
export interface NodePaths {
  readonly binDir: string;
  readonly stateDir: string;
  /** Undefined: there is none. */
  readonly spareStore?: string | undefined;
}

export function nodePathsOf(read: OptionReader<'cni-bin-dir' | 'state-dir'>): NodePaths {
  const binDir = read.path('cni-bin-dir');
  return { binDir, stateDir: read.path('state-dir') ?? join(binDir, '.cni-plugins-installer') };
}

/** For the verbs that keep a spare store, or live on it. */
export function nodeWithSpareOf(read: OptionReader<'cni-bin-dir' | 'state-dir' | 'spare-store'>): NodePaths {
  return { ...nodePathsOf(read), spareStore: read.path('spare-store') };
}
