// Promises of doctor --explain on a real node: what the runtime, the plugins and Multus print there is recognised, and its cause found.

import { chmodSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askDoctor, type DoctorQuestion, type DoctorRun } from '../support/node/doctor-container.ts';
import { binDir, bootInstallerNode, installer, runInstaller } from '../support/node/installer-container.ts';
import { installMultusBinary } from '../support/node/multus-pod.ts';
import { bridgeNetwork, macvlanNetwork } from '../support/node/networks.ts';
import { pluginForAnotherMachine } from '../support/plugins.ts';
import { RuntimeRefusal, type Sandbox } from '../throwaway-node/cri.ts';
import { eventually } from '../throwaway-node/eventually.ts';
import { describeOnNode } from '../throwaway-node/describe-on-node.ts';
import type { CniConfig, ThrowawayNode } from '../throwaway-node/node.ts';

const doctorPod = { name: 'doctor', hostNetwork: true };

/** The words of the runtime that refuses a pod on the network that it has now. */
async function refusalOfPod(node: ThrowawayNode, tries = 20): Promise<string> {
  const end = await node.cri.runSandbox({ name: 'app' }).catch((error: unknown) => error);
  if (!(end instanceof RuntimeRefusal)) throw new Error('the runtime should have refused the pod');
  // Loopback and the network are set up at once, and what fails first is told.
  const isLoopbacks = end.details.includes('plugin type="loopback"');
  return isLoopbacks && tries > 1 ? refusalOfPod(node, tries - 1) : end.details;
}

function singleNetwork(plugin: object, cniVersion = '1.0.0'): CniConfig {
  return { cniVersion, name: 'single', plugins: [plugin as Record<string, unknown>] };
}

const onEth0 = { type: 'macvlan', master: 'eth0' };
const oneAddress = {
  type: 'host-local',
  ranges: [[{ subnet: '172.31.255.0/24', rangeStart: '172.31.255.9', rangeEnd: '172.31.255.9' }]],
};

const startDhcp =
  'mkdir -p /run/cni && { setsid /opt/cni/bin/dhcp daemon -pidfile /run/dhcp.pid >/dev/null 2>&1 & } && until [ -S /run/cni/dhcp.sock ]; do sleep 0.05; done';
const stopDhcp = 'kill $(cat /run/dhcp.pid); while [ -e /run/cni/dhcp.sock ]; do sleep 0.05; done';

interface Story {
  readonly text: string;
  /** The check that finds the cause on this node. */
  readonly check: string;
  readonly network?: CniConfig;
  readonly damage?: (node: ThrowawayNode) => unknown;
  /** Undone for the next story. */
  readonly mend?: (node: ThrowawayNode) => unknown;
  readonly nads?: object;
}

function binary(node: ThrowawayNode, name: string): string {
  return join(node.binDir, name);
}

const repaired = async (node: ThrowawayNode): Promise<void> => {
  await node.host('rm -f /opt/cni/bin/macvlan && cp /opt/cni/bin.sound/macvlan /opt/cni/bin/macvlan');
};

