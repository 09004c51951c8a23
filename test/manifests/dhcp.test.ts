// Proves on real renders what the chart and the component promise of the DHCP daemon.

import { describe, expect, it } from 'vitest';
import { specOf } from '../../src/arguments/options.ts';
import { describeWith, failureOf } from '../support/built-tools.ts';
import { bases, withComponents } from './kustomization.ts';
import { type Container, daemonSetIn, environmentOf, isHook, type Objects, podOf, type PodSpec, qosClassOf } from './objects.ts';
import { expectConsistentVolumes, understood } from './pod-promises.ts';
import { template, type Values } from './render.ts';

const withPlugin: Values = { cniPlugins: { plugins: ['bridge', 'dhcp'] } };
const watched: Values = { ...withPlugin, watch: { enabled: true } };

function daemonSetsIn(objects: Objects): string[] {
  return objects.filter((object) => object.kind === 'DaemonSet' && !isHook(object)).map(({ metadata }) => metadata.name);
}

function podNamed(name: string, objects: Objects): PodSpec {
  return daemonSetIn(objects, ({ metadata }) => metadata.name === name).spec.template.spec;
}

function dhcpIn({ containers }: PodSpec): Container & Record<string, unknown> {
  const container = containers.find(({ name }) => name === 'dhcp');
  if (container === undefined) throw new Error('there is no container dhcp');
  return container as Container & Record<string, unknown>;
}

/** Where the daemon would run: by itself, beside `watch`, or nowhere. */
function placeOf(values: Values): string | undefined {
  const objects = template(values);
  return daemonSetsIn(objects).find((name) =>
    podNamed(name, objects).containers.some((container) => container.name === 'dhcp'),
  );
}

