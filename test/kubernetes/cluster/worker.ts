// A node of a cluster: a throw-away node that also runs a kubelet.

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Image } from '../../throwaway-node/images.ts';
import { bootNode, type CniConfig, type ThrowawayNode } from '../../throwaway-node/node.ts';
import { containerdDir } from './programs.ts';
import { clusterFiles, type ControlPlane, controlPlaneIp } from './control-plane.ts';

export interface WorkerPlan {
  /** From 1. It makes the node's name and its address. */
  readonly number: number;
  readonly images: readonly Image[];
  /** What the node registers with, as kubelet's option has it: `key=value:effect`; empty for none. */
  readonly taints: string;
  /** Of makeDisk's. On a tmpfs the plugins would count against the memory limit of the container that places them. */
  readonly disk: string;
}

export interface Worker {
  /** Its name for the API server. */
  readonly name: string;
  readonly plan: WorkerPlan;
  readonly node: ThrowawayNode;
}

/** What is to be done on a node before its kubelet starts. */
export type Preparation = (node: ThrowawayNode) => Promise<unknown>;

/** As the cluster's network provider leaves it on each node, whether its plugins are there or not. */
export function podNetwork(number: number): CniConfig {
  const subnet = `10.244.${number}.0/24`;
  const ipam = { type: 'host-local', ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] };
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** What the network provider brings along; the rest is ours to install. */
export const providersPlugins = ['bridge', 'host-local', 'loopback', 'portmap'] as const;

/** Boots the node; its kubelet registers it at once. On a new disk its root is private, and its bin dir empty. */
export async function bootWorker(
  plan: WorkerPlan,
  controlPlane: ControlPlane,
  beforeKubelet: Preparation = async () => undefined,
): Promise<Worker> {
  const name = `node${plan.number}`;
  const address = `172.31.255.${plan.number + 1}`;
  const node = await bootNode({
    images: plan.images,
    disk: plan.disk,
    address: `${address}/24`,
    binds: clusterFiles,
    runtimeCommand: ['/run/kubernetes/host/worker.sh'],
    ...(containerdDir === undefined ? {} : { containerd: containerdDir }),
    env: {
      NODE_NAME: name,
      NODE_IP: address,
      NODE_TAINTS: plan.taints,
      CONTROL_PLANE_IP: controlPlaneIp,
    },
  });
  try {
    if (await isNew(node)) await node.writeCniConfig(podNetwork(plan.number));
    await beforeKubelet(node);
    await controlPlane.connect(node.pid);
    await writeFile(join(node.root, 'run/connected'), '\n');
    return { name, plan, node };
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function isNew(node: ThrowawayNode): Promise<boolean> {
  return (await readdir(join(node.root, 'etc/cni/net.d'))).length === 0;
}
