// Who ships a plugin: upstream in its release, or another project in its own way.

import { knownVersions, newestVersion, pluginsOf } from '../catalog.ts';

/** Projects whose own manifests place the plugin. */
const projects: Readonly<Record<string, string>> = {
  aws: 'the Amazon VPC CNI (aws-node)',
  'aws-cni': 'the Amazon VPC CNI (aws-node)',
  'azure-vnet': 'the Azure CNI',
  bond: 'bond-cni of k8snetworkplumbingwg',
  calico: 'Calico (calico-node)',
  'calico-ipam': 'Calico (calico-node)',
  'cilium-cni': 'Cilium (its agent)',
  flannel: 'flannel (kube-flannel)',
  'ib-sriov': 'ib-sriov-cni of k8snetworkplumbingwg',
  'ib-sriov-cni': 'ib-sriov-cni of k8snetworkplumbingwg',
  'istio-cni': 'Istio (istio-cni-node)',
  'kube-ovn': 'Kube-OVN',
  'kube-router': 'kube-router',
  'linkerd-cni': 'Linkerd (linkerd-cni)',
  multus: 'Multus (its init container)',
  'multus-shim': 'Multus (its init container)',
  ovs: 'ovs-cni of k8snetworkplumbingwg',
  'ovn-k8s-cni-overlay': 'OVN-Kubernetes',
  passthru: 'Multus (its init container)',
  rdma: 'rdma-cni of k8snetworkplumbingwg',
  'route-override': 'route-override-cni',
  sriov: 'sriov-cni of k8snetworkplumbingwg',
  userspace: 'userspace-cni-network-plugin',
  'weave-net': 'Weave Net',
  whereabouts: 'whereabouts (its DaemonSet)',
};

/** In the newest release: an installer of upstream's can bring it. */
export function isUpstreamPlugin(name: string): boolean {
  return pluginsOf(newestVersion())?.includes(name) === true;
}

/** Whose own manifests place it; undefined for upstream's, and for what is not known. */
export function projectOf(name: string): string | undefined {
  return Object.hasOwn(projects, name) ? projects[name] : undefined;
}

/** Goes on after the plugin's name. */
export function shipperOf(name: string): string {
  const project = projectOf(name);
  if (project !== undefined) return `is placed by ${project}: see why that did not run on this node`;
  const last = knownVersions().findLast((version) => pluginsOf(version)?.includes(name));
  return last === undefined
    ? "is not one of upstream's: see which project has it, and why that did not run on this node"
    : `was in upstream's releases up to ${last}: take its own project's`;
}