describeWith(['helm'], 'the DHCP daemon of the chart', () => {
  it.each<[string, Values, string | undefined]>([
    ['nowhere, as it ships', {}, undefined],
    ['in a DaemonSet of its own where its plugin is named', withPlugin, 'cni-plugins-dhcp'],
    ['beside watch', watched, 'cni-plugins-watch'],
    [
      'in a DaemonSet of its own beside a watch that is in the pod of Multus',
      { ...withPlugin, watch: { enabled: true, placement: 'sidecar' } },
      'cni-plugins-dhcp',
    ],
    ['nowhere where all plugins are taken, which says nothing of this one', { cniPlugins: { plugins: ['all'] } }, undefined],
    ['by its switch, where all are taken', { cniPlugins: { plugins: ['all'] }, dhcp: { enabled: true } }, 'cni-plugins-dhcp'],
    ['nowhere where its plugin is left out', { cniPlugins: { plugins: ['dhcp', 'bridge'], skip: ['dhcp'] } }, undefined],
    ['nowhere where no plugin comes from us', { cniPlugins: { plugins: ['dhcp'], enabled: false } }, undefined],
    ['nowhere by its switch', { ...withPlugin, dhcp: { enabled: 'false' } }, undefined],
    ['for nodes without our Multus', { ...withPlugin, multus: { enabled: false } }, 'cni-plugins-dhcp'],
  ])('is %s', (_, values, place) => {
    expect(placeOf(values)).toBe(place);
  });

  it.each([
    ['of its own', withPlugin, 'cni-plugins-dhcp'],
    ['of watch', watched, 'cni-plugins-watch'],
  ])('in a pod %s has three capabilities, no token, equal limits, and what it asks for is understood', async (_, values, name) => {
    const pod = podNamed(name, template(values));
    const daemon = dhcpIn(pod);

    expect(daemon).toMatchObject({
      args: ['dhcp'],
      securityContext: {
        privileged: false,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'], add: ['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW'] },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      livenessProbe: { httpGet: { path: '/healthz', host: '127.0.0.1' } },
      readinessProbe: { httpGet: { path: '/readyz', host: '127.0.0.1' } },
    });
    expect(pod).toMatchObject({
      hostNetwork: true,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      priorityClassName: 'system-node-critical',
    });
    expect(qosClassOf(pod)).toBe('Guaranteed');
    expectConsistentVolumes(pod);
    expect(await understood(daemon)).toMatchObject({ verb: 'dhcp', adopt: true, restartOnUpgrade: false });
  });

  it('writes nothing but its socket, and sees the namespaces of pods that come after it', () => {
    const { volumeMounts = [] } = dhcpIn(podNamed('cni-plugins-dhcp', template(withPlugin)));

    expect(volumeMounts.filter(({ readOnly }) => readOnly !== true).map(({ mountPath }) => mountPath)).toEqual(['/host/run/cni']);
    expect(
      volumeMounts.filter(({ mountPropagation }) => mountPropagation === 'HostToContainer').map(({ mountPath }) => mountPath),
    ).toEqual(['/run/netns', '/var/run/netns']);
  });

  it('sees them where the runtime keeps them elsewhere, by the name that the runtime calls them', () => {
    const elsewhere = { ...withPlugin, paths: { netnsDir: '/var/lib/netns' } };
    const pod = podNamed('cni-plugins-dhcp', template(elsewhere));

    expect(pod.volumes).toContainEqual({ name: 'netns', hostPath: { path: '/var/lib/netns', type: 'DirectoryOrCreate' } });
    expect(dhcpIn(pod).volumeMounts).toContainEqual(
      expect.objectContaining({ name: 'netns', mountPath: '/var/lib/netns', mountPropagation: 'HostToContainer' }),
    );
  });

  it('has its socket at a path that ends as that of the host, by which the networks that ask there are known', async () => {
    const dhcp = { socketDir: '/run/elsewhere/' };
    const daemon = dhcpIn(podNamed('cni-plugins-dhcp', template({ ...withPlugin, dhcp })));
    const usual = dhcpIn(podNamed('cni-plugins-dhcp', template(withPlugin)));

    expect(await understood(daemon)).toMatchObject({ socket: '/host/run/elsewhere/dhcp.sock' });
    expect(daemon.volumeMounts).toContainEqual(
      expect.objectContaining({ name: 'dhcp-socket', mountPath: '/host/run/elsewhere/' }),
    );
    expect(await understood(usual)).toMatchObject({ socket: specOf('socket').default });
  });

  it('passes its values on', async () => {
    const dhcp = { adoptLeases: 'false', restartOnUpgrade: true, port: 20001, bindAddress: '' };
    const daemon = dhcpIn(podNamed('cni-plugins-dhcp', template({ ...withPlugin, dhcp })));

    expect(await understood(daemon)).toMatchObject({ adopt: false, restartOnUpgrade: true });
    expect(environmentOf(daemon)).toMatchObject({ CNI_PLUGINS_DHCP_LISTEN: ':20001' });
    expect(daemon).not.toMatchObject({ livenessProbe: { httpGet: { host: '127.0.0.1' } } });
  });

  it('writes Events where watch does, by the same token', async () => {
    const values = { ...withPlugin, watch: { enabled: true, events: { enabled: true } } };
    const daemon = dhcpIn(podNamed('cni-plugins-watch', template(values, ['--kube-version=1.34.0'])));

    expect(environmentOf(daemon)).toMatchObject({ CNI_PLUGINS_DHCP_EVENTS: 'true' });
    expect(daemon.volumeMounts).toContainEqual(expect.objectContaining({ name: 'api-access', readOnly: true }));
    expect(dhcpIn(podNamed('cni-plugins-watch', template(watched))).volumeMounts).not.toContainEqual(
      expect.objectContaining({ name: 'api-access' }),
    );
  });

  it.each<[string, Values, readonly unknown[]]>([
    ['of its own', withPlugin, [['cni-plugins-dhcp', ['dhcp']]]],
    ['of watch', watched, [['cni-plugins-watch', ['watch', 'dhcp']]]],
    [
      'of its own beside a watch in the pod of Multus',
      { ...withPlugin, watch: { enabled: true, placement: 'sidecar' } },
      [
        ['cni-plugins-watch', ['watch']],
        ['cni-plugins-dhcp', ['dhcp']],
      ],
    ],
  ])('is scraped in a pod %s', (_, values, monitors) => {
    const open = { bindAddress: '' };
    const objects = template({
      ...values,
      watch: { ...(values['watch'] as object | undefined), ...open },
      dhcp: open,
      metrics: { podMonitor: { enabled: true } },
    });
    const found = objects.filter(({ kind }) => kind === 'PodMonitor') as unknown as {
      metadata: { name: string };
      spec: { podMetricsEndpoints: { port: string }[] };
    }[];

    expect(found.map(({ metadata, spec }) => [metadata.name, spec.podMetricsEndpoints.map(({ port }) => port)])).toEqual(monitors);
  });

  it.each<[Values, RegExp]>([
    [{ dhcp: { enabled: true } }, /add dhcp to cniPlugins\.plugins/],
    [{ ...withPlugin, dhcp: { enabled: 'maybe' } }, /dhcp\.enabled|enabled/],
    [{ ...withPlugin, dhcp: { port: 19917 } }, /take two/],
    [{ ...withPlugin, metrics: { podMonitor: { enabled: true } } }, /dhcp\.bindAddress/],
  ])('refuses %j with a sentence', (values, sentence) => {
    expect(failureOf(() => template(values))).toMatch(sentence);
  });
});

describeWith(['kustomize', 'helm'], 'the component dhcp', () => {
  it.each(['thin', 'thick'] as const)('brings the daemon of the chart, and its plugin: %s', async (mode) => {
    const base = bases.find(({ missing }) => missing === undefined);
    const objects = withComponents(base?.text(mode) ?? '', ['install', 'dhcp', 'order-guard']);
    const daemon = podNamed('cni-plugins-dhcp', objects);

    expect(dhcpIn(daemon)).toEqual(dhcpIn(podNamed('cni-plugins-dhcp', template(withPlugin))));
    const installer = podOf(objects).initContainers?.[0];
    expect(environmentOf(installer ?? { name: '', image: '' })['CNI_PLUGINS']?.split(',')).toEqual(
      [...(specOf('plugins').default?.split(',') ?? []), 'dhcp'].toSorted(),
    );
  });
});

describe('this test itself', () => {
  it('finds the daemon in a pod', () => {
    expect(dhcpIn({ containers: [{ name: 'dhcp', image: '' }] }).name).toBe('dhcp');
  });
});
