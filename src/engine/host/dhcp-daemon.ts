// Whether the daemon is there without which the plugin `dhcp` gives no address.

import { existsSync } from 'node:fs';
import { remedyOf } from '../../failure/codes.ts';
import type { Finding } from '../../failure/finding.ts';
import { textIfReadable } from '../../lib/files/file-facts.ts';
import type { Plan } from '../../node/plugins/plan.ts';

const socket = '/run/cni/dhcp.sock';

/**
 * One sentence where it is not there; where that can't be seen, only when the plugin comes to the node.
 * @param hostProc is asked only where the plugin is on the node: to find it costs each start that does so
 */
export function dhcpNotes(plan: Plan, hostProc: () => string): Finding[] {
  const action = plan.find(({ name }) => name === 'dhcp');
  if (action === undefined || ['remove', 'restore', 'disown', 'refuse'].includes(action.do)) return [];
  const daemon = daemonSeenBy(hostProc());
  if (daemon === 'there' || (daemon === 'unknown' && action.do !== 'place')) return [];
  const state = daemon === 'absent' ? 'is not there' : "can't be seen from here";
  return [
    {
      code: 'dhcp-daemon-absent',
      message: `the plugin dhcp is on the node, and the daemon that it asks for addresses ${state} (${socket}): without one every network with ipam type dhcp fails`,
      hint: remedyOf('dhcp-daemon-absent'),
    },
  ];
}

/** By the host's table of sockets; a daemon in a network namespace of its own shows only by its socket's file. */
function daemonSeenBy(hostProc: string): 'there' | 'absent' | 'unknown' {
  if (textIfReadable(`${hostProc}/1/net/unix`).includes(socket)) return 'there';
  const root = `${hostProc}/1/root/`;
  if (!existsSync(root)) return 'unknown';
  return existsSync(`${root}${socket}`) ? 'there' : 'absent';
}
