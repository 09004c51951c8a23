// A process of its own that downloads, to be killed by a test.

import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../support/silent-log.ts';
import { download } from '../../src/http/download.ts';
import { maxBytesInTests } from './faulty-server.ts';

const job = JSON.parse(process.argv[2] ?? '') as { url: string; partialPath: string; userAgent: string };

await download(
  { ...job, url: new URL(job.url), what: 'the archive', retries: 0, maxBytes: maxBytesInTests, proxies: {} },
  {
    log: silentLog,
    signal: new AbortController().signal,
    now: Date.now,
    random: Math.random,
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, { signal });
    },
  },
);
