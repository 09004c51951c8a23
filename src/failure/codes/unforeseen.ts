// Codes of ends that are no failure of what was asked: a bug of ours, and being told to stop.

import type { CodeEntry } from './entry.ts';

export const bugCodes = {
  bug: {
    means: 'something that nobody foresaw; the log has a stack',
    remedy: 'please report it with the lines above, the options and the kind of node',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

export const interruptionCodes = {
  interrupted: {
    means: 'the process was told to stop; nothing is half done',
    remedy: 'run again; what was downloaded so far is used',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
