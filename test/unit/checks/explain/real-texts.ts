// Error texts as real programs printed them on nodes of this project's tests, and where each was read.

import type { KnownTextId } from '../../../../src/checks/explain/known-texts.ts';

export interface RealText {
  readonly id: KnownTextId;
  /** What it is about. */
  readonly about?: string;
  readonly said: string;
  /** The program, and its release. */
  readonly by: string;
}

const sandbox =
  'failed to setup network for sandbox "cc0da78e2b5420baf6182313f9bd0dbcacf6dea0f2dead6632134cbbd2eede92": ';
const containerd = 'containerd 1.6.20';
const multus = 'Multus 4.3.0';
const plugins = 'plugins v1.9.1';

export const realTexts: readonly RealText[] = [
  {
    id: 'mount-not-shared',
    about: '/opt/cni/bin',
    said: 'failed to generate container "0c9f" spec: failed to generate spec: path "/opt/cni/bin" is mounted on "/" but it is not a shared mount',
    by: containerd,
  },
  {
    id: 'mount-not-shared',
    about: '/run/netns',
    said: 'failed to generate container "0c9f" spec: failed to generate spec: path "/run/netns" is mounted on "/run" but it is not a shared or slave mount',
    by: containerd,
  },
  {
    id: 'plugin-not-found',
    about: 'macvlan',
    said: `${sandbox}plugin type="macvlan" failed (add): failed to find plugin "macvlan" in path [/opt/cni/bin]`,
    by: containerd,
  },
  {
    id: 'plugin-not-found',
    about: 'macvlan',
    said: `${sandbox}plugin type="multus-shim" name="multus-cni-network" failed (add): CmdAdd (shim): CNI request failed with status 400: 'ContainerID:"2d" Netns:"/var/run/netns/cni-1" IfName:"eth0" Args:"" Path:"" ERRORED: error configuring pod [default/app] networking: [default/app/u:macvlan]: error adding container to network "macvlan": failed to find plugin "macvlan" in path [/opt/cni/bin]\\n': StdinData: {}`,
    by: multus,
  },
  {
    id: 'plugin-not-found',
    about: 'portmap',
    said: 'E1128 16:20:11.120345    1034 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"KillPodSandbox\\" for \\"u\\" with KillPodSandboxError: \\"rpc error: code = Unknown desc = failed to destroy network for sandbox \\\\\\"2d\\\\\\": plugin type=\\\\\\"portmap\\\\\\" failed (delete): failed to find plugin \\\\\\"portmap\\\\\\" in path [/opt/cni/bin]\\""',
    by: 'kubelet 1.34.4',
  },
  {
    id: 'cni-not-initialized',
    said: 'Network plugin returns error: cni plugin not initialized',
    by: containerd,
  },
  {
    id: 'plugin-crashed',
    about: 'macvlan',
    said: `${sandbox}plugin type="macvlan" failed (add): netplugin failed with no error message: signal: segmentation fault`,
    by: containerd,
  },
  {
    id: 'exec-denied',
    about: 'macvlan',
    said: `${sandbox}plugin type="macvlan" failed (add): netplugin failed with no error message: fork/exec /opt/cni/bin/macvlan: permission denied`,
    by: containerd,
  },
  {
    id: 'exec-format-error',
    about: 'macvlan',
    said: `${sandbox}plugin type="macvlan" failed (add): netplugin failed with no error message: fork/exec /opt/cni/bin/macvlan: exec format error`,
    by: containerd,
  },
  {
    id: 'spec-unsupported',
    said: `${sandbox}plugin type="macvlan" failed (add): incompatible CNI versions; config is "9.0.0", plugin supports ["0.1.0" "0.2.0" "0.3.0" "0.3.1" "0.4.0" "1.0.0"]`,
    by: containerd,
  },
  {
    id: 'master-not-found',
    said: `${sandbox}plugin type="macvlan" failed (add): Link not found`,
    by: plugins,
  },
  {
    id: 'master-not-found',
    about: 'eth7',
    said: `${sandbox}plugin type="ipvlan" failed (add): failed to lookup master "eth7": Link not found`,
    by: plugins,
  },
  {
    id: 'result-unsupported',
    said: `${sandbox}plugin type="macvlan" failed (add): unsupported CNI result version "1.1.0"`,
    by: containerd,
  },
  {
    id: 'dhcp-daemon-silent',
    said: `${sandbox}plugin type="macvlan" failed (add): error dialing DHCP daemon: dial unix /run/cni/dhcp.sock: connect: no such file or directory`,
    by: plugins,
  },
  {
    id: 'dhcp-daemon-silent',
    said: `${sandbox}plugin type="macvlan" failed (add): error dialing DHCP daemon: dial unix /run/cni/dhcp.sock: connect: connection refused`,
    by: plugins,
  },
  {
    id: 'kind-not-supported',
    about: 'ipvlan',
    said: `${sandbox}plugin type="ipvlan" failed (add): failed to create ipvlan: operation not supported`,
    by: plugins,
  },
  {
    id: 'master-busy',
    said: '{"code": 999, "msg": "failed to create macvlan: device or resource busy"}',
    by: plugins,
  },
  {
    id: 'addresses-used-up',
    said: '{"code": 999, "msg": "failed to allocate for range 0: no IP addresses available in range set: 10.1.0.10-10.1.0.10"}',
    by: plugins,
  },
  {
    id: 'bridge-address-differs',
    about: 'cni7',
    said: '{"code": 999, "msg": "failed to set bridge addr: \\"cni7\\" already has an IP address different from 10.1.0.1/24"}',
    by: plugins,
  },
  {
    id: 'netns-not-seen',
    said: '{"code": 999, "msg": "error calling DHCP.Allocate: failed to Statfs \\"/var/run/netns/cni-gone\\": no such file or directory"}',
    by: plugins,
  },
  {
    id: 'dhcp-socket-taken',
    said: '2026/11/28 16:38:41 Error getting listener: listen unix /run/cni/dhcp.sock: bind: address already in use',
    by: plugins,
  },
  {
    id: 'multus-unauthorized',
    said: '{"code": 999, "msg": "Multus: [default/app/]: error waiting for pod: Unauthorized"}',
    by: multus,
  },
  {
    id: 'nad-not-found',
    about: 'macvlan-net',
    said: 'Multus: [default/app/]: error loading k8s delegates k8s args: TryLoadPodDelegates: error in getting k8s network for pod: GetNetworkDelegates: failed getting the delegate: getKubernetesDelegate: cannot find a network-attachment-definition (macvlan-net) in namespace (default): network-attachment-definitions.k8s.cni.cncf.io "macvlan-net" not found',
    by: multus,
  },
  {
    id: 'delegate-not-json',
    said: 'Multus: [default/app/]: error loading k8s delegates k8s args: TryLoadPodDelegates: error in getting k8s network for pod: GetNetworkDelegates: failed getting the delegate: GetCNIConfig: err in getCNIConfigFromSpec: failed to unmarshal Spec.Config: unexpected end of JSON input',
    by: multus,
  },
  {
    id: 'readiness-indicator',
    about: '/run/flannel/subnet.env',
    said: 'Multus: [default/app/]: have you checked that your default network is ready? still waiting for readinessindicatorfile @ /run/flannel/subnet.env. pollimmediate error: timed out waiting for the condition',
    by: multus,
  },
  {
    id: 'multus-daemon-silent',
    said: '{"code": 999, "msg": "CmdAdd (shim): timed out waiting for the condition"}',
    by: multus,
  },
  {
    id: 'bin-dir-read-only',
    said: 'failed to generate container "3be5" spec: failed to generate spec: failed to mkdir "/opt/cni/bin": mkdir /opt/cni/bin: read-only file system',
    by: containerd,
  },
  { id: 'text-file-busy', said: 'bash: ./busy: Text file busy', by: 'the kernel, by bash' },
];

/** Not made to happen here: as the sources format them, whose place is named. */
export const formattedTexts: readonly RealText[] = [
  {
    id: 'cni-conf-not-loaded',
    said: 'cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config',
    by: 'go-cni v1.1.12, cni.go:133',
  },
  {
    id: 'cni-conf-not-loaded',
    said: 'error parsing configuration list: no plugins in list',
    by: 'cni v1.3.0, libcni/conf.go:230',
  },
  {
    id: 'interface-name-taken',
    said: 'validateIfName: interface name net1 already exists',
    by: 'multus-cni v4.3.0, pkg/multus/multus.go:197',
  },
  {
    id: 'inotify-exhausted',
    said: 'failed to create fsnotify watcher: too many open files',
    by: 'containerd v2.1.4, internal/cri/server/cni_conf_syncer.go:47',
  },
  {
    id: 'bin-dir-read-only',
    said: 'open /host/opt/cni/bin/multus-shim: read-only file system',
    by: 'os.PathError of Go, as install_multus of multus-cni v4.3.0 logs it',
  },
];
