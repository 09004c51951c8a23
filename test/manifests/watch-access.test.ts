// Proves on real renders that what tells Kubernetes of a node has just the rights it was given a switch for, fenced.

import { expect, it } from 'vitest';
import { describeWith, failureOf } from '../support/built-tools.ts';
import { type Container, daemonSetIn, environmentOf, type Objects, type PodSpec } from './objects.ts';
import { template, type Values } from './render.ts';
import { runScript, startApiServer } from './script-in-pod.ts';

const condition: Values = { nodeCondition: { enabled: true, heartbeat: '20m' } };
const events: Values = { events: { enabled: true } };
const taint: Values = { startupTaint: { key: 'example.org/starting' } };

function watching(...features: readonly Values[]): Values {
  return { watch: Object.assign({ enabled: true }, ...features) as Values };
}

function podWith(values: Values): PodSpec {
  return daemonSetIn(template(values), ({ metadata }) => metadata.name.endsWith('-watch')).spec.template.spec;
}

function containerIn(pod: PodSpec): Container {
  const container = pod.containers.find(({ name }) => name === 'watch');
  if (container === undefined) throw new Error('there is no container watch');
  return container;
}

/** Of an object whatever the schema has. */
function objectOf(objects: Objects, kind: string, name: string): Record<string, unknown> {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found as unknown as Record<string, unknown>;
}

/** The names of what is the watch's own beside its DaemonSet, by kind. */
function accessIn(values: Values): readonly string[] {
  return template(values, ['--no-hooks'])
    .filter(({ kind, metadata }) => kind !== 'DaemonSet' && metadata.name.startsWith('cni-plugins-watch'))
    .map(({ kind, metadata }) => `${kind} ${metadata.name.replace('cni-plugins-watch', '')}`)
    .filter((name) => !name.includes('Binding'))
    .toSorted();
}

const fence = 'ValidatingAdmissionPolicy -nodes';

