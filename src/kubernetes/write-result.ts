// What is written to the API server, and what comes of it, for whoever counts that.

import { troubleKinds } from './api-trouble.ts';

export type WrittenObject = 'condition' | 'event' | 'taint';

export const writeResults = ['ok', ...troubleKinds] as const;
export type WriteResult = (typeof writeResults)[number];

export type WriteObserver = (object: WrittenObject, result: WriteResult) => void;
