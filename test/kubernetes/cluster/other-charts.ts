// Other people's charts as far as their users can reach into them: the volumes and mounts they have, and where values go.

import { parse } from 'yaml';
import { fencesIn, textOf } from '../../docs/pages.ts';
import type { Container, Volume } from '../../manifests/objects.ts';

type Tree = Readonly<Record<string, unknown>>;

/** A DaemonSet with what this chart has for its own, and what the values make of it. */
interface OtherChart {
  readonly name: string;
  readonly daemonSet: (values: Tree) => object;
}

function at(tree: Tree, path: string): Tree {
  return path.split('.').reduce((inner, key) => inner[key] as Tree, tree);
}

function imageOf({ repository, tag }: Tree): string {
  return `${String(repository)}:${String(tag)}`;
}

/** `multus-shim`'s or the binary's way onto the host, in all of them after ours. */
function copiesMultus(volume: string): object {
  return {
    name: 'install-multus-binary',
    image: 'registry.example/multus:1',
    securityContext: { privileged: true },
    volumeMounts: [{ name: volume, mountPath: '/host/opt/cni/bin', mountPropagation: 'Bidirectional' }],
  };
}

function daemonSet(name: string, pod: object): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace: 'kube-system' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
  };
}

function hostPath(name: string, path: string): Volume {
  return { name, hostPath: { path } };
}

const multus = { name: 'multus', image: 'registry.example/multus:1' };

/** Image and tag of one container, which has an environment of its own. */
const rke2: OtherChart = {
  name: 'rke2-multus',
  daemonSet: (values) =>
    daemonSet('rke2-multus', {
      hostNetwork: true,
      hostPID: true,
      initContainers: [
        {
          name: 'cni-plugins',
          image: imageOf(at(values, 'cniplugins.image')),
          securityContext: { privileged: true },
          env: [{ name: 'SKIP_CNI_BINARIES', value: 'flannel' }],
          volumeMounts: [{ name: 'cnibin', mountPath: '/host/opt/cni/bin' }],
        },
        copiesMultus('cnibin'),
      ],
      containers: [multus],
      volumes: [hostPath('cni', '/etc/cni/net.d'), hostPath('cnibin', '/opt/cni/bin')],
    }),
};

/** Whole containers before its own, and whole volumes behind its own. */
const bitnami: OtherChart = {
  name: "bitnami's multus-cni",
  daemonSet: ({ initContainers, extraVolumes }) =>
    daemonSet('multus-cni', {
      hostNetwork: true,
      initContainers: [...(initContainers as Container[]), copiesMultus('cni-bin-dir')],
      containers: [multus],
      volumes: [
        hostPath('cni-bin-dir', '/opt/cni/bin'),
        hostPath('cni-net-dir', '/etc/cni/net.d'),
        ...((extraVolumes ?? []) as Volume[]),
      ],
    }),
};

/** Image, environment and security context of a container that has a name and a mount already. */
const angelnu: OtherChart = {
  name: "angelnu's multus",
  daemonSet: (values) => {
    const installer = at(values, 'controllers.multus.initContainers.cni-installer');
    const env = Object.entries(at(installer, 'env')).map(([name, value]) => ({ name, value }));
    return daemonSet('multus', {
      hostNetwork: true,
      hostPID: true,
      initContainers: [
        {
          name: 'cni-installer',
          image: imageOf(at(installer, 'image')),
          env,
          securityContext: installer['securityContext'],
          volumeMounts: [{ name: 'cnibin', mountPath: '/host/opt/cni/bin' }],
        },
        copiesMultus('cnibin'),
      ],
      containers: [multus],
      volumes: [hostPath('cni', '/etc/cni/net.d'), hostPath('cnibin', '/opt/cni/bin')],
    });
  },
};

export const otherCharts: readonly OtherChart[] = [rke2, bitnami, angelnu];

/** The values that docs/ways-in.md has under the chart's heading. */
export function documentedValues({ name }: OtherChart): Tree {
  const [, section = ''] = textOf('docs/ways-in.md').split(`### ${name}\n`);
  const fence = fencesIn(section).find(({ language }) => language === 'yaml');
  const values = parse(fence?.text ?? '') as Tree;
  return values['kind'] === 'HelmChartConfig'
    ? (parse(String(at(values, 'spec')['valuesContent'])) as Tree)
    : values;
}

/** As a manifest of your own has it, put into bitnami's values by somebody who has not read on. */
export function pastedIntoBitnamis(): object {
  const pasted = fencesIn(textOf('docs/ways-in.md')).find(({ text }) => text.startsWith('initContainers:'));
  const { initContainers, volumes } = parse(pasted?.text ?? '') as Tree;
  return bitnami.daemonSet({ initContainers, extraVolumes: volumes });
}
