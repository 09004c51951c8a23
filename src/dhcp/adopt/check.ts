// One CHECK: the daemon takes up the lease of one attachment, and says by the way which address the server grants.

import type { CachedAttachment } from '../../facts/host/cached-attachment.ts';
import { textIn } from '../../cluster/json-value.ts';
import { type CommandEnd, runCommand } from '../../lib/command.ts';
import { recordOfText } from '../../lib/record.ts';
import type { AdoptionResult } from '../daemon-record.ts';
import { checkCall } from './adoption.ts';
import { openRelay } from './check-relay.ts';
import { grantedAddress } from './granted-address.ts';

export interface CheckSettings {
  /** The plugin's own file. */
  readonly plugin: string;
  readonly binDir: string;
  readonly daemonSocket: string;
  /** Free, and in a directory of which only root may make names. */
  readonly relaySocket: string;
  readonly signal: AbortSignal;
}

export interface Adoption {
  readonly result: AdoptionResult;
  /** What the server grants; undefined where that was not to be seen. */
  readonly address: string | undefined;
  /** Why it failed. */
  readonly because: string | undefined;
}

/**
 * The daemon gives up by itself after 208 s (lease.go, defaultResendTimeout). Nobody may ask it for the same client before
 * that: it would keep two leases then.
 */
const longestCheckMs = 240_000;

export async function checkAttachment(
  attachment: CachedAttachment,
  { plugin, binDir, daemonSocket, relaySocket, signal }: CheckSettings,
): Promise<Adoption> {
  await using relay = await openRelay(relaySocket, daemonSocket);
  const { env, stdin } = checkCall(attachment, binDir, relaySocket);
  const end = await runCommand({
    file: plugin,
    args: [],
    env,
    input: stdin,
    timeoutMs: longestCheckMs,
    signal,
  });
  signal.throwIfAborted();
  return adoptionBy(end, grantedAddress(relay.heard()), attachment.addresses);
}

/** Pure. */
export function adoptionBy(end: CommandEnd, address: string | undefined, had: readonly string[]): Adoption {
  const because = checkRefusalIn(end);
  if (because !== undefined) return { result: 'failed', address: undefined, because };
  if (address === undefined || had.length === 0) return { result: 'unknown', address, because: undefined };
  return { result: had.includes(address) ? 'same' : 'moved', address, because: undefined };
}

/** Undefined for one that has succeeded. A plugin says by JSON on its output why it has not. */
function checkRefusalIn(end: CommandEnd): string | undefined {
  switch (end.how) {
    case 'exited':
      return end.exitCode === 0
        ? undefined
        : (wordsOfPlugin(end.stdout) ?? `it ended with status ${end.exitCode}`);
    case 'killed':
      return `it was ended by ${end.by}`;
    case 'timed-out':
      return `it had no answer after ${end.afterMs / 1000} s`;
    case 'not-started':
      return `it could not be started (${end.errno})`;
  }
}

function wordsOfPlugin(stdout: string): string | undefined {
  const answer = recordOfText(stdout) ?? {};
  const words = [textIn(answer, 'msg'), textIn(answer, 'details')].filter(Boolean).join(': ');
  return words === '' ? undefined : words;
}
