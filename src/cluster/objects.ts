// What kubectl's JSON says of a cluster, as far as a node or an attachment can fail by it. Types only.

export interface ClusterObjects {
  readonly attachments: readonly Attachment[];
  readonly pods: readonly PodView[];
  readonly nodes: readonly NodeView[];
  readonly daemonSets: readonly DaemonSetView[];
  /** How the rest of a list that was cut into pages is asked for; undefined for a whole one. */
  readonly next: string | undefined;
  /** Whatever was not understood, in words. */
  readonly troubles: readonly string[];
}

/** A NetworkAttachmentDefinition. */
export interface Attachment {
  /** `namespace/name`. */
  readonly id: string;
  readonly name: string;
  readonly config: AttachmentConfig;
  /** The extended resource that its pods ask for, so that only nodes which have it get them. */
  readonly resource: string | undefined;
}

export type AttachmentConfig =
  /** `spec: {}`: Multus looks for a configuration of that name in the conf dir of the node. */
  | { readonly kind: 'on-node' }
  | { readonly kind: 'invalid'; readonly because: string }
  | { readonly kind: 'network'; readonly network: Network };

/** A CNI configuration, a list or a single one. */
export interface Network {
  readonly name: string | undefined;
  readonly cniVersion: string | undefined;
  /** In the order in which they run. */
  readonly plugins: readonly NetworkPlugin[];
  /** What the configuration has as its own, such as Multus' own settings. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface NetworkPlugin {
  readonly type: string | undefined;
  readonly ipam: string | undefined;
  /** The interface of the node that it stands on: `master`, or what the plugin calls it. */
  readonly master: string | undefined;
  readonly ranges: readonly AddressRange[];
  readonly raw: Readonly<Record<string, unknown>>;
}

/** As it is written; nothing is checked yet. */
export interface AddressRange {
  readonly subnet: string | undefined;
  readonly start: string | undefined;
  readonly end: string | undefined;
}

export interface PodView {
  readonly id: string;
  readonly node: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly qosClass: string | undefined;
  /** Names of NADs, as `namespace/name`. */
  readonly networks: readonly string[];
  readonly containers: readonly ContainerView[];
  /** What its containers left when they ended, the init containers' first. */
  readonly lastWords: readonly LastWords[];
}

/** A termination message, and who left it when. */
export interface LastWords {
  readonly container: string;
  readonly text: string;
  /** RFC 3339. */
  readonly at: string | undefined;
}

export interface ContainerView {
  readonly name: string;
  readonly image: string;
  /** The first of its ports. */
  readonly port: number | undefined;
  /** Why it last ended: `OOMKilled`. */
  readonly lastEnd: string | undefined;
}

export interface NodeView {
  readonly name: string;
  /** `v1.34.4`. */
  readonly kubelet: string | undefined;
  /** `containerd://1.7.24`. */
  readonly runtime: string | undefined;
  readonly kernel: string | undefined;
  /** In words: `Debian GNU/Linux 12 (bookworm)`. */
  readonly osImage: string | undefined;
  /** `linux`, `windows`. */
  readonly os: string | undefined;
  /** `amd64`. */
  readonly arch: string | undefined;
  readonly schedulable: boolean;
  /** Extended resources that it has some of. */
  readonly resources: readonly string[];
  readonly conditions: readonly ConditionView[];
}

export interface ConditionView {
  readonly type: string;
  /** `True`, `False`, `Unknown`. */
  readonly status: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

export interface DaemonSetView {
  readonly id: string;
  readonly images: readonly string[];
  /** Paths of the host that it may write to. */
  readonly writesTo: readonly string[];
  readonly mounts: readonly HostMount[];
}

/** A path of the host in a container. */
export interface HostMount {
  readonly hostPath: string;
  readonly mountPath: string;
  readonly writable: boolean;
}