describeWith(['helm'], 'what tells Kubernetes', () => {
  it('has an account of its own, and a token in one container that the kubelet renews', () => {
    const pod = podWith(watching(condition, { reshare: true }));
    const mount = '/var/run/secrets/kubernetes.io/serviceaccount';
    const holders = pod.containers.filter(({ volumeMounts = [] }) =>
      volumeMounts.some(({ mountPath }) => mountPath === mount),
    );

    expect(pod).toMatchObject({ serviceAccountName: 'cni-plugins-watch', automountServiceAccountToken: false });
    expect(holders.map(({ name }) => name)).toEqual(['watch']);
    expect(containerIn(pod)).toMatchObject({
      env: expect.arrayContaining([
        { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ]),
    });
  });

  it('is told by the switches what it shall do', () => {
    const environment = (...features: readonly Values[]) => environmentOf(containerIn(podWith(watching(...features))));

    expect(environment(condition, events, taint)).toMatchObject({
      CNI_PLUGINS_NODE_CONDITION: 'true',
      CNI_PLUGINS_CONDITION_HEARTBEAT: '20m',
      CNI_PLUGINS_EVENTS: 'true',
      CNI_PLUGINS_STARTUP_TAINT: 'example.org/starting',
      CNI_PLUGINS_CONF_DIR: '/host/etc/cni/net.d',
    });
    expect(Object.keys(environment()).filter((name) => /CONDITION|EVENTS|TAINT|CONF_DIR|NODE/.test(name))).toEqual([]);
  });

  it('looks at the conf dir only where there is a Multus to wait for', () => {
    const names = (values: Values) => podWith(values).volumes?.map(({ name }) => name) ?? [];

    expect(names(watching(condition))).toContain('cni');
    expect(names({ ...watching(condition), multus: { enabled: false } })).not.toContain('cni');
  });

  it.each<[string, readonly Values[], readonly string[]]>([
    ['nothing', [], []],
    ['the condition', [condition], ['ClusterRole -node-condition', 'ServiceAccount ', fence]],
    [
      'Events',
      [events],
      ['ClusterRole -events', 'Role -events', 'ServiceAccount ', 'ValidatingAdmissionPolicy -events', fence],
    ],
    ['the startup taint', [taint], ['ClusterRole -startup-taint', 'ServiceAccount ', fence]],
  ])('has for %s its own role, and the fence', (_what, features, objects) => {
    expect(accessIn(watching(...features))).toEqual(objects);
  });

  it('may do by its roles what it needs, and no more', () => {
    const objects = template(watching(condition, events, taint));
    const rulesOf = (kind: string, feature: string) => objectOf(objects, kind, `cni-plugins-watch-${feature}`)['rules'];

    expect(rulesOf('ClusterRole', 'node-condition')).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
      { apiGroups: [''], resources: ['nodes/status'], verbs: ['patch'] },
    ]);
    expect(rulesOf('ClusterRole', 'startup-taint')).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] },
    ]);
    expect(rulesOf('ClusterRole', 'events')).toEqual([{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }]);
    expect(rulesOf('Role', 'events')).toEqual([{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }]);
    expect(objectOf(objects, 'Role', 'cni-plugins-watch-events')).toMatchObject({ metadata: { namespace: 'default' } });
  });

  it('is fenced by policies that fail closed, are in force, and judge nobody else', () => {
    const objects = template(watching(condition, events), ['--namespace=networks']);

    for (const about of ['nodes', 'events']) {
      const policy = objectOf(objects, 'ValidatingAdmissionPolicy', `cni-plugins-watch-${about}`);
      expect(policy).toMatchObject({
        spec: {
          failurePolicy: 'Fail',
          matchConditions: [{ expression: expect.stringContaining(':(cni-plugins-watch') }],
        },
      });
      expect(objectOf(objects, 'ValidatingAdmissionPolicyBinding', `cni-plugins-watch-${about}`)).toMatchObject({
        spec: { policyName: `cni-plugins-watch-${about}`, validationActions: ['Deny'] },
      });
    }
  });

  it('can do without the fence on a cluster that has none, when that is said', () => {
    const values = watching(condition, { admissionPolicy: { enabled: false } });

    expect(JSON.stringify(template(values, ['--kube-version=1.29.0']))).not.toContain('AdmissionPolicy');
  });

  it.each<[Values, RegExp, string?]>([
    [watching(taint), /Kubernetes v?1\.29\.0 has no admission policies.*admissionPolicy\.enabled=false/s, '1.29.0'],
    [watching(condition, { placement: 'sidecar' }), /an account of its own/],
    [{ watch: { nodeCondition: { enabled: true } } }, /watch\.nodeCondition\.enabled.*nobody would look/],
    [{ watch: taint }, /watch\.startupTaint\.key is example\.org\/starting.*nobody would look/],
    [watching({ startupTaint: { key: "a' || true" } }), /startupTaint/],
  ])('refuses %j with a sentence', (values, sentence, kubernetes = '1.34.0') => {
    expect(failureOf(() => template(values, [`--kube-version=${kubernetes}`]))).toMatch(sentence);
  });
});

describeWith(['helm'], 'what others act on', () => {
  it('is a rule that taints nodes without the condition, and evicts nothing', () => {
    const rule = objectOf(template(watching(condition, { nodeReadinessRule: { enabled: true } })), 'NodeReadinessRule', 'cni-plugins-watch');

    expect(rule).toMatchObject({
      spec: {
        conditions: [{ type: 'cni-plugins-installer.github.io/Ready', requiredStatus: 'True' }],
        taint: { key: 'readiness.k8s.io/cni-plugins', effect: 'NoSchedule' },
        enforcementMode: 'continuous',
        nodeSelector: { matchLabels: { 'kubernetes.io/os': 'linux' } },
      },
    });
  });

  it('is a rule that names nodes also where the pods may go anywhere: the controller refuses an empty selector', () => {
    const anywhere = { nodeSelector: { 'kubernetes.io/os': null } };
    const values = { ...watching(condition, { nodeReadinessRule: { enabled: true } }), ...anywhere };

    expect(objectOf(template(values as unknown as Values), 'NodeReadinessRule', 'cni-plugins-watch')).toMatchObject({
      spec: { nodeSelector: { matchLabels: { 'kubernetes.io/os': 'linux' } } },
    });
  });

  it('is a file for node-feature-discovery, which takes a directory of the host and no rights', () => {
    const pod = podWith(watching({ nfd: { enabled: true, featuresDir: '/etc/features.d' } }));

    expect(pod.serviceAccountName).toBeUndefined();
    expect(pod.volumes).toContainEqual({
      name: 'features',
      hostPath: { path: '/etc/features.d', type: 'DirectoryOrCreate' },
    });
    expect(environmentOf(containerIn(pod))).toMatchObject({ CNI_PLUGINS_NFD_FEATURES_DIR: '/host/features.d' });
    expect(containerIn(pod).volumeMounts).toContainEqual({ name: 'features', mountPath: '/host/features.d' });
  });

  it.each<[Values, RegExp]>([
    [watching({ nodeReadinessRule: { enabled: true } }), /a condition that nobody writes/],
    [watching(condition, { nodeReadinessRule: { enabled: true, taintKey: 'example.org/x' } }), /taintKey/],
    [{ watch: { nfd: { enabled: true } } }, /nobody would look/],
  ])('is refused, in %j, with a sentence', (values, sentence) => {
    expect(failureOf(() => template(values))).toMatch(sentence);
  });
});

