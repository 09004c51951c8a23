// Which attachments the daemon is asked to take up, and how: by the plugin's own CHECK. Pure.
//
// The plugin's CHECK and ADD ask the daemon for the same (upstream's plugins/ipam/dhcp, DHCP.Allocate): a lease for that
// client, if it has none. ADD is never used all the same: what it does to an attachment is upstream's to change.

import type { CachedAttachment } from '../../facts/host/cached-attachment.ts';

/** As this process sees the network namespace of an attachment. */
export type NetnsSight =
  | 'live'
  /** The pod has ended, and its attachment with it. */
  | 'gone'
  /** A file, but no namespace is mounted on it here. */
  | 'unmounted';

export interface AdoptionCandidates {
  readonly live: readonly CachedAttachment[];
  /** Of these the namespace does not come through to us. */
  readonly hidden: readonly CachedAttachment[];
}

/** As the daemon knows them apart. */
export function leaseClientOf({ container, network, interfaceName }: CachedAttachment): string {
  return `${container}/${network}/${interfaceName}`;
}

/**
 * Each client once, of those whose plugin asks the daemon at that socket.
 * @param socket as this process sees it, which ends as the host's path does
 */
export function candidatesIn(
  cached: readonly CachedAttachment[],
  socket: string,
  sightOf: (netns: string) => NetnsSight,
): AdoptionCandidates {
  const ours = cached.filter(({ daemonSocket }) =>
    socket.endsWith(daemonSocket.replace(/^\/var\/run\//, '/run/')),
  );
  const each = [...new Map(ours.map((one) => [leaseClientOf(one), one])).values()];
  const seen = Map.groupBy(each, ({ netns }) => sightOf(netns));
  return { live: seen.get('live') ?? [], hidden: seen.get('unmounted') ?? [] };
}

export interface CheckCall {
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** CHECK came with this version of the specification; a plugin is not asked for it by an older one. */
const firstWithCheck = '0.4.0';

/** @param socket where the plugin shall find the daemon: in our container it is elsewhere than on the host */
export function checkCall(attachment: CachedAttachment, binDir: string, socket: string): CheckCall {
  const { container, interfaceName, netns, cniArgs, pluginConfig, result } = attachment;
  const config = {
    ...pluginConfig,
    // The plugin dhcp reads nothing of a configuration by its version; only the frame around it does.
    cniVersion: isOlder(String(pluginConfig['cniVersion'])) ? firstWithCheck : pluginConfig['cniVersion'],
    ipam: { ...(pluginConfig['ipam'] as object), daemonSocketPath: socket },
    prevResult: result,
  };
  return {
    env: {
      CNI_COMMAND: 'CHECK',
      CNI_CONTAINERID: container,
      CNI_NETNS: netns,
      CNI_IFNAME: interfaceName,
      CNI_PATH: binDir,
      ...(cniArgs !== '' && { CNI_ARGS: cniArgs }),
    },
    stdin: JSON.stringify(config),
  };
}

function isOlder(version: string): boolean {
  return version === '' || /^0\.[0-3](\.|$)/.test(version);
}

/** A sentence about one whose address came back different. */
export function addressSentence(attachment: CachedAttachment, granted: string | undefined): string {
  const had = attachment.addresses.join(', ');
  return `the address of ${attachmentWords(attachment)} came back different: it has ${had}, and the DHCP server now grants ${granted}`;
}

/** Words for people: which interface of which pod. */
export function attachmentWords({ interfaceName, pod, container, network }: CachedAttachment): string {
  return `${interfaceName} of ${pod ?? `container ${container}`} (network ${network})`;
}
