// What the daemon's log says of leases. Pure.
//
// Its lines are all that it tells of them (upstream's plugins/ipam/dhcp/lease.go, the same from v1.0 to v1.9).

/** What becomes of the lease of one client: an attachment, by container, network and interface. */
export interface LeaseNews {
  readonly client: string;
  readonly what: 'kept' | 'given up' | 'expired';
}

const wordings: readonly (readonly [RegExp, LeaseNews['what']])[] = [
  [/^(.+): lease (?:acquired|renewed|rebound), expiration is /, 'kept'],
  [/^(.+): lease expired, bringing interface DOWN$/, 'expired'],
  [/^(.+): releasing lease$/, 'given up'],
  [/^(.+): interface \S+ no longer exists/, 'given up'],
];

/** Undefined for a line about something else. */
export function leaseNews(line: string): LeaseNews | undefined {
  for (const [wording, what] of wordings) {
    const [, client] = wording.exec(line) ?? [];
    if (client !== undefined) return { client, what };
  }
  return undefined;
}

/** Ours has a time of its own. */
export function withoutTime(line: string): string {
  return line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, '');
}
