// Promises of doctor as a program: of each fault of a node it finds exactly the cause, and what it says to do takes it away.

import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CheckAnswer,
  causes,
  causesAmong,
  checksIn,
  confDirOf,
  doctorArguments,
  inPod,
  installedNode,
  podsConf,
  supply,
  typeInstaller,
  typeRemedy,
  writeConf,
} from '../support/doctored-node.ts';
import { createNode, runInstaller, type TestNode } from '../support/installer.ts';
import { describeWhere, missingCommands } from '../support/needs.ts';
import { plugin } from '../support/plugins.ts';
import { contentsOf } from '../support/release-archives.ts';

interface Cure {
  readonly damage: (node: TestNode) => unknown;
  /** What the remedy says is done; its command is typed where nothing else is said. */
  readonly cure?: (node: TestNode, cause: CheckAnswer) => unknown;
}

const multusConf = { cniVersion: '0.3.1', name: 'm', type: 'multus', delegates: [podsConf] };
const thickConf = { ...multusConf, type: 'multus-shim' };

/** Multus' plugin, and its configuration as the first. */
function withMultus(node: TestNode, more: object = {}, conf: object = multusConf): void {
  for (const name of ['multus', 'multus-shim']) place(node, name, plugin(name, { version: 'v4.3.0' }));
  writeConf(node, '00-multus.conf', { ...conf, ...more });
}

function place(node: TestNode, name: string, bytes: Buffer): void {
  writeFileSync(join(node.binDir, name), bytes, { mode: 0o755 });
}

const kubeconfig = '/etc/cni/net.d/multus.d/multus.kubeconfig';

/** As Multus' pod writes it when it starts. */
function writeKubeconfig(
  node: TestNode,
  { server = 'https://192.0.2.1:443', secondsLeft = 3600 } = {},
): void {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + secondsLeft;
  const token = `${part({ alg: 'RS256' })}.${part({ exp })}.signature`;
  mkdirSync(join(confDirOf(node), 'multus.d'), { recursive: true });
  const text = `clusters:\n- cluster:\n    server: ${server}\nusers:\n- user:\n    token: "${token}"\n`;
  writeFileSync(join(confDirOf(node), 'multus.d/multus.kubeconfig'), text);
}

function restartMultus(node: TestNode): void {
  writeKubeconfig(node);
}

function setVersion(node: TestNode, file: string, { remedy }: CheckAnswer): void {
  const [, version = ''] = /"cniVersion": "([^"]+)"/.exec(remedy ?? '') ?? [];
  writeConf(node, file, { ...podsConf, cniVersion: version });
}

