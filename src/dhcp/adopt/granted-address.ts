// The address that the daemon says a DHCP server has granted, from what it replies to its plugin. Pure.
//
// CHECK has no result, and the daemon's log has no address, so that a server that grants another one goes unnoticed. But
// the daemon gives its plugin the whole result all the same (upstream's plugins/ipam/dhcp, DHCP.Allocate): by net/rpc over
// HTTP, in gob. It is there to be seen.

import { recordsIn } from '../../cluster/json-value.ts';
import { isRecord } from '../../lib/record.ts';
import { decodeGob } from './gob.ts';

/** @returns IPv4; undefined where the reply has none, or is not one of such a daemon */
export function grantedAddress(reply: Buffer): string | undefined {
  const head = reply.indexOf('\n\n');
  const headCrlf = reply.indexOf('\r\n\r\n');
  const body = headCrlf >= 0 && (head < 0 || headCrlf < head) ? headCrlf + 4 : head + 2;
  if (head < 0 && headCrlf < 0) return undefined;
  const [, result] = valuesIn(reply.subarray(body));
  const [first] = isRecord(result) ? recordsIn(result, 'IPs') : [];
  const address = isRecord(first?.['Address']) ? first['Address']['IP'] : undefined;
  return Buffer.isBuffer(address) ? dottedAddress(address) : undefined;
}

function valuesIn(stream: Buffer): readonly unknown[] {
  try {
    return decodeGob(stream);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Go keeps an IPv4 address in four bytes, or in the last four of sixteen. */
function dottedAddress(address: Buffer): string | undefined {
  return address.length === 4 || address.length === 16 ? address.subarray(-4).join('.') : undefined;
}
