// A log for tests in which nothing is to be said, or nobody listens.

import type { Log } from '../../src/lib/log.ts';

const nothing = (): void => undefined;

export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