describe('what doctor finds in the bin dir and the conf dir, its remedy takes away:', () => {
  it.each<[id: string, fault: Cure]>([
    [
      'plugin-dangling-link',
      {
        damage: (node) => {
          rmSync(join(node.binDir, 'macvlan'));
          symlinkSync('/var/lib/rancher/nowhere', join(node.binDir, 'macvlan'));
        },
        cure: async (node, cause) => {
          rmSync(join(node.binDir, 'macvlan'));
          await typeRemedy(node, { ...cause, remedy: cause.remedy?.split('else').at(-1) ?? null });
        },
      },
    ],
    [
      'plugin-broken',
      {
        damage: (node) => {
          rmSync(join(node.binDir, 'macvlan'));
          mkdirSync(join(node.binDir, 'macvlan'));
        },
        cure: async (node, cause) => {
          renameSync(join(node.binDir, 'macvlan'), join(node.directory, 'out-of-the-way'));
          await typeRemedy(node, cause);
        },
      },
    ],
    [
      'store-damaged',
      {
        damage: (node) => {
          const store = join(node.stateDir, 'store');
          writeFileSync(join(store, readdirSync(store)[0] ?? ''), 'rot');
        },
        cure: (node, cause) => {
          const [, name = ''] = /remove (\w+) from the bin dir/.exec(cause.remedy ?? '') ?? [];
          rmSync(join(node.binDir, name));
          return typeInstaller(node, ['install'], supply(node, 'v1.9.1'));
        },
      },
    ],
    [
      'ledger-rebuilt',
      {
        damage: (node) => writeFileSync(join(node.stateDir, 'ledger.json'), 'garbage'),
        cure: (node) => typeInstaller(node, ['install'], supply(node, 'v1.9.1')),
      },
    ],
    [
      'cni-conf-absent',
      {
        damage: (node) => rmSync(join(confDirOf(node), '10-pods.conflist')),
        cure: (node) => writeConf(node, '10-pods.conflist', podsConf),
      },
    ],
    [
      'cni-conf-invalid',
      {
        damage: (node) => writeConf(node, '20-more.conflist', '{"cniVersion": "1.0.0",\n "name" "more"}'),
        cure: (node) => renameSync(join(confDirOf(node), '20-more.conflist'), join(node.directory, 'moved')),
      },
    ],
    [
      'plugin-spec-unsupported',
      {
        damage: (node) => writeConf(node, '10-pods.conflist', { ...podsConf, cniVersion: '1.1.0' }),
        cure: (node, cause) => setVersion(node, '10-pods.conflist', cause),
      },
    ],
    [
      'multus-conf-unreadable',
      {
        damage: (node) => {
          withMultus(node);
          writeConf(node, '00-multus.conf', '');
        },
        cure: async (node, cause) => {
          await typeRemedy(node, cause);
          expect(readdirSync(confDirOf(node))).not.toContain('00-multus.conf');
          withMultus(node);
        },
      },
    ],
    ['multus-kubeconfig-absent', { damage: (node) => withMultus(node, { kubeconfig }), cure: restartMultus }],
    [
      'multus-token-expired',
      {
        damage: (node) => {
          withMultus(node, { kubeconfig });
          writeKubeconfig(node, { secondsLeft: -60 });
        },
        cure: restartMultus,
      },
    ],
    [
      'multus-token-expires-soon',
      {
        damage: (node) => {
          withMultus(node, { kubeconfig });
          writeKubeconfig(node, { secondsLeft: 120 });
        },
        cure: restartMultus,
      },
    ],
    [
      'multus-server-changed',
      {
        damage: (node) => {
          withMultus(node, { kubeconfig });
          writeKubeconfig(node, { server: 'https://192.0.2.9:443' });
        },
        cure: restartMultus,
      },
    ],
  ])('%s', async (id, { damage, cure = typeRemedy }) => {
    using node = await installedNode();
    await damage(node);

    const found = await causes(node);
    expect(found.map((one) => one.id)).toEqual([id]);
    for (const cause of found) await cure(node, cause);

    expect(await causes(node)).toEqual([]);
  });

  it('plugin-foreign, and finds nothing in one that was to be kept', async () => {
    using node = createNode();
    mkdirSync(confDirOf(node));
    writeConf(node, '10-pods.conflist', podsConf);
    place(node, 'bridge', plugin('bridge'));
    place(node, 'macvlan', plugin('macvlan', { version: 'v1.6.2' }));
    await typeInstaller(node, ['install', '--on-conflict', 'keep'], supply(node, 'v1.9.1'));
    expect(await causes(node)).toEqual([]);
    // Who placed the one with the very bytes that were wanted takes it back.
    place(node, 'bridge', plugin('bridge', { version: 'v1.6.2' }));

    expect(await causes(node)).toMatchObject([
      { id: 'plugin-foreign', remedy: expect.stringContaining('run install to take it over') },
    ]);
    await typeInstaller(node, ['install'], supply(node, 'v1.9.1'));

    expect(await causes(node)).toEqual([]);
    expect(readFileSync(join(node.binDir, 'bridge'))).toEqual(plugin('bridge'));
  });

  it('plugin-mixed-releases', async () => {
    using node = createNode();
    mkdirSync(confDirOf(node));
    writeConf(node, '10-pods.conflist', podsConf);
    const mixed = { ...contentsOf('v1.9.1'), macvlan: plugin('macvlan', { version: 'v1.7.1' }) };
    await typeInstaller(node, ['install'], supply(node, 'v1.9.1', mixed));

    expect(await causes(node)).toMatchObject([
      { id: 'plugin-mixed-releases', remedy: expect.stringContaining('--cni-version') },
    ]);
    await typeInstaller(node, ['install', '--cni-version', 'v1.9.0'], supply(node, 'v1.9.0'));

    expect(await causes(node)).toEqual([]);
  });

  it('loopback-too-old-for-containerd', async () => {
    using node = await installedNode();
    place(node, 'loopback', plugin('loopback', { version: 'v0.8.6' }));
    writeConf(node, '20-lo.conf', { cniVersion: '0.4.0', name: 'lo', type: 'loopback' });
    const nads = written(node, [nodeOf({ containerRuntimeVersion: 'containerd://1.7.24' })]);

    const [cause, ...more] = await causes(node, '--nads', nads);
    expect([cause?.id, more]).toEqual(['loopback-too-old-for-containerd', []]);
    const [, version = ''] =
      /install (v\S+) with --cni-version, loopback among/.exec(cause?.remedy ?? '') ?? [];
    const whole = { ...contentsOf(version), loopback: plugin('loopback', { version }) };
    const words = ['install', '--cni-version', version, '--plugins', Object.keys(whole).join(',')];
    await typeInstaller(node, words, supply(node, version, whole));

    expect(await causes(node, '--nads', nads)).toEqual([]);
  });

  it('original-missing, by giving ours back without it', async () => {
    using node = createNode();
    mkdirSync(confDirOf(node));
    writeConf(node, '20-net.conf', macvlan);
    place(node, 'macvlan', plugin('macvlan', { version: 'v1.6.2' }));
    await typeInstaller(node, ['install'], supply(node, 'v1.9.1'));
    rmSync(join(node.stateDir, 'originals'), { recursive: true });

    expect(await causes(node)).toMatchObject([
      { id: 'original-missing', remedy: expect.stringContaining('uninstall leaves ours there') },
    ]);
    await typeInstaller(node, ['uninstall'], {});

    expect(await causes(node)).toEqual([]);
    expect(readFileSync(join(node.binDir, 'macvlan'))).toEqual(plugin('macvlan'));
  });

  it('bin-dir-absent', async () => {
    using node = await installedNode();
    const named = async (binDir: string): Promise<CheckAnswer[]> => {
      const args = [...doctorArguments(node), '--output', 'json', '--cni-bin-dir', binDir];
      return causesAmong(checksIn(await runInstaller(node, args, { env: inPod })));
    };

    expect(await named(join(node.directory, 'nowhere'))).toMatchObject([
      { id: 'bin-dir-absent', remedy: expect.stringContaining('--cni-bin-dir') },
    ]);
    expect(await named(node.binDir)).toEqual([]);
  });

  it('release-advisory', async () => {
    using node = await installedNode({ version: 'v1.6.2' });
    const plugins = [...podsConf.plugins, { type: 'macvlan', backend: 'nftables' }];
    writeConf(node, '10-pods.conflist', { ...podsConf, plugins });

    const [cause, ...more] = await causes(node);
    expect([cause?.id, more]).toEqual(['release-advisory', []]);
    const [, version = ''] = /install (v\S+) with --cni-version/.exec(cause?.remedy ?? '') ?? [];
    await typeInstaller(node, ['install', '--cni-version', version], supply(node, version));

    expect(await causes(node)).toEqual([]);
  });
});

