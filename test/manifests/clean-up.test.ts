// Proves that the clean-up at `helm uninstall` is opt-in, comes in order, and waits for every node.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { type Container, environmentOf, type KubernetesObject, type Objects, podOf, type PodSpec } from './objects.ts';
import { describeWith } from '../support/built-tools.ts';
import { template, type Values } from './render.ts';
import { type ApiServer, runScript, startApiServer } from './script-in-pod.ts';

const cleaning = { uninstall: { cleanUpNodes: true, timeoutSeconds: 60 } };

function hooksIn(objects: Objects): Objects {
  return objects.filter((object) => object.metadata.annotations?.['helm.sh/hook'] === 'pre-delete');
}

function weightOf({ metadata }: Pick<KubernetesObject, 'metadata'>): number {
  return Number(metadata.annotations?.['helm.sh/hook-weight']);
}

function podIn(objects: Objects, kind: string, name = 'kube-multus-ds-clean-up'): PodSpec {
  const found = hooksIn(objects).find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no hook that is a ${kind} ${name}`);
  return (found.spec as { template: { spec: PodSpec } }).template.spec;
}

describeWith(['helm'], 'the clean-up', () => {
  it('is not there unless it was asked for', () => {
    expect(hooksIn(template())).toEqual([]);
  });

  it('reaches every node before it takes anything from one, and waits for each step', () => {
    const hooks = hooksIn(template(cleaning)).toSorted((one, other) => weightOf(one) - weightOf(other));

    expect(hooks.slice(3).map(({ kind, metadata }) => [weightOf({ metadata }), kind, metadata.name])).toEqual([
      [-15, 'DaemonSet', 'kube-multus-ds-reach'],
      [-10, 'Job', 'kube-multus-ds-reach'],
      [-5, 'DaemonSet', 'kube-multus-ds-clean-up'],
      [0, 'Job', 'kube-multus-ds-clean-up'],
    ]);
    expect(new Set(hooks.slice(0, 3).map(weightOf))).toEqual(new Set([-20]));
    expect(podIn(hooks, 'DaemonSet', 'kube-multus-ds-reach')).not.toHaveProperty('volumes');
  });

  it('has pods that end well when they are told to end: Completed, and no Error', async () => {
    const [stay] = podIn(hooksIn(template(cleaning)), 'DaemonSet').containers;
    const [script = ''] = stay?.args ?? [];
    expect(stay?.command).toEqual(['/usr/bin/node', '--eval']);
    const staying = spawn(process.execPath, ['--eval', `${script}; process.stdout.write('up')`]);
    await once(staying.stdout, 'data');

    staying.kill('SIGTERM');

    expect(await once(staying, 'exit')).toEqual([0, null]);
  });

  it('leaves nothing of itself, but what failed with what it said', () => {
    for (const { kind, metadata, spec } of hooksIn(template(cleaning))) {
      expect(metadata.annotations).toMatchObject({
        'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      });
      if (kind !== 'Job') continue;
      expect(metadata.annotations).toMatchObject({ 'helm.sh/hook-output-log-policy': 'hook-failed' });
      // With a deadline of its own, Kubernetes would delete the pod, and its log with it.
      expect(spec).toMatchObject({ backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } });
      expect(spec).not.toHaveProperty('activeDeadlineSeconds');
    }
  });

  it('may read the DaemonSets that it waits for, and which pods there are, and nothing else', () => {
    const role = hooksIn(template(cleaning)).find(({ kind }) => kind === 'Role');

    expect(role?.rules).toEqual([
      {
        apiGroups: ['apps'],
        resources: ['daemonsets'],
        resourceNames: ['kube-multus-ds-clean-up', 'kube-multus-ds-reach'],
        verbs: ['get'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ]);
  });

  it('has names that Kubernetes takes, however long the DaemonSet’s is', () => {
    const names = hooksIn(template({ ...cleaning, fullnameOverride: 'x'.repeat(63) })).map(
      ({ metadata }) => metadata.name,
    );

    expect(new Set(names)).toEqual(new Set([`${'x'.repeat(54)}-clean-up`, `${'x'.repeat(57)}-reach`]));
  });

  it('may give back what is not root’s wherever the installer could displace it, and nothing more', () => {
    const privileges = (values: object): unknown =>
      podIn(template({ ...cleaning, ...values }), 'DaemonSet').initContainers?.[0]?.securityContext?.capabilities;
    const asked = { capabilities: { add: ['FOWNER'] } };

    expect(privileges({})).toEqual({ drop: ['ALL'], add: ['DAC_OVERRIDE', 'FOWNER'] });
    expect(privileges({ layout: 'hardened' })).toEqual({ drop: ['ALL'] });
    expect(privileges({ layout: 'hardened', cniPlugins: { securityContext: asked } })).toEqual({
      drop: ['ALL'],
      add: ['FOWNER'],
    });
  });

  it('gives back the spare store as well, where there is one', () => {
    const pod = podIn(template(cleaning), 'DaemonSet');
    const without = podIn(template({ ...cleaning, cniPlugins: { spareStore: '' } }), 'DaemonSet');

    expect(pod.volumes).toContainEqual({
      name: 'spare-store',
      hostPath: { path: '/var/lib/cni-plugins-installer', type: 'DirectoryOrCreate' },
    });
    expect(environmentOf(pod.initContainers?.[0] as Container)).toMatchObject({
      CNI_PLUGINS_SPARE_STORE: '/host/var/lib/cni-plugins-installer',
    });
    expect(JSON.stringify(without)).not.toContain('spare');
  });

  it('goes where the DaemonSet goes, waits where a node lives, and needs no pod network', () => {
    const objects = template(cleaning);
    const everywhere = { hostNetwork: true, tolerations: podOf(objects).tolerations };

    for (const name of ['kube-multus-ds-reach', 'kube-multus-ds-clean-up']) {
      expect(podIn(objects, 'DaemonSet', name)).toMatchObject(everywhere);
      const { hostNetwork, tolerations = [] } = podIn(objects, 'Job', name);
      expect(hostNetwork).toBe(true);
      const keys = (tolerations as { key?: string }[]).map(({ key }) => key);
      expect(keys).toContain('node.kubernetes.io/not-ready');
      expect(keys).not.toContain('node.kubernetes.io/unreachable');
      expect(keys).not.toContain(undefined);
    }
  });

  it.each<[string, Values, boolean]>([
    ['thick', { mode: 'thick' }, false],
    ['thin', { mode: 'thin' }, true],
    ['thin that keeps it', { mode: 'thin', multus: { cleanUpConfigOnExit: false } }, false],
  ])('is not needed for Multus to take its configuration along, which is told only who asks: %s', (_, values, told) => {
    const [multus] = podOf(template(values)).containers;

    expect((multus?.args ?? []).includes('--cleanup-config-on-exit')).toBe(told);
  });
});

interface Progress {
  readonly generation: number;
  readonly observed: number;
  readonly wanted: number;
  readonly ready: number;
  /** Those that do not run yet. */
  readonly pods?: readonly unknown[];
}

const daemonSetUrl = '/apis/apps/v1/namespaces/kube-system/daemonsets/kube-multus-ds-clean-up';
const podsUrl =
  '/api/v1/namespaces/kube-system/pods?labelSelector=name%3Dkube-multus-ds-clean-up&fieldSelector=status.phase%21%3DRunning&limit=10';

/** Knows one DaemonSet, and tells one step of its progress with each answer. */
async function startApi(steps: readonly (Progress | 'refusal')[]): Promise<ApiServer> {
  let at = -1;
  return startApiServer((url) => {
    if (url === daemonSetUrl) at = Math.min(at + 1, steps.length - 1);
    const step = steps[at];
    if (step === undefined || step === 'refusal') return undefined;
    return url === podsUrl ? { items: step.pods } : daemonSetAt(step);
  });
}

function daemonSetAt({ generation, observed, wanted, ready }: Progress): unknown {
  const status = {
    observedGeneration: observed,
    desiredNumberScheduled: wanted,
    updatedNumberScheduled: wanted,
    numberReady: ready,
  };
  return { metadata: { generation }, status };
}

/** Of the kubelet's words on pods that do not run: one whose kubelet is silent, one that pulls, one whose container fails. */
const silent = { spec: { nodeName: 'node1' }, status: { phase: 'Pending' } };

const unscheduled = {
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node2'] }] }],
        },
      },
    },
  },
  status: { conditions: [{ type: 'PodScheduled', status: 'False', message: 'Insufficient cpu' }] },
};

const pulling = {
  spec: { nodeName: 'node3' },
  status: {
    initContainerStatuses: [{ name: 'uninstall-cni-plugins', state: { waiting: { reason: 'ImagePullBackOff' } } }],
  },
};

const failing = {
  spec: { nodeName: 'node4' },
  status: {
    initContainerStatuses: [
      {
        name: 'uninstall-cni-plugins',
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 6, message: '{"summary":"Failed: the disk is full"}' } },
      },
    ],
  },
};

describeWith(['helm'], 'the wait for every node', () => {
  const containerFor = (values: Values): Container => {
    const [container] = podIn(template(values), 'Job').containers;
    if (container === undefined) throw new Error('the Job has no container');
    return container;
  };

  it('outlasts a refusal and a status that is not of this DaemonSet yet, and ends with the last node', async () => {
    using api = await startApi([
      'refusal',
      { generation: 2, observed: 1, wanted: 0, ready: 0 },
      { generation: 2, observed: 2, wanted: 5, ready: 1, pods: [silent, unscheduled, pulling, failing] },
      { generation: 2, observed: 2, wanted: 5, ready: 5 },
    ]);

    const { status, lines } = await runScript(containerFor(cleaning), api);

    expect(status).toBe(0);
    expect(lines).toEqual([
      expect.stringMatching(/^no answer: .*: 503 Service Unavailable$/),
      'not scheduled yet',
      '1 of 5 nodes are clean; waiting for node1 (its kubelet does not answer), node2 (Insufficient cpu), ' +
        'node3 (uninstall-cni-plugins: ImagePullBackOff), ' +
        'node4 (uninstall-cni-plugins: exit status 6: Failed: the disk is full)',
      '5 of 5 nodes are clean',
    ]);
    expect(new Set(api.asked)).toEqual(new Set([`Bearer secret ${daemonSetUrl}`, `Bearer secret ${podsUrl}`]));
  });

  it('gives up in time, with the names of the nodes that it waited for', async () => {
    using api = await startApi([
      { generation: 1, observed: 1, wanted: 5000, ready: 4988, pods: [silent] },
    ]);
    const impatient = { uninstall: { cleanUpNodes: true, timeoutSeconds: 1 } };

    const { status, lines } = await runScript(containerFor(impatient), api);

    expect(status).toBe(1);
    expect(lines).toEqual([
      '4988 of 5000 nodes are clean; waiting for node1 (its kubelet does not answer), 11 more',
      'gave up after 1 s',
    ]);
  });
});
