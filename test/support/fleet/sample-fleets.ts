// Clusters to look at: a small one in which much is wrong, and one of any size that is made by a rule.

import {
  daemonSetJson,
  defaultPlugins,
  type JsonObject,
  listJson,
  nadJson,
  nodeJson,
  ownDaemonSet,
  podJson,
  reportJson,
  usualOthers,
} from './cluster-json.ts';

const spec = '1.0.0';

const macvlan = (master: string, ipam: JsonObject = { type: 'static' }): JsonObject => ({
  cniVersion: spec,
  type: 'macvlan',
  master,
  ipam,
});

const others = [...usualOthers, 'sriov'];

/** Forty-eight nodes on the day after a roll-out: the picture of the docs. */
export function troubledCluster(): string {
  const workers = Array.from({ length: 45 }, (_, place) => `worker-${String(place + 1).padStart(2, '0')}`);
  const controlPlane = ['control-1', 'control-2', 'control-3'];
  const well = reportJson({
    outcome: 'installed',
    plugins: { placed: [...defaultPlugins, 'vlan'], present: others },
  });
  const before = reportJson({ version: 'v1.6.2', plugins: { intact: defaultPlugins, present: others } });
  const full = reportJson({
    outcome: 'failed',
    version: 'v1.6.2',
    plugins: { intact: defaultPlugins, failed: ['vlan'] },
    error: {
      code: 'node-no-space',
      message: 'no space left on the file system of /host/opt/cni/bin: 12 MiB are free, 64 MiB are needed',
      hint: 'free space there, or put the state on it elsewhere',
    },
  });
  const reportFor = (name: string): JsonObject =>
    name === 'worker-17' ? full : ['worker-08', 'worker-31', 'worker-32'].includes(name) ? before : well;
  return listJson([
    ...[...controlPlane, ...workers].map((name) => nodeJson({ name, kubelet: 'v1.34.4' })),
    nodeJson({ name: 'edge-1', arch: 'arm64' }),
    ...controlPlane.map((name) => podJson(name, well, { at: '2026-11-27T22:10:00Z' })),
    ...workers.map((name) => podJson(name, reportFor(name), { at: '2026-11-27T21:40:00Z' })),
    ownDaemonSet,
    daemonSetJson('kube-system/cilium', 'quay.io/cilium/cilium:v1.18.3', [
      { hostPath: '/opt/cni/bin', mountPath: '/host/opt/cni/bin' },
    ]),
    daemonSetJson('sriov/sriov-cni', 'ghcr.io/k8snetworkplumbingwg/sriov-cni:v2.9.0', [
      { hostPath: '/opt/cni/bin', mountPath: '/host/opt/cni/bin' },
    ]),
    daemonSetJson('monitoring/node-agent', 'registry.example/node-agent:4', [
      { hostPath: '/opt/cni/bin', mountPath: '/scan/cni', readOnly: true },
    ]),
    nadJson('video/ingest-vlan100', {
      cniVersion: spec,
      name: 'ingest',
      plugins: [{ type: 'vlan', master: 'eth1', vlanId: 100, ipam: { type: 'whereabouts' } }],
    }),
    nadJson('video/playout', {
      cniVersion: spec,
      type: 'vlan',
      master: 'eth1',
      vlanId: 101,
      ipam: { type: 'static' },
    }),
    nadJson(
      'radio/fronthaul',
      { cniVersion: '1.1.0', type: 'sriov', ipam: {} },
      {
        'k8s.v1.cni.cncf.io/resourceName': 'intel.com/fronthaul',
      },
    ),
    nadJson('radio/midhaul', macvlan('eth1')),
    nadJson('radio/sync', macvlan('eth2', { type: 'host-local', subnet: '192.0.2.0/24' })),
    nadJson('storage/replication', macvlan('eth1')),
    nadJson('storage/broken', 'cniVersion: 1.0.0\ntype: macvlan\n'),
    nadJson('default/bridge-net', {
      cniVersion: spec,
      type: 'bridge',
      ipam: { type: 'host-local', subnet: '198.51.100.0/24' },
    }),
  ]);
}

/** As large as it is wanted: some classes, some nodes that deviate, one NAD in ten that can't work everywhere. */
export function largeCluster(nodes: number, nads: number): readonly string[] {
  const names = Array.from(
    { length: nodes },
    (_, place) => `ip-10-${place >> 8}-${place & 255}-11.eu-west-1.compute.internal`,
  );
  const kinds = ['macvlan', 'ipvlan', 'bridge', 'host-device'];
  return [
    listJson(names.map((name, place) => nodeJson({ name, ...(place % 97 === 0 && { kubelet: 'v1.33.9' }) }))),
    listJson(names.map((name, place) => podJson(name, reportOfMany(place)))),
    listJson([ownDaemonSet]),
    listJson(
      Array.from({ length: nads }, (_, place) =>
        nadJson(`team-${place % 40}/net-${place}`, {
          cniVersion: spec,
          type: place % 10 === 0 ? 'vlan' : (kinds[place % kinds.length] ?? ''),
          master: `eth${place % 4}`,
          ipam: { type: 'host-local', subnet: '192.0.2.0/24' },
        }),
      ),
    ),
  ];
}

function reportOfMany(place: number): JsonObject {
  if (place % 1000 === 999) {
    const error = { code: 'node-no-space', message: 'no space left', hint: 'free space' };
    return reportJson({ outcome: 'failed', version: null, plugins: { failed: defaultPlugins }, error });
  }
  const extra = place % 50 === 0 ? [] : ['vlan'];
  const version = place % 400 === 7 ? 'v1.6.2' : 'v1.9.1';
  return reportJson({ version, plugins: { intact: [...defaultPlugins, ...extra], present: usualOthers } });
}
