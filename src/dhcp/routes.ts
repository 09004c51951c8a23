// What is answered at which path of the port of the verb dhcp.

import type { StatusAnswer, StatusRoutes } from '../lib/status-server.ts';
import type { DaemonView } from './daemon-record.ts';

export interface DhcpRouteSources {
  readonly view: () => DaemonView;
  readonly now: () => number;
  /** Every attachment is to be tried before anybody is ready. */
  readonly adopts: boolean;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

export function dhcpRoutes({ view, now, adopts, metrics }: DhcpRouteSources): StatusRoutes {
  return {
    '/healthz': () => probeAnswer(troubleOfLoop(view(), now())),
    '/readyz': () => probeAnswer(troubleOfDaemon(view(), adopts)),
    '/metrics': async () => ({ status: 200, ...(await metrics()) }),
  };
}

/** A loop that waits for its plugin looks every 36 s at the least. */
const longestSilenceMs = 90_000;

/** Pure. Undefined: none. Depends neither on the plugin nor on the daemon: no restart of ours would mend them. */
export function troubleOfLoop({ lastLookMs }: DaemonView, nowMs: number): string | undefined {
  const ageMs = nowMs - lastLookMs;
  return ageMs < longestSilenceMs ? undefined : `the last look was ${Math.round(ageMs / 1000)} s ago`;
}

/** Pure. Undefined: a pod gets an address here, and those that have one keep it. */
export function troubleOfDaemon(
  { isUp, waitsFor, hasAdopted }: DaemonView,
  adopts: boolean,
): string | undefined {
  if (waitsFor !== undefined) return waitsFor;
  if (!isUp) return 'the DHCP daemon does not answer';
  return adopts && !hasAdopted ? 'leases of attachments are still to be taken up' : undefined;
}

function probeAnswer(trouble: string | undefined): StatusAnswer {
  return {
    status: trouble === undefined ? 200 : 503,
    contentType: 'text/plain; charset=utf-8',
    body: `${trouble === undefined ? 'ok' : `not ok\n${trouble}`}\n`,
  };
}