function hooksIn(values: Values): Objects {
  return template(values).filter(({ metadata }) => metadata.name.endsWith('-farewell'));
}

function waiting(values: Values): PodSpec {
  const job = objectOf(hooksIn(values), 'Job', 'cni-plugins-watch-farewell');
  return (job as unknown as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
}

describeWith(['helm'], 'the farewell', () => {
  it('is there where a Node would keep something, goes after the clean-up, and only then has rights', () => {
    expect(hooksIn(watching(events))).toEqual([]);
    const hooks = hooksIn({ ...watching(condition, taint), uninstall: { cleanUpNodes: true } });

    expect(hooks.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Job']);
    for (const hook of hooks) {
      expect(hook).toMatchObject({ metadata: { annotations: { 'helm.sh/hook': 'pre-delete' } } });
    }
    expect(hooks[1]).toMatchObject({
      rules: [
        { resources: ['nodes'], verbs: ['list', 'patch'] },
        { resources: ['nodes/status'], verbs: ['patch'] },
      ],
    });
    expect(waiting(watching(taint))).toMatchObject({
      tolerations: expect.arrayContaining([{ key: 'example.org/starting', operator: 'Exists' }]),
    });
  });

  it('takes taint and word from every Node that has them, page after page, and leaves all else', async () => {
    const taints = [
      { key: 'a', effect: 'NoSchedule' },
      { key: 'example.org/starting', effect: 'NoSchedule' },
      { key: 'example.org/starting', effect: 'NoExecute' },
    ];
    const type = 'cni-plugins-installer.github.io/Ready';
    const conditions = [{ type: 'Ready', status: 'True' }, { type, status: 'True' }];
    const pages = new Map<string, unknown>([
      ['', { metadata: { continue: 'more' }, items: [{ metadata: { name: 'a' }, spec: { taints }, status: { conditions } }] }],
      ['more', { metadata: {}, items: [{ metadata: { name: 'b' }, spec: {}, status: {} }] }],
    ]);
    const patches: unknown[] = [];
    using api = await startApiServer((url, body) => {
      if (body !== '') patches.push([url, JSON.parse(body)]);
      return body === '' ? pages.get(new URL(url, 'https://x').searchParams.get('continue') ?? '') : {};
    });
    const [container] = waiting(watching(condition, taint)).containers;
    const { status, lines } = await runScript(container as Container, api);

    expect([status, lines]).toEqual([0, ['2 nodes have nothing of watch any more']]);
    expect(patches).toEqual([
      [
        '/api/v1/nodes/a',
        [2, 1].flatMap((index) => [
          { op: 'test', path: `/spec/taints/${index}`, value: taints[index] },
          { op: 'remove', path: `/spec/taints/${index}` },
        ]),
      ],
      [
        '/api/v1/nodes/a/status',
        { status: { conditions: [expect.objectContaining({ type, status: 'Unknown', reason: 'Uninstalled' })] } },
      ],
    ]);
  });

  it('names the Node that it could not change, goes on with the others, and fails', async () => {
    const node = (name: string) => ({ metadata: { name }, spec: { taints: [{ key: 'example.org/starting' }] }, status: {} });
    using api = await startApiServer((url, body) => {
      if (body !== '') return url.endsWith('/a') ? undefined : {};
      const wanted = new URL(url, 'https://x').searchParams.get('fieldSelector')?.split('=').at(-1);
      return { metadata: {}, items: ['a', 'b'].filter((name) => (wanted ?? name) === name).map(node) };
    });
    const [container] = waiting(watching(taint)).containers;
    const { status, lines } = await runScript(container as Container, api);

    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/^a: .*\/api\/v1\/nodes\/a: 503/), '2 nodes were looked at']);
  });
});
