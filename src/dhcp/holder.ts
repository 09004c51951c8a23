// Which daemon of others has the socket, as far as the host's procfs shows it.

import { isDhcpDaemon, seeProcesses } from '../facts/host/processes.ts';
import { orElse } from '../facts/seen.ts';
import { textIfReadable } from '../lib/files/file-facts.ts';

/** One clause. Who is looked for while no daemon of ours lives, is told of others only. */
export function holderBy(procPath: string): string {
  const daemons = orElse(seeProcesses(procPath), []).filter(isDhcpDaemon);
  if (daemons.length === 0) return `whose process can't be seen in ${procPath}`;
  const named = daemons.map(
    ({ pid, args }) =>
      `process ${pid} (${args.join(' ')})${homeOf(textIfReadable(`${procPath}/${pid}/cgroup`))}`,
  );
  return named.join(' or ');
}

/** The unit of systemd, or the pod, that a control group is of. */
export function homeOf(cgroup: string): string {
  const [, pod] = /pod([0-9a-f]{8}[-_0-9a-f]{27,28})/.exec(cgroup) ?? [];
  if (pod !== undefined) return ` of the pod with UID ${pod.replaceAll('_', '-')}`;
  const [, unit] = /\/([^/\s]+\.service)\s*$/.exec(cgroup) ?? [];
  return unit === undefined ? '' : ` of ${unit}`;
}