const stories: readonly Story[] = [
  {
    text: 'plugin-not-found',
    check: 'plugin-absent',
    damage: (node) => rmSync(binary(node, 'macvlan')),
    mend: repaired,
  },
  {
    text: 'plugin-crashed',
    check: 'plugin-truncated',
    damage: (node) => truncateSync(binary(node, 'macvlan'), 3_000_000),
    mend: repaired,
  },
  {
    text: 'exec-denied',
    check: 'plugin-not-executable',
    damage: (node) => chmodSync(binary(node, 'macvlan'), 0o644),
    mend: repaired,
  },
  {
    text: 'exec-format-error',
    check: 'plugin-wrong-architecture',
    damage: async (node) => {
      await node.host('rm /opt/cni/bin/macvlan');
      writeFileSync(binary(node, 'macvlan'), pluginForAnotherMachine('macvlan'), { mode: 0o755 });
    },
    mend: repaired,
  },
  {
    text: 'master-not-found',
    check: 'nad-master-absent',
    network: singleNetwork({ ...onEth0, master: 'eth7', ipam: oneAddress }),
  },
  {
    text: 'master-not-found',
    check: 'nad-master-absent',
    network: singleNetwork({ ...onEth0, type: 'ipvlan', master: 'eth7', ipam: oneAddress }),
  },
  {
    text: 'dhcp-daemon-silent',
    check: 'dhcp-daemon-absent',
    network: singleNetwork({ ...onEth0, ipam: { type: 'dhcp' } }),
  },
  {
    text: 'dhcp-daemon-silent',
    check: 'dhcp-dead-socket',
    network: singleNetwork({ ...onEth0, ipam: { type: 'dhcp' } }),
    damage: leaveDeadSocket,
    mend: (node) => node.host('rm /run/cni/dhcp.sock'),
  },
  {
    text: 'kind-not-supported',
    check: 'module-missing-ipvlan',
    network: singleNetwork({ ...onEth0, type: 'ipvlan', ipam: oneAddress }),
  },
  {
    text: 'addresses-used-up',
    check: 'nad-ipam-exhausted',
    network: singleNetwork({ ...onEth0, ipam: oneAddress }),
    damage: (node) =>
      node.host(
        'mkdir -p /var/lib/cni/networks/single && echo id >/var/lib/cni/networks/single/172.31.255.9',
      ),
    mend: (node) => node.host('rm -r /var/lib/cni/networks/single'),
  },
  {
    text: 'bridge-address-differs',
    check: 'bridge-address-differs',
    network: bridgeNetwork,
    damage: (node) =>
      node.host(
        'ip link add cni0 type bridge && ip address add 10.99.0.1/24 dev cni0 && ip link set cni0 up',
      ),
    mend: (node) => node.host('ip link delete cni0'),
  },
  {
    text: 'spec-unsupported',
    check: 'plugin-spec-unsupported',
    network: singleNetwork({ ...onEth0, ipam: oneAddress }),
    damage: async (node) => {
      await node.host('rm /opt/cni/bin/macvlan && cp /usr/lib/cni/macvlan /opt/cni/bin/macvlan');
      await node.writeCniConfig(singleNetwork({ ...onEth0, ipam: oneAddress }, '9.0.0'));
    },
    mend: repaired,
  },
];

async function leaveDeadSocket(node: ThrowawayNode): Promise<void> {
  mkdirSync(join(node.root, 'run/cni'), { recursive: true });
  await node.host(
    `node -e 'require("net").createServer().listen("/run/cni/dhcp.sock", () => process.kill(process.pid, "SIGKILL"))' || true`,
  );
}

