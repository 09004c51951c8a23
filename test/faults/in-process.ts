// The installer's verbs within this process: a whole run costs a few milliseconds, where a process of its own costs hundreds.

import { tmpdir } from 'node:os';
import { readRequest } from '../../src/arguments/command-line.ts';
import { runVerb } from '../../src/verbs/run.ts';
import { configure } from '../../src/arguments/config.ts';
import { silentLog } from '../support/silent-log.ts';
import { pause } from '../../src/lib/time/pause.ts';
import { type TestNode, wordsOn } from '../support/installer.ts';
import { ownArch } from '../support/own-arch.ts';
import type { Effects } from '../../src/engine/context.ts';

/** Everything below the process edge. Rejects as the verb does, also for a node that has a set but not the one wished for. */
export async function runHere(node: TestNode, words: readonly string[]): Promise<void> {
  const [verb = '', ...args] = wordsOn(node, words);
  const apart = verb === 'install' ? ['--share-mounts', 'off'] : [];
  const request = await readRequest([verb, ...args, ...apart, '--cni-bin-dir', node.binDir], {});
  if (request.ask !== 'run') throw new Error(`${verb} is not a verb that runs`);
  const result = await runVerb(configure(request.options, ownArch), effects);
  if ('outcome' in result && result.outcome.trouble !== undefined) throw result.outcome.trouble;
}

const effects: Effects = {
  log: silentLog,
  signal: new AbortController().signal,
  now: Date.now,
  random: Math.random,
  sleep: pause,
  proxies: { https: undefined, http: undefined, noProxy: undefined },
  userAgent: 'test',
  holder: 'a test',
  busybox: undefined,
  bundledArchives: undefined,
  inContainer: false,
  apiServer: undefined,
  serviceAccountDir: '/nowhere',
  ownProcess: { nodeVersion: '', residentBytes: () => 0, cpuSeconds: () => 0, startedAtMs: 0 },
  environment: {},
  scratch: tmpdir(),
};
