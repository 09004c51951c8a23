// A cluster whose one node is a machine with systemd and cgroup v2. Its control plane is no machine, but in namespaces of
// this one; a tap device there is all the network that the node has.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Cluster } from '../kubernetes/cluster/cluster.ts';
import { controlPlaneIp, startControlPlane } from '../kubernetes/cluster/control-plane.ts';
import { program } from '../kubernetes/cluster/programs.ts';
import { podNetwork } from '../kubernetes/cluster/worker.ts';
import { type Files, programForGuest } from './node-cargo.ts';
import { bootSystemdNode, type SystemdNode, type SystemdNodeOptions } from './systemd-node.ts';

/** An emulated processor is ten times slower, and shares this machine's with the control plane. */
const patience = 15;

/** Those of a node's and a pod's network, and of iptables' rules. */
const drivers = [
  'virtio_net bridge br_netfilter veth macvlan nf_tables nft_compat nft_chain_nat nf_conntrack_netlink',
  'xt_nat xt_MASQUERADE xt_addrtype xt_comment xt_conntrack xt_mark xt_multiport xt_tcpudp',
].join(' ');

export interface Telling {
  readonly cluster: Cluster;
  readonly node: SystemdNode;
  /** Says when the story has come this far. */
  readonly reached: (step: string) => void;
}

/** Boots, tells, and leaves nothing behind. When the story fails, the state of the cluster is printed before that. */
export async function onKubernetesNode(
  title: string,
  options: SystemdNodeOptions,
  tell: (telling: Telling) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  const reached = (step: string): void => {
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${seconds.padStart(6)} s  ${title}: ${step}`);
  };
  await using undo = new AsyncDisposableStack();
  const controlPlane = await startControlPlane();
  const cluster = undo.use(new Cluster(controlPlane, mkdtempSync(join(tmpdir(), 'cluster-')), patience));
  const machine = {
    network: await controlPlane.makeSocket(),
    kernelArguments: ['net.ifnames=0', `machine.modules=${drivers.replaceAll(' ', ',')}`],
    memoryMebibytes: 3072,
  };
  const node = undo.use(
    await bootSystemdNode({ ...options, ...machine, cgroups: 'systemd', files: filesOfMember() }),
  );
  reached('the machine has booted, and its runtime has the images');
  try {
    await node.machine.run(`sh /cargo/join-cluster.sh node1 172.31.255.2/24 ${controlPlaneIp}`);
    await cluster.untilReady(1);
    reached('the node is Ready');
    await tell({ cluster, node, reached });
  } catch (error) {
    console.error(`${title} failed; this is how things stood.\n\n${await described(cluster, node)}`);
    throw error;
  }
}

function filesOfMember(): Files {
  const inThisFolder = ['join-cluster.sh', 'cgroup-samples.sh'];
  const host = join(import.meta.dirname, '../kubernetes/cluster/host');
  return {
    kubelet: readFileSync(program('kubelet')),
    'kubelet.yaml': kubeletConfiguration(readFileSync(join(host, 'kubelet.yaml'), 'utf8')),
    'kubeconfig.yaml': readFileSync(join(host, 'kubeconfig.yaml')),
    '10-pods.conflist': Buffer.from(JSON.stringify(podNetwork(1))),
    'cni-config-in-guest.cjs': programForGuest('cni-config-in-guest.ts'),
    ...Object.fromEntries(inThisFolder.map((name) => [name, readFileSync(join(import.meta.dirname, name))])),
  };
}

/** A throw-away node has cgroup v1, no systemd, and is fast. */
function kubeletConfiguration(throwAway: string): Buffer {
  const configuration = {
    ...(parse(throwAway) as Record<string, unknown>),
    failCgroupV1: true,
    cgroupDriver: 'systemd',
    nodeStatusUpdateFrequency: '10s',
    runtimeRequestTimeout: '15m',
  };
  return Buffer.from(stringify(configuration));
}

async function described(cluster: Cluster, node: SystemdNode): Promise<string> {
  const questions = 'journalctl --no-pager -n 80 -u kubelet -u containerd; ls -l /opt/cni/bin /etc/cni/net.d';
  const answer = node.machine.attempt(questions).then(({ stdout }) => stdout);
  return `${await cluster.describe()}\n=== the node\n${await answer.catch(String)}`;
}
