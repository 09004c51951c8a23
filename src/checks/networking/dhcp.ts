// Checks of the DHCP daemon, without which no attachment with `ipam: dhcp` gets an address. Pure.

import type { DhcpRecord, RecordedAttachment } from '../../facts/host/dhcp-record.ts';
import type { DhcpAttachment, HostFacts, HostProcess, NodeFacts } from '../../facts/node-facts.ts';
import { isDhcpDaemon } from '../../facts/host/processes.ts';
import {
  type Check,
  type Checks,
  finding,
  type Found,
  listed,
  noneOf,
  ok,
  skipped,
  type CheckEnd,
  whereSeen,
  moot,
} from '../check.ts';
import type { CheckId, DhcpId } from '../ids.ts';
import { networksIn } from '../node/kernel.ts';

const daemonSocket = '/run/cni/dhcp.sock';

/** Somebody gets an address by DHCP here, or the text says that somebody wanted to. */
function isNeeded(facts: NodeFacts): boolean {
  return (
    facts.asked.plugins.includes('dhcp') ||
    networksIn(facts).some(({ plugins }) => plugins.some(({ ipam }) => ipam === 'dhcp'))
  );
}

function whereNeeded(facts: NodeFacts, decide: (host: HostFacts) => CheckEnd): CheckEnd {
  if (!isNeeded(facts)) return moot('nothing that is configured or given here uses DHCP');
  return whereSeen(facts.host, decide);
}

function daemonsOf({ processes }: HostFacts): readonly HostProcess[] {
  return processes.filter(isDhcpDaemon);
}

function listens({ network }: HostFacts): CheckEnd | boolean {
  return network.listening.seen
    ? network.listening.value.some((path) => path.endsWith('/cni/dhcp.sock'))
    : skipped(network.listening.why);
}

function startOf({ binDir }: NodeFacts): string {
  const path = binDir.hostPath.seen ? binDir.hostPath.value : '/opt/cni/bin';
  return `have this installer keep the daemon: \`dhcp.enabled=true\` of our chart, or its verb \`dhcp\`; or start it as a service of the host: \`${path}/dhcp daemon\``;
}

const daemonAbsent: Check = {
  severity: 'error',
  means: 'a network gets its addresses by DHCP, and no DHCP daemon runs: "error dialing DHCP daemon"',
  judge: (facts) =>
    whereNeeded(facts, (host) => {
      const answer = listens(host);
      if (typeof answer !== 'boolean') return answer;
      if (answer) return ok;
      const running = daemonsOf(host);
      return finding({
        message:
          running.length === 0
            ? `no DHCP daemon runs on this node: nobody listens at ${daemonSocket}`
            : `a DHCP daemon runs (process ${running[0]?.pid}), but nobody listens at ${daemonSocket} of the host`,
        remedy:
          running.length === 0
            ? startOf(facts)
            : 'restart that daemon with hostNetwork and the hostPath /run/cni: its socket was removed, or is in a directory of its own',
        because: causeOfSilence(facts),
      });
    }),
};

/** Without its plugin there can be no daemon; else one may have left its socket behind. */
function causeOfSilence({ plugins }: NodeFacts): CheckId {
  const plugin = plugins.find(({ name }) => name === 'dhcp');
  if (plugin?.sight.seen !== true || plugin.sight.value.kind !== 'absent') return 'dhcp-dead-socket';
  return plugin.by.some(({ who }) => who !== 'nad') ? 'plugin-absent' : 'nad-plugin-absent';
}

const deadSocket: Check = {
  severity: 'error',
  means: 'the socket of a DHCP daemon that is gone is still there: "connection refused"',
  judge: (facts) =>
    whereNeeded(facts, (host) => {
      const answer = listens(host);
      if (typeof answer !== 'boolean') return answer;
      if (answer) return ok;
      return whereSeen(host.files.dhcpSocket, (there) =>
        there
          ? finding({
              message: `${daemonSocket} is left of a daemon that is gone: nobody listens there`,
              remedy: `\`rm ${daemonSocket}\` on the host, and ${startOf(facts)}`,
            })
          : ok,
      );
    }),
};

const noNetns: Check = {
  severity: 'error',
  means: 'the DHCP daemon does not see the pods\' network namespaces: "failed to Statfs"',
  judge: (facts) =>
    whereNeeded(facts, (host) => {
      const daemons = daemonsOf(host);
      if (daemons.length === 0) return moot('no DHCP daemon runs');
      const [first] = daemons.map(({ pid }) => host.files.daemonsSeeNetns.get(pid));
      if (first === undefined) return skipped('the mounts of the DHCP daemon were not looked at');
      return whereSeen(first, (sees) =>
        sees
          ? ok
          : finding({
              message: "the DHCP daemon has no mount of the host's /run/netns that follows it",
              remedy: 'mount the hostPath /run/netns into it with `mountPropagation: HostToContainer`',
              because: 'mount-not-shared',
            }),
      );
    }),
};