function nad(config: object | string, name = 'net'): object {
  return {
    kind: 'NetworkAttachmentDefinition',
    metadata: { name, namespace: 'default' },
    spec: { config: typeof config === 'string' ? config : JSON.stringify(config) },
  };
}

function nodeOf(nodeInfo: object): object {
  return { kind: 'Node', metadata: { name: 'n1' }, status: { nodeInfo } };
}

const macvlan = { cniVersion: '1.0.0', name: 'net', type: 'macvlan' };

const podOfNet = {
  kind: 'Pod',
  metadata: { name: 'app', namespace: 'default', annotations: { 'k8s.v1.cni.cncf.io/networks': 'net' } },
  spec: { containers: [] },
};

function ranged(rangeStart: string): object {
  return nad({
    ...macvlan,
    ipam: { type: 'host-local', ranges: [[{ subnet: '192.0.2.0/24', rangeStart }]] },
  });
}

function multusPod(image: string, status: object = {}): object {
  const containers = [{ name: 'kube-multus', image }];
  return {
    kind: 'Pod',
    metadata: { name: 'kube-multus-ds-1', namespace: 'kube-system' },
    spec: { containers },
    status,
  };
}

const killed = {
  qosClass: 'Burstable',
  containerStatuses: [{ name: 'kube-multus', lastState: { terminated: { reason: 'OOMKilled' } } }],
};
const thickImage = 'ghcr.io/k8snetworkplumbingwg/multus-cni:v4.3.0-thick';

