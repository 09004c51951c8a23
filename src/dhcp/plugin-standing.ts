// Whether the plugin dhcp on the node is the one that the record says.

import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure/failure.ts';
import { asRefusal } from '../failure/system-error.ts';
import { digestOfFile } from '../lib/files/digest.ts';
import { type LedgerReading, readLedger } from '../node/state/ledger.ts';
import type { StateDir } from '../node/state/state-dir.ts';

export type PluginStanding =
  | { readonly intact: true; readonly sha256: string; readonly release: string }
  /** What is waited for, as it can stand behind "waits:". */
  | { readonly intact: false; readonly because: string };

/** Pure. One that was left to others counts as it was when it was seen to work. */
export function pluginStandingOf(
  reading: LedgerReading,
  sha256: string | undefined,
  path: string,
): PluginStanding {
  if (reading.kind === 'unreadable') {
    return { intact: false, because: `the record of this node can't be read: ${reading.because}` };
  }
  const generation = reading.kind === 'ledger' ? reading.ledger.generation : undefined;
  const recorded = generation?.plugins['dhcp']?.sha256 ?? generation?.kept['dhcp'];
  if (generation === undefined || recorded === undefined) {
    return { intact: false, because: 'no install has recorded the plugin dhcp on this node' };
  }
  if (sha256 === undefined) return { intact: false, because: `${path} is not there` };
  if (sha256 !== recorded) {
    return { intact: false, because: `${path} has other bytes than the ledger records` };
  }
  return { intact: true, sha256, release: generation.version };
}

/** What the node refuses, and what a newer installer has written, is waited for like anything else. */
export async function standingOn(binDir: string, stateDir: StateDir): Promise<PluginStanding> {
  const path = join(binDir, 'dhcp');
  try {
    return pluginStandingOf(readLedger(stateDir), await digestOfFile(path), path);
  } catch (error) {
    const refused = asRefusal(error);
    if (!(refused instanceof Failure)) throw error;
    return { intact: false, because: refused.message };
  }
}

/** Differs once somebody has touched the file. */
export function pluginPrint(binDir: string): string {
  const stats = lstatSync(join(binDir, 'dhcp'), { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'absent' : [stats.dev, stats.ino, stats.size, stats.ctimeNs].join(':');
}
