// Proves on real renders what the chart promises of fleet's CronJob: what it may, and that it may no more.

import { expect, it } from 'vitest';
import { describeWith, failureOf, run } from '../support/built-tools.ts';
import { schemaLocation, writeSchemas } from './kubernetes-schemas.ts';
import { type Container, type Objects, type PodSpec, qosClassOf } from './objects.ts';
import { type Kustomization, withComponents } from './kustomization.ts';
import { understood } from './pod-promises.ts';
import { template, templateText, type Values } from './render.ts';

const name = 'cni-plugins-fleet';

const bareDaemonSet = JSON.stringify({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'kube-multus-ds', namespace: 'kube-system' },
});

function on(cronJob: Values = {}): Values {
  return { fleet: { cronJob: { enabled: true, ...cronJob } } };
}

interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `list nodes`, `patch configmaps cni-plugins-fleet`. */
function rightsIn(objects: Objects, kind: 'Role' | 'ClusterRole'): string[] {
  const role = objects.find((one) => one.kind === kind && one.metadata.name === name);
  const { rules } = role as unknown as { readonly rules: readonly Rule[] };
  return rules.map(({ verbs, resources, resourceNames = [] }) =>
    [verbs.join(','), resources.join(','), ...resourceNames].join(' '),
  );
}

function podIn(objects: Objects): PodSpec {
  const found = objects.find(({ kind }) => kind === 'CronJob');
  const { spec } = found as unknown as {
    readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: { readonly spec: PodSpec } } } };
  };
  return spec.jobTemplate.spec.template.spec;
}

function containerFor(values: Values): Container {
  const [container] = podIn(template(values)).containers;
  if (container === undefined) throw new Error('there is no container');
  return container;
}

describeWith(['helm'], 'the chart', () => {
  it('as it ships has nothing of fleet', () => {
    expect(JSON.stringify(template())).not.toContain(name);
  });

  it('lets it list what it tells of, and change its own answer alone', () => {
    const objects = template(on());

    expect(rightsIn(objects, 'ClusterRole')).toEqual([
      'list nodes',
      'list daemonsets',
      'list network-attachment-definitions',
    ]);
    expect(rightsIn(objects, 'Role')).toEqual(['list pods', `patch configmaps ${name}`]);
    expect(rightsIn(template(on({ live: true })), 'Role')).toContain('get pods/proxy');
  });

  it('refuses to ask each watch where none can be asked, and says what to set', () => {
    const live = on({ live: true });

    expect(failureOf(() => template({ ...live, watch: { enabled: true } }))).toMatch(/watch\.bindAddress to ""/);
    expect(template({ ...live, watch: { enabled: true, bindAddress: '' } }).length).toBeGreaterThan(0);
  });

  it('makes no role where it is told to make none', () => {
    const objects = template({ ...on(), rbac: { create: false } });

    expect(objects.filter(({ kind, metadata }) => /Role/.test(kind) && metadata.name === name)).toEqual([]);
  });

  it('runs it without a privilege, and with what it has to be told', async () => {
    const pod = podIn(template(on()));

    expect(pod).toMatchObject({ serviceAccountName: name, enableServiceLinks: false });
    expect(qosClassOf(pod)).not.toBe('BestEffort');
    expect(containerFor(on())).toMatchObject({
      securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    });
    expect(await understood(containerFor(on({ output: 'json', live: 'true', clusterName: 'east' })))).toMatchObject({
      verb: 'fleet',
      configMap: name,
      clusterName: 'east',
      live: true,
      failOn: 'never',
      run: { output: 'json' },
    });
  });
});

/** Who a binding gives its role to: `kube-system/cni-plugins-fleet`. */
function subjectsIn(objects: Objects): string[] {
  const bindings = objects.filter(({ kind, metadata }) => kind.endsWith('Binding') && metadata.name === name);
  return bindings.flatMap((binding) => {
    const { subjects } = binding as unknown as { readonly subjects: readonly Record<'namespace' | 'name', string>[] };
    return subjects.map((subject) => `${subject.namespace}/${subject.name}`);
  });
}

describeWith(['helm', 'kustomize'], 'the component fleet-cronjob', () => {
  const built = (more: Kustomization = {}): Objects => withComponents(bareDaemonSet, ['fleet-cronjob'], more);

  it('is what the chart makes, with no more rights', () => {
    const [component, chart] = [built(), template(on())];

    expect(podIn(component)).toEqual(podIn(chart));
    for (const kind of ['Role', 'ClusterRole'] as const) {
      expect(rightsIn(component, kind)).toEqual(rightsIn(chart, kind));
    }
    expect(subjectsIn(component)).toEqual(subjectsIn(chart));
  });

  it('moves into another namespace as a whole', () => {
    const objects = built({ namespace: 'networks' });
    const namespaced = objects.filter(({ kind }) => !kind.startsWith('ClusterRole'));

    expect(subjectsIn(objects)).toEqual([`networks/${name}`, `networks/${name}`]);
    expect(new Set(namespaced.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['networks']));
  });
});

const kinds = ['CronJob', 'ConfigMap', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'ServiceAccount', 'DaemonSet'];

describeWith(['helm', 'kubeconform'], "fleet's objects", () => {
  it('are valid', () => {
    writeSchemas(kinds.map((kind) => `${kind}-v1`));
    const args = ['-strict', '-summary', '-skip=CustomResourceDefinition', `-schema-location=${schemaLocation}`, '-'];

    expect(run('kubeconform', args, templateText(on()))).toMatch(/Invalid: 0, Errors: 0/);
  });
});