interface ToldFault {
  /** What kubectl tells of the cluster. */
  readonly told: readonly object[];
  /** What it tells once the remedy was followed. */
  readonly afterwards: readonly object[];
  /** Words of the remedy that say so. */
  readonly remedy: RegExp;
  readonly damage?: (node: TestNode) => unknown;
  readonly cure?: (node: TestNode, cause: CheckAnswer) => unknown;
}

describe("what doctor finds in kubectl's JSON, its remedy takes away:", () => {
  it.each<[id: string, fault: ToldFault]>([
    [
      'nad-invalid-json',
      {
        told: [nad('{"type": "macvlan", master}')],
        afterwards: [nad(macvlan)],
        remedy: /`kubectl .*edit .*net/,
      },
    ],
    [
      'nad-without-type',
      {
        told: [nad({ cniVersion: '1.0.0', plugins: [] })],
        afterwards: [nad(macvlan)],
        remedy: /`kubectl .*edit .*net/,
      },
    ],
    [
      'nad-name-mismatch',
      {
        told: [{ ...nad(''), spec: {} }],
        afterwards: [{ ...nad(''), spec: {} }],
        remedy: /"name": "net"/,
        cure: (node) => writeConf(node, '20-net.conf', macvlan),
      },
    ],
    [
      'nad-absent',
      { told: [nad(macvlan, 'other'), podOfNet], afterwards: [nad(macvlan), podOfNet], remedy: /create it/ },
    ],
    [
      'nad-ipam-range-invalid',
      {
        told: [ranged('192.0.9.10')],
        afterwards: [ranged('192.0.2.10')],
        remedy: /`rangeStart`/,
        damage: withHostLocal,
      },
    ],
    [
      'multus-oom',
      {
        told: [multusPod(thickImage, killed)],
        afterwards: [multusPod(thickImage)],
        remedy: /memory/,
        damage: (node) => withMultus(node),
      },
    ],
    [
      'multus-shim-version-skew',
      {
        told: [multusPod(thickImage)],
        afterwards: [multusPod(thickImage)],
        remedy: /\S/,
        damage: (node) => {
          withMultus(node, {}, thickConf);
          place(node, 'multus-shim', plugin('multus-shim', { version: 'v4.2.3' }));
        },
        cure: (node) => place(node, 'multus-shim', plugin('multus-shim', { version: 'v4.3.0' })),
      },
    ],
    [
      'cni-conf-spec-unsupported',
      {
        told: [nodeOf({ containerRuntimeVersion: 'containerd://1.5.18' })],
        afterwards: [nodeOf({ containerRuntimeVersion: 'containerd://1.5.18' })],
        remedy: /"cniVersion": "0\.4\.0"/,
        cure: (node, cause) => setVersion(node, '10-pods.conflist', cause),
      },
    ],
    [
      'containerd-1.6.0-1.6.3',
      {
        told: [nodeOf({ containerRuntimeVersion: 'containerd://1.6.2' })],
        afterwards: [nodeOf({ containerRuntimeVersion: 'containerd://1.6.4' })],
        remedy: /containerd 1\.6\.4 or later/,
      },
    ],
    [
      'release-behind-kubernetes',
      {
        told: [nodeOf({ kubeletVersion: 'v1.34.4' })],
        afterwards: [nodeOf({ kubeletVersion: 'v1.34.4' })],
        remedy: /install v\S+ with --cni-version/,
        damage: (node) => typeInstaller(node, ['install', '--cni-version', 'v1.5.1'], supply(node, 'v1.5.1')),
        cure: (node) => typeInstaller(node, ['install'], supply(node, 'v1.9.1')),
      },
    ],
  ])('%s', async (id, { told, afterwards, remedy, damage, cure }) => {
    using node = await installedNode();
    await damage?.(node);

    const found = await causes(node, '--nads', written(node, told));
    expect(found.map((one) => one.id)).toEqual([id]);
    for (const cause of found) {
      expect(cause.remedy).toMatch(remedy);
      await cure?.(node, cause);
    }

    expect(await causes(node, '--nads', written(node, afterwards))).toEqual([]);
  });

  it('nad-plugin-absent', async () => {
    using node = await installedNode({ plugins: ['bridge', 'static'] });
    const nads = written(node, [nad(macvlan)]);

    const [cause, ...more] = await causes(node, '--nads', nads);
    expect([cause?.id, more]).toEqual(['nad-plugin-absent', []]);
    const [, plugins = ''] =
      /`cni-plugins-installer install --plugins (\S+)`/.exec(cause?.remedy ?? '') ?? [];
    await typeInstaller(node, ['install', '--plugins', plugins], supply(node, 'v1.9.1'));

    expect(await causes(node, '--nads', nads)).toEqual([]);
  });

  it('nad-master-both-macvlan-ipvlan', async () => {
    using node = await installedNode();
    place(node, 'ipvlan', plugin('ipvlan'));
    const on = (type: string, master: string): object => nad({ ...macvlan, name: type, type, master }, type);
    const found = await causes(node, '--nads', written(node, [on('macvlan', 'eth0'), on('ipvlan', 'eth0')]));

    expect(found.map(({ id }) => id)).toEqual(['nad-master-both-macvlan-ipvlan']);
    expect(
      await causes(node, '--nads', written(node, [on('macvlan', 'eth0'), on('ipvlan', 'eth1')])),
    ).toEqual([]);
  });
});

function withHostLocal(node: TestNode): void {
  place(node, 'host-local', plugin('host-local'));
}

function written(node: TestNode, objects: readonly object[]): string {
  const path = join(node.directory, 'cluster.json');
  writeFileSync(path, JSON.stringify({ kind: 'List', items: objects }));
  return path;
}

describeWhere(missingCommands(['setpriv']), 'what doctor finds of its own rights', () => {
  it('its remedy takes away: bin-dir-owner', async () => {
    using node = await installedNode();
    chownSync(node.binDir, 1000, 1000);
    const asked = async (...without: readonly string[]): Promise<CheckAnswer[]> => {
      const within = ['setpriv', `--bounding-set=${without.join(',')}`, '--'];
      const run = await runInstaller(node, [...doctorArguments(node), '--output', 'json'], {
        env: inPod,
        within,
      });
      return causesAmong(checksIn(run));
    };

    expect(await asked('-dac_override')).toMatchObject([
      { id: 'bin-dir-owner', remedy: expect.stringContaining('DAC_OVERRIDE') },
    ]);
    expect(await asked('+dac_override')).toEqual([]);
  });
});
