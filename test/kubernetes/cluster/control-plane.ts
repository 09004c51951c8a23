// Starts a cluster's control plane on a host of its own, which nodes are then connected to by their cables: so a node can
// be switched off as nodes are, and there can be two.

import { join } from 'node:path';
import { run } from '../../throwaway-node/command.ts';
import { spawnNode } from '../../throwaway-node/spawn-node.ts';
import { Api } from './api.ts';
import { program, programsDir } from './programs.ts';

const hostDir = join(import.meta.dirname, 'host');

/** What every host of the cluster sees of this machine: the programs, and the scripts that run them. */
export const clusterFiles: Readonly<Record<string, string>> = {
  '/run/kubernetes/bin': programsDir,
  '/run/kubernetes/host': hostDir,
};

/** Where the nodes reach the API server. */
export const controlPlaneIp = '172.31.255.1';

export interface ControlPlane {
  readonly api: Api;
  /** The host's root directory as seen from here. */
  readonly root: string;
  /** Resolves to what kubectl wrote to stdout; rejects, with its stderr, unless it exits 0. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** As kubectl, for any program of this machine that talks to the API server. */
  client(command: string, args: readonly string[], input?: string): Promise<string>;
  /** Lets the cable of the node with this init end in the control plane's bridge. */
  connect(nodePid: number): Promise<void>;
  /** Makes a tap device in the control plane's bridge, for a node that is a virtual machine. */
  makeSocket(): Promise<NodeSocket>;
  stop(): Promise<void>;
}

export interface NodeSocket {
  readonly device: string;
  /** The path of the network namespace that has the device, and will end with it. */
  readonly namespace: string;
}

/** Resolves as soon as the host is up; its API server answers some seconds later. */
export async function startControlPlane(): Promise<ControlPlane> {
  const host = await spawnNode({
    propagation: 'private',
    network: 'loopback',
    address: '',
    runtimeCommand: ['/run/kubernetes/host/control-plane.sh', `${controlPlaneIp}/24`],
    containerd: { config: '/dev/null', directory: undefined },
    template: '',
    disk: '',
    preinit: '',
    env: {},
    binds: clusterFiles,
  });
  const root = `/proc/${host.pid}/root`;
  const inNetwork = ['--target', String(host.pid), '--net', '--'];
  let cables = 0;
  const plugIn = (device: string): Promise<unknown> =>
    run('nsenter', [...inNetwork, 'ip', 'link', 'set', device, 'master', 'nodes', 'up']);
  const kubeconfig = `KUBECONFIG=${join(hostDir, 'kubeconfig.yaml')}`;
  const client: ControlPlane['client'] = (command, args, input) =>
    run('nsenter', [...inNetwork, 'env', kubeconfig, command, ...args], input);
  return {
    api: new Api(root),
    root,
    client,
    kubectl: (args, input) => client(program('kubectl'), args, input),
    async connect(nodePid) {
      cables += 1;
      const cable = `cable${cables}`;
      const moved = ['ip', 'link', 'set', 'uplink', 'netns', String(host.pid), 'name', cable];
      await run('nsenter', ['--target', String(nodePid), '--net', '--', ...moved]);
      await plugIn(cable);
    },
    async makeSocket() {
      cables += 1;
      const device = `socket${cables}`;
      await run('nsenter', [...inNetwork, 'ip', 'tuntap', 'add', 'dev', device, 'mode', 'tap']);
      await plugIn(device);
      return { device, namespace: `/proc/${host.pid}/ns/net` };
    },
    stop: () => host.stop(),
  };
}
