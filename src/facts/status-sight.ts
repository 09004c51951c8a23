// What plugins answer when they are asked for their STATUS, on the host, as its runtime would ask them.

import { join } from 'node:path';
import type { CommandEnd } from '../lib/command.ts';
import { textIn } from '../cluster/json-value.ts';
import { recordOfText } from '../lib/record.ts';
import type { RunOnHost } from '../node/plugins/proof.ts';
import type { PluginSight } from './plugin-sight.ts';
import { type Seen, seenAs, unseen } from './seen.ts';
import { hasStatus, type StatusRequest } from './status-requests.ts';

export interface PluginStatus {
  readonly plugin: string;
  readonly by: string;
  readonly status: Status;
}

export type Status =
  | { readonly ready: true }
  /** By the CNI spec 50 and 51 mean that it can't serve; any other code is an error of its own. */
  | { readonly ready: false; readonly code: number | undefined; readonly says: string };

export interface StatusSeer {
  /** As this process sees it. */
  readonly binDir: string;
  /** As the host calls it. */
  readonly hostPath: Seen<string>;
  readonly signal: AbortSignal;
  readonly runOnHost: RunOnHost;
}

interface StandingPlugin {
  readonly name: string;
  readonly sight: Seen<PluginSight>;
}

const statusPatienceMs = 10_000;

/** What runtimes have, and what plugins look for iptables in. */
const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Plugins that do not work, or know no STATUS, are not asked: they are found otherwise. */
export async function seeStatus(
  requests: readonly StatusRequest[],
  plugins: readonly StandingPlugin[],
  seer: StatusSeer,
): Promise<Seen<readonly PluginStatus[]>> {
  const { hostPath } = seer;
  if (!hostPath.seen) return cantAsk(hostPath.why);
  const able = new Set(plugins.filter(knowsStatus).map(({ name }) => name));
  const answers: PluginStatus[] = [];
  for (const { plugin, by, config } of requests.filter((one) => able.has(one.plugin))) {
    const run = await seer.runOnHost({
      path: join(seer.binDir, plugin),
      env: { CNI_COMMAND: 'STATUS', CNI_PATH: hostPath.value, PATH: searchPath },
      input: config,
      inNetwork: true,
      timeoutMs: statusPatienceMs,
      signal: seer.signal,
    });
    seer.signal.throwIfAborted();
    if (run.where === 'elsewhere') {
      return cantAsk(run.because);
    }
    answers.push({ plugin, by, status: statusAfter(run.end) });
  }
  return seenAs(answers);
}

function cantAsk(because: string): Seen<never> {
  return unseen(`plugins are asked for their STATUS on the host, which can't be entered: ${because}`);
}

function knowsStatus({ sight }: StandingPlugin): boolean {
  if (!sight.seen || sight.value.kind !== 'file') return false;
  const { runs } = sight.value;
  return runs.seen && runs.value.works && runs.value.specVersions.some(hasStatus);
}

function statusAfter(end: CommandEnd): Status {
  switch (end.how) {
    case 'exited':
      return end.exitCode === 0 ? { ready: true } : { ready: false, ...refusalIn(end.stdout || end.stderr) };
    case 'killed':
      return { ready: false, code: undefined, says: `it ended by ${end.by}` };
    case 'timed-out':
      return { ready: false, code: undefined, says: `it still ran after ${end.afterMs} ms` };
    case 'not-started':
      return { ready: false, code: undefined, says: `it could not be started (${end.errno})` };
  }
}

/** The spec's error object, or whatever it printed. */
function refusalIn(printed: string): { code: number | undefined; says: string } {
  const value = recordOfText(printed) ?? {};
  const code = value['code'];
  const words = [textIn(value, 'msg'), textIn(value, 'details')].filter((text) => text !== undefined);
  const says = (words.join(': ') || printed || 'nothing').trim().replaceAll(/\s+/g, ' ').slice(0, 200);
  return { code: typeof code === 'number' ? code : undefined, says };
}