const twoDaemons: Check = {
  severity: 'error',
  means: 'two DHCP daemons run on the node: the one that ends removes the socket of the other',
  judge: (facts) =>
    whereSeen(facts.host, (host) => {
      const daemons = daemonsOf(host);
      if (daemons.length < 2) return ok;
      return finding({
        message: `${daemons.length} DHCP daemons run on this node: processes ${listed(daemons.map(({ pid }) => String(pid)))}`,
        remedy:
          'stop all but one: `systemctl disable --now cni-dhcp.socket cni-dhcp.service` on the host, or the other DaemonSet',
      });
    }),
};

const ticksPerSecond = 100;
/** Between when a process is said to have been started and when it was: the time of the boot is in whole seconds. */
const clockSlackMs = 2_000;

const leasesOrphaned: Check = {
  severity: 'warning',
  means:
    'attachments are older than the DHCP daemon, which forgets leases when it ends, and has not taken them up again: they will lose their addresses',
  judge: (facts) =>
    whereSeen(facts.host, (host) =>
      whereSeen(host.files.dhcpAttachments, (attachments) =>
        whereSeen(host.files.bootMs, (bootMs) => {
          const [daemon] = daemonsOf(host);
          if (daemon === undefined) return moot('no DHCP daemon runs');
          const bornMs = bootMs + (daemon.startTicks / ticksPerSecond) * 1000;
          const record = recordSince(host, bornMs - clockSlackMs);
          const adopted = new Set(
            record?.attachments.filter(({ result }) => result !== 'failed').map(attachmentKey),
          );
          return noneOf(
            attachments.filter((one) => one.madeMs < bornMs && !adopted.has(attachmentKey(one))),
            (found) => orphans(found, record !== undefined),
          );
        }),
      ),
    ),
};

/** What our verb has written since that time; what an earlier daemon of it had is gone. */
function recordSince({ files: { dhcpRecord } }: HostFacts, sinceMs: number): DhcpRecord | undefined {
  const record = dhcpRecord.seen ? dhcpRecord.value : undefined;
  return record !== undefined && record.startedMs >= sinceMs ? record : undefined;
}

function attachmentKey({
  container,
  interfaceName,
}: Pick<DhcpAttachment, 'container' | 'interfaceName'>): string {
  return `${container} ${interfaceName}`;
}

function orphans(found: readonly DhcpAttachment[], isOurs: boolean): Omit<Found, 'result'> {
  const count = found.length === 1 ? '1 attachment is' : `${found.length} attachments are`;
  return {
    message: `${count} older than the DHCP daemon, which does not renew what it does not know`,
    remedy: isOurs
      ? 'see in the log of `dhcp` why their leases could not be taken up, and restart their pods: each then asks for a lease'
      : 'restart their pods: each then asks the daemon that runs now; one that this installer keeps (`dhcp.enabled=true` of our chart, or `dhcp --adopt`) takes leases up by itself',
    evidence: found.map(({ container, interfaceName, pod }) => `${interfaceName} of ${pod ?? container}`),
  };
}

const addressMoved: Check = {
  severity: 'error',
  means:
    'the DHCP server now grants another address than an attachment has: the one that it uses may be given to somebody else',
  judge: (facts) =>
    whereSeen(facts.host, (host) =>
      whereSeen(host.files.dhcpRecord, (record) => {
        if (record === undefined) return moot('this installer does not keep the DHCP daemon here');
        return whereSeen(host.files.dhcpAttachments, (attachments) => {
          const alive = new Set(attachments.map(attachmentKey));
          return noneOf(
            record.attachments.filter((one) => one.result === 'moved' && alive.has(attachmentKey(one))),
            (found) => ({
              message: `${found.length === 1 ? '1 attachment has' : `${found.length} attachments have`} an address that the DHCP server has given up: it grants another one`,
              remedy: `restart the pods of these attachments: ${listed(found.map(({ pod, container }) => pod ?? container))}`,
              evidence: found.map(movedWords),
            }),
          );
        });
      }),
    ),
};

function movedWords({ interfaceName, pod, container, had, granted }: RecordedAttachment): string {
  return `${interfaceName} of ${pod ?? container} has ${had.join(', ')}, and is granted ${granted ?? 'another one'}`;
}

export const dhcpChecks: Checks<DhcpId> = {
  'dhcp-daemon-absent': daemonAbsent,
  'dhcp-dead-socket': deadSocket,
  'dhcp-no-netns': noNetns,
  'dhcp-two-daemons': twoDaemons,
  'dhcp-leases-orphaned': leasesOrphaned,
  'dhcp-address-moved': addressMoved,
};