describeOnNode('an error text of a real node', () => {
  let node: ThrowawayNode;
  let pod: Sandbox;

  beforeAll(async () => {
    node = await bootInstallerNode({ propagation: 'shared' });
    const wish = { CNI_PLUGINS: 'macvlan,ipvlan,vlan,bridge,host-local,loopback,dhcp,portmap' };
    const { exitCode, stderr } = await runInstaller(node, installer({ env: wish }));
    if (exitCode !== 0) throw new Error(stderr);
    await node.host('cp -a /opt/cni/bin /opt/cni/bin.sound');
    pod = await node.cri.runSandbox(doctorPod);
  });

  afterAll(() => node.stop());

  async function explained(text: string, question: DoctorQuestion = {}): Promise<DoctorRun> {
    return askDoctor(node, pod, { ...question, text });
  }

  it('cni-not-initialized is known before there is any network', async () => {
    const text = await refusalOfPod(node);
    const { explained: found } = await explained(text);

    expect(found).toMatchObject([
      { text: 'cni-not-initialized', standing: 'here', check: 'cni-conf-absent' },
    ]);
  });

  it.each(stories)(
    '$text is known, and leads to $check',
    async ({ text, check, network = macvlanNetwork, damage, mend }) => {
      await node.writeCniConfig(network);
      await damage?.(node);
      const said = await refusalOfPod(node);

      const { explained: found } = await explained(said);
      await mend?.(node);

      expect(found).toEqual(
        expect.arrayContaining([expect.objectContaining({ text, standing: 'here', check })]),
      );
    },
  );

  it('result-unsupported is known, and its cause found once the Node says which runtime it has', async () => {
    await node.writeCniConfig(singleNetwork({ ...onEth0, ipam: oneAddress }, '1.1.0'));
    const said = await refusalOfPod(node);
    const alone = await explained(said);
    const nodeInfo = { containerRuntimeVersion: `containerd://${await node.cri.version()}` };
    const nads = JSON.stringify({ kind: 'Node', metadata: { name: 'node1' }, status: { nodeInfo } });
    const told = await explained(said, { nads });

    // The program of a distribution need not tell its version, and must not be taken for one that is new enough.
    expect(alone.explained).toMatchObject([
      { text: 'result-unsupported', standing: expect.stringMatching(/^(unknown|here)$/) },
    ]);
    expect(told.explained).toMatchObject([
      { text: 'result-unsupported', standing: 'here', check: 'cni-conf-spec-unsupported' },
    ]);
  });

  it('master-busy is known where the interface below serves a bridge, and what to look at is said', async () => {
    await node.writeCniConfig(singleNetwork({ ...onEth0, master: 'port', ipam: oneAddress }));
    await node.host(
      'ip link add port type veth peer name other && ip link add br9 type bridge && ip link set port master br9',
    );
    const said = await refusalOfPod(node);
    await node.host('ip link delete br9 && ip link delete port');

    expect((await explained(said)).explained).toMatchObject([{ text: 'master-busy' }]);
  });

  it("netns-not-seen is known, of a daemon in a container that lacks the pods' namespaces", async () => {
    await node.writeCniConfig(singleNetwork({ ...onEth0, ipam: { type: 'dhcp' } }));
    await node.host('mkdir -p /run/cni');
    const daemon = await node.cri.run(pod, {
      ...installer({ command: ['/host/opt/cni/bin/dhcp', 'daemon'] }),
      name: 'dhcp',
      mounts: [binDir, { hostPath: '/run/cni', containerPath: '/run/cni' }],
    });
    await node.host('until [ -S /run/cni/dhcp.sock ]; do sleep 0.05; done');
    const said = await refusalOfPod(node);
    const { explained: found } = await explained(said);
    await node.cri.stopContainer(daemon, 5);

    expect(found).toMatchObject([{ text: 'netns-not-seen', standing: 'here', check: 'dhcp-no-netns' }]);
  });

  it('dhcp-socket-taken is known, as a daemon says it that finds the socket of one that was killed', async () => {
    await leaveDeadSocket(node);
    const said = await node.host('timeout 10 /opt/cni/bin/dhcp daemon 2>&1 || true');
    const { explained: found } = await explained(said);
    await node.host('rm /run/cni/dhcp.sock');

    expect(found).toMatchObject([{ text: 'dhcp-socket-taken', standing: 'here', check: 'dhcp-dead-socket' }]);
  });

  it('text-file-busy is known, as a shell says it that copies over a plugin which runs', async () => {
    await node.host(startDhcp);
    const said = await node.host('LC_ALL=C cp /opt/cni/bin/macvlan /opt/cni/bin/dhcp 2>&1 || true');
    await node.host(stopDhcp);

    expect((await explained(said)).explained).toMatchObject([{ text: 'text-file-busy' }]);
  });

  it('cni-conf-not-loaded is known, as containerd logs it of a file that is cut short', async () => {
    await node.writeCniConfig(macvlanNetwork);
    await node.host(`echo '{"cniVersion": "1.0.0", "name": ' >/etc/cni/net.d/00-short.conflist`);
    const said = await eventually('the words of containerd', 10_000, async () =>
      node
        .log()
        .split('\n')
        .findLast((line) => line.includes('00-short.conflist')),
    );
    const { explained: found } = await explained(said);
    await node.host('rm /etc/cni/net.d/00-short.conflist');

    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ text: 'cni-conf-not-loaded', standing: 'here', check: 'cni-conf-invalid' }),
      ]),
    );
  });

  it('is told to be of another time, where its cause is no longer there', async () => {
    await node.writeCniConfig(macvlanNetwork);
    const { explained: found, exitCode } = await explained(
      'failed to find plugin "macvlan" in path [/opt/cni/bin]',
    );

    expect(found).toMatchObject([{ text: 'plugin-not-found', standing: 'not-here' }]);
    expect(exitCode).toBe(0);
  });

  it('bin-dir-read-only is known, as of a node that ships without the directory, and its cause found', async () => {
    const readOnly = 'mount --bind /opt /opt && mount --make-shared /opt && mount -o remount,bind,ro /opt';
    await node.host(`mv /opt/cni/bin /opt/cni/away && ${readOnly}`);
    const refusal = await node.cri.runToEnd(pod, installMultusBinary);
    await node.host(`umount /opt && mv /opt/cni/away /opt/cni/bin && ${readOnly}`);
    if (!(refusal instanceof RuntimeRefusal)) throw new Error('the runtime should have refused it');

    const { explained: found } = await explained(refusal.details);
    await node.host('umount /opt');

    expect(found).toMatchObject([
      { text: 'bin-dir-read-only', standing: 'here', check: 'bin-dir-read-only' },
    ]);
  });

  it('mount-not-shared is known, and its cause found', async () => {
    await node.host('mount --make-rprivate /');
    const refusal = await node.cri.runToEnd(pod, installMultusBinary);
    if (!(refusal instanceof RuntimeRefusal)) throw new Error('the runtime should have refused it');

    const { explained: found } = await explained(refusal.details);

    expect(found).toMatchObject([{ text: 'mount-not-shared', standing: 'here', check: 'mount-not-shared' }]);
  });
});
